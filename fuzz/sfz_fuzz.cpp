// SFZ files: whatever is accepted has regions that some key and velocity play, within their ranges.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "instruments/sfz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace figment::instruments;
  try {
    const SfzInstrument read = parse_sfz({reinterpret_cast<const char*>(data), size}, "fuzz");
    for (const SfzRegion& r : read.regions) {
      const bool good = !r.sample.empty() && r.sample.size() <= 1024 && r.lokey >= 0 && r.lokey <= r.hikey &&
                        r.hikey <= 127 && r.lovel >= 0 && r.lovel <= r.hivel && r.hivel <= 127 && r.seq_position >= 1 &&
                        r.seq_position <= r.seq_length && r.lorand < r.hirand && r.offset >= 0 && r.release_s >= 0 &&
                        r.line >= 1;
      if (!good) std::abort();
    }
  } catch (const figment::Error&) {
  }
  return 0;
}
