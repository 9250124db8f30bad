#include "neural/htdemucs/htdemucs.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "neural/fast/activations.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/htdemucs/spectrogram.h"
#include "neural/parallel.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kStretch = 512;   // places of the waveform that a thread takes
constexpr double kQuiet = 1e-5;          // added to deviations

std::size_t size_of(std::int64_t n) { return static_cast<std::size_t>(n); }

std::vector<float>& room(std::vector<float>& x, std::int64_t numbers) {
  if (x.size() < size_of(numbers)) x.resize(size_of(numbers));
  return x;
}

// Mean and unbiased deviation, in double.
std::pair<double, double> spread_of(const Moments& m, std::int64_t count) {
  const double n = static_cast<double>(count), mean = m.sum / n;
  return {mean, std::sqrt(std::max(0.0, m.squares - n * mean * mean) / (n - 1))};
}

const weights::WeightFile& checked(const HtdemucsSettings& settings, const weights::WeightFile& weights) {
  weights::check(weights, htdemucs_table(settings), "an HTDemucs", htdemucs_prefix(weights));
  return weights;
}

}  // namespace

Htdemucs::Space::Space(const HtdemucsSettings& s) {
  const std::int64_t edge = s.kernel / 4;
  std::int64_t frequencies = s.nfft / 2, places = s.segment;
  for (std::int64_t level = 0; level <= s.depth; ++level) {
    const std::int64_t channels = level == 0 ? 4 : s.width(level - 1), channels_t = level == 0 ? 2 : channels;
    held.push_back({std::vector<float>(size_of((frequencies + 2 * edge) * (s.frames() + 2) * channels)), frequencies, s.frames(), channels});
    held_t.push_back({std::vector<float>(size_of((places + 3 * edge + s.stride) * channels_t)), 1, places, channels_t});
    frequencies /= s.stride, places = (places + s.stride - 1) / s.stride;
  }
}

Htdemucs::Htdemucs(const HtdemucsSettings& s, const weights::WeightFile& weights, bool bfloats, std::shared_ptr<Space> space)
    : settings_(s), frames_(s.frames()), edge_(s.kernel / 4), transformer_(s, checked(s, weights), bfloats), space_(std::move(space)) {
  for (std::int64_t i = 0; i < s.depth; ++i) {
    encoder_.push_back(load_encoder(s, weights, false, i, bfloats)), tencoder_.push_back(load_encoder(s, weights, true, i, bfloats));
    decoder_.push_back(load_decoder(s, weights, false, i, bfloats)), tdecoder_.push_back(load_decoder(s, weights, true, i, bfloats));
  }
  if (s.bottom > 0) up_ = load_product(weights, "channel_upsampler", bfloats), down_ = load_product(weights, "channel_downsampler", bfloats), up_t_ = load_product(weights, "channel_upsampler_t", bfloats), down_t_ = load_product(weights, "channel_downsampler_t", bfloats);
  if (s.frequency_embedding != 0) {
    const at::Tensor scaled = (tensor(weights, htdemucs_prefix(weights) + "freq_emb.embedding.weight") * (s.embedding_scale * s.frequency_embedding)).contiguous();
    embedding_.assign(scaled.data_ptr<float>(), scaled.data_ptr<float>() + scaled.numel());
  }
}

float* Htdemucs::row(Held& held, std::int64_t frequency) const { return held.x.data() + ((frequency + edge_) * (frames_ + 2) + 1) * held.channels; }
float* Htdemucs::place(Held& held, std::int64_t place) const { return held.x.data() + (place + edge_) * held.channels; }

at::Tensor Htdemucs::seen(bool time, std::size_t level) {
  Held& held = time ? space_->held_t[level] : space_->held[level];
  if (time) return at::from_blob(place(held, 0), {1, held.places, held.channels}).transpose(1, 2).clone();
  return at::from_blob(row(held, 0), {1, held.frequencies, frames_, held.channels}, {0, (frames_ + 2) * held.channels, held.channels, 1}).permute({0, 3, 1, 2}).clone();
}

