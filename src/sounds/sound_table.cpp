#include "sounds/sound_table.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "compose/style.h"
#include "dsp/processor.h"
#include "storage/data_file.h"

namespace figment::sounds {
namespace {

using nlohmann::json;
using storage::Fields;

std::string key_of(const std::vector<compose::Token>& tokens, std::size_t from, std::size_t count) {
  std::string key;
  for (std::size_t i = from; i < from + count; ++i) key += tokens[i].text;
  return key;
}

song::Effect read_effect(const json& entry, const std::string& where) {
  if (!entry.is_object() || entry.size() != 1) throw Error(ErrorCode::Corrupt, where + ": wanted an effect like { tilt = { … } }, found " + entry.dump());
  song::Effect effect;
  effect.type = entry.begin().key();
  try {
    const auto processor = dsp::make_processor(effect.type);
    for (const auto& [name, value] : entry.begin().value().items()) {
      if (!value.is_number()) throw Error(ErrorCode::InvalidArgument, name + ": wanted a number, found " + value.dump());
      effect.parameters[name] = value.get<double>();
      processor->set(name, effect.parameters[name]);
    }
  } catch (const Error& e) {
    throw Error(ErrorCode::Corrupt, where + ": " + e.what(), e.hint());
  }
  return effect;
}

SoundWord read_sound(Fields& f) {
  SoundWord s;
  s.name = f.text("name");
  s.about = f.text("about");
  s.is_drum = f.has("drums");
  s.drums = f.texts_or_empty("drums");
  for (const std::string& drum : s.drums)
    if (!compose::drum_note(drum)) f.fail("drums", "drums as grooves call them (\"" + drum + "\" is none)");
  s.presets = f.texts_or_empty("presets");
  if (s.is_drum != s.presets.empty()) f.fail("presets", "either drums or presets");
  s.note = f.integer_or("note", 60, 0, 127);
  s.hz = f.number_or("hz", note_frequency(s.note).value, 0, 20000);
  const auto seconds = f.numbers_or_empty("seconds", 0.01, 3600);
  if (!seconds.empty()) {
    if (seconds.size() != 3 || !std::is_sorted(seconds.begin(), seconds.end())) f.fail("seconds", "three rising numbers: short, usual, long");
    std::copy(seconds.begin(), seconds.end(), s.seconds.begin());
  } else if (!s.is_drum) {
    f.fail("seconds", "three rising numbers: short, usual, long");
  }
  s.rings = f.flag_or("rings", s.is_drum);
  s.swell = f.flag_or("swell", false);
  s.cycle = f.number_or("cycle", 1, 0.25, 64);
  s.per_minute = f.number_or("per_minute", 60, 1, 999);
  s.human = f.number_or("human", 0, 0, 1);
  s.vary = f.number_or("vary", 2, 0, 12);
  s.low_cut = f.number_or("low_cut", 0, 0, 2000);
  for (const json& hit : f.list_or_empty("hits")) {
    if (!hit.is_array() || hit.size() != 4 || !std::all_of(hit.begin(), hit.end(), [](const json& x) { return x.is_number(); })) f.fail("hits", "[beat, velocity, semitones, length] each");
    const Repeat r{hit[0].get<double>(), hit[1].get<double>(), hit[2].get<double>(), hit[3].get<double>()};
    if (!(r.beat >= 0 && r.beat < s.cycle) || !(r.velocity > 0 && r.velocity <= 1) || !(std::abs(r.semitones) <= 36) || !(r.length > 0 && r.length <= s.cycle)) f.fail("hits", "beats within the cycle, velocities to 1, at most 36 semitones");
    s.hits.push_back(r);
  }
  return s;
}

ChangeWord read_change(Fields& f) {
  ChangeWord c;
  c.name = f.text("name");
  c.length = f.number_or("length", 1, 0.05, 20);
  c.speed = f.number_or("speed", 1, 0.1, 10);
  c.semitones = f.number_or("semitones", 0, -24, 24);
  c.bright = f.number_or("bright", 0, -2, 2);
  c.force = f.number_or("force", 0, -1, 1);
  c.busy = f.number_or("busy", 0, -1, 1);
  if (f.has("swing")) c.swing = f.number("swing", 0, 1);
  for (const json& effect : f.list_or_empty("effects")) c.effects.push_back(read_effect(effect, f.where("effects")));
  return c;
}

// Slips between two words: letters wrong, missing, added, or two swapped (Damerau 1964), counted up to `most`.
int slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

SoundTable::SoundTable(const std::filesystem::path& data_dir) {
  const auto file = data_dir / "data" / "sounds.toml";
  read(storage::load_data_file(file), "data/sounds.toml");
}

SoundTable::SoundTable(std::string_view toml, const std::string& name) { read(storage::parse_toml(toml, name), name); }

void SoundTable::add(const std::vector<std::string>& words, Phrase phrase, const std::string& where) {
  if (words.empty()) throw Error(ErrorCode::Corrupt, where + ": words: wanted one or more");
  for (const std::string& text : words) {
    const auto tokens = compose::tokenize(text);
    const std::string key = key_of(tokens, 0, tokens.size());
    if (key.empty()) throw Error(ErrorCode::Corrupt, where + ": words: \"" + text + "\" holds no letter");
    const auto [at, fresh] = phrases_.try_emplace(key, Written{phrase, text});
    if (!fresh && (at->second.phrase.kind != phrase.kind || at->second.phrase.index != phrase.index)) throw Error(ErrorCode::Corrupt, where + ": words: \"" + text + "\" means something else already", "each phrase may mean one thing");
    longest_ = std::max(longest_, tokens.size() + 1);
  }
}

void SoundTable::read(const json& file, const std::string& name) {
  Fields f(file, name);
  const auto each = [&](const char* list, const auto& take) {
    std::size_t number = 0;
    for (const json& entry : f.list_or_empty(list)) {
      const std::string where = f.where(list) + " " + std::to_string(++number);
      Fields fields(entry, where);
      take(fields, where);
      fields.done();
    }
  };
  each("sound", [&](Fields& s, const std::string& where) {
    sounds_.push_back(read_sound(s));
    auto words = s.texts_or_empty("words");
    words.push_back(sounds_.back().name);
    add(words, {Phrase::Kind::Sound, sounds_.size() - 1}, where);
  });
  each("change", [&](Fields& s, const std::string& where) {
    changes_.push_back(read_change(s));
    add(s.texts_or_empty("words"), {Phrase::Kind::Change, changes_.size() - 1}, where);
  });
  each("kit", [&](Fields& s, const std::string& where) {
    const auto words = s.texts_or_empty("words");
    kits_.push_back({words.empty() ? "" : words.front(), s.texts_or_empty("presets"), s.flag_or("era", false)});
    if (kits_.back().presets.empty()) s.fail("presets", "one or more kits");
    add(words, {Phrase::Kind::Kit, kits_.size() - 1}, where);
  });
  Fields w(f.object("words"), f.where("words"));
  add(w.texts_or_empty("loop"), {Phrase::Kind::Loop, 0}, w.where("loop"));
  add(w.texts_or_empty("solo"), {Phrase::Kind::Solo, 0}, w.where("solo"));
  add(w.texts_or_empty("without"), {Phrase::Kind::Without, 0}, w.where("without"));
  add(w.texts_or_empty("noise"), {Phrase::Kind::Noise, 0}, w.where("noise"));
  w.done();
  f.done();
}

const Phrase* SoundTable::match(const std::vector<compose::Token>& tokens, std::size_t at, std::size_t& count) const {
  std::size_t most = 0;
  while (most < longest_ && at + most < tokens.size() && tokens[at + most].kind != compose::Token::Kind::Sign) ++most;
  for (count = most; count > 0; --count) {
    std::string key = key_of(tokens, at, count);
    auto found = phrases_.find(key);
    if (found == phrases_.end() && key.size() > 3 && key.back() == 's') {
      key.pop_back();
      found = phrases_.find(key);
      if (found == phrases_.end() && key.back() == 'e') key.pop_back(), found = phrases_.find(key);
    }
    if (found != phrases_.end()) return &found->second.phrase;
  }
  return nullptr;
}

std::optional<std::size_t> SoundTable::kit_called(const std::vector<compose::Token>& tokens, std::size_t at, std::size_t count) const {
  const auto found = phrases_.find(key_of(tokens, at, count) + "kit");
  if (found == phrases_.end() || found->second.phrase.kind != Phrase::Kind::Kit) return {};
  return found->second.phrase.index;
}

std::string SoundTable::nearest(std::string_view word) const {
  if (word.size() < 4 || word.size() > 40) return {};
  int best = word.size() < 7 ? 2 : 3;   // one slip in short words, two in long ones
  std::string text;
  for (const auto& [key, written] : phrases_) {
    if (key.size() < 4 || written.phrase.kind == Phrase::Kind::Noise) continue;
    if (const int n = slips(word, key); n < best) best = n, text = written.text;
  }
  return text;
}

std::string SoundTable::known() const {
  std::vector<std::string> names;
  for (const SoundWord& s : sounds_) names.push_back(s.name);
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& n : names) text += (text.empty() ? "" : ", ") + n;
  return text;
}

}  // namespace figment::sounds
