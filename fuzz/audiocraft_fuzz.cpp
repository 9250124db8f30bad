// Training configurations come with weights from anywhere: whatever stands in one, the readers answer with sizes that networks can be
// built of, or with an Error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "neural/musicgen/audiocraft_settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace figment::neural;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto promise = [](bool kept) {
    if (!kept) std::abort();
  };
  try {
    const MusicgenSettings s = parse_audiocraft_lm(text, "fuzz");
    promise(s.lm.width % (2 * s.lm.heads) == 0 && s.lm.layers > 0 && s.lm.inner > 0 && s.lm.card > 1 && s.lm.text_width > 0);
    promise(s.lm.codebooks == s.codec.codebooks * s.lm.channels && s.lm.card == s.codec.codebook_size);
    promise(s.stride_seconds > 0 && s.stride_seconds < s.window_seconds && s.guidance >= 0);
    promise(!s.lm.prefixed() || s.lm.chroma_length > 0);
  } catch (const figment::Error&) {
  }
  try {
    const EncodecSettings s = parse_audiocraft_codec(text, "fuzz");
    promise(s.hop() >= 1 && s.hop() <= kLongestHop && s.filters > 0 && s.width > 0 && s.codebooks > 0 && s.trim_right >= 0 && s.trim_right <= 1);
  } catch (const figment::Error&) {
  }
  return 0;
}
