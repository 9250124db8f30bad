#include "instruments/pluck.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <utility>
#include <vector>

#include "base/random.h"
#include "instruments/output_stage.h"
#include "instruments/polyphony.h"
#include "instruments/voice_math.h"

namespace figment::instruments {
namespace {

using storage::Fields;
constexpr int kMostStrings = 3;
constexpr double kLowestHz = 20;    // the line is long enough for this
constexpr double kBrightHz = 4000;  // where bright_decay_s holds

struct PluckPatch {
  PlayMode mode;
  float glide_s = 0.06F, velocity = 0.7F, vibrato_cents = 30, vibrato_hz = 5.5F;
  double decay_s = 4, bright_decay_s = 0.8, decay_key = 0.6;  // decay_key: how much shorter an octave up (in octaves)
  double release_s = 0.15, pick = 0.13, pickup = 0, hardness_hz = 6000, velocity_octaves = 1.5, noise = 0.4;
  double attack_s = 0.0008, lowest = 24;
  int strings = 1;
  double detune_cents = 3, spread = 0;
  OutputShape output;
  bool stereo = false;
  int oversample = 1;
};

PluckPatch read_patch(Fields& preset) {
  PluckPatch patch;
  const auto range = preset.numbers_or_empty("range", 0, 127);
  if (!range.empty()) patch.lowest = std::min(60.0, range.front());
  if (preset.has("voice")) {
    Fields f(preset.object("voice"), preset.where("voice"));
    patch.mode = PlayMode::read(f);
    patch.glide_s = static_cast<float>(f.number_or("glide_s", 0.06, 0.001, 5));
    patch.velocity = static_cast<float>(f.number_or("velocity", 0.7, 0, 1));
    patch.vibrato_cents = static_cast<float>(f.number_or("vibrato_cents", 30, 0, 200));
    patch.vibrato_hz = static_cast<float>(f.number_or("vibrato_hz", 5.5, 0.1, 12));
    f.done();
  }
  Fields f(preset.object("string"), preset.where("string"));
  patch.decay_s = f.number("decay_s", 0.02, 60);
  patch.bright_decay_s = f.number("bright_decay_s", 0.005, 60);
  patch.decay_key = f.number_or("decay_key", 0.6, 0, 2);
  patch.release_s = f.number_or("release_s", 0.15, 0.01, 20);
  patch.pick = f.number_or("pick", 0.13, 0.01, 0.5);
  patch.pickup = f.number_or("pickup", 0, 0, 0.5);
  patch.hardness_hz = f.number_or("hardness_hz", 6000, 100, 18000);
  patch.velocity_octaves = f.number_or("velocity_octaves", 1.5, 0, 5);
  patch.noise = f.number_or("noise", 0.4, 0, 1);
  patch.attack_s = f.number_or("attack_ms", 0.8, 0.3, 50) / 1000;
  patch.strings = f.integer_or("strings", 1, 1, kMostStrings);
  patch.detune_cents = f.number_or("detune_cents", 3, 0, 30);
  patch.spread = f.number_or("spread", 0, 0, 1);
  f.done();
  patch.output = OutputShape::read(preset);
  patch.stereo = patch.output.wants_stereo() || (patch.strings > 1 && patch.spread > 0);
  // These spectra fall steeply, and what a soft drive adds to them stays below the limit: only corners need the room.
  using Drive = OutputShape::Drive;
  patch.oversample = patch.output.drive == Drive::Hard || patch.output.drive == Drive::Fold ? 2 : 1;
  return patch;
}

// The loop's loss filter g (1 - a) / (1 - a z^-1), solved so that the string's fundamental falls 60 dB in `decay` and
// its partials near `bright_hz` in `bright`.
struct Loss {
  double a = 0, gain = 1, delay = 0;  // delay in samples at the fundamental

