// The loop that makes tokens: what was chosen goes in again, step by step, in the delay pattern.
//
//   Prompt   codes that are given; the first step takes all of them at once
//   Stream   `on_frames` hears of frames as soon as all their codebooks are known
//   Errors   Cancelled between steps; what was made until then was told to on_frames

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/progress.h"
#include "neural/musicgen/delay_pattern.h"
#include "neural/musicgen/sampling.h"

namespace figment::neural {

// A language model with its conditions set, ready for a first step.
class StepModel {
 public:
  virtual ~StepModel() = default;
  // `tokens` lie as [codebook][step]. Logits of the last of these steps, [codebook][card]: with the conditions and without.
  virtual void step(std::span<const std::int32_t> tokens, std::int64_t steps, std::span<float> conditional, std::span<float> unconditional) = 0;
};

struct GeneratorOptions {
  std::int64_t frames = 0;               // in all, the prompt's included
  std::vector<std::int32_t> prompt;      // [codebook][frame]
  Sampling sampling;
  std::uint64_t seed = 0;
  std::function<void(std::int64_t first, std::int64_t count, const std::vector<std::int32_t>& codes)> on_frames;   // codes so far, [codebook][frame] of all frames
  std::function<void(std::int64_t step, std::span<const float> logits)> on_logits;                                  // guided, before a token is chosen
};

// Codes [codebook][frame].
[[nodiscard]] std::vector<std::int32_t> generate(StepModel& model, const DelayPattern& pattern, std::int32_t card, const GeneratorOptions& options, const Progress& progress);

}  // namespace figment::neural
