// The step that turns one track's notes or clips into sound: instrument (or clips in their places) and those effects that
// need no other track.
#pragma once

#include <filesystem>
#include <string>

#include "base/progress.h"
#include "build/clip_step.h"
#include "score/score.h"
#include "song/recipe.h"
#include "song/song.h"
#include "storage/take_store.h"

namespace figment::build {

// Takes are 24-bit WAV with this much room above 0 dBFS, so that nothing clips before its level is known.
inline constexpr Decibels kTakeHeadroom{12};

struct TrackTake {
  Digest digest;
  std::filesystem::path sound;
  int channels = 2;
  Lufs loudness{-200};       // gated, as rendered
  std::vector<song::WeightsUsed> weights;   // of this recipe: of its clips or samples
};

// A Take of a clip in its place.
struct ClipInPlace {
  std::int64_t frame = 0, frames = 0;
  double gain = 1;
  ClipTake take;
};

// What is played: notes (`midi_digest` is of the MIDI file's bytes), or clips.
struct TrackMaterial {
  score::Score notes;
  Digest midi_digest;
  std::vector<ClipInPlace> clips;
};

// What the track's sound depends on. `folder` is the song's.
[[nodiscard]] song::Recipe track_recipe(const song::Song& song, const song::Track& track, const TrackMaterial& material,
                                        const std::filesystem::path& data_dir, const std::filesystem::path& folder);

// Finds the Take of the recipe, or builds it. `built` says which.
[[nodiscard]] TrackTake make_track_take(const song::Song& song, const song::Track& track, const TrackMaterial& material,
                                        const song::Recipe& recipe, storage::TakeStore& store,
                                        const std::filesystem::path& data_dir, const std::filesystem::path& folder,
                                        bool& built, const Progress& progress);

// Length of the song's sound in frames: its bars, exactly.
[[nodiscard]] std::int64_t song_frames(const song::Song& song);

}  // namespace figment::build
