#include "instruments/synth_patch.h"

#include <nlohmann/json.hpp>
#include <string>

namespace figment::instruments {
namespace {

using storage::Fields;

float number(Fields& f, const char* key, double otherwise, double low, double high) {
  return static_cast<float>(f.number_or(key, otherwise, low, high));
}

SynthPatch::Oscillator read_oscillator(Fields& f) {
  SynthPatch::Oscillator o;
  const std::string wave = f.text("wave");
  o.pulse = wave == "pulse";
  o.bank = wave_bank(o.pulse ? "saw" : wave);
  if (o.bank == nullptr) {
    std::string wanted = "one of \"pulse\"";
    for (const auto& name : wave_names()) wanted += " \"" + name + "\"";
    f.fail("wave", wanted);
  }
  o.level = number(f, "level", 1, 0, 2);
  o.semitones =
      12 * number(f, "octave", 0, -4, 4) + number(f, "semitones", 0, -24, 24) + number(f, "cents", 0, -100, 100) / 100;
  o.key_track = number(f, "key_track", 1, 0, 1);
  o.pan = number(f, "pan", 0, -1, 1);
  o.width = number(f, "width", 0.5, 0.02, 0.98);
  o.position = number(f, "position", 0, 0, 1);
  o.unison = f.integer_or("unison", 1, 1, kMostUnison);
  o.detune_cents = number(f, "detune_cents", 12, 0, 200);
  o.spread = number(f, "spread", 0.7, 0, 1);
  if (f.has("phase")) {
    o.random_phase = false;
    o.phase = number(f, "phase", 0, 0, 1);
  }
  f.done();
  return o;
}

LfoShape read_lfo(Fields& f) {
  LfoShape shape;
  using Wave = LfoShape::Wave;
  const auto wave = f.has("wave")
                        ? f.one_of("wave", {"sine", "triangle", "saw-up", "saw-down", "square", "random", "smooth"})
                        : std::string("sine");
  shape.wave = wave == "sine"       ? Wave::Sine
               : wave == "triangle" ? Wave::Triangle
               : wave == "saw-up"   ? Wave::SawUp
               : wave == "saw-down" ? Wave::SawDown
               : wave == "square"   ? Wave::Square
               : wave == "random"   ? Wave::Random
                                    : Wave::Smooth;
  if (f.has("beats"))
    shape.beats = static_cast<float>(f.number("beats", 0.01, 256));
  else
    shape.rate_hz = static_cast<float>(f.number("rate_hz", 0.001, 60));
  shape.delay_s = number(f, "delay_s", 0, 0, 20);
  shape.fade_s = number(f, "fade_s", 0, 0, 20);
  shape.phase = number(f, "phase", 0, 0, 1);
  shape.global = f.has("clock") && f.one_of("clock", {"note", "song"}) == "song";
  f.done();
  return shape;
}

template <class Enum, std::size_t kCount>
Enum pick(Fields& f, const char* key, const std::array<const char*, kCount>& names) {
  const std::string text = f.text(key);
  std::string wanted = "one of";
  for (std::size_t i = 0; i < kCount; ++i) {
    if (text == names[i]) return static_cast<Enum>(i);
    wanted += std::string(" \"") + names[i] + "\"";
  }
  f.fail(key, wanted);
}

SynthPatch::Route read_route(Fields& f) {
  static constexpr std::array<const char*, static_cast<std::size_t>(SynthPatch::Source::Count)> kSources{
      "lfo1", "lfo2", "filter_env", "mod_env", "amp_env", "velocity", "key", "wheel", "random"};
  static constexpr std::array<const char*, static_cast<std::size_t>(SynthPatch::Target::Count)> kTargets{
      "pitch", "cutoff",     "resonance",  "width",      "position",   "level",      "pan",       "detune",
      "noise", "osc1_pitch", "osc2_pitch", "osc3_pitch", "osc1_level", "osc2_level", "osc3_level"};
  SynthPatch::Route route{};
  route.source = pick<SynthPatch::Source>(f, "source", kSources);
  route.target = pick<SynthPatch::Target>(f, "target", kTargets);
  route.amount = static_cast<float>(f.number("amount", -96, 96));
  f.done();
  return route;
}

void read_filter(Fields& f, SynthPatch& patch) {
  patch.filtered = true;
  const auto type =
      f.one_of("type", {"low12", "low24", "band", "high12", "notch", "peak", "ladder", "ladder12", "ladder-band"});
  patch.filter = type == "low12"      ? FilterMode::Low12
                 : type == "low24"    ? FilterMode::Low24
                 : type == "band"     ? FilterMode::Band
                 : type == "high12"   ? FilterMode::High12
                 : type == "notch"    ? FilterMode::Notch
                 : type == "peak"     ? FilterMode::Peak
                 : type == "ladder"   ? FilterMode::LadderLow24
                 : type == "ladder12" ? FilterMode::LadderLow12
                                      : FilterMode::LadderBand;
  patch.cutoff_hz = static_cast<float>(f.number("cutoff_hz", 10, 20000));
  patch.resonance = number(f, "resonance", 0, 0, 1);
  const double drive = f.number_or("drive_db", 0, 0, 36);
  patch.filter_drive = db_to_gain(drive);
  patch.filter_saturates = drive > 0;
  patch.key_track = number(f, "key_track", 0, -1, 2);
  patch.filter_env_octaves = number(f, "env_octaves", 0, -10, 10);
  patch.filter_velocity = number(f, "velocity_octaves", 0, -6, 6);
  f.done();
}

}  // namespace

EnvelopeShape read_envelope(Fields& preset, const std::string& key, EnvelopeShape shape) {
  if (!preset.has(key)) {
    (void)preset.object_or_empty(key);
    return shape;
  }
  Fields f(preset.object(key), preset.where(key));
  shape.attack_s = number(f, "attack_s", shape.attack_s, 0.0005, 30);
  shape.hold_s = number(f, "hold_s", shape.hold_s, 0, 30);
  shape.decay_s = number(f, "decay_s", shape.decay_s, 0.002, 60);
  shape.sustain = number(f, "sustain", shape.sustain, 0, 1);
  shape.release_s = number(f, "release_s", shape.release_s, 0.004, 30);
  f.done();
  return shape;
}

SynthPatch SynthPatch::read(Fields& preset) {
  SynthPatch patch;
  if (preset.has("voice")) {
    Fields f(preset.object("voice"), preset.where("voice"));
    patch.mode = PlayMode::read(f);
    patch.glide_s = number(f, "glide_s", 0.06, 0.001, 5);
    patch.velocity = number(f, "velocity", 0.6, 0, 1);
    patch.drift_cents = number(f, "drift_cents", 0, 0, 50);
    patch.vibrato_cents = number(f, "vibrato_cents", 35, 0, 200);
    patch.vibrato_hz = number(f, "vibrato_hz", 5.3, 0.1, 12);
    f.done();
  }
  for (const auto& item : preset.list_or_empty("osc")) {
    Fields f(item, preset.where("osc"));
    patch.oscillators.push_back(read_oscillator(f));
  }
  if (patch.oscillators.size() > kMostOscillators) preset.fail("osc", "at most 6 oscillators");
  if (preset.has("noise")) {
    Fields f(preset.object("noise"), preset.where("noise"));
    patch.noise = static_cast<float>(f.number("level", 0, 2));
    patch.pink = f.has("colour") && f.one_of("colour", {"white", "pink"}) == "pink";
    f.done();
  }
  if (patch.oscillators.empty() && patch.noise <= 0) preset.fail("osc", "at least one oscillator or noise");
  if (preset.has("filter")) {
    Fields f(preset.object("filter"), preset.where("filter"));
    read_filter(f, patch);
  }
  patch.amp = read_envelope(preset, "amp", {0.002F, 0.3F, 1.0F, 0.08F});
  if (patch.mode.fixed_length && patch.amp.sustain > 0) preset.fail("amp", "sustain = 0, as voice.ring is on");
  patch.filter_env = read_envelope(preset, "filter_env", {0.001F, 0.4F, 0.0F, 0.2F});
  patch.mod_env = read_envelope(preset, "mod_env", {0.001F, 0.2F, 0.0F, 0.2F});
  patch.pitch_env = number(preset, "pitch_env", 0, -96, 96);
  const auto& lfos = preset.list_or_empty("lfo");
  if (lfos.size() > patch.lfo.size()) preset.fail("lfo", "at most 2");
  for (std::size_t i = 0; i < lfos.size(); ++i) {
    Fields f(lfos[i], preset.where("lfo"));
    patch.lfo[i] = read_lfo(f);
  }
  for (const auto& item : preset.list_or_empty("mod")) {
    Fields f(item, preset.where("mod"));
    patch.routes.push_back(read_route(f));
  }
  if (patch.routes.size() > 24) preset.fail("mod", "at most 24 routes");
  patch.output = OutputShape::read(preset);
  patch.stereo = patch.output.wants_stereo();
  for (const auto& o : patch.oscillators) patch.stereo |= (o.unison > 1 && o.spread > 0) || o.pan != 0;
  for (const auto& r : patch.routes) patch.stereo |= r.target == Target::Pan;
  const bool saturates = patch.filter_saturates || (patch.filtered && is_ladder(patch.filter)) ||
                         patch.output.drive != OutputShape::Drive::None;
  patch.oversample = saturates ? 2 : 1;
  return patch;
}

}  // namespace figment::instruments
