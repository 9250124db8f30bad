#include "compose/style_reader.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/error.h"
#include "compose/groove_text.h"
#include "compose/style_words.h"
#include "score/chord.h"
#include "storage/data_file.h"

namespace figment::compose {
namespace {

using nlohmann::json;
using storage::Fields;

// A file is hostile until counted.
constexpr std::size_t kMostTracks = 32, kMostGrooves = 64, kMostForms = 32, kMostSections = 64, kMostProgressions = 128,
                      kMostChords = 64, kMostEffects = 16, kMostBuses = 8, kMostRhythms = 64, kMostBars = 512;

[[noreturn]] void corrupt(const std::string& where, const std::string& problem, const std::string& hint = {}) {
  throw Error(ErrorCode::Corrupt, where + ": " + problem, hint);
}

// Runs a reader of text that throws InvalidArgument, and names file and key.
template <class Read>
auto named(const std::string& where, Read&& read) {
  try {
    return read();
  } catch (const Error& e) {
    corrupt(where, e.what(), e.hint());
  }
}

void at_most(const Fields& f, const std::string& key, std::size_t count, std::size_t most) {
  if (count > most)
    corrupt(f.where(key), "wanted at most " + std::to_string(most) + " entries, found " + std::to_string(count));
}

std::string shown(std::string_view text) { return "\"" + std::string(text.substr(0, 60)) + "\""; }

// "…: track 3 (bass)"
std::string entry_name(const Fields& f, const std::string& what, std::size_t index, const json& entry,
                       const char* name_key) {
  std::string out = f.where(what + " " + std::to_string(index + 1));
  if (entry.is_object() && entry.contains(name_key) && entry[name_key].is_string())
    out += " (" + entry[name_key].get<std::string>().substr(0, 40) + ")";
  return out;
}

std::string checked_word(const std::string& word, std::span<const std::string_view> known, const std::string& where) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return word;
  std::string wanted;
  for (const std::string_view k : known) wanted += (wanted.empty() ? "" : " ") + std::string(k);
  corrupt(where, "wanted one of " + wanted + ", found " + shown(word));
}

std::vector<std::string> checked_words(Fields& f, const std::string& key, std::span<const std::string_view> known) {
  std::vector<std::string> words = f.texts_or_empty(key);
  at_most(f, key, words.size(), kMostSections);
  for (const std::string& word : words) checked_word(word, known, f.where(key));
  return words;
}

// "drums/trap": lower-case letters, digits and '-', one slash.
void check_preset(const std::string& preset, const std::string& where) {
  const auto fine = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const std::size_t slash = preset.find('/');
  const bool good = slash != std::string::npos && slash > 0 && slash + 1 < preset.size() && preset.size() <= 64 &&
                    std::all_of(preset.begin(), preset.begin() + static_cast<std::ptrdiff_t>(slash), fine) &&
                    std::all_of(preset.begin() + static_cast<std::ptrdiff_t>(slash) + 1, preset.end(), fine);
  if (!good) corrupt(where, "wanted a preset such as \"bass/808\", found " + shown(preset));
}

void check_id(const std::string& id, const std::string& where) {
  const auto fine = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (id.empty() || id.size() > 40 || !std::all_of(id.begin(), id.end(), fine))
    corrupt(where, "wanted lower-case letters, digits and '-', found " + shown(id));
}

// A choice among words: "a", ["a", "b"] (equally likely) or { a = 3, "b c" = 1 }.
std::vector<Weighted<std::string>> choices(Fields& f, const std::string& key) {
  const json& value = f.any(key);
  const char* wanted = "a text, a list of texts, or a table of texts with weights above 0 up to 100";
  std::vector<Weighted<std::string>> out;
  if (value.is_string()) {
    out.push_back({value.get<std::string>(), 1});
  } else if (value.is_array()) {
    for (const json& item : value) {
      if (!item.is_string()) f.fail(key, wanted);
      out.push_back({item.get<std::string>(), 1});
    }
  } else if (value.is_object()) {
    for (const auto& [word, weight] : value.items()) {
      if (!weight.is_number() || !(weight.get<double>() > 0 && weight.get<double>() <= 100)) f.fail(key, wanted);
      out.push_back({word, weight.get<double>()});
    }
  }
  if (out.empty() || out.size() > kMostChords) f.fail(key, wanted);
  return out;
}

std::pair<double, double> energy_range(Fields& f, const std::string& key) {
  const std::vector<double> range = f.numbers_or_empty(key, 0, 1);
  if (range.empty()) return {0, 1};
  if (range.size() != 2 || range[0] > range[1]) f.fail(key, "[lowest, highest] with both from 0 to 1");
  return {range[0], range[1]};
}

std::optional<score::Mode> mode_named(const std::string& name) {
  for (int m = 0; m <= static_cast<int>(score::Mode::PhrygianDominant); ++m)
    if (score::name(static_cast<score::Mode>(m)) == name) return static_cast<score::Mode>(m);
  return std::nullopt;
}

// A MIDI number or a note name: "C1", "F#3", "Bb2"; middle C is C4.
int midi_note(const json& value, const Fields& f, const std::string& key) {
  const char* wanted = "[lowest, highest] notes such as [\"E1\", \"G3\"] or MIDI numbers from 0 to 127";
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (number < 0 || number > 127) f.fail(key, wanted);
    return static_cast<int>(number);
  }
  if (!value.is_string()) f.fail(key, wanted);
  const auto& text = value.get_ref<const std::string&>();
  constexpr std::string_view letters = "CDEFGAB";
  constexpr std::array<int, 7> naturals{0, 2, 4, 5, 7, 9, 11};
  const std::size_t letter = text.empty() ? std::string_view::npos : letters.find(text[0]);
  if (letter == std::string_view::npos) f.fail(key, wanted);
  std::size_t at = 1;
  int note = naturals[letter];
  if (at < text.size() && (text[at] == '#' || text[at] == 'b')) note += text[at++] == '#' ? 1 : -1;
  int octave = 0;
  const auto [end, problem] = std::from_chars(text.data() + at, text.data() + text.size(), octave);
  if (problem != std::errc{} || end != text.data() + text.size() || octave < -1 || octave > 9) f.fail(key, wanted);
  note += 12 * (octave + 1);
  if (note < 0 || note > 127) f.fail(key, wanted);
  return note;
}

