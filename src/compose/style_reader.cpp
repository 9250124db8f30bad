#include "compose/style_reader.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "compose/style_fields.h"
#include "compose/style_words.h"
#include "score/chord.h"

namespace figment::compose {
namespace {

using nlohmann::json;
using storage::Fields;

std::optional<score::Mode> mode_named(const std::string& name) {
  for (int m = 0; m <= static_cast<int>(score::Mode::PhrygianDominant); ++m)
    if (score::name(static_cast<score::Mode>(m)) == name) return static_cast<score::Mode>(m);
  return std::nullopt;
}

std::vector<FormSection> read_form_text(const std::string& text, const std::string& where) {
  std::vector<FormSection> out;
  std::size_t bars = 0;
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    std::stringstream words(part);
    std::string kind, count, energy, extra;
    words >> kind >> count >> energy >> extra;
    const char* wanted = "sections such as \"intro 8, verse 16, drop 16 @0.9\" (bars 1 to 128, energy 0 to 1)";
    const auto fail = [&] { corrupt(where, std::string("wanted ") + wanted + ", found " + shown(part)); };
    FormSection section;
    section.kind = checked_word(kind, section_kinds(), where);
    const auto [end, problem] = std::from_chars(count.data(), count.data() + count.size(), section.bars);
    if (count.empty() || problem != std::errc{} || end != count.data() + count.size()) fail();
    if (section.bars < 1 || section.bars > 128 || !extra.empty()) fail();
    if (!energy.empty()) {
      const auto [last, bad] = std::from_chars(energy.data() + 1, energy.data() + energy.size(), section.energy);
      if (energy[0] != '@' || bad != std::errc{} || last != energy.data() + energy.size()) fail();
      if (!(section.energy >= 0 && section.energy <= 1)) fail();
    }
    bars += static_cast<std::size_t>(section.bars);
    out.push_back(std::move(section));
  }
  if (out.empty() || out.size() > kMostSections)
    corrupt(where, "wanted 1 to " + std::to_string(kMostSections) + " sections, found " + std::to_string(out.size()));
  if (bars > kMostBars)
    corrupt(where, "wanted at most " + std::to_string(kMostBars) + " bars, found " + std::to_string(bars));
  return out;
}

void read_identity(Fields& f, Style& style) {
  style.title = f.text("title");
  style.about = f.text("about");
  style.family = checked_word(f.text("family"), families(), f.where("family"));
  if (style.title.empty() || style.title.size() > 60) f.fail("title", "a title of 1 to 60 letters");
  if (style.about.size() > 300) f.fail("about", "at most 300 letters");

  Fields tempo(f.object("tempo"), f.where("tempo"));
  style.slowest = Bpm{tempo.number("slowest", 20, 400)};
  style.usual = Bpm{tempo.number("usual", style.slowest.value, 400)};
  style.fastest = Bpm{tempo.number("fastest", style.usual.value, 400)};
  tempo.done();
  style.half_time = f.flag_or("half_time", false);

  if (f.has("metres")) {
    for (const Weighted<std::string>& metre : choices(f, "metres"))
      style.metres.push_back({named(f.where("metres"), [&] { return score::parse_metre(metre.value); }), metre.weight});
    // The usual one first: grooves and progressions that name none are written in it.
    std::stable_sort(style.metres.begin(), style.metres.end(),
                     [](const auto& a, const auto& b) { return a.weight > b.weight; });
  } else {
    style.metres.push_back({score::Metre{}, 1});
  }
  for (const auto& [text, weight] : choices(f, "modes")) {
    const auto mode = mode_named(text);
    if (!mode) f.fail("modes", "modes such as \"minor\" \"major\" \"dorian\" \"harmonic minor\"");
    style.modes.push_back({*mode, weight});
  }
  style.swing = f.number_or("swing", 0, 0, 1);
  style.swing_unit = f.integer_or("swing_unit", 16, 8, 16);
  if (style.swing_unit != 8 && style.swing_unit != 16) f.fail("swing_unit", "8 or 16");
  style.usual_length = Seconds{f.number_or("length_s", 150, 10, 1200)};
  style.transitions = checked_words(f, "transitions", transition_kinds());

  const json& energies = f.object_or_empty("energy");
  Fields energy(energies, f.where("energy"));
  for (const auto& [kind, value] : energies.items()) {
    checked_word(kind, section_kinds(), f.where("energy"));
    style.energy[kind] = energy.number(kind, 0, 1);
  }
}

void read_forms(Fields& f, Style& style) {
  const json& list = f.list("form");
  at_most(f, "form", list.size(), kMostForms);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = f.where("form " + std::to_string(i + 1));
    Fields form(list[i], where);
    const double weight = form.number_or("weight", 1, 0.001, 100);
    style.forms.push_back({read_form_text(form.text("sections"), where + ": sections"), weight});
    form.done();
    for (const FormSection& section : style.forms.back().value) {
      if (section.energy < 0 && !style.energy.contains(section.kind))
        corrupt(where, "section \"" + section.kind + "\" has no energy",
                "give it here (\"" + section.kind + " 8 @0.5\") or in [energy]");
    }
  }
  if (style.forms.empty()) f.fail("form", "at least one [[form]]");
}

