// The float language model as a StepModel: the conditioned branch and the other are two rows of one batch.

#pragma once

#include <optional>

#include "neural/musicgen/float_lm.h"
#include "neural/musicgen/generator.h"

namespace figment::neural {

class FloatRun : public StepModel {
 public:
  // `conditions` [2, tokens, width]: with and without. At most `most` steps. `lm` must outlive it.
  FloatRun(const FloatLm& lm, const at::Tensor& conditions, std::int64_t most) : lm_(lm), run_(lm, conditions, std::nullopt, most) {}
  void step(std::span<const std::int32_t> tokens, std::int64_t steps, std::span<float> conditional, std::span<float> unconditional) override;

 private:
  const FloatLm& lm_;
  FloatLm::Run run_;
};

// Codes [codebook][frame] as LibTorch has them, [1, codebooks, frames], and back.
[[nodiscard]] at::Tensor to_tensor(std::span<const std::int32_t> codes, std::int64_t codebooks);
[[nodiscard]] std::vector<std::int32_t> to_plain(const at::Tensor& codes);

}  // namespace figment::neural
