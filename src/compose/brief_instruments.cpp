// Instruments with their adjectives: who plays, and how.

#include "compose/brief_reader.h"

#include <algorithm>
#include <set>

namespace figment::compose {

bool BriefReader::adjective(std::size_t i) const {
  return has(i, Sense::Mood) || has(i, Sense::Production) || has(i, Sense::Trait) || has(i, Sense::Genre) ||
         has(i, Sense::Flavour) || has(i, Sense::Era) || is(i, NumberKind::Era);
}

// [articles and intensifiers] [adjectives] instrument, from item `i` on.
std::optional<BriefReader::Group> BriefReader::group_at(std::size_t i) const {
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

bool BriefReader::intensifier(std::size_t i) const {
  static const std::set<std::string> words{"very",  "really", "super",    "extra", "slightly",
                                           "quite", "ultra",  "somewhat", "bit",   "little"};
  return words.contains(text_of(i));
}

std::string BriefReader::trait_of(std::size_t i) const {
  if (items_[i].kind == Item::Kind::Number) return items_[i].number.text;
  for (const Sense sense : {Sense::Trait, Sense::Mood, Sense::Production, Sense::Genre, Sense::Flavour, Sense::Era}) {
    if (const Meaning* meaning = items_[i].get(sense)) return meaning->value;
  }
  return {};
}

const InstrumentWord* BriefReader::instrument_of(const Group& group) const {
  const Meaning* meaning = items_[group.instrument].get(Sense::Instrument);
  return meaning == nullptr ? nullptr : &vocabulary_.instruments()[meaning->index];
}

// The adjectives before the last genre belong to the song: in "dark trap piano" the song is dark.
std::size_t BriefReader::split_at_genre(const Group& group) const {
  std::size_t own = 0;
  for (std::size_t n = 0; n < group.adjectives.size(); ++n) {
    if (has(group.adjectives[n], Sense::Genre)) own = n;
  }
  return own;
}

PartWish BriefReader::wish_of(const Group& group, std::size_t own) const {
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
  for (const std::string& style : instrument == nullptr ? std::vector<std::string>{} : instrument->home) {
    const auto found = instrument->when.find(style);
    const bool plain = wish.preset == instrument->preset && found != instrument->when.end();
    wish.home.push_back({style, plain ? found->second : ""});
  }
  return wish;
}

// The genres, moods and decades before an instrument also say something about the song, if nothing else does.
void BriefReader::lend_adjectives(const Group& group, std::size_t own) {
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
std::vector<BriefReader::Group> BriefReader::list_at(std::size_t i, std::size_t& next,
                                                     std::initializer_list<std::string_view> closing) const {
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

bool BriefReader::closes(std::size_t i, std::initializer_list<std::string_view> closing) const {
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

std::size_t BriefReader::read_group(const Group& group) {
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
bool BriefReader::only_follows(std::size_t i) const {
  static const std::set<std::string> places{"in", "at", "during", "after", "before", "until", "on", "from"};
  return places.contains(text_of(i + 1)) || group_at(i + 1).has_value();
}

bool BriefReader::is_number(std::size_t i) const {
  return i < items_.size() && items_[i].kind == Item::Kind::Number && !is(i, NumberKind::AtBar) &&
         !is(i, NumberKind::AtTime);
}

void BriefReader::add_wish(const Group& group) {
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

void BriefReader::add_wish(PartWish wish, const Words& from) {
  for (Asked<PartWish>& asked : brief_.with) {
    if (asked.value.name != wish.name || asked.value.part != wish.part) continue;
    asked.value.traits.insert(asked.value.traits.end(), wish.traits.begin(), wish.traits.end());
    if (!wish.traits.empty() && !wish.preset.empty()) asked.value.preset = wish.preset;
    asked.from.push_back(from);
    return;
  }
  brief_.with.push_back({std::move(wish), {from}});
}

void BriefReader::add_vocals(const std::string& value, const Words& from) {
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

// "guitar" in a rock song is not the one of a folk song.
void BriefReader::settle_presets() {
  if (!brief_.style) return;
  for (Asked<PartWish>& asked : brief_.with) {
    for (const InstrumentWord& instrument : vocabulary_.instruments()) {
      if (instrument.name != first_of_its_kind(asked.value.name) || instrument.preset.empty() ||
          instrument.preset != asked.value.preset)
        continue;
      if (const auto found = instrument.when.find(brief_.style->value); found != instrument.when.end())
        asked.value.preset = found->second;
    }
  }
}

}  // namespace figment::compose