// An effect's parameter; that there is one of this name is for the build to say.
double parameter(const std::string& name, const json& value, const std::string& where) {
  const bool tidy = !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!tidy) corrupt(where, "wanted parameter names of lower-case letters, digits and '_', found " + shown(name));
  if (!value.is_number() || !std::isfinite(value.get<double>()) || std::abs(value.get<double>()) > 1e6)
    corrupt(where + ": " + name, "wanted a number");
  return value.get<double>();
}

std::vector<song::Effect> read_effects(Fields& f, const std::string& key) {
  std::vector<song::Effect> out;
  const json& list = f.list_or_empty(key);
  at_most(f, key, list.size(), kMostEffects);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = entry_name(f, "effect", i, list[i], "type");
    if (!list[i].is_object()) corrupt(where, "wanted {type = \"eq\", …}");
    song::Effect effect;
    for (const auto& [name, value] : list[i].items()) {
      if (name == "type" || name == "key") {
        if (!value.is_string()) corrupt(where + ": " + name, "wanted a text in quotes");
        (name == "type" ? effect.type : effect.key) = value.get<std::string>();
        check_id(value.get<std::string>(), where + ": " + name);
      } else if (name == "parameters" && value.is_object()) {  // for those named "type" or "key"
        for (const auto& [inner, number] : value.items()) effect.parameters[inner] = parameter(inner, number, where);
      } else {
        effect.parameters[name] = parameter(name, value, where);
      }
    }
    if (effect.type.empty()) corrupt(where, "wanted a type such as \"eq\", found none");
    out.push_back(std::move(effect));
  }
  return out;
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
    for (const auto& [text, weight] : choices(f, "metres"))
      style.metres.push_back({named(f.where("metres"), [&] { return score::parse_metre(text); }), weight});
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
  melody.call_response = m.number_or("call_response", melody.call_response, 0, 1);
  m.done();
}

std::vector<GrooveStep> read_line(const std::string& text, const Groove& groove, const std::string& where) {
  std::vector<GrooveStep> steps = named(where, [&] { return parse_groove_line(text); });
  const double exact = groove.metre.bar().value * groove.steps_per_beat;
  const auto bar = static_cast<std::size_t>(std::lround(exact));
  const std::size_t whole = bar * static_cast<std::size_t>(groove.bars);
  // A line of fewer bars repeats.
  if (steps.empty() || steps.size() % bar != 0 || whole % steps.size() != 0) {
    corrupt(where, "wanted " + std::to_string(bar) + " steps a bar (" + groove.metre.text() + ", " +
                       std::to_string(groove.steps_per_beat) + " steps a beat) for 1 or all of " +
                       std::to_string(groove.bars) + " bars, found " + std::to_string(steps.size()) + " steps in " +
                       shown(text));
  }
  const std::size_t once = steps.size();
  steps.resize(whole);
  for (std::size_t i = once; i < whole; ++i) steps[i] = steps[i - once];
  return steps;
}

