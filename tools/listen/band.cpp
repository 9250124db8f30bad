#include "band.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace figment::listen {
namespace {

using Names = std::vector<std::string>;

const Names& names(Place place) {
  static const Names bass{
      "gm/upright-bass", "gm/fingered-bass", "gm/fingered-bass", "gm/picked-bass", "gm/fretless-bass", "gm/slap-bass",
      "gm/synth-bass",   "bass/808-clean",   "bass/808",         "bass/acid",      "bass/deep",        "bass/disco",
      "bass/dub",        "bass/fm",          "bass/house",       "bass/moog",      "bass/reese",       "bass/sub",
      "bass/synthwave",  "bass/techno",      "bass/growl",       "bass/slap-fm"};
  static const Names chords{"gm/grand-piano",
                            "gm/grand-piano",
                            "gm/bright-piano",
                            "gm/electric-grand",
                            "gm/honky-tonk",
                            "gm/e-piano",
                            "gm/e-piano-2",
                            "gm/harpsichord",
                            "gm/clavinet",
                            "gm/vibraphone",
                            "gm/drawbar-organ",
                            "gm/percussive-organ",
                            "gm/rock-organ",
                            "gm/accordion",
                            "gm/nylon-guitar",
                            "gm/steel-guitar",
                            "gm/steel-guitar",
                            "gm/jazz-guitar",
                            "gm/clean-guitar",
                            "gm/muted-guitar",
                            "gm/overdrive-guitar",
                            "gm/distortion-guitar",
                            "gm/distortion-guitar",
                            "gm/strings",
                            "gm/pizzicato",
                            "gm/harp",
                            "gm/brass",
                            "gm/banjo",
                            "keys/rhodes",
                            "keys/wurli",
                            "keys/clav",
                            "keys/felt",
                            "keys/organ-house",
                            "keys/lofi-piano",
                            "keys/dx-piano",
                            "pluck/guitar",
                            "pluck/house",
                            "pluck/short",
                            "pluck/steel",
                            "pluck/nylon",
                            "pluck/ukulele",
                            "stab/house",
                            "stab/rave",
                            "stab/piano-house",
                            "stab/dub",
                            "arp/trance",
                            "arp/synthwave",
                            "lead/supersaw"};
  static const Names melody{"gm/grand-piano",
                            "gm/music-box",
                            "gm/vibraphone",
                            "gm/marimba",
                            "gm/rock-organ",
                            "gm/accordion",
                            "gm/harmonica",
                            "gm/nylon-guitar",
                            "gm/clean-guitar",
                            "gm/overdrive-guitar",
                            "gm/distortion-guitar",
                            "gm/violin",
                            "gm/cello",
                            "gm/fiddle",
                            "gm/trumpet",
                            "gm/muted-trumpet",
                            "gm/trombone",
                            "gm/alto-sax",
                            "gm/tenor-sax",
                            "gm/soprano-sax",
                            "gm/oboe",
                            "gm/clarinet",
                            "gm/flute",
                            "gm/recorder",
                            "gm/pan-flute",
                            "gm/whistle",
                            "gm/sitar",
                            "gm/koto",
                            "gm/kalimba",
                            "gm/steel-drums",
                            "gm/voice-oohs",
                            "lead/saw",
                            "lead/square",
                            "lead/sine",
                            "lead/mono-glide",
                            "lead/synthwave",
                            "lead/trance",
                            "lead/talkbox",
                            "lead/flute",
                            "lead/brass",
                            "lead/distorted",
                            "lead/pluck-lead",
                            "lead/whistle",
                            "lead/chip-pulse",
                            "keys/kalimba",
                            "keys/glass-bells",
                            "pluck/bell",
                            "pluck/tropical"};
  static const Names background{
      "gm/slow-strings", "gm/strings",  "gm/synth-strings", "gm/choir",  "gm/church-organ", "gm/french-horn",
      "pad/air",         "pad/analog",  "pad/choir",        "pad/dark",  "pad/drone",       "pad/glass",
      "pad/lofi",        "pad/shimmer", "pad/strings",      "pad/sweep", "pad/synthwave",   "pad/warm"};
  switch (place) {
    case Place::Bass:
      return bass;
    case Place::Chords:
      return chords;
    case Place::Background:
      return background;
    default:
      return melody;
  }
}

// As near to `around` as the pitch class allows.
int near(int pitch_class, int around) { return around + ((pitch_class - around) % 12 + 18) % 12 - 6; }

std::vector<int> voicing(const Chord& chord, int around) {
  std::vector<int> notes;
  for (const int c : chord.classes) notes.push_back(near(c, around));
  std::sort(notes.begin(), notes.end());
  return notes;
}

// What falls on every bar of a chord: patterns are drawn per bar and repeat.
struct Stroke {
  double at, length, velocity;
};

std::vector<Stroke> strokes(const score::Metre& metre, Random& r) {
  std::vector<Stroke> out;
  const double bar = metre.bar().value, pulse = metre.pulse().value;
  const bool common = metre.beats_per_bar == 4 && metre.unit == 4;
  const auto every = [&](double from, double step, double length, double strong, double weak) {
    for (double at = from; at < bar - 1e-6; at += step) {
      const double x = at / pulse;
      out.push_back({at, length, std::abs(x - std::round(x)) < 1e-6 ? strong : weak});
    }
  };
  switch (r.weighted(std::vector<double>{2, 2.5, 2.5, 1, 2, 1.5, 1, 1})) {
    case 0:
      out.push_back({0, bar, 0.75});
      break;
    case 1:
      every(0, pulse, r.uniform(0.4, 1) * pulse, 0.75, 0.7);
      break;
    case 2:
      every(0, 0.5, r.uniform(0.25, 0.5), 0.75, 0.55);
      break;
    case 3:
      every(metre.compound() ? 1.0 : 0.5, pulse, 0.25, 0.7, 0.7);
      break;  // off the beat
    case 4:   // syncopated
      for (double at = 0; at < bar - 1e-6; at += 0.5)
        if (r.chance(at == 0 ? 0.85 : 0.4)) out.push_back({at, r.uniform(0.3, 1.2), r.uniform(0.5, 0.85)});
      break;
    case 5:  // strummed sixteenths
      for (double at = 0; at < bar - 1e-6; at += common ? 0.25 : 0.5)
        if (r.chance(std::fmod(at, 0.5) == 0 ? 0.8 : 0.4))
          out.push_back({at, 0.25, std::fmod(at, pulse) == 0 ? 0.8 : 0.5});
      break;
    case 6:  // after the beat: oom-pah
      for (double at = pulse; at < bar - 1e-6; at += metre.beats_per_bar == 3 || metre.compound() ? pulse : 2 * pulse)
        out.push_back({at, pulse * 0.5, 0.7});
      break;
    default:  // charleston, clave
      out.push_back({0, 0.75, 0.8});
      if (bar > 1.5) out.push_back({1.5, 0.5, 0.75});
      if (bar > 3) out.push_back({r.chance(0.5) ? 3.0 : 2.5, 0.5, 0.7});
  }
  if (out.empty()) out.push_back({0, bar, 0.75});
  return out;
}

const Chord* at(const std::vector<Chord>& chords, double when) {
  const Chord* found = nullptr;
  for (const Chord& chord : chords)
    if (chord.start <= when + 1e-6 && chord.end > when + 1e-6) found = &chord;
  return found;
}

}  // namespace

