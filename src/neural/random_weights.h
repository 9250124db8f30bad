// Weight files with random numbers, in the public format: for benchmarks, because what a network costs does not depend on what it learned,
// and for tests.

#pragma once

#include <filesystem>
#include <span>

#include "weights/tensor_table.h"

namespace figment::neural {

// The tensors of the table that are not optional. Numbers about as a trained network's are spread: normal, by `spread`; what is named
// "…norm.weight" lies around 1. `halves`: binary16 instead of float32. Aside, then renamed.
void write_random_weights(const std::filesystem::path& file, std::span<const weights::TensorSpec> table, bool halves, double spread = 0.02);

}  // namespace figment::neural
