#include "compose/reference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compose/composer.h"
#include "compose/form.h"

namespace figment::compose {
namespace {

// Four bars in A minor at 97 bpm: Am F C E7, a kick on one and three, a snare on two and four, a tune.
std::shared_ptr<Reference> example() {
  auto r = std::make_shared<Reference>();
  r->name = "clip.wav";
  r->tempo = Bpm{97};
  r->metre = score::Metre{4, 4};
  r->key = score::Key{9, score::Mode::Minor};
  r->bars = 4;
  const char* names[] = {"Am", "F", "C", "E7"};
  for (int b = 0; b < 4; ++b) r->chords.push_back({Beats{4.0 * b}, Beats{4}, score::parse_chord(names[b])});
  const int pitches[] = {69, 72, 76, 74, 72, 71, 69, 64};
  for (int n = 0; n < 8; ++n) r->tune.push_back({Beats{2.0 * n}, Beats{1.5}, static_cast<std::uint8_t>(pitches[n]), 0.8F});
  return r;
}

Composition made(const std::string& prompt, std::shared_ptr<const Reference> reference, std::uint64_t seed = 5) {
  static const auto vocabulary = load_vocabulary(std::filesystem::path(FIGMENT_SOURCE_DIR) / "data");
  return compose(read_brief(prompt, *vocabulary), seed, FIGMENT_SOURCE_DIR, std::move(reference));
}

const score::Chord& chord_in_bar(const song::Song& song, int bar) { return *score::chord_at(song.chords, song.metre.bar() * static_cast<double>(bar)); }

TEST(Reference, GivesTempoKeyAndChords) {
  const Composition c = made("pop, 16 bars", example());
  EXPECT_EQ(c.song.tempo.front().tempo, Bpm{97});
  EXPECT_EQ(c.song.key, (score::Key{9, score::Mode::Minor}));
  for (const auto& section : c.song.sections)
    for (int b = 0; b < section.bars; ++b) {
      if (section.bar - 1 + b == c.song.bars - 1) continue;       // the song ends at home
      EXPECT_EQ(chord_in_bar(c.song, section.bar - 1 + b).root, (std::array{9, 5, 0, 4})[static_cast<std::size_t>(b % 4)]) << section.name << " " << b;
    }
  EXPECT_EQ(chord_in_bar(c.song, c.song.bars - 1).root, 9);
}

TEST(Reference, WhatThePromptSaysWins) {
  const Composition c = made("pop, 120 bpm, D minor, 8 bars", example());
  EXPECT_EQ(c.song.tempo.front().tempo, Bpm{120});
  EXPECT_EQ(c.song.key, (score::Key{2, score::Mode::Minor}));
  // The chords move with the key: Dm Bb F A7.
  const auto& first = c.song.sections.front();
  EXPECT_EQ(chord_in_bar(c.song, first.bar - 1).root, 2);
  if (first.bars > 1) {
    EXPECT_EQ(chord_in_bar(c.song, first.bar).root, 10);
  }

  const Composition major = made("pop, major, 8 bars", example());
  EXPECT_EQ(major.song.key, (score::Key{0, score::Mode::Major})) << "the relative key keeps the notes";
  EXPECT_EQ(chord_in_bar(major.song, 0).root, 9) << "and the chords";

  const Composition waltz = made("pop, 3/4, 8 bars", example());
  EXPECT_EQ(waltz.song.metre, (score::Metre{3, 4}));
  EXPECT_EQ(waltz.song.tempo.front().tempo, Bpm{97});
  EXPECT_TRUE(std::any_of(waltz.remarks.begin(), waltz.remarks.end(), [](const std::string& r) { return r.find("is not in 3/4") != std::string::npos; }));
}

TEST(Reference, TheLeadPlaysItsTuneInThePeaks) {
  const Composition c = made("pop with a lead, E minor, 32 bars", example());
  const auto peak = std::find_if(c.song.sections.begin(), c.song.sections.end(), [](const auto& s) { return is_peak_kind(s.kind); });
  ASSERT_NE(peak, c.song.sections.end());
  const auto lead = std::find_if(c.song.tracks.begin(), c.song.tracks.end(), [](const auto& t) { return t.role == "lead"; });
  ASSERT_NE(lead, c.song.tracks.end());
  const Beats begin = c.song.metre.bar() * static_cast<double>(peak->bar - 1);
  std::vector<int> pitches;
  for (const auto& n : c.scores.at(lead->id).notes)
    if (n.start >= begin - Beats{0.1} && n.start < begin + Beats{15.9}) pitches.push_back(n.pitch);
  ASSERT_EQ(pitches.size(), 8U);
  const int wanted[] = {69, 72, 76, 74, 72, 71, 69, 64};
  // From A minor to E minor; which octave is the lead's affair.
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(score::pitch_class(pitches[i] - 7), score::pitch_class(wanted[i])) << i;
  for (std::size_t i = 1; i < 8; ++i) EXPECT_EQ(pitches[i] - pitches[i - 1], wanted[i] - wanted[i - 1]) << i;
}

TEST(Reference, DrumsPlayItsPattern) {
  auto r = example();
  Groove g;
  g.name = "reference";
  g.metre = {4, 4};
  g.bars = 1;
  for (const char* line : {"kick", "snare", "hat_closed"}) g.lines[line].resize(16);
  for (const std::size_t step : {0, 3, 10}) g.lines["kick"][step] = {1, 0.9, false};
  g.lines["snare"][7] = {1, 0.9, false};
  for (std::size_t step = 0; step < 16; step += 2) g.lines["hat_closed"][step] = {1, 0.7, false};
  r->groove = g;
  for (const char* style : {"pop", "trap"}) {
    const Composition c = made(std::string(style) + ", 32 bars", r);
    const auto peak = std::find_if(c.song.sections.begin(), c.song.sections.end(), [](const auto& s) { return is_peak_kind(s.kind); });
    ASSERT_NE(peak, c.song.sections.end());
    int asked = 0, snares = 0;
    for (const auto& [id, score] : c.scores)
      for (const auto& n : score.notes) {
        const double step = std::fmod(n.start.value, 4) * 4;
        const int bar = static_cast<int>(n.start.value / 4);
        if (!score.percussion || bar < peak->bar - 1 || bar > peak->bar + 1) continue;
        if (n.pitch == score::drum::kick) asked += std::abs(step) < 0.15 || std::abs(step - 3) < 0.3 || std::abs(step - 10) < 0.3;
        if (n.pitch == score::drum::snare) snares += std::abs(step - 7) < 0.3;
      }
    EXPECT_GE(asked, 6) << style;
    EXPECT_GE(snares, 2) << style;
  }
}

TEST(Reference, ItsFormIsTheSongs) {
  auto r = example();
  r->bars = 40;
  r->chords.clear();
  for (int b = 0; b < 40; ++b) r->chords.push_back({Beats{4.0 * b}, Beats{4}, score::parse_chord(b >= 16 && b < 24 ? "F" : "Am")});
  r->tune.clear();
  r->parts = {{0, 8, "A", 0.3}, {8, 8, "B", 0.6}, {16, 8, "C", 1}, {24, 8, "B", 0.65}, {32, 8, "C", 0.95}};
  const Composition c = made("pop", r);
  ASSERT_EQ(c.song.sections.size(), 5U);
  const char* kinds[] = {"intro", "verse", "chorus", "verse", "chorus"};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(c.song.sections[i].kind, kinds[i]);
    EXPECT_EQ(c.song.sections[i].bars, 8);
  }
  EXPECT_GT(c.song.sections[2].energy, c.song.sections[1].energy);
  EXPECT_EQ(chord_in_bar(c.song, 8).root, 9);
  EXPECT_EQ(chord_in_bar(c.song, 16).root, 5);
  // A length that is asked for is kept.
  EXPECT_EQ(made("pop, 24 bars", r).song.bars, 24);
}

TEST(Reference, HalfOfAStylesTempoIsCountedTwiceAsFast) {
  auto r = example();
  r->tempo = Bpm{87};
  const Composition c = made("drum and bass, 16 bars", r);
  EXPECT_EQ(c.song.tempo.front().tempo, Bpm{174});
  EXPECT_EQ(chord_in_bar(c.song, 1).root, 9);
  EXPECT_EQ(chord_in_bar(c.song, 2).root, 5);
}

}  // namespace
}  // namespace figment::compose
