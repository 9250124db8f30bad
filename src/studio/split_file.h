// The verb that takes a record apart into stems.
//
//   Files    DIR/drums.wav, bass.wav, other.wav, vocals.wav (guitar.wav, piano.wav): 24-bit WAV at the record's rate, of its length to
//            the frame; mono where it is mono, else stereo (audio/sound_stream.h). Nothing is turned down: where a stem rises above
//            full scale all of them are 32-bit float. Never over an existing folder's files
//   Two      `two_stems` "vocals": vocals.wav and no_vocals.wav, which is the record minus the other: together they are the record,
//            bit for bit where it has 24 bits or fewer and no more than full scale
//   Tags     FIGMENT_RECIPE (engine, version, weights with licences, parameters, SHA-256 of the record), the weights' marks with those
//            of the record (build/sound_marks.h); FIGMENT_GHOST where a stem is one (separation/stem_report.h)
//   Rate     engines work at 44.1 kHz; other records are resampled there and back, in one run over the whole stem
//   Broken   Ctrl-C, a full disk, kill -9: what is finished stays in DIR/split.unfinished (studio/split_journal.h), and the same request
//            goes on there; the result has the same bits as that of a run that was not broken off
//   Disk     what it takes is checked before work begins: about 2 MB for each second of stereo, half as finished stems
//   Song     `into` lays the stems into a song (studio/split_into_song.h); `chop` makes sample packs of them, those that are
//            ghosts left out. Whether both can be is checked before the split
//   Errors   those of SoundStream and of the engine; InvalidArgument (names, ranges, what exists); Io with what is kept; Cancelled
//   Memory   that of separation/split_run.h and some blocks, whatever the length
//   Threads  one verb at a time per folder; the engine uses as many as it was told
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "separation/stem_report.h"
#include "studio/chop_file.h"
#include "studio/neural_engines.h"
#include "studio/split_into_song.h"

namespace figment::studio {

struct SplitRequest {
  std::vector<std::filesystem::path> files;
  NeuralWish engine;                           // empty name: the best there is (studio/split_engine.h)
  std::string two_stems;                       // a stem; empty: all
  int shifts = 0;                              // 0 … 20 (separation/split_run.h)
  std::optional<double> overlap;               // 0 … 0.5; absent: the engine's
  std::uint64_t seed = 0;                      // of the shifts
  std::filesystem::path out;                   // empty: NAME-stems in the current folder, or a free name. Of several files: a folder for
                                               // theirs
  std::filesystem::path into, chop;            // a song's folder; a pack's. Of one file
  double source_bpm = 0;                       // for both; 0: as heard
  bool force = false;                          // into a song also where the beats are unclear
  bool build = true;                           // the song
};

struct SplitStem {
  std::filesystem::path file;
  Digest sha256;
  separation::StemFacts facts;
};

struct SplitPack {
  std::string stem;
  ChopMade made;
};

struct Splitted {
  std::filesystem::path source, folder;
  std::string problem;                         // not empty: why this one of several could not be split
  std::string engine;
  int version = 1;
  double rate = 0, seconds = 0;
  int channels = 0;
  std::int64_t frames = 0;
  bool floating = false;                       // 32-bit float files
  double resumed = 0;                          // seconds that were finished by an earlier run
  double took = 0;                             // seconds of work
  separation::StemReport report;
  std::vector<SplitStem> stems;
  std::string recipe;
  std::vector<song::WeightsUsed> weights;      // that took part in the stems
  std::vector<std::string> remarks;
  std::optional<IntoSong> song;
  std::vector<SplitPack> packs;
};

[[nodiscard]] std::vector<Splitted> split_files(const SplitRequest& request, const Progress& progress);

}  // namespace figment::studio
