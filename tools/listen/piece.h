// A piece of music to learn listening from: scores, who plays them, and where a foot would tap.
//
//   Time     in quarter-note beats from the piece's start; `tempo` turns them into seconds
//   Beats    at bar_line + k * pulse, as score::Metre feels them (dotted in compound metres); a downbeat where a bar
//   begins Song     what the piece was taken from: pieces of one song never stand on both sides of training and
//   validation
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "score/metre.h"
#include "score/score.h"
#include "score/tempo_map.h"
#include "song/song.h"

namespace figment::listen {

enum class Place { Drums, Bass, Chords, Melody, Voice, Background };

struct Part {
  Place place = Place::Chords;
  std::string preset;  // empty for Voice: sung by voice.h
  score::Score score;
  double level_db = 0;  // to the others
  std::vector<song::Effect> effects;
};

struct Piece {
  std::string source, song;
  std::vector<Part> parts;
  score::TempoMap tempo;
  score::Metre metre;
  double bar_line = 0;  // a bar line, in beats
  double beats = 0;     // length
  bool bars_known = true;
  int tonic = 0;
};

struct Chord {
  double start = 0, end = 0;
  std::vector<int> classes;  // pitch classes, root first
  int bass = 0;              // pitch class
};

// Where things lie.
struct Library {
  std::filesystem::path data_dir, corpora;
  std::vector<std::string> kits;
};

}  // namespace figment::listen
