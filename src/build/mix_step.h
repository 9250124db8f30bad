// The step that adds the stems up to the mix.
#pragma once

#include "analysis/tally.h"
#include "build/stem_step.h"
#include "storage/take_store.h"

namespace figment::build {

struct MixTake {
  Digest digest;
  std::filesystem::path sound;      // WAV, float: the sum of the stems to the last bit
  analysis::Tally tally;            // what was measured of it
  std::vector<Digest> segments;     // by segment: what its sound depends on
  std::vector<song::WeightsUsed> weights;   // of this recipe: of all that is heard
};

// Finds the Take of the recipe, or adds it up from the stems; segments that an earlier mix held are copied from it.
[[nodiscard]] MixTake make_mix(const song::Song& song, const song::Recipe& recipe, const Stems& stems, storage::TakeStore& store,
                               const storage::Cache& cache, bool& built, const Progress& progress);

}  // namespace figment::build
