// What a sound file says about itself.
//
//   Library  TagLib: ID3v2 in WAV and MP3, Vorbis comments in FLAC and Ogg
//   Errors   Io when the file cannot be changed
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace figment::audio {

struct Tags {
  std::string title, artist, comment, genre, date;
  double bpm = 0;                             // 0: not said
  std::string key;                            // "Fm"
  std::map<std::string, std::string> more;    // further fields by name, upper case: "DIGITALSOURCETYPE"
};

// Fields that are not said here stay as they are in the file; one of `more` that is empty is removed.
void write_tags(const std::filesystem::path& file, const Tags& tags);
[[nodiscard]] Tags read_tags(const std::filesystem::path& file);

}  // namespace figment::audio