Groove read_groove(const json& entry, const std::string& where, const Style& style, const std::vector<Groove>& before) {
  Fields g(entry, where);
  Groove groove;
  groove.metre = style.metres.front().value;
  if (g.has("like")) {
    const std::string model = g.text("like");
    const auto found = std::find_if(before.begin(), before.end(), [&](const Groove& b) { return b.name == model; });
    if (found == before.end()) g.fail("like", "the name of an earlier groove");
    groove = *found;
  }
  groove.name = g.text("name");
  if (groove.name.empty() || groove.name.size() > 60) g.fail("name", "a name of 1 to 60 letters");
  groove.weight = g.number_or("weight", groove.weight, 0.001, 100);
  if (g.has("in")) groove.kinds.clear();
  for (std::string& kind : checked_words(g, "in", section_kinds())) groove.kinds.push_back(std::move(kind));
  if (const auto range = energy_range(g, "energy"); g.has("energy"))
    std::tie(groove.lowest_energy, groove.highest_energy) = range;

  const bool has_lines = !groove.lines.empty();
  for (const char* shape : {"metre", "steps", "bars"})
    if (has_lines && g.has(shape)) g.fail(shape, "nothing here (it comes with the lines of the groove it is like)");
  if (g.has("metre"))
    groove.metre = named(g.where("metre"), [text = g.text("metre")] { return score::parse_metre(text); });
  groove.steps_per_beat = g.integer_or("steps", groove.steps_per_beat, 1, 12);
  groove.bars = g.integer_or("bars", groove.bars, 1, 4);
  if (groove.bars == 3) g.fail("bars", "1, 2 or 4");
  const double exact = groove.metre.bar().value * groove.steps_per_beat;
  if (exact > 192 || std::abs(exact - std::round(exact)) > 1e-9 || exact < 1)
    g.fail("steps", "a grid on which a bar of " + groove.metre.text() + " has 1 to 192 whole steps");

  for (const auto& [key, value] : entry.items()) {
    if (drum_note(key)) {
      const std::string text = g.text(key);
      if (text.empty()) {
        groove.lines.erase(key);
      } else {
        groove.lines[key] = read_line(text, groove, g.where(key));
      }
    } else if (value.is_string() && key != "name" && key != "like" && key != "metre") {
      corrupt(where, "unknown drum " + shown(key), "drums: " + drum_names());
    }
  }
  g.done();
  if (groove.lines.empty()) corrupt(where, "wanted at least one drum line, found none", "drums: " + drum_names());
  return groove;
}

std::vector<Groove> read_grooves(Fields& f, const std::string& key, const Style& style) {
  std::vector<Groove> out;
  const json& list = f.list_or_empty(key);
  at_most(f, key, list.size(), kMostGrooves);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = entry_name(f, key, i, list[i], "name");
    std::vector<Groove> models = style.grooves;
    models.insert(models.end(), out.begin(), out.end());
    Groove groove = read_groove(list[i], where, style, models);
    if (std::any_of(out.begin(), out.end(), [&](const Groove& g) { return g.name == groove.name; }))
      corrupt(where, "a second one of the name " + shown(groove.name));
    if (key == "fill" && groove.bars != 1) corrupt(where + ": bars", "wanted 1 (a fill is one bar)");
    out.push_back(std::move(groove));
  }
  return out;
}

PartStyle read_part(Fields& t, const std::string& role, const Style& style) {
  PartStyle part;
  const std::span<const std::string_view> patterns = patterns_of(role);
  if (patterns.empty()) {
    if (t.has("pattern")) t.fail("pattern", "none for a track of role \"" + role + "\" (drums play the grooves)");
  } else {
    part.pattern = checked_word(t.text_or("pattern", std::string(patterns.front())), patterns, t.where("pattern"));
  }
  const double sixteenths = style.metres.front().value.bar().value * 4;
  const std::vector<std::string> rhythms = t.texts_or_empty("rhythms");
  at_most(t, "rhythms", rhythms.size(), kMostRhythms);
  for (const std::string& text : rhythms) {
    const std::string steps = named(t.where("rhythms"), [&] { return without_separators(text); });
    const auto bar = static_cast<std::size_t>(std::lround(sixteenths));
    const bool fits = !steps.empty() && (bar % steps.size() == 0 || steps.size() % bar == 0) && bar > 0;
    if (!fits || steps.find_first_not_of('.') == std::string::npos)
      corrupt(t.where("rhythms"), "wanted onsets on sixteenths whose number divides a bar's " + std::to_string(bar) +
                                      " or is a multiple of it, found " + shown(text));
    part.rhythms.push_back(steps);
  }
  const json& range = t.list_or_empty("range");
  if (!range.empty()) {
    if (range.size() != 2) t.fail("range", "[lowest, highest]");
    part.low = midi_note(range[0], t, "range");
    part.high = midi_note(range[1], t, "range");
    // Narrower than an octave a line cannot follow its chords.
    if (part.high - part.low < 12) t.fail("range", "at least an octave, lowest first");
  }
  part.density = t.number_or("density", part.density, 0, 1);
  part.legato = t.number_or("legato", part.legato, 0.05, 2);
  part.slide = t.number_or("slide", part.slide, 0, 1);
  part.humanize = t.number_or("humanize", part.humanize, 0, 1);
  return part;
}

