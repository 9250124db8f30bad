#include "instruments/output_stage.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "instruments/voice_math.h"

namespace figment::instruments {
namespace {
constexpr float kCentreDelay = 0.007F;  // s, of the chorus
}

OutputShape OutputShape::read(storage::Fields& preset) {
  OutputShape shape;
  shape.gain = db_to_gain(preset.number_or("gain_db", 0, -60, 40));
  if (preset.has("drive")) {
    storage::Fields f(preset.object("drive"), preset.where("drive"));
    shape.drive_gain = db_to_gain(f.number("db", 0, 48));
    shape.drive = Drive::Soft;
    if (f.has("type")) {
      const auto type = f.one_of("type", {"soft", "hard", "fold"});
      shape.drive = type == "hard" ? Drive::Hard : type == "fold" ? Drive::Fold : Drive::Soft;
    }
    shape.bias = static_cast<float>(f.number_or("bias", 0, 0, 1));
    shape.drive_mix = static_cast<float>(f.number_or("mix", 1, 0, 1));
    shape.drive_level = db_to_gain(f.number_or("level_db", 0, -30, 30));
    f.done();
  }
  for (const auto& item : preset.list_or_empty("eq")) {
    storage::Fields f(item, preset.where("eq"));
    const auto type = f.one_of("type", {"peak", "low_shelf", "high_shelf", "highpass", "lowpass"});
    Band band{};
    band.type = type == "peak"         ? Eq::Peak
                : type == "low_shelf"  ? Eq::LowShelf
                : type == "high_shelf" ? Eq::HighShelf
                : type == "highpass"   ? Eq::Highpass
                                       : Eq::Lowpass;
    band.hz = f.number("hz", 10, 20000);
    band.q = f.number_or("q", 0.7071, 0.1, 40);
    band.gain_db = f.number_or("gain_db", 0, -30, 30);
    f.done();
    shape.eq.push_back(band);
  }
  if (shape.eq.size() > 8) preset.fail("eq", "at most 8 bands");
  if (preset.has("chorus")) {
    storage::Fields f(preset.object("chorus"), preset.where("chorus"));
    shape.ensemble = f.has("type") && f.one_of("type", {"chorus", "ensemble"}) == "ensemble";
    shape.chorus_mix = static_cast<float>(f.number("mix", 0, 1));
    shape.chorus_rate = static_cast<float>(f.number_or("rate_hz", 0.6, 0.01, 10));
    shape.chorus_depth_s = static_cast<float>(f.number_or("depth_ms", 2, 0, 5) / 1000);
    f.done();
  }
  if (preset.has("tremolo")) {
    storage::Fields f(preset.object("tremolo"), preset.where("tremolo"));
    shape.tremolo_rate = static_cast<float>(f.number("rate_hz", 0.01, 20));
    shape.tremolo_depth = static_cast<float>(f.number("depth", 0, 1));
    shape.tremolo_spread = static_cast<float>(f.number_or("spread", 0, 0, 1));
    f.done();
  }
  return shape;
}

void OutputStage::prepare(Hertz rate, int) {
  rate_ = rate.value;
  eq_.clear();
  for (const auto& band : shape_.eq) {
    // R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
    const double w = 2 * 3.14159265358979323846 * std::min(band.hz, 0.45 * rate_) / rate_;
    const double c = std::cos(w), alpha = std::sin(w) / (2 * band.q), a = std::pow(10.0, band.gain_db / 40);
    double b0 = 1, b1 = 0, b2 = 0, a0 = 1, a1 = 0, a2 = 0;
    const double r = 2 * std::sqrt(a) * alpha;
    switch (band.type) {
      case OutputShape::Eq::Peak:
        b0 = 1 + alpha * a, b1 = -2 * c, b2 = 1 - alpha * a, a0 = 1 + alpha / a, a1 = -2 * c, a2 = 1 - alpha / a;
        break;
      case OutputShape::Eq::LowShelf:
        b0 = a * ((a + 1) - (a - 1) * c + r), b1 = 2 * a * ((a - 1) - (a + 1) * c),
        b2 = a * ((a + 1) - (a - 1) * c - r);
        a0 = (a + 1) + (a - 1) * c + r, a1 = -2 * ((a - 1) + (a + 1) * c), a2 = (a + 1) + (a - 1) * c - r;
        break;
      case OutputShape::Eq::HighShelf:
        b0 = a * ((a + 1) + (a - 1) * c + r), b1 = -2 * a * ((a - 1) + (a + 1) * c),
        b2 = a * ((a + 1) + (a - 1) * c - r);
        a0 = (a + 1) - (a - 1) * c + r, a1 = 2 * ((a - 1) - (a + 1) * c), a2 = (a + 1) - (a - 1) * c - r;
        break;
      case OutputShape::Eq::Highpass:
        b0 = (1 + c) / 2, b1 = -(1 + c), b2 = b0, a0 = 1 + alpha, a1 = -2 * c, a2 = 1 - alpha;
        break;
      case OutputShape::Eq::Lowpass:
        b0 = (1 - c) / 2, b1 = 1 - c, b2 = b0, a0 = 1 + alpha, a1 = -2 * c, a2 = 1 - alpha;
        break;
    }
    Biquad q;
    q.b0 = static_cast<float>(b0 / a0), q.b1 = static_cast<float>(b1 / a0), q.b2 = static_cast<float>(b2 / a0);
    q.a1 = static_cast<float>(a1 / a0), q.a2 = static_cast<float>(a2 / a0);
    eq_.push_back(q);
  }
  if (shape_.chorus_mix > 0)
    line_.assign(std::bit_ceil(static_cast<std::size_t>(rate_ * (kCentreDelay + shape_.chorus_depth_s) + 8)), 0.0F);
  slow_step_ = phase_of(shape_.chorus_rate / rate_);
  fast_step_ = phase_of(shape_.chorus_rate * 9.3 / rate_);
  shake_step_ = phase_of(shape_.tremolo_rate / rate_);
  smooth_ = static_cast<float>(1 - std::exp(-1 / (0.01 * rate_)));
  rewind();
}

void OutputStage::reset() noexcept {
  for (auto& h : half_) h.reset();
  for (auto& q : eq_) q.s1 = q.s2 = {};
  std::fill(line_.begin(), line_.end(), 0.0F);
}

void OutputStage::rewind() noexcept {
  reset();
  line_at_ = slow_ = fast_ = shake_ = 0;
  expression_ = 1;
}

Seconds OutputStage::tail() const noexcept {
  double ring = 0.005;
  // A pole pair's ring falls by 100 dB in about 11.5 time constants of q / (pi f).
  for (const auto& band : shape_.eq) ring = std::max(ring, 11.5 * std::max(band.q, 0.5) / (3.14159 * band.hz));
  return Seconds{ring + (shape_.chorus_mix > 0 ? kCentreDelay + shape_.chorus_depth_s : 0)};
}

void OutputStage::drive(float* x, int count) const noexcept {
  const float gain = shape_.drive_gain, bias = shape_.bias, wet = shape_.drive_mix * shape_.drive_level,
              dry = 1 - shape_.drive_mix;
  switch (shape_.drive) {
    case OutputShape::Drive::None:
      return;
    case OutputShape::Drive::Soft: {
      const float rest = soft_clip(bias);
      for (int n = 0; n < count; ++n) x[n] = dry * x[n] + wet * (soft_clip(gain * x[n] + bias) - rest);
      return;
    }
    case OutputShape::Drive::Hard: {
      const auto corner = [](float v) {
        return std::min(1.0F, std::max(-1.0F, v * (1.2F - 0.2F * std::min(1.0F, v * v))));
      };
      const float rest = corner(bias);
      for (int n = 0; n < count; ++n) x[n] = dry * x[n] + wet * (corner(gain * x[n] + bias) - rest);
      return;
    }
    case OutputShape::Drive::Fold:
      for (int n = 0; n < count; ++n) {
        const float turns = 0.25F * (gain * x[n] + bias);
        const float part = turns - std::floor(turns + 0.5F);
        // sin(2 pi part) by the parabola with a correcting square: within 0.1 %.
        const float p = part * (8.0F - 16.0F * std::abs(part));
        x[n] = dry * x[n] + wet * (0.775F * p + 0.225F * p * std::abs(p));
      }
      return;
  }
}

void OutputStage::chorus(float* left, float* right, int frames) noexcept {
  const auto mask = static_cast<std::uint32_t>(line_.size() - 1);
  const auto rate = static_cast<float>(rate_);
  const float depth = shape_.chorus_depth_s * rate, centre = kCentreDelay * rate;
  const float wet = shape_.chorus_mix, dry = 1.0F - 0.5F * wet;
  float* const line = line_.data();
  const auto tap = [&](float delay) {
    const auto whole = static_cast<std::uint32_t>(delay);
    const float part = delay - static_cast<float>(whole);
    const float a = line[(line_at_ - whole) & mask], b = line[(line_at_ - whole - 1) & mask];
    return a + part * (b - a);
  };
  constexpr std::uint32_t kThird = 0x55555555U;
  // The sines of some frames at a time, so that they are computed side by side.
  constexpr int kAhead = 32;
  alignas(32) std::array<std::array<float, kAhead>, 3> delay;
  for (int from = 0; from < frames; from += kAhead) {
    const int count = std::min(kAhead, frames - from);
    for (std::uint32_t n = 0; n < kAhead; ++n) {
      const std::uint32_t slow = slow_ + slow_step_ * n, fast = fast_ + fast_step_ * n;
      if (shape_.ensemble) {
        delay[0][n] = centre + depth * (0.8F * sine_of_phase(slow) + 0.2F * sine_of_phase(fast));
        delay[1][n] = centre + depth * (0.8F * sine_of_phase(slow + kThird) + 0.2F * sine_of_phase(fast + kThird));
        delay[2][n] =
            centre + depth * (0.8F * sine_of_phase(slow + 2 * kThird) + 0.2F * sine_of_phase(fast + 2 * kThird));
      } else {
        delay[0][n] = centre + depth * sine_of_phase(slow);
        delay[1][n] = centre + depth * sine_of_phase(slow + 0x60000000U);
      }
    }
    for (int n = 0; n < count; ++n) {
      float& l = left[from + n];
      float& r = right[from + n];
      const auto at = static_cast<std::size_t>(n);
      line[line_at_ & mask] = 0.5F * (l + r);
      const float a = tap(delay[0][at]), b = tap(delay[1][at]);
      if (shape_.ensemble) {
        const float c = tap(delay[2][at]);
        l = dry * l + wet * (0.75F * a + 0.4F * b - 0.25F * c);
        r = dry * r + wet * (0.75F * c + 0.4F * b - 0.25F * a);
      } else {
        l = dry * l + wet * 0.8F * a;
        r = dry * r + wet * 0.8F * b;
      }
      ++line_at_;
    }
    slow_ += slow_step_ * static_cast<std::uint32_t>(count);
    fast_ += fast_step_ * static_cast<std::uint32_t>(count);
  }
}

void OutputStage::process(float* left, float* right, audio::AudioBlock out, float expression) noexcept {
  const int frames = static_cast<int>(out.frames());
  float* io[2] = {left, right};
  const int channels = std::min(channels_, 2);  // never more: said again for the analyzer
  for (int c = 0; c < channels; ++c)
    if (shape_.drive != OutputShape::Drive::None) drive(io[c], frames * oversample_);
  if (oversample_ == 2) {
    if (channels_ == 2)
      Halfband::down_pair(half_[0], half_[1], left, right, frames);
    else
      half_[0].down(left, left, frames);
  }
  if (channels_ == 2) {
    for (auto& q : eq_) q.run_pair(left, right, frames);
  } else {
    for (auto& q : eq_) {
      constexpr int c = 0;
      float s1 = q.s1[static_cast<std::size_t>(c)], s2 = q.s2[static_cast<std::size_t>(c)];
      for (int n = 0; n < frames; ++n) {
        const float x = io[c][n], y = q.b0 * x + s1;
        s1 = q.b1 * x - q.a1 * y + s2;
        s2 = q.b2 * x - q.a2 * y;
        io[c][n] = y;
      }
      q.s1[static_cast<std::size_t>(c)] = s1;
      q.s2[static_cast<std::size_t>(c)] = s2;
    }
  }
  if (shape_.chorus_mix > 0 && channels_ == 2) chorus(left, right, frames);
  if (shape_.tremolo_depth > 0) {
    const float half = 0.5F * shape_.tremolo_depth;
    const auto apart = static_cast<std::uint32_t>(shape_.tremolo_spread * 2147483647.0F);
    for (int c = 0; c < channels_; ++c) {
      std::uint32_t at = shake_ + (c == 1 ? apart : 0);
      for (int n = 0; n < frames; ++n, at += shake_step_) io[c][n] *= 1.0F - half + half * sine_of_phase(at);
    }
    shake_ += shake_step_ * static_cast<std::uint32_t>(frames);
  }
  float level = expression_;
  if (level == expression) {
    const float gain = level * shape_.gain;
    for (int c = 0; c < channels_; ++c) {
      float* const to = out.channel(c);
      for (int n = 0; n < frames; ++n) to[n] = io[c][n] * gain;
    }
    return;
  }
  for (int n = 0; n < frames; ++n) {
    level += (expression - level) * smooth_;
    for (int c = 0; c < channels; ++c) out.channel(c)[n] = io[c][n] * (level * shape_.gain);
  }
  expression_ = level;
}

}  // namespace figment::instruments