  static double magnitude(double a, double w) {
    return (1 - a) / std::abs(std::complex<double>(1 - a * std::cos(w), a * std::sin(w)));
  }
  static Loss solve(double hz, double rate, double decay, double bright) {
    Loss loss;
    const double w = 2 * 3.14159265358979323846 * hz / rate;
    const double high = 2 * 3.14159265358979323846 * std::min(std::max(kBrightHz, 2.5 * hz), 0.4 * rate) / rate;
    const double wanted = std::pow(10.0, -3 / hz * std::max(0.0, 1 / bright - 1 / decay));
    double low = 0, most = 0.96;
    for (int i = 0; i < 30; ++i) {
      loss.a = 0.5 * (low + most);
      (magnitude(loss.a, high) / magnitude(loss.a, w) > wanted ? low : most) = loss.a;
    }
    loss.gain = std::min(0.99999, std::pow(10.0, -3 / (hz * decay)) / magnitude(loss.a, w));
    loss.delay = std::atan2(loss.a * std::sin(w), 1 - loss.a * std::cos(w)) / w;
    return loss;
  }
};

class PluckVoice {
 public:
  void prepare(const PluckPatch* patch, double rate, std::uint64_t seed) {
    patch_ = patch;
    rate_ = rate;
    random_ = Random(seed);
    const auto size = std::bit_ceil(static_cast<std::size_t>(rate / kLowestHz) + 16);
    for (int s = 0; s < patch->strings; ++s) strings_[static_cast<std::size_t>(s)].line.assign(size, 0.0F);
    mask_ = static_cast<std::uint32_t>(size - 1);
    silence();
  }
  void silence() noexcept { active_ = false; }

  void start(const NoteStart& start, const Controls& controls) noexcept {
    note_ = start.note;
    pitch_ = start.glide_from;
    glide_step_ = (note_ - pitch_) / std::max(1.0F, patch_->glide_s * static_cast<float>(rate_) / kChunk);
    const double shorter = std::exp2(-patch_->decay_key * (note_ - 60) / 12.0);
    decay_ = patch_->decay_s * shorter;
    const double hz = frequency(controls, 0, false);
    loss_ = Loss::solve(hz, rate_, decay_, std::min(decay_, patch_->bright_decay_s * shorter));
    gain_ = static_cast<float>(loss_.gain);
    Random random = random_.fork(start.serial);
    const float level = velocity_gain(start.velocity, patch_->velocity);
    for (int s = 0; s < patch_->strings; ++s) {
      String& string = strings_[static_cast<std::size_t>(s)];
      const double place = patch_->strings > 1 ? 2.0 * s / (patch_->strings - 1) - 1 : 0;
      string.ratio = std::exp2(place * patch_->detune_cents / 1200);
      const double pan = patch_->spread * place;
      const double share = (s == 0 ? 1.0 : 0.7) / std::sqrt(static_cast<double>(patch_->strings)) * level;
      string.left = static_cast<float>(share * (patch_->stereo ? std::min(1.0, 1 - pan) : 1.0));
      string.right = static_cast<float>(share * std::min(1.0, 1 + pan));
      string.gain_more = s == 0 ? 1.0F : static_cast<float>(std::min(1.0, std::pow(10.0, 3 / hz * 0.4 / decay_)));
      string.state = 0;
      string.at = 0;
      string.delay = string.last_delay = static_cast<float>(rate_ / (hz * string.ratio) - loss_.delay);
      pluck(string, hz, start.velocity, random, controls);
    }
    // The sound ends 100 dB down.
    life_ = fall_ = 1;
    set_fall(decay_ * (patch_->strings > 1 ? 1.7 : 1));
    attack_ = 0;
    attack_step_ = static_cast<float>(1 / (patch_->attack_s * rate_));
    kill_ = 1;
    kill_step_ = 0;
    position_ = kChunk;
    active_ = true;
    released_ = false;
    age_ = 0;
  }
  void retarget(float note) noexcept {
    note_ = note;
    glide_step_ = (note_ - pitch_) / std::max(1.0F, patch_->glide_s * static_cast<float>(rate_) / kChunk);
  }
  void release() noexcept {
    if (released_) return;
    released_ = true;
    const double hz = note_frequency(static_cast<double>(note_)).value;
    const double decay = std::min(decay_, patch_->release_s);
    gain_ *= static_cast<float>(std::pow(10.0, -3 / hz * (1 / decay - 1 / decay_)));
    set_fall(decay);
  }
  void kill() noexcept {
    if (kill_step_ == 0) kill_step_ = static_cast<float>(1 / (0.004 * rate_));
  }
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] float level() const noexcept { return static_cast<float>(life_) * kill_; }

