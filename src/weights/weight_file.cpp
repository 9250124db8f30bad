#include "weights/weight_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "storage/files.h"
#include "weights/gguf.h"
#include "weights/torch_file.h"

namespace figment::weights {
namespace fs = std::filesystem;
namespace {

std::string_view start_of(std::span<const std::byte> bytes, std::size_t count) { return {reinterpret_cast<const char*>(bytes.data()), std::min(count, bytes.size())}; }

// How many letters two names share at both ends: enough to guess which one was meant.
std::size_t likeness(std::string_view a, std::string_view b) {
  std::size_t left = 0, right = 0;
  const std::size_t most = std::min(a.size(), b.size());
  while (left < most && a[left] == b[left]) ++left;
  while (right < most - left && a[a.size() - 1 - right] == b[b.size() - 1 - right]) ++right;
  return left + right;
}

}  // namespace

WeightFile WeightFile::open(const fs::path& file_or_folder) {
  WeightFile weights;
  weights.path_ = file_or_folder;
  if (fs::is_directory(file_or_folder)) {
    const auto there = std::find_if(kUsualNames.begin(), kUsualNames.end(), [&](const char* name) { return fs::exists(file_or_folder / name); });
    if (there == kUsualNames.end()) {
      std::string names;
      for (const char* name : kUsualNames) names += (names.empty() ? "" : ", ") + std::string(name);
      throw Error(ErrorCode::NotFound, "no weights in " + file_or_folder.string(), "looked for " + names);
    }
    weights.path_ = file_or_folder / *there;
  }
  if (weights.path_.filename().string().ends_with(".index.json")) weights.add_shards(weights.path_);
  else weights.add(weights.path_);
  return weights;
}

void WeightFile::add(const fs::path& file) {
  const storage::MappedFile mapped = storage::MappedFile::open(file);
  const auto bytes = mapped.bytes();
  const std::string name = file.string();
  Tensors found;
  if (start_of(bytes, 4) == "GGUF") {
    Gguf gguf = parse_gguf(bytes, name);
    found = std::move(gguf.tensors);
    metadata_ = std::move(gguf.metadata);
    format_ = Format::Gguf;
  } else if (start_of(bytes, 2) == "PK") {
    TorchFile torch = parse_torch(bytes, name);
    found = std::move(torch.tensors);
    said_ = std::move(torch.said);
    format_ = Format::Torch;
  } else if (start_of(bytes, 9).ends_with("{")) {
    Safetensors safe = parse_safetensors(bytes, name);
    found = std::move(safe.tensors);
    metadata_ = std::move(safe.metadata);
    format_ = Format::Safetensors;
  } else if (start_of(bytes, 1) == "\x80") {
    throw Error(ErrorCode::Unsupported, name + " is a PyTorch file of before version 1.6", "get the .safetensors of the same weights, or save it again with a newer PyTorch");
  } else {
    throw Error(ErrorCode::Corrupt, name + (bytes.empty() ? " is empty" : " is no weight file: neither safetensors, nor PyTorch's, nor GGUF"), "it may be incomplete: get it again");
  }
  files_.push_back(mapped);
  if (tensors_.empty()) {
    tensors_ = std::move(found);
    return;
  }
  for (auto& [tensor, value] : found)
    if (!tensors_.emplace(tensor, value).second) throw Error(ErrorCode::Corrupt, "the tensor \"" + tensor + "\" is in two shards; one of them is " + name);
}

void WeightFile::add_shards(const fs::path& index) {
  const auto json = nlohmann::json::parse(storage::read_file(index), nullptr, false);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) throw Error(ErrorCode::Corrupt, index.string() + " is no index of shards: it has no \"weight_map\"");
  std::set<std::string> files;
  for (const auto& [tensor, file] : json["weight_map"].items()) {
    if (!file.is_string()) throw Error(ErrorCode::Corrupt, index.string() + " says of the tensor \"" + tensor + "\" no file's name");
    files.insert(file.get<std::string>());
  }
  if (files.size() > 1000) throw Error(ErrorCode::Corrupt, index.string() + " names " + std::to_string(files.size()) + " shards");
  for (const std::string& file : files) add(storage::path_inside(index.parent_path(), file));
  for (const auto& [tensor, file] : json["weight_map"].items())
    if (!tensors_.contains(tensor)) throw Error(ErrorCode::Corrupt, index.string() + " says that the tensor \"" + tensor + "\" is in " + file.get<std::string>() + ", and it is not", "get that file again");
  if (files.size() > 1) said_.reset();
}

std::optional<std::string_view> WeightFile::text(std::string_view name) const {
  const std::string* found = nullptr;
  if (const Value* root = said(); root != nullptr) {
    const Value* value = root->find(name);
    if (value == nullptr) return std::nullopt;
    found = value->string();
    if (found == nullptr) throw Error(ErrorCode::Corrupt, path_.string() + " says under \"" + std::string(name) + "\" something that is no text", "it may come from another program than the one whose files figment reads");
  } else if (const auto fact = metadata_.find(name); fact != metadata_.end()) {
    found = &fact->second;
  } else {
    return std::nullopt;
  }
  if (found->size() > kLongestText)
    throw Error(ErrorCode::Corrupt, path_.string() + " says under \"" + std::string(name) + "\" a text of " + std::to_string(found->size()) + " bytes; wanted are at most " + std::to_string(kLongestText));
  return *found;
}

const Tensor* WeightFile::find(std::string_view name) const noexcept {
  const auto found = tensors_.find(name);
  return found != tensors_.end() ? &found->second : nullptr;
}

const Tensor& WeightFile::at(std::string_view name) const {
  if (const Tensor* found = find(name)) return *found;
  std::string nearest;
  std::size_t most = 0;
  for (const auto& [other, tensor] : tensors_)
    if (const std::size_t like = likeness(name, other); like > most) most = like, nearest = other;
  throw Error(ErrorCode::NotFound, "the tensor \"" + std::string(name) + "\" is not in " + path_.string() + (nearest.empty() ? "" : "; most like it is \"" + nearest + "\""), "these may be the weights of another network");
}

}  // namespace figment::weights
