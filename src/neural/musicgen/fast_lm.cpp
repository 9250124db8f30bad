#include "neural/musicgen/fast_lm.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/half.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kPartBytes = 98304;       // about ten microseconds of reading
constexpr int kFewColumns = 4;                   // up to so many one thread does what is done for each

std::vector<float> floats(const weights::Tensor& t) { return t.bytes.empty() ? std::vector<float>() : weights::to_floats(t); }

// What the quantized weights depend on: the file they come from, as it is now.
std::string made_of(const LmWeights& w, const LmSettings& s, Precision precision) {
  std::string text = "musicgen lm 5; ";
  std::error_code ignored;
  text += w.file->path().filename().string() + " " + std::to_string(std::filesystem::file_size(w.file->path(), ignored)) + " bytes, changed " +
          std::to_string(std::filesystem::last_write_time(w.file->path(), ignored).time_since_epoch().count()) + "; ";
  return text + std::to_string(s.layers) + " layers of " + std::to_string(s.width) + (precision == Precision::Q8 ? "; q8" : "; q4");
}

std::vector<float> projected(std::span<const float> in, const std::vector<float>& weight, const std::vector<float>& bias) {
  const std::size_t width = bias.size(), from = weight.size() / width, count = in.size() / from;
  std::vector<float> out(count * width);
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t r = 0; r < width; ++r) {
      float sum = bias[r];
      const float* w = weight.data() + r * from;
      const float* x = in.data() + n * from;
      for (std::size_t c = 0; c < from; ++c) sum += w[c] * x[c];
      out[n * width + r] = sum;
    }
  return out;
}

}  // namespace

FastLm::FastLm(const LmSettings& settings, LmWeights weights, Precision precision, const std::filesystem::path& kept, int threads, const Progress& progress)
    : settings_(settings), weights_(std::move(weights)), team_(threads) {
  std::vector<MatrixSource> sources;
  // Four bits leave 6.5 % of a random matrix as error, and most of it comes through where nothing averages it out again: with only
  // queries, keys and values at four bits the logits keep a cosine of 0.99, with all at four 0.97.
  const auto add = [&](std::vector<const weights::Tensor*> parts, Precision bits = Precision::Q8) {
    sources.push_back({std::move(parts), bits});
    return sources.size() - 1;
  };
  const auto norm = [](const LmNorm& n) { return Norm{floats(n.weight), floats(n.bias)}; };
  for (const LmLayer& l : weights_.layers) {
    Layer layer{norm(l.self_norm), norm(l.cross_norm), norm(l.inner_norm)};
    layer.qkv = add({&l.q, &l.k, &l.v}, precision);
    layer.out = add({&l.out});
    if (!settings_.prefixed()) {
      layer.cross_q = add({&l.cross_q});
      layer.cross_out = add({&l.cross_out});
    }
    layer.in = add({&l.in});
    layer.back = add({&l.back});
    layers_.push_back(std::move(layer));
  }
  std::vector<const weights::Tensor*> all;
  for (const weights::Tensor& head : weights_.heads) all.push_back(&head);
  heads_ = add(std::move(all));
  // Read once a prompt, so out of the way of what is read every step.
  if (!settings_.prefixed())
    for (std::size_t n = 0; n < layers_.size(); ++n) layers_[n].cross_kv = add({&weights_.layers[n].cross_k, &weights_.layers[n].cross_v});
  set_ = quantized_set(sources, made_of(weights_, settings_, precision), kept, progress);
  out_norm_ = norm(weights_.out_norm);
  text_weight_ = floats(weights_.text_weight), text_bias_ = floats(weights_.text_bias);
  chroma_weight_ = floats(weights_.chroma_weight), chroma_bias_ = floats(weights_.chroma_bias);
}

std::int64_t FastLm::step_bytes() const noexcept {
  std::int64_t bytes = 0;
  for (std::size_t place = 0; place <= heads_; ++place) bytes += quantized_bytes(matrix(place).precision, matrix(place).rows, matrix(place).columns);
  return bytes;
}