void add_note(score::Score& score, double start, double length, int pitch, double velocity) {
  if (start < 0 || !(length > 0)) return;
  score::Note note;
  note.start = Beats{start};
  note.length = Beats{length};
  note.pitch = static_cast<std::uint8_t>(std::clamp(pitch, 0, 127));
  note.velocity = static_cast<float>(std::clamp(velocity, 0.08, 1.0));
  score.notes.push_back(note);
}

std::string choose_preset(Place place, Random& random) { return random.pick(names(place)); }
std::string choose_kit(const Library& library, Random& random) {
  static const Names sampled{"gm/kit-standard", "gm/kit-room", "gm/kit-power", "gm/kit-electronic",
                             "gm/kit-808",      "gm/kit-jazz", "gm/kit-brush", "gm/kit-standard"};
  return random.chance(0.4) ? random.pick(sampled) : random.pick(library.kits);
}

Part surroundings(double beats, Random& random) {
  static const Names places{"fx/rain", "fx/ocean", "fx/vinyl", "fx/wind", "fx/birds", "fx/fire"};
  Part part;
  part.place = Place::Background;
  part.preset = random.pick(places);
  part.level_db = random.uniform(-24, -6);
  part.score.name = "surroundings";
  for (double at = 0; at < beats; at += 16) add_note(part.score, at, std::min(16.0, beats - at), 60, 0.8);
  return part;
}

