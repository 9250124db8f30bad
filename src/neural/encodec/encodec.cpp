#include "neural/encodec/encodec.h"

#include <ATen/ATen.h>

#include <cmath>

#include "base/error.h"
#include "neural/encodec/lstm.h"

namespace figment::neural {

// The layers in order, as the reference numbers them, and how both families of files name their tensors.
class Encodec::Plan {
 public:
  explicit Plan(const EncodecSettings& s) : s_(s) {}

  // Calls make(kind, name, shape of the weight, stride, dilation) for each convolution, …
  template <typename Visit>
  void encoder(Visit& visit) const {
    std::int64_t layer = 0, width = s_.filters;
    visit.convolution(name("encoder", layer++), Shape3{width, s_.channels, s_.kernel}, 1);
    for (std::size_t stage = s_.ratios.size(); stage-- > 0;) {
      residual("encoder", layer, width, visit);
      visit.elu(), ++layer;
      visit.convolution(name("encoder", layer++), Shape3{2 * width, width, 2 * s_.ratios[stage]}, s_.ratios[stage]);
      width *= 2;
    }
    if (s_.lstm_layers > 0) visit.lstm(name("encoder", layer++), width);
    visit.elu(), ++layer;
    visit.convolution(name("encoder", layer), Shape3{s_.width, width, s_.last_kernel}, 1);
  }
  template <typename Visit>
  void decoder(Visit& visit) const {
    std::int64_t layer = 0, width = s_.filters << s_.ratios.size();
    visit.convolution(name("decoder", layer++), Shape3{width, s_.width, s_.kernel}, 1);
    if (s_.lstm_layers > 0) visit.lstm(name("decoder", layer++), width);
    for (const std::int64_t ratio : s_.ratios) {
      visit.elu(), ++layer;
      visit.transposed(name("decoder", layer++), Shape3{width, width / 2, 2 * ratio}, ratio);
      width /= 2;
      residual("decoder", layer, width, visit);
    }
    visit.elu(), ++layer;
    visit.convolution(name("decoder", layer), Shape3{s_.channels, width, s_.last_kernel}, 1);
  }

  struct Shape3 {
    std::int64_t out, in, kernel;
  };
  [[nodiscard]] bool audiocraft() const { return s_.names == EncodecNames::Audiocraft; }
  [[nodiscard]] std::string conv(const std::string& layer) const { return layer + (audiocraft() ? ".conv.conv" : ".conv"); }
  [[nodiscard]] std::string convtr(const std::string& layer) const { return layer + (audiocraft() ? ".convtr.convtr" : ".conv"); }
  [[nodiscard]] std::string codebook(std::int64_t k) const { return audiocraft() ? "quantizer.vq.layers." + std::to_string(k) + "._codebook." : "quantizer.layers." + std::to_string(k) + ".codebook."; }

 private:
  const EncodecSettings& s_;

  [[nodiscard]] std::string name(const char* half, std::int64_t layer) const { return std::string(half) + (audiocraft() ? ".model." : ".layers.") + std::to_string(layer); }
  template <typename Visit>
  void residual(const char* half, std::int64_t& layer, std::int64_t width, Visit& visit) const {
    std::int64_t dilation = 1;
    for (std::int64_t i = 0; i < s_.residual_layers; ++i, dilation *= s_.dilation_base)
      visit.residual(name(half, layer++), width, width / s_.compress, s_.residual_kernel, dilation, s_.convolved_shortcut);
  }
};

namespace {

// Rows of the table for what the plan names. A fused file has NAME alone.
struct TableOf {
  const std::function<std::string(const std::string&)> conv, convtr;
  std::int64_t lstm_layers;
  std::vector<weights::TensorSpec> rows;

