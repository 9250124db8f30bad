// Reads data/learned/*.json into Learned. The files are made by tools/learn, but are read as if anybody had made them:
// every count, index, name and number is checked, and an Error names file, table and entry.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "compose/learned.h"
#include "storage/data_file.h"

namespace figment::compose {
namespace {

using nlohmann::json;
using storage::Fields;

constexpr std::size_t longest_list = 20'000;
constexpr int largest_count = 100'000'000;
constexpr std::array<const char*, corpus_count> corpus_names{"pop", "folk", "chorale"};
constexpr std::array<const char*, tonality_count> tonality_names{"major", "minor"};

// The place of a value, for messages: put into words only where there is one to write, for there are some ten thousand
// values. `text` must outlive the Where.
class Where {
 public:
  Where(const std::string& text) : text_(text) {}  // NOLINT(google-explicit-constructor): a name is a place
  Where(const std::string& text, std::size_t entry) : text_(text), entry_(static_cast<std::ptrdiff_t>(entry)) {}
  [[nodiscard]] std::string text() const {
    return entry_ < 0 ? std::string(text_) : std::string(text_) + ": entry " + std::to_string(entry_);
  }

 private:
  std::string_view text_;
  std::ptrdiff_t entry_ = -1;
};

[[noreturn]] void corrupt(const Where& where, const std::string& wanted, const std::string& found) {
  throw Error(ErrorCode::Corrupt, where.text() + ": wanted " + wanted + ", found " + found,
              "make the tables anew with figment-learn, or install the program again");
}

Where entry_of(const std::string& where, std::size_t index) { return {where, index}; }

const json& list_of(const json& value, std::size_t least, std::size_t most, const Where& where) {
  if (!value.is_array() || value.size() < least || value.size() > most) {
    corrupt(where, "a list of " + std::to_string(least) + " to " + std::to_string(most) + " entries",
            value.is_array() ? std::to_string(value.size()) : value.type_name());
  }
  return value;
}

double number_of(const json& value, double low, double high, const Where& where) {
  const double number = value.is_number() ? value.get<double>() : 0.0;
  if (!value.is_number() || !(number >= low && number <= high)) {
    corrupt(where, "a number from " + std::to_string(low) + " to " + std::to_string(high),
            value.is_number() ? std::to_string(number) : value.type_name());
  }
  return number;
}

int whole_of(const json& value, int low, int high, const Where& where) {
  const double number = number_of(value, low, high, where);
  if (number != std::floor(number)) corrupt(where, "a whole number", std::to_string(number));
  return static_cast<int>(number);
}

template <std::size_t count>
std::array<double, count> numbers_of(const json& value, double low, double high, const Where& where) {
  list_of(value, count, count, where);
  std::array<double, count> result{};
  for (std::size_t i = 0; i < count; ++i) {
    const bool good = value[i].is_number() && value[i].get<double>() >= low && value[i].get<double>() <= high;
    result[i] = good ? value[i].get<double>() : number_of(value[i], low, high, entry_of(where.text(), i));
  }
  return result;
}

// Probabilities, written with few digits, made to sum to exactly 1 again.
template <class Entries, class Member>
void normalise(Entries& entries, Member probability, const std::string& where, bool counts) {
  double total = 0.0;
  for (auto& entry : entries) total += probability(entry);
  if (!(total > 0.0)) corrupt(where, "something that happened", "only zeros");
  if (!counts && std::abs(total - 1.0) > 0.03) corrupt(where, "probabilities that sum to 1", std::to_string(total));
  for (auto& entry : entries) probability(entry) /= total;
}

template <std::size_t count>
std::array<double, count> distribution_of(const json& value, const std::string& where) {
  auto result = numbers_of<count>(value, 0.0, 1.0, where);
  normalise(
      result, [](double& p) -> double& { return p; }, where, false);
  return result;
}

ChordKind kind_of(const json& value, const Where& where) {
  if (value.is_string()) {
    for (std::size_t i = 0; i < chord_kind_count; ++i) {
      if (value.get_ref<const std::string&>() == name(static_cast<ChordKind>(i))) return static_cast<ChordKind>(i);
    }
  }
  corrupt(where, "a chord kind such as \"maj\" or \"min7\"",
          value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 40));
}

int slots_of(std::string_view metre) { return metre == "4/4" ? 16 : metre == "2/4" ? 8 : 12; }

}  // namespace

