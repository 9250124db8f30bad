// How melodies move: a model of choice.
//
// A melody note is a choice among all pitches within an octave of the last one; what is on offer depends on the scale
// and the chord of the moment. Counting intervals alone would mix up taste with supply (there are more thirds that are
// chord tones on the tonic than on the dominant). So each kind of candidate gets a worth w, and a pitch is chosen with
// probability w / sum of the worths on offer (Luce 1959, "Individual Choice Behavior"). The worths that make the
// corpus likeliest are found by Hunter's minorise-maximise updates (2004, "MM algorithms for generalized Bradley-Terry
// models"), drawn where data are few towards a factored model worth = u[previous][interval] * v[strength][kind], with
// a gamma prior (Caron and Doucet 2012).
#include <array>
#include <cstdint>

#include "statistics.h"

namespace figment::learn {
namespace {

using compose::Approach;
using compose::approach;
using compose::approach_count;
using compose::BeatStrength;
using compose::ToneKind;
using compose::widest_interval;

constexpr std::size_t intervals = 2 * widest_interval + 1;
constexpr std::size_t classes = approach_count * intervals * 3 * 3;
constexpr int rounds = 100;
constexpr double prior_strength = 8.0;  // as many choices as the factored model is worth

std::size_t class_of(Approach previous, int interval, BeatStrength strength, ToneKind kind) {
  return ((static_cast<std::size_t>(previous) * intervals + static_cast<std::size_t>(interval + widest_interval)) * 3 +
          static_cast<std::size_t>(strength)) *
             3 +
         static_cast<std::size_t>(kind);
}
std::size_t move_of(std::size_t c) { return c / 9; }   // previous and interval
std::size_t place_of(std::size_t c) { return c % 9; }  // strength and kind

struct Choice {
  std::array<std::uint16_t, 25> offer;  // classes of the pitches an octave down to an octave up
  std::uint8_t offers;
  std::uint16_t taken;
};

// Where a note stands in the bar; the chorales' bars are told by their phrases, which end on a strong beat.
BeatStrength strength_of(const Passage& passage, const Phrase& phrase, const Note& note) {
  if (passage.corpus == Corpus::Chorale) {
    const double to_end = passage.notes[phrase.last].start - note.start;
    return static_cast<long>(to_end + 0.5) % 2 == 0 ? BeatStrength::Strong : BeatStrength::Medium;
  }
  return compose::beat_strength(passage.metre,
                                static_cast<int>(std::floor((note.start - passage.first_bar) * 4 + 0.5)));
}

ToneKind kind_of(const Passage& passage, const ChordSpan& chord, int pitch) {
  for (int tone : compose::tones(chord.kind)) {
    if ((pitch - chord.root - tone) % 12 == 0) return ToneKind::ChordTone;
  }
  return compose::scale_place(pitch - passage.tonic, passage.tonality).diatonic ? ToneKind::Diatonic
                                                                                : ToneKind::Chromatic;
}

std::vector<Choice> choices_of(const std::vector<Passage>& passages, Corpus corpus) {
  std::vector<Choice> result;
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus || (!passage.bars_known && corpus != Corpus::Chorale)) continue;
    for (const Phrase& phrase : passage.phrases) {
      Approach previous = Approach::None;
      for (std::size_t i = phrase.first + 1; i <= phrase.last; ++i) {
        const int from = passage.notes[i - 1].pitch - passage.tonic;
        const int moved = passage.notes[i].pitch - passage.notes[i - 1].pitch;
        const int interval = compose::diatonic_steps(from, from + moved, passage.tonality);
        const ChordSpan* chord = chord_at(passage, passage.notes[i].start);
        if (chord && std::abs(moved) <= 12 && std::abs(interval) <= widest_interval) {
          Choice choice{};
          const BeatStrength strength = strength_of(passage, phrase, passage.notes[i]);
          for (int offset = -12; offset <= 12; ++offset) {
            const int steps = compose::diatonic_steps(from, from + offset, passage.tonality);
            if (std::abs(steps) > widest_interval) continue;
            const ToneKind kind = kind_of(passage, *chord, passage.notes[i - 1].pitch + offset);
            const auto c = static_cast<std::uint16_t>(class_of(previous, steps, strength, kind));
            choice.offer[choice.offers++] = c;
            if (offset == moved) choice.taken = c;
          }
          result.push_back(choice);
        }
        previous = approach(interval);
      }
    }
  }
  return result;
}