  // g has one number for each of the first axis: of a transposed convolution those are the inputs.
  void pair(const std::string& name, const weights::Shape& shape, std::int64_t biases) {
    rows.push_back({name + ".weight_g", {shape[0], 1, 1}, true});
    rows.push_back({name + ".weight_v", shape, true});
    rows.push_back({name + ".weight", shape, true});
    rows.push_back({name + ".bias", {biases}});
  }
  template <typename Shape3>
  void convolution(const std::string& layer, const Shape3& s, std::int64_t) { pair(conv(layer), {s.out, s.in, s.kernel}, s.out); }
  template <typename Shape3>
  void transposed(const std::string& layer, const Shape3& s, std::int64_t) { pair(convtr(layer), {s.out, s.in, s.kernel}, s.in); }
  void residual(const std::string& layer, std::int64_t width, std::int64_t narrow, std::int64_t kernel, std::int64_t, bool convolved) {
    pair(conv(layer + ".block.1"), {narrow, width, kernel}, narrow);
    pair(conv(layer + ".block.3"), {width, narrow, 1}, width);
    if (convolved) pair(conv(layer + ".shortcut"), {width, width, 1}, width);
  }
  void lstm(const std::string& layer, std::int64_t width) {
    for (std::int64_t l = 0; l < lstm_layers; ++l)
      for (const char* x : {"ih", "hh"}) {
        rows.push_back({layer + ".lstm.weight_" + x + "_l" + std::to_string(l), {4 * width, width}});
        rows.push_back({layer + ".lstm.bias_" + x + "_l" + std::to_string(l), {4 * width}});
      }
  }
  void elu() {}
};

}  // namespace

std::vector<weights::TensorSpec> Encodec::table(const EncodecSettings& s) {
  const Plan plan(s);
  TableOf table{[&](const std::string& l) { return plan.conv(l); }, [&](const std::string& l) { return plan.convtr(l); }, s.lstm_layers, {}};
  plan.encoder(table);
  plan.decoder(table);
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    table.rows.push_back({plan.codebook(k) + "embed", {s.codebook_size, s.width}});
    table.rows.push_back({plan.codebook(k) + "embed_avg", {s.codebook_size, s.width}, true});
    table.rows.push_back({plan.codebook(k) + "cluster_size", {s.codebook_size}, true});
    table.rows.push_back({plan.codebook(k) + "inited", {1}, true});
  }
  return table.rows;
}