const std::shared_ptr<Htdemucs::Space>& Htdemucs::space() {
  if (space_ == nullptr) space_ = std::make_shared<Space>(settings_);
  return space_;
}

// Around level 1, where the last segment's results lay.
void Htdemucs::silence_edges() {
  Held &x = space_->held[1], &xt = space_->held_t[1];
  const std::int64_t line = (frames_ + 2) * x.channels, rows = x.frequencies + 2 * edge_;
  for (std::int64_t r = 0; r < rows; ++r) {
    float* first = x.x.data() + r * line;
    if (r < edge_ || r >= rows - edge_) std::fill_n(first, line, 0.0F);
    else std::fill_n(first, x.channels, 0.0F), std::fill_n(first + line - x.channels, x.channels, 0.0F);
  }
  std::fill_n(xt.x.data(), edge_ * xt.channels, 0.0F);
  std::fill(xt.x.data() + (xt.places + edge_) * xt.channels, xt.x.data() + xt.x.size(), 0.0F);
}

// Level 0: both forms of the mix, at mean 0 and deviation 1.
void Htdemucs::hear(const at::Tensor& mix) {
  const at::Tensor z = at::view_as_real(demucs_spectrogram(mix, settings_.nfft));      // [2, frequencies, frames, 2]
  const at::Tensor flat = z.permute({1, 2, 0, 3}).contiguous();                        // channel by channel: real, imaginary
  const std::int64_t count = flat.numel(), width = frames_ * 4;
  std::tie(mean_, spread_) = spread_of(moments(flat.data_ptr<float>(), count), count);
  Held& x = space_->held[0];
  for (std::int64_t f = 0; f < x.frequencies; ++f) {
    const float* from = flat.data_ptr<float>() + f * width;
    float* to = row(x, f);
    for (std::int64_t i = 0; i < width; ++i) to[i] = (from[i] - static_cast<float>(mean_)) / static_cast<float>(kQuiet + spread_);
  }
  std::tie(mean_t_, spread_t_) = spread_of(moments(mix.data_ptr<float>(), mix.numel()), mix.numel());
  float* to = place(space_->held_t[0], 0);
  const float *left = mix.data_ptr<float>(), *right = left + settings_.segment;
  for (std::int64_t i = 0; i < settings_.segment; ++i)
    for (int c = 0; c < 2; ++c) to[2 * i + c] = ((c == 0 ? left : right)[i] - static_cast<float>(mean_t_)) / static_cast<float>(kQuiet + spread_t_);
}

void Htdemucs::encode_spectrogram(std::size_t layer) {
  Held &in = space_->held[layer], &out = space_->held[layer + 1];
  const EncoderLayer& l = encoder_[layer];
  const std::int64_t c = out.channels, margin = strip_margin(settings_), from = (frames_ + 2) * in.channels;
  for_each_part(out.frequencies, [&](std::int64_t f) {
    static thread_local std::vector<float> strip, few, many;
    strip.assign(size_of((frames_ + 2 * margin) * c), 0.0F);
    float* y = strip.data() + margin * c;
    l.conv.times({settings_.kernel, in.channels, from, in.channels}, row(in, f * settings_.stride - edge_), frames_, y, c);
    gelu(y, frames_ * c, y);
    add_residual(l.residual, y, frames_, c, few, many);
    room(many, frames_ * 2 * c);
    l.rewrite.times({1, c, 0, c}, y, frames_, many.data(), 2 * c);
    float* to = row(out, f);
    glu(many.data(), frames_, c, to, c);
    if (layer == 0 && !embedding_.empty())
      for (std::int64_t t = 0; t < frames_; ++t)
        for (std::int64_t i = 0; i < c; ++i) to[t * c + i] += embedding_[size_of(f * c + i)];
  });
}

