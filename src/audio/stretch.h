// Sound at another speed or pitch, with a speed that changes along the way.
//
//   Library  Rubber Band 3, R3 ("finer") engine, offline: one pass, channels together so that the stereo image stands
//   Anchors  where given instants of the source shall come to lie; between them the speed is constant. The result begins
//            with the source and has exactly the length asked for
//   Pitch    in semitones, independent of speed; formants kept where the sound is a voice
//   Memory   some blocks
//   Errors   InvalidArgument for anchors that do not rise or ask for more than 16 times slower or faster; Cancelled
//   Threads  one call works on one thread
//   Cost     about 1/15 of real time for stereo

#pragma once

#include <functional>
#include <vector>

#include "audio/buffer.h"
#include "base/progress.h"

namespace figment::audio {

struct StretchAnchor {
  std::int64_t source = 0, result = 0;      // frames
  friend bool operator==(const StretchAnchor&, const StretchAnchor&) = default;
};

struct Stretch {
  std::int64_t source_frames = 0, result_frames = 0;
  std::vector<StretchAnchor> anchors;       // strictly inside, rising
  double semitones = 0;
  bool keep_formants = false;
};

// `source` gives the next frames, at most so many; what is missing at the end is silence. `sink` gets result_frames in all;
// its views are good only during the call.
void stretch(Hertz rate, int channels, const Stretch& plan, const std::function<AudioView(std::int64_t most)>& source,
             const std::function<void(AudioView)>& sink, const Progress& progress);

// In memory.
[[nodiscard]] AudioBuffer stretch(AudioView sound, const Stretch& plan, const Progress& progress);

}  // namespace figment::audio
