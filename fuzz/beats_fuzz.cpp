// Weights of the beat network: whatever is accepted must be written and read back the same, and give probabilities.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/beat_network.h"
#include "analysis/features.h"
#include "base/error.h"

namespace {

void check(std::string_view bytes) {
  using namespace figment::analysis;
  try {
    if (write_beat_network(read_beat_network(bytes, "fuzz")) != bytes) std::abort();
    const std::vector<std::uint8_t> rhythm(7 * kRhythmBands, 40);
    if (BeatNetwork::parse(bytes, "fuzz").run(rhythm).beat.size() != 7) std::abort();
  } catch (const figment::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  bytes.resize(20 + 2 * figment::analysis::beat_network_weights(), '\0');  // what has a good head is read
  check(bytes);
  return 0;
}
