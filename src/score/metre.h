// Time signatures.
#pragma once

#include <string>
#include <string_view>

#include "base/units.h"

namespace figment::score {

// How strongly a position in the bar is felt.
enum class Stress { Weak, Medium, Strong };

struct Metre {
  int beats_per_bar = 4;  // upper number, 1 … 32
  int unit = 4;           // lower number: 1, 2, 4, 8, 16, 32

  friend bool operator==(const Metre&, const Metre&) = default;

  [[nodiscard]] Beats bar() const noexcept { return Beats{4.0 * beats_per_bar / unit}; }  // in quarter notes
  // Compound metres (6/8, 9/8, 12/8) are felt in dotted units.
  [[nodiscard]] bool compound() const noexcept { return unit >= 8 && beats_per_bar > 3 && beats_per_bar % 3 == 0; }
  // The pulse a foot taps: a quarter in 4/4, a dotted quarter in 6/8, an eighth in 7/8.
  [[nodiscard]] Beats pulse() const noexcept { return Beats{(compound() ? 12.0 : 4.0) / unit}; }
  // Strong on the downbeat and the middle of an even bar's pulses, medium on other pulses, weak between.
  // 7/8 is felt 2+2+3, 5/4 and 5/8 as 3+2: the groups' first pulses are strong.
  [[nodiscard]] Stress stress(Beats position_in_bar) const noexcept;

  [[nodiscard]] std::string text() const;  // "6/8"
};

// "4/4", "6/8" … Error InvalidArgument.
[[nodiscard]] Metre parse_metre(std::string_view text);

}  // namespace figment::score