void Htdemucs::encode_waveform(std::size_t layer) {
  Held &in = space_->held_t[layer], &out = space_->held_t[layer + 1];
  const EncoderLayer& l = tencoder_[layer];
  const std::int64_t c = out.channels, margin = strip_margin(settings_), stride = settings_.stride;
  room(space_->strip, (out.places + 2 * margin) * c);
  float* y = space_->strip.data() + margin * c;
  std::fill(space_->strip.data(), y, 0.0F), std::fill(y + out.places * c, y + (out.places + margin) * c, 0.0F);
  for_each_stretch(out.places, kStretch, [&](std::int64_t first, std::int64_t last) {
    l.conv.times({1, settings_.kernel * in.channels, 0, stride * in.channels}, place(in, first * stride - edge_), last - first, y + first * c, c);
    gelu(y + first * c, (last - first) * c, y + first * c);
  });
  add_residual_together(l.residual, y, out.places, c, space_->few_t);
  for_each_stretch(out.places, kStretch, [&](std::int64_t first, std::int64_t last) {
    static thread_local std::vector<float> many;
    l.rewrite.times({1, c, 0, c}, y + first * c, last - first, room(many, kStretch * 2 * c).data(), 2 * c);
    glu(many.data(), last - first, c, place(out, first), c);
  });
}

void Htdemucs::meet(const Probe& probe) {
  Held &x = space_->held.back(), &xt = space_->held_t.back();
  const std::int64_t width = settings_.width(), c = x.channels, tokens = frames_ * x.frequencies;
  room(space_->tokens, tokens * width), room(space_->tokens_t, xt.places * width);
  if (settings_.bottom > 0) {
    for_each_part(x.frequencies, [&](std::int64_t f) { up_.times({1, c, 0, c}, row(x, f), frames_, space_->tokens.data() + f * width, x.frequencies * width); });
    for_each_stretch(xt.places, kStretch / 4, [&](std::int64_t first, std::int64_t last) { up_t_.times({1, c, 0, c}, place(xt, first), last - first, space_->tokens_t.data() + first * width, width); });
  } else {
    for (std::int64_t f = 0; f < x.frequencies; ++f)
      for (std::int64_t t = 0; t < frames_; ++t) std::copy_n(row(x, f) + t * c, c, space_->tokens.data() + (t * x.frequencies + f) * width);
    std::copy_n(place(xt, 0), xt.places * c, space_->tokens_t.data());
  }
  const auto tell = [&](const char* name, bool time) {
    if (!probe) return;
    if (time) probe(std::string("crosstransformer.") + name, at::from_blob(space_->tokens_t.data(), {1, xt.places, width}).transpose(1, 2).clone());
    else probe(std::string("crosstransformer.") + name, at::from_blob(space_->tokens.data(), {1, frames_, x.frequencies, width}).permute({0, 3, 2, 1}).clone());
  };
  tell("in_freq", false), tell("in_time", true);
  transformer_.run(space_->tokens, frames_, x.frequencies, space_->tokens_t, xt.places);
  tell("freq", false), tell("time", true);
  // Added to what the last layers made, which the decoder wants with it.
  if (settings_.bottom > 0) {
    for_each_part(x.frequencies, [&](std::int64_t f) { down_.times({1, width, 0, x.frequencies * width}, space_->tokens.data() + f * width, frames_, row(x, f), c, true); });
    for_each_stretch(xt.places, kStretch / 4, [&](std::int64_t first, std::int64_t last) { down_t_.times({1, width, 0, width}, space_->tokens_t.data() + first * width, last - first, place(xt, first), c, true); });
  } else {
    for (std::int64_t f = 0; f < x.frequencies; ++f)
      for (std::int64_t t = 0; t < frames_; ++t)
        for (std::int64_t i = 0; i < c; ++i) row(x, f)[t * c + i] += space_->tokens[size_of((t * x.frequencies + f) * width + i)];
    for (std::int64_t i = 0; i < xt.places * c; ++i) place(xt, 0)[i] += space_->tokens_t[size_of(i)];
  }
}

