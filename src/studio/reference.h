// A sound as an example for a song: measured, and told in the composer's words.
//
//   Rule     what was not sure is not told, and a remark says so: tempo and bars from a confidence of 0.3, the key from 0.3,
//            chords where at least a third of the sound has some, the tune where half of what sounds is one voice
//   Drums    the classes of its attacks (sampling/one_shot.h), on the grid of sixteenths of one or two bars
//   Errors   those of analysis
//   Threads  all cores
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "analysis/analysis.h"
#include "base/progress.h"
#include "compose/reference.h"
#include "sampling/chop.h"

namespace figment::studio {

struct ReferenceHeard {
  std::shared_ptr<const compose::Reference> reference;
  std::vector<std::string> remarks;
};

[[nodiscard]] ReferenceHeard hear_reference(const std::filesystem::path& file, const Progress& progress);

// The same from what was measured already; `hits` may be empty.
[[nodiscard]] ReferenceHeard reference_from(const analysis::SoundAnalysis& heard, const std::vector<sampling::Hit>& hits, const std::string& name);

}  // namespace figment::studio
