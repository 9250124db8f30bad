// Where segments of sound lie, so that a step that makes a long Take makes only the segments that changed.
//
//   Why      a Take is one file, but after a small edit most of it is what an earlier Take holds already
//   Key      the hash of everything a segment was made from, as for a Step
//   Threads  free
#pragma once

#include "mix/mastering.h"
#include "storage/cache.h"
#include "storage/take_store.h"

namespace figment::build {

class Segments {
 public:
  Segments(const storage::TakeStore& store, const storage::Cache& cache) : store_(store), cache_(cache) {}

  [[nodiscard]] std::optional<mix::MasterMemory::Place> find(const Digest& key) const;
  void note(const Digest& key, const Digest& take, std::int64_t frame) const;   // `take` is a .wav of WaveWriter

 private:
  const storage::TakeStore& store_;
  const storage::Cache& cache_;
};

}  // namespace figment::build