std::vector<float> FastLm::project_text(std::span<const float> hidden) const { return projected(hidden, text_weight_, text_bias_); }
std::vector<float> FastLm::project_chroma(std::span<const float> chroma) const { return projected(chroma, chroma_weight_, chroma_bias_); }

FastRun::FastRun(const FastLm& lm, std::span<const float> conditions, bool guided, std::int64_t most)
    : lm_(lm), branches_(guided ? 2 : 1), head_width_(lm.settings_.width / lm.settings_.heads) {
  const LmSettings& s = lm.settings_;
  const std::int64_t prefix = s.prefixed() ? static_cast<std::int64_t>(conditions.size()) / s.width / 2 : 0;
  room_ = most + prefix;
  const auto cells = static_cast<std::size_t>(s.layers * branches_ * room_ * s.width);
  keys_.resize(cells), values_.resize(cells);
  const std::int64_t widest = std::max(3 * s.width, s.inner), filled = (std::max(s.width, s.inner) + kFill - 1) / kFill * kFill;
  x_.resize(static_cast<std::size_t>(kMostColumns * s.width)), normed_.resize(x_.size());
  wide_.resize(static_cast<std::size_t>(kMostColumns * std::max(widest, s.codebooks * s.card)));
  numbers_.resize(static_cast<std::size_t>(kMostColumns * filled));
  for (std::int64_t c = 0; c < kMostColumns; ++c) activations_.push_back({numbers_.data() + c * filled, 0});
  scores_.resize(static_cast<std::size_t>(lm.team_.size()));
  const std::int64_t tokens = s.prefixed() ? 0 : static_cast<std::int64_t>(conditions.size()) / s.width;
  for (auto& scores : scores_) scores.resize(static_cast<std::size_t>(std::max(room_, tokens)));
  const std::int64_t half = s.width / 2;
  places_.resize(static_cast<std::size_t>(half));
  for (std::int64_t i = 0; i < half; ++i) places_[static_cast<std::size_t>(i)] = static_cast<float>(std::pow(10000.0, -static_cast<double>(i) / static_cast<double>(half - 1)));

  if (!s.prefixed()) prepare_text(conditions);
  // The prefix goes through the layers like tokens, some places at a time.
  const std::int64_t step = kMostColumns / branches_;
  for (std::int64_t first = 0; first < prefix; first += step) {
    const std::int64_t count = std::min(step, prefix - first);
    for (std::int64_t b = 0; b < branches_; ++b)
      std::copy_n(conditions.data() + (b * prefix + first) * s.width, count * s.width, column(x_, b * count, s.width));
    add_places(count);
    chunk(count);
  }
}

// Keys and values of the text for every layer.
void FastRun::prepare_text(std::span<const float> conditions) {
  const LmSettings& s = lm_.settings_;
  text_ = static_cast<std::int64_t>(conditions.size()) / s.width;
  text_keys_.resize(static_cast<std::size_t>(s.layers * text_ * s.width)), text_values_.resize(text_keys_.size());
  for (std::int64_t first = 0; first < text_; first += kMostColumns) {
    const auto count = static_cast<int>(std::min<std::int64_t>(kMostColumns, text_ - first));
    for (int c = 0; c < count; ++c) to_activations(conditions.data() + (first + c) * s.width, s.width, activations_[static_cast<std::size_t>(c)]);
    for (std::int64_t n = 0; n < s.layers; ++n) {
      const QuantizedMatrix& kv = lm_.matrix(lm_.layers_[static_cast<std::size_t>(n)].cross_kv);
      times(kv, count, wide_.data(), 2 * s.width, Then::Store);
      for (int c = 0; c < count; ++c)
        for (std::int64_t h = 0; h < s.heads; ++h) {
          const std::int64_t to = ((n * s.heads + h) * text_ + first + c) * head_width_;
          const float* from = column(wide_, c, 2 * s.width) + h * head_width_;
          to_halves(from, head_width_, text_keys_.data() + to);
          to_halves(from + s.width, head_width_, text_values_.data() + to);
        }
    }
  }
}

