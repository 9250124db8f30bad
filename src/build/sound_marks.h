// What the tags of a sound file say of how it was made, and what ours say, so that the licence of every trained weight follows
// the sound.
//
//   Reads    FIGMENT_RECIPE (JSON: "engine", "version", "parameters" with a "prompt", "weights"; files made outside songs) and
//            FIGMENT_WEIGHTS (JSON: the list of weights; every file they took part in)
//   Writes   FIGMENT_WEIGHTS; LICENSE and a sentence of the comment for people; DIGITALSOURCETYPE, of IPTC's list: trained-
//            AlgorithmicMedia, or compositeWithTrainedAlgorithmicMedia where other sounds went in as well. Tags of sounds without
//            weights are left as they are
//   Hostile  a tag that is longer than 256 KiB, no JSON, or of other types tells nothing
//   Cost     the file's headers are read, not its sound
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "audio/tags.h"
#include "song/recipe.h"

namespace figment::build {

struct MadeBy {
  std::string engine;                        // "musicgen-small 1"; empty: not told
  std::string prompt;                        // for people; empty: not told
  std::vector<song::WeightsUsed> weights;    // empty: none, or not told
  bool composite = false;                    // of several sounds, with weights in only some of them
};

// Never fails: what cannot be read tells nothing.
[[nodiscard]] MadeBy made_by(const std::filesystem::path& sound);
[[nodiscard]] MadeBy made_by(const audio::Tags& tags);

// Nothing where there are no weights.
void mark_weights(audio::Tags& tags, const std::vector<song::WeightsUsed>& weights, bool composite);
// Of a file that was made of one other, by `recipe`: FIGMENT_RECIPE too, with the other's weights.
void mark_made_of(audio::Tags& tags, const MadeBy& other, song::Recipe recipe);
// Tags that, written, take away all that `mark_weights` writes.
[[nodiscard]] audio::Tags no_marks();

}  // namespace figment::build
