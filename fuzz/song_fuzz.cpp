// song.json: whatever is accepted must be written and read back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "song/song_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto song = figment::song::from_json({reinterpret_cast<const char*>(data), size}, "fuzz");
    const std::string written = figment::song::to_json(song);
    if (figment::song::to_json(figment::song::from_json(written, "again")) != written) std::abort();
  } catch (const figment::Error&) {
  }
  return 0;
}
