#include "mix/curve_eq.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace figment::mix {
namespace {

analysis::BandLevels wavy(double depth) {
  analysis::BandLevels gains{};
  for (std::size_t b = 0; b < analysis::kBands; ++b) gains[b] = depth * std::sin(static_cast<double>(b) * 0.9);
  return gains;
}

TEST(CurveEq, GivesWhatIsAskedAtTheCentresAtEveryRate) {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
    const auto gains = wavy(12);
    const CurveEq eq(gains, Hertz{rate});
    for (int b = 3; b < analysis::kBands; ++b) {
      const Hertz f = analysis::band_centre(b);
      if (f.value > rate * 0.45) break;
      EXPECT_NEAR(eq.response(f), gains[static_cast<std::size_t>(b)], 0.5) << rate << " Hz, band at " << f.value;
    }
  }
}

TEST(CurveEq, NothingAskedChangesNothing) {
  Random random(1);
  audio::AudioBuffer sound(2, 50000, Hertz{44100});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(c)[n] = static_cast<float>(random.uniform(-1, 1));
  audio::AudioBuffer same = sound;
  CurveEq({}, Hertz{44100}).process(same.block());
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) ASSERT_NEAR(same.channel(c)[n], sound.channel(c)[n], 2e-6) << n;
}

// No sound before the sound: of all filters with this magnitude it has the least delay.
TEST(CurveEq, AClickComesOutAtOnce) {
  audio::AudioBuffer sound(1, 40000, Hertz{44100});
  sound.channel(0)[20000] = 1;
  const CurveEq eq(wavy(12), Hertz{44100});
  eq.process(sound.block());
  double before = 0, soon = 0, all = 0;
  for (std::int64_t n = 0; n < sound.frames(); ++n) {
    const double e = std::pow(sound.channel(0)[n], 2);
    all += e;
    if (n < 20000) before += e;
    else if (n < 20044) soon += e;
  }
  EXPECT_LT(before, 1e-10 * all);
  EXPECT_GT(soon, 0.9 * all);
}

// After a run-up as long as the filter, a stretch comes out as in the whole.
TEST(CurveEq, StretchesAreAsTheWhole) {
  Random random(2);
  audio::AudioBuffer whole(2, 120000, Hertz{44100});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < whole.frames(); ++n) whole.channel(c)[n] = static_cast<float>(random.uniform(-1, 1));
  const CurveEq eq(wavy(12), Hertz{44100});
  audio::AudioBuffer part(2, 40000, Hertz{44100});
  part.block().copy_from(whole.view().part(60000, 40000));
  eq.process(whole.block());
  eq.process(part.block());
  for (std::int64_t n = eq.taps(); n < part.frames(); ++n) ASSERT_NEAR(part.channel(1)[n], whole.channel(1)[60000 + n], 2e-5);
}

TEST(CurveEq, BoostsEndOutsideTheBands) {
  analysis::BandLevels gains{};
  gains.fill(12);
  const CurveEq eq(gains, Hertz{96000});
  EXPECT_NEAR(eq.response(Hertz{1000}), 12, 0.1);
  EXPECT_LT(eq.response(Hertz{5}), 1);
  EXPECT_LT(eq.response(Hertz{42000}), 0.5);
}

}  // namespace
}  // namespace figment::mix
