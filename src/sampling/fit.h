// A sound laid onto a song's grid.
//
//   Method   one pass of Rubber Band (audio/stretch.h) through the points of a Warp; the result is as long as its bars to the
//            frame. A little more than is needed is stretched on both sides, so that nothing begins or ends cold. Where no
//            point moves by more than a frame nothing is stretched: the sound is laid as it is, sample by sample
//   Seam     a loop's last 10 ms turn into what comes before its start, with gains that keep the power of sounds as alike as
//            these two are; where nothing comes before, the end fades to silence
//   Measured afterwards, not believed: the result is listened to again, and attacks near beats are compared with the grid
//   Memory   some blocks; the source is spooled to disk
//   Errors   those of SoundStream and Stretch; Io; Cancelled
//   Threads  listening uses all cores, stretching one

#pragma once

#include <filesystem>
#include <memory>

#include "audio/spool.h"
#include "audio/wave.h"
#include "base/progress.h"
#include "sampling/seam.h"
#include "sampling/warp.h"
#include "score/tempo_map.h"

namespace figment::sampling {

struct FitSettings {
  Warp warp;
  score::TempoMap tempo{Bpm{120}};       // beat 0 of the map is beat 0 of the warp
  double semitones = 0;
  bool keep_formants = false;
  std::int64_t frames = 0;               // not 0: exactly so many, where neighbours decide what rounding gives
};

// Frames that the fitted sound has at a rate.
[[nodiscard]] std::int64_t fitted_frames(const FitSettings& settings, Hertz rate);

// `out` has the source's channels (1 or 2) and fitted_frames. Beyond full scale is clipped there; `scale` is applied first.
Seam fit(const std::filesystem::path& source, const FitSettings& settings, double scale, audio::WaveWriter& out,
         const std::filesystem::path& scratch, const Progress& progress);

// The same from a sound that is spooled at the result's rate already, `frames` of it.
Seam fit(const audio::Spool& spool, std::int64_t frames, const FitSettings& settings, double scale, audio::WaveWriter& out, const Progress& progress);

// A file, resampled, in a spool of its own. Returns its frames.
std::int64_t spool_sound(const std::filesystem::path& file, Hertz rate, const std::filesystem::path& scratch, std::unique_ptr<audio::Spool>& spool,
                         const Progress& progress);

// How far attacks lie from the beats they are near to, in ms.
struct BeatErrors {
  int beats = 0;                         // that have an attack near them
  double median_ms = 0, worst_ms = 0;    // worst: 95th percentile
};
// Before: the source put down at its first beat and left alone. After: the attacks of the result.
[[nodiscard]] BeatErrors errors_before(const FitSettings& settings);
[[nodiscard]] BeatErrors errors_after(const std::vector<analysis::Attack>& attacks, const FitSettings& settings);

}  // namespace figment::sampling
