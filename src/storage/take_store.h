// Content-addressed sounds and the records that lead to them.
//
//   ROOT/ab/abcd….wav         one Take: the name is the SHA-256 of the file's bytes
//   ROOT/ab/abcd….json        how it came to be: its Recipe and what was measured
//   ROOT/steps/KEY.json       which Take a Step (by the hash of its Recipe) made
//
// A sound is stored first, its record next, the step's entry last, each written aside and renamed: a crash at any
// moment leaves every entry pointing at a whole Take. Nothing here waits for the disk, because all of it can be made
// again; so when the power fails, files may have been given their names and lengths but not all of their bytes. The store
// therefore notes in which run of the machine it was written (ROOT/boot), and who finds another run's note calls
// `remove_damaged` before believing anything. Two processes may work in one store; the worst that happens is work done
// twice.
//
//   Threads  free

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/hash.h"

namespace figment::storage {

class TakeStore {
 public:
  explicit TakeStore(std::filesystem::path root);  // made when first written to

  // A free name inside the store to write a new sound to, on the same file system.
  [[nodiscard]] std::filesystem::path workspace(const std::string& name) const;

  // Moves the finished file into the store and writes its record. Returns its digest.
  Digest keep(const std::filesystem::path& finished, const std::string& extension, const std::string& record_json);

  // Another record for a Take that is there.
  void keep_record(const Digest& take, const std::string& record_json);

  // Remembers that the step of this key made this Take.
  void remember(const Digest& key, const Digest& take, const std::string& extension);
  struct Found { Digest take; std::filesystem::path sound; };
  // The Take of a step; nothing when the step never ran or its Take is gone. A damaged entry counts as not run.
  [[nodiscard]] std::optional<Found> find(const Digest& key) const;

  // Where a Take lies; nothing when it is gone.
  [[nodiscard]] std::optional<std::filesystem::path> sound(const Digest& take, const std::string& extension) const;

  // Whether this run of the machine is the one that wrote here last; true for a store that was never written to.
  [[nodiscard]] bool of_this_boot() const;
  void note_boot() const;
  // Removes every Take whose bytes are not those of its name; returns how many. Cost: reads everything, 1 to 2 GB a second
  // and core.
  int remove_damaged() const;

  // The record of a Take as JSON text. Error NotFound, Corrupt.
  [[nodiscard]] std::string record(const Digest& take) const;

 private:
  void put(const std::filesystem::path& file, const std::string& content) const;

  std::filesystem::path root_;
};

}  // namespace figment::storage