void Htdemucs::decode_spectrogram(std::size_t layer) {
  const std::size_t level = space_->held.size() - 1 - layer;
  Held &in = space_->held[level], &out = space_->held[level - 1];
  const DecoderLayer& l = decoder_[layer];
  const std::int64_t c = in.channels, margin = strip_margin(settings_), wide = (frames_ + 2) * c, line = frames_ * c;
  // A silent row before the first frequency and after the last.
  room(space_->strip, (in.frequencies + 2) * line);
  std::fill_n(space_->strip.data(), line, 0.0F), std::fill_n(space_->strip.data() + (in.frequencies + 1) * line, line, 0.0F);
  for_each_part(in.frequencies, [&](std::int64_t f) {
    static thread_local std::vector<float> strip, few, many;
    strip.assign(size_of((frames_ + 2 * margin) * c), 0.0F);
    float* y = strip.data() + margin * c;
    l.rewrite.times({3, 3 * c, wide, c}, row(in, f - 1) - c, frames_, room(many, 2 * line).data(), 2 * c);
    glu(many.data(), frames_, c, y, c);
    add_residual(l.residual, y, frames_, c, few, many);
    std::copy_n(y, line, space_->strip.data() + (f + 1) * line);
  });
  const bool last = level == 1;
  const std::int64_t outputs = l.phases[0].outputs();
  if (last) room(space_->spectrogram(), out.frequencies * frames_ * outputs);
  for_each_part(out.frequencies, [&](std::int64_t f) {
    static thread_local std::vector<float> made;
    const PackedMatrix& phase = l.phases[size_of((f + edge_) % settings_.stride)];
    const float* from = space_->strip.data() + (f + edge_) / settings_.stride * line;
    if (last) {
      phase.times({2, c, line, c}, from, frames_, space_->spectrogram().data() + f * frames_ * outputs, outputs);
      return;
    }
    phase.times({2, c, line, c}, from, frames_, room(made, frames_ * outputs).data(), outputs);
    add_gelu(made.data(), frames_ * outputs, row(out, f));
  });
}

void Htdemucs::decode_waveform(std::size_t layer) {
  const std::size_t level = space_->held_t.size() - 1 - layer;
  Held &in = space_->held_t[level], &out = space_->held_t[level - 1];
  const DecoderLayer& l = tdecoder_[layer];
  const std::int64_t c = in.channels, margin = strip_margin(settings_), stride = settings_.stride;
  room(space_->strip, (in.places + 2 * margin) * c);
  float* y = space_->strip.data() + margin * c;
  std::fill(space_->strip.data(), y, 0.0F), std::fill(y + in.places * c, y + (in.places + margin) * c, 0.0F);
  for_each_stretch(in.places, kStretch, [&](std::int64_t first, std::int64_t last) {
    static thread_local std::vector<float> many;
    l.rewrite.times({1, 3 * c, 0, c}, place(in, first - 1), last - first, room(many, kStretch * 2 * c).data(), 2 * c);
    glu(many.data(), last - first, c, y + first * c, c);
  });
  add_residual_together(l.residual, y, in.places, c, space_->few_t);
  const bool last_layer = level == 1;
  const std::int64_t outputs = l.phases[0].outputs(), all = (out.places + stride - 1) / stride;
  if (last_layer) room(space_->waveform(), all * stride * outputs);
  // Every stride outputs begin between the same two places.
  for_each_stretch(all, kStretch, [&](std::int64_t first, std::int64_t last) {
    static thread_local std::vector<float> made;
    float* to = last_layer ? space_->waveform().data() + first * stride * outputs : room(made, kStretch * stride * outputs).data();
    for (std::int64_t p = 0; p < stride; ++p) {
      const std::int64_t to_place = (p + edge_) / stride;
      l.phases[size_of((p + edge_) % stride)].times({1, 2 * c, 0, c}, y + (first + to_place - 1) * c, last - first, to + p * outputs, stride * outputs);
    }
    if (!last_layer) add_gelu(made.data(), (std::min(last * stride, out.places) - first * stride) * outputs, place(out, first * stride));
  });
}

