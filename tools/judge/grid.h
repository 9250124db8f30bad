// Whether what is heard lies where the song's metre, tempo and swing say.
//
//   Grid      every sixteenth of the bar, swung: inside each pair of swing units (two eighths or two sixteenths) the
//             middle stands at 1/2 … 2/3 of the pair for swing 0 … 1, what lies between moves along; pairs are counted
//             from the bar line, an odd unit at a bar's end stays straight. Styles of swung eighths, and compound
//             metres of swung ones, are triplet music: the thirds of the beat belong to their grid
//   Rolls     thirty-seconds, sixteenth and thirty-second triplets count only where they are written: an onset between
//             the sixteenths is accepted when it lies on such a place and a written note stands there within 12 ms
//   Written here again rather than taken from the composer, so that a mistake there is not repeated in the judgement.
#pragma once

#include <vector>

namespace figment::judge {

struct GridSpec {
  double bpm = 120;
  double bar_beats = 4;  // quarter notes
  double bars = 0;
  double swing = 0;
  int swing_unit = 16;
};

[[nodiscard]] std::vector<double> sixteenths(const GridSpec& spec);    // seconds, rising
[[nodiscard]] std::vector<double> subdivisions(const GridSpec& spec);  // of rolls

struct OnGrid {
  int onsets = 0, on_sixteenths = 0, on_rolls = 0;
  int unwritten = 0;                  // no note within 40 ms: the detector heard something else, or an echo
  double mean_ms = 0, spread_ms = 0;  // of those on the grid
  [[nodiscard]] double share() const noexcept {
    return onsets == 0 ? 1 : static_cast<double>(on_sixteenths + on_rolls) / onsets;
  }
  void add(const OnGrid& other) noexcept;
};
// All in seconds.
[[nodiscard]] OnGrid compare(const std::vector<double>& onsets, const std::vector<double>& written,
                             const GridSpec& spec, double tolerance_s = 0.015);

}  // namespace figment::judge
