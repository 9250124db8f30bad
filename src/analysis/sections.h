// Where a sound changes: its sections.
//
//   Method   each bar (without bars: every two seconds) is described by its level, its timbre and, with less weight, its notes;
//            dynamic programming finds the cut into stretches in which bars are most alike, with a price for each cut that
//            is higher off multiples of four bars. Stretches that are alike get the same letter
//   Input    as found by beats and chroma; under four bars there is one section
//   Threads  free. Cost: about 1/2000 of real time; an hour takes a few megabytes

#pragma once

#include <string>
#include <vector>

#include "analysis/beats.h"
#include "analysis/chroma.h"

namespace figment::analysis {

struct HeardSection {
  Seconds start{0}, end{0};
  int bar = 0, bars = 0;         // from 1; 0 where there are no bars
  std::string label;             // "A", "B" …: equal letters sound alike
  double energy = 0;             // 0 … 1, the loudest section 1
  double confidence = 0;         // how clear its beginning is
};

[[nodiscard]] std::vector<HeardSection> find_sections(const Features& features, const Tonality& notes, const BeatGrid& grid, Seconds length);

// The instants of bar lines, the first at or after 0; what comes before it is an upbeat. Empty without bars.
[[nodiscard]] std::vector<Seconds> bar_lines(const BeatGrid& grid);

}  // namespace figment::analysis
