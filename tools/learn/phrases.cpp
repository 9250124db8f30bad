// Phrases: how long, how wide, where their peak is, on which degrees they begin and end, and their typical outlines
// (k-means, Lloyd 1982, started by k-means++, Arthur and Vassilvitskii 2007; the best of twenty starts).
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/random.h"
#include "statistics.h"

namespace figment::learn {
namespace {

constexpr std::size_t points = 8, prototypes = 12;

struct Outline {
  std::array<double, points> shape;
  double range;
};

// Pitch at eight equally spaced instants from the first onset to the last, from 0 (lowest note) to 1 (highest).
Outline outline_of(const Passage& passage, const Phrase& phrase) {
  const auto begin = passage.notes.begin() + static_cast<std::ptrdiff_t>(phrase.first);
  const auto end = passage.notes.begin() + static_cast<std::ptrdiff_t>(phrase.last) + 1;
  const auto [low, high] =
      std::minmax_element(begin, end, [](const Note& a, const Note& b) { return a.pitch < b.pitch; });
  const double range = high->pitch - low->pitch;
  const double from = begin->start, to = (end - 1)->start;
  Outline outline{{}, range};
  auto note = begin;
  for (std::size_t i = 0; i < points; ++i) {
    const double when = from + (to - from) * static_cast<double>(i) / (points - 1) + 1e-6;
    while (note + 1 != end && (note + 1)->start <= when) ++note;
    outline.shape[i] = range > 0 ? (note->pitch - low->pitch) / range : 0.5;
  }
  return outline;
}

double distance(const std::array<double, points>& a, const std::array<double, points>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < points; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

struct Cluster {
  std::array<double, points> centre{};
  double range = 0;
  double members = 0;
};

std::vector<Cluster> clusters_of(const std::vector<Outline>& outlines) {
  const Random seed(909);
  std::vector<Cluster> best;
  double best_error = std::numeric_limits<double>::infinity();
  for (std::uint64_t start = 0; start < 20; ++start) {
    Random random = seed.fork(start);
    std::vector<std::array<double, points>> centres{random.pick(outlines).shape};
    std::vector<double> nearest(outlines.size(), std::numeric_limits<double>::infinity());
    while (centres.size() < prototypes) {
      for (std::size_t i = 0; i < outlines.size(); ++i)
        nearest[i] = std::min(nearest[i], distance(outlines[i].shape, centres.back()));
      centres.push_back(outlines[random.weighted(nearest)].shape);
    }
    std::vector<Cluster> clusters;
    double error = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 40; ++round) {
      clusters.assign(prototypes, {});
      double sum = 0;
      for (const Outline& outline : outlines) {
        std::size_t closest = 0;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t k = 0; k < prototypes; ++k) {
          const double d = distance(outline.shape, centres[k]);
          if (d < least) least = d, closest = k;
        }
        sum += least;
        Cluster& cluster = clusters[closest];
        for (std::size_t i = 0; i < points; ++i) cluster.centre[i] += outline.shape[i];
        cluster.range += outline.range;
        ++cluster.members;
      }
      for (std::size_t k = 0; k < prototypes; ++k) {
        if (clusters[k].members == 0) continue;
        for (std::size_t i = 0; i < points; ++i) centres[k][i] = clusters[k].centre[i] / clusters[k].members;
      }
      if (sum > error * (1 - 1e-4)) break;
      error = sum;
    }
    if (error < best_error) {
      best_error = error;
      best = clusters;
      for (std::size_t k = 0; k < prototypes; ++k) best[k].centre = centres[k];
    }
  }
  std::erase_if(best, [](const Cluster& cluster) { return cluster.members == 0; });
  std::stable_sort(best.begin(), best.end(), [](const Cluster& a, const Cluster& b) { return a.members > b.members; });
  return best;
}

}  // namespace

nlohmann::ordered_json learn_phrases(const std::vector<Passage>& passages) {
  nlohmann::ordered_json json;
  for (Corpus corpus : corpora) {
    std::vector<Outline> outlines;
    auto& table = json[name(corpus)];
    for (Tonality tonality : tonalities) {
      std::vector<double> half_bars(16), apex(8), range(25), start(7), inner(7), final(7);
      int counted = 0;
      for (const Passage& passage : passages) {
        if (passage.corpus != corpus || passage.tonality != tonality) continue;
        const double half = corpus == Corpus::Chorale ? 2.0 : passage.bar_beats / 2;
        for (const Phrase& phrase : passage.phrases) {
          const Note& first = passage.notes[phrase.first];
          const Note& last = passage.notes[phrase.last];
          const double length = last.start + last.length - first.start;
          const Outline outline = outline_of(passage, phrase);
          outlines.push_back(outline);
          ++counted;
          ++half_bars[static_cast<std::size_t>(std::clamp(std::lround(std::ceil(length / half - 0.25)), 1L, 16L) - 1)];
          ++range[static_cast<std::size_t>(std::min(24.0, outline.range))];
          std::size_t highest = phrase.first;
          for (std::size_t i = phrase.first; i <= phrase.last; ++i) {
            if (passage.notes[i].pitch > passage.notes[highest].pitch) highest = i;
          }
          const double place = (passage.notes[highest].start - first.start) / length;
          ++apex[static_cast<std::size_t>(std::clamp(place * 8, 0.0, 7.0))];
          const auto degree = [&](const Note& note) {
            return static_cast<std::size_t>(compose::scale_place(note.pitch - passage.tonic, tonality).degree);
          };
          ++start[degree(first)];
          ++(phrase.ends_song ? final : inner)[degree(last)];
        }
      }
      auto& part = table[name(tonality)];
      part["phrases"] = counted;
      part["half bars"] = distribution(half_bars, 0.5);
      part["apex"] = distribution(apex, 0.5);
      part["range"] = distribution(range, 0.5);
      part["start degree"] = distribution(start, 0.5);
      part["inner degree"] = distribution(inner, 0.5);
      part["final degree"] = distribution(final, 0.5);
    }
    for (const Cluster& cluster : clusters_of(outlines)) {
      std::vector<double> shape;
      for (double height : cluster.centre) shape.push_back(rounded(height));
      table["contours"].push_back({{"share", rounded(cluster.members / static_cast<double>(outlines.size()))},
                                   {"range", rounded(cluster.range / cluster.members)},
                                   {"shape", shape}});
    }
  }
  return json;
}

}  // namespace figment::learn