TrackTemplate read_track(const json& entry, const std::string& where, const Style& style, const std::string& kit) {
  Fields t(entry, where);
  TrackTemplate track;
  track.id = t.text("id");
  check_id(track.id, t.where("id"));
  track.name = t.text("name");
  if (track.name.empty() || track.name.size() > 60) t.fail("name", "a name of 1 to 60 letters");
  track.role = checked_word(t.text("role"), roles(), t.where("role"));
  const bool drums =
      track.role == "kick" || track.role == "snare" || track.role == "hats" || track.role == "percussion";
  if (drums && !kit.empty() && !t.has("preset")) {
    track.presets = {{kit, 1}};
  } else {
    track.presets = choices(t, "preset");
  }
  for (const auto& preset : track.presets) check_preset(preset.value, t.where("preset"));
  track.chance = t.number_or("chance", 1, 0, 1);
  std::tie(track.lowest_energy, track.highest_energy) = energy_range(t, "energy");
  track.in = checked_words(t, "in", section_kinds());
  track.out = checked_words(t, "out", section_kinds());
  if (t.has("only")) {
    if (t.has("in") || t.has("out")) t.fail("only", "either `only` or `in` and `out`");
    track.in = checked_words(t, "only", section_kinds());
    for (const std::string_view kind : section_kinds())
      if (std::find(track.in.begin(), track.in.end(), kind) == track.in.end()) track.out.emplace_back(kind);
  }
  for (const std::string& kind : track.in)
    if (std::find(track.out.begin(), track.out.end(), kind) != track.out.end())
      t.fail("out", "no section kind that is in `in` too");
  track.loudness = Decibels{t.number_or("loudness", -6, -40, 6)};
  track.pan = t.number_or("pan", 0, -1, 1);
  track.part = read_part(t, track.role, style);
  track.effects = read_effects(t, "effects");
  const json& sends = t.object_or_empty("sends");
  Fields levels(sends, t.where("sends"));
  at_most(t, "sends", sends.size(), kMostBuses);
  for (const auto& [bus, level] : sends.items()) track.sends.push_back({bus, Decibels{levels.number(bus, -60, 12)}});
  track.filter_sweep = t.flag_or("filter_sweep", false);
  t.done();
  return track;
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

void read_tracks(Fields& f, Style& style) {
  const std::string kit = f.text_or("kit", "");
  if (!kit.empty()) check_preset(kit, f.where("kit"));
  const json& list = f.list("track");
  at_most(f, "track", list.size(), kMostTracks);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = entry_name(f, "track", i, list[i], "id");
    TrackTemplate track = read_track(list[i], where, style, kit);
    const auto same = [&](const auto& other) { return other.id == track.id; };
    if (std::any_of(style.tracks.begin(), style.tracks.end(), same) ||
        std::any_of(style.mix.buses.begin(), style.mix.buses.end(), same))
      corrupt(where + ": id", "a second track or bus of the id " + shown(track.id));
    for (const song::Send& send : track.sends) {
      if (std::none_of(style.mix.buses.begin(), style.mix.buses.end(), [&](const auto& b) { return b.id == send.to; }))
        corrupt(where + ": sends", "no bus of the id " + shown(send.to));
    }
    style.tracks.push_back(std::move(track));
  }
  if (style.tracks.empty()) f.fail("track", "at least one [[track]]");
  for (const TrackTemplate& track : style.tracks) {
    for (const song::Effect& effect : track.effects) {
      const auto keyed = [&](const TrackTemplate& other) { return other.id == effect.key; };
      if (!effect.key.empty() && std::none_of(style.tracks.begin(), style.tracks.end(), keyed))
        corrupt(f.where("track " + track.id) + ": effects", "no track of the id " + shown(effect.key));
    }
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
