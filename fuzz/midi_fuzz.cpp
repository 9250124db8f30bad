// MIDI files: whatever is accepted must be written and read back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "score/midi_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace figment::score;
  try {
    const MidiContents read = parse_midi({reinterpret_cast<const char*>(data), size}, "fuzz");
    const std::string written = to_midi(read.tracks, {});
    const std::string again = to_midi(parse_midi(written, "again").tracks, {});
    if (again != written) std::abort();
  } catch (const figment::Error&) {
  }
  return 0;
}
