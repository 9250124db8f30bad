#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"
#include "compose/brief.h"
#include "compose/brief_check.h"
#include "compose/brief_items.h"

namespace figment::compose {
namespace {

using NumberKind = NumberPhrase::Kind;

constexpr std::size_t kLongestPrompt = 4000;

// An instrument with the adjectives before it, or a voice.
struct Group {
  std::size_t first = 0;       // item where it starts (its first adjective)
  std::size_t instrument = 0;  // item
  std::vector<std::size_t> adjectives;
};

class Reader {
 public:
  Reader(std::string_view prompt, const Vocabulary& vocabulary) : prompt_(prompt), vocabulary_(vocabulary) {
    brief_.prompt = prompt;
    tokens_ = tokenize(prompt);
    items_ = find_items(prompt, tokens_, vocabulary);
  }

  Brief read() {
    for (std::size_t i = 0; i < items_.size();) i = std::max(i + 1, read_item(i));
    settle_genres();
    settle_solos();
    settle_presets();
    settle_moods();
    settle_numbers();
    settle_structure();
    merge_unknown();
    check_brief(brief_, vocabulary_);
    check_understood();
    return std::move(brief_);
  }

 private:
  // ---- words

  [[nodiscard]] Words words(std::size_t first, std::size_t end) const {
    Words out;
    out.begin = tokens_[items_[first].first].begin;
    out.end = tokens_[items_[end - 1].end - 1].end;
    out.text = std::string(prompt_.substr(out.begin, out.end - out.begin));
    for (std::size_t i = first; i < end; ++i) {
      if (items_[i].slip) out.read_as = items_[i].phrase->text;
    }
    return out;
  }
  [[nodiscard]] Words words(std::size_t item) const { return words(item, item + 1); }

  [[nodiscard]] const Item* item(std::size_t i) const { return i < items_.size() ? &items_[i] : nullptr; }
  [[nodiscard]] bool has(std::size_t i, Sense sense) const { return i < items_.size() && items_[i].has(sense); }
  [[nodiscard]] bool is(std::size_t i, NumberKind kind) const { return i < items_.size() && items_[i].is(kind); }
  [[nodiscard]] bool pause(std::size_t i) const { return i >= items_.size() || items_[i].pause(); }
  [[nodiscard]] std::size_t skip_noise(std::size_t i) const {
    while (i < items_.size() && items_[i].noise()) ++i;
    return i;
  }
  [[nodiscard]] std::string text_of(std::size_t i) const {
    return i < items_.size() ? std::string(tokens_[items_[i].first].text) : std::string();
  }

  void understood() { ++understood_; }
  void unknown(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) unknown_.insert(i);
  }

  template <class T>
  void ask(std::optional<Asked<T>>& field, T value, const Words& from, const char* what) {
    understood();
    if (!field) {
      field = Asked<T>{std::move(value), {from}};
    } else if (field->value == value) {
      field->from.push_back(from);
    } else {
      throw Error(ErrorCode::InvalidArgument,
                  std::string("two different ") + what + ": " + quoted(field->from.front()) + " and " + quoted(from),
                  std::string("keep one of them"));
    }
  }
  template <class T>
  void ask_also(std::vector<Asked<T>>& field, T value, const Words& from) {
    understood();
    for (Asked<T>& asked : field) {
      if (asked.value == value) {
        asked.from.push_back(from);
        return;
      }
    }
    field.push_back({std::move(value), {from}});
  }

  // ---- the walk

  // Reads the item and whatever belongs to it; returns the next item to read.
  std::size_t read_item(std::size_t i) {
    const Item& here = items_[i];
    if (here.pause()) {
      if (here.sign == '.') end_of_run();
      return i + 1;
    }
    if (here.kind == Item::Kind::Unknown) {
      unknown(i, i + 1);
      return i + 1;
    }
    if (here.kind == Item::Kind::Number) return read_number(i);
    if (here.has(Sense::Name)) {
      unknown(i, i + 1);
      return i + 1;
    }
    if (here.has(Sense::StyleOf)) return read_style_of(i);
    if (here.has(Sense::About)) return read_topic(i);
    // "a pop song about …"
    if (text_of(i) == "about" && here.noise() && i > 0 && !items_[i - 1].pause() && !items_[i - 1].noise() &&
        i + 1 < items_.size() && items_[i + 1].kind != Item::Kind::Number) {
      return read_topic(i);
    }
    if (here.has(Sense::Except)) return read_without(i);
    if (here.has(Sense::Only)) {
      if (const std::size_t next = read_only(i); next > i) return next;
    }
    if (here.has(Sense::Without)) return read_without(i);
    if (here.has(Sense::Begin) || here.has(Sense::Finish)) return read_edge(i);
    if (here.has(Sense::Solo)) return read_solo_first(i);
    if (here.has(Sense::Section)) return read_section(i);
    if (const std::optional<Group> group = group_at(i)) return read_group(*group);
    return read_plain(i);
  }

