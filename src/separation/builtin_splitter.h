// The StemSplitter that needs no download: "drums", "bass", "other", "vocals", by signal processing alone.
//
//   Quality  modest. A network (htdemucs) splits far better; this one is for where there is none
//   Sum      the stems add up to the mix, to float rounding: "other" is what the three others leave
//   Level    the same split at any level; silence in, silence out. Samples that are no numbers count as silence
//   Memory   about 200 MB for a segment of 20 s
//   Cost     about a sixth of the sound's length on one core
//   Threads  as many as told (0: all that the pool has); the same bits for any number
#pragma once

#include <memory>

#include "roles/stem_splitter.h"

namespace figment::separation {

[[nodiscard]] std::unique_ptr<roles::StemSplitter> make_builtin_splitter(int threads = 0);

}  // namespace figment::separation