score::Score play_bass(const std::vector<Chord>& chords, const score::Metre& metre, double bar_line,
                       const std::vector<double>& kicks, Random random) {
  Random& r = random;
  score::Score out;
  out.name = "bass";
  const double pulse = metre.pulse().value, bar = metre.bar().value;
  const int low = r.integer(33, 42);
  std::size_t way = r.weighted(std::vector<double>{2, 1.5, 2, 1, 1, 1.5, 0.8});
  if (way == 2 && kicks.empty()) way = 0;
  const bool octaves = r.chance(0.3);
  for (const Chord& chord : chords) {
    const int root = near(chord.bass, low),
              fifth = near(chord.classes.size() > 2 ? chord.classes[2] : chord.bass + 7, low);
    const auto put = [&](double t, double length, int pitch, double v) {
      if (t >= chord.start - 1e-6 && t < chord.end - 1e-6) add_note(out, t, std::min(length, chord.end - t), pitch, v);
    };
    const double first = bar_line + pulse * std::ceil((chord.start - bar_line) / pulse - 1e-6);
    if (way == 0) {  // long roots
      put(chord.start, chord.end - chord.start, root, 0.8);
    } else if (way == 1) {  // two to the bar, or root and fifth
      int k = 0;
      for (double t = first; t < chord.end - 1e-6;
           t += metre.beats_per_bar == 3 && metre.unit == 4 ? bar : 2 * pulse, ++k)
        put(t, pulse * 1.4, k % 2 ? fifth : root, 0.8);
    } else if (way == 2) {  // with the kick
      for (const double t : kicks) put(t, 0.5, root, 0.8);
    } else if (way == 3) {  // eighths
      for (double t = first; t < chord.end - 1e-6; t += 0.5)
        put(t, 0.42, octaves && std::fmod(t - first, 1.0) > 0.4 ? root + 12 : root, 0.75);
    } else if (way == 4) {  // off the beat
      for (double t = first + 0.5; t < chord.end - 1e-6; t += pulse) put(t, 0.4, root, 0.8);
    } else if (way == 5) {  // walking
      int pitch = root;
      for (double t = first; t < chord.end - 1e-6; t += pulse) {
        put(t, pulse * 0.9, pitch, 0.75);
        pitch =
            r.chance(0.4)
                ? near(
                      chord.classes[static_cast<std::size_t>(r.integer(0, static_cast<int>(chord.classes.size()) - 1))],
                      low)
                : pitch + r.integer(-2, 2);
      }
    } else {  // syncopated
      for (double t = first; t < chord.end - 1e-6; t += 0.5)
        if (t == first || r.chance(0.45)) put(t, 0.5, r.chance(0.75) ? root : fifth, 0.75);
    }
  }
  return out;
}

score::Score play_chords(const std::vector<Chord>& chords, const score::Metre& metre, double bar_line, Random random) {
  Random& r = random;
  score::Score out;
  out.name = "chords";
  if (chords.empty()) return out;
  const double bar = metre.bar().value;
  const int around = r.integer(55, 68);
  const bool broken = r.chance(0.3);
  const double step = r.chance(0.6) || metre.compound() || metre.unit == 8 ? 0.5 : 0.25;
  const auto pattern = strokes(metre, r);
  const double spread = r.chance(0.3) ? r.uniform(0.01, 0.04) : 0;
  const double end = chords.back().end;
  for (double start = bar_line + bar * std::floor((chords.front().start - bar_line) / bar); start < end; start += bar) {
    if (broken) {
      int k = 0;
      for (double t = start; t < start + bar - 1e-6; t += step, ++k) {
        if (const Chord* chord = at(chords, t); chord && t >= 0) {
          const auto notes = voicing(*chord, around);
          const auto n = static_cast<int>(notes.size());
          const int i = k % (2 * n - 2 > 0 ? 2 * n - 2 : 1);
          add_note(out, t, step * 1.5, notes[static_cast<std::size_t>(i < n ? i : 2 * n - 2 - i)],
                   k % 4 == 0 ? 0.75 : 0.6);
        }
      }
      continue;
    }
    for (const Stroke& stroke : pattern) {
      const double t = start + stroke.at;
      const Chord* chord = at(chords, t);
      if (!chord || t < 0) continue;
      double late = 0;
      for (const int note : voicing(*chord, around)) {
        add_note(out, t + late, std::min(stroke.length, chord->end - t), note, stroke.velocity);
        late += spread;
      }
    }
    // A chord that enters inside the bar where no stroke is.
    for (const Chord& chord : chords) {
      if (chord.start < start || chord.start >= start + bar) continue;
      bool struck = false;
      for (const Stroke& stroke : pattern) struck |= std::abs(start + stroke.at - chord.start) < 0.1;
      if (!struck && r.chance(0.7))
        for (const int note : voicing(chord, around))
          add_note(out, chord.start, std::min(1.0, chord.end - chord.start), note, 0.7);
    }
  }
  return out;
}