  int render(float* left, float* right, int samples, const Controls& controls, std::int64_t frame) noexcept {
    int done = 0;
    while (done < samples && active_) {
      if (position_ == kChunk) {
        if (life_ < 1e-5) {
          silence();
          return done;
        }
        begin_chunk(controls, frame + done / controls.oversample);
        position_ = 0;
      }
      const int count = std::min(samples - done, kChunk - position_);
      // Sample by sample, so that the sum is the same however the chunk is cut.
      int lived = count;
      for (int n = 0; n < count; ++n) {
        attack_ = std::min(1.0F, attack_ + attack_step_);
        kill_ = std::max(0.0F, kill_ - kill_step_);
        gains_[static_cast<std::size_t>(n)] = attack_ * kill_;
        if (kill_ <= 0) {
          lived = n + 1;
          break;
        }
      }
      for (int s = 0; s < patch_->strings; ++s)
        run(strings_[static_cast<std::size_t>(s)], left + done, patch_->stereo ? right + done : nullptr, lived);
      position_ += lived;
      done += lived;
      if (kill_ <= 0) {
        silence();
        return done;
      }
    }
    return done;
  }

 private:
  struct String {
    std::vector<float> line;
    std::uint32_t at = 0;
    float state = 0, delay = 0, last_delay = 0, left = 1, right = 1, gain_more = 1;
    double ratio = 1;
  };

  void set_fall(double decay) noexcept { fall_ = std::pow(10.0, -3.0 * kChunk / (decay * rate_)); }

  [[nodiscard]] double frequency(const Controls& controls, std::int64_t frame, bool moving) const noexcept {
    double pitch = pitch_;
    if (moving) {
      pitch += controls.bend.at(frame);
      const float wheel = controls.modulation.at(frame);
      if (wheel > 0)
        pitch += 0.01 * patch_->vibrato_cents * wheel *
                 sine_of_phase(phase_of(patch_->vibrato_hz * controls.seconds(frame)));
    }
    return std::clamp(note_frequency(pitch).value, kLowestHz, 0.2 * rate_);
  }

  // Fills one period of the line with the plucked string's first shape.
  void pluck(String& string, double hz, float velocity, Random& random, const Controls& controls) noexcept {
    std::fill(string.line.begin(), string.line.end(), 0.0F);
    const double period = rate_ / (hz * string.ratio);
    const int length = std::max(4, static_cast<int>(period));
    const auto salt = static_cast<std::uint32_t>(random.next());
    const double octaves = patch_->velocity_octaves * (velocity - 1) + 2.0 * controls.brightness.target();
    const double soft = std::exp(-2 * 3.14159265358979323846 *
                                 std::min(0.45 * rate_, patch_->hardness_hz * std::exp2(octaves)) / rate_);
    const auto noise = static_cast<float>(patch_->noise), hum = 1 - noise;
    float* x = string.line.data();
    // A string drawn to a point at `pick` is a triangle, its velocity a pulse at either side: take the pulse pair.
    const int comb = std::clamp(static_cast<int>(patch_->pick * length), 1, length - 1);
    for (int n = 0; n < length; ++n)
      x[n] = noise * noise_of(salt + static_cast<std::uint32_t>(n)) +
             (n == 0 ? hum * 0.6F * std::sqrt(static_cast<float>(length)) : 0.0F);
    // Circular one-pole low-pass twice (two rounds settle it) and circular comb: the period stays a period.
    for (int pole = 0; pole < 2; ++pole) {
      float state = 0;
      for (int round = 0; round < 2; ++round)
        for (int n = 0; n < length; ++n) {
          state += (x[n] - state) * static_cast<float>(1 - soft);
          if (round == 1) x[n] = state;
        }
    }
    comb_circular(x, length, comb);
    float mean = 0, energy = 0, peak = 0;
    for (int n = 0; n < length; ++n) mean += x[n];
    mean /= static_cast<float>(length);
    for (int n = 0; n < length; ++n) {
      x[n] -= mean;
      energy += x[n] * x[n];
      peak = std::max(peak, std::abs(x[n]));
    }
    // Between equal power and equal peak, so that hard and soft plucks differ in tone more than in level.
    const float scale = 0.5F / std::max(1e-6F, std::sqrt(std::sqrt(energy / static_cast<float>(length)) * peak));
    for (int n = 0; n < length; ++n) x[n] *= scale;
    string.at = static_cast<std::uint32_t>(length);
    // One period more before it lets the interpolator read a seamless past.
    const auto size = static_cast<std::uint32_t>(string.line.size());
    for (std::uint32_t n = 1; n <= 8; ++n)
      string.line[(size - n) & mask_] = x[static_cast<std::uint32_t>(length) - n % static_cast<std::uint32_t>(length)];
  }
  void comb_circular(float* x, int length, int comb) noexcept {
    // Through the free end of the line, which is at least one period longer.
    float* copy = x + length;
    if (static_cast<std::size_t>(2 * length) > mask_ + 1U) return;
    std::copy(x, x + length, copy);
    for (int n = 0; n < length; ++n) x[n] = copy[n] - 0.95F * copy[(n - comb + length) % length];
    std::fill(copy, copy + length, 0.0F);
  }

