// The sizes of MusicGen's language model.

#pragma once

#include <cstdint>

namespace figment::neural {

struct LmSettings {
  std::int64_t card = 2048;              // entries of a codebook; the number `card` itself stands for "no token"
  std::int64_t codebooks = 4, channels = 1, width = 1024, layers = 24, heads = 16, inner = 4096;
  std::int64_t text_width = 768;         // of the text encoder's vectors
  // Melody networks: sizes of the chroma. Their conditions stand before the tokens instead of being attended to across.
  std::int64_t chroma = 0, chroma_length = 0;

  [[nodiscard]] bool operator==(const LmSettings&) const = default;
  [[nodiscard]] bool prefixed() const noexcept { return chroma > 0; }
  [[nodiscard]] std::int32_t special() const noexcept { return static_cast<std::int32_t>(card); }
};

}  // namespace figment::neural
