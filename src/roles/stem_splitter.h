// The StemSplitter role: a mix taken apart into the instruments it was made of.
//
//   Segments  an engine takes apart stretches of one length, each by itself. separation/split_run.h lays them over a sound of any
//             length and joins them, so an hour needs no more memory than a minute
//   Repeat    same segment, same bits, on the same machine and with as many threads, whatever other segments are in the call
//   Level     a stem is as loud as it is in the mix
//   Errors    OutOfMemory before work begins where it is foreseen; Cancelled
//   Threads   one call at a time per object; an engine uses as many as it was told
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "base/progress.h"
#include "base/units.h"
#include "roles/engine.h"

namespace figment::roles {

struct SplitShape {
  Hertz rate{44100};              // that it works at
  std::int64_t segment = 0;       // frames it takes at once
  double overlap = 0.25;          // of neighbouring segments, as its authors set it; 0 … 0.5
  bool levelled = false;          // wants the whole sound at mean 0 and deviation 1 of its mono sum
  std::string precision = "f32";  // of what it computes: another one gives other bits
};

// Two channels in, two channels out. A stem without frames is not wanted.
struct SplitSegment {
  audio::AudioView sound;
  std::vector<audio::AudioBlock> stems;
};

class StemSplitter {
 public:
  virtual ~StemSplitter() = default;
  [[nodiscard]] virtual EngineInfo info() const = 0;
  // In this order: "drums", "bass", "other", "vocals" …
  [[nodiscard]] virtual const std::vector<std::string>& stems() const = 0;
  [[nodiscard]] virtual SplitShape shape() const = 0;
  [[nodiscard]] virtual int most_at_once() const { return 1; }   // segments of one call
  // Every sound has shape().segment frames, and so has every stem that is wanted.
  virtual void split(std::span<const SplitSegment> segments, const Progress& progress) = 0;
};

}  // namespace figment::roles
