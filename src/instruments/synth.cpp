#include "instruments/synth.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/random.h"
#include "instruments/synth_patch.h"

namespace figment::instruments {
namespace {

using Chunk = std::array<float, kChunk>;

struct Stereo {
  alignas(32) Chunk left, right;
};

// Four at once, as every x86-64 and ARM64 has them.
typedef float Four __attribute__((vector_size(16)));
typedef std::uint32_t FourWords __attribute__((vector_size(16)));
typedef std::int32_t FourInts __attribute__((vector_size(16)));
typedef double Two __attribute__((vector_size(16)));

inline Four load(const float* from) noexcept {
  Four v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline void store(Four v, float* to) noexcept { std::memcpy(to, &v, sizeof v); }

// Two neighbours from each of two places: one load of eight bytes for both ends of an interpolation.
inline Four neighbours(const float* a, const float* b) noexcept {
  double x, y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return std::bit_cast<Four>(Two{x, y});
}

// One lane of one wave, at a fixed increment, to both sides; the first lane sets what the others add to.
template <bool kStereo, bool kFirst>
inline void add_wave(WaveBank::Table table, std::uint32_t phase, std::uint32_t step, float left, float right,
                     Stereo& out) noexcept {
  const float* t = table.samples;
  const int shift = table.shift;
  const std::uint32_t mask = (1U << shift) - 1;
  const float scale = 1.0F / static_cast<float>(1U << shift);
  FourWords at{phase, phase + step, phase + 2 * step, phase + 3 * step};
  for (std::size_t n = 0; n < kChunk; n += 4) {
    const FourWords i = at >> shift;
    const Four p = neighbours(t + i[0], t + i[1]), q = neighbours(t + i[2], t + i[3]);
    const Four a = __builtin_shufflevector(p, q, 0, 2, 4, 6), b = __builtin_shufflevector(p, q, 1, 3, 5, 7);
    const Four part = __builtin_convertvector((FourInts)(at & mask), Four) * scale;
    const Four v = a + part * (b - a);
    store(kFirst ? left * v : load(&out.left[n]) + left * v, &out.left[n]);
    if constexpr (kStereo) store(kFirst ? right * v : load(&out.right[n]) + right * v, &out.right[n]);
    at += 4 * step;
  }
}

class SynthVoice {
 public:
  void prepare(const SynthPatch* patch, double rate, std::uint64_t seed) {
    patch_ = patch;
    rate_ = static_cast<float>(rate);
    random_ = Random(seed);
    silence();
  }

  void silence() noexcept {
    amp_.stop();
    active_ = false;
  }

  void start(const NoteStart& start, const Controls& controls) noexcept {
    note_ = start.note;
    pitch_ = start.glide_from;
    glide_step_ = (note_ - pitch_) / std::max(1.0F, patch_->glide_s * rate_ / kChunk);
    velocity_ = start.velocity;
    serial_ = start.serial;
    Random random = random_.fork(start.serial);
    salt_ = static_cast<std::uint32_t>(random.next());
    chance_ = static_cast<float>(random.uniform(-1, 1));
    drift_ = static_cast<float>(random.uniform(-1, 1));
    for (std::size_t o = 0; o < patch_->oscillators.size(); ++o) {
      const auto& shape = patch_->oscillators[o];
      Lanes& lanes = lanes_[o];
      lanes.level = -1;
      lanes.position = shape.position;
      lanes.detune = -1;
      const float each = 1.0F / std::sqrt(static_cast<float>(shape.unison));
      for (int u = 0; u < shape.unison; ++u) {
        const auto i = static_cast<std::size_t>(u);
        lanes.phase[i] = phase_of(shape.random_phase ? random.uniform() : shape.phase + 0.37 * u);
        const float place =
            shape.unison > 1 ? 2.0F * static_cast<float>(u) / static_cast<float>(shape.unison - 1) - 1 : 0;
        // Outer lanes lie further apart than inner ones, so that no two beat at the same rate; sides alternate, so
        // that neither side sounds sharp.
        lanes.offset[i] = std::copysign(std::pow(std::abs(place), 1.3F), place);
        const float pan = std::clamp(shape.pan + shape.spread * (u % 2 ? place : -place), -1.0F, 1.0F);
        const float turn = (pan + 1) * 0.125F;
        lanes.left[i] = patch_->stereo ? each * 1.41421356F * std::cos(6.2831853F * turn) : each;
        lanes.right[i] = each * 1.41421356F * std::sin(6.2831853F * turn);
      }
    }
    noise_at_ = salt_;
    pink_ = {};
    for (auto& f : filter_) f.reset();
    age_ = 0;
    position_ = kChunk;
    kill_ = 1;
    kill_step_ = 0;
    fresh_ = true;
    amp_.start(patch_->amp, rate_);
    filter_env_.start(patch_->filter_env, rate_ / kChunk);
    mod_env_.start(patch_->mod_env, rate_ / kChunk);
    // The chunk's end is computed ahead, so envelopes of a chunk's resolution start with their first value.
    mod_value_ = filter_value_ = 0;
    active_ = true;
    (void)controls;
  }

  void retarget(float note) noexcept {
    note_ = note;
    glide_step_ = (note_ - pitch_) / std::max(1.0F, patch_->glide_s * rate_ / kChunk);
  }
  void release() noexcept {
    amp_.release();
    filter_env_.release();
    mod_env_.release();
  }
  void kill() noexcept {
    if (kill_step_ == 0) kill_step_ = 1.0F / (0.004F * rate_);
  }
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] float level() const noexcept { return amp_.value() * kill_; }

  int render(float* left, float* right, int samples, const Controls& controls, std::int64_t frame) noexcept {
    int done = 0;
    while (done < samples && active_) {
      if (position_ == kChunk) {
        compute_chunk(controls, frame + done / controls.oversample);
        position_ = 0;
      }
      const int count = std::min(samples - done, kChunk - position_);
      alignas(32) Chunk gain;
      int lived = amp_.fill(gain.data(), count);
      if (kill_step_ > 0) {
        for (int n = 0; n < lived; ++n) {
          gain[static_cast<std::size_t>(n)] *= kill_;
          kill_ = std::max(0.0F, kill_ - kill_step_);
          if (kill_ <= 0) lived = n + 1;
        }
      }
      const float* from = sound_.left.data() + position_;
      for (int n = 0; n < lived; ++n) left[done + n] += from[n] * gain[static_cast<std::size_t>(n)];
      if (patch_->stereo) {
        from = sound_.right.data() + position_;
        for (int n = 0; n < lived; ++n) right[done + n] += from[n] * gain[static_cast<std::size_t>(n)];
      }
      position_ += lived;
      done += lived;
      if (amp_.idle() || kill_ <= 0) {
        silence();
        return done;
      }
    }
    return done;
  }

 private:
  struct Lanes {
    std::array<std::uint32_t, kMostUnison> phase{};
    std::array<float, kMostUnison> offset{}, ratio{}, left{}, right{};
    int level = -1;  // mip level of the last chunk; -1: none yet
    float detune = -1, position = 0, width = 0.5F, gain = 0;
  };
  using Target = SynthPatch::Target;
  using Targets = std::array<float, static_cast<std::size_t>(Target::Count)>;

  [[nodiscard]] float lfo(std::size_t i, const Controls& controls, std::int64_t frame) const noexcept {
    const LfoShape& shape = patch_->lfo[i];
    const double age = age_ / static_cast<double>(rate_);
    float fade = 1;
    if (age < shape.delay_s)
      return 0;
    else if (shape.fade_s > 0)
      fade = std::min(1.0F, static_cast<float>(age - shape.delay_s) / shape.fade_s);
    double cycles = shape.phase;
    if (shape.global)
      cycles += shape.beats > 0 ? controls.beats(frame) / shape.beats : controls.seconds(frame) * shape.rate_hz;
    else
      cycles += age * shape.cycles_per_second(controls.tempo);
    return fade * lfo_value(shape.wave, cycles,
                            shape.global ? 77U + static_cast<std::uint32_t>(i) : salt_ + static_cast<std::uint32_t>(i));
  }

  void compute_targets(const Controls& controls, std::int64_t frame, Targets& to) noexcept {
    to.fill(0);
    if (patch_->routes.empty()) return;
    std::array<float, static_cast<std::size_t>(SynthPatch::Source::Count)> from{};
    bool used[2] = {false, false};
    for (const auto& r : patch_->routes)
      if (r.source <= SynthPatch::Source::Lfo2) used[static_cast<std::size_t>(r.source)] = true;
    from[0] = used[0] ? lfo(0, controls, frame) : 0;
    from[1] = used[1] ? lfo(1, controls, frame) : 0;
    from[2] = filter_value_;
    from[3] = mod_value_;
    from[4] = amp_.value();
    from[5] = velocity_;
    from[6] = (note_ - 60) / 12;
    from[7] = controls.modulation.at(frame);
    from[8] = chance_;
    for (const auto& r : patch_->routes)
      to[static_cast<std::size_t>(r.target)] += r.amount * from[static_cast<std::size_t>(r.source)];
  }

  static float get(const Targets& t, Target which) noexcept { return t[static_cast<std::size_t>(which)]; }

  void compute_chunk(const Controls& controls, std::int64_t frame) noexcept {
    const SynthPatch& patch = *patch_;
    filter_value_ = filter_env_.next();
    mod_value_ = mod_env_.next();
    Targets to;
    compute_targets(controls, frame, to);

    // Pitch in semitones, the same for all oscillators.
    if (pitch_ != note_) {
      pitch_ += glide_step_;
      if ((glide_step_ >= 0) == (pitch_ >= note_)) pitch_ = note_;
    }
    float pitch = pitch_ + controls.bend.at(frame) + get(to, Target::Pitch) + patch.pitch_env * mod_value_;
    const double age = age_ / static_cast<double>(rate_);
    if (patch.drift_cents > 0)
      pitch += 0.01F * patch.drift_cents *
               (0.6F * drift_ + 0.4F * lfo_value(LfoShape::Wave::Smooth, 0.7 * age, salt_ ^ 0x5bd1e995U));
    const float wheel = controls.modulation.at(frame);
    if (wheel > 0)
      pitch +=
          0.01F * patch.vibrato_cents * wheel * sine_of_phase(phase_of(patch.vibrato_hz * controls.seconds(frame)));

    sound_.left.fill(0);
    sound_.right.fill(0);
    for (std::size_t o = 0; o < patch.oscillators.size(); ++o) {
      float own_pitch = pitch, own_level = 1;
      if (o < 3) {
        own_pitch += to[static_cast<std::size_t>(Target::Osc1Pitch) + o];
        own_level = std::max(0.0F, 1 + to[static_cast<std::size_t>(Target::Osc1Level) + o]);
      }
      if (patch.stereo)
        add_oscillator<true>(patch.oscillators[o], lanes_[o], own_pitch, own_level, to, controls);
      else
        add_oscillator<false>(patch.oscillators[o], lanes_[o], own_pitch, own_level, to, controls);
    }
    if (patch.noise > 0) add_noise(std::max(0.0F, patch.noise * (1 + get(to, Target::Noise))));
    if (patch.filtered) run_filter(controls, frame, pitch, to);

    // Level, pan and velocity last: they do not push the filter's saturator, but the drive after it.
    const float level = std::max(0.0F, 1 + get(to, Target::Level)) * velocity_gain(velocity_, patch.velocity);
    const float pan = std::clamp(get(to, Target::Pan), -1.0F, 1.0F);
    const float left = level * std::min(1.0F, 1 - pan), right = level * std::min(1.0F, 1 + pan);
    if (fresh_) last_left_ = left, last_right_ = right;
    ramp(sound_.left, last_left_, left);
    if (patch.stereo) ramp(sound_.right, last_right_, right);
    last_left_ = left;
    last_right_ = right;
    fresh_ = false;
    age_ += kChunk;
  }

  static void ramp(Chunk& x, float from, float to) noexcept {
    const float step = (to - from) / kChunk;
    for (int n = 0; n < kChunk; ++n) x[static_cast<std::size_t>(n)] *= from + step * static_cast<float>(n + 1);
  }

  template <bool kStereo>
  void add_oscillator(const SynthPatch::Oscillator& shape, Lanes& lanes, float pitch, float level, const Targets& to,
                      const Controls& controls) noexcept {
    const float tracked = 60 + (pitch - 60) * shape.key_track + shape.semitones;
    const float step = std::min(0.45F, 440.0F * fast_exp2((tracked - 69) * (1.0F / 12)) / rate_);
    const float detune = std::max(0.0F, shape.detune_cents * (1 + get(to, Target::Detune)));
    if (detune != lanes.detune) {
      lanes.detune = detune;
      for (std::size_t u = 0; u < static_cast<std::size_t>(shape.unison); ++u)
        lanes.ratio[u] = fast_exp2(lanes.offset[u] * detune * (1.0F / 1200));
    }
    // Everything above half the *final* rate would be thrown away by the decimator: leave it out. Before a saturator
    // leave out more, the higher the note: the fewer partials share the level, the stronger the distortion of each, and
    // what it adds above the doubled rate comes back between them. 17.6 kHz up to middle C, 11 kHz three octaves above.
    const float limit =
        controls.oversample == 2 ? std::clamp(0.2F - (tracked - 60) * (0.075F / 36), 0.1F, 0.2F) : 0.495F;
    const int mip = WaveBank::level(step * lanes.ratio[static_cast<std::size_t>(shape.unison - 1)], limit,
                                    std::max(0, lanes.level));
    const int old_mip = lanes.level < 0 ? mip : lanes.level;
    lanes.level = mip;

    const WaveBank& bank = *shape.bank;
    const float last = static_cast<float>(bank.frames() - 1);
    const float position = std::clamp(shape.position + get(to, Target::Position), 0.0F, 1.0F) * last;
    const float width = std::clamp(shape.width + get(to, Target::Width), 0.02F, 0.98F);
    const float gain = shape.level * level;
    if (fresh_) {
      lanes.position = position;
      lanes.width = width;
      lanes.gain = gain;
    }

    std::array<std::uint32_t, kMostUnison> increment;
    for (std::size_t u = 0; u < static_cast<std::size_t>(shape.unison); ++u)
      increment[u] =
          static_cast<std::uint32_t>(static_cast<double>(step) * static_cast<double>(lanes.ratio[u]) * 4294967296.0);
    const std::uint32_t shift = shape.pulse ? phase_of(lanes.width) : 0;
    const auto slide =
        static_cast<std::uint32_t>(static_cast<std::int32_t>((width - lanes.width) * (4294967296.0F / kChunk)));
    Stereo now;
    const auto add_all = [&](WaveBank::Table table, Stereo& out) noexcept {
      add_wave<kStereo, true>(table, lanes.phase[0], increment[0], lanes.left[0], lanes.right[0], out);
      for (std::size_t u = 1; u < static_cast<std::size_t>(shape.unison); ++u)
        add_wave<kStereo, false>(table, lanes.phase[u], increment[u], lanes.left[u], lanes.right[u], out);
      if (!shape.pulse) return;
      for (std::size_t u = 0; u < static_cast<std::size_t>(shape.unison); ++u)
        add_wave<kStereo, false>(table, lanes.phase[u] + shift, increment[u] + slide, -lanes.left[u], -lanes.right[u],
                                 out);
    };
    // From the frame pair the chunk starts in; a position that leaves it waits at its edge for the next chunk.
    const int frame = std::min(static_cast<int>(lanes.position), std::max(0, bank.frames() - 2));
    const float begin = lanes.position - static_cast<float>(frame);
    const float end = std::clamp(position - static_cast<float>(frame), 0.0F, 1.0F);
    const auto wave_at = [&](int which_mip, Stereo& out) noexcept {
      if (bank.frames() == 1 || (begin <= 0 && end <= 0)) return add_all(bank.table(frame, which_mip), out);
      Stereo a, b;
      add_all(bank.table(frame, which_mip), a);
      add_all(bank.table(frame + 1, which_mip), b);
      mix<kStereo>(a, b, begin, end, out);
    };
    wave_at(mip, now);
    if (old_mip != mip) {
      Stereo old, both;
      wave_at(old_mip, old);
      mix<kStereo>(old, now, 0, 1, both);
      now = both;
    }
    lanes.position = position <= static_cast<float>(frame)       ? std::max(position, static_cast<float>(frame) - 1e-3F)
                     : position >= static_cast<float>(frame + 1) ? static_cast<float>(frame + 1)
                                                                 : position;
    lanes.position = std::clamp(lanes.position, 0.0F, last);
    for (std::size_t u = 0; u < static_cast<std::size_t>(shape.unison); ++u) lanes.phase[u] += increment[u] * kChunk;
    lanes.width = width;
    const float rise = (gain - lanes.gain) / kChunk;
    for (std::size_t n = 0; n < kChunk; ++n) {
      const float g = lanes.gain + rise * static_cast<float>(n + 1);
      sound_.left[n] += g * now.left[n];
      if constexpr (kStereo) sound_.right[n] += g * now.right[n];
    }
    lanes.gain = gain;
  }

  template <bool kStereo>
  static void mix(const Stereo& a, const Stereo& b, float from, float to, Stereo& out) noexcept {
    const float step = (to - from) / kChunk;
    for (std::size_t n = 0; n < kChunk; ++n) {
      const float t = from + step * static_cast<float>(n + 1);
      out.left[n] = a.left[n] + t * (b.left[n] - a.left[n]);
      if constexpr (kStereo) out.right[n] = a.right[n] + t * (b.right[n] - a.right[n]);
    }
  }

  void add_noise(float level) noexcept {
    alignas(32) Chunk white;
    for (std::uint32_t n = 0; n < kChunk; ++n) white[n] = noise_of(noise_at_ + n);
    noise_at_ += kChunk;
    if (patch_->pink) {
      // Three one-poles that together fall 3 dB an octave within 0.5 dB above 10 Hz (P. Kellet).
      for (auto& w : white) {
        pink_[0] = 0.99765F * pink_[0] + w * 0.0990460F;
        pink_[1] = 0.96300F * pink_[1] + w * 0.2965164F;
        pink_[2] = 0.57000F * pink_[2] + w * 1.0526913F;
        w = 0.3F * (pink_[0] + pink_[1] + pink_[2] + w * 0.1848F);
      }
    }
    for (std::size_t n = 0; n < kChunk; ++n) {
      sound_.left[n] += level * white[n];
      sound_.right[n] += level * white[n];
    }
  }

  void run_filter(const Controls& controls, std::int64_t frame, float pitch, const Targets& to) noexcept {
    const SynthPatch& patch = *patch_;
    const float octaves = patch.key_track * (pitch - 60) / 12 + patch.filter_env_octaves * filter_value_ +
                          patch.filter_velocity * (velocity_ - 1) + get(to, Target::Cutoff) +
                          2.0F * controls.brightness.at(frame);
    const float hz = std::clamp(patch.cutoff_hz * fast_exp2(octaves), 16.0F,
                                std::min(19500.0F, 0.45F * rate_ / static_cast<float>(controls.oversample)));
    const float g = tan_of_half_turns(hz / rate_);
    if (fresh_) last_g_ = g;
    FilterRamp ramp;
    ChannelFilter::prepare(patch.filter, last_g_, g,
                           std::clamp(patch.resonance + get(to, Target::Resonance), 0.0F, 1.0F), ramp);
    last_g_ = g;
    const float drive = patch.filter_drive;
    if (patch.filter_saturates) {
      for (int c = 0; c < (patch.stereo ? 2 : 1); ++c) {
        Chunk& x = c == 0 ? sound_.left : sound_.right;
        if (is_ladder(patch.filter))
          for (auto& v : x) v *= drive;
        else
          for (auto& v : x) v = soft_clip(v * drive);
      }
    }
    if (patch.stereo)
      ChannelFilter::run_pair(patch.filter, ramp, filter_[0], filter_[1], sound_.left.data(), sound_.right.data());
    else
      filter_[0].run(patch.filter, ramp, sound_.left.data());
  }

  const SynthPatch* patch_ = nullptr;
  float rate_ = 44100;
  Random random_{0};
  std::array<Lanes, kMostOscillators> lanes_;
  Envelope amp_, filter_env_, mod_env_;
  std::array<ChannelFilter, 2> filter_;
  Stereo sound_;
  std::array<float, 3> pink_{};
  float note_ = 60, pitch_ = 60, glide_step_ = 0, velocity_ = 1, chance_ = 0, drift_ = 0;
  float filter_value_ = 0, mod_value_ = 0, last_g_ = 0, last_left_ = 0, last_right_ = 0, kill_ = 1, kill_step_ = 0;
  std::uint32_t serial_ = 0, salt_ = 0, noise_at_ = 0;
  std::int64_t age_ = 0;
  int position_ = kChunk;
  bool active_ = false, fresh_ = true;
};

class Synth final : public VoicedInstrument<SynthVoice> {
 public:
  Synth(std::unique_ptr<const SynthPatch> patch, std::uint64_t seed)
      : VoicedInstrument(patch->mode, OutputStage(patch->output, patch->stereo ? 2 : 1, patch->oversample)),
        patch_(std::move(patch)),
        seed_(seed) {}

 protected:
  void prepare_voice(SynthVoice& voice, double rate) override { voice.prepare(patch_.get(), rate, seed_); }
  [[nodiscard]] Seconds voice_tail() const noexcept override {
    const double release = patch_->mode.fixed_length ? patch_->amp.decay_s * 2 + patch_->amp.attack_s
                                                     : Envelope::release_time(patch_->amp);
    return Seconds{release + 0.01};
  }

 private:
  std::unique_ptr<const SynthPatch> patch_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<Instrument> make_synth(storage::Fields& preset, std::uint64_t seed) {
  auto patch = std::make_unique<const SynthPatch>(SynthPatch::read(preset));
  return std::make_unique<Synth>(std::move(patch), seed);
}

}  // namespace figment::instruments
