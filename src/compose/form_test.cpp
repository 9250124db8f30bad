#include "compose/form.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "compose/test_data.h"
#include "compose/test_plan.h"

namespace figment::compose {
namespace {

using testing::asked;

std::vector<song::Section> form(const Brief& b, const std::string& style = "house", std::uint64_t seed = 1,
                                Seconds bar = Seconds{2}) {
  const LearnedChooser chooser;
  return write_form(testing::style(style), b, bar, chooser, Random(seed));
}

int total(const std::vector<song::Section>& sections) {
  int bars = 0, next = 1;
  for (const auto& s : sections) {
    EXPECT_EQ(s.bar, next);
    EXPECT_GE(s.bars, 1);
    EXPECT_GT(s.energy, 0);
    EXPECT_LE(s.energy, 1);
    next += s.bars;
    bars += s.bars;
  }
  return bars;
}

TEST(Form, EveryNumberOfBarsIsMetExactly) {
  for (const char* style : {"pop", "house", "blues"})
    for (int bars = 1; bars <= 300; bars += bars < 70 ? 1 : 17) {
      Brief b;
      b.bars = asked(bars);
      EXPECT_EQ(total(form(b, style)), bars) << style;
    }
  Brief hour;
  hour.length = asked(Seconds{3600});
  EXPECT_EQ(total(form(hour)), 1800);
}

TEST(Form, TimeIsTheNearestWholeBar) {
  for (const double seconds : {0.5, 15.0, 61.3, 200.9}) {
    Brief b;
    b.length = asked(Seconds{seconds});
    EXPECT_LE(std::abs(total(form(b)) * 2.0 - seconds), seconds < 1 ? 1.5 : 1.0) << seconds;
  }
}

TEST(Form, PhrasesAreWholeWhereTheLengthAllows) {
  for (int bars = 16; bars <= 160; bars += 8) {
    Brief b;
    b.bars = asked(bars);
    for (const auto& s : form(b)) EXPECT_EQ(s.bars % 4, 0) << bars << " " << s.name;
  }
}

TEST(Form, AListOfSectionsIsTheForm) {
  Brief b;
  const std::vector<std::string> kinds{"intro", "verse", "chorus", "bridge", "chorus", "outro"};
  for (const auto& k : kinds) b.structure.push_back(asked(SectionWish{k, {}, {}, {}}));
  b.whole_structure = true;
  const auto f = form(b);
  ASSERT_EQ(f.size(), kinds.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(f[i].kind, kinds[i]);
  b.bars = asked(50);
  EXPECT_EQ(total(form(b)), 50);
  EXPECT_EQ(form(b).size(), kinds.size());
  b.bars = asked(5);
  EXPECT_THROW((void)form(b), Error);
}

TEST(Form, AnchorsAndLengthsAreLiteral) {
  for (const char* style : {"house", "pop", "trap"})
    for (const int bar : {2, 9, 17, 30}) {
      Brief b;
      b.structure.push_back(asked(SectionWish{"drop", bar, {}, {}}));
      b.bars = asked(64);
      const auto f = form(b, style);
      EXPECT_EQ(total(f), 64);
      EXPECT_TRUE(std::any_of(f.begin(), f.end(), [&](const auto& s) { return s.kind == "drop" && s.bar == bar; }))
          << style << " " << bar;
    }
  Brief intro;
  intro.structure.push_back(asked(SectionWish{"intro", {}, 16, {}}));
  intro.bars = asked(64);
  const auto f = form(intro, "pop");
  EXPECT_EQ(f.front().kind, "intro");
  EXPECT_EQ(f.front().bars, 16);
  EXPECT_EQ(total(f), 64);
  Brief both = intro;
  both.structure.push_back(asked(SectionWish{"drop", 17, {}, {}}));
  const auto g = form(both);
  EXPECT_EQ(g[0].bars, 16);
  EXPECT_EQ(g[1].kind, "drop");
  Brief late;
  late.structure.push_back(asked(SectionWish{"drop", 33, {}, {}}));
  late.bars = asked(32);
  EXPECT_THROW((void)form(late), Error);
}

TEST(Form, TheLastPeakIsTheSummit) {
  for (const char* style : {"pop", "house", "rock"})
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto f = form({}, style, seed);
      std::size_t summit = 0, last_peak = 0;
      for (std::size_t i = 0; i < f.size(); ++i) {
        if (f[i].energy > f[summit].energy) summit = i;
        if (is_peak_kind(f[i].kind)) last_peak = i;
      }
      EXPECT_EQ(summit, last_peak) << style;
    }
}

TEST(Form, HalfAMinuteHasAStoryToo) {
  for (const char* style : {"pop", "house", "trap", "rock"})
    for (int bars = 16; bars < 48; ++bars) {
      Brief b;
      b.bars = asked(bars);
      const auto f = form(b, style, static_cast<std::uint64_t>(bars));
      EXPECT_EQ(total(f), bars);
      EXPECT_GE(f.size(), 3U) << style << " " << bars;
      double low = 1, high = 0, longest = 0;
      for (const auto& s : f) {
        low = std::min(low, s.energy);
        high = std::max(high, s.energy);
        longest = std::max(longest, 1.0 * s.bars);
      }
      EXPECT_GE(high - low, 0.25) << style << " " << bars;
      EXPECT_LE(longest, bars / 2 + 3) << style << " " << bars;
    }
  Brief loop;
  loop.bars = asked(8);
  EXPECT_EQ(form(loop).size(), 1U);
}

TEST(Form, HooksAndVersesAreWholePhrases) {
  for (const char* style : {"pop", "trap", "rock", "house"})
    for (int bars = 56; bars <= 128; bars += 4)
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        Brief b;
        b.bars = asked(bars);
        for (const auto& s : form(b, style, seed))
          if (s.kind == "chorus" || s.kind == "verse" || s.kind == "drop") {
            EXPECT_GE(s.bars, 8) << style << " " << bars << " " << s.name;
          }
      }
}

TEST(Form, ABluesChorusIsNotCut) {
  Style blues = testing::style("blues");
  blues.forms = {{Form{{"intro", 4}, {"verse", 12}, {"verse", 12}, {"solo", 12}, {"chorus", 12}, {"outro", 4}}, 1}};
  const LearnedChooser chooser;
  for (const int bars : {24, 28, 36, 40, 44, 52}) {
    Brief b;
    b.bars = asked(bars);
    const auto f = write_form(blues, b, Seconds{2}, chooser, Random(1));
    EXPECT_EQ(total(f), bars);
    for (const auto& s : f)
      if (s.kind != "intro" && s.kind != "outro") {
        EXPECT_EQ(s.bars, 12) << bars << " " << s.name;
      }
  }
}

}  // namespace
}  // namespace figment::compose
