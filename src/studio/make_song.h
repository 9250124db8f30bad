// The verbs that turn words into a song, a document, or MIDI files.
//
//   song    prompt → document, MIDI, sound, exports
//   midi    prompt → document and MIDI only
//   brief   prompt → what it was understood to mean
//   build   document → sound, exports
//
//   Errors   InvalidArgument for what the prompt or the folder name cannot mean; Io; Cancelled. A folder that already
//            holds another song is never overwritten (InvalidArgument)
//   Threads  one verb at a time per song folder
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "build/build.h"
#include "studio/neural_engines.h"
#include "studio/sample_instrument.h"

namespace figment::studio {

struct SongRequest {
  std::string prompt;
  std::filesystem::path folder;             // empty: a free name in the current folder, made from the title
  std::optional<std::uint64_t> seed;        // absent: the seed is made from the prompt
  std::string composer = "builtin";
  std::vector<SampleWish> samples;          // the user's own sounds for some of its instruments
  std::filesystem::path reference;          // a sound to go by where the prompt says nothing (studio/reference.h); empty: none
  NeuralWish music;                         // with an engine: its take is the base that the song is built round (studio/music_base.h)
  double music_seconds = 30;
};

struct SongMade {
  std::filesystem::path folder;
  std::string title, style, key, metre;
  double bpm = 0;
  int bars = 0;
  std::uint64_t seed = 0;
  std::vector<std::string> chosen, remarks;
  build::BuildReport build;                 // not filled by `write_midi`
};

// Composes and builds. Stopped half-way, `build_song(folder)` goes on.
[[nodiscard]] SongMade make_song(const SongRequest& request, const Progress& progress);

// Composes only: song.json, midi/*.mid and song.mid.
[[nodiscard]] SongMade write_midi(const SongRequest& request, const Progress& progress);

[[nodiscard]] build::BuildReport build_song(const std::filesystem::path& folder, const Progress& progress);

struct BriefShown {
  std::string text, json;
};
[[nodiscard]] BriefShown show_brief(const std::string& prompt);

// The seed used where none is given: the same words give the same song.
[[nodiscard]] std::uint64_t seed_for(const std::string& prompt);

}  // namespace figment::studio
