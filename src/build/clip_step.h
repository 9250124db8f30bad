// The step that lays a user's sound onto the beats of the song, and where its results lie on a track.
//
//   Repeats  a clip longer than its sound repeats it. Repetitions of which the song's tempo asks the same are one Take
//   Frames   each repetition has exactly the frames from its first beat to the next's, so that nothing is left between
//   Weights  trained weights that took part in a sound are told in its tags (build/sound_marks.h), and stand in the recipes
//   Original its bytes are compared with the document's; Error Corrupt when somebody changed it, NotFound when it is gone
#pragma once

#include <filesystem>
#include <vector>

#include "base/progress.h"
#include "song/recipe.h"
#include "song/song.h"
#include "storage/take_store.h"

namespace figment::build {

struct PlacedClip {
  std::int64_t frame = 0, frames = 0;      // of the song
  double gain = 1;                         // linear
  song::Recipe recipe;
  std::filesystem::path original;
};

// What lies where on a track of clips, in order.
[[nodiscard]] std::vector<PlacedClip> place_clips(const std::filesystem::path& folder, const song::Song& song, const song::Track& track);

struct ClipTake {
  Digest digest;
  std::filesystem::path sound;             // WAV, 24 bit, kTakeHeadroom below what it is
  int channels = 2;
  std::vector<song::WeightsUsed> weights;  // of this recipe; an equal Take may have been made of a sound that told of none
};

// Finds the Take of the recipe, or builds it.
[[nodiscard]] ClipTake make_clip_take(const PlacedClip& clip, storage::TakeStore& store, const Progress& progress);

}  // namespace figment::build
