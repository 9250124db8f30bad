// The band of a style file: [[track]].
#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "compose/groove_text.h"
#include "compose/style_fields.h"
#include "compose/style_reader.h"
#include "compose/style_words.h"

namespace figment::compose {
namespace {

using nlohmann::json;
using storage::Fields;

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

}  // namespace

void read_tracks(storage::Fields& f, Style& style) {
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

}  // namespace figment::compose
