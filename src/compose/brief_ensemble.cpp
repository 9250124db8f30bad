// Ensembles: how many play, and in named ones who.

#include <algorithm>

#include "compose/brief_reader.h"

namespace figment::compose {

std::size_t BriefReader::read_ensemble(std::size_t i) {
  const EnsembleWord& word = vocabulary_.ensembles()[items_[i].get(Sense::Ensemble)->index];
  // "house with a string quartet": guests from another world, not the whole band.
  std::size_t before = i;
  while (before > 0 && items_[before - 1].noise() && !items_[before - 1].has(Sense::With)) --before;
  if (before > 0 && !word.seats.empty() && (has(before - 1, Sense::With) || has(before - 1, Sense::Join))) {
    genres_.push_back({word.style, true, false, i});
    return i + 1;
  }
  // "a string quartet: the quartet …": the more particular word.
  const bool same_size = ensemble_ != nullptr && ensemble_->players == word.players;
  if (same_size && (ensemble_->seats.empty() || word.seats.empty())) {
    if (ensemble_->seats.empty()) ensemble_ = &word;
    brief_.ensemble->value.name = ensemble_->name;
    brief_.ensemble->from.push_back(words(i));
    understood();
    return i + 1;
  }
  ask(brief_.ensemble, EnsembleWish{word.name, word.players}, words(i), "ensembles");
  ensemble_ = &word;
  return i + 1;
}

// The seats of a named ensemble are players asked for; those named beside it keep theirs.
void BriefReader::settle_ensemble() {
  if (ensemble_ == nullptr) return;
  const std::vector<Words> from = brief_.ensemble->from;
  if (!brief_.style && !ensemble_->style.empty()) brief_.style = Asked<std::string>{ensemble_->style, from};
  const std::vector<Asked<PartWish>> named = brief_.with;
  for (const EnsembleWord::Seat& seat : ensemble_->seats_in(brief_.style ? brief_.style->value : "")) {
    const InstrumentWord& instrument = *vocabulary_.instrument(first_of_its_kind(seat.instrument));
    const auto taken = [&](const Asked<PartWish>& asked) {
      const InstrumentWord* other = vocabulary_.instrument(asked.value.name);
      if (drum_part(seat.part)) return drum_part(asked.value.part);
      // "Piano trio with a fretless bass": of the same family, or the part as such.
      return seat.instrument == instrument.name && other != nullptr &&
             (other->family == instrument.family || (asked.value.part == seat.part && other->generic()));
    };
    if (std::any_of(named.begin(), named.end(), taken)) continue;
    PartWish wish;
    wish.part = seat.part;
    wish.name = seat.instrument;
    wish.preset = instrument.preset;
    wish.traits = seat.traits;
    brief_.with.push_back({std::move(wish), from});
  }
}

}  // namespace figment::compose
