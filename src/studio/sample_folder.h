// The folder of an instrument made of a user's samples, and what is found in the places samples come from.
//
//   Folder   SONG/instruments/NAME; removed again unless it is kept. origin.json says where each sample came from
//   Errors   InvalidArgument for folders that hold too much or too many SFZ files; those of files and SFZ files
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "audio/loop_chunks.h"

namespace figment::studio {

class SampleFolder {
 public:
  SampleFolder(const std::filesystem::path& song, const std::filesystem::path& source);
  ~SampleFolder();
  SampleFolder(const SampleFolder&) = delete;
  SampleFolder& operator=(const SampleFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // "sfz:instruments/NAME/…" for a track.
  [[nodiscard]] std::string preset(const std::filesystem::path& sfz) const;
  // A name no other sample of it has.
  [[nodiscard]] std::string free_wave(const std::string& stem) const;

  void write(const std::string& file, audio::AudioView sound, const audio::LoopChunks* chunks = nullptr);
  // An SFZ and its samples, lying to each other as they did. Returns where the SFZ lies now.
  [[nodiscard]] std::filesystem::path copy_sfz(const std::filesystem::path& sfz);

  // `own` is finished: where trained weights took part in `source`, it is marked so (build/sound_marks.h), as is origin.json.
  void came_from(const std::filesystem::path& own, const std::filesystem::path& source, const std::string& engine);
  void rendered_by(const std::string& own, const std::string& preset, int key);
  // `stands_in`: the preset in whose place it plays.
  void keep(const std::string& stands_in);

 private:
  std::filesystem::path path_;
  std::map<std::string, nlohmann::json> pack_;
  nlohmann::ordered_json origins_;
  bool kept_ = false;
};

// The preset in whose place an "sfz:" instrument plays. Empty: nobody knows.
[[nodiscard]] std::string preset_behind(const std::string& instrument, const std::filesystem::path& song);

[[nodiscard]] bool is_sfz_file(const std::filesystem::path& file);
// A folder's sounds with all below it, by name.
[[nodiscard]] std::vector<std::filesystem::path> sounds_in(const std::filesystem::path& folder);
// The SFZ of a folder: `wanted` by name, else the only one. Empty: it has none.
[[nodiscard]] std::filesystem::path sfz_in(const std::filesystem::path& folder, const std::vector<std::string>& wanted);

// Mono at analysis::kFeatureRate.
[[nodiscard]] std::vector<float> heard_mono(audio::AudioView sound);

}  // namespace figment::studio
