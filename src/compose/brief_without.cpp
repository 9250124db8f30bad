// What is not wanted.

#include "compose/brief_reader.h"

#include <algorithm>
#include <set>

namespace figment::compose {

void BriefReader::exclude(const Group& group, std::size_t start) {
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
std::size_t BriefReader::read_without(std::size_t i) {
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
    if (has(next, Sense::Except) || (text_of(next) == "but" && group_at(next + 1))) next = read_exception(next, before);
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
std::size_t BriefReader::read_exception(std::size_t i, std::size_t before) {
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

}  // namespace figment::compose
