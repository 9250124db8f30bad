#include "score/metre.h"

#include <cmath>

#include "base/error.h"

namespace figment::score {
namespace {

// Is the pulse the first of a group?
bool starts_group(int pulse, int pulses) noexcept {
  if (pulse == 0) return true;
  if (pulses == 5) return pulse == 3;
  if (pulses == 7) return pulse == 2 || pulse == 4;
  return pulses % 2 == 0 && pulse == pulses / 2;
}

}  // namespace

Stress Metre::stress(Beats position_in_bar) const noexcept {
  const double pulse_length = pulse().value;
  const double place = std::fmod(position_in_bar.value, bar().value) / pulse_length;
  const double nearest = std::round(place);
  // Half a MIDI tick: swung and pushed notes are not on the pulse.
  if (!(std::abs(place - nearest) * pulse_length < 1.0 / 1920.0)) return Stress::Weak;
  const int pulses = static_cast<int>(std::lround(bar().value / pulse_length));
  int index = static_cast<int>(nearest) % pulses;
  if (index < 0) index += pulses;
  return starts_group(index, pulses) ? Stress::Strong : Stress::Medium;
}

std::string Metre::text() const { return std::to_string(beats_per_bar) + "/" + std::to_string(unit); }

Metre parse_metre(std::string_view text) {
  const auto fail = [&](const char* wanted) {
    throw Error(ErrorCode::InvalidArgument,
                std::string("wanted a metre") + wanted + ", found \"" + std::string(text.substr(0, 40)) + "\"",
                "write it as 4/4, 3/4, 6/8 or 7/8");
  };
  const std::size_t slash = text.find('/');
  const auto number = [&](std::string_view digits) {
    if (digits.empty() || digits.size() > 2) fail("");
    int value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') fail("");
      value = value * 10 + (c - '0');
    }
    return value;
  };
  if (slash == std::string_view::npos) fail("");
  const Metre metre{number(text.substr(0, slash)), number(text.substr(slash + 1))};
  if (metre.beats_per_bar < 1 || metre.beats_per_bar > 32) fail(" of 1 to 32 beats");
  if (metre.unit < 1 || metre.unit > 32 || (metre.unit & (metre.unit - 1)) != 0) fail(" over 1, 2, 4, 8, 16 or 32");
  return metre;
}

}  // namespace figment::score
