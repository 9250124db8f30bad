#include "instruments/drums_spec.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/random.h"
#include "storage/data_file.h"

namespace figment::instruments::drum_spec {
namespace {

using nlohmann::json;
using storage::Fields;

// Every pad a kit may name, and what stands in for it where neither kit nor set has it.
struct PadName {
  std::string_view name;
  int note;
  std::string_view instead;
  float semitones;
};
constexpr PadName kPads[] = {
    {"kick", 36, "", 0},
    {"snare", 38, "", 0},
    {"hat_closed", 42, "", 0},
    {"hat_open", 46, "", 0},
    {"crash", 49, "hat_open", -5},
    {"tom_low", 45, "kick", 12},
    {"kick2", 35, "kick", -1},
    {"snare2", 40, "snare", 2},
    {"rim", 37, "snare", 12},
    {"clap", 39, "snare", 0},
    {"hat_pedal", 44, "hat_closed", -2},
    {"tom_floor", 41, "tom_low", -5},
    {"tom_floor2", 43, "tom_low", -2.5F},
    {"tom_mid", 47, "tom_low", 3},
    {"tom_mid2", 48, "tom_low", 5},
    {"tom_high", 50, "tom_low", 8},
    {"ride", 51, "crash", 2},
    {"ride2", 59, "ride", -2},
    {"ride_bell", 53, "ride", 5},
    {"china", 52, "crash", -3},
    {"crash2", 57, "crash", 2},
    {"splash", 55, "crash", 7},
    {"cowbell", 56, "rim", 0},
    {"tambourine", 54, "hat_closed", 3},
    {"shaker", 82, "hat_closed", 4},
    {"vibraslap", 58, "shaker", -4},
    {"cabasa", 69, "shaker", 2},
    {"maracas", 70, "shaker", 5},
    {"conga_low", 64, "tom_low", 7},
    {"conga_high", 63, "conga_low", 4},
    {"conga_mute", 62, "conga_high", 1},
    {"bongo_low", 61, "conga_high", 5},
    {"bongo_high", 60, "bongo_low", 5},
    {"timbale_low", 66, "tom_low", 10},
    {"timbale_high", 65, "timbale_low", 5},
    {"agogo_low", 68, "cowbell", 3},
    {"agogo_high", 67, "agogo_low", 5},
    {"whistle_short", 71, "agogo_high", 12},
    {"whistle_long", 72, "whistle_short", 0},
    {"guiro", 73, "shaker", -2},
    {"guiro_long", 74, "guiro", -1},
    {"claves", 75, "rim", 8},
    {"woodblock_high", 76, "claves", -4},
    {"woodblock_low", 77, "woodblock_high", -5},
    {"cuica_mute", 78, "conga_high", 5},
    {"cuica_open", 79, "cuica_mute", -3},
    {"triangle", 81, "ride_bell", 12},
    {"triangle_mute", 80, "triangle", 0},
    {"snap", 83, "rim", 3},
};
constexpr int kPadCount = static_cast<int>(std::size(kPads));

// Percussion outside General MIDI's first level (GS and GM2) borrows.
struct Borrowed {
  int note;
  std::string_view from;
  float semitones;
};
constexpr Borrowed kBorrowed[] = {
    {27, "woodblock_high", 5}, {28, "snap", -3},     {29, "guiro", 4},
    {30, "guiro", 1},          {31, "rim", 2},       {32, "claves", 3},
    {33, "claves", 0},         {34, "triangle", -3}, {84, "triangle", 5},
    {85, "woodblock_high", 3}, {86, "tom_floor", 2}, {87, "tom_floor", -2},
};

int pad_index(std::string_view name) {
  for (int i = 0; i < kPadCount; ++i) {
    if (kPads[i].name == name) return i;
  }
  return -1;
}

double db(double decibels) { return std::pow(10.0, decibels / 20.0); }

// Ratios of natural resonators: Fletcher and Rossing, "The Physics of Musical Instruments".
std::vector<double> named_ratios(const std::string& name) {
  if (name == "membrane") return {1, 1.593, 2.135, 2.295, 2.653, 2.917, 3.155, 3.5, 3.598, 3.652, 4.06, 4.154};
  if (name == "drum") return {1, 1.51, 1.99, 2.44, 2.89, 3.35};   // air-loaded head
  if (name == "bar") return {1, 2.756, 5.404, 8.933, 13.34};      // free at both ends
  if (name == "clamped") return {1, 6.267, 17.55};                // free at one end
  if (name == "shell") return {1, 1.62, 2.36, 3.14, 4.28, 5.51};  // wood block, hollow
  return {};
}

std::vector<double> named_harmonics(const std::string& shape) {
  if (shape == "triangle") return {1, 0, -1.0 / 9, 0, 1.0 / 25, 0, -1.0 / 49};
  if (shape == "square") return {1, 0, 1.0 / 3, 0, 1.0 / 5, 0, 1.0 / 7, 0, 1.0 / 9, 0, 1.0 / 11};
  if (shape == "saw") return {1, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9, 1.0 / 10};
  if (shape == "hollow") return {1, 0.25, 0.08};  // a sine through a warm stage
  return {1};
}

void read_envelope(Fields& f, Envelope& e) {
  e.attack = f.number_or("attack", e.attack, 0, 5);
  e.hold = f.number_or("hold", e.hold, 0, 5);
  e.decay = f.number_or("decay", e.decay, 0.001, 20);
  if (f.has("tail_db")) e.tail = db(f.number("tail_db", -80, 0));
  e.tail_decay = f.number_or("tail_decay", e.tail_decay, 0.001, 20);
  e.bursts = f.integer_or("bursts", e.bursts, 1, kMostBursts);
  e.spacing = f.number_or("spacing", e.spacing, 0.001, 0.2);
  e.burst_decay = f.number_or("burst_decay", e.burst_decay, 0.001, 1);
}

void read_modes(Fields& f, Layer& layer) {
  const double damping = f.number_or("damping", 0.5, -1, 3);
  const double slope = f.number_or("slope_db", -3, -36, 24);  // per octave above the first
  const double decay = layer.envelope.decay;
  if (f.has("count")) {
    // A cymbal's partials: far from harmonic, ever denser, drawn once for this cluster and the same in every hit.
    const int count = f.integer("count", 2, 96);
    const double to = f.number("to", 1.01, 200);  // the highest ratio
    const double density = f.number_or("bunching", 0.6, 0.1, 3);
    Random random = Random(static_cast<std::uint64_t>(f.integer_or("cluster", 1, 0, 9999))).fork("cymbal");
    const double spread = f.number_or("spread_db", 4, 0, 20);
    layer.cluster = true;
    for (int i = 0; i < count; ++i) {
      const double place = (i + random.uniform(0.05, 0.95)) / count;
      const double ratio = std::pow(to, std::pow(place, density));
      layer.modes.push_back({ratio, std::pow(ratio, slope / 6.0206) * db(spread * random.normal() * 0.5),
                             decay * std::pow(ratio, -damping) * random.uniform(0.75, 1.3)});
    }
    return;
  }
  std::vector<double> ratios;
  if (f.has("ratios") && f.any("ratios").is_string()) {
    ratios = named_ratios(f.one_of("ratios", {"membrane", "drum", "bar", "clamped", "shell"}));
  } else {
    ratios = f.numbers_or_empty("ratios", 0.01, 200);
  }
  if (ratios.empty()) ratios = {1};
  if (ratios.size() > 64) f.fail("ratios", "at most 64 ratios");
  const auto gains = f.numbers_or_empty("gains_db", -80, 24);
  const auto decays = f.numbers_or_empty("decays", 0.001, 20);
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    const double relative = ratios[i] / ratios[0];
    layer.modes.push_back({ratios[i], i < gains.size() ? db(gains[i]) : std::pow(relative, slope / 6.0206),
                           i < decays.size() ? decays[i] : decay * std::pow(relative, -damping)});
  }
}

Layer read_layer(const json& object, const std::string& where) {
  Fields f(object, where);
  Layer layer;
  const std::string kind = f.one_of("kind", {"tone", "modes", "metal", "noise"});
  layer.gain = db(f.number_or("gain_db", 0, -60, 24));
  layer.velocity = f.number_or("velocity", 0, -1, 4);
  read_envelope(f, layer.envelope);
  layer.hp = f.number_or("hp", 0, 0, 20000);
  layer.lp = f.number_or("lp", 0, 0, 22000);
  layer.bp = f.number_or("bp", 0, 0, 20000);
  layer.q = f.number_or("q", 0.707, 0.3, 40);
  layer.steep = f.flag_or("steep", false);
  layer.filter_sweep = f.number_or("filter_sweep", 0, -8, 8);
  layer.filter_time = f.number_or("filter_time", 0.05, 0.0005, 5);
  if (kind == "tone" || kind == "modes") {
    layer.freq = f.number("freq", 10, 18000);
    layer.sweep = f.number_or("sweep", 0, -96, 96);
    layer.sweep_time = f.number_or("sweep_time", 0.02, 0.0002, 5);
  }
  if (kind == "tone") {
    layer.kind = Layer::Kind::Tone;
    layer.sweep2 = f.number_or("sweep2", 0, -96, 96);
    layer.sweep2_time = f.number_or("sweep2_time", 0.003, 0.0002, 5);
    if (f.has("shape"))
      layer.harmonics = named_harmonics(f.one_of("shape", {"sine", "triangle", "square", "saw", "hollow"}));
    layer.phase = f.number_or("phase", 0, 0, 1);
    layer.fm_ratio = f.number_or("fm_ratio", 0, 0, 40);
    layer.fm_index = f.number_or("fm_index", 0, 0, 20);
    layer.fm_decay = f.number_or("fm_decay", 0.1, 0.001, 10);
  } else if (kind == "modes") {
    layer.kind = Layer::Kind::Modes;
    read_modes(f, layer);
  } else if (kind == "metal") {
    layer.kind = Layer::Kind::Metal;
    layer.metal = f.numbers_or_empty("freqs", 20, 12000);
    if (layer.metal.empty() || layer.metal.size() > 8) f.fail("freqs", "1 to 8 frequencies");
    layer.ring = f.flag_or("ring", false);
    if (layer.ring && layer.metal.size() % 2 != 0) f.fail("freqs", "an even number of frequencies, as ring is true");
  } else {
    layer.kind = Layer::Kind::Noise;
    layer.density = f.number_or("density", 0, 0, 20000);
    layer.regular = f.number_or("regular", 0, 0, 1);
    layer.grain = f.number_or("grain", 0.001, 0.0001, 0.1);
  }
  f.done();
  return layer;
}

void read_layers(Fields& f, Pad& pad) {
  const json& list = f.list("layers");
  if (list.empty() || list.size() > kMostLayers) f.fail("layers", "1 to " + std::to_string(kMostLayers) + " layers");
  pad.layers.clear();
  for (std::size_t i = 0; i < list.size(); ++i) {
    pad.layers.push_back(read_layer(list[i], f.where("layers") + " " + std::to_string(i + 1)));
  }
}

// Changes those settings of `pad` that are named.
void apply(Fields& f, Pad& pad) {
  pad.tune = f.number_or("tune", pad.tune, -36, 36);
  pad.decay = f.number_or("decay", pad.decay, 0.05, 20);
  pad.tone = f.number_or("tone", pad.tone, -4, 4);
  pad.drive_db = f.number_or("drive_db", pad.drive_db, 0, 36);
  pad.bits = f.number_or("bits", pad.bits, 0, 16);
  pad.rate_hz = f.number_or("rate_hz", pad.rate_hz, 0, 96000);
  pad.hp = f.number_or("hp", pad.hp, 0, 12000);
  pad.lp = f.number_or("lp", pad.lp, 0, 22000);
  pad.sweep = f.number_or("sweep", pad.sweep, 0, 4);
  pad.level_db = f.number_or("level_db", pad.level_db, -24, 0);
  pad.pan = f.number_or("pan", pad.pan, -1, 1);
  pad.human = f.number_or("human", pad.human, 0, 3);
  pad.velocity_curve = f.number_or("velocity_curve", pad.velocity_curve, 0.2, 4);
  pad.velocity_tone = f.number_or("velocity_tone", pad.velocity_tone, 0, 4);
  pad.velocity_decay = f.number_or("velocity_decay", pad.velocity_decay, 0, 0.9);
  pad.choke = f.integer_or("choke", pad.choke, 0, 16);
  pad.overlap = f.integer_or("overlap", pad.overlap, 1, 8);
  pad.gate = f.flag_or("gate", pad.gate);
  if (f.has("layers")) read_layers(f, pad);
  const auto mix = f.numbers_or_empty("mix_db", -80, 24);
  if (mix.size() > pad.layers.size()) f.fail("mix_db", "at most one level for each layer of the voice");
  for (std::size_t i = 0; i < mix.size(); ++i) pad.layers[i].gain *= db(mix[i]);
}

struct Source {
  json settings;      // what a set or kit says about a pad, with its voice
  std::string where;  // for messages
};
using Sources = std::map<std::string, std::vector<Source>>;

// A pad is a voice's name, or a table with a voice or with changes to what lies below.
void overlay(const json& pads, const std::string& where, Sources& sources) {
  for (const auto& [name, value] : pads.items()) {
    const std::string here = where + ": " + name;
    if (pad_index(name) < 0) {
      std::string known;
      for (const auto& pad : kPads) known += (known.empty() ? "" : ", ") + std::string(pad.name);
      throw Error(ErrorCode::Corrupt, where + ": unknown pad \"" + name + "\"", "pads: " + known);
    }
    json settings = value;
    if (value.is_string()) settings = json{{"voice", value}};
    if (!settings.is_object()) {
      throw Error(ErrorCode::Corrupt,
                  here + ": wanted a voice's name in quotes or a table of settings, found " + value.dump());
    }
    auto& list = sources[name];
    if (settings.contains("voice") || settings.contains("layers")) list.clear();
    list.push_back({std::move(settings), here});
  }
}

void overlay_set(Fields& sets, const std::string& name, int depth, Sources& sources, const Fields& asker,
                 const std::string& asker_key) {
  if (!sets.has(name) || depth > 8) {
    asker.fail(asker_key, depth > 8 ? "sets that are not built on each other in a circle" : "the name of a set");
  }
  const json& set = sets.object(name);
  Fields f(set, sets.where(name));
  if (f.has("base")) overlay_set(sets, f.text("base"), depth + 1, sources, f, "base");
  json pads = set;
  pads.erase("base");
  overlay(pads, sets.where(name), sources);
}

Pad build_pad(const std::vector<Source>& sources, Fields& voices) {
  Pad pad;
  for (const Source& source : sources) {
    Fields f(source.settings, source.where);
    if (f.has("voice")) {
      pad.voice = f.text("voice");
      if (!voices.has(pad.voice)) f.fail("voice", "the name of a voice in presets/drum_voices.toml");
      Fields v(voices.object(pad.voice), voices.where(pad.voice));
      (void)v.text_or("about", "");
      apply(v, pad);
      v.done();
      if (pad.layers.empty()) v.fail("layers", "a list of layers");
    }
    apply(f, pad);
    f.done();
    if (pad.layers.empty()) f.fail("voice", "the name of a voice");
  }
  return pad;
}

// `[kit.all]`: what holds for every pad, on top of its own settings.
void apply_to_all(Fields& f, std::vector<Pad>& pads) {
  const double tune = f.number_or("tune", 0, -24, 24), decay = f.number_or("decay", 1, 0.05, 20);
  const double tone = f.number_or("tone", 0, -4, 4), drive = f.number_or("drive_db", 0, 0, 36);
  const double level = f.number_or("level_db", 0, -24, 24), human = f.number_or("human", 1, 0, 5);
  const double bits = f.number_or("bits", 0, 0, 16), rate_hz = f.number_or("rate_hz", 0, 0, 96000);
  const double hp = f.number_or("hp", 0, 0, 12000), lp = f.number_or("lp", 0, 0, 22000);
  const double sweep = f.number_or("sweep", 1, 0, 4);
  for (Pad& pad : pads) {
    pad.tune += tune;
    pad.decay *= decay;
    pad.tone += tone;
    pad.drive_db = std::min(36.0, pad.drive_db + drive);
    pad.level_db += level;
    pad.human *= human;
    pad.sweep *= sweep;
    if (pad.bits == 0) pad.bits = bits;
    if (pad.rate_hz == 0) pad.rate_hz = rate_hz;
    pad.hp = std::max(pad.hp, hp);
    if (lp > 0) pad.lp = pad.lp > 0 ? std::min(pad.lp, lp) : lp;
  }
}

}  // namespace

