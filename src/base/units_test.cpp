#include "base/units.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace figment {
namespace {

using namespace literals;

// What must not compile does not.
template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};
static_assert(Addable<Seconds, Seconds> && !Addable<Seconds, Beats> && !Addable<Seconds, double>);
static_assert(!Addable<Hertz, Bpm> && !Comparable<Beats, Seconds> && Comparable<Beats, Beats>);
static_assert(Addable<Lufs, Decibels> && !std::is_convertible_v<double, Seconds>);
static_assert(sizeof(Seconds) == sizeof(double) && std::is_trivially_copyable_v<Seconds>);

TEST(Units, DecibelsAreTwentyTimesTheLogarithm) {
  EXPECT_DOUBLE_EQ(to_gain(0_dB), 1.0);
  EXPECT_DOUBLE_EQ(to_gain(20_dB), 10.0);
  EXPECT_NEAR(to_gain(Decibels{-6.020599913}), 0.5, 1e-9);
  EXPECT_NEAR(to_decibels(2.0).value, 6.020599913, 1e-9);
  EXPECT_EQ(to_decibels(0.0).value, -200.0);
  EXPECT_EQ(to_decibels(-1.0).value, -200.0);
  for (const double db : {-120.0, -33.3, 0.0, 17.0}) EXPECT_NEAR(to_decibels(to_gain(Decibels{db})).value, db, 1e-9);
}

TEST(Units, FramesAreTheNearest) {
  EXPECT_EQ(to_frames(1_s, 44100_Hz).value, 44100);
  EXPECT_EQ(to_frames(Seconds{0.5 / 44100 + 1e-9}, 44100_Hz).value, 1);
  EXPECT_EQ(to_frames(Seconds{-1}, 48000_Hz).value, -48000);
  EXPECT_DOUBLE_EQ(to_seconds(Frames{22050}, 44100_Hz).value, 0.5);
  EXPECT_EQ(10_ms, Seconds{0.01});
}

TEST(Units, NotesAreTemperedFromA440) {
  EXPECT_DOUBLE_EQ(note_frequency(69).value, 440.0);
  EXPECT_DOUBLE_EQ(note_frequency(57).value, 220.0);
  EXPECT_NEAR(note_frequency(60).value, 261.6256, 1e-4);
  EXPECT_NEAR(note_frequency(69.5).value / 440.0, std::exp2(1.0 / 24), 1e-12);
}

TEST(Units, LoudnessMovesByDecibels) {
  EXPECT_EQ((Lufs{-14} + Decibels{-3}), Lufs{-17});
  EXPECT_EQ(gain_between(Lufs{-20}, Lufs{-14}), Decibels{6});
  EXPECT_DOUBLE_EQ(Beats{6} / Beats{4}, 1.5);
}

}  // namespace
}  // namespace figment
