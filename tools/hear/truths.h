// A list of sounds with what is known of them.
//
//   Format   a line a sound: its path (relative to the list, or to $FIGMENT_CLIPS), a tab, and facts "name=value" separated by semicolons; columns
//            between the two are for people. Lines that begin with '#' are comments
//   Facts    bpm=120   beats=16 (the file is exactly so many beats)   beats_file=… (seconds, optionally the position in the
//            bar)   key=F minor   onsets_file=… (seconds)   class=kick   note=60   chords_file=… (start end name)   metre=3
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace figment::hear {

struct Truth {
  std::filesystem::path sound;
  std::map<std::string, std::string> facts;

  std::vector<double> beats;        // seconds, from beats_file or beats
  std::vector<int> positions;       // empty where unknown
  double bpm = 0;
  std::vector<double> onsets;
  struct Chord {
    double start, end;
    std::string name;
  };
  std::vector<Chord> chords;
};

[[nodiscard]] std::vector<Truth> read_truths(const std::filesystem::path& list);

}  // namespace figment::hear
