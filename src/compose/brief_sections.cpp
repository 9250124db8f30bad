// The form: sections, their lengths and places.

#include "compose/brief_reader.h"

#include <cmath>
#include <utility>

namespace figment::compose {

void BriefReader::end_of_run() {
  if (run_ >= 3) brief_.whole_structure = true;
  run_ = 0;
}

void BriefReader::add_section(const std::string& kind, std::size_t first, std::size_t end, int times,
                              SectionWish wish) {
  wish.kind = kind;
  for (int n = 0; n < times; ++n) {
    brief_.structure.push_back({wish, {words(first, end)}});
    ++run_;
  }
  understood();
}

std::size_t BriefReader::read_section(std::size_t i) {
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

void BriefReader::place(SectionWish& wish, const NumberPhrase& number) {
  if (number.kind == NumberKind::AtTime) {
    wish.at = Seconds{number.value};
  } else {
    wish.bar = static_cast<int>(number.value);
  }
}

// "16 bar intro" belongs to the section, "8 bars" alone is the song's length.
std::size_t BriefReader::read_bars(std::size_t i) {
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
void BriefReader::read_form(const NumberPhrase& number, const Words& from) {
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
std::size_t BriefReader::read_edge(std::size_t i) {
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

}  // namespace figment::compose