void FastRun::embed(std::span<const std::int32_t> tokens, std::int64_t steps, std::int64_t first, std::int64_t count) {
  const LmSettings& s = lm_.settings_;
  for (std::int64_t p = 0; p < count; ++p) {
    float* x = column(x_, p, s.width);
    float* row = normed_.data();
    std::fill_n(x, s.width, 0.0F);
    for (std::int64_t k = 0; k < s.codebooks; ++k) {
      const std::int32_t token = tokens[static_cast<std::size_t>(k * steps + first + p)];
      if (token < 0 || token > s.card) throw Error(ErrorCode::InvalidArgument, "a token is beyond the language model's " + std::to_string(s.card + 1));
      weights::Tensor part = lm_.weights_.embeddings[static_cast<std::size_t>(k)];
      const auto bytes = static_cast<std::size_t>(weights::bytes_of(part.dtype, s.width));
      part.bytes = part.bytes.subspan(static_cast<std::size_t>(token) * bytes, bytes);
      part.shape = {s.width};
      weights::to_floats(part, {row, static_cast<std::size_t>(s.width)});
      for (std::int64_t i = 0; i < s.width; ++i) x[i] += row[i];
    }
  }
  for (std::int64_t b = 1; b < branches_; ++b) std::copy_n(x_.data(), count * s.width, column(x_, b * count, s.width));
  add_places(count);
}

void FastRun::add_places(std::int64_t count) {
  const std::int64_t width = lm_.settings_.width, half = width / 2;
  for (std::int64_t p = 0; p < count; ++p)
    for (std::int64_t i = 0; i < half; ++i) {
      const float phase = static_cast<float>(at_ + p) * places_[static_cast<std::size_t>(i)], c = std::cos(phase), s = std::sin(phase);
      for (std::int64_t b = 0; b < branches_; ++b) {
        float* x = column(x_, b * count + p, width);
        x[i] += c, x[half + i] += s;
      }
    }
}

template <typename Work>
void FastRun::each(int count, const Work& work) {
  if (count <= kFewColumns)
    for (int c = 0; c < count; ++c) work(c);
  else
    lm_.team_.run(count, [&](std::int64_t c, int) { work(static_cast<int>(c)); });
}

// activations_ of `count` columns times the matrix, in as many parts as are worth the trouble of handing them out.
void FastRun::times(const QuantizedMatrix& m, int count, float* out, std::int64_t stride, Then then) {
  const std::int64_t parts = std::clamp<std::int64_t>(quantized_bytes(m.precision, m.rows, m.columns) / kPartBytes, 1, m.bands());
  lm_.team_.run(parts, [&](std::int64_t part, int) {
    const Share rows = share_of(m.rows, kBand, part, parts);
    multiply(m, rows.first, rows.last, activations_.data(), count, out, stride, then);
  });
}

