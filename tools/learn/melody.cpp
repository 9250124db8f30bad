// How melodies move: a model of choice.
//
// A melody note is a choice among all pitches within an octave of the last one; what is on offer depends on the scale
// and the chord of the moment. Counting intervals alone would mix up taste with supply (there are more thirds that are
// chord tones on the tonic than on the dominant). So each pitch on offer has a worth, and is chosen with probability
// worth / sum of the worths on offer (Luce 1959, "Individual Choice Behavior"). Here
//   worth = step[approach, interval, strength, kind] * degree[tonality, from, to]
// and the factors that make the corpus likeliest are found one after the other by Hunter's minorise-maximise updates
// (2004, "MM algorithms for generalized Bradley-Terry models"). Where data are few a gamma prior (Caron and Doucet
// 2012) draws `step` towards move[approach, interval] * place[strength, kind], and all else towards 1.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

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
constexpr std::size_t degrees = compose::tonality_count * 7 * 7;
constexpr int rounds = 50;
constexpr double prior_strength = 8.0;  // as many choices as the prior is worth

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
  std::array<std::uint8_t, 25> degree;  // tonality, degree from, degree to
  std::uint8_t offers;
  std::uint8_t taken;  // index into offer
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

// Of every tenth song when `tenths` is 1, of the nine others when it is 9, of all when it is 10.
std::vector<Choice> choices_of(const std::vector<Passage>& passages, Corpus corpus, int tenths) {
  std::vector<Choice> result;
  int song = -1;
  for (std::size_t p = 0; p < passages.size(); ++p) {
    const Passage& passage = passages[p];
    if (p == 0 || passage.song != passages[p - 1].song) ++song;
    if (tenths != 10 && (song % 10 == 9) != (tenths == 1)) continue;
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
            const auto degree = [&](int semitones) {
              return static_cast<std::size_t>(compose::scale_place(semitones, passage.tonality).degree);
            };
            const auto tonality = static_cast<std::size_t>(passage.tonality);
            if (offset == moved) choice.taken = choice.offers;
            choice.degree[choice.offers] =
                static_cast<std::uint8_t>((tonality * 7 + degree(from)) * 7 + degree(from + offset));
            choice.offer[choice.offers++] = c;
          }
          result.push_back(choice);
        }
        previous = approach(interval);
      }
    }
  }
  return result;
}

struct Model {
  std::vector<double> step = std::vector<double>(classes, 1.0);
  std::vector<double> degree = std::vector<double>(degrees, 1.0);

  [[nodiscard]] double worth(const Choice& choice, std::size_t k) const {
    return step[choice.offer[k]] * degree[choice.degree[k]];
  }
  [[nodiscard]] double on_offer(const Choice& choice) const {
    double sum = 0;
    for (std::size_t k = 0; k < choice.offers; ++k) sum += worth(choice, k);
    return sum;
  }
};

// One update of one factor: `part_of(choice, k)` is the entry of `factor` that candidate k owes a part of its worth to.
template <class PartOf>
void improve(std::vector<double>& factor, const std::vector<double>& prior, const Model& model,
             const std::vector<Choice>& choices, PartOf part_of) {
  std::vector<double> taken(factor.size(), 0.0), pressure(factor.size(), 0.0);
  for (const Choice& choice : choices) {
    const double sum = model.on_offer(choice);
    for (std::size_t k = 0; k < choice.offers; ++k) {
      const std::size_t part = part_of(choice, k);
      pressure[part] += model.worth(choice, k) / (sum * factor[part]);
    }
    ++taken[part_of(choice, choice.taken)];
  }
  for (std::size_t i = 0; i < factor.size(); ++i) {
    factor[i] = (taken[i] + prior_strength) / (pressure[i] + prior_strength / prior[i]);
  }
}

// Rows of degree weights have no scale of their own (all candidates start from the same degree): their mean is 1.
void centre(std::vector<double>& degree) {
  for (std::size_t row = 0; row < degrees; row += 7) {
    double sum = 0;
    for (std::size_t to = 0; to < 7; ++to) sum += degree[row + to];
    for (std::size_t to = 0; to < 7; ++to) degree[row + to] *= 7 / sum;
  }
}

Model fit(const std::vector<Choice>& choices) {
  Model model;
  const std::vector<double> even(classes, 1.0);
  std::vector<double> move(classes / 9, 1.0), place(9, 1.0);
  const auto spread = [&] {
    for (std::size_t c = 0; c < classes; ++c) model.step[c] = move[move_of(c)] * place[place_of(c)];
  };
  for (int round = 0; round < rounds; ++round) {
    improve(move, even, model, choices, [](const Choice& c, std::size_t k) { return move_of(c.offer[k]); });
    spread();
    improve(place, even, model, choices, [](const Choice& c, std::size_t k) { return place_of(c.offer[k]); });
    spread();
  }
  const std::vector<double> factored = model.step;
  for (int round = 0; round < rounds; ++round) {
    improve(model.step, factored, model, choices, [](const Choice& c, std::size_t k) { return c.offer[k]; });
    improve(model.degree, even, model, choices, [](const Choice& c, std::size_t k) { return c.degree[k]; });
    centre(model.degree);
  }
  return model;
}

// Mean surprise of a note, in bits.
double surprise(const Model& model, const std::vector<Choice>& choices) {
  double bits = 0;
  for (const Choice& choice : choices) bits -= std::log2(model.worth(choice, choice.taken) / model.on_offer(choice));
  return bits / static_cast<double>(choices.size());
}

}  // namespace

nlohmann::ordered_json learn_melody(const std::vector<Passage>& passages) {
  static constexpr const char* approaches[] = {"none",   "leap down", "third down", "step down",
                                               "repeat", "step up",   "third up",   "leap up"};
  static constexpr const char* strengths[] = {"strong", "medium", "weak"};
  static constexpr const char* kinds[] = {"chord", "diatonic", "chromatic"};
  nlohmann::ordered_json json;
  for (Corpus corpus : corpora) {
    const std::vector<Choice> choices = choices_of(passages, corpus, 10);
    const Model model = fit(choices);
    const std::vector<double>& worth = model.step;
    auto& table = json[name(corpus)];
    table["choices"] = choices.size();
    // How much is learned is told by songs that were not learned from.
    const std::vector<Choice> unheard = choices_of(passages, corpus, 1);
    table["bits a note"] = {{"any pitch alike", rounded(surprise(Model{}, unheard))},
                            {"as learned", rounded(surprise(fit(choices_of(passages, corpus, 9)), unheard))}};
    for (Tonality tonality : tonalities) {
      auto& rows = table["degrees"][name(tonality)];
      for (std::size_t from = 0; from < 7; ++from) {
        std::vector<double> row;
        for (std::size_t to = 0; to < 7; ++to) {
          row.push_back(rounded(model.degree[(static_cast<std::size_t>(tonality) * 7 + from) * 7 + to]));
        }
        rows.push_back(row);
      }
    }
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
        const auto in_group = [&](const Choice& choice) { return place_of(choice.offer[0]) / 3 == strength; };
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
