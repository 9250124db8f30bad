// A matrix in the order in which the kernels read it, and its bias: what a layer multiplies with.
//
//   Order    [inputs][outputs]; the inputs of one sum are the numbers of one of `Windows` (floats.h), run after run
//   Bfloats  the matrix is kept in bfloat16, and what it is multiplied with is rounded to that on the way (bfloats.h); sums are float32.
//            Only where the processor has it and there is an even number of inputs in each run; otherwise float32, whatever was asked
//   Threads  free once made; each call does the part it is told
//   Memory   the numbers once more, outputs filled up to whole panels

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neural/fast/floats.h"
#include "neural/fast/bfloats.h"

namespace figment::neural {

class PackedMatrix {
 public:
  PackedMatrix() = default;
  // No bias: empty.
  PackedMatrix(std::span<const float> matrix, std::int64_t inputs, std::int64_t outputs, std::vector<float> bias, bool bfloats = false);

  [[nodiscard]] std::int64_t outputs() const noexcept { return outputs_; }
  [[nodiscard]] bool bfloats() const noexcept { return !bfloat_panels_.empty(); }
  // out[t · out_stride + o] for windows 0 … count.
  void times(const Windows& windows, const float* in, std::int64_t count, float* out, std::int64_t out_stride, bool add = false) const;

 private:
  std::int64_t outputs_ = 0;
  std::vector<float> panels_, bias_;
  std::vector<Bfloat16> bfloat_panels_;
};

// The numbers that windows look at, rounded, in the calling thread's own room, good until its next call; `windows` becomes those that
// find them there.
[[nodiscard]] const Bfloat16* rounded(Windows& windows, const float* in, std::int64_t count);

}  // namespace figment::neural
