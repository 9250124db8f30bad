// Which chord follows which, how long chords last, and how phrases close. Counts; the reader smooths them.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "statistics.h"

namespace figment::learn {
namespace {

using compose::KeyChord;

constexpr std::size_t vocabulary_kept = 40, cadences_kept = 24, loops_kept = 48;

KeyChord in_key(const ChordSpan& chord, const Passage& passage) {
  return {(chord.root - passage.tonic + 12) % 12, chord.kind};
}

bool touch(const ChordSpan& a, const ChordSpan& b) { return b.start - a.end < 0.1; }

using Formula = std::array<KeyChord, 3>;

std::vector<std::pair<Formula, int>> ranked(const std::map<Formula, int>& counts) {
  std::vector<std::pair<Formula, int>> result(counts.begin(), counts.end());
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  result.resize(std::min(result.size(), cadences_kept));
  return result;
}

// The last three chords up to the one with this index.
void count_formula(const Passage& passage, std::size_t last, std::map<Formula, int>& counts) {
  const auto& chords = passage.chords;
  if (last < 2 || !touch(chords[last - 1], chords[last]) || !touch(chords[last - 2], chords[last - 1])) return;
  ++counts[{in_key(chords[last - 2], passage), in_key(chords[last - 1], passage), in_key(chords[last], passage)}];
}

// The triad at the bottom of a chord; one without a third has that of the key.
KeyChord plain_triad(KeyChord chord, Tonality tonality) {
  const auto tones = compose::tones(chord.kind);
  int third = tones[1];
  if (third != 3 && third != 4) third = compose::scale_place(chord.root + 4, tonality).diatonic ? 4 : 3;
  const bool diminished = tones[2] == 6, augmented = tones[2] == 8;
  if (third == 3) return {chord.root, diminished ? ChordKind::Diminished : ChordKind::Minor};
  return {chord.root, augmented ? ChordKind::Augmented : ChordKind::Major};
}

// Progressions of two or four bars that are played at least twice on end, from where the turning begins; counted once a
// song. Sevenths and suspensions come and go from turn to turn: chords count as their triads. A loop is its chords and
// their lengths.
nlohmann::ordered_json loops_of(const std::vector<Passage>& passages, Corpus corpus, Tonality tonality) {
  std::map<nlohmann::ordered_json, std::set<std::string>> songs;
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus || passage.tonality != tonality || !passage.bars_known || passage.metre != "4/4")
      continue;
    if (passage.chords.empty()) continue;
    // The chord of each beat, by index into the passage's; -1 for none.
    const double first =
        passage.first_bar + 4 * std::ceil((passage.chords.front().start - passage.first_bar) / 4 - 0.01);
    std::vector<const ChordSpan*> beats;
    for (double beat = first + 0.5; beat < passage.chords.back().end; beat += 1)
      beats.push_back(chord_at(passage, beat));
    const auto triad_at = [&](std::size_t beat) { return plain_triad(in_key(*beats[beat], passage), tonality); };
    const auto same = [&](std::size_t a, std::size_t b) { return beats[a] && beats[b] && triad_at(a) == triad_at(b); };
    for (std::size_t start = 0; start < beats.size(); start += 4) {
      for (const std::size_t period : {std::size_t{8}, std::size_t{16}}) {
        std::size_t run = 0;  // beats from here that come back one period later
        while (start + run + period < beats.size() && same(start + run, start + run + period)) ++run;
        if (run < period) continue;
        nlohmann::ordered_json loop;
        int changes = 0;
        for (std::size_t i = 0; i < period; ++i) {
          if (i == 0 || !same(start + i, start + i - 1)) {
            const KeyChord chord = triad_at(start + i);
            loop.push_back({chord.root, compose::name(chord.kind), 0});
            ++changes;
          }
          loop.back()[2] = loop.back()[2].get<int>() + 1;
        }
        // Odd lengths are a pushed chord or a bar line misjudged by a beat, not a progression of their own.
        const bool even = std::all_of(loop.begin(), loop.end(),
                                      [](const auto& chord) { return chord[2].template get<int>() % 2 == 0; });
        if (changes < 2 || !even) continue;
        songs[loop].insert(passage.song);
        start += run + period - 4;
        break;
      }
    }
  }
  std::vector<std::pair<nlohmann::ordered_json, std::size_t>> ranked;
  for (const auto& [loop, in] : songs) {
    if (in.size() >= 2) ranked.emplace_back(loop, in.size());
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  ranked.resize(std::min(ranked.size(), loops_kept));
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const auto& [loop, count] : ranked) {
    std::string numerals;
    for (const auto& chord : loop) {
      for (std::size_t kind = 0; kind < compose::chord_kind_count; ++kind) {
        const auto known = static_cast<ChordKind>(kind);
        if (chord[1] == compose::name(known))
          numerals += (numerals.empty() ? "" : " ") + numeral({chord[0].get<int>(), known}, tonality);
      }
    }
    json.push_back({{"numerals", numerals}, {"songs", count}, {"chords", loop}});
  }
  return json;
}