// 1 where the tonic chord of a progression is minor, 0 where it is major, -1 where it has none or both.
int tonic_says(const std::vector<std::string>& numerals) {
  bool minor = false, major = false;
  for (const std::string& numeral : numerals) {
    const auto starts = [&](const char* tonic) {
      return numeral.starts_with(tonic) && (numeral.size() == 1 || (numeral[1] != 'I' && numeral[1] != 'i' &&
                                                                    numeral[1] != 'V' && numeral[1] != 'v'));
    };
    minor = minor || starts("i");
    major = major || starts("I");
  }
  return minor == major ? -1 : minor ? 1 : 0;
}

Progression read_progression(const json& entry, const std::string& where, const Style& style) {
  Fields p(entry, where);
  Progression progression;
  std::stringstream words(p.text("chords"));
  for (std::string numeral; words >> numeral;) {
    for (const score::Mode mode : {score::Mode::Major, score::Mode::Minor})
      named(where + ": chords", [&] { return score::parse_roman(numeral, score::Key{0, mode}); });
    progression.numerals.push_back(numeral);
    if (progression.numerals.size() > kMostChords)
      p.fail("chords", "at most " + std::to_string(kMostChords) + " chords");
  }
  if (progression.numerals.empty()) p.fail("chords", "roman numerals such as \"i bVI bIII bVII\"");
  progression.each = Beats{p.number_or("each", style.metres.front().value.bar().value, 0.25, 64)};
  progression.weight = p.number_or("weight", 1, 0.001, 100);
  progression.kinds = checked_words(p, "in", section_kinds());
  progression.minor = tonic_says(progression.numerals);
  if (p.has("mode")) {
    const std::string mode = p.one_of("mode", {"minor", "major", "both"});
    progression.minor = mode == "minor" ? 1 : mode == "major" ? 0 : -1;
  }
  p.done();
  return progression;
}

void read_harmony(Fields& f, Style& style) {
  Fields h(f.object("harmony"), f.where("harmony"));
  const json& list = h.list("progressions");
  at_most(h, "progressions", list.size(), kMostProgressions);
  if (list.empty()) h.fail("progressions", "at least one progression");
  for (std::size_t i = 0; i < list.size(); ++i)
    style.harmony.progressions.push_back(
        read_progression(list[i], h.where("progression " + std::to_string(i + 1)), style));
  style.harmony.learned = h.number_or("learned", 0.2, 0, 1);
  style.harmony.corpus = checked_word(h.text_or("corpus", "pop"), corpora(), h.where("corpus"));
  style.harmony.extensions = h.number_or("extensions", 0.2, 0, 1);
  style.harmony.borrowed = h.number_or("borrowed", 0.1, 0, 1);
  style.harmony.voicing = checked_word(h.text_or("voicing", "close"), voicings(), h.where("voicing"));
  style.harmony.parallel_fifths = h.flag_or("parallel_fifths", true);
  style.harmony.cadence = h.flag_or("cadence", true);
  h.done();
}

void read_melody(Fields& f, Style& style) {
  Fields m(f.object_or_empty("melody"), f.where("melody"));
  MelodyStyle& melody = style.melody;
  melody.corpus = checked_word(m.text_or("corpus", "pop"), corpora(), m.where("corpus"));
  melody.density = m.number_or("density", melody.density, 0, 1);
  melody.syncopation = m.number_or("syncopation", melody.syncopation, 0, 1);
  melody.leap = m.number_or("leap", melody.leap, 0, 1);
  melody.repetition = m.number_or("repetition", melody.repetition, 0, 1);
  melody.blue = m.number_or("blue", melody.blue, 0, 1);
  melody.pentatonic = m.flag_or("pentatonic", false);
  melody.triplets = m.flag_or("triplets", false);
  melody.upbeat = m.number_or("upbeat", melody.upbeat, 0, 1);
  melody.call_response = m.number_or("call_response", melody.call_response, 0, 1);
  m.done();
}

void read_mix(Fields& f, Style& style) {
  Fields m(f.object_or_empty("mix"), f.where("mix"));
  MixStyle& mix = style.mix;
  mix.balance = m.text_or("balance", mix.balance);
  check_id(mix.balance, m.where("balance"));
  mix.punch = m.number_or("punch", mix.punch, 0, 1);
  mix.width = m.number_or("width", mix.width, 0, 2);
  mix.warmth = m.number_or("warmth", mix.warmth, 0, 1);
  mix.looseness = m.number_or("looseness", mix.looseness, 0, 1);
  m.done();

  const json& list = f.list_or_empty("bus");
  at_most(f, "bus", list.size(), kMostBuses);
  for (std::size_t i = 0; i < list.size(); ++i) {
    Fields b(list[i], entry_name(f, "bus", i, list[i], "id"));
    song::Bus bus;
    bus.id = b.text("id");
    check_id(bus.id, b.where("id"));
    bus.name = b.text_or("name", bus.id);
    bus.gain = Decibels{b.number_or("gain_db", 0, -40, 12)};
    bus.effects = read_effects(b, "effects");
    b.done();
    if (std::any_of(mix.buses.begin(), mix.buses.end(), [&](const song::Bus& other) { return other.id == bus.id; }))
      corrupt(b.where("id"), "a second bus of the id " + shown(bus.id));
    mix.buses.push_back(std::move(bus));
  }
}

}  // namespace

Style read_style(const json& file, const std::string& where) {
  Fields f(file, where);
  Style style;
  read_identity(f, style);
  read_forms(f, style);
  read_harmony(f, style);
  read_melody(f, style);
  style.grooves = read_grooves(f, "groove", style);
  style.fills = read_grooves(f, "fill", style);
  read_mix(f, style);
  read_tracks(f, style);
  f.done();
  return style;
}

}  // namespace figment::compose
