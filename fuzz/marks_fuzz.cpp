// Tags that say how a sound was made: whatever they hold, reading them ends, and what is told can be told on.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "build/sound_marks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace figment;
  audio::Tags tags;
  tags.more["FIGMENT_RECIPE"] = std::string(reinterpret_cast<const char*>(data), size);
  tags.more["FIGMENT_WEIGHTS"] = tags.more["FIGMENT_RECIPE"];
  const build::MadeBy made = build::made_by(tags);
  build::mark_made_of(tags, made, {});
  if (size < 100000 && build::made_by(tags).weights != made.weights) std::abort();
  return 0;
}
