#include "instruments/fm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/random.h"
#include "instruments/envelope.h"
#include "instruments/output_stage.h"
#include "instruments/polyphony.h"
#include "instruments/synth_patch.h"
#include "instruments/voice_math.h"

namespace figment::instruments {
namespace {

constexpr int kMostOperators = 6;
using storage::Fields;
using Chunk = std::array<float, kChunk>;

struct FmPatch {
  struct Operator {
    float ratio = 1, hz = 0;                   // the ratio with its detuning; hz > 0: fixed
    float out = 0, pan = 0;                    // how loud it is heard itself
    std::array<float, kMostOperators> into{};  // index in radians into each smaller operator
    float feedback = 0, velocity = 0, key_db = 0, rate_scale = 0;
    EnvelopeShape envelope{};
  };
  PlayMode mode;
  float glide_s = 0.06F, velocity = 0.7F, vibrato_cents = 30, vibrato_hz = 5.5F, drift_cents = 0;
  float pitch_env = 0;
  EnvelopeShape pitch_shape{0.001F, 0.1F, 0, 0.1F};
  std::vector<Operator> operators;
  OutputShape output;
  bool stereo = false;
  int oversample = 1;
  double release = 0;
};

FmPatch read_patch(Fields& preset) {
  FmPatch patch;
  const auto range = preset.numbers_or_empty("range", 0, 127);
  const double lowest = range.empty() ? 12 : range.front();
  if (preset.has("voice")) {
    Fields f(preset.object("voice"), preset.where("voice"));
    patch.mode = PlayMode::read(f);
    patch.glide_s = static_cast<float>(f.number_or("glide_s", 0.06, 0.001, 5));
    patch.velocity = static_cast<float>(f.number_or("velocity", 0.7, 0, 1));
    patch.vibrato_cents = static_cast<float>(f.number_or("vibrato_cents", 30, 0, 200));
    patch.vibrato_hz = static_cast<float>(f.number_or("vibrato_hz", 5.5, 0.1, 12));
    patch.drift_cents = static_cast<float>(f.number_or("drift_cents", 0, 0, 50));
    f.done();
  }
  patch.pitch_env = static_cast<float>(preset.number_or("pitch_env", 0, -48, 48));
  patch.pitch_shape = read_envelope(preset, "mod_env", patch.pitch_shape);
  const auto& list = preset.list("op");
  if (list.empty() || list.size() > kMostOperators) preset.fail("op", "1 to 6 operators");
  bool heard = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Fields f(list[i], preset.where("op"));
    FmPatch::Operator op;
    if (f.has("hz"))
      op.hz = static_cast<float>(f.number("hz", 0.01, 16000));
    else
      op.ratio = static_cast<float>(f.number("ratio", 0.01, 32));
    op.ratio *= std::exp2(static_cast<float>(f.number_or("detune_cents", 0, -100, 100) / 1200));
    op.out = static_cast<float>(f.number_or("out", 0, 0, 2));
    op.pan = static_cast<float>(f.number_or("pan", 0, -1, 1));
    op.feedback = static_cast<float>(f.number_or("feedback", 0, 0, 3));
    op.velocity = static_cast<float>(f.number_or("velocity", 0, 0, 1));
    op.key_db = static_cast<float>(f.number_or("key_db", 0, -24, 24));
    op.rate_scale = static_cast<float>(f.number_or("rate_scale", 0, 0, 2));
    for (const auto& pair : f.list_or_empty("into")) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_integer() || !pair[1].is_number())
        f.fail("into", "a list of [operator, index]");
      const auto to = pair[0].get<std::int64_t>();
      const double index = pair[1].get<double>();
      if (to < 1 || to > static_cast<std::int64_t>(i) || !(index >= 0 && index <= 40))
        f.fail("into", "pairs [an operator before this one, index 0 to 40]");
      op.into[static_cast<std::size_t>(to - 1)] = static_cast<float>(index);
    }
    auto& e = op.envelope;
    e.attack_s = static_cast<float>(f.number_or("attack_s", 0.001, 0.0005, 30));
    e.hold_s = static_cast<float>(f.number_or("hold_s", 0, 0, 30));
    e.decay_s = static_cast<float>(f.number_or("decay_s", 1, 0.002, 60));
    e.sustain = static_cast<float>(f.number_or("sustain", 1, 0, 1));
    e.release_s = static_cast<float>(f.number_or("release_s", 0.2, 0.004, 30));
    f.done();
    if (op.out > 0) {
      heard = true;
      patch.stereo |= op.pan != 0;
      if (patch.mode.fixed_length && e.sustain > 0)
        preset.fail("op", "sustain 0 in all that sound, as voice.ring is on");
      // Rate scaling makes low notes longer: the preset's lowest note counts.
      const double slowest = std::exp2(op.rate_scale * std::max(0.0, 60 - lowest) / 12);
      const double ring =
          patch.mode.fixed_length ? e.attack_s + e.hold_s + e.decay_s * 100.0 / 60 : Envelope::release_time(e);
      patch.release = std::max(patch.release, ring * slowest);
    }
    patch.operators.push_back(op);
  }
  if (!heard) preset.fail("op", "at least one operator with out above 0");
  patch.output = OutputShape::read(preset);
  patch.stereo |= patch.output.wants_stereo();
  // Always: sidebands may reach three times as far before they fold back into what is heard.
  patch.oversample = 2;
  return patch;
}

