#include "compose/vocabulary.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "storage/data_file.h"

namespace figment::compose {
namespace {

using storage::Fields;

std::string join_tokens(const std::vector<Token>& tokens, std::size_t from, std::size_t to, const char* between) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) {
    if (i > from) out += between;
    out += tokens[i].text;
  }
  return out;
}

bool one_slip(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t same = 0;
  while (same < a.size() && a[same] == b[same]) ++same;
  if (a.size() < b.size()) return a.substr(same) == b.substr(same + 1);
  if (same == a.size()) return true;
  if (a.substr(same + 1) == b.substr(same + 1)) return true;
  return same + 1 < a.size() && a[same] == b[same + 1] && a[same + 1] == b[same] &&
         a.substr(same + 2) == b.substr(same + 2);
}

bool same_meaning(const Phrase& a, const Phrase& b) {
  return a.meanings.size() == b.meanings.size() &&
         std::equal(a.meanings.begin(), a.meanings.end(), b.meanings.begin(), [](const Meaning& x, const Meaning& y) {
           return x.sense == y.sense && x.value == y.value && x.index == y.index;
         });
}

std::string plural_of(const std::string& key) {
  // "808s", but nobody writes "4x4s".
  const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  if (key.empty() || std::all_of(key.begin(), key.end(), digit)) return key + "s";
  if (digit(static_cast<unsigned char>(key.back()))) return {};
  if (key.back() == 's') return {};
  if (key.ends_with("x") || key.ends_with("ch") || key.ends_with("sh")) return key + "es";
  const bool consonant_y = key.size() > 1 && key.back() == 'y' &&
                           std::string_view("aeiou").find(key[key.size() - 2]) == std::string_view::npos;
  return consonant_y ? key.substr(0, key.size() - 1) + "ies" : key + "s";
}

}  // namespace

const Meaning* Phrase::get(Sense sense) const noexcept {
  const auto found = std::find_if(meanings.begin(), meanings.end(), [&](const Meaning& m) { return m.sense == sense; });
  return found == meanings.end() ? nullptr : &*found;
}

const Phrase* Vocabulary::match(const std::vector<Token>& tokens, std::size_t at, std::size_t& length) const {
  std::size_t end = at;
  while (end < tokens.size() && end - at < longest_ && tokens[end].kind != Token::Kind::Sign) ++end;
  for (; end > at; --end) {
    const auto found = phrases_.find(join_tokens(tokens, at, end, ""));
    if (found == phrases_.end()) continue;
    // "a live" is not "alive": letters may move between words only where no single letter stands alone.
    const bool loose = std::none_of(
        tokens.begin() + static_cast<std::ptrdiff_t>(at), tokens.begin() + static_cast<std::ptrdiff_t>(end),
        [](const Token& t) { return t.word() && t.text.size() < 2 && !t.glued && !t.hyphen; });
    if (end - at > 1 && !loose && found->second.text != join_tokens(tokens, at, end, " ")) continue;
    length = end - at;
    return &found->second;
  }
  return nullptr;
}

const Phrase* Vocabulary::nearest(const Token& word) const {
  if (!word.word() || word.text.size() < 6 || word.text.size() > 24) return nullptr;
  const Phrase* best = nullptr;
  for (const auto& [key, phrase] : phrases_) {
    if (key.size() < 6 || key[0] != word.text[0] || !one_slip(key, word.text)) continue;
    if (phrase.has(Sense::Noise) || phrase.has(Sense::Name) || phrase.has(Sense::Request)) continue;
    // Short words are near to too many: there only styles and instruments are guessed ("raggae", but "losing" is not
    // "loving" and "morning" is not "mourning").
    if (word.text.size() < 8 && !phrase.has(Sense::Genre) && !phrase.has(Sense::Instrument)) continue;
    if (best != nullptr && !same_meaning(*best, phrase)) return nullptr;
    // Of equals the alphabetically first, so that the answer does not depend on the hash.
    if (best == nullptr || phrase.text < best->text) best = &phrase;
  }
  return best;
}

