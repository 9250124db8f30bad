#include "build/segments.h"

#include <charconv>

namespace figment::build {

std::optional<mix::MasterMemory::Place> Segments::find(const Digest& key) const {
  const auto entry = cache_.get(key);
  if (!entry || entry->size() < 66) return std::nullopt;
  const auto file = store_.sound(entry->substr(0, 64), ".wav");
  std::int64_t frame = 0;
  if (!file || std::from_chars(entry->data() + 65, entry->data() + entry->size(), frame).ec != std::errc{}) return std::nullopt;
  return mix::MasterMemory::Place{*file, frame};
}

void Segments::note(const Digest& key, const Digest& take, std::int64_t frame) const {
  cache_.put(key, take + " " + std::to_string(frame));
}

}  // namespace figment::build
