// Text to the numbers of word pieces, as the T5 text encoders were taught.
//
//   Library  SentencePiece (Kudo and Richardson 2018), the reference implementation, with the model file that comes with the encoder
//            (spiece.model, a unigram model whose normalizer also folds white space). It lies in a module of its own
//            (tokenizer_module.cpp says why)
//   Ends     with the model's end-of-text piece (1 in T5's); text that is nothing but white space is that piece alone
//   Errors   NotFound for a folder without such a file, for a missing module or library; Corrupt for a file that is none
//   Threads  one at a time

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace figment::neural {

class Tokenizer {
 public:
  // `folder` holds spiece.model.
  explicit Tokenizer(const std::filesystem::path& folder);

  [[nodiscard]] std::vector<std::int64_t> ids(const std::string& text) const;
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }

 private:
  std::shared_ptr<void> opened_;
  std::int64_t end_ = 1, size_ = 0;
};

}  // namespace figment::neural
