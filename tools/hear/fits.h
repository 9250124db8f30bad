// How right `figment fit` is, on sounds whose beats are known.
//
//   Truth    the true beats go through the warp that fit found; each should come to lie on a whole beat (or half, or every second,
//            where the count is another octave). So wrong beats show, which fit's own measure cannot see
//   Own      what fit says of itself: attacks of the result against the grid, listened to again
#pragma once

#include <string>
#include <vector>

namespace figment::hear {

void judge_fits(const std::vector<std::string>& lists);

}  // namespace figment::hear
