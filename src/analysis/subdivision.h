// What lies between the beats.
//
//   Method   where in its beat each attack falls, weighed by strength: halves, thirds or quarters; and how far the second of
//            a pair is late (swing)
//   Threads  free

#pragma once

#include "analysis/beats.h"

namespace figment::analysis {

struct Subdivision {
  int parts = 2;                 // 2: the beat divides in halves and quarters, 3: in thirds (6/8, 12/8)
  double swing = 0.5;            // where in its pair the second stands: 0.5 straight … 0.67 triplets
  int swing_unit = 0;            // 8 or 16: which pairs swing; 0: none
  double confidence = 0;         // 0: too few attacks lie between the beats
};

[[nodiscard]] Subdivision find_subdivision(const BeatGrid& grid, const std::vector<Attack>& attacks);

}  // namespace figment::analysis
