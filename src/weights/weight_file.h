// A network's weights on disk, whatever the format: the tensors by name, mapped into memory.
//
//   Formats  safetensors, alone or in shards with an index (model.safetensors.index.json); PyTorch's archives (.bin .pt .th), alone
//            or in shards (pytorch_model.bin.index.json); GGUF. Told apart by what is in them, not by their names
//   Folder   a folder stands for the weights in it: the first of kUsualNames that is there
//   Memory   mapped: opening reads the names; numbers are read when they are looked at. Nothing is held twice
//   Errors   those of the formats; NotFound naming what was looked for; Corrupt for a shard that is missing a tensor, for shards
//            that both have one, and for an index that names files outside its folder
//   Threads  free once open; copies share the mapping

#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/mapped_file.h"
#include "weights/pickle.h"
#include "weights/safetensors.h"

namespace figment::weights {

enum class Format { Safetensors, Torch, Gguf };

inline constexpr std::size_t kLongestText = std::size_t{1} << 20;

class WeightFile {
 public:
  [[nodiscard]] static WeightFile open(const std::filesystem::path& file_or_folder);

  [[nodiscard]] const Tensors& tensors() const noexcept { return tensors_; }
  [[nodiscard]] const Tensor* find(std::string_view name) const noexcept;
  // Error NotFound naming it, the file, and the name there that is most like it.
  [[nodiscard]] const Tensor& at(std::string_view name) const;

  // Texts that the format carries beside tensors: safetensors' __metadata__, GGUF's pairs.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& metadata() const noexcept { return metadata_; }
  // One text beside the tensors: of a PyTorch file, what its outermost dict says under that key ("xp.cfg"); of the others, what
  // `metadata` does. Nothing where there is none; Error Corrupt where it is no text, or one longer than kLongestText.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
  // What a PyTorch file holds beside tensors; nullptr for others and for shards.
  [[nodiscard]] const Value* said() const noexcept { return said_ != nullptr ? &said_->root() : nullptr; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] Format format() const noexcept { return format_; }

 private:
  void add(const std::filesystem::path& file);
  void add_shards(const std::filesystem::path& index);

  std::filesystem::path path_;
  Format format_ = Format::Safetensors;
  std::vector<storage::MappedFile> files_;
  Tensors tensors_;
  std::map<std::string, std::string, std::less<>> metadata_;
  std::shared_ptr<const Pickle> said_;
};

inline constexpr std::initializer_list<const char*> kUsualNames{"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "state_dict.bin", "compression_state_dict.bin", "model.gguf"};

}  // namespace figment::weights
