// A split that may be broken off at any instant and goes on where it was.
//
//   DIR/split.unfinished/journal.json   what is being split, by what and how; how many frames are finished; the finished files
//   DIR/split.unfinished/STEM.f32       the stem's frames so far at the engine's rate: 32-bit float, interleaved, no header
//   DIR/split.unfinished/STEM.wav       one that is finished; all of them move into DIR at the end, and the folder goes
//   DIR/split.unfinished/lock           locked (flock) by who works here; the lock ends with its process
//
//   Order    a piece is written and synced before the journal says so, and the journal is replaced as a whole: whatever happens
//            between the two is written again, with the same bits (separation/split_run.h)
//   Anew     another plan for the same source begins anew, and `anew` says what differs; so does a journal that makes no
//            sense, or says more than there is
//   Errors   InvalidArgument: unfinished work of another source lies there, or another process works there; Io
//   Threads  one
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "base/hash.h"

namespace figment::studio {

inline constexpr const char* kUnfinishedSplit = "split.unfinished";

// All that decides the bits.
struct SplitPlan {
  Digest source;
  std::string source_name;             // for people; decides nothing
  std::string engine, device, precision;
  int version = 1;                     // of the engine
  std::vector<Digest> weights;
  std::vector<std::string> stems;      // that are made, in order
  std::string two_stems;               // or empty
  double overlap = 0;
  int shifts = 0;
  std::uint64_t seed = 0;              // 0 without shifts
  int channels = 2;
  double rate_hz = 44100;              // the engine's
  std::int64_t frames = 0;             // at that rate
};

class SplitJournal {
 public:
  // Makes DIR and the folder in it where they are not there, and takes the lock.
  explicit SplitJournal(std::filesystem::path dir);
  ~SplitJournal();
  SplitJournal(const SplitJournal&) = delete;
  SplitJournal& operator=(const SplitJournal&) = delete;

  // Whether DIR holds unfinished work, and of what: the SHA-256 of the source. Never fails.
  [[nodiscard]] static std::optional<Digest> unfinished(const std::filesystem::path& dir);

  void open(const SplitPlan& plan);
  [[nodiscard]] const std::string& anew() const noexcept { return anew_; }   // why what lay there was given up; empty: it was not
  [[nodiscard]] std::filesystem::path folder() const { return dir_ / kUnfinishedSplit; }

  [[nodiscard]] std::int64_t done() const noexcept { return done_; }
  // The next frames of every stem, at done(); synced when it returns.
  void write(std::span<const audio::AudioView> stems);
  // Beyond the end there is silence.
  void read(std::size_t stem, std::int64_t frame, audio::AudioBlock out) const;

  // What was decided when all frames were there, as the caller likes it; null before.
  [[nodiscard]] const nlohmann::json& decision() const noexcept { return decision_; }
  void decide(nlohmann::json decision);
  [[nodiscard]] bool finished(const std::string& name) const;
  // folder()/NAME.wav is whole. `spent`: a stem whose frames are not needed any more.
  void finish(const std::string& name, std::optional<std::size_t> spent);
  // Moves the finished files into DIR, and takes the folder away.
  void complete();
  // Nothing is worth keeping: takes the folder away, and DIR where it is empty then.
  void give_up() noexcept;

 private:
  void save() const;
  [[nodiscard]] std::filesystem::path raw(std::size_t stem) const;
  void close_stems() noexcept;

  std::filesystem::path dir_;
  SplitPlan plan_;
  std::string anew_;
  std::int64_t done_ = 0;
  nlohmann::json decision_;
  std::vector<std::string> finished_;
  std::vector<int> handles_;
  int lock_ = -1;
};

}  // namespace figment::studio