Kit read_kit(const json& voices_file, const std::string& voices_where, const json& kit_table,
             const std::string& kit_where) {
  Fields file(voices_file, voices_where);
  Fields voices(file.object("voice"), file.where("voice"));
  Fields sets(file.object("set"), file.where("set"));
  file.done();

  Fields kit(kit_table, kit_where);
  Sources sources;
  overlay_set(sets, kit.text("set"), 0, sources, kit, "set");
  overlay(kit.object_or_empty("pads"), kit.where("pads"), sources);

  Kit out;
  std::map<std::string, int, std::less<>> built;
  for (const auto& [name, list] : sources) {
    built[name] = static_cast<int>(out.pads.size());
    out.pads.push_back(build_pad(list, voices));
  }
  Fields all(kit.object_or_empty("all"), kit.where("all"));
  apply_to_all(all, out.pads);
  all.done();
  if (kit.flag_or("mono", false)) {
    for (Pad& pad : out.pads) pad.pan = 0;
  }
  kit.done();
  for (const Pad& pad : out.pads) out.stereo = out.stereo || pad.pan != 0;

  out.pad_of_note.fill(-1);
  const auto connect = [&](int note, std::string_view name, float semitones) {
    for (int depth = 0; depth < kPadCount; ++depth) {
      if (const auto found = built.find(name); found != built.end()) {
        out.pad_of_note[static_cast<std::size_t>(note)] = static_cast<std::int8_t>(found->second);
        out.tune_of_note[static_cast<std::size_t>(note)] = semitones;
        return;
      }
      const PadName& pad = kPads[pad_index(name)];
      if (pad.instead.empty()) kit.fail("pads", "at least kick, snare, hat_closed and hat_open in the set or here");
      semitones += pad.semitones;
      name = pad.instead;
    }
  };
  for (const PadName& pad : kPads) connect(pad.note, pad.name, 0);
  for (const Borrowed& b : kBorrowed) connect(b.note, b.from, b.semitones);
  return out;
}

}  // namespace figment::instruments::drum_spec
