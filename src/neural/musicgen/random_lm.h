// A language model with random weights, in the public file format: for benchmarks, because what a network costs does not depend on
// what it learned, and for tests.

#pragma once

#include <filesystem>
#include <vector>

#include "neural/musicgen/lm_settings.h"
#include "weights/tensor_table.h"

namespace figment::neural {

// Its tensors by Hugging Face's names.
[[nodiscard]] std::vector<weights::TensorSpec> random_lm_table(const LmSettings& settings);

// A file of them alone, binary16; numbers about as a trained network's are spread: normal, by `spread`.
void write_random_lm(const std::filesystem::path& file, const LmSettings& settings, double spread = 0.02);

}  // namespace figment::neural
