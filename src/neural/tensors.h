// Weights as LibTorch's tensors, and what a network says on its way.
//
//   Memory   float32 weights are used where they lie in the mapped file; others are turned into float32 once
//   Probe    called with the name and value of each intermediate that the parity fixtures record; empty costs nothing
//   Threads  LibTorch's

#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "weights/weight_file.h"

namespace figment::neural {

using Probe = std::function<void(const std::string& name, const at::Tensor& value)>;

// A weight file of which networks keep parts: it stays mapped as long as one of them lives.
using Weights = std::shared_ptr<const weights::WeightFile>;

// float32, of the file's shape. Error NotFound. The file must outlive it.
[[nodiscard]] at::Tensor tensor(const weights::WeightFile& file, const std::string& name);
[[nodiscard]] at::Tensor tensor(const weights::Tensor& stored);

// Its numbers, in the order of its shape.
[[nodiscard]] std::vector<float> numbers(const at::Tensor& tensor);

// A weight-norm pair NAME_g, NAME_v fused: v · g / |v|, the norm over all axes but the first (Salimans and Kingma 2016); or NAME
// itself where a file has it fused already.
[[nodiscard]] at::Tensor fused(const weights::WeightFile& file, const std::string& name);

}  // namespace figment::neural
