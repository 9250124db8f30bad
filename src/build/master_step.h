// The step from the mix to the mastered sound.
#pragma once

#include "build/mix_step.h"
#include "mix/mastering.h"

namespace figment::build {

[[nodiscard]] song::Recipe master_recipe(const song::Song& song, const MixTake& mix, const std::filesystem::path& data_dir);

struct MasterTake {
  Digest digest;
  std::filesystem::path sound;       // WAV, 24 bit, at full level
  nlohmann::json measured;           // loudness_lufs, true_peak_dbtp, range_lu, spectrum … as in its record
  std::vector<song::WeightsUsed> weights;   // of this recipe: the mix's
};

// Finds the Take of the recipe, or builds it from the mix, of which only segments with a change are worked on.
[[nodiscard]] MasterTake make_master(const song::Song& song, const song::Recipe& recipe, const MixTake& mix,
                                     storage::TakeStore& store, const storage::Cache& cache,
                                     const std::filesystem::path& data_dir, bool& built, const Progress& progress);

}  // namespace figment::build
