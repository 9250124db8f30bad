// Which codebook's token of which frame a step of the language model holds.
//
//   Pattern  "delay": step s holds codebook k of frame s - 1 - k, so that the model knows a frame's coarse codes before it chooses
//            fine ones. Step 0 and all places outside the sound hold the special token. Stereo: both channels' codebook k have the
//            delay k, and left and right stand in turn
//   Shapes   tokens lie as [codebook][step] and [codebook][frame]
//   Reference  audiocraft's modules/codebooks_patterns.py

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace figment::neural {

struct DelayPattern {
  std::int64_t codebooks = 4, channels = 1;

  [[nodiscard]] std::int64_t delay(std::int64_t k) const noexcept { return k / channels; }
  [[nodiscard]] std::int64_t longest_delay() const noexcept { return delay(codebooks - 1); }
  [[nodiscard]] std::int64_t steps(std::int64_t frames) const noexcept { return frames + longest_delay() + 1; }
  // -1 where the step holds none of the frames.
  [[nodiscard]] std::int64_t frame(std::int64_t step, std::int64_t k, std::int64_t frames) const noexcept {
    const std::int64_t f = step - 1 - delay(k);
    return f >= 0 && f < frames ? f : -1;
  }
  // The first step that holds a token of this frame.
  [[nodiscard]] std::int64_t first_step(std::int64_t frame) const noexcept { return frame + 1; }

  // Codes to steps, `special` elsewhere; and back.
  [[nodiscard]] std::vector<std::int32_t> to_steps(const std::vector<std::int32_t>& codes, std::int64_t frames, std::int32_t special) const {
    const std::int64_t count = steps(frames);
    std::vector<std::int32_t> tokens(static_cast<std::size_t>(codebooks * count), special);
    for (std::int64_t k = 0; k < codebooks; ++k)
      for (std::int64_t f = 0; f < frames; ++f) tokens[static_cast<std::size_t>(k * count + f + 1 + delay(k))] = codes[static_cast<std::size_t>(k * frames + f)];
    return tokens;
  }
  [[nodiscard]] std::vector<std::int32_t> to_codes(const std::vector<std::int32_t>& tokens, std::int64_t frames) const {
    const std::int64_t count = steps(frames);
    std::vector<std::int32_t> codes(static_cast<std::size_t>(codebooks * frames));
    for (std::int64_t k = 0; k < codebooks; ++k)
      for (std::int64_t f = 0; f < frames; ++f) codes[static_cast<std::size_t>(k * frames + f)] = tokens[static_cast<std::size_t>(k * count + f + 1 + delay(k))];
    return codes;
  }
};

}  // namespace figment::neural
