// Styles and moods.

#include "compose/brief_reader.h"

#include <algorithm>
#include <utility>

namespace figment::compose {

// "jazz-influenced house": a flavour of jazz. "Jazz influenced by …" stays jazz.
bool BriefReader::only_influence(std::size_t i) const {
  return is_word(i + 1, {"influenced", "inspired", "tinged", "infused", "flavoured", "flavored", "laced", "ish"}) &&
         !has(i + 1, Sense::StyleOf);
}

// "dark ambient" is a style, and it is dark.
void BriefReader::mood_inside(std::size_t i) {
  if (items_[i].end - items_[i].first < 2) return;
  std::size_t length = 0;
  const std::vector<Token> first{tokens_[items_[i].first]};
  const Phrase* phrase = vocabulary_.match(first, 0, length);
  const Meaning* mood = phrase == nullptr ? nullptr : phrase->get(Sense::Mood);
  if (mood != nullptr) moods_.push_back({mood->index, i, false});
}

void BriefReader::settle_genres() {
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

void BriefReader::settle_moods() {
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

}  // namespace figment::compose
