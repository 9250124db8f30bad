// Sounds whose beats are known, for learning and for measuring.
//
//   Made of  Figment's own songs in all styles; POP909 and Nottingham tunes played by General MIDI sounds, with bass and the
//            drums of Figment's styles; parts left out at random, so that a third has no drums
//   Tempo    constant, drifting, expressive, or changing in the middle
//   Sound    each part at a level of its own, then equalizer, saturation, noise, a room and a low-pass drawn at random, so that
//            what is learned holds for other people's recordings
//   Repeat   the same number, the same example

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "score/score.h"
#include "score/tempo_map.h"

namespace figment::listen {

struct TrueBeat {
  double at = 0;          // s
  int position = 0;       // in the bar, from 1; 0: unknown
};

struct Example {
  std::string name;
  std::vector<float> mono;    // 44.1 kHz
  std::vector<TrueBeat> beats;
};

// A piece of music before it sounds. Beats are quarter notes.
struct Part {
  score::Score notes;
  std::string preset;
  bool drums = false;
};
struct Piece {
  std::string name;
  std::vector<Part> parts;
  double bpm = 120;
  double pulse = 1;           // quarter notes from tap to tap
  double bar = 4;             // quarter notes; 0: bars are unknown
  double first_bar = 0;       // a bar line
  double begin = 0, end = 0;  // what is used of it, in beats
};

class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual Piece make(Random random) const = 0;
};
[[nodiscard]] std::unique_ptr<Source> own_songs(const std::filesystem::path& data_dir);
[[nodiscard]] std::unique_ptr<Source> corpus_tunes(const std::filesystem::path& corpora, const std::filesystem::path& data_dir);

// A drum part of `beats` quarters in a metre of four, of a style drawn at random.
[[nodiscard]] std::vector<Part> borrowed_drums(const std::filesystem::path& data_dir, double beats, Random random);

[[nodiscard]] Example play(const Piece& piece, const std::filesystem::path& data_dir, Random random, bool plain);

}  // namespace figment::listen
