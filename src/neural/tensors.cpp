#include "neural/tensors.h"

#include <ATen/ATen.h>

#include "base/error.h"

namespace figment::neural {

at::Tensor tensor(const weights::WeightFile& file, const std::string& name) { return tensor(file.at(name)); }

at::Tensor tensor(const weights::Tensor& stored) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(stored.bytes.data()) % alignof(float) == 0;
  if (stored.dtype == weights::Dtype::F32 && stored.strides.empty() && aligned && !stored.bytes.empty())
    return at::from_blob(const_cast<std::byte*>(stored.bytes.data()), stored.shape, at::kFloat);   // never written to
  at::Tensor copy = at::empty(stored.shape, at::kFloat);
  weights::to_floats(stored, {copy.data_ptr<float>(), static_cast<std::size_t>(copy.numel())});
  return copy;
}

std::vector<float> numbers(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous();
  return {whole.data_ptr<float>(), whole.data_ptr<float>() + whole.numel()};
}

at::Tensor fused(const weights::WeightFile& file, const std::string& name) {
  if (file.find(name) != nullptr) return tensor(file, name);
  const at::Tensor g = tensor(file, name + "_g"), v = tensor(file, name + "_v");
  std::vector<std::int64_t> others;
  for (std::int64_t axis = 1; axis < v.dim(); ++axis) others.push_back(axis);
  return v * (g / v.norm(2, others, true));
}

}  // namespace figment::neural