std::vector<std::string> Vocabulary::presets_of_family(const std::string& family) const {
  std::vector<std::string> out;
  for (const InstrumentWord& instrument : instruments_) {
    if (instrument.family != family) continue;
    if (!instrument.preset.empty()) out.push_back(instrument.preset);
    for (const auto& [trait, preset] : instrument.when) out.push_back(preset);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string first_of_its_kind(const std::string& instrument) {
  constexpr std::string_view second = "second ";
  return instrument.rfind(second, 0) == 0 ? instrument.substr(second.size()) : instrument;
}

const InstrumentWord* Vocabulary::instrument(std::string_view name) const {
  const auto found =
      std::find_if(instruments_.begin(), instruments_.end(), [&](const auto& i) { return i.name == name; });
  return found == instruments_.end() ? nullptr : &*found;
}

class VocabularyLoader {
 public:
  explicit VocabularyLoader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::shared_ptr<const Vocabulary> load() {
    genres();
    instruments();
    ensembles();
    moods();
    production();
    sections_and_eras();
    vocals();
    names();
    grammar();
    add_plurals();
    return vocabulary_;
  }

 private:
  struct File {
    std::string name;
    nlohmann::json json;
  };
  [[nodiscard]] File open(const char* name) const {
    return {std::string("data/words/") + name, storage::load_data_file(folder_ / name)};
  }

  void add(const std::string& text, Meaning meaning, const std::string& where) {
    const std::vector<Token> tokens = tokenize(text);
    const bool plain =
        std::all_of(tokens.begin(), tokens.end(), [](const Token& t) { return t.kind != Token::Kind::Sign; });
    if (tokens.empty() || !plain || tokens.size() > 8) {
      throw Error(ErrorCode::Corrupt, where + ": wanted a phrase of up to 8 words, found \"" + text + "\"");
    }
    vocabulary_->longest_ = std::max(vocabulary_->longest_, tokens.size());
    Phrase& phrase = vocabulary_->phrases_[join_tokens(tokens, 0, tokens.size(), "")];
    // Small words stay small only where they mean nothing else.
    if (meaning.sense == Sense::Noise && !phrase.meanings.empty()) return;
    if (const Meaning* same = phrase.get(meaning.sense); same != nullptr) {
      if (same->value == meaning.value) return;
      throw Error(ErrorCode::Corrupt, where + ": \"" + text + "\" already means " + same->value,
                  "let a phrase mean one thing");
    }
    phrase.text = join_tokens(tokens, 0, tokens.size(), " ");
    phrase.meanings.push_back(std::move(meaning));
  }
  void add_all(Fields& fields, const std::string& key, Sense sense, const std::string& value) {
    for (const std::string& text : fields.texts_or_empty(key)) add(text, {sense, value, 0}, fields.where(key));
  }

  void genres() {
    const File file = open("genres.toml");
    for (const auto& [style, entry] : file.json.items()) {
      Fields fields(entry, file.name + ": " + style);
      add_all(fields, "words", Sense::Genre, style);
      add_all(fields, "flavours", Sense::Flavour, style);
      fields.done();
    }
  }

  void instruments() {
    const File file = open("instruments.toml");
    Fields all(file.json, file.name);
    const auto& traits = all.object("traits");
    Fields trait_fields(traits, file.name + ": traits");
    for (const auto& [trait, unused] : traits.items()) {
      add(trait, {Sense::Trait, trait, 0}, file.name);
      add_all(trait_fields, trait, Sense::Trait, trait);
    }
    for (const auto& entry : all.list("instrument")) {
      Fields fields(entry, file.name + ": instrument");
      InstrumentWord instrument;
      instrument.name = fields.text("name");
      instrument.part = fields.one_of("part", {"kick", "snare", "hats", "percussion", "drums", "bass", "chords", "pad",
                                               "lead", "arp", "pluck", "texture", "effects", "counter"});
      instrument.preset = fields.text_or("preset", "");
      instrument.family = fields.text_or("family", instrument.name);
      instrument.solo = fields.texts_or_empty("solo");
      instrument.home = fields.texts_or_empty("home");
      if (instrument.solo.empty()) instrument.solo = {instrument.part};
      const auto& when = fields.object_or_empty("when");
      for (const auto& [trait, preset] : when.items()) {
        if (!preset.is_string()) fields.fail("when", "preset names");
        instrument.when[trait] = preset.get<std::string>();
      }
      const std::size_t index = vocabulary_->instruments_.size();
      add(instrument.name, {Sense::Instrument, instrument.name, index}, file.name);
      for (const std::string& word : fields.texts_or_empty("words")) {
        add(word, {Sense::Instrument, instrument.name, index}, file.name + ": " + instrument.name);
      }
      fields.done();
      vocabulary_->instruments_.push_back(std::move(instrument));
    }
    all.done();
  }

  // "viola: pad double-stops"
  EnsembleWord::Seat seat(Fields& fields, const std::string& key, const std::string& text) {
    EnsembleWord::Seat out;
    const auto colon = text.find(": ");
    out.instrument = text.substr(0, colon);
    std::string rest = colon == std::string::npos ? "" : text.substr(colon + 2);
    for (std::size_t at = 0; at < rest.size();) {
      const std::size_t end = std::min(rest.find(' ', at), rest.size());
      (out.part.empty() ? out.part : out.traits.emplace_back()) = rest.substr(at, end - at);
      at = end + 1;
    }
    if (out.part.empty() || vocabulary_->instrument(first_of_its_kind(out.instrument)) == nullptr)
      fields.fail(key, "seats such as \"viola: pad\", an instrument of instruments.toml and its part");
    return out;
  }

  void ensembles() {
    const File file = open("ensembles.toml");
    Fields all(file.json, file.name);
    for (const auto& entry : all.list("ensemble")) {
      Fields fields(entry, file.name + ": ensemble");
      EnsembleWord ensemble;
      ensemble.name = fields.text("name");
      ensemble.players = static_cast<int>(fields.number("players", 1, 16));
      ensemble.style = fields.text_or("style", "");
      const auto seats = [&](Fields& from, const std::string& key, std::vector<EnsembleWord::Seat>& out) {
        for (const std::string& text : from.texts_or_empty(key)) out.push_back(seat(from, key, text));
        if (!out.empty() && out.size() != static_cast<std::size_t>(ensemble.players))
          from.fail(key, "as many seats as players");
      };
      seats(fields, "seats", ensemble.seats);
      const auto& when = fields.object_or_empty("when");
      Fields other(when, file.name + ": " + ensemble.name + ": when");
      for (const auto& [style, unused] : when.items()) seats(other, style, ensemble.when[style]);
      const std::size_t index = vocabulary_->ensembles_.size();
      add(ensemble.name, {Sense::Ensemble, ensemble.name, index}, file.name);
      for (const std::string& word : fields.texts_or_empty("words"))
        add(word, {Sense::Ensemble, ensemble.name, index}, file.name + ": " + ensemble.name);
      fields.done();
      vocabulary_->ensembles_.push_back(std::move(ensemble));
    }
    all.done();
  }

  void moods() {
    const File file = open("moods.toml");
    for (const auto& [name, entry] : file.json.items()) {
      Fields fields(entry, file.name + ": " + name);
      MoodWord mood;
      mood.name = name;
      mood.valence = fields.number("valence", -1, 1);
      mood.arousal = fields.number("arousal", -1, 1);
      mood.darkness = fields.number("darkness", -1, 1);
      if (fields.has("energy")) mood.energy = fields.number("energy", 0, 1);
      if (fields.has("mode")) mood.mode = score::parse_mode(fields.text("mode"));
      const std::size_t index = vocabulary_->moods_.size();
      add(name, {Sense::Mood, name, index}, file.name);
      for (const std::string& word : fields.texts_or_empty("words")) {
        add(word, {Sense::Mood, name, index}, file.name + ": " + name);
      }
      fields.done();
      vocabulary_->moods_.push_back(std::move(mood));
    }
  }

  void production() {
    const File file = open("production.toml");
    for (const auto& [name, entry] : file.json.items()) {
      Fields fields(entry, file.name + ": " + name);
      add(name, {Sense::Production, name, 0}, file.name);
      add_all(fields, "words", Sense::Production, name);
      if (fields.has("not")) vocabulary_->opposites_[name] = fields.text("not");
      fields.done();
    }
  }

  void sections_and_eras() {
    for (const auto& [name, sense] :
         {std::pair{"structure.toml", Sense::Section}, std::pair{"eras.toml", Sense::Era}}) {
      const File file = open(name);
      Fields fields(file.json, file.name);
      for (const auto& [value, unused] : file.json.items()) add_all(fields, value, sense, value);
    }
  }

  void vocals() {
    const File file = open("vocals.toml");
    Fields fields(file.json, file.name);
    add_all(fields, "without", Sense::LeavesOut, "vocals");
    add_all(fields, "alone", Sense::VoicesAlone, "a cappella");
    const auto& kinds = fields.object("kinds");
    Fields kind_fields(kinds, file.name + ": kinds");
    for (const auto& [kind, unused] : kinds.items()) {
      add(kind, {Sense::Vocals, kind, 0}, file.name);
      add_all(kind_fields, kind, Sense::Vocals, kind);
    }
    fields.done();
  }

  void names() {
    const File file = open("names.toml");
    Fields fields(file.json, file.name);
    add_all(fields, "names", Sense::Name, "name");
    fields.done();
  }

  void grammar() {
    const File file = open("grammar.toml");
    Fields fields(file.json, file.name);
    for (const auto& [key, sense] :
         std::initializer_list<std::pair<const char*, Sense>>{{"without", Sense::Without},
                                                              {"only", Sense::Only},
                                                              {"alone", Sense::Alone},
                                                              {"solo", Sense::Solo},
                                                              {"except", Sense::Except},
                                                              {"join", Sense::Join},
                                                              {"with", Sense::With},
                                                              {"about", Sense::About},
                                                              {"style_of", Sense::StyleOf},
                                                              {"begin", Sense::Begin},
                                                              {"finish", Sense::Finish},
                                                              {"half_time", Sense::HalfTime},
                                                              {"double_time", Sense::DoubleTime},
                                                              {"requests", Sense::Request}}) {
      add_all(fields, key, sense, key);
    }
    add_all(fields, "drumless", Sense::LeavesOut, "drums");
    add_all(fields, "bassless", Sense::LeavesOut, "bass");
    for (const auto& [key, sense] :
         std::initializer_list<std::pair<const char*, Sense>>{{"swing", Sense::Swing},
                                                              {"tempo", Sense::Tempo},
                                                              {"metre", Sense::Metre},
                                                              {"loudness", Sense::Loudness}}) {
      const auto& table = fields.object(key);
      Fields entries(table, fields.where(key));
      for (const auto& [value, unused] : table.items()) add_all(entries, value, sense, value);
    }
    add_all(fields, "noise", Sense::Noise, "noise");
    fields.done();
  }

  void add_plurals() {
    std::vector<std::pair<std::string, Phrase>> plurals;
    for (const auto& [key, phrase] : vocabulary_->phrases_) {
      const bool noun = phrase.has(Sense::Genre) || phrase.has(Sense::Instrument) || phrase.has(Sense::Section) ||
                        phrase.has(Sense::Vocals) || phrase.has(Sense::Ensemble) || phrase.has(Sense::Request) ||
                        phrase.has(Sense::Production);
      const std::string plural = noun ? plural_of(key) : std::string();
      if (!plural.empty() && !vocabulary_->phrases_.contains(plural)) {
        plurals.emplace_back(plural, phrase);
        plurals.back().second.text = plural_of(phrase.text);
      }
    }
    // Two singulars may share a plural; the alphabetically first key decides.
    std::sort(plurals.begin(), plurals.end(), [](const auto& a, const auto& b) {
      return std::tie(a.first, a.second.text) < std::tie(b.first, b.second.text);
    });
    for (auto& [key, phrase] : plurals) vocabulary_->phrases_.emplace(key, std::move(phrase));
  }

  std::filesystem::path folder_;
  std::shared_ptr<Vocabulary> vocabulary_ = std::make_shared<Vocabulary>();
};

std::shared_ptr<const Vocabulary> load_vocabulary(const std::filesystem::path& data_dir) {
  return VocabularyLoader(data_dir / "words").load();
}

}  // namespace figment::compose
