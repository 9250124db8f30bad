// Bars as patterns on the sixteenth grid, how often notes start where, and where a bar's rhythm comes from.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "statistics.h"

namespace figment::learn {
namespace {

constexpr std::size_t patterns_kept = 72, patterns_by_place = 48;
constexpr double onset_prior = 20.0;  // onsets as many as the slot's own probability is worth

struct Bar {
  std::string pattern;       // "x..." per slot
  std::vector<int> pitches;  // of its onsets
  bool exact = true;         // every onset lies on the grid
};

int slots_of(const std::string& metre) { return metre == "4/4" ? 16 : metre == "2/4" ? 8 : 12; }

std::vector<std::pair<std::string, int>> ranked(const std::map<std::string, int>& counts, std::size_t most) {
  std::vector<std::pair<std::string, int>> result(counts.begin(), counts.end());
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  result.resize(std::min(result.size(), most));
  return result;
}

// The bars of a passage that lie wholly inside it, by number; silent ones are empty.
std::vector<std::optional<Bar>> bars_of(const Passage& passage) {
  std::vector<std::optional<Bar>> bars;
  if (!passage.bars_known || passage.notes.empty()) return bars;
  const int slots = slots_of(passage.metre);
  const double first =
      passage.first_bar +
      passage.bar_beats * std::ceil((passage.notes.front().start - passage.first_bar) / passage.bar_beats - 0.01);
  for (const Note& note : passage.notes) {
    const double exact = (note.start - first) * 4;
    const auto slot = static_cast<int>(std::floor(exact + 0.5));
    if (slot < 0) continue;
    const auto bar = static_cast<std::size_t>(slot / slots);
    if (bar > 4096) break;
    if (bars.size() <= bar) bars.resize(bar + 1);
    if (!bars[bar]) bars[bar] = Bar{std::string(static_cast<std::size_t>(slots), '.'), {}, true};
    char& place = bars[bar]->pattern[static_cast<std::size_t>(slot % slots)];
    if (place == 'x') continue;
    place = 'x';
    bars[bar]->pitches.push_back(note.pitch);
    // Played pop is rounded to the grid; written folk off the grid (triplets) is no sixteenth pattern.
    if (passage.corpus == Corpus::Folk && std::abs(exact - slot) > 0.1) bars[bar]->exact = false;
  }
  return bars;
}

// The bars of phrases by their place in them, each holding the notes of its own phrase only: `opening` the first whole
// bar, `closing` the one the last note starts in, `inside` those between. Upbeats are left out.
nlohmann::ordered_json by_place(const std::vector<Passage>& passages, Corpus corpus, const std::string& metre) {
  const auto slots = static_cast<long>(slots_of(metre));
  std::array<std::map<std::string, int>, 3> counts;
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus || passage.metre != metre || !passage.bars_known) continue;
    for (const Phrase& phrase : passage.phrases) {
      std::map<long, Bar> bars;
      for (std::size_t i = phrase.first; i <= phrase.last; ++i) {
        const double exact = (passage.notes[i].start - passage.first_bar) * 4;
        const auto slot = static_cast<long>(std::floor(exact + 0.5));
        const long number = slot >= 0 ? slot / slots : -((-slot + slots - 1) / slots);
        Bar& bar =
            bars.try_emplace(number, Bar{std::string(static_cast<std::size_t>(slots), '.'), {}, true}).first->second;
        bar.pattern[static_cast<std::size_t>(slot - number * slots)] = 'x';
        if (corpus == Corpus::Folk && std::abs(exact - static_cast<double>(slot)) > 0.1) bar.exact = false;
      }
      // What begins in the second half of its bar is an upbeat to the next.
      if (bars.size() > 1 && bars.begin()->second.pattern.find('x') >= static_cast<std::size_t>(slots / 2)) {
        bars.erase(bars.begin());
      }
      const long first = bars.begin()->first, last = bars.rbegin()->first;
      for (const auto& [number, bar] : bars) {
        if (bar.exact) ++counts[number == last ? 2 : number == first ? 0 : 1][bar.pattern];
      }
    }
  }
  static constexpr const char* places[] = {"opening", "inside", "closing"};
  nlohmann::ordered_json json;
  for (std::size_t place = 0; place < 3; ++place) {
    json[places[place]] = nlohmann::ordered_json::array();
    for (const auto& [pattern, count] : ranked(counts[place], patterns_by_place))
      json[places[place]].push_back({pattern, count});
  }
  return json;
}