class LearnedReader {
 public:
  static std::shared_ptr<const Learned> read(const std::filesystem::path& folder) {
    LearnedReader reader(folder);
    reader.melody();
    reader.rhythm();
    reader.phrases();
    reader.chords();
    reader.drums();
    return reader.learned_;
  }

 private:
  explicit LearnedReader(const std::filesystem::path& folder) : folder_(folder) {}

  // The file's tables, the header checked.
  Fields open(const char* file_name, json& whole) const {
    const auto file = folder_ / file_name;
    whole = storage::load_data_file(file);
    Fields fields(whole, file.string());
    if (fields.integer("format", 0, 1'000'000) != 1) {
      throw Error(ErrorCode::Unsupported, file.string() + ": wanted format 1, found another",
                  "the tables belong to another version of the program");
    }
    (void)fields.object("provenance");
    return fields;
  }

  void melody() {
    static constexpr std::array<const char*, approach_count> approaches{
        "none", "leap down", "third down", "step down", "repeat", "step up", "third up", "leap up"};
    static constexpr std::array<const char*, 3> strengths{"strong", "medium", "weak"};
    static constexpr std::array<const char*, 3> kinds{"chord", "diatonic", "chromatic"};
    json whole;
    Fields file = open("melody.json", whole);
    for (std::size_t corpus = 0; corpus < corpus_count; ++corpus) {
      Fields table(file.object(corpus_names[corpus]), file.where(corpus_names[corpus]));
      (void)table.integer("choices", 0, largest_count);
      (void)table.object("bits a note");
      Fields degrees(table.object("degrees"), table.where("degrees"));
      for (std::size_t tonality = 0; tonality < tonality_count; ++tonality) {
        const std::string where = degrees.where(tonality_names[tonality]);
        const json& rows = list_of(degrees.list(tonality_names[tonality]), 7, 7, where);
        for (std::size_t from = 0; from < 7; ++from) {
          const auto row = numbers_of<7>(rows[from], 0.0, 7.0, entry_of(where, from));
          std::copy(row.begin(), row.end(),
                    learned_->melody_[corpus].degree.begin() + static_cast<std::ptrdiff_t>((tonality * 7 + from) * 7));
        }
      }
      degrees.done();
      Fields steps(table.object("steps"), table.where("steps"));
      auto& step = learned_->melody_[corpus].step;
      for (std::size_t previous = 0; previous < approach_count; ++previous) {
        Fields after(steps.object(approaches[previous]), steps.where(approaches[previous]));
        for (std::size_t strength = 0; strength < 3; ++strength) {
          const auto index = [&](std::size_t interval, std::size_t kind) {
            return ((previous * (2 * widest_interval + 1) + interval) * 3 + strength) * 3 + kind;
          };
          const bool absent = corpus == static_cast<std::size_t>(Corpus::Chorale) && !after.has(strengths[strength]);
          if (absent) {
            const auto& folk = learned_->melody_[static_cast<std::size_t>(Corpus::Folk)].step;
            for (std::size_t interval = 0; interval <= 2 * widest_interval; ++interval) {
              for (std::size_t kind = 0; kind < 3; ++kind) step[index(interval, kind)] = folk[index(interval, kind)];
            }
            continue;
          }
          Fields group(after.object(strengths[strength]), after.where(strengths[strength]));
          for (std::size_t kind = 0; kind < 3; ++kind) {
            const auto row =
                numbers_of<2 * widest_interval + 1>(group.list(kinds[kind]), 0.0, 1.0, group.where(kinds[kind]));
            for (std::size_t interval = 0; interval < row.size(); ++interval)
              step[index(interval, kind)] = row[interval];
          }
          group.done();
        }
        after.done();
      }
      steps.done();
      table.done();
    }
    file.done();
  }