score::Score play_melody(const std::vector<Chord>& chords, const score::Metre& metre, double bar_line, Random random) {
  Random& r = random;
  score::Score out;
  out.name = "melody";
  if (chords.empty()) return out;
  const double bar = metre.bar().value, pulse = metre.pulse().value;
  const int around = r.integer(64, 76);
  const double density = r.uniform(0.25, 0.8), syncopation = r.uniform(0, 0.6), rest = r.uniform(0, 0.35);
  const auto motif = [&] {
    std::vector<double> onsets;
    for (double t = 0; t < bar - 1e-6; t += r.chance(0.15) && !metre.compound() ? 0.25 : 0.5) {
      const bool on = std::abs(t / pulse - std::round(t / pulse)) < 1e-6;
      if (r.chance(std::min(1.0, density * (on ? 1.3 : 0.5 + syncopation)))) onsets.push_back(t);
    }
    return onsets;
  };
  const std::array<std::vector<double>, 3> motifs{motif(), motif(), motif()};
  static constexpr int form[] = {0, 0, 1, 2};
  int pitch = around, index = 0;
  const bool triplets = r.chance(0.08);
  for (double start = bar_line; start < chords.back().end - 1e-6; start += bar, ++index) {
    if (r.chance(rest)) continue;
    const auto& onsets = motifs[static_cast<std::size_t>(form[index % 4])];
    for (std::size_t i = 0; i < onsets.size(); ++i) {
      double t = start + onsets[i];
      if (triplets) t = start + std::round(onsets[i] * 3) / 3;
      const Chord* chord = at(chords, t);
      if (!chord) continue;
      const double next = i + 1 < onsets.size() ? onsets[i + 1] : bar;
      pitch += r.integer(-3, 3);
      pitch = std::clamp(pitch, around - 9, around + 9);
      if (r.chance(0.6))
        pitch = near(
            chord->classes[static_cast<std::size_t>(r.integer(0, static_cast<int>(chord->classes.size()) - 1))], pitch);
      add_note(out, t, std::max(0.1, (next - onsets[i]) * r.uniform(0.5, 1.0)), pitch, r.uniform(0.5, 0.9));
    }
  }
  return out;
}

std::vector<Chord> make_chords(const score::Metre& metre, int bars, int tonic, Random random) {
  Random& r = random;
  const double bar = metre.bar().value;
  static constexpr std::array<int, 7> major{0, 2, 4, 5, 7, 9, 11}, minor{0, 2, 3, 5, 7, 8, 10};
  const auto& scale = r.chance(0.5) ? major : minor;
  const bool sevenths = r.chance(0.3);
  const auto chord_on = [&](int degree) {
    Chord chord;
    for (int i = 0; i < (sevenths ? 4 : 3); ++i)
      chord.classes.push_back((tonic + scale[static_cast<std::size_t>((degree + 2 * i) % 7)]) % 12);
    chord.bass = chord.classes[0];
    return chord;
  };
  const int period = r.chance(0.7) ? 4 : (r.chance(0.5) ? 2 : 8);
  std::vector<std::vector<int>> cycle;
  const double twice = r.chance(0.3) ? 0.4 : 0.1;
  for (int i = 0; i < period; ++i) {
    std::vector<int> degrees{i == 0 && r.chance(0.7) ? 0 : r.integer(0, 5)};
    if (r.chance(twice)) degrees.push_back(r.integer(0, 5));
    cycle.push_back(degrees);
  }
  const int every = r.chance(0.2) ? 2 : 1;       // bars a chord
  const double push = r.chance(0.15) ? 0.5 : 0;  // chords come an eighth early
  std::vector<Chord> out;
  for (int b = 0; b < bars; b += every) {
    const auto& degrees = cycle[static_cast<std::size_t>(b / every % period)];
    const double length = bar * every / static_cast<double>(degrees.size());
    for (std::size_t i = 0; i < degrees.size(); ++i) {
      Chord chord = chord_on(degrees[i]);
      const double start = metre.compound() || degrees.size() == 1
                               ? b * bar + length * static_cast<double>(i)
                               : b * bar + std::round(length) * static_cast<double>(i);
      chord.start = std::max(0.0, start - (start > 0 ? push : 0));
      chord.end = b * bar + bar * every - push;
      if (!out.empty()) out.back().end = chord.start;
      out.push_back(chord);
    }
  }
  if (!out.empty()) out.back().end = bars * bar;
  return out;
}

}  // namespace figment::listen
