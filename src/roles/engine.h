// What every Engine says about itself, whatever Role it fulfils.
#pragma once

#include <string>
#include <vector>

#include "song/weights_used.h"

namespace figment::roles {

struct EngineInfo {
  std::string name;                 // "builtin", "musicgen-small"
  int version = 1;                  // raised whenever the same request may give another result
  std::string what;                 // one line for people
  std::vector<song::WeightsUsed> weights;   // trained weights that take part: the sound is marked so
};

}  // namespace figment::roles
