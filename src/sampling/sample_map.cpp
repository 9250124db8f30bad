#include "sampling/sample_map.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "storage/data_file.h"

namespace figment::sampling {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// " deep kick 01 ": lower case, cut at everything that is no letter, between letters and digits and at "closedHat".
std::string words_of(const std::string& name) {
  std::string out = " ";
  char before = ' ';
  for (const char c : name) {
    const bool letter = is_letter(c), digit = is_digit(c);
    const bool hump = letter && c < 'a' && is_letter(before) && before >= 'a';
    if (out.back() != ' ' && ((!letter && !digit) || hump || digit != is_digit(before))) out += ' ';
    if (letter || digit) out += lower(c);
    before = c;
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

bool says(const std::string& words, const std::string& wanted) {
  return words.find(" " + wanted + " ") != std::string::npos || words.find(" " + wanted + "s ") != std::string::npos;
}

}  // namespace

DrumNames::DrumNames(const std::filesystem::path& data_dir) {
  const std::filesystem::path file = data_dir / "data" / "drum-names.toml";
  const nlohmann::json json = storage::load_data_file(file);
  storage::Fields fields(json, file.string());
  for (const auto& entry : fields.list("drum")) {
    storage::Fields f(entry, fields.where("drum"));
    DrumName drum;
    drum.name = f.text("name");
    const std::string kind = f.text("class");
    bool known = false;
    for (std::size_t c = 0; c < kClasses; ++c)
      if (name(static_cast<SoundClass>(c)) == kind) drum.kind = static_cast<SoundClass>(c), known = true;
    if (!known) f.fail("class", "a class of one-shots");
    for (const double key : f.numbers_or_empty("keys", 0, 127)) drum.keys.push_back(static_cast<int>(key));
    if (drum.keys.empty()) f.fail("keys", "at least one MIDI note");
    drum.step = f.number_or("step", 0, 0, 12);
    drum.words = f.texts_or_empty("words");
    f.done();
    all_.push_back(std::move(drum));
  }
  fields.done();
}

const DrumName* DrumNames::of_name(const std::string& path) const {
  // The file's own name first: "Hats/snare roll.wav" is a snare.
  const std::filesystem::path p(path);
  for (const std::string& name : {p.stem().string(), p.parent_path().filename().string()}) {
    const std::string words = words_of(name);
    for (const DrumName& drum : all_)
      for (const std::string& word : drum.words)
        if (says(words, word)) return &drum;
  }
  return nullptr;
}

const DrumName* DrumNames::of_class(SoundClass kind) const {
  const DrumName* found = nullptr;
  for (const DrumName& drum : all_)
    if (drum.kind == kind) found = &drum;
  return found;
}

std::string kit_sfz(const std::vector<KitSample>& samples, const std::map<int, double>& volumes, const std::optional<std::set<int>>& only) {
  std::map<int, std::pair<const KitSample*, double>> keys;     // what plays each, and how many semitones up
  for (const KitSample& s : samples)
    for (const int key : s.drum->keys)
      if (keys.emplace(key, std::pair(&s, 0.0)).second) break;
  // What is left over.
  for (const KitSample& s : samples)
    for (std::size_t i = 0; i < s.drum->keys.size(); ++i) {
      if (keys.count(s.drum->keys[i]) != 0) continue;
      // The nearest key of this drum that a sample of it took.
      const KitSample* nearest = nullptr;
      std::size_t distance = 1000, place = 0;
      for (std::size_t k = 0; k < s.drum->keys.size(); ++k) {
        const auto it = keys.find(s.drum->keys[k]);
        const std::size_t d = k > i ? k - i : i - k;
        if (it != keys.end() && it->second.second == 0 && it->second.first->drum == s.drum && d < distance) nearest = it->second.first, distance = d, place = k;
      }
      if (nearest == nullptr || (s.drum->name == "percussion")) continue;
      keys.emplace(s.drum->keys[i], std::pair(nearest, s.drum->step * (static_cast<double>(i) - static_cast<double>(place))));
    }
  std::string text = "// Drums on General MIDI's keys.\n<global> loop_mode=one_shot ampeg_release=0.05\n";
  for (const auto& [key, what] : keys) {
    if (only && only->count(key) == 0) continue;
    text += "<region> sample=" + what.first->file + " key=" + std::to_string(key);
    if (what.second != 0) text += " tune=" + std::to_string(std::lround(100 * what.second));
    if (const auto v = volumes.find(key); v != volumes.end()) {
      char number[32];
      std::snprintf(number, sizeof number, "%.1f", v->second);
      text += std::string(" volume=") + number;
    }
    // A closed hat ends an open one.
    if (what.first->drum->kind == SoundClass::ClosedHat || what.first->drum->kind == SoundClass::OpenHat) text += " group=1 off_by=1";
    text += "\n";
  }
  return text;
}

std::string pitched_sfz(std::vector<PitchedSample> samples) {
  std::stable_sort(samples.begin(), samples.end(), [](const PitchedSample& a, const PitchedSample& b) { return a.note < b.note; });
  // One a note: what lasts, or the longest.
  std::vector<PitchedSample> notes;
  const auto worth = [](const PitchedSample& s) { return std::pair(s.loops, s.frames); };
  for (PitchedSample& s : samples) {
    if (notes.empty() || std::lround(notes.back().note) != std::lround(s.note)) notes.push_back(std::move(s));
    else if (worth(s) > worth(notes.back())) notes.back() = std::move(s);
  }
  std::string text = "// Each sample across the keys that are nearest to it.\n<global> ampeg_release=0.15\n";
  int from = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const int centre = static_cast<int>(std::lround(notes[i].note));
    const int to = i + 1 < notes.size() ? (centre + static_cast<int>(std::lround(notes[i + 1].note))) / 2 : 127;
    text += "<region> sample=" + notes[i].file + " lokey=" + std::to_string(from) + " hikey=" + std::to_string(to) + " pitch_keycenter=" + std::to_string(centre) +
            " tune=" + std::to_string(std::lround(100 * (centre - notes[i].note)));
    if (notes[i].loops) text += " loop_mode=loop_sustain";
    text += "\n";
    from = to + 1;
  }
  return text;
}

std::optional<int> note_in_name(const std::string& name) {
  constexpr std::string_view kLetters = "CxDxEFxGxAxB";
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && (is_letter(name[i - 1]) || is_digit(name[i - 1]))) continue;
    const auto step = kLetters.find(name[i]);
    if (step == std::string_view::npos || name[i] == 'x') continue;
    std::size_t at = i + 1;
    int note = static_cast<int>(step);
    if (at < name.size() && (name[at] == '#' || name[at] == 's')) ++note, ++at;
    else if (at < name.size() && name[at] == 'b') --note, ++at;
    const bool below = at + 1 < name.size() && name[at] == '-' && is_digit(name[at + 1]);
    if (below) ++at;
    if (at >= name.size() || !is_digit(name[at]) || (at + 1 < name.size() && (is_digit(name[at + 1]) || is_letter(name[at + 1])))) continue;
    note += 12 * ((below ? -1 : 1) * (name[at] - '0') + 1);
    if (note >= 0 && note <= 127) return note;
  }
  return {};
}

}  // namespace figment::sampling