// Columns: the places of the conditional branch, then those of the other.
void FastRun::layer(const FastLm::Layer& l, std::size_t number, std::int64_t positions) {
  const LmSettings& s = lm_.settings_;
  const int columns = static_cast<int>(positions * branches_), guided = static_cast<int>(positions);
  const auto norm = [&](const FastLm::Norm& n, int count) {
    each(count, [&](int c) {
      layer_norm(column(x_, c, s.width), n.weight.data(), n.bias.data(), s.width, column(normed_, c, s.width));
      to_activations(column(normed_, c, s.width), s.width, activations_[static_cast<std::size_t>(c)]);
    });
  };
  const auto activate = [&](std::vector<float>& from, std::int64_t width, int count) { each(count, [&](int c) { to_activations(column(from, c, width), width, activations_[static_cast<std::size_t>(c)]); }); };
  const float scale = 1 / std::sqrt(static_cast<float>(head_width_));
  // Heads are handed out so many at a time that a part is worth it.
  const auto heads = [&](std::int64_t count, std::int64_t places, auto work) {
    const std::int64_t parts = std::clamp<std::int64_t>(count * places * head_width_ * 4 / kPartBytes, 1, count);
    lm_.team_.run(parts, [&](std::int64_t part, int thread) {
      const Share share = share_of(count, 1, part, parts);
      for (std::int64_t head = share.first; head < share.last; ++head) work(head, scores_[static_cast<std::size_t>(thread)].data());
    });
  };

  norm(l.self_norm, columns);
  times(lm_.matrix(l.qkv), columns, wide_.data(), 3 * s.width, Then::Store);
  heads(s.heads * branches_, at_ + positions, [&](std::int64_t head, float* scores) {
    const std::int64_t b = head / s.heads, h = head % s.heads;
    const std::int64_t cache = ((static_cast<std::int64_t>(number) * branches_ + b) * s.heads + h) * room_ * head_width_;
    for (std::int64_t p = 0; p < positions; ++p) {
      const float* qkv = column(wide_, b * positions + p, 3 * s.width) + h * head_width_;
      to_halves(qkv + s.width, head_width_, keys_.data() + cache + (at_ + p) * head_width_);
      to_halves(qkv + 2 * s.width, head_width_, values_.data() + cache + (at_ + p) * head_width_);
    }
    for (std::int64_t p = 0; p < positions; ++p)
      attend(column(wide_, b * positions + p, 3 * s.width) + h * head_width_, keys_.data() + cache, values_.data() + cache, at_ + p + 1, head_width_, scale, scores, column(normed_, b * positions + p, s.width) + h * head_width_);
  });
  activate(normed_, s.width, columns);
  times(lm_.matrix(l.out), columns, x_.data(), s.width, Then::Add);
  if (text_ > 0) {
    norm(l.cross_norm, guided);
    times(lm_.matrix(l.cross_q), guided, wide_.data(), s.width, Then::Store);
    heads(s.heads, text_, [&](std::int64_t h, float* scores) {
      const std::int64_t cache = (static_cast<std::int64_t>(number) * s.heads + h) * text_ * head_width_;
      for (std::int64_t p = 0; p < positions; ++p)
        attend(column(wide_, p, s.width) + h * head_width_, text_keys_.data() + cache, text_values_.data() + cache, text_, head_width_, scale, scores, column(normed_, p, s.width) + h * head_width_);
    });
    activate(normed_, s.width, guided);
    times(lm_.matrix(l.cross_out), guided, x_.data(), s.width, Then::Add);
  }
  norm(l.inner_norm, columns);
  times(lm_.matrix(l.in), columns, wide_.data(), s.inner, Then::Gelu);
  activate(wide_, s.inner, columns);
  times(lm_.matrix(l.back), columns, x_.data(), s.width, Then::Add);
}

void FastRun::chunk(std::int64_t positions) {
  if (at_ + positions > room_) throw Error(ErrorCode::InvalidArgument, "the language model was asked for more steps than it was made ready for");
  for (std::size_t n = 0; n < lm_.layers_.size(); ++n) layer(lm_.layers_[n], n, positions);
  at_ += positions;
}

void FastRun::step(std::span<const std::int32_t> tokens, std::int64_t steps, std::span<float> conditional, std::span<float> unconditional) {
  const LmSettings& s = lm_.settings_;
  const std::int64_t most = kMostColumns / branches_;
  std::int64_t positions = 0;
  for (std::int64_t first = 0; first < steps; first += positions) {
    positions = std::min(most, steps - first);
    embed(tokens, steps, first, positions);
    chunk(positions);
  }
  for (std::int64_t b = 0; b < branches_; ++b) {
    layer_norm(column(x_, (b + 1) * positions - 1, s.width), lm_.out_norm_.weight.data(), lm_.out_norm_.bias.data(), s.width, normed_.data());
    to_activations(normed_.data(), s.width, activations_[static_cast<std::size_t>(b)]);
  }
  const QuantizedMatrix& heads = lm_.matrix(lm_.heads_);
  times(heads, static_cast<int>(branches_), wide_.data(), heads.rows, Then::Store);
  std::copy_n(wide_.data(), heads.rows, conditional.data());
  std::copy_n(wide_.data() + (branches_ - 1) * heads.rows, heads.rows, unconditional.data());
}

}  // namespace figment::neural