std::vector<double> fit(const std::vector<Choice>& choices) {
  std::vector<double> taken(classes, 0.0), move_taken(classes / 9, 0.0), place_taken(9, 0.0);
  for (const Choice& choice : choices) {
    ++taken[choice.taken];
    ++move_taken[move_of(choice.taken)];
    ++place_taken[place_of(choice.taken)];
  }
  // The factored model, its two factors in turn. Half a choice for each keeps what was never taken possible.
  std::vector<double> move(classes / 9, 1.0), place(9, 1.0);
  for (int round = 0; round < rounds; ++round) {
    for (bool moves : {true, false}) {
      std::vector<double> pressure(moves ? move.size() : place.size(), 0.0);
      for (const Choice& choice : choices) {
        double on_offer = 0;
        for (std::size_t k = 0; k < choice.offers; ++k)
          on_offer += move[move_of(choice.offer[k])] * place[place_of(choice.offer[k])];
        for (std::size_t k = 0; k < choice.offers; ++k) {
          const std::size_t c = choice.offer[k];
          pressure[moves ? move_of(c) : place_of(c)] += (moves ? place[place_of(c)] : move[move_of(c)]) / on_offer;
        }
      }
      auto& factor = moves ? move : place;
      const auto& wins = moves ? move_taken : place_taken;
      for (std::size_t i = 0; i < factor.size(); ++i) factor[i] = (wins[i] + 0.5) / (pressure[i] + 0.5 / factor[i]);
    }
  }
  std::vector<double> factored(classes);
  for (std::size_t c = 0; c < classes; ++c) factored[c] = move[move_of(c)] * place[place_of(c)];
  std::vector<double> worth = factored;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> pressure(classes, 0.0);
    for (const Choice& choice : choices) {
      double on_offer = 0;
      for (std::size_t k = 0; k < choice.offers; ++k) on_offer += worth[choice.offer[k]];
      for (std::size_t k = 0; k < choice.offers; ++k) pressure[choice.offer[k]] += 1.0 / on_offer;
    }
    for (std::size_t c = 0; c < classes; ++c) {
      worth[c] = (taken[c] + prior_strength) / (pressure[c] + prior_strength / factored[c]);
    }
  }
  return worth;
}

}  // namespace

nlohmann::ordered_json learn_melody(const std::vector<Passage>& passages) {
  static constexpr const char* approaches[] = {"none",   "leap down", "third down", "step down",
                                               "repeat", "step up",   "third up",   "leap up"};
  static constexpr const char* strengths[] = {"strong", "medium", "weak"};
  static constexpr const char* kinds[] = {"chord", "diatonic", "chromatic"};
  nlohmann::ordered_json json;
  for (Corpus corpus : corpora) {
    const std::vector<Choice> choices = choices_of(passages, corpus);
    const std::vector<double> worth = fit(choices);
    auto& table = json[name(corpus)];
    table["choices"] = choices.size();
    for (std::size_t previous = 0; previous < approach_count; ++previous) {
      for (std::size_t strength = 0; strength < 3; ++strength) {
        // Only worths that compete have a common scale: the largest of each group becomes 1.
        double largest = 0;
        const auto at = [&](std::size_t kind, std::size_t interval) {
          return worth[((previous * intervals + interval) * 3 + strength) * 3 + kind];
        };
        for (std::size_t kind = 0; kind < 3; ++kind) {
          for (std::size_t interval = 0; interval < intervals; ++interval)
            largest = std::max(largest, at(kind, interval));
        }
        // The chorales have no notes between the beats: the reader answers what is left out from the folk tunes.
        const auto in_group = [&](const Choice& choice) { return place_of(choice.taken) / 3 == strength; };
        if (std::none_of(choices.begin(), choices.end(), in_group)) continue;
        auto& group = table["steps"][approaches[previous]][strengths[strength]];
        for (std::size_t kind = 0; kind < 3; ++kind) {
          std::vector<double> row;
          for (std::size_t interval = 0; interval < intervals; ++interval)
            row.push_back(rounded(at(kind, interval) / largest));
          group[kinds[kind]] = row;
        }
      }
    }
  }
  return json;
}

}  // namespace figment::learn
