#include "instruments/fx.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "instruments/fx_spec.h"
#include "instruments/fx_voice.h"
#include "instruments/one_shots.h"

namespace figment::instruments {
namespace {

constexpr std::size_t kVoices = 6;
constexpr float kVelocityCurve = 1.3F;

class FxInstrument final : public OneShots<FxVoice, kVoices> {
 public:
  FxInstrument(fx_spec::Fx fx, Decibels gain, std::uint64_t seed)
      : fx_(std::move(fx)), trim_(static_cast<float>(to_gain(gain))), random_(Random(seed).fork("fx")) {}

  void prepare(Hertz rate, int /*max_block*/) override {
    rate_ = static_cast<float>(rate.value);
    levels_ = measure_fx(fx_, rate_, whole_);
    reset();
  }

  void reset() noexcept override {
    silence();
    count_ = 0;
    bend_ = brightness_ = 0;
  }

  [[nodiscard]] int channels() const noexcept override { return 2; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{tail_of(fx_)}; }

 private:
  void take(const Event& event) noexcept override {
    switch (event.kind) {
      case Event::Kind::NoteOn:
        begin(event);
        break;
      case Event::Kind::Bend:
        bend_ = std::clamp(event.value, -48.0F, 48.0F);
        for (std::size_t i = 0; i < kVoices; ++i) voices_[i].transpose(static_cast<float>(notes_[i]) - 60 + bend_);
        break;
      case Event::Kind::Brightness:
        brightness_ = (std::clamp(event.value, 0.0F, 1.0F) - 0.5F) * 4;
        for (FxVoice& voice : voices_) voice.brighten(brightness_);
        break;
      case Event::Kind::NoteOff:     // the length was known when it began
      case Event::Kind::Expression:  // OneShots' own
      case Event::Kind::Modulation:
      case Event::Kind::Sustain:
        break;
    }
  }

  void begin(const Event& event) noexcept {
    if (!(event.value > 0)) return;
    std::size_t chosen = kVoices;
    for (std::size_t i = 0; i < kVoices && chosen == kVoices; ++i) {
      if (!voices_[i].active()) chosen = i;
    }
    if (chosen == kVoices) chosen = count_ % kVoices;
    // One voice stays free for the next note: the oldest fades when the last is taken.
    const auto busy = std::count_if(voices_.begin(), voices_.end(), [](const FxVoice& v) { return v.active(); });
    if (busy + 1 >= static_cast<std::ptrdiff_t>(kVoices)) {
      std::size_t oldest = chosen;
      for (std::size_t i = 0; i < kVoices; ++i) {
        if (i != chosen && voices_[i].active() && (oldest == chosen || ages_[i] < ages_[oldest])) oldest = i;
      }
      voices_[oldest].release(0.02F);
    }
    const double seconds = event.length.value > 0 ? std::min(event.length.value, 3600.0) : 1.0;
    const float gain = trim_ * whole_ * std::pow(std::min(event.value, 1.0F), kVelocityCurve);
    notes_[chosen] = event.note;
    ages_[chosen] = count_;
    voices_[chosen].brighten(brightness_);
    voices_[chosen].start(fx_, levels_, static_cast<int>(std::lround(seconds * rate_)),
                          static_cast<float>(event.note) - 60 + bend_, gain, random_.fork(std::uint64_t{count_}),
                          rate_);
    ++count_;
  }

  const fx_spec::Fx fx_;
  const float trim_;
  const Random random_;
  float whole_ = 1;
  FxVoice::Levels levels_{};
  std::array<std::uint8_t, kVoices> notes_{};
  std::array<std::size_t, kVoices> ages_{};
  std::size_t count_ = 0;
  float bend_ = 0, brightness_ = 0;
};

}  // namespace

std::unique_ptr<Instrument> make_fx(const nlohmann::json& fx, const std::string& where, Decibels gain,
                                    std::uint64_t seed) {
  return std::make_unique<FxInstrument>(fx_spec::read_fx(fx, where), gain, seed);
}

}  // namespace figment::instruments
