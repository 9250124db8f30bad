// Where a loop's end meets its start.
#pragma once

#include <vector>

#include "audio/buffer.h"
#include "base/units.h"

namespace figment::sampling {

inline constexpr Seconds kSeamLength{0.01};   // over which the end turns into what comes before the start
inline constexpr Seconds kEndLength{0.005};   // over which it fades where nothing comes before

struct Seam {
  Decibels step{-200};                   // between the last sample and the first, relative to the sound's peak
  Decibels rise{-200};                   // the same, relative to the largest step between neighbours inside the sound: below 0 it is none
  Decibels slope{-200};                  // change of slope there, relative to the steepest slope of the sound
};

// Measures a seam of a loop that comes in parts.
class SeamMeter {
 public:
  explicit SeamMeter(int channels) : first_(static_cast<std::size_t>(channels)), last_(static_cast<std::size_t>(channels)) {}
  void add(audio::AudioView sound);
  [[nodiscard]] Seam result() const;

 private:
  std::vector<std::vector<float>> first_, last_;
  double steepest_ = 0, peak_ = 0;
};

// The last frames of a loop turn into `before`, what comes before its start: as many frames, silence where there is nothing.
// The gains keep the power of two sounds as alike as these are.
void close_loop(audio::AudioBlock end, audio::AudioView before);

}  // namespace figment::sampling
