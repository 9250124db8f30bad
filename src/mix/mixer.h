// The mixing desk: many tracks in, stems out. The mix is the sum of the stems.
//
//   Signal   source → inserts → fader and pan → stem → (sends, to buses). A bus: sum of sends → effects → its gain →
//            stem. Nothing happens after that: adding up the stems is the mix
//   Buses    are made in segments of 6.4 s in parallel, each with a run-up one and a half times as long as its effects ring,
//            which is thrown away: a reverb never quite forgets, but 100 dB down it may, and so a change reaches no further
//            than it can be heard. Their effects start as if they had run since frame 0
//   Exact    a stem is rounded to 24 bits before it is sent on, and buses read stems: they hear just what the files hold
//   Again    what did not change need not be made again: a strip whose stem is there already is left alone, and of a bus
//            only the segments are made in whose reach something changed; what is made has the bits it has when all is
//   Levels   fader gain is constant or automated in dB; pan is constant power for mono sources (-3 dB at the centre,
//            so loudness stays), balance for stereo ones
//   Latency  of inserts is compensated: every strip comes out in time
//   Threads  strips are worked on in parallel, in blocks; a strip's sink sees its blocks in order, one call at a time; the
//            sink of a bus sees segments in any order, several at once; sinks of different stems run at the same time
//   Memory   a block a strip and a segment a thread, whatever the length of the song; sends are spooled to disk
//   Repeat   the same bits whatever the number of threads

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "base/progress.h"
#include "dsp/processor.h"

namespace figment::mix {

// A value over time: linear between points, constant outside them.
struct Curve {
  struct Point {
    std::int64_t frame;
    double value;
  };
  std::vector<Point> points;
  [[nodiscard]] double at(std::int64_t frame) const noexcept;   // `points` must not be empty
};

// An insert, with parameters that move.
struct Insert {
  std::unique_ptr<dsp::Processor> processor;
  struct Lane {
    std::size_t parameter;
    Curve curve;
  };
  std::vector<Lane> lanes;
  int key = -1;                          // index of the strip whose source drives it
};

struct Strip {
  std::string name;
  int channels = 2;                      // of the source: 1 or 2
  // Fills the block with the source from any frame on; silence before its start and after its end. Called from any
  // thread, several at once.
  using Read = std::function<void(std::int64_t frame, audio::AudioBlock)>;
  Read read;
  Read finished;                         // set: the stem is there, and is read from here (2 channels)
  std::vector<Insert> inserts;
  Decibels gain{0};
  Curve fader;                           // dB on top of gain; empty = 0
  double pan = 0;
  Curve pan_curve;                       // empty = constant
  struct Send {
    std::size_t bus;
    Decibels level;
    Curve curve;                         // dB, replaces level where not empty
  };
  std::vector<Send> sends;
  bool mute = false;                     // silent, but still a key for others
};

struct Return {
  std::string name;
  std::function<std::vector<Insert>()> effects;   // makes them, once a segment; keys are strips. Empty: none
  Decibels gain{0};
  std::vector<char> wanted;              // by segment: which to make. Empty: all
};

struct Mixdown {
  Hertz rate{44100};
  Bpm tempo{120};
  std::int64_t frames = 0;
  std::vector<Strip> strips;
  std::vector<Return> returns;
  // Stems are the strips, then the returns; only what is made.
  std::function<void(std::size_t stem, std::int64_t frame, audio::AudioView)> on_stem;
  std::filesystem::path scratch;         // a folder for the spool
};

// Frames of a segment: a whole number of tenths of a second and of every grid that effects work on.
[[nodiscard]] constexpr std::int64_t segment_frames(Hertz rate) noexcept { return 64 * static_cast<std::int64_t>(rate.value / 10); }

// First the strips that are not finished; then, when every strip that sends to a wanted segment is, the buses.
void mix_strips(Mixdown& desk, const Progress& progress);
void mix_returns(const Mixdown& desk, const Progress& progress);

// How many segments before and after one the bus's sound in it depends on.
struct Reach {
  std::size_t before, after;
};
[[nodiscard]] Reach reach_of(const Mixdown& desk, std::size_t bus);

}  // namespace figment::mix
