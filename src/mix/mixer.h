// The mixing desk: many tracks in, stems out, in one pass over time. The mix is the sum of the stems.
//
//   Signal   source → inserts → fader and pan → stem → (sends, to buses). A bus: sum of sends → effects → its gain →
//            stem. Nothing happens after that: adding up the stems is the mix
//   Exact    a stem is rounded to 24 bits before it is sent on: buses hear just what the stem's file holds, so a bus
//            made from stems that lie on disk has the bits of one made in the same pass
//   Again    what did not change need not be made again: a strip whose stem is there already is only read, and only if
//            a bus that is made listens to it
//   Levels   fader gain is constant or automated in dB; pan is constant power for mono sources (-3 dB at the centre,
//            so loudness stays), balance for stereo ones
//   Latency  of inserts is compensated: every strip comes out in time
//   Threads  strips are worked on in parallel, in blocks; each stem's sink sees its blocks in order, one call at a time,
//            but the sinks of different stems are called at the same time
//   Memory   a block a strip, whatever the length of the song
//   Repeat   the same bits whatever the number of threads

#pragma once

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
  // Fills the block with the source from a frame on; silence before its start and after its end. Called from any thread,
  // one call at a time, for rising frames.
  using Read = std::function<void(std::int64_t frame, audio::AudioBlock)>;
  Read read;
  Read finished;                         // set: the stem is there already, and is read from here (2 channels)
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
  std::vector<Insert> effects;           // keys are strips
  Decibels gain{0};
  bool finished = false;                 // the stem is there already
};

struct Mixdown {
  Hertz rate{44100};
  Bpm tempo{120};
  std::int64_t frames = 0;
  std::vector<Strip> strips;
  std::vector<Return> returns;
  // Stems are the strips, then the returns; only those that are made.
  std::function<void(std::size_t stem, std::int64_t frame, audio::AudioView)> on_stem;
};

void mix_down(Mixdown& desk, const Progress& progress);

}  // namespace figment::mix
