// Tempo, key, metre, length, loudness: the number phrases of a prompt, and the words that stand for numbers.

#include "compose/brief_reader.h"

#include <algorithm>

namespace figment::compose {

std::size_t BriefReader::read_number(std::size_t i) {
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
    case NumberKind::SongForm:
      read_form(number, from);
      return i + 1;
  }
  end_of_run();
  return i + 1;
}

void BriefReader::read_key(const NumberPhrase& number, const Words& from) {
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

// A number is more particular than a word: "club master, -9 LUFS".
void BriefReader::loudness(const std::string& value, const Words& from) {
  const auto is_number = [](const std::string& text) { return text[0] == '-'; };
  if (brief_.loudness && is_number(brief_.loudness->value) != is_number(value)) {
    if (is_number(value)) brief_.loudness->value = value;
    brief_.loudness->from.push_back(from);
    return understood();
  }
  ask(brief_.loudness, value, from, "loudnesses");
}

void BriefReader::settle_numbers() {
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

}  // namespace figment::compose
