// What the ear's first stage hears: the frames that tempo, beats, key, chords, sections and pitch are found in.
//
//   Input    any sound, folded to mono at 44.1 kHz
//   Rhythm   100 frames a second (frame k is centred at k / 100 s). 24 bands of 23 ms windows from 40 Hz to 16 kHz, which know
//            when; 72 semitones of 93 ms windows from 80 Hz to 5 kHz, which know a change of chord without an attack. Each
//            band is divided by its own recent level (per-channel energy normalization; Wang et al. 2017, "Trainable frontend
//            for robust and far-field keyword spotting"; causal, 0.4 s), so that level, equalizer and microphone matter
//            little. A byte a band, 0 … 255 for 0 … kRhythmMost
//   Tonal    10 frames a second; magnitudes in thirds of a semitone of 372 ms windows, from E1 (41 Hz) over six octaves
//   Timbre   10 frames a second; mean level of the 24 fast bands over that tenth, in dB, -100 for silence
//   Pitch    50 frames a second, YIN (de Cheveigné and Kawahara 2002) on 46 ms, 50 Hz … 2 kHz
//   Fine     900 frames a second: power of the sound, and of its first difference (which knows attacks), in half decibels from
//            -100 dBFS; for saying to the millisecond where a sound begins
//   Threads  the jobs of one plan may run at once, everything else on one thread
//   Cost     about 1/150 of real time on one core; an hour takes 70 MB

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/units.h"

namespace figment::analysis {

inline constexpr Hertz kFeatureRate{44100};

inline constexpr double kRhythmRate = 100;     // frames a second
inline constexpr int kFastBands = 24, kSlowBands = 72, kRhythmBands = kFastBands + kSlowBands;
inline constexpr float kRhythmMost = 6.0F;

inline constexpr double kTonalRate = 10;
inline constexpr int kTonalLowest = 28;        // MIDI note of the first semitone
inline constexpr int kTonalNotes = 72, kTonalBins = 3 * kTonalNotes;   // bin 3 i + 1 is in tune at 440 Hz

inline constexpr double kPitchRate = 50;

inline constexpr double kFineRate = 900;       // nine frames to a rhythm frame; frame k is centred at k / 900 s

struct FineFrame {
  std::uint8_t power = 0, edge = 0;            // (dB + 100) · 2
};

struct PitchFrame {
  float hertz = 0;       // 0: none
  float aperiodicity = 1; // 0 a pure period … 1 noise
  float level = 0;       // RMS, linear
};

struct Features {
  std::vector<std::uint8_t> rhythm;            // frames × kRhythmBands
  std::vector<float> level;                    // of each rhythm frame: RMS of 10 ms, linear
  std::vector<float> tonal;                    // frames × kTonalBins
  std::vector<float> timbre;                   // frames × kFastBands
  std::vector<PitchFrame> pitch;
  std::vector<FineFrame> fine;

  [[nodiscard]] std::size_t rhythm_frames() const noexcept { return rhythm.size() / kRhythmBands; }
  [[nodiscard]] std::size_t tonal_frames() const noexcept { return tonal.size() / kTonalBins; }
};

// Sound that is mono at kFeatureRate, in pieces; between them frames wait for the sound they reach into.
class FeatureMaker {
 public:
  FeatureMaker();
  ~FeatureMaker();
  FeatureMaker(const FeatureMaker&) = delete;
  FeatureMaker& operator=(const FeatureMaker&) = delete;

  void add(const float* mono, std::int64_t frames);
  // How many independent jobs there are in what was added since; each may run on its own thread. `finish` when the sound
  // has ended (frames reach beyond it: silence).
  [[nodiscard]] std::size_t plan(bool finish);
  void run(std::size_t job);
  void gather();                               // after all jobs: puts their frames behind those there are

  [[nodiscard]] Features take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Of a whole sound in memory, on one thread.
[[nodiscard]] Features make_features(const float* mono, std::int64_t frames);

}  // namespace figment::analysis
