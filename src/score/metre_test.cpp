#include "score/metre.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace figment::score {
namespace {

// One letter per eighth note of the bar: S strong, m medium, . weak.
std::string eighths(const char* metre_text) {
  const Metre metre = parse_metre(metre_text);
  std::string out;
  for (double at = 0; at < metre.bar().value - 1e-9; at += 0.5) {
    const Stress stress = metre.stress(Beats{at});
    out += stress == Stress::Strong ? 'S' : stress == Stress::Medium ? 'm' : '.';
  }
  return out;
}

TEST(Metre, StressIsThatOfTheTextbook) {
  EXPECT_EQ(eighths("4/4"), "S.m.S.m.");
  EXPECT_EQ(eighths("3/4"), "S.m.m.");
  EXPECT_EQ(eighths("2/4"), "S.S.");
  EXPECT_EQ(eighths("5/4"), "S.m.m.S.m.");
  EXPECT_EQ(eighths("6/8"), "S..S..");
  EXPECT_EQ(eighths("9/8"), "S..m..m..");
  EXPECT_EQ(eighths("12/8"), "S..m..S..m..");
  EXPECT_EQ(eighths("7/8"), "SmSmSmm");
  EXPECT_EQ(eighths("5/8"), "SmmSm");
  EXPECT_EQ(eighths("3/8"), "Smm");
}

TEST(Metre, SwungAndPushedNotesAreWeak) {
  const Metre common;
  EXPECT_EQ(common.stress(Beats{2.0 / 3}), Stress::Weak);
  EXPECT_EQ(common.stress(Beats{1.98}), Stress::Weak);
  EXPECT_EQ(common.stress(Beats{4.0 - 1e-12}), Stress::Strong);  // rounding before the bar line
  EXPECT_EQ(common.stress(Beats{6.0}), Stress::Strong);          // the next bar's middle
}

TEST(Metre, LengthsOfBarAndPulse) {
  EXPECT_EQ(parse_metre("6/8").bar(), Beats{3});
  EXPECT_EQ(parse_metre("6/8").pulse(), Beats{1.5});
  EXPECT_EQ(parse_metre("7/8").bar(), Beats{3.5});
  EXPECT_EQ(parse_metre("7/8").pulse(), Beats{0.5});
  EXPECT_EQ(parse_metre("2/2").pulse(), Beats{2});
  EXPECT_FALSE(parse_metre("3/8").compound());
}

TEST(Metre, TextIsReadBackAndNonsenseIsAnError) {
  EXPECT_EQ(parse_metre("12/8").text(), "12/8");
  for (const char* text :
       {"", "/", "4", "4/", "/4", "0/4", "33/4", "4/3", "4/0", "4/64", "-4/4", "4/4/4", "400/4", "a/b"}) {
    EXPECT_THROW((void)parse_metre(text), Error) << text;
  }
}

}  // namespace
}  // namespace figment::score
