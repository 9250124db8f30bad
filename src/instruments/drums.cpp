#include "instruments/drums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/random.h"
#include "instruments/drums_spec.h"
#include "instruments/drums_tuning.h"
#include "instruments/drums_voice.h"
#include "instruments/one_shots.h"
#include "storage/data_file.h"

namespace figment::instruments {
namespace {

constexpr std::size_t kVoices = 24;
constexpr int kLiveVoices = 20;  // the others are for those that fade out
constexpr float kChokeSeconds = 0.018F;
constexpr float kCutSeconds = 0.006F;  // a drum struck again while it sounds

class DrumKit final : public OneShots<DrumVoice, kVoices> {
 public:
  DrumKit(drum_spec::Kit kit, Decibels gain, std::uint64_t seed)
      : kit_(std::move(kit)), gain_(static_cast<float>(to_gain(gain))), random_(Random(seed).fork("drums")) {
    for (const auto& pad : kit_.pads) tail_ = std::max(tail_, longest(pad));
  }

  void prepare(Hertz rate, int /*max_block*/) override {
    rate_ = static_cast<float>(rate.value);
    levels_.clear();
    for (const auto& pad : kit_.pads) {
      levels_.push_back(measure_levels(pad, rate_));
      levels_.back().voice *= gain_;
    }
    hits_.assign(kit_.pads.size(), 0);
    reset();
  }

  void reset() noexcept override {
    silence();
    std::fill(hits_.begin(), hits_.end(), 0U);
    bend_ = brightness_ = 0;
  }

  [[nodiscard]] int channels() const noexcept override { return kit_.stereo ? 2 : 1; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{tail_}; }

 private:
  void take(const Event& event) noexcept override {
    switch (event.kind) {
      case Event::Kind::NoteOn:
        strike(event);
        break;
      case Event::Kind::NoteOff:
        if (const auto* pad = pad_of(event.note); pad != nullptr && pad->gate) release(pad, 0.05F);
        break;
      case Event::Kind::Bend:
        bend_ = std::clamp(event.value, -48.0F, 48.0F);
        for (DrumVoice& voice : voices_) voice.transpose(bend_, brightness_);
        break;
      case Event::Kind::Brightness:
        brightness_ = (std::clamp(event.value, 0.0F, 1.0F) - 0.5F) * 4;
        for (DrumVoice& voice : voices_) voice.transpose(bend_, brightness_);
        break;
      case Event::Kind::Expression:  // OneShots' own
      case Event::Kind::Modulation:
      case Event::Kind::Sustain:
        break;
    }
  }

  [[nodiscard]] const drum_spec::Pad* pad_of(std::uint8_t note) const noexcept {
    const int index = note < 128 ? kit_.pad_of_note[note] : -1;
    return index < 0 ? nullptr : &kit_.pads[static_cast<std::size_t>(index)];
  }

  void release(const drum_spec::Pad* pad, float seconds) noexcept {
    for (DrumVoice& voice : voices_) {
      if (voice.pad() == pad) voice.release(seconds);
    }
  }

  void strike(const Event& event) noexcept {
    const drum_spec::Pad* pad = pad_of(event.note);
    if (pad == nullptr || !(event.value > 0)) return;
    const auto index = static_cast<std::size_t>(kit_.pad_of_note[event.note]);
    int same = 0, live = 0;
    DrumVoice* nearest_end_of_same = nullptr;
    DrumVoice* nearest_end = nullptr;
    for (DrumVoice& voice : voices_) {
      if (!voice.active() || voice.fading()) continue;
      if (pad->choke > 0 && voice.pad() != pad && voice.pad()->choke == pad->choke) {
        voice.release(kChokeSeconds);
        continue;
      }
      ++live;
      if (nearest_end == nullptr || voice.chunks_left() < nearest_end->chunks_left()) nearest_end = &voice;
      if (voice.pad() != pad) continue;
      ++same;
      if (nearest_end_of_same == nullptr || voice.chunks_left() < nearest_end_of_same->chunks_left()) {
        nearest_end_of_same = &voice;
      }
    }
    if (same >= pad->overlap && nearest_end_of_same != nullptr) {
      nearest_end_of_same->release(pad->overlap > 1 ? 0.04F : kCutSeconds);
    } else if (live >= kLiveVoices) {
      nearest_end->release(kCutSeconds);
    }
    DrumVoice* chosen = nullptr;
    for (DrumVoice& voice : voices_) {
      if (!voice.active()) {
        chosen = &voice;
        break;
      }
      // All taken: the first that fades anyway.
      if (chosen == nullptr && voice.fading()) chosen = &voice;
    }
    if (chosen == nullptr) chosen = &voices_[0];
    const DrumHit hit{std::min(event.value, 1.0F), bend_, kit_.tune_of_note[event.note], brightness_, 1};
    const Random random = random_.fork(index).fork(static_cast<std::uint64_t>(hits_[index]++));
    chosen->start(*pad, levels_[index], hit, random, rate_);
  }

  const drum_spec::Kit kit_;
  const float gain_;
  const Random random_;
  double tail_ = 0;
  std::vector<DrumLevel> levels_;
  std::vector<std::uint32_t> hits_;  // so far, of each pad
  float bend_ = 0, brightness_ = 0;
};

}  // namespace

std::filesystem::path drum_voices_file(const std::filesystem::path& data_dir) {
  return data_dir / "presets" / "drum_voices.toml";
}

std::unique_ptr<Instrument> make_drum_kit(const std::filesystem::path& data_dir, const nlohmann::json& kit,
                                          const std::string& where, Decibels gain, std::uint64_t seed,
                                          std::optional<int> tonic) {
  const auto file = drum_voices_file(data_dir);
  const auto voices = storage::load_data_file(file);
  drum_spec::Kit spec = drum_spec::read_kit(voices, file.string(), kit, where);
  if (tonic) drum_spec::tune_to_key(spec, *tonic);
  return std::make_unique<DrumKit>(std::move(spec), gain, seed);
}

}  // namespace figment::instruments
