#include "neural/htdemucs/bag.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "storage/files.h"

namespace figment::neural {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLongestList = 1 << 16;
constexpr std::size_t kMostMembers = 32;
// htdemucs_ft, in the order of its stems: drums, bass, other, vocals.
constexpr std::array<const char*, 4> kFineTuned{"f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d"};

std::vector<fs::path> files_of(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ending && !entry.is_directory()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// A package is called SIGNATURE.th or SIGNATURE-CHECKSUM.th.
const fs::path* signed_as(const std::vector<fs::path>& packages, const std::string& signature) {
  const auto found = std::find_if(packages.begin(), packages.end(), [&](const fs::path& p) { return p.stem() == signature || p.stem().string().starts_with(signature + "-"); });
  return found != packages.end() ? &*found : nullptr;
}

std::vector<BagMember> listed(const fs::path& list, const std::vector<fs::path>& packages) {
  const auto broken = [&](const std::string& problem) { return Error(ErrorCode::Corrupt, list.string() + " is no list of a bag of networks: " + problem, "wanted are \"models\", and \"weights\" with as many rows"); };
  if (fs::file_size(list) > kLongestList) throw broken("it is " + std::to_string(fs::file_size(list)) + " bytes long");
  std::vector<BagMember> bag;
  try {
    const YAML::Node root = YAML::Load(storage::read_file(list));
    if (!root.IsMap()) throw broken("it says nothing by name");
    const YAML::Node models = root["models"], weights = root["weights"];
    if (!models.IsDefined() || !models.IsSequence() || models.size() == 0 || models.size() > kMostMembers) throw broken("it names no models, or more than " + std::to_string(kMostMembers));
    if (weights.IsDefined() && !weights.IsNull() && (!weights.IsSequence() || weights.size() != models.size())) throw broken("its \"weights\" are not a row for each model");
    for (std::size_t m = 0; m < models.size(); ++m) {
      const auto signature = models[m].as<std::string>();
      const fs::path* file = signed_as(packages, signature);
      if (file == nullptr) throw Error(ErrorCode::NotFound, list.string() + " names the network " + signature + ", and there is no " + signature + "-….th beside it", "\"figment models pull\" fetches all of them");
      BagMember member{*file, {}};
      if (weights.IsDefined() && !weights.IsNull()) {
        if (!weights[m].IsSequence() || weights[m].size() > kMostMembers) throw broken("a row of \"weights\" is no list of numbers");
        for (const YAML::Node& say : weights[m]) member.say.push_back(say.as<double>());
        if (std::any_of(member.say.begin(), member.say.end(), [](double say) { return !(say >= 0 && say <= 1e6); })) throw broken("a weight is below 0, or no number");
      }
      bag.push_back(std::move(member));
    }
  } catch (const YAML::Exception& e) {
    throw broken(e.msg);
  }
  return bag;
}

}  // namespace

std::vector<BagMember> read_bag(const fs::path& folder) {
  const std::vector<fs::path> packages = files_of(folder, ".th"), lists = files_of(folder, ".yaml");
  if (packages.size() == 1) return {{packages.front(), {}}};
  if (packages.empty()) return {{folder, {}}};
  if (lists.size() == 1) return listed(lists.front(), packages);
  std::vector<BagMember> bag;
  for (std::size_t stem = 0; stem < kFineTuned.size(); ++stem) {
    const fs::path* file = signed_as(packages, kFineTuned[stem]);
    if (file == nullptr) break;
    bag.push_back({*file, std::vector<double>(kFineTuned.size())});
    bag.back().say[stem] = 1;
  }
  if (bag.size() == kFineTuned.size() && packages.size() == bag.size()) return bag;
  throw Error(ErrorCode::Corrupt, folder.string() + " has " + std::to_string(packages.size()) + " packages (.th) and does not say how they work together", "wanted is one package, the four of htdemucs_ft, or a list of them as demucs keeps it (NAME.yaml)");
}

}  // namespace figment::neural