nlohmann::ordered_json metre_table(const std::vector<Passage>& passages, Corpus corpus, const std::string& metre) {
  const auto slots = static_cast<std::size_t>(slots_of(metre));
  std::map<std::string, int> counts;
  std::vector<std::array<double, 8>> started(slots), all(slots);
  int bars_counted = 0;
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus || passage.metre != metre) continue;
    unsigned before = 0;
    for (const auto& bar : bars_of(passage)) {
      if (!bar || !bar->exact) {
        before = 0;
        continue;
      }
      ++counts[bar->pattern];
      ++bars_counted;
      for (std::size_t slot = 0; slot < slots; ++slot) {
        const bool onset = bar->pattern[slot] == 'x';
        ++all[slot][before];
        if (onset) ++started[slot][before];
        before = ((before << 1) | (onset ? 1u : 0u)) & 7u;
      }
    }
  }
  nlohmann::ordered_json json;
  if (bars_counted < 500) return json;
  int kept = 0;
  json["bars"] = bars_counted;
  for (const auto& [pattern, count] : ranked(counts, patterns_kept)) {
    kept += count;
    json["patterns"].push_back({pattern, count});
  }
  json["share of bars kept"] = rounded(static_cast<double>(kept) / bars_counted);
  json["by place"] = by_place(passages, corpus, metre);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    double onsets = 0, total = 0;
    for (std::size_t before = 0; before < 8; ++before) onsets += started[slot][before], total += all[slot][before];
    const double usual = (onsets + 0.5) / (total + 1.0);
    std::vector<double> row;
    for (std::size_t before = 0; before < 8; ++before) {
      row.push_back(rounded((started[slot][before] + onset_prior * usual) / (all[slot][before] + onset_prior)));
    }
    json["onset"].push_back(row);
  }
  return json;
}

nlohmann::ordered_json repetition(const std::vector<Passage>& passages, Corpus corpus) {
  static constexpr std::array<std::size_t, 4> lags{1, 2, 4, 8};
  std::array<double, 5> sources{};
  std::array<double, 4> same_pitches{};
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus) continue;
    const auto bars = bars_of(passage);
    for (std::size_t i = 8; i < bars.size(); ++i) {
      if (!bars[i]) continue;
      std::size_t source = 0;
      while (source < 4 && !(bars[i - lags[source]] && bars[i - lags[source]]->pattern == bars[i]->pattern)) ++source;
      ++sources[source];
      if (source < 4 && bars[i - lags[source]]->pitches == bars[i]->pitches) ++same_pitches[source];
    }
  }
  nlohmann::ordered_json json;
  json["sources"] = distribution({sources.begin(), sources.end()}, 0.5);
  std::vector<double> follow;
  for (std::size_t lag = 0; lag < 4; ++lag) follow.push_back(rounded((same_pitches[lag] + 0.5) / (sources[lag] + 1.0)));
  json["pitches follow"] = follow;
  return json;
}

nlohmann::ordered_json articulation(const std::vector<Passage>& passages, Corpus corpus) {
  std::array<double, 16> n{}, sum{}, squares{};
  for (const Passage& passage : passages) {
    if (passage.corpus != corpus) continue;
    for (const Phrase& phrase : passage.phrases) {
      for (std::size_t i = phrase.first; i < phrase.last; ++i) {
        const double distance = inter_onset(passage, phrase, i);
        const auto slots = std::clamp(std::lround(distance * 4), 1L, 16L);
        const double part = std::min(1.0, passage.notes[i].length / distance);
        const auto k = static_cast<std::size_t>(slots - 1);
        ++n[k];
        sum[k] += part;
        squares[k] += part * part;
      }
    }
  }
  nlohmann::ordered_json mean, deviation;
  double last_mean = 1.0, last_deviation = 0.0;  // a distance hardly ever seen is like the one below it
  for (std::size_t k = 0; k < 16; ++k) {
    if (n[k] >= 30) {
      last_mean = sum[k] / n[k];
      last_deviation = std::sqrt(std::max(0.0, squares[k] / n[k] - last_mean * last_mean));
    }
    mean.push_back(rounded(last_mean));
    deviation.push_back(rounded(last_deviation));
  }
  return {{"mean", mean}, {"deviation", deviation}};
}

}  // namespace

nlohmann::ordered_json learn_rhythm(const std::vector<Passage>& passages) {
  nlohmann::ordered_json json;
  for (Corpus corpus : {Corpus::Pop, Corpus::Folk}) {
    auto& table = json[name(corpus)];
    for (const char* metre : {"4/4", "2/4", "3/4", "6/8"}) {
      const auto found = metre_table(passages, corpus, metre);
      if (!found.empty()) table["metres"][metre] = found;
    }
    table["repetition"] = repetition(passages, corpus);
    if (corpus == Corpus::Pop) table["articulation"] = articulation(passages, corpus);
  }
  return json;
}

}  // namespace figment::learn
