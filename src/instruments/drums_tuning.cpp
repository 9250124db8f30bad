#include "instruments/drums_tuning.h"

#include <cmath>
#include <set>

namespace figment::instruments::drum_spec {
namespace {

constexpr double kHighest = 520;  // Hz; above it a layer is a click, a shell or a bar

// Kicks, toms, bongos, congas, timbales, cuicas.
bool tuned_drum(std::size_t note) {
  static const std::set<std::size_t> notes{35, 36, 41, 43, 45, 47, 48, 50, 60, 61, 62, 63, 64, 65, 66, 78, 79};
  return notes.contains(note);
}

bool has_pitch(const Layer& layer) {
  return (layer.kind == Layer::Kind::Tone || layer.kind == Layer::Kind::Modes) && !layer.cluster;
}

constexpr double kFifthCosts = 2.5;  // semitones: a fifth in every beat pulls the ear to the dominant

// Semitones from a frequency to the root, or to the fifth where that is much nearer.
double to_key(double hertz, int tonic) {
  const double pitch = 69 + 12 * std::log2(hertz / 440);
  const double root = std::remainder(tonic - pitch, 12.0), fifth = std::remainder(tonic + 7 - pitch, 12.0);
  return std::abs(root) <= std::abs(fifth) + kFifthCosts ? root : fifth;
}

void tune(Pad& pad, int tonic) {
  for (Layer& layer : pad.layers) {
    const double hertz = layer.freq * std::exp2(pad.tune / 12);
    if (has_pitch(layer) && hertz > 0 && hertz <= kHighest) layer.freq *= std::exp2(to_key(hertz, tonic) / 12);
  }
}

// Where the pad rings: its loudest layer with a pitch. 0 where it has none.
double body(const Pad& pad) {
  const Layer* loudest = nullptr;
  for (const Layer& layer : pad.layers)
    if (has_pitch(layer) && (loudest == nullptr || layer.gain > loudest->gain)) loudest = &layer;
  return loudest == nullptr ? 0 : loudest->freq * std::exp2(pad.tune / 12);
}

}  // namespace

void tune_to_key(Kit& kit, int tonic) {
  std::set<int> done;
  for (std::size_t note = 0; note < kit.pad_of_note.size(); ++note) {
    const int index = kit.pad_of_note[note];
    if (index < 0 || !tuned_drum(note)) continue;
    Pad& pad = kit.pads[static_cast<std::size_t>(index)];
    if (done.insert(index).second) tune(pad, tonic);
    if (kit.tune_of_note[note] == 0) continue;
    const double hertz = body(pad) * std::exp2(kit.tune_of_note[note] / 12.0);
    if (hertz > 0 && hertz <= kHighest) kit.tune_of_note[note] += static_cast<float>(to_key(hertz, tonic));
  }
}

}  // namespace figment::instruments::drum_spec
