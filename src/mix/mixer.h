// The mixing desk: many tracks in, stems and one stereo sum out, in one pass over time.
//
//   Signal   source → inserts → fader and pan → (sends, post-fader, to buses) → sum. A bus: sum of sends → effects →
//            its gain → sum. Nothing happens after the sum: the stems (tracks and buses) add up to the mix exactly, to
//            the last bit of float addition
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
  // Fills the block with the next frames of the source. Called from any thread, one call at a time.
  std::function<void(audio::AudioBlock)> read;
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
};

struct Mixdown {
  Hertz rate{44100};
  Bpm tempo{120};
  std::int64_t frames = 0;
  std::vector<Strip> strips;
  std::vector<Return> returns;
  // Stems are the strips, then the returns.
  std::function<void(std::size_t stem, audio::AudioView)> on_stem;
  std::function<void(audio::AudioView)> on_mix;
};

void mix_down(Mixdown& desk, const Progress& progress);

}  // namespace figment::mix
