#pragma once

#include <map>

#include "compose/style.h"
#include "passage.h"
#include "sources.h"

namespace figment::listen {

struct PopSong {
  std::string id;
  double bpm = 90;
  struct Track {
    std::string name;
    score::Score score;
  };
  std::vector<Track> tracks;
  std::vector<Chord> chords;
  // Bars, where they are even: quarter beats.
  struct Stretch {
    double from = 0, to = 0, bar = 4, bar_line = 0;
    bool bars_known = false;
  };
  std::vector<Stretch> stretches;
};

[[nodiscard]] std::vector<PopSong> read_pop_songs(const std::filesystem::path& folder);

struct Chorale {
  std::vector<std::vector<int>> steps;  // quarter notes
};
[[nodiscard]] std::vector<Chorale> read_chorale_songs(const std::filesystem::path& folder);

struct Sources::Impl {
  Library library;
  std::vector<compose::StyleInfo> styles;
  std::vector<PopSong> pop;
  std::vector<learn::Passage> folk;
  std::vector<Chorale> chorales;
};

}  // namespace figment::listen
