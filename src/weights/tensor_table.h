// Which tensors a network needs, as a table; and what a weight file lacks of them.
//
//   Use      a network lists its tensors once, with the shapes that its settings give; `check` then says in one message what is
//            missing, what has another shape, and what is there for nothing
//   Errors   Corrupt: names up to kNamed tensors, each with wanted and found, and how many more there are

#pragma once

#include <span>
#include <string>
#include <vector>

#include "weights/weight_file.h"

namespace figment::weights {

struct TensorSpec {
  std::string name;
  Shape shape;
  bool optional = false;
};

inline constexpr int kNamed = 5;

// `network` stands in the message: "MusicGen". `prefix`: of the file's names that the table speaks of, and which the table's names lack.
// Returns the names under the prefix that are in the file and in no row.
std::vector<std::string> check(const WeightFile& file, std::span<const TensorSpec> table, const std::string& network, const std::string& prefix = "");

}  // namespace figment::weights
