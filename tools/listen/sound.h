// From a piece to what a microphone, a bad mix or an old file would make of it.
#pragma once

#include <vector>

#include "base/random.h"
#include "piece.h"

namespace figment::listen {

inline constexpr double kRate = 44100;

// Every part played alone, mono, brought to one loudness (times its level).
struct Stems {
  std::vector<std::vector<float>> sound;  // as parts; all of one length
  std::vector<double> kicks;              // seconds: where the low drums are, for pumping
  double music_ends = 0;                  // seconds
};
[[nodiscard]] Stems play(const Piece& piece, const Library& library, Random random);

struct Mixed {
  std::vector<float> sound;
  double speed = 1;  // instants of the piece come at (t - cut) / speed + lead
  double cut = 0, lead = 0;
  [[nodiscard]] double at(double seconds) const noexcept { return (seconds - cut) / speed + lead; }
};
// One of many ways to mix, damage and cut it.
[[nodiscard]] Mixed mix(const Piece& piece, const Stems& stems, Random random);

}  // namespace figment::listen