Encodec::Encodec(const EncodecSettings& settings, Weights weights, const std::string& prefix) : settings_(settings), weights_(std::move(weights)) {
  const c10::InferenceMode inference;
  const Plan plan(settings_);
  weights::check(*weights_, table(settings_), "EnCodec", prefix);
  struct Loader {
    const Encodec& codec;
    const Plan& plan;
    const std::string& prefix;
    std::vector<Layer>* to = nullptr;

    [[nodiscard]] at::Tensor weight(const std::string& name) const { return fused(*codec.weights_, prefix + name + ".weight"); }
    [[nodiscard]] at::Tensor bias(const std::string& name) const { return tensor(*codec.weights_, prefix + name + ".bias"); }
    [[nodiscard]] Convolution load(const std::string& name, std::int64_t stride, std::int64_t dilation) const { return {weight(name), bias(name), stride, dilation}; }
    void convolution(const std::string& layer, const Plan::Shape3&, std::int64_t stride) { to->push_back({Kind::Convolution, {load(plan.conv(layer), stride, 1)}, {}, {}}); }
    void transposed(const std::string& layer, const Plan::Shape3&, std::int64_t stride) {
      const std::string name = plan.convtr(layer);
      to->push_back({Kind::Transposed, {}, {Transposed(weight(name), bias(name), stride)}, {}});
    }
    void residual(const std::string& layer, std::int64_t, std::int64_t, std::int64_t, std::int64_t dilation, bool convolved) {
      Layer block{Kind::Residual, {load(plan.conv(layer + ".block.1"), 1, dilation), load(plan.conv(layer + ".block.3"), 1, 1)}, {}, {}};
      if (convolved) block.convolutions.push_back(load(plan.conv(layer + ".shortcut"), 1, 1));
      to->push_back(std::move(block));
    }
    void lstm(const std::string& layer, std::int64_t) {
      Layer l{Kind::Lstm, {}, {}, {}};
      for (std::int64_t n = 0; n < codec.settings_.lstm_layers; ++n)
        for (const char* part : {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"}) l.lstm.push_back(tensor(*codec.weights_, prefix + layer + ".lstm." + part + std::to_string(n)));
      to->push_back(std::move(l));
    }
    void elu() { to->push_back({}); }
  } loader{*this, plan, prefix};
  loader.to = &encoder_;
  plan.encoder(loader);
  loader.to = &decoder_;
  plan.decoder(loader);
  for (std::int64_t k = 0; k < settings_.codebooks; ++k) codebooks_.push_back(tensor(*weights_, prefix + plan.codebook(k) + "embed"));
}

at::Tensor Encodec::run(std::span<const Layer> layers, const at::Tensor& given, const Probe& probe, const char* name) const {
  at::Tensor x = given.transpose(1, 2);
  for (std::size_t n = 0; n < layers.size(); ++n) {
    const Layer& layer = layers[n];
    switch (layer.kind) {
      case Kind::Elu: n == 0 ? void(x = elu_of(x)) : elu_in_place(x); break;       // what was given is the caller's
      case Kind::Convolution: x = convolve(layer.convolutions[0], x, settings_.padding, settings_.causal); break;
      case Kind::Transposed: {
        const Transposed& t = layer.transposed[0];
        x = convolve(t, x, settings_.causal ? static_cast<std::int64_t>(std::ceil(static_cast<double>(t.stride) * settings_.trim_right)) : t.stride / 2);
        break;
      }
      case Kind::Residual: x = residual(layer.convolutions[0], layer.convolutions[1], layer.convolutions.size() > 2 ? &layer.convolutions[2] : nullptr, x, settings_.padding, settings_.causal); break;
      case Kind::Lstm: {
        at::Tensor hidden = at::zeros({settings_.lstm_layers, x.size(0), x.size(2)}, x.options()), cell = at::zeros_like(hidden);
        x = lstm(layer.lstm, x, hidden, cell) + x;
        break;
      }
    }
    if (probe) probe(std::string(name) + ".layers." + std::to_string(n), x.transpose(1, 2));
  }
  return x.transpose(1, 2);
}

at::Tensor Encodec::to_latents(const at::Tensor& sound, const Probe& probe) const {
  const c10::InferenceMode inference;
  if (sound.dim() != 3 || sound.size(1) != settings_.channels || sound.size(2) < 1)
    throw Error(ErrorCode::InvalidArgument, "EnCodec wants sound of " + std::to_string(settings_.channels) + " channel(s) and at least one sample");
  return run(encoder_, sound, probe, "encoder").contiguous();
}

at::Tensor Encodec::from_latents(const at::Tensor& latents, const Probe& probe) const {
  const c10::InferenceMode inference;
  return run(decoder_, latents, probe, "decoder").contiguous();
}

at::Tensor Encodec::quantize(const at::Tensor& latents, std::int64_t count) const {
  const c10::InferenceMode inference;
  at::Tensor rest = latents.transpose(1, 2).contiguous();          // [rows, frames, width]
  std::vector<at::Tensor> codes;
  for (std::size_t k = 0; k < codebooks_.size() && (count == 0 || static_cast<std::int64_t>(k) < count); ++k) {
    const at::Tensor& book = codebooks_[k];
    const at::Tensor distance = rest.square().sum(-1, true) - 2 * at::matmul(rest, book.t()) + book.square().sum(-1);
    codes.push_back(distance.argmin(-1));
    rest = rest - at::embedding(book, codes.back());
  }
  return at::stack(codes, 1);
}

at::Tensor Encodec::dequantize(const at::Tensor& codes) const {
  const c10::InferenceMode inference;
  if (codes.dim() != 3 || codes.size(1) < 1 || codes.size(1) > static_cast<std::int64_t>(codebooks_.size()) || codes.size(2) < 1)
    throw Error(ErrorCode::InvalidArgument, "EnCodec wants codes of 1 to " + std::to_string(codebooks_.size()) + " codebooks and at least one frame");
  if (codes.min().item<std::int64_t>() < 0 || codes.max().item<std::int64_t>() >= settings_.codebook_size)
    throw Error(ErrorCode::InvalidArgument, "a code is beyond EnCodec's codebooks of " + std::to_string(settings_.codebook_size) + " entries");
  at::Tensor sum;
  for (std::int64_t k = 0; k < codes.size(1); ++k) {
    const at::Tensor part = at::embedding(codebooks_[static_cast<std::size_t>(k)], codes.select(1, k));
    sum = sum.defined() ? sum + part : part;
  }
  return sum.transpose(1, 2);
}

}  // namespace figment::neural
