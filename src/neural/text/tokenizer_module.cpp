// The module that holds SentencePiece, and shows it by three plain functions.
//
// A module of its own because Debian's libsentencepiece brings a copy of protobuf along under protobuf's own names, and LibTorch brings
// another: in one scope each calls into the other's and crashes before main. Opened with its own names first, it keeps to itself.

#include <sentencepiece_processor.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace {

struct Pieces {
  sentencepiece::SentencePieceProcessor processor;
  std::vector<int> ids;
};

}  // namespace

extern "C" {

// nullptr when the bytes are no model.
__attribute__((visibility("default"))) void* figment_tokenizer_open(const char* bytes, std::size_t size) {
  auto pieces = std::make_unique<Pieces>();
  if (!pieces->processor.LoadFromSerializedProto(std::string_view(bytes, size)).ok()) return nullptr;
  return pieces.release();
}

// How many ids; they stay until the next call. -1: it cannot be read.
__attribute__((visibility("default"))) std::int64_t figment_tokenizer_ids(void* opened, const char* text, std::size_t size, const int** ids) {
  auto& pieces = *static_cast<Pieces*>(opened);
  if (!pieces.processor.Encode(std::string_view(text, size), &pieces.ids).ok()) return -1;
  *ids = pieces.ids.data();
  return static_cast<std::int64_t>(pieces.ids.size());
}

// Of the piece that ends a text (-1: has none), and the number of pieces.
__attribute__((visibility("default"))) void figment_tokenizer_facts(void* opened, int* end, int* size) {
  const auto& processor = static_cast<Pieces*>(opened)->processor;
  *end = processor.eos_id();
  *size = processor.GetPieceSize();
}

__attribute__((visibility("default"))) void figment_tokenizer_close(void* opened) { delete static_cast<Pieces*>(opened); }

}  // extern "C"
