#include "report.h"

#include <ATen/ATen.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "neural/tensors.h"
#include "storage/files.h"

namespace figment::parity {

constexpr double kUsual = 1e-4;          // of a tensor's scale

at::Tensor stored(const weights::WeightFile& file, const std::string& name) {
  const weights::Tensor& t = file.at(name);
  if (t.dtype == weights::Dtype::I64) return at::from_blob(const_cast<std::byte*>(t.bytes.data()), t.shape, at::kLong).clone();
  const at::Tensor floats = neural::tensor(t);
  return t.dtype == weights::Dtype::Bool || t.dtype == weights::Dtype::I32 || t.dtype == weights::Dtype::U8 ? floats.to(at::kLong) : floats;
}

Report::Report(const std::filesystem::path& folder) : folder_(folder), expected_(weights::WeightFile::open(folder / "expected.safetensors")) {
  if (!std::filesystem::exists(folder / "tolerances.json")) return;
  const auto json = nlohmann::json::parse(storage::read_file(folder / "tolerances.json"), nullptr, false);
  if (!json.is_object()) throw Error(ErrorCode::Corrupt, (folder / "tolerances.json").string() + " is no JSON object");
  for (const auto& [name, row] : json.items()) {
    if (row.value("exact", false)) tolerance_[name] = -1;
    else if (row.contains("atol") && row["atol"].is_number()) tolerance_[name] = row["atol"].get<double>();
  }
}

at::Tensor Report::expected(const std::string& name) const { return stored(expected_, name); }

at::Tensor Report::given(const std::string& name) {
  leave_out(name);
  return expected(name);
}

void Report::leave_out(const std::string& name) {
  if (expects(name) && beside_.insert(name).second) std::printf("%-36s not computed: the folder lacks its network\n", name.c_str());
}

std::vector<std::string> Report::names() const {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : expected_.tensors()) all.push_back(name);
  return all;
}

void Report::compare(const std::string& name, const at::Tensor& got, const std::optional<at::Tensor>& mask) {
  if (!expects(name) || beside_.contains(name)) return;
  compared_.insert(name);
  at::Tensor want = expected(name), have = got.detach().to(at::kCPU);
  const auto row = tolerance_.find(name);
  if (want.sizes() != have.sizes()) {
    std::printf("%-36s WRONG SHAPE: wanted %s, got %s\n", name.c_str(), weights::text(want.sizes().vec()).c_str(), weights::text(have.sizes().vec()).c_str());
    ++wrong_;
    return;
  }
  if (want.scalar_type() == at::kLong || (row != tolerance_.end() && row->second < 0)) {
    const auto differ = (want.to(at::kDouble) != have.to(at::kDouble)).sum().item<std::int64_t>();
    std::printf("%-36s %s %lld of %lld differ\n", name.c_str(), differ == 0 ? "ok   " : "WRONG", static_cast<long long>(differ), static_cast<long long>(want.numel()));
    wrong_ += differ != 0;
    return;
  }
  const double scale = std::max(1e-30, want.abs().max().item<double>());
  at::Tensor off = (want - have.to(at::kFloat)).abs();
  if (mask) off = off * mask->to(at::kFloat);
  const double error = off.max().item<double>(), allowed = row != tolerance_.end() ? row->second : kUsual * scale;
  const bool right = error <= allowed;      // false for NaN
  std::printf("%-36s %s error %9.3g, of the scale %9.3g, allowed %9.3g\n", name.c_str(), right ? "ok   " : "WRONG", error, error / scale, allowed);
  wrong_ += !right;
  worst_ = std::max(worst_, error / scale);
}

bool Report::finish() {
  int missing = 0;
  for (const auto& [name, tensor] : expected_.tensors())
    if (!compared_.contains(name) && !beside_.contains(name)) std::printf("%-36s NOT COMPUTED\n", name.c_str()), ++missing;
  std::printf("%s: %zu tensors compared, %d beyond their tolerance, %d not computed; largest error %.3g of the scale\n", folder_.string().c_str(), compared_.size(), wrong_, missing, worst_);
  return wrong_ == 0 && missing == 0;
}

}  // namespace figment::parity
