// The step that balances all tracks, mixes them, and writes the stems.
#pragma once

#include <filesystem>
#include <vector>

#include "build/track_step.h"

namespace figment::build {

// Where the loudest element of a mix sits before mastering. Low enough that no stem clips.
inline constexpr Lufs kMixReference{-26};

// The fader that puts a track where its document wants it; -120 dB for a silent take.
[[nodiscard]] Decibels fader_for(const song::Track& track, const TrackTake& take) noexcept;

[[nodiscard]] song::Recipe mix_recipe(const song::Song& song, const std::vector<TrackTake>& takes);

// What each stem's sound depends on, tracks first, then buses: a stem whose key did not change keeps its file.
[[nodiscard]] std::vector<Digest> stem_keys(const song::Song& song, const std::vector<TrackTake>& takes);

// Mixes to a Take of the sum, and writes the `wanted` stems to `stems_folder`/ID.wav (24-bit, post-fader; tracks first,
// then buses). Existing stems are replaced one by one as each is whole.
[[nodiscard]] storage::TakeStore::Found make_mix(const song::Song& song, const std::vector<TrackTake>& takes,
                                                 const song::Recipe& recipe, storage::TakeStore& store,
                                                 const std::filesystem::path& stems_folder,
                                                 const std::vector<bool>& wanted, const Progress& progress);

}  // namespace figment::build
