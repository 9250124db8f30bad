// FM and plucked strings.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "instruments/fm.h"
#include "instruments/pluck.h"
#include "instruments/test_tools.h"

namespace figment::instruments {
namespace {

using namespace testing;

// Harmonic ratios only, hard modulation: all partials must be harmonics.
TEST(Fm, DoesNotAlias) {
  auto fm = from_text(
      "fm",
      "[voice]\nvelocity = 0\n[[op]]\nratio = 1\nout = 1\n[[op]]\nratio = 1\ninto = [[1, 3.0]]\nfeedback = 1\n"
      "[[op]]\nratio = 14\ninto = [[1, 0.8], [2, 0.5]]\n");
  for (int pitch = 31; pitch <= 108; pitch += 11) {
    const auto sound = play(*fm, {note(0, 1, pitch)}, 0.6);
    EXPECT_LT(worst_alias_db(sound.view(), 6000, note_frequency(pitch).value), -60) << pitch;
  }
}

// A sine that modulates a sine: the sidebands have the heights of Bessel functions (Chowning 1973).
TEST(Fm, SidebandsAreBesselFunctions) {
  auto fm =
      from_text("fm", "[voice]\nvelocity = 0\n[[op]]\nratio = 4\nout = 1\n[[op]]\nratio = 1\ninto = [[1, 1.5]]\n");
  const auto sound = play(*fm, {note(0, 1, 69)}, 0.6);
  const auto m = spectrum(sound.view(), 6000);
  const auto height = [&](double hz) {
    const auto bin = static_cast<std::size_t>(std::lround(hz / 44100 * 16384));
    return *std::max_element(m.begin() + static_cast<std::ptrdiff_t>(bin) - 2,
                             m.begin() + static_cast<std::ptrdiff_t>(bin) + 3);
  };
  // Neighbouring bins catch the peak within half a bin: 0.8 dB of scalloping at most.
  EXPECT_NEAR(height(5 * 440) / height(4 * 440), std::cyl_bessel_j(1, 1.5) / std::cyl_bessel_j(0, 1.5), 0.1);
  EXPECT_NEAR(height(6 * 440) / height(4 * 440), std::cyl_bessel_j(2, 1.5) / std::cyl_bessel_j(0, 1.5), 0.06);
}

TEST(Fm, BadPresetsAreNamed) {
  EXPECT_THROW(from_text("fm", "[[op]]\nratio = 1\n"), Error);                              // nothing is heard
  EXPECT_THROW(from_text("fm", "[[op]]\nratio = 1\nout = 1\ninto = [[1, 2.0]]\n"), Error);  // not an earlier operator
  EXPECT_THROW(from_text("fm", "[[op]]\nratio = 1\nout = 1\ninto = [[1]]\n"), Error);
  EXPECT_THROW(from_text("fm", "[voice]\nring = true\n[[op]]\nratio = 1\nout = 1\n"), Error);  // would never end
}

const char* const kString = "[voice]\nvelocity = 0\n[string]\ndecay_s = 2.0\nbright_decay_s = 0.5\ndecay_key = 0\n";

TEST(Pluck, InTuneWithinOneCent) {
  for (double rate : {44100.0, 48000.0}) {
    auto pluck = from_text("pluck", kString);
    for (int pitch = 28; pitch <= 96; pitch += 7) {
      const auto sound = play(*pluck, {note(0, 2, pitch)}, 0.7, Hertz{rate});
      EXPECT_NEAR(cents_off(sound.view(), note_frequency(pitch).value, 0.1, 0.3), 0, 1) << pitch << " at " << rate;
    }
  }
}

// The fundamental falls 60 dB in decay_s.
TEST(Pluck, DecaysAsAsked) {
  auto pluck = from_text("pluck", std::string(kString) + "noise = 0.0\npick = 0.5\nhardness_hz = 500\n");
  for (int pitch : {45, 57, 69}) {
    const auto sound = play(*pluck, {note(0, 4, pitch)}, 2.4);
    const double early = peak_db(sound.view().part(44100 / 2, 4410)),
                 late = peak_db(sound.view().part(3 * 44100 / 2, 4410));
    EXPECT_NEAR(early - late, 30, 4) << pitch;
  }
}

TEST(Pluck, DampsAfterTheNote) {
  auto pluck = from_text("pluck", std::string(kString) + "release_s = 0.1\n");
  const auto sound = play(*pluck, {note(0, 0.5, 50)}, 1.0);
  EXPECT_LT(peak_db(sound.view().part(44100 * 7 / 10, 1000)), peak_db(sound.view().part(20000, 2000)) - 50);
}

}  // namespace
}  // namespace figment::instruments
