// From Brief to Song: the builtin composer.
//
//   Input    a Brief, a seed, and what the brief leaves open is drawn from the style
//   Output   a complete Song document and the Score of each of its tracks (already quantized: exactly what the MIDI
//            files will hold), plus a list of what was chosen and why, for people
//   Repeat   same brief, seed and data files give the same song on every machine
//   Errors   InvalidArgument when the brief cannot be obeyed (a solo of an instrument the style cannot make …)
//   Cost     tens of milliseconds; one thread
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compose/brief.h"
#include "compose/reference.h"
#include "score/score.h"
#include "song/song.h"

namespace figment::compose {

struct Composition {
  song::Song song;
  std::map<std::string, score::Score> scores;   // by track id
  std::vector<std::string> chosen;              // "key F minor: the style's favourite for dark moods"
  std::vector<std::string> remarks;             // "vocals are kept in the brief; there is no voice yet: …"
};

// `reference`: a sound to go by where the brief says nothing (reference.h); nullptr: none.
[[nodiscard]] Composition compose(const Brief& brief, std::uint64_t seed, const std::filesystem::path& data_dir, std::shared_ptr<const Reference> reference = nullptr);

}  // namespace figment::compose
