// How made sounds look: text for people, JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "studio/make_sound.h"

namespace figment::cli {

[[nodiscard]] std::string sound_text(const std::vector<studio::SoundMade>& made);
[[nodiscard]] std::string sound_json(const std::vector<studio::SoundMade>& made);

}  // namespace figment::cli
