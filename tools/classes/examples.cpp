#include "examples.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "audio/file.h"
#include "audio/resample.h"
#include "audio/sound_stream.h"
#include "base/denormals.h"
#include "base/error.h"
#include "base/executor.h"
#include "dsp/biquad.h"
#include "instruments/preset.h"
#include "instruments/render.h"
#include "machine.h"

namespace figment::classes {
namespace {

namespace fs = std::filesystem;
using sampling::SoundClass;

constexpr Hertz kRate{44100};

// General MIDI drum notes; -1: left out (what musicians themselves call differently, and what a kit has in its place).
int class_of_drum(const std::string& kit, int note) {
  if (kit == "gm/kit-orchestra" && note < 54 && note != 38 && note != 40) return -1;      // timpani, a concert bass drum
  if (kit == "gm/kit-brush" && (note == 39 || note == 40)) return static_cast<int>(SoundClass::Snare);     // slap and swirl
  if (kit == "gm/kit-808" && note == 44) return -1;                                       // rings like an open one
  switch (note) {
    case 35: case 36: return static_cast<int>(SoundClass::Kick);
    case 38: case 40: return static_cast<int>(SoundClass::Snare);
    case 39: return static_cast<int>(SoundClass::Clap);
    case 42: case 44: return static_cast<int>(SoundClass::ClosedHat);
    case 46: return static_cast<int>(SoundClass::OpenHat);
    case 49: case 51: case 52: case 53: case 55: case 57: case 59: return static_cast<int>(SoundClass::Cymbal);
    case 41: case 43: case 45: case 47: case 48: case 50: return static_cast<int>(SoundClass::Tom);
    case 37: case 54: case 56: return static_cast<int>(SoundClass::Percussion);
    default: return note >= 60 && note <= 83 && note != 71 && note != 72 && note != 78 && note != 79 ? static_cast<int>(SoundClass::Percussion) : -1;
  }
}

std::vector<float> play(const fs::path& data_dir, const std::string& preset, int note, double velocity, double length, std::uint64_t seed, bool drum) {
  const auto instrument = instruments::make_instrument(data_dir, preset, seed, 0);
  score::Score score{"", drum, {{Beats{0.1}, Beats{length * 2}, static_cast<std::uint8_t>(note), static_cast<float>(velocity)}}, {}};
  return trimmed(instruments::render_to_buffer(*instrument, score, score::TempoMap(Bpm{120}), kRate, Frames{static_cast<std::int64_t>((0.1 + length + 1.5) * kRate.value)}, Progress()));
}

struct Wish {
  std::string preset;
  int note = 60;
  double velocity = 0.8, length = 0.3;
  SoundClass kind{};
  bool drum = false;
};

void add_voices(std::vector<Sound>& sounds) {
  static constexpr std::array kWords{"yeah", "hey", "oh", "ah", "one", "love me", "la la", "go", "come on", "night", "baby", "hold", "uh", "woo", "dance", "fire", "you", "time", "feel it", "what",
                                     "see", "six", "seven", "five", "are", "four", "stop", "check", "shake", "techno", "tea", "house",
                                     "a", "b", "f", "h", "k", "l", "m", "r", "s", "w", "x", "two", "three", "eight", "nine", "zero", "yes", "no", "left", "push"};
  static constexpr std::array kFlite{"kal16", "awb", "rms", "slt"};
  static constexpr std::array kVoices{"en+m1", "en+m3", "en+m7", "en+f1", "en+f2", "en+f4", "en+croak", "en+whisper", "de+m2", "fr+f3", "es+m4", "it+f2"};
  const fs::path file = fs::temp_directory_path() / "figment-classes-voice.wav";
  int made = 0;
  for (const char* voice : kVoices)
    for (std::size_t w = 0; w < kWords.size(); ++w) {
      const std::string command = "espeak-ng -v " + std::string(voice) + " -p " + std::to_string(20 + (w * 13) % 70) + " -s " + std::to_string(110 + (w * 29) % 90) + " -w '" + file.string() + "' '" + kWords[w] + "' 2>/dev/null";
      if (std::system(command.c_str()) != 0) return;
      auto mono = trimmed(audio::resample(audio::read_audio(file).view(), kRate));
      if (mono.size() > 2000) sounds.push_back({std::move(mono), SoundClass::Vocal, std::string("voice ") + voice}), ++made;
    }
  for (const char* voice : kFlite)
    for (std::size_t w = 0; w < kWords.size(); ++w) {
      const std::string command = "flite -voice " + std::string(voice) + " --setf duration_stretch=" + (w % 2 == 0 ? "1.0" : "1.5") + " -t '" + kWords[w] + "' -o '" + file.string() + "' 2>/dev/null";
      if (std::system(command.c_str()) != 0) break;
      auto mono = trimmed(audio::resample(audio::read_audio(file).view(), kRate));
      if (mono.size() > 2000) sounds.push_back({std::move(mono), SoundClass::Vocal, std::string("flite ") + voice}), ++made;
    }
  fs::remove(file);
  std::printf("%d voices\n", made);
}

void filter(std::vector<float>& sound, const dsp::Biquad& biquad) {
  dsp::BiquadState state;
  for (float& x : sound) x = static_cast<float>(dsp::step(biquad, state, dsp::Pair{x, x})[0]);
}

// A voice holding a vowel: a buzz through the five formants of Klatt's tables (Journal of the Acoustical Society 67, 1980),
// with vibrato, a scoop up to the note, breath and now and then a second vowel.
std::vector<float> sung(Random r) {
  static constexpr std::array<std::array<double, 3>, 6> kVowels{{{700, 1220, 2600}, {310, 2020, 2960}, {350, 1250, 2200}, {540, 1100, 2300}, {620, 1660, 2430}, {480, 1720, 2520}}};
  const double rate = kRate.value, length = r.uniform(0.15, 1.6);
  const bool high = r.chance(0.5);
  const double note = high ? r.uniform(56, 76) : r.uniform(43, 62), size = high ? r.uniform(1.08, 1.25) : r.uniform(0.92, 1.05);
  const double depth = r.chance(0.6) ? r.uniform(0.1, 0.6) : 0.03, speed = r.uniform(4.5, 6.5), scoop = r.uniform(-3, 0.5), breath = r.uniform(0.005, 0.12);
  const auto& from = kVowels[static_cast<std::size_t>(r.integer(0, 5))];
  const auto& to = r.chance(0.4) ? kVowels[static_cast<std::size_t>(r.integer(0, 5))] : from;
  std::vector<float> x(static_cast<std::size_t>(length * rate));
  std::array<dsp::BiquadState, 5> states;
  std::array<dsp::Biquad, 5> formants;
  double phase = 0, drift = 0, tilt = 0;
  const double rise = r.uniform(0.01, 0.12), brightness = r.uniform(0.15, 0.6);
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double t = static_cast<double>(n) / rate;
    if (n % 64 == 0) {
      const double share = std::clamp(t / length * 1.5 - 0.25, 0.0, 1.0);
      for (std::size_t i = 0; i < 3; ++i) {
        const double hz = (from[i] + (to[i] - from[i]) * share) * size;
        formants[i] = dsp::Biquad::band_pass(hz, hz / (i == 0 ? 70 : i == 1 ? 100 : 150), rate);
      }
      formants[3] = dsp::Biquad::band_pass(3500 * size, 14, rate);
      formants[4] = dsp::Biquad::band_pass(4500 * size, 14, rate);
      drift += 0.02 * r.normal() - 0.02 * drift;
    }
    const double sung_note = note + depth * std::sin(2 * 3.14159265 * speed * t) * std::min(1.0, t * 3) + scoop * std::exp(-t * 18) + drift;
    phase += 440 * std::exp2((sung_note - 69) / 12) / rate;
    phase -= std::floor(phase);
    tilt += brightness * ((phase < 0.6 ? phase / 0.6 : (1 - phase) / 0.4) - 0.5 - tilt);      // the glottis opens slowly and shuts fast
    const auto source = static_cast<float>(tilt + breath * r.normal() * (0.3 + phase));
    float sum = 0;
    static constexpr std::array<float, 5> kGains{1.0F, 0.6F, 0.3F, 0.2F, 0.1F};
    for (std::size_t i = 0; i < 5; ++i) sum += kGains[i] * static_cast<float>(dsp::step(formants[i], states[i], dsp::Pair{source, source})[0]);
    x[n] = static_cast<float>(sum * std::min({1.0, t / rise, (length - t) / 0.06}));
  }
  return x;
}

}  // namespace

