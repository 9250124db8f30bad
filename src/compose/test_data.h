// For tests that compose with the styles and words that ship: where they are, and values as a brief holds them.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "compose/brief.h"
#include "compose/vocabulary.h"

namespace figment::compose::testing {

inline const std::filesystem::path kData = FIGMENT_SOURCE_DIR;  // holds styles/ and data/

inline const Vocabulary& vocabulary() {
  static const std::shared_ptr<const Vocabulary> loaded = load_vocabulary(kData / "data");
  return *loaded;
}

// A wish whose words nobody asks for.
template <class T>
Asked<T> asked(T value) {
  return {std::move(value), {}};
}

}  // namespace figment::compose::testing