  // Words about the whole song. A phrase may mean several things at once.
  std::size_t read_plain(std::size_t i) {
    const Item& here = items_[i];
    const Words from = words(i);
    bool taken = false;
    for (const Meaning& meaning : here.phrase->meanings) {
      switch (meaning.sense) {
        case Sense::Genre:
        case Sense::Flavour:
          genres_.push_back({meaning.value, meaning.sense == Sense::Genre && !only_influence(i), false, i});
          mood_inside(i);
          break;
        case Sense::Mood:
          moods_.push_back({meaning.index, i, false});
          break;
        case Sense::Production:
          ask_also(brief_.production, meaning.value, from);
          break;
        case Sense::Era:
          eras_.push_back({meaning.value, i, false});
          break;
        case Sense::Vocals:
          add_vocals(meaning.value, from);
          break;
        case Sense::HalfTime:
          brief_.half_time = true;
          break;
        case Sense::DoubleTime:
          brief_.double_time = true;
          break;
        case Sense::Swing:
          if (here.has(Sense::Genre)) continue;  // settled with the genres
          swing(std::stod(meaning.value), i);
          break;
        case Sense::Tempo:
          tempo_words_.push_back(i);
          break;
        case Sense::Metre:
          ask(brief_.metre, score::parse_metre(meaning.value), from, "metres");
          break;
        case Sense::Loudness:
          loudness(meaning.value, from);
          break;
        case Sense::LeavesOut:
          exclude(meaning.value, from);
          break;
        case Sense::VoicesAlone:
          add_vocals(meaning.value, from);
          add_only("vocals", from);
          break;
        case Sense::Trait:
          if (here.phrase->meanings.size() > 1) continue;
          // "808 sliding": it colours what stands before it.
          if (i > 0 && !brief_.with.empty() && last_instrument_ + 1 == i) {
            brief_.with.back().value.traits.push_back(meaning.value);
          } else {
            ask_also(brief_.production, meaning.value, from);
          }
          break;
        case Sense::Request:
          break;
        default:
          continue;
      }
      taken = true;
      understood();
    }
    if (taken && !here.has(Sense::Request)) end_of_run();
    return i + 1;
  }

  // "jazz-influenced house": a flavour of jazz. "Jazz influenced by …" stays jazz.
  [[nodiscard]] bool only_influence(std::size_t i) const {
    return is_word(i + 1, {"influenced", "inspired", "tinged", "infused", "flavoured", "flavored", "laced", "ish"}) &&
           !has(i + 1, Sense::StyleOf);
  }

  // "dark ambient" is a style, and it is dark.
  void mood_inside(std::size_t i) {
    if (items_[i].end - items_[i].first < 2) return;
    std::size_t length = 0;
    const std::vector<Token> first{tokens_[items_[i].first]};
    const Phrase* phrase = vocabulary_.match(first, 0, length);
    const Meaning* mood = phrase == nullptr ? nullptr : phrase->get(Sense::Mood);
    if (mood != nullptr) moods_.push_back({mood->index, i, false});
  }

  std::size_t read_number(std::size_t i) {
    const NumberPhrase& number = items_[i].number;
    const Words from = words(i);
    switch (number.kind) {
      case NumberKind::Tempo:
        ask(brief_.tempo, Bpm{number.value}, from, "tempos");
        break;
      case NumberKind::HalfTimeTempo:
        ask(brief_.tempo, Bpm{number.value}, from, "tempos");
        brief_.half_time = true;
        break;
      case NumberKind::Seconds:
        ask(brief_.length, Seconds{number.value}, from, "lengths");
        break;
      case NumberKind::Bars:
        return read_bars(i);
      case NumberKind::AtBar:
      case NumberKind::AtTime: {
        // "at bar 17 the drop"
        const std::size_t next =
            skip_noise(i + 1 < items_.size() && items_[i + 1].pause() && items_[i + 1].sign == ':' ? i + 2 : i + 1);
        if (has(next, Sense::Section)) {
          pending_place_ = i;
        } else {
          unknown(i, i + 1);
        }
        return i + 1;
      }
      case NumberKind::Metre:
        ask(brief_.metre, score::parse_metre(number.text), from, "metres");
        break;
      case NumberKind::Key:
        read_key(number, from);
        break;
      case NumberKind::Era:
        eras_.push_back({number.text, i, false});
        understood();
        break;
      case NumberKind::Loudness:
        loudness(number.text, from);
        break;
      case NumberKind::Times:
        if (has(i + 1, Sense::Section)) {
          pending_times_ = static_cast<int>(number.value);
        } else {
          unknown(i, i + 1);
        }
        return i + 1;
      case NumberKind::Bare:
        bare_.push_back(i);
        return i + 1;
      case NumberKind::Form:
        read_form(number, from);
        return i + 1;
    }
    end_of_run();
    return i + 1;
  }

  void read_key(const NumberPhrase& number, const Words& from) {
    if (number.tonic >= 0) ask(brief_.tonic, number.tonic, from, "keys");
    if (number.mode < 0) {
      // "in F": major, unless a mode is said elsewhere.
      understood();
      return;
    }
    const auto mode = static_cast<score::Mode>(number.mode);
    if (brief_.mode && brief_.mode->value != mode) {
      const auto plain = [](score::Mode m) { return m == score::Mode::Minor || m == score::Mode::Major; };
      const bool compatible = score::minor_third(brief_.mode->value) == score::minor_third(mode);
      // "D minor, dorian": the more particular word.
      if (compatible && plain(brief_.mode->value) != plain(mode)) {
        if (plain(brief_.mode->value)) brief_.mode->value = mode;
        brief_.mode->from.push_back(from);
        return understood();
      }
    }
    ask(brief_.mode, mode, from, "modes");
  }

  // ---- instruments

  [[nodiscard]] bool adjective(std::size_t i) const {
    return has(i, Sense::Mood) || has(i, Sense::Production) || has(i, Sense::Trait) || has(i, Sense::Genre) ||
           has(i, Sense::Flavour) || has(i, Sense::Era) || is(i, NumberKind::Era);
  }