std::vector<float> trimmed(const audio::AudioBuffer& sound) {
  std::vector<float> mono(static_cast<std::size_t>(sound.frames()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::size_t n = 0; n < mono.size(); ++n) mono[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
  float peak = 0;
  for (const float x : mono) peak = std::max(peak, std::abs(x));
  if (peak < 1e-4F) return {};
  const auto begin = std::find_if(mono.begin(), mono.end(), [&](float x) { return std::abs(x) > 0.01F * peak; });
  const auto end = std::find_if(mono.rbegin(), mono.rend(), [&](float x) { return std::abs(x) > 0.001F * peak; }).base();
  return {begin - std::min<std::ptrdiff_t>(begin - mono.begin(), 30), end};
}

std::size_t class_named(std::string_view name) {
  if (name == "hat_closed") name = "closed_hat";
  if (name == "hat_open") name = "open_hat";
  for (std::size_t c = 0; c < sampling::kClasses; ++c)
    if (sampling::name(static_cast<SoundClass>(c)) == name) return c;
  return sampling::kClasses;
}

std::vector<Sound> read_sounds(const fs::path& list) {
  std::vector<Sound> sounds;
  std::ifstream in(list);
  if (!in) throw Error(ErrorCode::NotFound, "cannot read " + list.string());
  for (std::string line; std::getline(in, line);) {
    std::stringstream words(line);
    std::string path, kind, source;
    std::getline(words, path, '\t');
    std::getline(words, kind, '\t');
    std::getline(words, source, '\t');
    if (path.empty()) continue;
    const std::size_t c = class_named(kind.rfind("class=", 0) == 0 ? kind.substr(6) : kind);
    if (c == sampling::kClasses) throw Error(ErrorCode::Corrupt, list.string() + ": no class of sounds: " + line);
    Sound s{trimmed(audio::read_sound(list.parent_path() / path, kRate, Seconds{4})), static_cast<SoundClass>(c), source, true};
    if (s.mono.size() > 400) sounds.push_back(std::move(s));
  }
  return sounds;
}

std::vector<Sound> play_sounds(const fs::path& data_dir) {
  std::vector<Wish> wishes;
  Random random(7);
  for (const auto& preset : instruments::list_presets(data_dir)) {
    const std::string family = preset.name.substr(0, preset.name.find('/'));
    const bool kit = family == "drums" || preset.name.rfind("gm/kit", 0) == 0;
    if (kit) {
      for (int note = 35; note <= 83; ++note) {
        if (const int kind = class_of_drum(preset.name, note); kind >= 0)
          for (const double velocity : {1.0, 0.7, 0.45}) wishes.push_back({preset.name, note, velocity, 0.3, static_cast<SoundClass>(kind), true});
      }
    } else if (family == "fx") {
      const bool noisy = preset.name.find("noise") != std::string::npos || preset.name.find("wind") != std::string::npos || preset.name.find("vinyl") != std::string::npos || preset.name.find("rain") != std::string::npos || preset.name.find("sweep") != std::string::npos;
      if (noisy)
        for (int i = 0; i < 10; ++i) wishes.push_back({preset.name, 60, 0.9, random.uniform(0.4, 2.5), SoundClass::Noise, false});
    } else {
      const bool choir = preset.name == "gm/choir" || preset.name == "gm/voice-oohs" || preset.name == "gm/synth-voice";
      const bool bass = family == "bass" || preset.name.find("bass") != std::string::npos;
      for (int i = 0; i < (choir ? 24 : bass ? 10 : 5); ++i) {
        const int low = bass ? std::max(preset.lowest, 24) : std::max(preset.lowest, 48), high = bass ? std::min(preset.highest, 46) : std::min(preset.highest, 86);
        if (low > high) continue;
        wishes.push_back({preset.name, random.integer(low, high), random.uniform(0.5, 1.0), random.uniform(0.12, 1.2), choir ? SoundClass::Vocal : bass ? SoundClass::Bass : SoundClass::Tonal, false});
      }
      // Chords and low notes of other instruments are what they are: a low note is a bass note.
      if (!bass && !choir && preset.lowest <= 40)
        for (int i = 0; i < 2; ++i) wishes.push_back({preset.name, random.integer(std::max(preset.lowest, 26), 42), 0.8, random.uniform(0.2, 1.0), SoundClass::Bass, false});
    }
  }
  std::vector<Sound> sounds;
  std::vector<Sound> made(wishes.size());
  parallel_for(wishes.size(), [&](std::size_t i) {
    const NoDenormals guard;
    const Wish& w = wishes[i];
    try {
      made[i] = {play(data_dir, w.preset, w.note, w.velocity, w.length, i, w.drum), w.kind, w.preset};
    } catch (const Error&) {
      // A note the preset does not have.
    }
  });
  for (Sound& s : made)
    if (s.mono.size() > 400) sounds.push_back(std::move(s));
  for (int i = 0; i < 150; ++i) {      // noise of all shapes
    Random r = random.fork(static_cast<std::uint64_t>(i));
    Sound s{std::vector<float>(static_cast<std::size_t>(r.uniform(0.4, 2.0) * kRate.value)), SoundClass::Noise, "noise " + std::to_string(i % 10)};
    const double rise = r.uniform(0.02, 0.8);
    for (std::size_t n = 0; n < s.mono.size(); ++n) {
      const double place = static_cast<double>(n) / static_cast<double>(s.mono.size());
      s.mono[n] = static_cast<float>(0.3 * r.normal() * (place < rise ? place / rise : 1) * std::min(1.0, (1 - place) * 5));
    }
    filter(s.mono, dsp::Biquad::band_pass(200 * std::exp2(r.uniform(0, 6)), r.uniform(0.2, 1.0), kRate.value));
    sounds.push_back(std::move(s));
  }
  for (int i = 0; i < 150; ++i) {      // wind, hiss and crackle: what stands or wanders
    Random r = random.fork(500 + static_cast<std::uint64_t>(i));
    Sound s{std::vector<float>(static_cast<std::size_t>(r.uniform(0.5, 3.0) * kRate.value)), SoundClass::Noise, "noise " + std::to_string(i % 10)};
    const double low = 150 * std::exp2(r.uniform(0, 4)), wide = r.uniform(0.2, 3), q = 0.3 * std::exp2(r.uniform(0, 5)), speed = r.uniform(0.2, 3), deep = r.uniform(0, 0.8), phase = r.uniform(0, 6), crackle = r.chance(0.2) ? r.uniform(0.0005, 0.01) : 0;
    dsp::Biquad biquad;
    dsp::BiquadState state;
    for (std::size_t n = 0; n < s.mono.size(); ++n) {
      const double t = static_cast<double>(n) / kRate.value, swing = 0.5 + 0.5 * std::sin(phase + speed * 6.28 * t);
      if (n % 64 == 0) biquad = dsp::Biquad::band_pass(std::min(low * std::exp2(wide * swing), 16000.0), q, kRate.value);
      const double in = crackle > 0 ? (r.chance(crackle) ? 3 * r.normal() : 0.02 * r.normal()) : r.normal();
      const auto v = static_cast<float>(0.3 * in * (1 - deep * swing) * std::min(1.0, t / 0.02));
      s.mono[n] = static_cast<float>(dsp::step(biquad, state, dsp::Pair{v, v})[0]);
    }
    sounds.push_back(std::move(s));
  }
  for (int i = 0; i < 160; ++i) sounds.push_back({sung(random.fork(1000 + static_cast<std::uint64_t>(i))), SoundClass::Vocal, "sung " + std::to_string(i % 10)});
  add_voices(sounds);
  for (Sound& s : machine_sounds(80, random.fork("machines"))) sounds.push_back(std::move(s));
  return sounds;
}

std::vector<float> disturbed(const Sound& sound, const std::vector<Sound>& all, Random random) {
  const NoDenormals guard;
  const double rate = kRate.value;
  // Speed, by reading between the samples.
  // Drums are tuned freely; a bass note tuned up is none any more.
  const bool tuned = sampling::pitched(sound.kind) || sound.kind == SoundClass::Vocal;
  const double speed = std::exp2(random.normal() * (tuned ? 0.08 : 0.22));
  std::vector<float> x(static_cast<std::size_t>(static_cast<double>(sound.mono.size()) / speed));
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double at = static_cast<double>(n) * speed;
    const auto i = std::min(static_cast<std::size_t>(at), sound.mono.size() - 2);
    const auto share = static_cast<float>(at - static_cast<double>(i));
    x[n] = sound.mono[i] * (1 - share) + sound.mono[i + 1] * share;
  }
  if (random.chance(0.5)) {   // cut where the next sound would begin; of a cymbal cut shorter nobody knows that it was one
    const double length = random.uniform(sound.kind == SoundClass::Cymbal ? 0.3 : sound.kind == SoundClass::OpenHat ? 0.15 : 0.1, 1.0);
    x.resize(std::min(x.size(), static_cast<std::size_t>(length * rate)));
  }
  float peak = 1e-6F;
  for (const float v : x) peak = std::max(peak, std::abs(v));
  for (float& v : x) v /= peak;
  if (random.chance(0.35)) {  // cut out of a loop: what was struck before still sounds, a boomy kick as loud as a hat
    const Sound& other = all[static_cast<std::size_t>(random.integer(0, static_cast<int>(all.size()) - 1))];
    const std::size_t from = std::min(other.mono.size(), static_cast<std::size_t>(random.uniform(0.04, 0.35) * rate));
    float loud = 1e-6F;
    for (std::size_t n = from; n < other.mono.size(); ++n) loud = std::max(loud, std::abs(other.mono[n]));
    float whole = 1e-6F;
    for (const float v : other.mono) whole = std::max(whole, std::abs(v));
    // As loud as it was left by then, and quieter; what had died stays dead.
    const auto gain = static_cast<float>(std::pow(10, random.uniform(-24, 3) / 20) / std::max(loud, 0.05F * whole));
    for (std::size_t n = 0; n < x.size() && from + n < other.mono.size(); ++n) x[n] += gain * other.mono[from + n];
  }
  if (random.chance(0.35)) {  // something quiet goes on at the same time
    const Sound& other = all[static_cast<std::size_t>(random.integer(0, static_cast<int>(all.size()) - 1))];
    const auto at = static_cast<std::size_t>(random.uniform(0, 0.25) * rate);
    float loud = 1e-6F;
    for (const float v : other.mono) loud = std::max(loud, std::abs(v));
    const auto gain = static_cast<float>(std::pow(10, random.uniform(-32, -14) / 20) / loud);
    for (std::size_t n = 0; at + n < x.size() && n < other.mono.size(); ++n) x[at + n] += gain * other.mono[n];
  }
  filter(x, dsp::Biquad::low_shelf(random.uniform(80, 300), random.uniform(-6, 6), 0.7, rate));
  filter(x, dsp::Biquad::high_shelf(random.uniform(2000, 7000), random.uniform(-8, 6), 0.7, rate));
  filter(x, dsp::Biquad::bell(200 * std::exp2(random.uniform(0, 5)), random.uniform(-7, 7), random.uniform(0.5, 2), rate));
  if (random.chance(0.2)) filter(x, dsp::Biquad::low_pass(random.uniform(4000, 14000), 0.7, rate));
  if (random.chance(0.3)) {   // a room
    const std::vector<float> dry = x;
    const double size = random.uniform(0.05, 0.4), wet = random.uniform(0.05, 0.25);
    for (int i = 0; i < 40; ++i) {
      const double delay = random.uniform(0.002, size);
      const auto d = static_cast<std::size_t>(delay * rate);
      const auto g = static_cast<float>(wet * random.normal() * std::exp(-3 * delay / size) / 3);
      for (std::size_t n = d; n < x.size(); ++n) x[n] += g * dry[n - d];
    }
  }
  if (random.chance(0.3)) {
    const auto drive = static_cast<float>(random.uniform(1, 5));
    for (float& v : x) v = std::tanh(drive * v) / std::tanh(drive);
  }
  if (random.chance(0.2)) old_sampler(x, random.fork("sampler"));
  const double noise = std::pow(10, random.uniform(-90, -45) / 20);
  for (float& v : x) v += static_cast<float>(noise * random.normal());
  return x;
}

}  // namespace figment::classes
