#include "instruments/fx.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "instruments/drums_test_tools.h"
#include "storage/data_file.h"

namespace figment::instruments {
namespace {

using namespace test_tools;  // NOLINT: a test

std::unique_ptr<Instrument> fx(const std::string& name, std::uint64_t seed = 1) {
  const auto file = data_dir() / "presets" / "fx" / (name + ".toml");
  auto made = make_fx(storage::load_data_file(file).at("fx"), file.string(), Decibels{0}, seed);
  made->prepare(Hertz{kRate}, 512);
  return made;
}

// The left side of one note.
std::vector<float> one(const std::string& name, double length, double seconds) {
  auto made = fx(name);
  auto sound = render(*made, {hit(0, 60, 1, length)}, seconds);
  sound.resize(sound.size() / 2);
  return sound;
}

std::vector<float> part(const std::vector<float>& sound, double from, double to) {
  return {sound.begin() + static_cast<std::ptrdiff_t>(from * kRate),
          sound.begin() + static_cast<std::ptrdiff_t>(to * kRate)};
}

TEST(Fx, EveryEffectSoundsAtTheRightLevelAndEnds) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data_dir() / "presets" / "fx")) {
    ++count;
    const auto name = entry.path().stem().string();
    auto made = fx(name);
    EXPECT_EQ(made->channels(), 2);
    const auto sound = render(*made, {hit(0, 60, 1, 2.5)}, 2.5 + made->tail().value + 0.05);
    EXPECT_GT(peak_db(sound), -13) << name;
    EXPECT_LT(peak_db(sound), -2.5) << name;
    EXPECT_FALSE(made->sounding()) << name;
    double sum = 0;
    for (float x : sound) sum += x;
    EXPECT_LT(std::abs(sum / static_cast<double>(sound.size())), 3e-3) << name;
  }
  EXPECT_GE(count, 14);
}

TEST(Fx, RisersPeakAndEndExactlyAtTheNotesEnd) {
  for (const char* name : {"riser", "reverse-cymbal", "uplifter"}) {
    for (double length : {1.0, 3.7}) {
      const auto sound = one(name, length, length + 1);
      auto last = sound.size();
      while (last > 0 && sound[last - 1] == 0) --last;
      EXPECT_NEAR(static_cast<double>(last), length * kRate, 3) << name;
      const auto level = envelope(part(sound, 0, length), length / 10);
      EXPECT_EQ(std::max_element(level.begin(), level.end()), level.end() - 1) << name;
      EXPECT_GT(level[9], 4 * level[4]) << name;
      EXPECT_GT(level[4], level[1]) << name;
    }
  }
}

TEST(Fx, SweepsSweep) {
  const auto bright = [](const std::vector<float>& sound) { return centroid(spectrum(sound, 16384, true)); };
  const auto up = one("noise-sweep", 2, 2), down = one("downlifter", 2, 2);
  EXPECT_GT(bright(part(up, 1.6, 1.97)), 2 * bright(part(up, 0.1, 0.47)));
  EXPECT_LT(bright(part(down, 1.6, 1.97)), 0.3 * bright(part(down, 0.1, 0.47)));
}

TEST(Fx, SubDropFallsAsItsCurveSays) {
  const auto sound = one("sub-drop", 2, 2);
  EXPECT_NEAR(pitch_between(sound, 0.45, 0.55), 60, 2);
  EXPECT_NEAR(pitch_between(sound, 1.8, 1.95), 35.5, 3);
}

TEST(Fx, PitchFollowsTheNote) {
  auto made = fx("sub-drop");
  auto sound = render(*made, {hit(0, 67, 1, 2)}, 2);
  EXPECT_NEAR(pitch_between(sound, 0.45, 0.55), 60 * std::exp2(7.0 / 12), 3);
}

TEST(Fx, ImpactRingsOnPastItsNote) {
  const auto level = envelope(one("impact", 0.1, 4), 0.05);
  EXPECT_GT(level[10], 0.02 * level[0]);
  EXPECT_LT(level.back(), 1e-4);
  EXPECT_GT(part_between(spectrum(one("impact", 0.1, 1), 32768), 20, 150), 0.5);
}

TEST(Fx, BedsLastAsLongAsTheirNote) {
  for (const char* name : {"vinyl", "rain", "wind"}) {
    const auto level = envelope(one(name, 6, 7), 1);
    for (int second = 1; second < 5; ++second) EXPECT_GT(level[static_cast<std::size_t>(second)], 1e-4) << name;
    EXPECT_LT(level[6], 1e-5) << name;
  }
}

TEST(Fx, SoundDoesNotDependOnBlocks) {
  for (const char* name : {"riser", "rain", "glitch", "impact"}) {
    auto made = fx(name);
    const std::vector<Timed> events = {hit(0.01, 60, 0.9F, 0.7), control(0.2, Event::Kind::Bend, 2),
                                       hit(0.4, 64, 0.6F, 0.3), control(0.5, Event::Kind::Expression, 0.4F)};
    const auto whole = render(*made, events, 1.2);
    EXPECT_EQ(whole, render(*made, events, 1.2, {1, 7, 64, 333, 31, 512})) << name;
    EXPECT_EQ(whole, render(*fx(name), events, 1.2)) << name;
    EXPECT_NE(whole, render(*fx(name, 2), events, 1.2)) << name;
  }
}

TEST(Fx, ManyNotesAtOnceStayFinite) {
  auto made = fx("impact");
  std::vector<Timed> events;
  for (int i = 0; i < 40; ++i) events.push_back(hit(0.03 * i, 40 + i, 0.5F, 1));
  for (float x : render(*made, events, 2)) ASSERT_TRUE(std::isfinite(x) && std::abs(x) < 8);
}

TEST(FxData, MistakesAreNamed) {
  const auto expect_corrupt = [](const std::string& text, const std::string& names) {
    try {
      (void)make_fx(storage::parse_toml(text, "fx"), "fx", Decibels{0}, 1);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      EXPECT_NE(std::string(error.what()).find(names), std::string::npos) << error.what();
    }
  };
  expect_corrupt("", "layers");
  expect_corrupt("layers = []", "layers");
  expect_corrupt("layers = [ { kind = \"hum\" } ]", "kind");
  expect_corrupt("layers = [ { kind = \"tone\" } ]", "freq");
  expect_corrupt("layers = [ { kind = \"noise\", lp = [[1, 200], [0, 300]] } ]", "lp");
  expect_corrupt("layers = [ { kind = \"noise\", lp = [[0, -5]] } ]", "lp");
  expect_corrupt("layers = [ { kind = \"noise\", lp = [[0, nan]] } ]", "lp");
  expect_corrupt("layers = [ { kind = \"noise\", lp = \"high\" } ]", "lp");
  expect_corrupt("layers = [ { kind = \"noise\", clock = \"seconds\" } ]", "level_db");
  expect_corrupt("layers = [ { kind = \"metal\", freqs = [] } ]", "freqs");
  expect_corrupt("layers = [ { kind = \"noise\", volume = 3 } ]", "volume");
}

}  // namespace
}  // namespace figment::instruments