  // [articles and intensifiers] [adjectives] instrument, from item `i` on.
  [[nodiscard]] std::optional<Group> group_at(std::size_t i) const {
    Group group;
    std::size_t at = i;
    bool started = false;
    while (at < items_.size()) {
      if (has(at, Sense::Instrument) || has(at, Sense::Vocals)) {
        // "chopped vocals" the voice, "choir" the instrument: an instrument wins where it is both.
        if (!started) group.first = at;
        group.instrument = at;
        return group;
      }
      if (adjective(at)) {
        if (!started) group.first = at;
        started = true;
        group.adjectives.push_back(at);
        ++at;
      } else if (started && has(at, Sense::Join) && text_of(at) == "and" && adjective(at + 1) &&
                 !has(at + 1, Sense::Genre)) {
        ++at;
      } else if (items_[at].noise() && (!started || intensifier(at))) {
        ++at;
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] bool intensifier(std::size_t i) const {
    static const std::set<std::string> words{"very",  "really", "super",    "extra", "slightly",
                                             "quite", "ultra",  "somewhat", "bit",   "little"};
    return words.contains(text_of(i));
  }

  [[nodiscard]] std::string trait_of(std::size_t i) const {
    if (items_[i].kind == Item::Kind::Number) return items_[i].number.text;
    for (const Sense sense : {Sense::Trait, Sense::Mood, Sense::Production, Sense::Genre, Sense::Flavour, Sense::Era}) {
      if (const Meaning* meaning = items_[i].get(sense)) return meaning->value;
    }
    return {};
  }
  [[nodiscard]] const InstrumentWord* instrument_of(const Group& group) const {
    const Meaning* meaning = items_[group.instrument].get(Sense::Instrument);
    return meaning == nullptr ? nullptr : &vocabulary_.instruments()[meaning->index];
  }

  // The adjectives before the last genre belong to the song: in "dark trap piano" the song is dark.
  std::size_t split_at_genre(const Group& group) const {
    std::size_t own = 0;
    for (std::size_t n = 0; n < group.adjectives.size(); ++n) {
      if (has(group.adjectives[n], Sense::Genre)) own = n;
    }
    return own;
  }

  PartWish wish_of(const Group& group, std::size_t own) const {
    PartWish wish;
    const InstrumentWord* instrument = instrument_of(group);
    if (instrument == nullptr) {
      wish.part = "vocals";
      wish.name = items_[group.instrument].get(Sense::Vocals)->value;
    } else {
      wish.part = instrument->part;
      wish.name = instrument->name;
      wish.preset = instrument->preset;
    }
    for (std::size_t n = own; n < group.adjectives.size(); ++n) {
      const std::size_t at = group.adjectives[n];
      wish.traits.push_back(trait_of(at));
      if (instrument == nullptr || items_[at].kind == Item::Kind::Number) continue;
      // Any of the word's meanings may choose the sound.
      for (const Meaning& meaning : items_[at].phrase->meanings) {
        if (const auto found = instrument->when.find(meaning.value); found != instrument->when.end())
          wish.preset = found->second;
      }
    }
    return wish;
  }

  // The genres, moods and decades before an instrument also say something about the song, if nothing else does.
  void lend_adjectives(const Group& group, std::size_t own) {
    for (std::size_t n = 0; n < group.adjectives.size(); ++n) {
      const std::size_t at = group.adjectives[n];
      if (n < own) {
        if (items_[at].kind == Item::Kind::Number) {
          eras_.push_back({items_[at].number.text, at, false});
          understood();
        } else {
          read_plain(at);
        }
        continue;
      }
      if (items_[at].kind == Item::Kind::Number) {
        eras_.push_back({items_[at].number.text, at, true});
        continue;
      }
      for (const Meaning& meaning : items_[at].phrase->meanings) {
        if (meaning.sense == Sense::Genre || meaning.sense == Sense::Flavour) {
          genres_.push_back({meaning.value, meaning.sense == Sense::Genre, true, at});
          mood_inside(at);
        } else if (meaning.sense == Sense::Mood) {
          moods_.push_back({meaning.index, at, true});
        } else if (meaning.sense == Sense::Era) {
          eras_.push_back({meaning.value, at, true});
        }
      }
    }
  }

  // Groups joined by "and" (and by commas, where the list ends with one of `closing`): "drums, bass and piano".
  std::vector<Group> list_at(std::size_t i, std::size_t& next, std::initializer_list<std::string_view> closing) const {
    std::vector<Group> groups;
    next = i;
    while (const std::optional<Group> group = group_at(i)) {
      groups.push_back(*group);
      next = group->instrument + 1;
      if (has(next, Sense::Join) && group_at(next + 1) && !(text_of(next + 1) == "a" || has(next + 1, Sense::With))) {
        i = next + 1;
      } else if (next < items_.size() && items_[next].pause() &&
                 (items_[next].sign == ',' || items_[next].sign == '/' || items_[next].sign == '+') &&
                 (items_[next].sign != ',' || closes(next, closing))) {
        i = next + 1;
        if (has(i, Sense::Join)) ++i;
      } else {
        break;
      }
    }
    return groups;
  }
  [[nodiscard]] bool closes(std::size_t i, std::initializer_list<std::string_view> closing) const {
    while (i < items_.size() && items_[i].pause() && items_[i].sign == ',') {
      ++i;
      const bool join_here =
          has(i, Sense::Join) && std::find(closing.begin(), closing.end(), text_of(i)) != closing.end();
      if (join_here) return group_at(i + 1).has_value();
      const std::optional<Group> group = group_at(i);
      if (!group) return false;
      i = group->instrument + 1;
      if (has(i, Sense::Join) && std::find(closing.begin(), closing.end(), text_of(i)) != closing.end())
        return group_at(i + 1).has_value();
    }
    return false;
  }

  std::size_t read_group(const Group& group) {
    std::size_t next = 0;
    const std::vector<Group> groups = list_at(group.first, next, {});
    // "drums and bass only", "piano by itself"
    const bool only = (has(next, Sense::Only) || has(next, Sense::Alone)) && !only_follows(next);
    if (only && (pause(next + 1) || is_number(next + 1) || (text_of(next + 1) == "for" && is_number(next + 2)))) {
      for (const Group& g : groups) add_solo(g, group.first, next + 1);
      return next + 1;
    }
    const std::size_t after = group.instrument + 1;
    if (has(after, Sense::Solo)) {
      solos_.push_back({group, group.first, after + 1, solo_is_section(group.first, after)});
      return after + 1;
    }
    add_wish(group);
    return after;
  }
  // "piano only in the intro" is no solo; "bass only piano" is none of the bass.
  [[nodiscard]] bool only_follows(std::size_t i) const {
    static const std::set<std::string> places{"in", "at", "during", "after", "before", "until", "on", "from"};
    return places.contains(text_of(i + 1)) || group_at(i + 1).has_value();
  }

  [[nodiscard]] bool is_number(std::size_t i) const {
    return i < items_.size() && items_[i].kind == Item::Kind::Number && !is(i, NumberKind::AtBar) &&
           !is(i, NumberKind::AtTime);
  }

  void add_wish(const Group& group) {
    const std::size_t own = split_at_genre(group);
    lend_adjectives(group, own);
    const Words from =
        words(group.adjectives.size() > own ? group.adjectives[own] : group.instrument, group.instrument + 1);
    last_instrument_ = group.instrument;
    PartWish wish = wish_of(group, own);
    if (wish.part == "vocals") {
      std::string value;
      for (const std::string& trait : wish.traits) value += trait + " ";
      add_vocals(value + wish.name, from);
      return;
    }
    if (const Meaning* also = items_[group.instrument].get(Sense::Mood))
      moods_.push_back({also->index, group.instrument, false});
    if (const Meaning* also = items_[group.instrument].get(Sense::Production))
      ask_also(brief_.production, also->value, words(group.instrument));
    understood();
    add_wish(std::move(wish), from);
  }
  void add_wish(PartWish wish, const Words& from) {
    for (Asked<PartWish>& asked : brief_.with) {
      if (asked.value.name != wish.name || asked.value.part != wish.part) continue;
      asked.value.traits.insert(asked.value.traits.end(), wish.traits.begin(), wish.traits.end());
      if (!wish.traits.empty() && !wish.preset.empty()) asked.value.preset = wish.preset;
      asked.from.push_back(from);
      return;
    }
    brief_.with.push_back({std::move(wish), {from}});
  }
  void add_vocals(const std::string& value, const Words& from) {
    understood();
    if (!brief_.vocals) {
      brief_.vocals = Asked<std::string>{value, {from}};
      return;
    }
    // "vocals … female vocals": the more particular one says it all.
    std::string& known = brief_.vocals->value;
    if (value.find(known) != std::string::npos) {
      known = value;
    } else if (known.find(value) == std::string::npos) {
      known += ", " + value;
    }
    brief_.vocals->from.push_back(from);
  }

  // ---- only, solo, without

  void add_only(const std::string& part, const Words& from) {
    understood();
    if (!brief_.only) {
      brief_.only = Asked<std::string>{part, {from}};
      return;
    }
    if (("+" + brief_.only->value + "+").find("+" + part + "+") == std::string::npos) brief_.only->value += "+" + part;
    const auto same = [&](const Words& w) { return w.begin == from.begin && w.end == from.end; };
    if (std::none_of(brief_.only->from.begin(), brief_.only->from.end(), same)) brief_.only->from.push_back(from);
  }

  // One of the instruments that play alone; the items from `first` to `end` say so.
  void add_solo(const Group& group, std::size_t first, std::size_t end) {
    const std::size_t own = split_at_genre(group);
    lend_adjectives(group, own);
    const Words from =
        words(group.adjectives.size() > own ? group.adjectives[own] : group.instrument, group.instrument + 1);
    const Words said = words(first, end);
    last_instrument_ = group.instrument;
    const PartWish wish = wish_of(group, own);
    const InstrumentWord* instrument = instrument_of(group);
    if (instrument == nullptr) {
      add_vocals(wish.name, from);
      add_only("vocals", said);
      return;
    }
    const std::vector<std::string> parts =
        instrument->generic() ? std::vector<std::string>{instrument->part} : instrument->solo;

    for (const std::string& part : parts) {
      PartWish one = wish;
      one.part = part;
      add_wish(std::move(one), from);
      add_only(part, said);
    }
  }

  std::size_t read_only(std::size_t i) {
    std::size_t next = 0;
    const std::vector<Group> groups = list_at(i + 1, next, {"and", "plus"});
    if (groups.empty() || text_of(i + 1) == "in" || text_of(i + 1) == "at") return i;
    // "only a hi-hat solo" says it twice.
    for (const Group& group : groups) add_solo(group, i, next);
    if (has(next, Sense::Solo) || has(next, Sense::Alone)) ++next;
    return next;
  }

  // "solo piano", "a solo on violin"
  std::size_t read_solo_first(std::size_t i) {
    std::size_t at = i + 1;
    while (text_of(at) == "on" || text_of(at) == "by" || text_of(at) == "for") ++at;
    const std::optional<Group> group = group_at(at);
    if (!group) {
      add_section("solo", i, i + 1);
      return i + 1;
    }
    std::size_t next = 0;
    const std::vector<Group> groups = list_at(at, next, {});
    if (groups.size() > 1) {
      for (const Group& g : groups) add_solo(g, i, next);
      return next;
    }
    solos_.push_back({*group, i, group->instrument + 1, solo_is_section(i, group->instrument)});
    return group->instrument + 1;
  }

  // "… with a guitar solo", "guitar solo at bar 33", "sax solo in the bridge": a place in the song, not the whole song.
  [[nodiscard]] bool solo_is_section(std::size_t first, std::size_t last) const {
    std::size_t before = first;
    while (before > 0 &&
           (items_[before - 1].noise() && !items_[before - 1].has(Sense::With) &&
            !is_word(before - 1, {"include", "includes", "featuring", "features", "then", "add", "put", "has"})))
      --before;
    if (before > 0) {
      const std::size_t at = before - 1;
      if (items_[at].has(Sense::With) || items_[at].has(Sense::Section) || items_[at].has(Sense::Begin) ||
          items_[at].has(Sense::Finish))
        return true;
      if (is_word(at, {"include", "includes", "featuring", "features", "then", "add", "put", "has"})) return true;
    }
    if (is(last + 1, NumberKind::AtBar) || is(last + 1, NumberKind::AtTime)) return true;
    const std::string next = text_of(last + 1);
    if (next == "in" || next == "after" || next == "before" || next == "during") {
      for (std::size_t k = last + 2; k < items_.size() && k < last + 5; ++k) {
        if (items_[k].has(Sense::Section)) return true;
      }
    }
    return has(last + 1, Sense::Section);
  }
  [[nodiscard]] bool is_word(std::size_t i, std::initializer_list<std::string_view> any) const {
    return std::find(any.begin(), any.end(), text_of(i)) != any.end();
  }

  void exclude(const std::string& what, const Words& from) { ask_also(brief_.without, what, from); }
  void exclude(const Group& group, std::size_t start) {
    const Words from = words(start, group.instrument + 1);
    const InstrumentWord* instrument = instrument_of(group);
    if (instrument == nullptr) {
      exclude("vocals", from);
    } else if (instrument->generic()) {
      exclude(instrument->part, from);
    } else {
      exclude(instrument->name, from);
      for (const std::string& preset : vocabulary_.presets_of_family(instrument->family))
        brief_.without_presets.push_back(preset);
    }
  }

  // "no drums or bass", "without piano, guitar or vocals", "no drums except hi-hats", "not sad", "no reverb", "no
  // intro"
  std::size_t read_without(std::size_t i) {
    const std::size_t at = skip_noise(i + 1);
    std::size_t next = 0;
    const std::vector<Group> groups = list_at(at, next, {"or", "nor"});
    if (!groups.empty() && is_word(next, {"until", "till", "before"})) {
      // "no kick until the drop" is an order for a place, not for the song.
      std::size_t end = skip_noise(next + 1);
      if (has(end, Sense::Section)) ++end;
      unknown(i, end);
      return end;
    }
    if (!groups.empty()) {
      const std::size_t before = brief_.without.size();
      bool first = true;
      for (const Group& group : groups) {
        exclude(group, first ? i : group.first);
        first = false;
      }
      if (has(next, Sense::Except) || (text_of(next) == "but" && group_at(next + 1)))
        next = read_exception(next, before);
      return next;
    }
    if (at >= items_.size() || items_[at].kind != Item::Kind::Phrase) {
      unknown(i, i + 1);
      return i + 1;
    }
    const Phrase& phrase = *items_[at].phrase;
    const Words from = words(i, at + 1);
    if (const Meaning* section = phrase.get(Sense::Section)) {
      exclude(section->value, from);
    } else if (const Meaning* production = phrase.get(Sense::Production)) {
      const auto opposite = vocabulary_.opposites().find(production->value);
      ask_also(brief_.production,
               opposite != vocabulary_.opposites().end() ? opposite->second : "not " + production->value, from);
    } else if (const Meaning* mood = phrase.get(Sense::Mood)) {
      not_moods_.push_back({mood->index, at, false});
      ask_also(brief_.moods, "not " + mood->value, from);
    } else if (phrase.has(Sense::Swing)) {
      swing(0, at);
    } else if (const Meaning* genre = phrase.get(Sense::Genre)) {
      exclude(genre->value, from);
    } else if (phrase.has(Sense::HalfTime) || phrase.has(Sense::DoubleTime) || phrase.has(Sense::Solo)) {
      understood();
    } else {
      unknown(i, i + 1);
      return i + 1;
    }
    return at + 1;
  }

  // The parts named after "except" stay.
  std::size_t read_exception(std::size_t i, std::size_t before) {
    std::size_t next = 0;
    const std::vector<Group> kept = list_at(i + 1, next, {"and", "or"});
    if (kept.empty()) return i;
    std::set<std::string> parts;
    for (const Group& group : kept) {
      if (const InstrumentWord* instrument = instrument_of(group)) parts.insert(instrument->part);
      add_wish(group);
    }
    std::vector<Asked<std::string>> out(brief_.without.begin(),
                                        brief_.without.begin() + static_cast<std::ptrdiff_t>(before));
    for (std::size_t n = before; n < brief_.without.size(); ++n) {
      const Asked<std::string> asked = brief_.without[n];
      if (asked.value != "drums") {
        if (!parts.contains(asked.value)) out.push_back(asked);
        continue;
      }
      for (const char* drum : {"kick", "snare", "hats", "percussion"}) {
        if (!parts.contains(drum)) out.push_back({drum, asked.from});
      }
    }
    brief_.without = std::move(out);
    return next;
  }

  // ---- structure

  struct SectionHit {
    SectionWish wish;
    Words from;
  };

  void end_of_run() {
    if (run_ >= 3) brief_.whole_structure = true;
    run_ = 0;
  }
  void add_section(const std::string& kind, std::size_t first, std::size_t end, int times = 1, SectionWish wish = {}) {
    wish.kind = kind;
    for (int n = 0; n < times; ++n) {
      brief_.structure.push_back({wish, {words(first, end)}});
      ++run_;
    }
    understood();
  }

  std::size_t read_section(std::size_t i) {
    SectionWish wish;
    std::size_t first = i, end = i + 1;
    int times = std::exchange(pending_times_, 1);
    if (pending_bars_) {
      wish.bars = static_cast<int>(items_[*pending_bars_].number.value);
      first = *pending_bars_;
      pending_bars_.reset();
    }
    if (pending_place_) {
      place(wish, items_[*pending_place_].number);
      first = *pending_place_;
      pending_place_.reset();
    }
    // What follows: "intro 8 bars", "verse 2", "drop (hits) at bar 17", "chorus x2".
    while (end < items_.size()) {
      std::size_t at = end;
      while (at < items_.size() &&
             ((items_[at].pause() && (items_[at].sign == ':' || items_[at].sign == '(' || items_[at].sign == '=')) ||
              (items_[at].noise() && !has(at + 1, Sense::Section)))) {
        ++at;
      }
      if (at >= items_.size() || items_[at].kind != Item::Kind::Number) break;
      const NumberPhrase& number = items_[at].number;
      if (number.kind == NumberKind::Bars && !wish.bars && !(first != i && has(at + 1, Sense::Section))) {
        wish.bars = static_cast<int>(number.value);
      } else if ((number.kind == NumberKind::AtBar || number.kind == NumberKind::AtTime) && !wish.bar && !wish.at) {
        place(wish, number);
      } else if (number.kind == NumberKind::Times && times == 1) {
        times = static_cast<int>(number.value);
      } else if (number.kind == NumberKind::Tempo && is_word_at(number.first, "at") &&
                 number.value == std::floor(number.value) && number.end - number.first == 2 && number.value <= 300) {
        wish.bar = static_cast<int>(number.value);  // "drop at 33"
      } else if (number.kind == NumberKind::Bare && number.value == std::floor(number.value) && number.value >= 1 &&
                 number.value <= 64) {
        // "verse 2" counts verses, "verse 16" counts bars.
        if (number.value >= 4) wish.bars = static_cast<int>(number.value);
      } else {
        break;
      }
      end = at + 1;
      if (end < items_.size() && items_[end].pause() && items_[end].sign == ')') ++end;
    }
    add_section(items_[i].get(Sense::Section)->value, first, end, times, wish);
    return end;
  }
  [[nodiscard]] bool is_word_at(std::size_t token, std::string_view text) const { return tokens_[token].is(text); }
  static void place(SectionWish& wish, const NumberPhrase& number) {
    if (number.kind == NumberKind::AtTime) {
      wish.at = Seconds{number.value};
    } else {
      wish.bar = static_cast<int>(number.value);
    }
  }

  // "16 bar intro" belongs to the section, "8 bars" alone is the song's length.
  std::size_t read_bars(std::size_t i) {
    std::size_t next = skip_noise(i + 1);
    while (adjective(next) && !has(next, Sense::Genre)) ++next;
    if (has(next, Sense::Section)) {
      pending_bars_ = i;
      return i + 1;
    }
    ask(brief_.bars, static_cast<int>(items_[i].number.value), words(i), "lengths");
    return i + 1;
  }

  // "ABAB": verses and choruses; C is a bridge. AABA is the song form of the standards.
  void read_form(const NumberPhrase& number, const Words& from) {
    const bool standard = number.text == "aaba";
    for (const char letter : number.text) {
      SectionWish wish;
      wish.kind = letter == 'a'   ? "verse"
                  : letter == 'b' ? (standard ? "bridge" : "chorus")
                  : letter == 'c' ? "bridge"
                                  : "breakdown";
      brief_.structure.push_back({wish, {from}});
    }
    brief_.whole_structure = true;
    understood();
  }

  // "starts with a piano", "ends with a drum solo"
  std::size_t read_edge(std::size_t i) {
    const std::size_t at = skip_noise(i + 1);
    const bool begin = items_[i].has(Sense::Begin);
    if (const std::optional<Group> group = group_at(at);
        group && !has(group->instrument + 1, Sense::Solo) && !has(group->instrument + 1, Sense::Section)) {
      add_wish(*group);
      if (!brief_.with.empty()) brief_.with.back().value.traits.push_back(begin ? "first" : "last");
      return group->instrument + 1;
    }
    understood();
    return i + 1;
  }

  // ---- style of, topic

  // Figment imitates nobody: what follows is kept as not understood, unless it is a style ("in the style of deep
  // house").
  std::size_t read_style_of(std::size_t i) {
    const std::size_t at = skip_noise(i + 1);
    if (at < items_.size() && items_[at].kind != Item::Kind::Unknown && !items_[at].has(Sense::Name)) return i + 1;
    std::size_t end = at;
    while (end < items_.size() && !items_[end].pause() && !items_[end].has(Sense::With) &&
           !items_[end].has(Sense::Without) &&
           (items_[end].kind != Item::Kind::Number || items_[end].is(NumberKind::Bare)) &&
           !(items_[end].noise() && end > at && !is_word(end, {"the"})) &&
           !(items_[end].has(Sense::Join) && end > at && known(end + 1))) {
      ++end;
    }
    unknown(i, end);
    return std::max(end, i + 1);
  }
  [[nodiscard]] bool known(std::size_t i) const {
    return i < items_.size() && items_[i].kind == Item::Kind::Phrase && !items_[i].noise();
  }

  // "a song about lost love": kept; its mood words still count.
  std::size_t read_topic(std::size_t i) {
    std::size_t end = i + 1;
    while (end < items_.size() && !items_[end].pause() && !items_[end].has(Sense::With) &&
           !items_[end].has(Sense::Without) && !items_[end].has(Sense::StyleOf) &&
           (items_[end].kind != Item::Kind::Number || items_[end].is(NumberKind::Bare) ||
            items_[end].is(NumberKind::Era)) &&
           !(is_word(end, {"in"}) && end + 1 < items_.size() &&
             (items_[end + 1].has(Sense::Genre) || items_[end + 1].has(Sense::Metre)))) {
      ++end;
    }
    if (end == i + 1) return end;
    const Words from = words(i + 1, end);
    understood();
    if (!brief_.topic) brief_.topic = Asked<std::string>{from.text, {from}};
    if (is_word(i, {"lyrics", "sings", "singing", "vocals"})) add_vocals("lyrics", words(i));
    if (is_word(i, {"raps", "rapping"})) add_vocals("rap", words(i));
    for (std::size_t k = i + 1; k < end; ++k) {
      if (const Meaning* mood = items_[k].get(Sense::Mood)) moods_.push_back({mood->index, k, true});
    }
    return end;
  }

  void swing(double amount, std::size_t i) { ask(brief_.swing, amount, words(i), "amounts of swing"); }

  // A number is more particular than a word: "club master, -9 LUFS".
  void loudness(const std::string& value, const Words& from) {
    const auto is_number = [](const std::string& text) { return text[0] == '-'; };
    if (brief_.loudness && is_number(brief_.loudness->value) != is_number(value)) {
      if (is_number(value)) brief_.loudness->value = value;
      brief_.loudness->from.push_back(from);
      return understood();
    }
    ask(brief_.loudness, value, from, "loudnesses");
  }

  // ---- settling what needs the whole prompt

  struct GenreHit {
    std::string style;
    bool strong;
    bool attached;  // to an instrument
    std::size_t item;
  };
  struct MoodHit {
    std::size_t mood;
    std::size_t item;
    bool attached;
  };
  struct EraHit {
    std::string era;
    std::size_t item;
    bool attached;
  };
  struct SoloHit {
    Group group;
    std::size_t first, end;  // items
    bool section;
  };

  void settle_genres() {
    const auto pick = [&](bool strong, bool attached) -> const GenreHit* {
      for (std::size_t n = 0; n < genres_.size(); ++n) {
        if (genres_[n].strong != strong || genres_[n].attached != attached) continue;
        // "jazz house" is house: in a row of styles the last is the noun.
        while (strong && !attached && n + 1 < genres_.size() && genres_[n + 1].strong && !genres_[n + 1].attached &&
               genres_[n + 1].item == genres_[n].item + 1) {
          ++n;
        }
        return &genres_[n];
      }
      return nullptr;
    };
    const GenreHit* main = nullptr;
    for (const auto& [strong, attached] : {std::pair{true, false}, {true, true}, {false, false}, {false, true}}) {
      if ((main = pick(strong, attached)) != nullptr) break;
    }
    for (const GenreHit& hit : genres_) {
      const Words from = words(hit.item);
      if (main != nullptr && hit.style == main->style) {
        if (!brief_.style) brief_.style = Asked<std::string>{hit.style, {}};
        brief_.style->from.push_back(from);
        understood();
        continue;
      }
      // "lo-fi" beside a style is a way to produce it, "rap" a voice.
      const bool other_sense =
          !hit.strong && (items_[hit.item].has(Sense::Production) || items_[hit.item].has(Sense::Vocals));
      if (const Meaning* feel = items_[hit.item].get(Sense::Swing)) {
        swing(std::stod(feel->value), hit.item);
      } else if (!other_sense) {
        ask_also(brief_.also, hit.style, from);
      }
    }
  }

  void settle_solos() {
    for (const SoloHit& solo : solos_) {
      const bool others = !brief_.with.empty() || solos_.size() > 1;
      if (!solo.section && !others) {
        add_solo(solo.group, solo.first, solo.end);
        continue;
      }
      const InstrumentWord* instrument = instrument_of(solo.group);
      const std::size_t own = split_at_genre(solo.group);
      lend_adjectives(solo.group, own);
      SectionWish section;
      section.kind = "solo";
      std::size_t end = solo.end;
      const std::size_t at = skip_noise(end);
      if (is(at, NumberKind::AtBar) || is(at, NumberKind::AtTime)) {
        place(section, items_[at].number);
        unknown_.erase(at);
        end = at + 1;
      }
      const Words from = words(solo.first, end);
      if (instrument != nullptr) {
        PartWish wish = wish_of(solo.group, own);
        if (std::find(instrument->solo.begin(), instrument->solo.end(), "lead") != instrument->solo.end())
          wish.part = "lead";
        wish.traits.push_back("solo");
        add_wish(std::move(wish), from);
      }
      brief_.structure.push_back({section, {from}});
      understood();
    }
  }

  // "guitar" in a rock song is not the one of a folk song.
  void settle_presets() {
    if (!brief_.style) return;
    for (Asked<PartWish>& asked : brief_.with) {
      for (const InstrumentWord& instrument : vocabulary_.instruments()) {
        if (instrument.name != asked.value.name || instrument.preset.empty() || instrument.preset != asked.value.preset)
          continue;
        if (const auto found = instrument.when.find(brief_.style->value); found != instrument.when.end())
          asked.value.preset = found->second;
      }
    }
  }

  void settle_moods() {
    const bool free = std::any_of(moods_.begin(), moods_.end(), [](const MoodHit& hit) { return !hit.attached; });
    double count = 0, energy = 0;
    std::vector<Words> energy_from;
    for (const MoodHit& hit : moods_) {
      if (hit.attached && free) continue;
      const MoodWord& mood = vocabulary_.moods()[hit.mood];
      ask_also(brief_.moods, mood.name, words(hit.item));
      brief_.valence += mood.valence;
      brief_.arousal += mood.arousal;
      brief_.darkness += mood.darkness;
      count += 1;
      if (mood.energy) {
        energy += *mood.energy;
        energy_from.push_back(words(hit.item));
      }
      if (mood.mode && !brief_.mode_leaning) brief_.mode_leaning = mood.mode;
    }
    // "not sad" pushes the other way, half as far.
    for (const MoodHit& hit : not_moods_) {
      const MoodWord& mood = vocabulary_.moods()[hit.mood];
      brief_.valence -= 0.5 * mood.valence;
      brief_.arousal -= 0.5 * mood.arousal;
      brief_.darkness -= 0.5 * mood.darkness;
      count += 1;
    }
    if (count > 0) {
      brief_.valence /= count;
      brief_.arousal /= count;
      brief_.darkness /= count;
    }
    if (!energy_from.empty()) {
      const double mean = energy / static_cast<double>(energy_from.size());
      brief_.energy = Asked<double>{mean, std::move(energy_from)};
    }
  }

  void settle_numbers() {
    const bool free_era = std::any_of(eras_.begin(), eras_.end(), [](const EraHit& hit) { return !hit.attached; });
    for (const EraHit& hit : eras_) {
      if (hit.attached && free_era) continue;
      if (!brief_.era) {
        brief_.era = Asked<std::string>{hit.era, {words(hit.item)}};
        understood();
      } else if (brief_.era->value == hit.era) {
        brief_.era->from.push_back(words(hit.item));
      } else if (!hit.attached) {
        unknown(hit.item, hit.item + 1);
      }
    }
    for (const std::size_t i : tempo_words_) {
      if (!brief_.tempo) brief_.tempo = Asked<Bpm>{Bpm{std::stod(items_[i].get(Sense::Tempo)->value)}, {words(i)}};
    }
    // "trap 140": a number by itself is a tempo if it can be one.
    for (const std::size_t i : bare_) {
      const double value = items_[i].number.value;
      if (!brief_.tempo && value >= 60 && value <= 200) {
        brief_.tempo = Asked<Bpm>{Bpm{value}, {words(i)}};
        understood();
      } else if (!(brief_.tempo && brief_.tempo->value.value == value)) {
        unknown(i, i + 1);
      }
    }
    // "in F" and "Bb" alone mean major.
    if (brief_.tonic && !brief_.mode) brief_.mode = Asked<score::Mode>{score::Mode::Major, brief_.tonic->from};
    for (const Asked<std::string>& asked : brief_.production) {
      if (asked.value == "loud" && !brief_.loudness) brief_.loudness = Asked<std::string>{"club", asked.from};
    }
  }

  void settle_structure() { end_of_run(); }

  // ---- the end

  void merge_unknown() {
    for (auto at = unknown_.begin(); at != unknown_.end();) {
      auto last = at;
      while (std::next(last) != unknown_.end() && *std::next(last) == *last + 1) ++last;
      brief_.not_understood.push_back(words(*at, *last + 1));
      at = std::next(last);
    }
  }

  void check_understood() const {
    if (understood_ > 0) return;
    std::string unknown_words;
    for (const Words& w : brief_.not_understood) {
      if (unknown_words.size() > 60) break;
      unknown_words += (unknown_words.empty() ? "" : ", ") + quoted(w);
    }
    throw Error(ErrorCode::InvalidArgument,
                unknown_words.empty() ? "the prompt says nothing about music"
                                      : "nothing of the prompt was understood: " + unknown_words,
                "say a genre, a mood, a tempo or an instrument: \"dark trap, 140 bpm, F minor, bells\"");
  }

  std::string_view prompt_;
  const Vocabulary& vocabulary_;
  Brief brief_;
  std::vector<Token> tokens_;
  std::vector<Item> items_;

  std::size_t understood_ = 0;
  std::set<std::size_t> unknown_;
  std::vector<GenreHit> genres_;
  std::vector<MoodHit> moods_, not_moods_;
  std::vector<EraHit> eras_;
  std::vector<SoloHit> solos_;
  std::vector<std::size_t> bare_, tempo_words_;

  std::optional<std::size_t> pending_bars_, pending_place_;
  int pending_times_ = 1;
  std::size_t last_instrument_ = static_cast<std::size_t>(-2);
  int run_ = 0;
};

}  // namespace

Brief read_brief(std::string_view prompt, const Vocabulary& vocabulary) {
  if (prompt.size() > kLongestPrompt) {
    throw Error(ErrorCode::InvalidArgument,
                "the prompt has " + std::to_string(prompt.size()) + " bytes, wanted at most 4000",
                "say it in fewer words; lyrics belong in a file of their own");
  }
  const bool blank = std::all_of(prompt.begin(), prompt.end(), [](unsigned char c) { return c <= ' '; });
  if (blank) {
    throw Error(ErrorCode::InvalidArgument, "the prompt is empty",
                "say what you want: \"dark trap, 140 bpm, F minor, bells\"");
  }
  return Reader(prompt, vocabulary).read();
}

}  // namespace figment::compose
