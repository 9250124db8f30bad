// A loop of drums: what a style's drummer plays in the peak of a song, for some drums or for all.
//
//   Method   compose/drum_pattern.h plays the style's grooves over the asked bars, with hat solos and rolls as in songs;
//            the drums that were asked for stay. A drum that the style does not play takes the rhythm of its nearest
//            relative. Timing is on the grid, swung as the style swings: no human offsets, so that loops of one tempo lock
//   Busy     1 fills the sixteenths that are free with soft hits (of solos), -1 leaves the eighths
//   Repeat   same wish and seed, same notes
//   Errors   NotFound for a style that does not exist, InvalidArgument for one that plays no drums
//   Cost     a few milliseconds
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "score/metre.h"
#include "score/score.h"

namespace figment::sounds {

struct DrumLoopWish {
  std::string style;                       // empty: one that fits tempo and drums
  std::vector<std::uint8_t> drums;         // General MIDI notes; empty: all
  std::vector<std::uint8_t> without;
  std::optional<Bpm> tempo;                // absent: the style's usual
  std::optional<score::Metre> metre;       // absent: the style's first
  int bars = 4;
  double energy = 0.75;                    // 0 … 1
  double busy = 0;                         // -1 … 1
  std::optional<double> swing;             // 0 … 1; absent: the style's
};

struct DrumLoop {
  score::Score score;                      // on the grid, swung
  std::string style, style_title, kit;     // ids and a preset that the style plays its drums with
  Bpm tempo{120};
  score::Metre metre;
  double swing = 0;
  int swing_unit = 16;
};

[[nodiscard]] DrumLoop write_drum_loop(const DrumLoopWish& wish, std::uint64_t seed, const std::filesystem::path& data_dir);

// A kit that the style plays, drawn by the seed.
[[nodiscard]] std::string kit_of_style(const std::string& style, std::uint64_t seed, const std::filesystem::path& data_dir);

}  // namespace figment::sounds