  void begin_chunk(const Controls& controls, std::int64_t frame) noexcept {
    if (pitch_ != note_) {
      pitch_ += glide_step_;
      if ((glide_step_ >= 0) == (pitch_ >= note_)) pitch_ = note_;
    }
    const double hz = frequency(controls, frame, true);
    for (int s = 0; s < patch_->strings; ++s) {
      String& string = strings_[static_cast<std::size_t>(s)];
      string.last_delay = string.delay;
      string.delay = static_cast<float>(
          std::clamp(rate_ / (hz * string.ratio) - loss_.delay, 3.0, static_cast<double>(mask_) - 8));
    }
    life_ *= fall_;
    age_ += kChunk;
  }

  void run(String& string, float* left, float* right, int count) noexcept {
    const float slide = (string.delay - string.last_delay) / kChunk;
    const float a = static_cast<float>(loss_.a), g = std::min(0.99999F, gain_ * string.gain_more) * (1 - a);
    float* line = string.line.data();
    float state = string.state;
    const std::uint32_t mask = mask_;
    const auto pickup = static_cast<std::uint32_t>(patch_->pickup * string.delay);
    for (int n = 0; n < count; ++n) {
      const float delay = string.last_delay + slide * static_cast<float>(position_ + n + 1);
      // Third-order Lagrange between the two middle ones of four samples.
      const auto whole = static_cast<std::uint32_t>(delay);
      const float d = delay - static_cast<float>(whole);
      const std::uint32_t r = string.at - whole;
      const float x0 = line[(r + 1) & mask], x1 = line[r & mask], x2 = line[(r - 1) & mask], x3 = line[(r - 2) & mask];
      const float dm1 = d - 1, dm2 = d - 2, dp1 = d + 1;
      const float y = -d * dm1 * dm2 * (1.0F / 6) * x0 + dp1 * dm1 * dm2 * 0.5F * x1 - dp1 * d * dm2 * 0.5F * x2 +
                      dp1 * d * dm1 * (1.0F / 6) * x3;
      state = g * y + a * state;
      line[string.at & mask] = state;
      float heard = state;
      if (pickup > 0) heard -= line[(string.at - pickup) & mask];
      ++string.at;
      const float gain = gains_[static_cast<std::size_t>(n)];
      left[n] += heard * gain * string.left;
      if (right != nullptr) right[n] += heard * gain * string.right;
    }
    string.state = state;
  }

  const PluckPatch* patch_ = nullptr;
  double rate_ = 44100, decay_ = 1, life_ = 0, fall_ = 1;
  Random random_{0};
  std::array<String, kMostStrings> strings_;
  std::array<float, kChunk> gains_{};
  Loss loss_;
  std::uint32_t mask_ = 0;
  float note_ = 60, pitch_ = 60, glide_step_ = 0, gain_ = 1, attack_ = 0, attack_step_ = 1, kill_ = 1, kill_step_ = 0;
  std::int64_t age_ = 0;
  int position_ = kChunk;
  bool active_ = false, released_ = false;
};

class Pluck final : public VoicedInstrument<PluckVoice> {
 public:
  Pluck(std::unique_ptr<const PluckPatch> patch, std::uint64_t seed)
      : VoicedInstrument(patch->mode, OutputStage(patch->output, patch->stereo ? 2 : 1, patch->oversample)),
        patch_(std::move(patch)),
        seed_(seed) {}

 protected:
  void prepare_voice(PluckVoice& voice, double rate) override { voice.prepare(patch_.get(), rate, seed_); }
  [[nodiscard]] Seconds voice_tail() const noexcept override {
    // 100 dB after the damping, or of the lowest string where nothing damps.
    const double ring = patch_->decay_s * std::exp2(patch_->decay_key * (60 - patch_->lowest) / 12.0) *
                        (patch_->strings > 1 ? 1.7 : 1.0);
    return Seconds{(patch_->mode.fixed_length ? ring : std::min(ring, patch_->release_s)) * 100 / 60 + 0.02};
  }

 private:
  std::unique_ptr<const PluckPatch> patch_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Instrument> make_pluck(storage::Fields& preset, std::uint64_t seed) {
  auto patch = std::make_unique<const PluckPatch>(read_patch(preset));
  return std::make_unique<Pluck>(std::move(patch), seed);
}

}  // namespace figment::instruments
