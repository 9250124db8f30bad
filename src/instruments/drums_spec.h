// A drum kit as data: what drum_voices.toml and a kit's `[kit]` table say, checked and merged.
//
//   read_kit   voices file + kit table -> one PadSpec for each General MIDI percussion note
//   Errors     Corrupt: file, key, wanted, found. Counts and ranges are checked, so a KitSpec is safe to render

#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace figment::instruments::drum_spec {

inline constexpr int kMostLayers = 6;
inline constexpr int kMostBursts = 8;

struct Envelope {
  double attack = 0.0003, hold = 0, decay = 0.2;  // seconds; decay is the time to fall by 60 dB
  double tail = 0, tail_decay = 0.5;              // a second decay, from amplitude `tail`
  int bursts = 1;  // claps: how many, how far apart, how fast each of the first ones falls
  double spacing = 0.011, burst_decay = 0.02;
};

struct Layer {
  enum class Kind : std::uint8_t { Tone, Modes, Metal, Noise };
  Kind kind = Kind::Tone;
  double gain = 1;      // peak of this layer alone; measured, then applied
  double velocity = 0;  // further exponent of velocity: > 0 fades faster at soft hits
  Envelope envelope;
  double hp = 0, lp = 0, bp = 0, q = 0.707;     // Hz, 0 = none
  bool steep = false;                           // the highpass twice: 24 dB/oct
  double filter_sweep = 0, filter_time = 0.05;  // octaves above at the start, falling with this time constant

  // Tone and Modes
  double freq = 100;
  double sweep = 0, sweep_time = 0.02;  // semitones above at the start, time constant in seconds
  double sweep2 = 0, sweep2_time = 0.003;
  // Tone
  std::vector<double> harmonics{1};
  double phase = 0;  // cycles
  double fm_ratio = 0, fm_index = 0, fm_decay = 0.1;
  // Modes: hertz of each is freq * ratio
  struct Mode {
    double ratio, gain, decay;
  };
  std::vector<Mode> modes;
  bool cluster = false;  // partials of a cymbal: phases are random
  // Metal
  std::vector<double> metal;
  bool ring = false;
  // Noise
  double density = 0;    // grains a second, 0 = white noise
  double regular = 0;    // 0 = grains at random, 1 = evenly spaced
  double grain = 0.001;  // seconds to fall by 60 dB
};

struct Pad {
  std::string voice;
  std::vector<Layer> layers;
  double tune = 0;   // semitones, of everything, filters too
  double decay = 1;  // factor
  double tone = 0;   // octaves, of filters
  double drive_db = 0;
  double bits = 0, rate_hz = 0;  // 0 = as fine as it gets
  double hp = 0, lp = 0;         // of the whole voice, after drive
  double sweep = 1;              // factor on pitch envelopes
  double level_db = -6;          // peak at velocity 1
  double pan = 0;                // -1 … 1
  double human = 0.3;            // how much hits differ
  double velocity_curve = 1.4;   // gain = velocity ^ curve
  double velocity_tone = 0.8;    // octaves the filters close for the softest hit
  double velocity_decay = 0.25;  // part by which the softest hit is shorter
  int choke = 0;                 // pads of one group > 0 stop each other
  int overlap = 1;               // hits of this pad that may ring at once
  bool gate = false;             // note-off ends it
};

struct Kit {
  std::vector<Pad> pads;
  std::array<std::int8_t, 128> pad_of_note{};  // index into pads, -1 = silent
  std::array<float, 128> tune_of_note{};       // semitones, for notes that borrow another's pad
  bool stereo = false;
};

[[nodiscard]] Kit read_kit(const nlohmann::json& voices, const std::string& voices_where, const nlohmann::json& kit,
                           const std::string& kit_where);

}  // namespace figment::instruments::drum_spec
