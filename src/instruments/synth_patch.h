// A synthesizer preset as plain data.

#pragma once

#include <array>
#include <memory>
#include <vector>

#include "instruments/envelope.h"
#include "instruments/filter.h"
#include "instruments/lfo.h"
#include "instruments/output_stage.h"
#include "instruments/polyphony.h"
#include "instruments/wavebank.h"
#include "storage/data_file.h"

namespace figment::instruments {

inline constexpr int kMostOscillators = 6;
inline constexpr int kMostUnison = 9;

struct SynthPatch {
  struct Oscillator {
    std::shared_ptr<const WaveBank> bank;
    bool pulse = false;  // two saws apart by `width`
    float width = 0.5F, position = 0;
    float level = 1, semitones = 0, key_track = 1, pan = 0;
    int unison = 1;
    float detune_cents = 12, spread = 0.7F;
    bool random_phase = true;
    float phase = 0;  // turns, where not random
  };
  enum class Source { Lfo1, Lfo2, FilterEnv, ModEnv, AmpEnv, Velocity, Key, Wheel, Random, Count };
  enum class Target {
    Pitch,
    Cutoff,
    Resonance,
    Width,
    Position,
    Level,
    Pan,
    Detune,
    Noise,
    Osc1Pitch,
    Osc2Pitch,
    Osc3Pitch,
    Osc1Level,
    Osc2Level,
    Osc3Level,
    Count
  };
  struct Route {
    Source source;
    Target target;
    float amount;
  };

  PlayMode mode;
  float glide_s = 0.06F, velocity = 0.6F, drift_cents = 0, vibrato_cents = 35, vibrato_hz = 5.3F;
  std::vector<Oscillator> oscillators;
  float noise = 0;
  bool pink = false;
  bool filtered = false;
  FilterMode filter = FilterMode::Low12;
  float cutoff_hz = 20000, resonance = 0, filter_drive = 1, key_track = 0, filter_env_octaves = 0, filter_velocity = 0;
  bool filter_saturates = false;
  EnvelopeShape amp{}, filter_env{}, mod_env{};
  float pitch_env = 0;  // semitones of mod_env
  std::array<LfoShape, 2> lfo{};
  std::vector<Route> routes;
  OutputShape output;
  bool stereo = false;
  int oversample = 1;

  static SynthPatch read(storage::Fields& preset);
};

EnvelopeShape read_envelope(storage::Fields& preset, const std::string& key, EnvelopeShape otherwise);

}  // namespace figment::instruments