nlohmann::ordered_json table_of(const std::vector<Passage>& passages, Corpus corpus, Tonality tonality) {
  std::map<KeyChord, int> counts;
  std::map<Formula, int> inner, final;
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus || passage.tonality != tonality) continue;
    for (const ChordSpan& chord : passage.chords) ++counts[in_key(chord, passage)];
    for (const Phrase& phrase : passage.phrases) {
      // The harmony a phrase comes to rest on: that sounding a beat into its last note (singers come in early).
      const Note& last = passage.notes[phrase.last];
      const double rest = last.start + std::min(1.0, std::max(last.length, 0.25)) - 0.05;
      const ChordSpan* chord = chord_at(passage, rest);
      if (chord && !phrase.ends_song)
        count_formula(passage, static_cast<std::size_t>(chord - passage.chords.data()), inner);
    }
    if (passage.ends_song && !passage.chords.empty()) count_formula(passage, passage.chords.size() - 1, final);
  }
  std::vector<std::pair<KeyChord, int>> vocabulary(counts.begin(), counts.end());
  std::stable_sort(vocabulary.begin(), vocabulary.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  vocabulary.resize(std::min(vocabulary.size(), vocabulary_kept));
  std::erase_if(vocabulary, [](const auto& entry) { return entry.second < 5; });
  std::map<KeyChord, int> index;
  nlohmann::ordered_json json;
  for (const auto& [chord, count] : vocabulary) {
    const int next = static_cast<int>(index.size());
    index.emplace(chord, next);
    json["chords"].push_back({{"numeral", numeral(chord, tonality)},
                              {"root", chord.root},
                              {"kind", compose::name(chord.kind)},
                              {"count", count}});
  }
  std::map<std::array<int, 2>, int> first;
  std::map<std::array<int, 3>, int> second;
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus || passage.tonality != tonality) continue;
    int previous = -1, before = -1;
    for (std::size_t i = 0; i < passage.chords.size(); ++i) {
      if (i > 0 && !touch(passage.chords[i - 1], passage.chords[i])) previous = before = -1;
      const auto known = index.find(in_key(passage.chords[i], passage));
      const int now = known == index.end() ? -1 : known->second;
      if (now >= 0 && previous >= 0) ++first[{previous, now}];
      if (now >= 0 && previous >= 0 && before >= 0) ++second[{before, previous, now}];
      before = previous;
      previous = now;
    }
  }
  for (const auto& [pair, count] : first) json["first order"].push_back({pair[0], pair[1], count});
  // Triples seen only now and then say no more than the pairs do.
  const int enough = corpus == Corpus::Pop ? 12 : 3;
  json["second order"] = nlohmann::ordered_json::array();
  for (const auto& [triple, count] : second) {
    if (count >= enough) json["second order"].push_back({triple[0], triple[1], triple[2], count});
  }
  for (const bool last : {false, true}) {
    auto& list = json[last ? "final cadences" : "inner cadences"];
    list = nlohmann::ordered_json::array();
    for (const auto& [formula, count] : ranked(last ? final : inner)) {
      nlohmann::ordered_json entry;
      for (const KeyChord& chord : formula) {
        entry.push_back(chord.root);
        entry.push_back(compose::name(chord.kind));
      }
      entry.push_back(count);
      list.push_back(entry);
    }
  }
  // Only pop turns in loops.
  if (corpus == Corpus::Pop) json["loops"] = loops_of(passages, corpus, tonality);
  return json;
}

nlohmann::ordered_json lengths_of(const std::vector<Passage>& passages, Corpus corpus) {
  std::map<std::string, std::map<double, int>> counts;
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus) continue;
    const std::string metre = corpus == Corpus::Chorale ? "4/4" : passage.metre;
    if (metre.empty()) continue;
    for (const ChordSpan& chord : passage.chords) {
      const double beats = std::clamp(std::round(2 * (chord.end - chord.start)) / 2, 0.5, 16.0);
      ++counts[metre][beats];
    }
  }
  nlohmann::ordered_json json;
  for (const auto& [metre, lengths] : counts) {
    int total = 0;
    for (const auto& [beats, count] : lengths) total += count;
    if (total < 300) continue;
    for (const auto& [beats, count] : lengths) {
      if (count >= 0.004 * total) json[metre].push_back({beats, count});
    }
  }
  return json;
}

}  // namespace

nlohmann::ordered_json learn_chords(const std::vector<Passage>& passages) {
  nlohmann::ordered_json json;
  for (Corpus corpus : corpora) {
    for (Tonality tonality : tonalities) json[name(corpus)][name(tonality)] = table_of(passages, corpus, tonality);
    json[name(corpus)]["lengths"] = lengths_of(passages, corpus);
  }
  return json;
}

}  // namespace figment::learn
