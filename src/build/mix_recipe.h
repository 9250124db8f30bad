// What the stems and the mix depend on.
#pragma once

#include <string>
#include <vector>

#include "build/track_step.h"

namespace figment::build {

// Where the loudest element of a mix sits before mastering. Low enough that no stem clips.
inline constexpr Lufs kMixReference{-26};

// The fader that puts a track where its document wants it, in steps of half a decibel, so that a small edit does not move
// it; -120 dB for a silent take.
[[nodiscard]] Decibels fader_for(const song::Track& track, const TrackTake& take) noexcept;

[[nodiscard]] song::Recipe mix_recipe(const song::Song& song, const std::vector<TrackTake>& takes);

// Stems are the tracks, then the buses.
[[nodiscard]] std::vector<std::string> stem_ids(const song::Song& song);

// What each stem's sound depends on: a stem whose key did not change keeps its file.
[[nodiscard]] std::vector<Digest> stem_keys(const song::Song& song, const std::vector<TrackTake>& takes);

// The trained weights that are heard in each stem. A track that is muted is not heard.
[[nodiscard]] std::vector<std::vector<song::WeightsUsed>> stem_weights(const song::Song& song, const std::vector<TrackTake>& takes);

// What a bus depends on apart from the sound of the stems that are sent to it.
[[nodiscard]] Digest bus_settings(const song::Song& song, const std::vector<TrackTake>& takes, std::size_t bus);

}  // namespace figment::build
