// A sound of any length taken apart: segments laid over it, split, and joined again.
//
//   Method   segments overlap and fade into each other by triangular weights; the last one, where less than a segment is left, is
//            filled up on both sides with the sound that lies there. As demucs' apply_model does it (facebookresearch/demucs,
//            apply.py, split=True, transition_power=1), so that a network gets what it was trained for
//   Shifts   0: the segments lie once, from the first frame. N: they lie N times, each time displaced by up to half a second, and the
//            results are averaged: N times the work, about 0.2 dB better for HTDemucs, by its authors. Displacements come from the seed
//   Resume   what is handed over is finished. A run that begins `from` a frame where another one stood hands over the same bits from
//            there on, for no more than the work of the segments that lie over that frame
//   Level    a sound wanted at mean 0 and deviation 1 is brought there by `level`, measured over all of it, and back
//   Memory   a segment, and two for each stem, times the number of segments that the engine takes at once
//   Errors   those of the engine, of `read` and of `sink`; Cancelled
//   Threads  one, beside those of the engine; the same bits whichever there are
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "audio/buffer.h"
#include "base/progress.h"
#include "roles/stem_splitter.h"

namespace figment::separation {

// Of the mean of both channels.
struct SplitLevel {
  double mean = 0, deviation = 1;
};

struct SplitRun {
  std::int64_t frames = 0;         // of the sound, at the splitter's rate
  std::int64_t from = 0;           // where to begin
  SplitLevel level;                // used where the splitter wants it
  std::vector<bool> wanted;        // by stem; empty: all
  double overlap = -1;             // below 0: the splitter's
  int shifts = 0;
  std::uint64_t seed = 0;
};

// Fills a block of two channels from any frame, also before the beginning and beyond the end, with silence there.
using ReadSound = std::function<void(std::int64_t frame, audio::AudioBlock out)>;
// Of a sound in memory of one or two channels, which must outlive it.
[[nodiscard]] ReadSound read_from(audio::AudioView sound);
// The next frames of every stem (those that are not wanted are empty), in order and without gaps. Good during the call.
using TakeStems = std::function<void(std::int64_t frame, std::span<const audio::AudioView> stems)>;

void split_sound(roles::StemSplitter& splitter, const SplitRun& run, const ReadSound& read, const TakeStems& sink, const Progress& progress);

// Of `frames` frames, in one pass. The deviation is the unbiased one, as demucs takes it.
[[nodiscard]] SplitLevel measure_level(const ReadSound& read, std::int64_t frames, const Progress& progress);

}  // namespace figment::separation
