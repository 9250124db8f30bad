// A language model with random weights, in the public file format: for benchmarks, because what a network costs does not depend on
// what it learned, and for tests.

#pragma once

#include <filesystem>

#include "neural/musicgen/lm_settings.h"

namespace figment::neural {

// Hugging Face's names, binary16; numbers about as a trained network's are spread: normal, by `spread`.
void write_random_lm(const std::filesystem::path& file, const LmSettings& settings, double spread = 0.02);

}  // namespace figment::neural
