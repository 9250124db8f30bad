// The files people take away: export/ of a song's folder.
//
//   master.wav .flac .mp3 .ogg   the mastered sound with tags
//   stems/ID.wav                 every track and bus, post-fader, before the master (written by the mix step)
//   song.mid                     all tracks, tempo, metre, key, section markers
//   picture.png                  waveform, loudness, spectrogram
//   exports.json                 which step each file came from; what `figment why` reads, and what makes a second build
//                                do nothing
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "build/master_step.h"

namespace figment::build {

struct ExportEntry {
  Digest key;             // of everything the file depends on
  Digest take;            // the Take it holds; empty for files that hold none
  std::uintmax_t bytes = 0;
  std::int64_t changed = 0;   // when the file was written, in nanoseconds of the file system's clock
};

// exports.json as a map from relative path to entry; empty when missing or damaged (then all is exported again).
class ExportList {
 public:
  explicit ExportList(std::filesystem::path export_folder);
  [[nodiscard]] bool current(const std::string& file, const Digest& key) const;   // there, of that key, and not touched since
  void note(const std::string& file, const Digest& key, const Digest& take);
  void forget_others(const std::vector<std::string>& files);   // entries, and stems that no longer exist in the song
  void save() const;
  [[nodiscard]] const std::map<std::string, ExportEntry>& entries() const noexcept { return entries_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  std::filesystem::path folder_;
  std::map<std::string, ExportEntry> entries_;
};

// Writes what is not current; returns how many files it wrote.
int write_exports(const song::Song& song, const std::vector<score::Score>& scores, const std::vector<Digest>& score_digests,
                  const MasterTake& master, const storage::Cache& cache, ExportList& list, const Progress& progress);

}  // namespace figment::build
