// The steps that balance all tracks, write the stems, and add them up to the mix.
#pragma once

#include <filesystem>
#include <vector>

#include "analysis/tally.h"
#include "build/track_step.h"
#include "storage/cache.h"

namespace figment::build {

// Where the loudest element of a mix sits before mastering. Low enough that no stem clips.
inline constexpr Lufs kMixReference{-26};

// The fader that puts a track where its document wants it, in steps of half a decibel, so that a small edit does not move
// it; -120 dB for a silent take.
[[nodiscard]] Decibels fader_for(const song::Track& track, const TrackTake& take) noexcept;

[[nodiscard]] song::Recipe mix_recipe(const song::Song& song, const std::vector<TrackTake>& takes);

// What each stem's sound depends on, tracks first, then buses: a stem whose key did not change keeps its file.
[[nodiscard]] std::vector<Digest> stem_keys(const song::Song& song, const std::vector<TrackTake>& takes);

// Writes the `wanted` stems to `folder`/ID.wav (24-bit, post-fader; tracks first, then buses), each replaced when it is
// whole; the others must lie there already.
void make_stems(const song::Song& song, const std::vector<TrackTake>& takes, const std::vector<bool>& wanted,
                const std::filesystem::path& folder, const std::filesystem::path& scratch, const Progress& progress);

struct MixTake {
  Digest digest;
  std::filesystem::path sound;   // WAV, float: the sum of the stems to the last bit
  analysis::Tally tally;         // what was measured of it
};

// Finds the Take of the recipe, or adds it up from the stems in `folder`, of which only segments with a change are read.
[[nodiscard]] MixTake make_mix(const song::Song& song, const song::Recipe& recipe, const std::vector<Digest>& stem_keys,
                               const std::filesystem::path& folder, storage::TakeStore& store, const storage::Cache& cache,
                               bool& built, const Progress& progress);

}  // namespace figment::build
