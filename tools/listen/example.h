// One training example on disk: the features of some sound, and its beats.
//
//   Format   "FBEAT1", little-endian: uint32 frames, uint32 beats, uint32 1 where bars are known, uint32 length of the
//   song's
//            name and the name; frames × kRhythmBands bytes; per beat a float32 instant in frames and a uint32, 1 on
//            downbeats
//   Errors   Corrupt, NotFound
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace figment::listen {

struct Beat {
  float frame = 0;
  bool down = false;
};

struct Example {
  std::string song;
  bool bars_known = true;
  std::size_t frames = 0;
  std::vector<std::uint8_t> features;
  std::vector<Beat> beats;  // rising
};

void write_example(const std::filesystem::path& file, const Example& example);
[[nodiscard]] Example read_example(const std::filesystem::path& file);

// One song in ten.
[[nodiscard]] bool for_validation(const std::string& song);

}  // namespace figment::listen