at::Tensor Htdemucs::sound() {
  const auto sources = static_cast<std::int64_t>(settings_.sources.size());
  const std::int64_t frequencies = settings_.nfft / 2, outputs = 4 * sources;
  at::Tensor out = at::empty({sources, 2, settings_.segment});
  for (std::int64_t s = 0; s < sources; ++s) {
    at::Tensor complex = at::empty({2, frequencies, frames_, 2});
    float* to = complex.data_ptr<float>();
    for_each_stretch(frequencies, 64, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t f = first; f < last; ++f)
        for (std::int64_t t = 0; t < frames_; ++t) {
          const float* from = space_->spectrogram().data() + (f * frames_ + t) * outputs + 4 * s;
          for (std::int64_t c = 0; c < 2; ++c)
            for (std::int64_t part = 0; part < 2; ++part) to[((c * frequencies + f) * frames_ + t) * 2 + part] = from[2 * c + part] * static_cast<float>(spread_) + static_cast<float>(mean_);
        }
    });
    const at::Tensor heard = demucs_sound(at::view_as_complex(complex), settings_.nfft, settings_.segment).contiguous();
    for (std::int64_t c = 0; c < 2; ++c) {
      const float *a = heard.data_ptr<float>() + c * settings_.segment, *b = space_->waveform().data() + 2 * s + c;
      float* sum = out.data_ptr<float>() + (s * 2 + c) * settings_.segment;
      for (std::int64_t i = 0; i < settings_.segment; ++i) sum[i] = b[i * 2 * sources] * static_cast<float>(spread_t_) + static_cast<float>(mean_t_) + a[i];
    }
  }
  return out;
}

at::Tensor Htdemucs::split(const at::Tensor& given, const Probe& probe, const Progress& progress) {
  const c10::InferenceMode inference;
  static_cast<void>(space());
  silence_edges();
  hear(given.contiguous());
  const auto layers = static_cast<std::size_t>(settings_.depth);
  const auto tell = [&](const std::string& name, std::size_t layer, const at::Tensor& value) {
    if (probe) probe(name + std::to_string(layer), value);
  };
  for (std::size_t i = 0; i < layers; ++i) {
    progress.check();
    encode_waveform(i);
    encode_spectrogram(i);
    if (!probe) continue;
    tell("tencoder.", i, seen(true, i + 1));
    at::Tensor made = seen(false, i + 1);
    if (i == 0 && !embedding_.empty()) made = made - at::from_blob(embedding_.data(), {1, space_->held[1].frequencies, settings_.channels}).permute({0, 2, 1}).unsqueeze(3);
    tell("encoder.", i, made);
  }
  progress.check();
  meet(probe);
  for (std::size_t i = 0; i < layers; ++i) {
    progress.check();
    const bool last = i + 1 == layers;
    const at::Tensor before = probe && !last ? seen(false, layers - 1 - i) : at::Tensor(), before_t = probe && !last ? seen(true, layers - 1 - i) : at::Tensor();
    decode_spectrogram(i);
    decode_waveform(i);
    if (!probe) continue;
    const auto outputs = static_cast<std::int64_t>(4 * settings_.sources.size());
    tell("decoder.", i, last ? at::from_blob(space_->spectrogram().data(), {1, settings_.nfft / 2, frames_, outputs}).permute({0, 3, 1, 2}).clone() : seen(false, layers - 1 - i) - before);
    tell("tdecoder.", i, last ? at::from_blob(space_->waveform().data(), {1, settings_.segment, outputs / 2}).transpose(1, 2).clone() : seen(true, layers - 1 - i) - before_t);
  }
  return sound();
}

}  // namespace figment::neural
