// Solos: what plays alone, or in a place of the song.

#include "compose/brief_reader.h"

#include <algorithm>

namespace figment::compose {

void BriefReader::add_only(const std::string& part, const Words& from) {
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
void BriefReader::add_solo(const Group& group, std::size_t first, std::size_t end) {
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

std::size_t BriefReader::read_only(std::size_t i) {
  std::size_t next = 0;
  const std::vector<Group> groups = list_at(i + 1, next, {"and", "plus"});
  if (groups.empty() || text_of(i + 1) == "in" || text_of(i + 1) == "at") return i;
  // "only a hi-hat solo" says it twice.
  for (const Group& group : groups) add_solo(group, i, next);
  if (has(next, Sense::Solo) || has(next, Sense::Alone)) ++next;
  return next;
}

// "solo piano", "a solo on violin"
std::size_t BriefReader::read_solo_first(std::size_t i) {
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
bool BriefReader::solo_is_section(std::size_t first, std::size_t last) const {
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

void BriefReader::settle_solos() {
  for (const SoloHit& solo : solos_) {
    const bool others = !brief_.with.empty() || solos_.size() > 1 || ensemble_ != nullptr;
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

}  // namespace figment::compose
