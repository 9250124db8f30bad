// What every Engine says about itself, whatever Role it fulfils.
#pragma once

#include <string>

namespace figment::roles {

struct EngineInfo {
  std::string name;                 // "builtin", "musicgen-small"
  int version = 1;                  // raised whenever the same request may give another result
  std::string what;                 // one line for people
  bool neural = false;              // true: trained weights take part, and the sound is marked so
  std::string weights_licence;      // SPDX name, empty for builtin engines
  bool commercial_use = true;       // of what it makes
};

}  // namespace figment::roles
