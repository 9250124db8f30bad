#include "neural/musicgen/float_run.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace figment::neural {

void FloatRun::step(std::span<const std::int32_t> tokens, std::int64_t steps, std::span<float> conditional, std::span<float> unconditional) {
  const c10::InferenceMode inference;
  const std::int64_t codebooks = lm_.settings().codebooks;
  const at::Tensor logits = run_.step(to_tensor(tokens, codebooks).expand({2, codebooks, steps})).select(2, steps - 1).to(at::kCPU).contiguous();
  std::copy_n(logits[0].data_ptr<float>(), conditional.size(), conditional.data());
  std::copy_n(logits[1].data_ptr<float>(), unconditional.size(), unconditional.data());
}

at::Tensor to_tensor(std::span<const std::int32_t> codes, std::int64_t codebooks) {
  at::Tensor t = at::empty({static_cast<std::int64_t>(codes.size())}, at::kLong);
  std::copy(codes.begin(), codes.end(), t.data_ptr<std::int64_t>());
  return t.reshape({1, codebooks, -1});
}

std::vector<std::int32_t> to_plain(const at::Tensor& codes) {
  const at::Tensor flat = codes.contiguous();
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

}  // namespace figment::neural
