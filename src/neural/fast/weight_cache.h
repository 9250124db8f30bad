// Quantized matrices, kept beside the weights they were made from, so that only the first run makes them.
//
//   File     "FGQUANT1"; length of a text that says what it was made of; that text; the number of matrices; for each its precision,
//            rows, columns and place; then, at 64-byte boundaries, the matrices (fast/quantized.h). Little-endian
//   Stale    when the text differs (another source file, size or time of change, precision, version): it is made again
//   Written  aside, synced, renamed: half a cache is never read. Where the folder cannot be written to, memory holds it
//   Memory   mapped; while it is made, one matrix of floats at a time
//   Errors   Io; OutOfMemory before anything is allocated where memory would not do; Cancelled

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "neural/fast/quantized.h"
#include "weights/tensor.h"

namespace figment::neural {

// Rows of these, one after another, make one matrix.
struct MatrixSource {
  std::vector<const weights::Tensor*> parts;
  Precision precision = Precision::Q8;
};

struct QuantizedSet {
  std::vector<QuantizedMatrix> matrices;
  std::shared_ptr<const void> memory;    // holds them
  std::int64_t bytes = 0;
};

// `made_of`: what the matrices depend on. `file`: where they are kept; empty: nowhere.
[[nodiscard]] QuantizedSet quantized_set(const std::vector<MatrixSource>& sources, const std::string& made_of, const std::filesystem::path& file, const Progress& progress);

}  // namespace figment::neural
