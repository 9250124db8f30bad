// Small styles and plans for tests, made in code so that tests do not depend on styles/*.toml.
//
//   style("pop" | "rock" | "jazz" | "trap" | "house" | "trance" | "ambient" | "waltz" | "blues" | "metal" |
//   "classical") make_plan({.style = "pop", .key = {9, Mode::Minor}, .metre = {7, 8}, .seed = 3, .form = {{"verse", 8},
//   …}})
//
// A plan made here is complete up to `chords` and `theme` (as far as `until` says); each track of the style is a member
// that plays in every bar with the energy of its section.

#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "compose/chooser.h"
#include "compose/harmony.h"
#include "compose/learned.h"
#include "compose/plan.h"
#include "compose/style.h"
#include "compose/theme.h"

namespace figment::compose::testing {

inline Progression progression(std::vector<std::string> numerals, double each = 4, std::vector<std::string> kinds = {},
                               int minor = -1, double weight = 1) {
  return {std::move(numerals), Beats{each}, weight, std::move(kinds), minor};
}

inline TrackTemplate part(std::string id, std::string role, std::string pattern, int low, int high,
                          double density = 0.5, double legato = 0.8) {
  TrackTemplate t;
  t.id = t.name = std::move(id);
  t.role = std::move(role);
  t.presets = {{"test/preset", 1}};
  t.part.pattern = std::move(pattern);
  t.part.low = low;
  t.part.high = high;
  t.part.density = density;
  t.part.legato = legato;
  return t;
}

inline const std::vector<std::string>& style_names() {
  static const std::vector<std::string> names{"pop",     "rock",  "jazz",  "trap",  "house",    "trance",
                                              "ambient", "waltz", "blues", "metal", "classical"};
  return names;
}

inline Style style(const std::string& id) {
  Style s;
  s.id = s.title = s.about = s.family = id;
  s.energy = {{"intro", 0.3}, {"verse", 0.5},     {"pre-chorus", 0.65}, {"chorus", 0.9}, {"drop", 1.0},
              {"build", 0.7}, {"breakdown", 0.3}, {"bridge", 0.6},      {"solo", 0.8},   {"outro", 0.3}};
  s.metres = {{score::Metre{4, 4}, 1}};
  s.modes = {{score::Mode::Major, 1}, {score::Mode::Minor, 1}};
  s.forms = {{Form{{"intro", 4},
                   {"verse", 8},
                   {"chorus", 8},
                   {"verse", 8},
                   {"chorus", 8},
                   {"bridge", 8},
                   {"chorus", 8},
                   {"outro", 4}},
              1}};
  s.harmony.progressions = {
      progression({"I", "V", "vi", "IV"}, 4, {}, 0),    progression({"vi", "IV", "I", "V"}, 4, {}, 0),
      progression({"I", "vi", "IV", "V"}, 4, {}, 0),    progression({"i", "VI", "III", "VII"}, 4, {}, 1),
      progression({"i", "iv", "VII", "III"}, 4, {}, 1), progression({"i", "VII", "VI", "v"}, 4, {}, 1)};
  s.tracks = {part("keys", "chords", "blocks", 48, 76),  part("pad", "pad", "pads", 48, 79),
              part("pluck", "pluck", "offbeat", 55, 84), part("bass", "bass", "roots", 28, 52),
              part("lead", "lead", "hook", 60, 86),      part("counter", "counter", "call", 57, 84),
              part("arp", "arp", "up", 60, 91)};
  s.harmony.voicing = "close";
  if (id == "rock" || id == "metal") {
    s.harmony.voicing = "power";
    s.harmony.corpus = "pop";
    s.harmony.extensions = 0;
    s.harmony.cadence = false;
    s.tracks[0].part.pattern = id == "metal" ? "power-chug" : "strum";
    s.tracks[0].part.low = 36;
    s.tracks[4].part.pattern = "riff";
    s.melody.pentatonic = true;
    s.melody.blue = 0.2;
  } else if (id == "jazz") {
    s.family = "jazz";
    s.swing = 0.6;
    s.swing_unit = 8;
    s.harmony.progressions = {progression({"ii7", "V7", "Imaj7", "vi7"}, 4, {}, 0),
                              progression({"Imaj7", "vi7", "ii7", "V7"}, 4, {}, 0),
                              progression({"iiø7", "V7", "i7", "i7"}, 4, {}, 1)};
    s.harmony.extensions = 0.8;
    s.harmony.borrowed = 0.6;
    s.harmony.voicing = "drop2";
    s.harmony.learned = 0.4;
    s.tracks[0].part.pattern = "comp";
    s.tracks[4].part.pattern = "improvise";
    s.melody.density = 0.7;
    s.melody.blue = 0.3;
  } else if (id == "trap") {
    s.half_time = true;
    s.modes = {{score::Mode::Minor, 3}, {score::Mode::Phrygian, 1}, {score::Mode::HarmonicMinor, 1}};
    s.harmony.progressions = {progression({"i", "VI"}, 8), progression({"i", "i", "VI", "v"}),
                              progression({"i", "bII"}, 8)};
    s.harmony.cadence = false;
    s.melody.density = 0.45;
    s.tracks[4].part.pattern = "bells";
  } else if (id == "house" || id == "trance") {
    s.forms = {
        {Form{{"intro", 8}, {"build", 8}, {"drop", 16}, {"breakdown", 8}, {"build", 8}, {"drop", 16}, {"outro", 8}},
         1}};
    s.harmony.cadence = false;
    s.harmony.extensions = id == "house" ? 0.6 : 0.1;
    s.tracks[0].part.pattern = id == "house" ? "house" : "trance-gate";
    s.tracks[4].part.pattern = id == "house" ? "ostinato" : "hook";
    s.tracks[6].part.pattern = "updown";
    s.tracks[6].part.density = 0.9;
  } else if (id == "ambient") {
    s.harmony.voicing = "spread";
    s.harmony.cadence = false;
    s.harmony.progressions = {progression({"i", "VI", "III", "VII"}, 8, {}, 1), progression({"I", "IV"}, 8, {}, 0)};
    s.melody.density = 0.15;
    s.tracks[4].part.pattern = "long";
  } else if (id == "waltz") {
    s.metres = {{score::Metre{3, 4}, 1}};
    s.harmony.progressions = {progression({"I", "V7", "V7", "I"}, 3, {}, 0),
                              progression({"I", "IV", "V7", "I"}, 3, {}, 0),
                              progression({"i", "iv", "V7", "i"}, 3, {}, 1)};
    s.harmony.corpus = "folk";
    s.melody.corpus = "folk";
    s.tracks[0].part.pattern = "broken";
  } else if (id == "blues") {
    s.family = "jazz";
    s.forms = {{Form{{"intro", 4}, {"verse", 12}, {"solo", 12}, {"verse", 12}}, 1}};
    s.harmony.progressions = {progression({"I7", "I7", "I7", "I7", "IV7", "IV7", "I7", "I7", "V7", "IV7", "I7", "V7"})};
    s.harmony.learned = 0;
    s.harmony.borrowed = 0;
    s.harmony.extensions = 0.5;
    s.harmony.voicing = "shell";
    s.melody.pentatonic = true;
    s.melody.blue = 0.6;
    s.tracks[0].part.pattern = "charleston";
    s.tracks[4].part.pattern = "improvise";
  } else if (id == "classical") {
    s.harmony.parallel_fifths = false;
    s.harmony.corpus = "chorale";
    s.harmony.learned = 0.6;
    s.harmony.extensions = 0.05;
    s.harmony.borrowed = 0.3;
    s.harmony.voicing = "open";
    s.harmony.progressions = {progression({"I", "IV", "V", "I"}, 4, {}, 0),
                              progression({"I", "ii", "V", "I"}, 4, {}, 0),
                              progression({"i", "iv", "V", "i"}, 4, {}, 1)};
    s.melody.corpus = "folk";
    s.tracks[0].part.pattern = "alberti";
  }
  return s;
}

enum class Until { Form, Chords, Theme };

struct PlanWish {
  std::string style = "pop";
  score::Key key{0, score::Mode::Major};
  score::Metre metre{4, 4};
  std::uint64_t seed = 1;
  Form form;  // empty: the style's first
  Until until = Until::Theme;
  bool room_for_voice = false;
};

// The project's own tables, loaded once.
inline std::shared_ptr<const Learned> learned() {
  static const std::shared_ptr<const Learned> tables = load_learned(std::filesystem::path(FIGMENT_SOURCE_DIR) / "data");
  return tables;
}

// The same for a style of one's own.
inline Plan make_plan(const Style& style, const PlanWish& wish) {
  Plan p;
  auto shared = std::make_shared<Style>(style);
  p.style = shared;
  p.learned = learned();
  p.chooser = std::make_shared<LearnedChooser>();
  p.random = Random(wish.seed);
  p.key = wish.key;
  p.metre = wish.metre;
  p.tempo = style.usual;
  p.half_time = style.half_time;
  p.room_for_voice = wish.room_for_voice;
  const Form& form = wish.form.empty() ? shared->forms.front().value : wish.form;
  for (const auto& f : form) {
    song::Section section;
    section.kind = section.name = f.kind;
    section.bar = p.bars + 1;
    section.bars = f.bars;
    const auto known = style.energy.find(f.kind);
    section.energy = f.energy >= 0 ? f.energy : known != style.energy.end() ? known->second : 0.5;
    p.bars += f.bars;
    p.sections.push_back(section);
  }
  for (const auto& track : shared->tracks) {
    Member m;
    m.part = &track;
    m.id = track.id;
    m.preset = "test/preset";
    for (const auto& section : p.sections)
      m.activity.insert(m.activity.end(), static_cast<std::size_t>(section.bars), 1.0);
    p.members.push_back(m);
  }
  if (wish.until == Until::Form) return p;
  p.chords = write_harmony(p);
  if (wish.until == Until::Chords) return p;
  p.theme = write_theme(p);
  return p;
}

inline Plan make_plan(const PlanWish& wish) { return make_plan(style(wish.style), wish); }

}  // namespace figment::compose::testing
