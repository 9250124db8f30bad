#include "weights/tensor_table.h"

#include <set>

#include "base/error.h"

namespace figment::weights {

std::vector<std::string> check(const WeightFile& file, std::span<const TensorSpec> table, const std::string& network, const std::string& prefix) {
  std::vector<std::string> problems;
  std::set<std::string, std::less<>> known;
  for (const TensorSpec& row : table) {
    const std::string name = prefix + row.name;
    known.insert(name);
    const Tensor* tensor = file.find(name);
    if (tensor == nullptr) {
      if (!row.optional) problems.push_back("\"" + name + "\" of the shape " + text(row.shape) + " is missing");
    } else if (tensor->shape != row.shape) {
      problems.push_back("\"" + name + "\" has the shape " + text(tensor->shape) + ", wanted is " + text(row.shape));
    }
  }
  if (!problems.empty()) {
    std::string all;
    for (std::size_t i = 0; i < problems.size() && i < kNamed; ++i) all += (i > 0 ? "; " : "") + problems[i];
    if (problems.size() > kNamed) all += "; and " + std::to_string(problems.size() - kNamed) + " more";
    throw Error(ErrorCode::Corrupt, file.path().string() + " does not hold the weights of " + network + ": the tensor " + all, "these may be the weights of another network, or of another size of it");
  }
  std::vector<std::string> extra;
  for (const auto& [name, tensor] : file.tensors())
    if (name.starts_with(prefix) && !known.contains(name)) extra.push_back(name);
  return extra;
}

}  // namespace figment::weights
