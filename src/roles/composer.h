// The Composer role: words to a Song and its Scores.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "roles/engine.h"
#include "score/score.h"
#include "song/song.h"

namespace figment::roles {

class Composer {
 public:
  struct Result {
    song::Song song;
    std::map<std::string, score::Score> scores;   // by track id, quantized
    std::vector<std::string> chosen;              // what it decided by itself, for people
    std::vector<std::string> remarks;
  };

  virtual ~Composer() = default;
  [[nodiscard]] virtual EngineInfo info() const = 0;
  // Same prompt and seed, same result. Error InvalidArgument when the prompt cannot be obeyed.
  [[nodiscard]] virtual Result compose(const std::string& prompt, std::uint64_t seed) = 0;
};

}  // namespace figment::roles
