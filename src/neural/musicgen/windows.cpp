#include "neural/musicgen/windows.h"

#include <algorithm>

namespace figment::neural {

std::vector<Window> windows_for(std::int64_t total, std::int64_t prompt, std::int64_t window, std::int64_t stride) {
  std::vector<Window> all;
  std::int64_t first = 0, given = prompt;
  if (prompt >= window) first = prompt - (window - stride), given = window - stride;
  while (first + given < total) {
    const std::int64_t frames = std::min(total - first, window);
    all.push_back({first, given, frames});
    first += stride;
    given = frames - stride;
  }
  return all;
}

void generate_long(const std::function<std::unique_ptr<StepModel>(const Window&)>& model_for, const DelayPattern& pattern, std::int32_t card, const LongOptions& options, const Progress& progress) {
  const std::int64_t K = pattern.codebooks, total = options.frames, prompt = static_cast<std::int64_t>(options.prompt.size()) / K;
  std::vector<std::int32_t> codes(static_cast<std::size_t>(K * total));
  for (std::int64_t k = 0; k < K; ++k) std::copy_n(options.prompt.begin() + k * prompt, prompt, codes.begin() + k * total);
  const auto cut = [&](std::int64_t first, std::int64_t count) {
    std::vector<std::int32_t> part;
    for (std::int64_t k = 0; k < K; ++k) part.insert(part.end(), codes.begin() + k * total + first, codes.begin() + k * total + first + count);
    return part;
  };
  const Random chance(options.seed);
  std::uint64_t number = 0;
  for (const Window& w : windows_for(total, prompt, options.window, options.stride)) {
    GeneratorOptions one;
    one.frames = w.frames;
    one.prompt = w.given > 0 ? cut(w.first, w.given) : std::vector<std::int32_t>();
    one.sampling = options.sampling;
    one.seed = number == 0 ? options.seed : chance.fork(number).next();
    one.on_frames = [&](std::int64_t first, std::int64_t count, const std::vector<std::int32_t>& made) {
      for (std::int64_t k = 0; k < K; ++k) std::copy_n(made.begin() + k * w.frames + first, count, codes.begin() + k * total + w.first + first);
      if (options.on_frames) options.on_frames(w.first + first, count, cut(w.first + first, count));
    };
    const auto model = model_for(w);
    const auto share = [&](std::int64_t frame) { return static_cast<double>(frame - prompt) / static_cast<double>(total - prompt); };
    (void)generate(*model, pattern, card, one, progress.part(share(w.first + w.given), share(w.first + w.frames)));
    ++number;
  }
}

}  // namespace figment::neural
