// Which StemSplitter splits: the one that was asked for, or the best there is.
//
//   Best     of the networks that are installed htdemucs, then htdemucs_ft (somewhat better, four times as slow), then htdemucs_6s;
//            where there is none, or LibTorch is missing, the built-in one. What was chosen and how to get a better one is remarked
//   Errors   those of studio/neural_engines.h for one that was asked for
//   Threads  one
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "roles/stem_splitter.h"
#include "studio/neural_engines.h"

namespace figment::studio {

struct SplitEngine {
  std::unique_ptr<roles::StemSplitter> splitter;
  std::vector<std::string> remarks;
};

// With an empty name in `wish` the best one.
[[nodiscard]] SplitEngine split_engine(NeuralWish wish);

}  // namespace figment::studio
