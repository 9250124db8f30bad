#include "neural/text/tokenizer.h"

#include <dlfcn.h>

#include "base/error.h"
#include "base/modules.h"
#include "storage/files.h"

namespace figment::neural {
namespace fs = std::filesystem;
namespace {

// The functions of tokenizer_module.cpp.
struct Module {
  void* (*open)(const char*, std::size_t);
  std::int64_t (*ids)(void*, const char*, std::size_t, const int**);
  void (*facts)(void*, int*, int*);
  void (*close)(void*);
};

#if defined(__SANITIZE_ADDRESS__)
constexpr int kOwnNamesFirst = 0;       // which the sanitizer cannot bear
#else
constexpr int kOwnNamesFirst = RTLD_DEEPBIND;
#endif

Module load() {
  const fs::path file = find_module("figment-tokenizer");
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | kOwnNamesFirst);
  if (handle == nullptr) throw Error(ErrorCode::NotFound, std::string("the tokenizer's module cannot be opened: ") + ::dlerror(), "apt install libsentencepiece0");
  const auto find = [&]<typename F>(F& function, const char* name) {
    function = reinterpret_cast<F>(::dlsym(handle, name));
    if (function == nullptr) throw Error(ErrorCode::NotFound, file.string() + " is of another version: it has no " + name, "build figment again");
  };
  Module m{};
  find(m.open, "figment_tokenizer_open");
  find(m.ids, "figment_tokenizer_ids");
  find(m.facts, "figment_tokenizer_facts");
  find(m.close, "figment_tokenizer_close");
  return m;
}

const Module& module() {
  static const Module loaded = load();
  return loaded;
}

}  // namespace

Tokenizer::Tokenizer(const fs::path& folder) {
  const fs::path file = folder / "spiece.model";
  std::error_code status;
  if (!fs::exists(file, status)) throw Error(ErrorCode::NotFound, "the tokenizer " + file.string() + " is missing", "its publisher keeps it beside the text encoder's weights; figment models pull t5-base gets both");
  const std::string bytes = storage::read_file(file);
  void* opened = module().open(bytes.data(), bytes.size());
  if (opened == nullptr) throw Error(ErrorCode::Corrupt, file.string() + " is no SentencePiece model", "figment models verify tells whether it is damaged");
  opened_ = std::shared_ptr<void>(opened, module().close);
  int end = 0, size = 0;
  module().facts(opened, &end, &size);
  if (end < 0) throw Error(ErrorCode::Corrupt, file.string() + " is a SentencePiece model without an end-of-text piece; T5's has one", "it may be that of another network");
  end_ = end, size_ = size;
}

std::vector<std::int64_t> Tokenizer::ids(const std::string& text) const {
  const int* found = nullptr;
  const std::int64_t count = module().ids(opened_.get(), text.data(), text.size(), &found);
  if (count < 0) throw Error(ErrorCode::InvalidArgument, "the prompt cannot be read as text");
  std::vector<std::int64_t> ids(found, found + count);
  ids.push_back(end_);
  return ids;
}

}  // namespace figment::neural
