// What a fixture folder expects, held against what was computed.
//
//   Folder   expected.safetensors; tolerances.json: {"NAME": {"atol": A} or {"exact": true}}. A tensor without a row there may
//            differ by 1e-4 of its scale
//   Printed  a line a tensor: largest absolute error, that relative to the tensor's scale, the tolerance; of whole numbers how many
//            differ

#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weights/weight_file.h"

namespace figment::parity {

class Report {
 public:
  explicit Report(const std::filesystem::path& folder);

  [[nodiscard]] bool expects(const std::string& name) const { return expected_.find(name) != nullptr; }
  [[nodiscard]] at::Tensor expected(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  // Compares where the folder expects such a tensor; `mask`: only where it is not 0.
  void compare(const std::string& name, const at::Tensor& got, const std::optional<at::Tensor>& mask = std::nullopt);
  // For networks that the folder does not hold: what they would have made is taken from what is expected, or left out.
  [[nodiscard]] at::Tensor given(const std::string& name);
  void leave_out(const std::string& name);
  // The last lines: what was expected and never computed. Returns whether all is well.
  bool finish();

 private:
  std::filesystem::path folder_;
  weights::WeightFile expected_;
  std::map<std::string, double, std::less<>> tolerance_;   // negative: exact
  std::set<std::string, std::less<>> compared_, beside_;   // beside_: given or left out
  int wrong_ = 0;
  double worst_ = 0;                                       // error relative to the scale
};

// A whole-number or float tensor of a file, as LibTorch's.
[[nodiscard]] at::Tensor stored(const weights::WeightFile& file, const std::string& name);

}  // namespace figment::parity
