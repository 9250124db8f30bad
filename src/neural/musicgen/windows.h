// Music longer than what the network hears at once: windows that overlap, each beginning with the end of the one before.
//
//   Method   audiocraft's models/genmodel.py: windows of `window` frames every `stride`; what a window shares with the one before is
//            given to it as its prompt. Other than there, a prompt longer than a window is taken, too: the windows then begin with its
//            last window - stride frames
//   Chance   window 0 draws by the seed, later ones by seeds made from it and their number, so that a longer piece begins as a shorter
//            one does where both have whole first windows

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "neural/musicgen/generator.h"

namespace figment::neural {

struct Window {
  std::int64_t first = 0;       // frame of the whole that it begins with
  std::int64_t given = 0;       // of its frames, how many are known
  std::int64_t frames = 0;      // all of its frames
};

// Windows for `total` frames of which the first `prompt` are known. 0 <= prompt < total, 0 < stride < window.
[[nodiscard]] std::vector<Window> windows_for(std::int64_t total, std::int64_t prompt, std::int64_t window, std::int64_t stride);

struct LongOptions {
  std::int64_t frames = 0;                       // in all, the prompt's included
  std::int64_t window = 1500, stride = 900;
  std::vector<std::int32_t> prompt;              // [codebook][frame]
  Sampling sampling;
  std::uint64_t seed = 0;
  // Frames that are finished, in order: [codebook][count].
  std::function<void(std::int64_t first, std::int64_t count, const std::vector<std::int32_t>& codes)> on_frames;
};

// `model_for` makes the model that a window starts with. Errors: those of generate(); Cancelled.
void generate_long(const std::function<std::unique_ptr<StepModel>(const Window&)>& model_for, const DelayPattern& pattern, std::int32_t card, const LongOptions& options, const Progress& progress);

}  // namespace figment::neural
