// HTDemucs as an engine that takes mixes apart.
//
//   Folder   that of the first model: one network, or several that work together (htdemucs/bag.h)
//   Precision "f32"; "bf16": large products in bfloat16, where the processor has it; anything else: the fastest there is
//   Device   "cuda": on LibTorch, float32, some segments at once
//   Memory   checked before anything is loaded; networks of one bag share their working space
//   Errors   NotFound, Corrupt naming files, tensors and settings; OutOfMemory; Unsupported
//   Threads  as many as the request says; one call at a time

#pragma once

#include <memory>

#include "roles/neural_module.h"

namespace figment::neural {

[[nodiscard]] std::unique_ptr<roles::StemSplitter> make_stem_engine(const roles::NeuralRequest& request);

}  // namespace figment::neural
