// A song says its key: what the chords of every style owe to the tonic.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include "compose/composer.h"
#include "compose/style.h"
#include "compose/test_data.h"

namespace figment::compose {
namespace {

using testing::kData;

constexpr int kSeeds = 6;

bool home(const score::Chord& chord, const score::Key& key) {
  return chord.root == key.tonic && !chord.contains(60 + key.tonic + (score::minor_third(key.mode) ? 4 : 3));
}

TEST(Key, InEveryStyleTheTonicHasItsShareAndItsPlaces) {
  for (const auto& info : list_styles(kData)) {
    double share = 0, all = 0, resting = 0, sections = 0;
    std::array<double, 12> elsewhere{};  // by interval above the tonic
    for (int seed = 1; seed <= kSeeds; ++seed) {
      Brief b;
      b.prompt = info.id;
      b.style = Asked<std::string>{info.id, {}};
      b.bars = Asked<int>{40, {}};
      const song::Song song = compose(b, static_cast<std::uint64_t>(seed), kData).song;
      for (const auto& span : song.chords) {
        all += span.length.value;
        if (home(span.chord, song.key)) share += span.length.value;
        if (span.chord.root != song.key.tonic)
          elsewhere[static_cast<std::size_t>((span.chord.root - song.key.tonic + 12) % 12)] += span.length.value;
      }
      EXPECT_TRUE(song.chords.back().chord.root == song.key.tonic || song.sections.size() == 1)
          << info.id << " does not end at home";
      // Sections that do not lead on start or end at home.
      for (const auto& section : song.sections) {
        if (section.bars < 4 || section.kind == "bridge" || section.kind == "pre-chorus" || section.kind == "build")
          continue;
        const double from = (section.bar - 1) * song.metre.bar().value;
        const double to = from + section.bars * song.metre.bar().value;
        const auto* first = score::chord_at(song.chords, Beats{from + 0.01});
        const auto* last = score::chord_at(song.chords, Beats{to - 0.01});
        sections += 1;
        resting += home(*first, song.key) || home(*last, song.key) ? 1 : 0;
      }
    }
    EXPECT_GE(share / all, info.family == "jazz" ? 0.25 : 0.28) << info.id << ": the tonic's share of the time";
    EXPECT_GT(share, *std::max_element(elsewhere.begin(), elsewhere.end())) << info.id << ": no other chord is longer";
    EXPECT_GE(resting / sections, 0.65) << info.id << ": sections that start or end at home";
  }
}

}  // namespace
}  // namespace figment::compose