  static std::vector<BarRhythm> bars_of(const json& value, std::size_t slots, const std::string& where) {
    std::vector<BarRhythm> bars;
    const json& patterns = list_of(value, 1, 512, where);
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const Where at = entry_of(where, i);
      const json& pattern = list_of(patterns[i], 2, 2, at);
      if (!pattern[0].is_string() || pattern[0].get_ref<const std::string&>().size() != slots) {
        corrupt(at, std::to_string(slots) + " characters x or .", pattern[0].type_name());
      }
      BarRhythm bar{{}, static_cast<double>(whole_of(pattern[1], 1, largest_count, at))};
      const auto& text = pattern[0].get_ref<const std::string&>();
      for (std::size_t slot = 0; slot < slots; ++slot) {
        if (text[slot] == 'x')
          bar.onsets.push_back(static_cast<int>(slot));
        else if (text[slot] != '.')
          corrupt(at, "x or .", std::string("another character at ") + std::to_string(slot));
      }
      if (bar.onsets.empty()) corrupt(at, "at least one x", "none");
      bars.push_back(std::move(bar));
    }
    std::stable_sort(bars.begin(), bars.end(),
                     [](const BarRhythm& a, const BarRhythm& b) { return a.probability > b.probability; });
    normalise(
        bars, [](BarRhythm& bar) -> double& { return bar.probability; }, where, true);
    return bars;
  }

  static Learned::Rhythm metre_of(const std::string& metre, const json& value, const std::string& where) {
    Learned::Rhythm rhythm;
    const auto slots = static_cast<std::size_t>(slots_of(metre));
    Fields table(value, where);
    (void)table.integer("bars", 1, largest_count);
    (void)table.number("share of bars kept", 0.0, 1.0);
    rhythm.bars[0] = bars_of(table.list("patterns"), slots, table.where("patterns"));
    Fields places(table.object("by place"), table.where("by place"));
    static constexpr std::array<const char*, 3> place_names{"opening", "inside", "closing"};
    for (std::size_t place = 0; place < place_names.size(); ++place) {
      rhythm.bars[place + 1] = bars_of(places.list(place_names[place]), slots, places.where(place_names[place]));
    }
    places.done();
    const json& onset = list_of(table.list("onset"), slots, slots, table.where("onset"));
    for (std::size_t slot = 0; slot < slots; ++slot) {
      rhythm.onset.push_back(numbers_of<8>(onset[slot], 0.0, 1.0, entry_of(table.where("onset"), slot)));
    }
    table.done();
    return rhythm;
  }

  void rhythm() {
    json whole;
    Fields file = open("rhythm.json", whole);
    for (const Corpus corpus : {Corpus::Pop, Corpus::Folk}) {
      const char* corpus_name = corpus_names[static_cast<std::size_t>(corpus)];
      auto& into = learned_->melody_[static_cast<std::size_t>(corpus)];
      Fields table(file.object(corpus_name), file.where(corpus_name));
      Fields metres(table.object("metres"), table.where("metres"));
      for (const char* metre : {"4/4", "2/4", "3/4", "6/8"}) {
        if (metre == std::string_view("4/4") || metres.has(metre)) {
          into.rhythm.emplace(metre, metre_of(metre, metres.object(metre), metres.where(metre)));
        }
      }
      metres.done();
      Fields repetition(table.object("repetition"), table.where("repetition"));
      const auto sources = distribution_of<5>(repetition.list("sources"), repetition.where("sources"));
      into.sources = {sources[0], sources[1], sources[2], sources[3], sources[4]};
      into.pitch_follows =
          numbers_of<4>(repetition.list("pitches follow"), 0.0, 1.0, repetition.where("pitches follow"));
      repetition.done();
      into.articulation.fill({1.0, 0.0});
      if (table.has("articulation")) {
        Fields articulation(table.object("articulation"), table.where("articulation"));
        const auto mean = numbers_of<16>(articulation.list("mean"), 0.0, 1.0, articulation.where("mean"));
        const auto deviation =
            numbers_of<16>(articulation.list("deviation"), 0.0, 1.0, articulation.where("deviation"));
        for (std::size_t i = 0; i < 16; ++i) into.articulation[i] = {mean[i], deviation[i]};
        articulation.done();
      }
      table.done();
    }
    file.done();
    auto& chorale = learned_->melody_[static_cast<std::size_t>(Corpus::Chorale)];
    const auto& folk = learned_->melody_[static_cast<std::size_t>(Corpus::Folk)];
    chorale.sources = folk.sources;
    chorale.pitch_follows = folk.pitch_follows;
    chorale.articulation.fill({1.0, 0.0});
  }

  void phrases() {
    json whole;
    Fields file = open("phrases.json", whole);
    for (std::size_t corpus = 0; corpus < corpus_count; ++corpus) {
      auto& into = learned_->melody_[corpus];
      Fields table(file.object(corpus_names[corpus]), file.where(corpus_names[corpus]));
      for (std::size_t tonality = 0; tonality < tonality_count; ++tonality) {
        Fields part(table.object(tonality_names[tonality]), table.where(tonality_names[tonality]));
        (void)part.integer("phrases", 0, largest_count);
        auto& phrases = into.phrases[tonality];
        phrases.half_bars = distribution_of<16>(part.list("half bars"), part.where("half bars"));
        phrases.apex = distribution_of<8>(part.list("apex"), part.where("apex"));
        phrases.range = distribution_of<25>(part.list("range"), part.where("range"));
        phrases.start_degree = distribution_of<7>(part.list("start degree"), part.where("start degree"));
        phrases.inner_degree = distribution_of<7>(part.list("inner degree"), part.where("inner degree"));
        phrases.final_degree = distribution_of<7>(part.list("final degree"), part.where("final degree"));
        part.done();
      }
      const json& contours = list_of(table.list("contours"), 1, 64, table.where("contours"));
      for (std::size_t i = 0; i < contours.size(); ++i) {
        Fields contour(contours[i], entry_of(table.where("contours"), i).text());
        ContourPrototype prototype{};
        prototype.probability = contour.number("share", 0.0, 1.0);
        prototype.range = contour.number("range", 0.0, 48.0);
        prototype.shape = numbers_of<8>(contour.list("shape"), 0.0, 1.0, contour.where("shape"));
        contour.done();
        into.contours.push_back(prototype);
      }
      normalise(
          into.contours, [](ContourPrototype& p) -> double& { return p.probability; }, table.where("contours"), false);
      table.done();
    }
    file.done();
  }

  static std::vector<Cadence> cadences_of(const json& value, const std::string& where) {
    std::vector<Cadence> cadences;
    list_of(value, 1, 256, where);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Where at = entry_of(where, i);
      const json& entry = list_of(value[i], 7, 7, at);
      Cadence cadence{};
      for (std::size_t chord = 0; chord < 3; ++chord) {
        cadence.chords[chord] = {whole_of(entry[2 * chord], 0, 11, at), kind_of(entry[2 * chord + 1], at)};
      }
      cadence.probability = whole_of(entry[6], 1, largest_count, at);
      cadences.push_back(cadence);
    }
    normalise(
        cadences, [](Cadence& c) -> double& { return c.probability; }, where, true);
    return cadences;
  }

  static std::vector<ChordLoop> loops_of(const json& value, const std::string& where) {
    std::vector<ChordLoop> loops;
    list_of(value, 1, 512, where);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Where at = entry_of(where, i);
      Fields entry(value[i], at.text());
      (void)entry.text("numerals");
      ChordLoop loop{{}, {}, static_cast<double>(entry.integer("songs", 1, largest_count))};
      const json& chords = list_of(entry.list("chords"), 2, 16, entry.where("chords"));
      for (const json& chord : chords) {
        list_of(chord, 3, 3, entry.where("chords"));
        const KeyChord read{whole_of(chord[0], 0, 11, at), kind_of(chord[1], at)};
        if (!loop.chords.empty() && loop.chords.back() == read)
          corrupt(at, "neighbours that differ", "one chord twice");
        loop.chords.push_back(read);
        loop.beats.push_back(number_of(chord[2], 0.5, 16.0, at));
      }
      const double length = std::accumulate(loop.beats.begin(), loop.beats.end(), 0.0);
      if (length != 8.0 && length != 16.0) corrupt(at, "a loop of 8 or 16 beats", std::to_string(length));
      entry.done();
      loops.push_back(std::move(loop));
    }
    normalise(
        loops, [](ChordLoop& loop) -> double& { return loop.probability; }, where, true);
    return loops;
  }

  static Learned::ChordTable chord_table(const json& value, const std::string& where) {
    Learned::ChordTable table;
    Fields fields(value, where);
    const json& chords = list_of(fields.list("chords"), 2, 256, fields.where("chords"));
    const std::size_t count = chords.size();
    for (std::size_t i = 0; i < count; ++i) {
      Fields chord(chords[i], entry_of(fields.where("chords"), i).text());
      (void)chord.text("numeral");
      WeightedChord weighted{{chord.integer("root", 0, 11), kind_of(chord.any("kind"), chord.where("kind"))},
                             static_cast<double>(chord.integer("count", 1, largest_count))};
      chord.done();
      for (const WeightedChord& known : table.chords) {
        if (known.chord == weighted.chord)
          corrupt(entry_of(fields.where("chords"), i), "a new chord", "one already listed");
      }
      table.chords.push_back(weighted);
    }
    normalise(
        table.chords, [](WeightedChord& c) -> double& { return c.probability; }, fields.where("chords"), true);

    const int last = static_cast<int>(count) - 1;
    table.first.assign(count * count, 0.0);
    const json& first = list_of(fields.list("first order"), 1, longest_list, fields.where("first order"));
    const std::string first_order = fields.where("first order");
    for (std::size_t i = 0; i < first.size(); ++i) {
      const Where at = entry_of(first_order, i);
      const json& entry = list_of(first[i], 3, 3, at);
      const int from = whole_of(entry[0], 0, last, at), to = whole_of(entry[1], 0, last, at);
      if (from == to) corrupt(at, "two different chords", "one twice");
      table.first[static_cast<std::size_t>(from) * count + static_cast<std::size_t>(to)] +=
          whole_of(entry[2], 1, largest_count, at);
    }
    const json& second = list_of(fields.list("second order"), 0, longest_list, fields.where("second order"));
    const std::string second_order = fields.where("second order");
    for (std::size_t i = 0; i < second.size(); ++i) {
      const Where at = entry_of(second_order, i);
      const json& entry = list_of(second[i], 4, 4, at);
      const auto before = static_cast<std::size_t>(whole_of(entry[0], 0, last, at));
      const auto previous = static_cast<std::size_t>(whole_of(entry[1], 0, last, at));
      const auto next = static_cast<std::size_t>(whole_of(entry[2], 0, last, at));
      if (before == previous || previous == next) corrupt(at, "neighbours that differ", "one chord twice");
      table.second[{before, previous}].counts.emplace_back(next, whole_of(entry[3], 1, largest_count, at));
    }
    for (auto& [pair, followers] : table.second) {
      double listed = 0.0;
      for (const auto& entry : followers.counts) listed += entry.second;
      followers.seen = std::max(listed, table.first[pair.first * count + pair.second]);
    }
    smooth(table);
    (void)fields.list_or_empty("loops");
    table.cadences[0] = cadences_of(fields.list("inner cadences"), fields.where("inner cadences"));
    table.cadences[1] = cadences_of(fields.list("final cadences"), fields.where("final cadences"));
    fields.done();
    return table;
  }

  // Rows of counts to probabilities, each leaning a little (Dirichlet) on how often its successors occur at all.
  static void smooth(Learned::ChordTable& table) {
    constexpr double chords_worth = 2.0;
    const std::size_t count = table.chords.size();
    for (std::size_t from = 0; from < count; ++from) {
      double* const row = table.first.data() + from * count;
      double total = 0.0;
      for (std::size_t to = 0; to < count; ++to) total += row[to];
      const double others = 1.0 - table.chords[from].probability;
      for (std::size_t to = 0; to < count; ++to) {
        const double usual = to == from ? 0.0 : table.chords[to].probability / others;
        row[to] = (row[to] + chords_worth * usual) / (total + chords_worth);
      }
    }
  }

  void chords() {
    json whole;
    Fields file = open("chords.json", whole);
    for (std::size_t corpus = 0; corpus < corpus_count; ++corpus) {
      Fields table(file.object(corpus_names[corpus]), file.where(corpus_names[corpus]));
      for (std::size_t tonality = 0; tonality < tonality_count; ++tonality) {
        const char* tonality_name = tonality_names[tonality];
        const json& tables = table.object(tonality_name);
        learned_->harmony_[corpus][tonality] = chord_table(tables, table.where(tonality_name));
        if (corpus == static_cast<std::size_t>(Corpus::Pop)) {
          Fields fields(tables, table.where(tonality_name));
          learned_->chord_loops_[tonality] = loops_of(fields.list("loops"), fields.where("loops"));
        }
      }
      Fields lengths(table.object("lengths"), table.where("lengths"));
      for (const char* metre : {"4/4", "2/4", "3/4", "6/8"}) {
        if (metre != std::string_view("4/4") && !lengths.has(metre)) continue;
        const std::string where = lengths.where(metre);
        const json& list = list_of(lengths.list(metre), 1, 64, where);
        std::vector<ChordLength> read;
        for (std::size_t i = 0; i < list.size(); ++i) {
          const json& entry = list_of(list[i], 2, 2, entry_of(where, i));
          read.push_back({number_of(entry[0], 0.25, 64.0, entry_of(where, i)),
                          static_cast<double>(whole_of(entry[1], 1, largest_count, entry_of(where, i)))});
        }
        normalise(
            read, [](ChordLength& l) -> double& { return l.probability; }, where, true);
        learned_->chord_lengths_[corpus].emplace(metre, std::move(read));
      }
      lengths.done();
      table.done();
    }
    file.done();
  }

  static std::vector<DrumPattern> patterns_of(const json& value, const std::string& where) {
    std::vector<DrumPattern> patterns;
    list_of(value, 1, 1024, where);
    for (std::size_t i = 0; i < value.size(); ++i) {
      Fields entry(value[i], entry_of(where, i).text());
      DrumPattern pattern{entry.text("name"), entry.text("family"), entry.integer("bars", 1, 100'000), {}};
      if (pattern.name.empty() || pattern.name.size() > 100 || pattern.family.empty() || pattern.family.size() > 100) {
        entry.fail("name", "a name and a family of 1 to 100 characters");
      }
      Fields hit(entry.object("hit"), entry.where("hit"));
      for (std::size_t voice = 0; voice < drum_voice_count; ++voice) {
        const std::string voice_name(name(static_cast<DrumVoice>(voice)));
        if (hit.has(voice_name)) {
          pattern.hit[voice] = numbers_of<drum_steps>(hit.list(voice_name), 0.0, 1.0, hit.where(voice_name));
        }
      }
      hit.done();
      entry.done();
      patterns.push_back(std::move(pattern));
    }
    return patterns;
  }

  void drums() {
    json whole;
    Fields file = open("drums.json", whole);
    learned_->drum_families_ = patterns_of(file.list("families"), file.where("families"));
    learned_->drum_styles_ = patterns_of(file.list("styles"), file.where("styles"));
    file.done();
  }

  std::filesystem::path folder_;
  std::shared_ptr<Learned> learned_{new Learned};
};

std::shared_ptr<const Learned> load_learned(const std::filesystem::path& data_dir) {
  return LearnedReader::read(data_dir / "learned");
}

}  // namespace figment::compose
