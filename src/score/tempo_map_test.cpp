#include "score/tempo_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace figment::score {
namespace {

TEST(TempoMap, AMinuteHasAsManyBeatsAsTheTempoSays) {
  const TempoMap map(Bpm{140});
  EXPECT_DOUBLE_EQ(map.beats(Seconds{60}).value, 140);
  EXPECT_DOUBLE_EQ(map.seconds(Beats{70}).value, 30);
}

TEST(TempoMap, ChangesTakeEffectWhereTheyStand) {
  const TempoMap map({{Beats{0}, Bpm{120}}, {Beats{8}, Bpm{60}}, {Beats{10}, Bpm{240}}});
  EXPECT_DOUBLE_EQ(map.seconds(Beats{8}).value, 4);
  EXPECT_DOUBLE_EQ(map.seconds(Beats{9}).value, 5);
  EXPECT_DOUBLE_EQ(map.seconds(Beats{10}).value, 6);
  EXPECT_DOUBLE_EQ(map.seconds(Beats{14}).value, 7);
  EXPECT_EQ(map.tempo(Beats{7.999}), Bpm{120});
  EXPECT_EQ(map.tempo(Beats{8}), Bpm{60});
  EXPECT_EQ(map.tempo(Beats{1000}), Bpm{240});
  EXPECT_EQ(map.tempo(Beats{-1}), Bpm{120});
}

TEST(TempoMap, SecondsAndBeatsAreInverse) {
  const TempoMap map({{Beats{0}, Bpm{97.3}}, {Beats{3.5}, Bpm{181}}, {Beats{40}, Bpm{61.7}}});
  for (double beat = -3; beat < 100; beat += 0.37) {
    EXPECT_NEAR(map.beats(map.seconds(Beats{beat})).value, beat, 1e-9);
  }
}

TEST(TempoMap, NonsenseIsAnError) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(TempoMap(std::vector<TempoChange>{}), Error);
  EXPECT_THROW(TempoMap(Bpm{9}), Error);
  EXPECT_THROW(TempoMap(Bpm{1000}), Error);
  EXPECT_THROW(TempoMap{Bpm{nan}}, Error);
  EXPECT_THROW(TempoMap({{Beats{1}, Bpm{100}}}), Error);
  EXPECT_THROW(TempoMap({{Beats{0}, Bpm{100}}, {Beats{0}, Bpm{110}}}), Error);
  EXPECT_THROW(TempoMap({{Beats{0}, Bpm{100}}, {Beats{nan}, Bpm{110}}}), Error);
}

}  // namespace
}  // namespace figment::score
