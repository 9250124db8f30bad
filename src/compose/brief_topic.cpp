// What the song is about, and in whose manner.

#include "compose/brief_reader.h"

namespace figment::compose {

// Figment imitates nobody: what follows is kept as not understood, unless it is a style ("in the style of deep
// house").
std::size_t BriefReader::read_style_of(std::size_t i) {
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

bool BriefReader::known(std::size_t i) const {
  return i < items_.size() && items_[i].kind == Item::Kind::Phrase && !items_[i].noise();
}

// "a song about lost love": kept; its mood words still count.
std::size_t BriefReader::read_topic(std::size_t i) {
  std::size_t end = i + 1;
  while (
      end < items_.size() && !items_[end].pause() && !items_[end].has(Sense::With) &&
      !items_[end].has(Sense::Without) && !items_[end].has(Sense::StyleOf) &&
      (items_[end].kind != Item::Kind::Number || items_[end].is(NumberKind::Bare) || items_[end].is(NumberKind::Era)) &&
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

}  // namespace figment::compose
