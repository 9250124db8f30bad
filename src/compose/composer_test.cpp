// Whole songs, held against what was asked for and what music needs. Every style in styles/ is composed.
#include "compose/composer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "compose/arrangement.h"
#include "compose/bass.h"
#include "compose/drums.h"
#include "compose/effects.h"
#include "compose/groove.h"
#include "compose/style.h"
#include "compose/test_data.h"

namespace figment::compose {
namespace {

using testing::asked;
using testing::kData;

Brief brief_of(const std::string& style) {
  Brief b;
  b.prompt = style;
  b.style = asked(style);
  return b;
}

const std::vector<StyleInfo>& styles() {
  static const std::vector<StyleInfo> all = list_styles(kData);
  return all;
}

double bar_of(const Composition& c) { return c.song.metre.bar().value; }

// The onsets of a bar, in order, as ticks and pitches: what a listener would call the same bar.
std::set<std::pair<int, int>> pattern(const score::Score& s, double from, double to) {
  std::set<std::pair<int, int>> out;
  for (const auto& n : s.notes)
    if (n.start.value >= from - 0.02 && n.start.value < to - 0.02)
      out.insert({static_cast<int>(std::lround((n.start.value - from) * 12)), n.pitch});
  return out;
}

class EveryStyle : public ::testing::TestWithParam<int> {};

TEST_P(EveryStyle, MakesASoundDocument) {
  const auto& info = styles()[static_cast<std::size_t>(GetParam()) % styles().size()];
  SCOPED_TRACE(info.id);
  Brief b = brief_of(info.id);
  b.tempo = asked(Bpm{info.usual.value + 3.5});
  b.tonic = asked(GetParam() % 12);
  b.mode = asked(score::Mode::Dorian);
  b.bars = asked(57);
  const auto c = compose(b, 7 + static_cast<std::uint64_t>(GetParam()), kData);

  ASSERT_NO_THROW(song::check(c.song));
  ASSERT_EQ(c.song.tempo.size(), 1U);
  EXPECT_EQ(c.song.tempo[0].tempo.value, info.usual.value + 3.5);
  EXPECT_EQ(c.song.key, (score::Key{GetParam() % 12, score::Mode::Dorian}));
  EXPECT_EQ(c.song.bars, 57);
  EXPECT_FALSE(c.song.title.empty());

  const auto style = load_style(kData, info.id);
  const double end = c.song.length().value;
  int next = 1;
  for (const auto& s : c.song.sections) {
    EXPECT_EQ(s.bar, next);
    next += s.bars;
  }
  EXPECT_EQ(next, 58);
  ASSERT_EQ(c.scores.size(), c.song.tracks.size());
  std::vector<bool> sounding(57);
  for (const auto& t : c.song.tracks) {
    const auto& score = c.scores.at(t.id);
    EXPECT_FALSE(score.notes.empty()) << t.id;
    EXPECT_EQ(score, score::quantized(score)) << t.id;
    EXPECT_EQ(score.percussion, is_drum_role(t.role)) << t.id;
    const auto part =
        std::find_if(style->tracks.begin(), style->tracks.end(), [&](const TrackTemplate& p) { return p.id == t.id; });
    for (const auto& n : score.notes) {
      EXPECT_GE(n.start.value, 0) << t.id;
      EXPECT_LE(n.end().value, end + 0.01) << t.id;
      if (part != style->tracks.end() && !is_drum_role(t.role) && t.role != "texture") {
        EXPECT_GE(n.pitch, part->part.low) << t.id;
        EXPECT_LE(n.pitch, part->part.high) << t.id;
      }
      for (int bar = static_cast<int>(n.start.value / bar_of(c)); bar < 57 && bar * bar_of(c) < n.end().value - 0.01;
           ++bar)
        sounding[static_cast<std::size_t>(std::max(0, bar))] = true;
    }
  }
  EXPECT_EQ(std::count(sounding.begin(), sounding.end(), false), 0) << "bars without any sound";
}

// Within any eight bars something enters or leaves, a drummer plays something else than the bar before, a part plays a
// good deal more or less than in the four bars before, or a section begins.
TEST_P(EveryStyle, HasAContrastInEveryEightBars) {
  const auto& info = styles()[static_cast<std::size_t>(GetParam()) % styles().size()];
  SCOPED_TRACE(info.id);
  const auto c = compose(brief_of(info.id), 3, kData);
  const double bar = bar_of(c);
  std::vector<bool> contrast(static_cast<std::size_t>(c.song.bars), false);
  for (const auto& s : c.song.sections) contrast[static_cast<std::size_t>(s.bar - 1)] = true;
  for (const auto& t : c.song.tracks) {
    std::vector<bool> plays(contrast.size(), false);
    const auto& score = c.scores.at(t.id);
    for (const auto& n : score.notes)
      for (int b = static_cast<int>((n.start.value + 0.02) / bar); b < c.song.bars && b * bar < n.end().value - 0.05;
           ++b)
        plays[static_cast<std::size_t>(b)] = true;
    std::vector<double> count(contrast.size(), 0);
    for (const auto& n : score.notes) {
      const int b = static_cast<int>((n.start.value + 0.02) / bar);
      if (b >= 0 && b < c.song.bars) ++count[static_cast<std::size_t>(b)];
    }
    for (std::size_t b = 4; b + 4 <= count.size(); b += 4) {
      const double before = count[b - 4] + count[b - 3] + count[b - 2] + count[b - 1];
      const double now = count[b] + count[b + 1] + count[b + 2] + count[b + 3];
      if (std::abs(now - before) > 0.3 * std::max(now, before)) contrast[b] = true;
    }
    for (std::size_t b = 2; b < plays.size(); ++b) {
      if (t.role != "lead" && t.role != "counter" && plays[b] != plays[b - 1]) contrast[b] = true;
      if (!is_drum_role(t.role) || !plays[b] || !plays[b - 1]) continue;
      const auto now = pattern(score, static_cast<double>(b) * bar, static_cast<double>(b + 1) * bar);
      const auto before = pattern(score, static_cast<double>(b - 1) * bar, static_cast<double>(b) * bar);
      std::vector<std::pair<int, int>> different;
      std::set_symmetric_difference(now.begin(), now.end(), before.begin(), before.end(),
                                    std::back_inserter(different));
      if (different.size() >= 2) contrast[b] = true;
    }
  }
  int since = 0;
  for (std::size_t b = 0; b < contrast.size(); ++b) {
    since = contrast[b] ? 0 : since + 1;
    EXPECT_LT(since, 8) << "nothing changes in the eight bars up to bar " << b + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(Styles, EveryStyle, ::testing::Range(0, static_cast<int>(styles().size())),
                         [](const ::testing::TestParamInfo<int>& test) {
                           std::string name = styles()[static_cast<std::size_t>(test.param)].id;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Compose, SameSeedSameSongOtherSeedOtherSong) {
  for (const char* style : {"trap", "jazz", "house"}) {
    const auto a = compose(brief_of(style), 5, kData), b = compose(brief_of(style), 5, kData),
               other = compose(brief_of(style), 6, kData);
    EXPECT_EQ(a.song.tracks, b.song.tracks) << style;
    EXPECT_EQ(a.song.sections, b.song.sections) << style;
    EXPECT_EQ(a.song.title, b.song.title) << style;
    EXPECT_EQ(a.scores, b.scores) << style;
    EXPECT_NE(a.scores, other.scores) << style;
    EXPECT_FALSE(a.song.key == other.song.key && a.song.title == other.song.title) << style;
  }
}

TEST(Compose, KeepsEveryMetreExactly) {
  for (const char* metre : {"3/4", "6/8", "7/8", "5/4", "12/8", "2/4"})
    for (const char* style : {"trap", "rock", "house"}) {
      Brief b = brief_of(style);
      b.metre = asked(score::parse_metre(metre));
      b.bars = asked(24);
      const auto c = compose(b, 2, kData);
      ASSERT_NO_THROW(song::check(c.song)) << style << metre;
      EXPECT_EQ(c.song.metre, score::parse_metre(metre));
      // The kick marks the bar: most downbeats of the loudest section have it.
      const auto* kick = c.song.track("kick") != nullptr ? c.song.track("kick") : c.song.track("drums");
      ASSERT_NE(kick, nullptr) << style;
      int downbeats = 0, bars = 0;
      for (int bar = 0; bar < 24; ++bar) {
        const auto p = pattern(c.scores.at(kick->id), bar * bar_of(c), (bar + 1) * bar_of(c));
        if (p.empty()) continue;
        ++bars;
        downbeats += p.count({0, score::drum::kick}) > 0;
      }
      EXPECT_GE(downbeats, 0.6 * bars) << style << " in " << metre;
    }
}

TEST(Compose, ObeysExclusionsAndSolos) {
  Brief none = brief_of("house");
  none.without.push_back(asked(std::string("drums")));
  for (const auto& t : compose(none, 1, kData).song.tracks) EXPECT_FALSE(is_drum_role(t.role)) << t.id;

  Brief bass = brief_of("rock");
  bass.without.push_back(asked(std::string("bass")));
  for (const auto& t : compose(bass, 1, kData).song.tracks) EXPECT_NE(t.role, "bass") << t.id;

  for (const char* part : {"hats", "bass", "kick", "lead"}) {
    Brief only = brief_of("trap");
    only.only = asked(std::string(part));
    only.bars = asked(16);
    const auto c = compose(only, 4, kData);
    ASSERT_EQ(c.song.tracks.size(), 1U) << part;
    EXPECT_EQ(c.song.tracks[0].role, part);
  }
  // A hi-hat solo is fast and varied.
  Brief hats = brief_of("trap");
  hats.only = asked(std::string("hats"));
  hats.bars = asked(16);
  const auto c = compose(hats, 9, kData);
  const auto& score = c.scores.at(c.song.tracks[0].id);
  EXPECT_GT(score.notes.size(), 16U * 10);
  std::set<std::set<std::pair<int, int>>> bars;
  for (int bar = 0; bar < 16; ++bar) bars.insert(pattern(score, bar * 4.0, bar * 4.0 + 4));
  EXPECT_GE(bars.size(), 8U);
}

TEST(Compose, LockedBassesFollowTheKick) {
  for (const char* style : {"trap", "drill"}) {
    const auto loaded = load_style(kData, style);
    for (const auto& part : loaded->tracks) {
      if (part.role != "bass" || !locked_to_kick(part.part.pattern)) continue;
      const auto c = compose(brief_of(style), 8, kData);
      if (c.song.track(part.id) == nullptr) continue;
      const auto& kick = c.scores.at("kick").notes;
      int near = 0, all = 0;
      for (const auto& n : c.scores.at(part.id).notes) {
        const int bar = static_cast<int>(n.start.value / 4);
        const bool kick_plays = std::any_of(kick.begin(), kick.end(), [&](const score::Note& k) {
          return static_cast<int>((k.start.value + 0.02) / 4) == bar;
        });
        if (!kick_plays) continue;
        ++all;
        near += std::any_of(kick.begin(), kick.end(),
                            [&](const score::Note& k) { return std::abs(k.start.value - n.start.value) <= 0.125; });
      }
      ASSERT_GT(all, 40) << style;
      EXPECT_GE(near, 0.7 * all) << style;
    }
  }
}

TEST(Compose, SwingIsExactAndTimingStaysWithinTenMilliseconds) {
  for (const char* style : {"boom-bap", "jazz", "house"}) {
    Brief b = brief_of(style);
    b.swing = asked(0.8);
    const auto c = compose(b, 3, kData);
    const int unit = load_style(kData, style)->swing_unit;
    const double ms = 60000.0 / c.song.tempo[0].tempo.value;
    int within = 0, all = 0;
    for (const auto& t : c.song.tracks) {
      if (t.role != "kick" && t.role != "hats" && t.role != "bass") continue;
      for (const auto& n : c.scores.at(t.id).notes) {
        double nearest = 1e9;
        const double base = std::floor(n.start.value) - 1;
        for (int k = 0; k <= 24; ++k) {  // eighths of a beat, and triplets
          nearest = std::min(nearest, std::abs(swung(base + k / 8.0, 0.8, unit, bar_of(c)) - n.start.value));
          if (k % 2 == 0) nearest = std::min(nearest, std::abs(base + k / 6.0 - n.start.value));
        }
        ++all;
        within += nearest * ms <= 10;
      }
    }
    ASSERT_GT(all, 200) << style;
    EXPECT_GE(within, 0.95 * all) << style;
    // Off-beats are where the swing says, not in the middle: hats tell.
    const auto* hats = c.song.track("hats");
    ASSERT_NE(hats, nullptr) << style;
    const double pair = 8.0 / unit, middle = swing_ratio(0.8) * pair;
    int straight = 0, swings = 0;
    for (const auto& n : c.scores.at(hats->id).notes) {
      const double in_pair = std::fmod(n.start.value, pair);
      straight += std::abs(in_pair - pair / 2) * ms < 12;
      swings += std::abs(in_pair - middle) * ms < 12;
    }
    EXPECT_GT(swings, 10 * std::max(1, straight) / 2) << style;
  }
}

TEST(Compose, AskedSoundsAreUsed) {
  Brief b = brief_of("trap");
  b.with.push_back(asked(PartWish{"bass", "bass/reese", {"sliding"}, "reese"}));
  b.with.push_back(asked(PartWish{"pad", "pad/choir", {}, "choir"}));
  const auto c = compose(b, 1, kData);
  std::set<std::string> sounds;
  for (const auto& t : c.song.tracks) sounds.insert(t.instrument);
  EXPECT_TRUE(sounds.count("bass/reese") == 1);
  EXPECT_TRUE(sounds.count("pad/choir") == 1);
  EXPECT_TRUE(sounds.count("bass/808") == 0);
}

TEST(Compose, DropsComeAfterABreathAndDrumlessBreakdowns) {
  const auto c = compose(brief_of("house"), 4, kData);
  int drops = 0, after_silence = 0;
  for (const auto& s : c.song.sections) {
    const double start = (s.bar - 1) * bar_of(c);
    if (s.kind == "breakdown") {
      for (const char* id : {"kick", "snare"})
        EXPECT_LE(pattern(c.scores.at(id), start + 1, start + s.bars * bar_of(c) - 1).size(), 0U) << id;
    }
    if (s.kind != "drop") continue;
    ++drops;
    bool silent = true;
    for (const auto& t : c.song.tracks)
      if (t.role != "effects" && t.role != "texture")
        silent = silent && pattern(c.scores.at(t.id), start - 0.3, start).empty();
    after_silence += silent;
    EXPECT_FALSE(pattern(c.scores.at("kick"), start, start + 1).empty());
  }
  EXPECT_GE(drops, 2);
  EXPECT_GE(after_silence, 1);
}

TEST(Compose, VocalsLeaveRoomAndSaySo) {
  Brief b = brief_of("pop");
  b.vocals = asked(std::string("female vocals"));
  const auto c = compose(b, 1, kData);
  for (const auto& t : c.song.tracks) EXPECT_NE(t.role, "vocals");
  EXPECT_TRUE(std::any_of(c.remarks.begin(), c.remarks.end(),
                          [](const std::string& r) { return r.find("no voice yet") != std::string::npos; }));
}

TEST(Compose, LoudnessTargetsByNameAndNumber) {
  const std::map<std::string, double> targets{{"club", -8}, {"streaming", -14}, {"podcast", -16}, {"-9", -9}};
  for (const auto& [word, lufs] : targets) {
    Brief b = brief_of("techno");
    b.loudness = asked(word);
    b.bars = asked(8);
    EXPECT_EQ(compose(b, 1, kData).song.master.target.value, lufs) << word;
  }
}

// A calm mood makes a song softer; its drums, bass and chords stay.
TEST(Compose, VersesAndHooksHaveTheirGround) {
  for (const char* style : {"trap", "drill", "boom-bap", "house", "rock", "pop", "funk", "reggaeton"})
    for (std::uint64_t seed = 1; seed < 4; ++seed) {
      Brief b = brief_of(style);
      b.arousal = -1;
      b.length = asked(Seconds{120});
      const auto c = compose(b, seed, kData);
      for (const auto& s : c.song.sections) {
        if (s.kind != "verse" && s.kind != "chorus" && s.kind != "drop") continue;
        int kick_gap = 0, bass_gap = 0, chord_bars = 0;
        for (int bar = s.bar - 1; bar < s.bar - 1 + s.bars; ++bar) {
          bool kick = false, bass = false, tones = false;
          for (const auto& t : c.song.tracks)
            for (const auto& n : c.scores.at(t.id).notes) {
              if (n.end().value < bar * bar_of(c) || n.start.value > (bar + 1) * bar_of(c) - 0.1) continue;
              kick = kick || t.role == "kick" || t.role == "drums";
              bass = bass || t.role == "bass";
              tones = tones || t.role == "chords" || t.role == "pad" || t.role == "pluck" || t.role == "arp" ||
                      t.role == "lead";
            }
          kick_gap = kick ? 0 : kick_gap + 1;
          bass_gap = bass ? 0 : bass_gap + 1;
          chord_bars += tones;
          EXPECT_LE(kick_gap, 4) << style << " " << seed << " " << s.name;
          EXPECT_LE(bass_gap, 4) << style << " " << seed << " " << s.name;
        }
        EXPECT_GE(chord_bars, s.bars - 1) << style << " " << seed << " " << s.name;
      }
    }
}

TEST(Compose, TheFaderFollowsTheStory) {
  for (const char* style : {"house", "pop", "ambient"}) {
    Brief b = brief_of(style);
    b.bars = asked(40);
    const auto c = compose(b, 2, kData);
    const auto& first = c.song.sections.front();
    const song::Section* summit = &first;
    for (const auto& s : c.song.sections)
      if (s.energy > summit->energy) summit = &s;
    for (const auto& t : c.song.tracks) {
      if (t.role == "effects") continue;
      const auto lane = std::find_if(t.automation.begin(), t.automation.end(),
                                     [](const song::Automation& a) { return a.target == "gain_db"; });
      ASSERT_NE(lane, t.automation.end()) << t.id;
      // The value at an instant, read off the points.
      const auto at = [&](double beat) {
        double value = lane->points.front().value;
        for (std::size_t i = 1; i < lane->points.size(); ++i) {
          const auto &p = lane->points[i - 1], &q = lane->points[i];
          if (beat >= p.at.value && beat <= q.at.value)
            return p.value + (q.value - p.value) * (beat - p.at.value) / std::max(1e-9, (q.at - p.at).value);
          value = q.value;
        }
        return value;
      };
      const double quiet = at((first.bar - 1 + first.bars / 2.0) * bar_of(c));
      const double loud = at((summit->bar - 1 + summit->bars / 2.0) * bar_of(c));
      EXPECT_NEAR(loud, 0, 1e-9) << style << " " << t.id;
      EXPECT_LT(quiet, -1.5) << style << " " << t.id;
      EXPECT_GT(quiet, -6) << style << " " << t.id;
    }
  }
  // A loop is as loud at its end as at its beginning.
  Brief loop = brief_of("house");
  loop.bars = asked(8);
  for (const auto& t : compose(loop, 2, kData).song.tracks)
    for (const auto& a : t.automation) EXPECT_NE(a.target, "gain_db") << t.id;
}

TEST(Compose, WhatCannotBeObeyedIsAnError) {
  Brief late = brief_of("house");
  late.bars = asked(16);
  late.structure.push_back(asked(SectionWish{"drop", 33, {}, {}}));
  EXPECT_THROW((void)compose(late, 1, kData), Error);
  Brief unknown = brief_of("no-such-style");
  EXPECT_THROW((void)compose(unknown, 1, kData), Error);
}

}  // namespace
}  // namespace figment::compose