class FmVoice {
 public:
  void prepare(const FmPatch* patch, double rate, std::uint64_t seed) {
    patch_ = patch;
    rate_ = static_cast<float>(rate);
    random_ = Random(seed);
    silence();
  }
  void silence() noexcept {
    active_ = false;
    for (auto& op : operators_) op.envelope.stop();
  }

  void start(const NoteStart& start, const Controls&) noexcept {
    note_ = start.note;
    pitch_ = start.glide_from;
    glide_step_ = (note_ - pitch_) / std::max(1.0F, patch_->glide_s * rate_ / kChunk);
    Random random = random_.fork(start.serial);
    drift_ = static_cast<float>(random.uniform(-1, 1)) * patch_->drift_cents * 0.01F;
    velocity_ = velocity_gain(start.velocity, patch_->velocity);
    const float octaves = (note_ - 60) / 12;
    for (std::size_t i = 0; i < patch_->operators.size(); ++i) {
      const auto& shape = patch_->operators[i];
      auto& op = operators_[i];
      op.phase = 0;
      op.gain = 0;
      op.last = {};
      op.level =
          db_to_gain(std::min(12.0F, shape.key_db * octaves)) * (1 - shape.velocity + shape.velocity * start.velocity);
      op.envelope.start(shape.envelope, rate_ / kChunk, std::exp2(shape.rate_scale * octaves));
    }
    pitch_env_.start(patch_->pitch_shape, rate_ / kChunk);
    position_ = kChunk;
    kill_ = 1;
    kill_step_ = 0;
    age_ = 0;
    active_ = true;
    silent_chunks_ = false;
  }
  void retarget(float note) noexcept {
    note_ = note;
    glide_step_ = (note_ - pitch_) / std::max(1.0F, patch_->glide_s * rate_ / kChunk);
  }
  void release() noexcept {
    for (auto& op : operators_) op.envelope.release();
    pitch_env_.release();
  }
  void kill() noexcept {
    if (kill_step_ == 0) kill_step_ = 1.0F / (0.004F * rate_);
  }
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] float level() const noexcept {
    float most = 0;
    for (std::size_t i = 0; i < patch_->operators.size(); ++i)
      most = std::max(most, patch_->operators[i].out * operators_[i].envelope.value());
    return most * kill_;
  }

  int render(float* left, float* right, int samples, const Controls& controls, std::int64_t frame) noexcept {
    int done = 0;
    while (done < samples && active_) {
      if (position_ == kChunk) {
        if (silent_chunks_) {
          silence();
          return done;
        }
        compute_chunk(controls, frame + done / controls.oversample);
        position_ = 0;
      }
      const int count = std::min(samples - done, kChunk - position_);
      const float* l = left_.data() + position_;
      const float* r = right_.data() + position_;
      if (kill_step_ == 0) {
        for (int n = 0; n < count; ++n) left[done + n] += l[n];
        if (patch_->stereo)
          for (int n = 0; n < count; ++n) right[done + n] += r[n];
      } else {
        for (int n = 0; n < count; ++n) {
          left[done + n] += l[n] * kill_;
          if (patch_->stereo) right[done + n] += r[n] * kill_;
          kill_ = std::max(0.0F, kill_ - kill_step_);
          if (kill_ <= 0) {
            silence();
            return done + n + 1;
          }
        }
      }
      position_ += count;
      done += count;
    }
    return done;
  }

 private:
  struct Operator {
    Envelope envelope;
    std::uint32_t phase = 0;
    float level = 1, gain = 0;
    std::array<float, 2> last{};
  };

  void compute_chunk(const Controls& controls, std::int64_t frame) noexcept {
    const FmPatch& patch = *patch_;
    if (pitch_ != note_) {
      pitch_ += glide_step_;
      if ((glide_step_ >= 0) == (pitch_ >= note_)) pitch_ = note_;
    }
    float pitch = pitch_ + controls.bend.at(frame) + drift_ + patch.pitch_env * pitch_env_.next();
    const float wheel = controls.modulation.at(frame);
    if (wheel > 0)
      pitch +=
          0.01F * patch.vibrato_cents * wheel * sine_of_phase(phase_of(patch.vibrato_hz * controls.seconds(frame)));
    const float base = 440.0F * fast_exp2((pitch - 69) * (1.0F / 12)) / rate_;
    const float limit = 0.48F / static_cast<float>(controls.oversample);
    // What lies above half the voice's rate folds down, and is heard once it falls below 20 kHz.
    const float fold = 1.0F - 20000.0F / rate_;
    // Brightness scales the indices by up to an octave either way.
    const float brightness = controls.brightness.at(frame), bright = brightness == 0 ? 1.0F : fast_exp2(brightness);

    const std::size_t count = patch.operators.size();
    std::array<float, kMostOperators> frequency{}, width{};
    for (std::size_t i = 0; i < count; ++i) {
      const auto& shape = patch.operators[i];
      frequency[i] = shape.hz > 0 ? shape.hz / rate_ : base * shape.ratio;
      width[i] = frequency[i];
    }
    left_.fill(0);
    right_.fill(0);
    std::array<Chunk, kMostOperators> bent;  // modulation arriving at each operator, in turns
    std::array<bool, kMostOperators> modulated{};
    bool alive = false;
    for (std::size_t i = count; i-- > 0;) {
      const auto& shape = patch.operators[i];
      auto& op = operators_[i];
      const float target = op.envelope.next() * op.level;
      // An operator above the limit would fold back: fade it out over the last eighth of the band.
      const float fit = std::clamp((limit - frequency[i]) / (0.125F * limit), 0.0F, 1.0F);
      const float gain = target * fit;
      const float rise = (gain - op.gain) / kChunk;
      const float from = op.gain;
      op.gain = gain;
      const auto step = static_cast<std::uint32_t>(static_cast<double>(std::min(frequency[i], 0.5F)) * 4294967296.0);
      if (from == 0 && gain == 0) {
        op.phase += step * kChunk;
        continue;
      }
      alive = true;
      alignas(32) Chunk y;
      if (shape.feedback > 0) {
        // Feedback on the mean of the last two samples, which keeps it from hunting between two values.
        // The spectrum falls by about 11 (1 - feedback)^1.7 dB a harmonic: 55 dB must fit below the fold.
        const float most = 1.0F - std::pow(std::min(1.0F, 5.0F * frequency[i] / fold), 0.588F);
        const float amount = std::min(shape.feedback * bright, most) * 0.5F * 0.15915494F * 4294967296.0F;
        alignas(32) std::array<std::uint32_t, kChunk> phase;
        for (std::uint32_t n = 0; n < kChunk; ++n) phase[n] = op.phase + step * n;
        if (modulated[i])
          for (std::uint32_t n = 0; n < kChunk; ++n) phase[n] += turns_to_phase(bent[i][n]);
        auto [a, b] = op.last;
        for (std::uint32_t n = 0; n < kChunk; ++n) {
          // At most a third of a turn, as `amount` is: 32 bits hold it.
          const auto own = static_cast<std::int32_t>((a + b) * amount);
          b = a;
          a = sine_of_phase(phase[n] + static_cast<std::uint32_t>(own));
          y[n] = a;
        }
        op.last = {a, b};
      } else if (modulated[i]) {
        for (std::uint32_t n = 0; n < kChunk; ++n)
          y[n] = sine_of_phase(op.phase + step * n + turns_to_phase(bent[i][n]));
      } else {
        for (std::uint32_t n = 0; n < kChunk; ++n) y[n] = sine_of_phase(op.phase + step * n);
      }
      op.phase += step * kChunk;
      for (std::size_t n = 0; n < kChunk; ++n) y[n] *= from + rise * static_cast<float>(n + 1);

      for (std::size_t to = 0; to < i; ++to) {
        if (shape.into[to] <= 0) continue;
        const float order = (fold - frequency[to]) / std::max(width[i], 1e-6F);
        const float least = std::max(op.level, 0.05F), wanted = shape.into[to] * bright;
        // Mostly there is room enough, as a cube root below its tangent shows: (t + 2) / 3 >= t^(1/3).
        float index = wanted;
        if (order < 1 + wanted * least + 2.0F / 3 * (wanted * least + 2))
          index = std::min(wanted, largest_index(order) / least);
        // Carson's rule: where nearly all the energy of what is bent here lies.
        const float deep = index * std::max(from, gain);
        if (deep > 0.02F) width[to] = std::max(width[to], frequency[to] + (deep + 1) * width[i]);
        const float turns = index * 0.15915494F;
        if (!modulated[to]) bent[to].fill(0);
        modulated[to] = true;
        for (std::size_t n = 0; n < kChunk; ++n) bent[to][n] += turns * y[n];
      }
      if (shape.out > 0) {
        const float level = shape.out * velocity_;
        const float l = level * (patch.stereo ? std::min(1.0F, 1 - shape.pan) : 1.0F),
                    r = level * std::min(1.0F, 1 + shape.pan);
        for (std::size_t n = 0; n < kChunk; ++n) {
          left_[n] += l * y[n];
          right_[n] += r * y[n];
        }
      }
    }
    silent_chunks_ = !alive || carriers_done();
    age_ += kChunk;
  }

  // Whole turns are dropped first, so that the conversion stays within 32 bits and vectorises.
  static std::uint32_t turns_to_phase(float turns) noexcept {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>((turns - std::floor(turns + 0.5F)) * 4294967040.0F));
  }

  // The index whose sidebands are below -60 dB from this order on: order = I + 1 + 2 I^(1/3), fitted to Bessel
  // functions.
  static float largest_index(float order) noexcept {
    if (order <= 1) return 0;
    if (order > 50) return 40;
    float t = 0.5F * (order - 1);  // the cube root of the index, by Newton's method from above
    t = std::min(t, std::cbrt(order));
    for (int i = 0; i < 3; ++i) t -= (t * t * t + 2 * t + 1 - order) / (3 * t * t + 2);
    return std::max(0.0F, t * t * t);
  }

  [[nodiscard]] bool carriers_done() const noexcept {
    for (std::size_t i = 0; i < patch_->operators.size(); ++i)
      if (patch_->operators[i].out > 0 && (!operators_[i].envelope.idle() || operators_[i].gain != 0)) return false;
    return true;
  }

  const FmPatch* patch_ = nullptr;
  float rate_ = 44100;
  Random random_{0};
  std::array<Operator, kMostOperators> operators_;
  Envelope pitch_env_;
  alignas(32) Chunk left_{}, right_{};
  float note_ = 60, pitch_ = 60, glide_step_ = 0, velocity_ = 1, drift_ = 0, kill_ = 1, kill_step_ = 0;
  std::int64_t age_ = 0;
  int position_ = kChunk;
  bool active_ = false, silent_chunks_ = false;
};

class Fm final : public VoicedInstrument<FmVoice> {
 public:
  Fm(std::unique_ptr<const FmPatch> patch, std::uint64_t seed)
      : VoicedInstrument(patch->mode, OutputStage(patch->output, patch->stereo ? 2 : 1, patch->oversample)),
        patch_(std::move(patch)),
        seed_(seed) {}

 protected:
  void prepare_voice(FmVoice& voice, double rate) override { voice.prepare(patch_.get(), rate, seed_); }
  [[nodiscard]] Seconds voice_tail() const noexcept override { return Seconds{patch_->release + 0.02}; }

 private:
  std::unique_ptr<const FmPatch> patch_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Instrument> make_fm(storage::Fields& preset, std::uint64_t seed) {
  auto patch = std::make_unique<const FmPatch>(read_patch(preset));
  return std::make_unique<Fm>(std::move(patch), seed);
}

}  // namespace figment::instruments
