// What holds for every effect.

#include "dsp/processor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "base/denormals.h"
#include "base/error.h"
#include "dsp/allocation_counter.h"
#include "dsp/test_sounds.h"

namespace figment::dsp {
namespace {

using namespace testing;

class EveryProcessor : public ::testing::TestWithParam<const ProcessorType*> {
 protected:
  // With enough to do: idle settings prove little.
  [[nodiscard]] std::unique_ptr<Processor> busy() const {
    auto p = GetParam()->make();
    const std::string name = GetParam()->name;
    if (name == "eq") p->set("low_cut_hz", 90), p->set("bell1_db", 6), p->set("high_shelf_db", -4);
    if (name == "multiband") p->set("band1_threshold_db", -30), p->set("band4_threshold_db", -40);
    if (name == "limiter") p->set("input_db", 18);
    if (name == "tilt") p->set("tilt_db_per_octave", 2);
    if (name == "width") p->set("width", 1.6), p->set("mono_below_hz", 150);
    if (name == "gain") p->set("gain_db", -7);
    if (name == "pan") p->set("pan", 0.4);
    if (name == "delay") p->set("time_beats", 0.1), p->set("ducking_db", 9), p->set("ping_pong", 1);
    if (name == "reverb") p->set("decay_s", 0.6);
    if (name == "filter") p->set("drive_db", 6), p->set("poles", 4);
    return p;
  }
  [[nodiscard]] bool hisses() const { return std::string(GetParam()->name) == "lofi"; }
  NoDenormals fast_;
};

INSTANTIATE_TEST_SUITE_P(Dsp, EveryProcessor, ::testing::ValuesIn([] {
                           std::vector<const ProcessorType*> all;
                           for (const auto& type : processor_types()) all.push_back(&type);
                           return all;
                         }()),
                         [](const auto& test) { return std::string(test.param->name); });

// A burst, silence long enough to fall asleep in, and a second burst that starts inside a block.
AudioBuffer bursts(int channels) {
  AudioBuffer sound = noise(channels, 90000, 0.2);
  for (int c = 0; c < channels; ++c) std::fill(sound.channel(c) + 9000, sound.channel(c) + 80011, 0.0F);
  return sound;
}

TEST_P(EveryProcessor, DoesNotDependOnHowBlocksAreCut) {
  for (const int channels : {1, 2}) {
    const auto key = bursts(channels);
    auto whole = bursts(channels), cut = bursts(channels);
    auto a = busy(), b = busy();
    const Format format{kRate, channels, 512};
    a->prepare(format), b->prepare(format);
    a->set_tempo(Bpm{93}), b->set_tempo(Bpm{93});
    // Both hear of a change at the same frame, 4096.
    const auto change = [](Processor& p) {
      p.set(std::size_t{0}, p.parameters()[0].low * 0.3 + p.parameters()[0].high * 0.7);
    };
    Random random(7);
    for (std::int64_t at = 0; at < whole.frames(); at += 512) {
      if (at == 4096) change(*a);
      a->process(whole.block().part(at, 512), key.view().part(at, 512));
    }
    for (std::int64_t at = 0; at < cut.frames();) {
      std::int64_t count = random.chance(0.3) ? random.integer(1, 5) : random.integer(1, 512);
      if (at == 4096) change(*b);
      if (at < 4096) count = std::min<std::int64_t>(count, 4096 - at);
      b->process(cut.block().part(at, count), key.view().part(at, count));
      at += count;
    }
    for (int c = 0; c < channels; ++c) {
      for (std::int64_t i = 0; i < whole.frames(); ++i) {
        ASSERT_EQ(whole.channel(c)[i], cut.channel(c)[i]) << channels << " channels, channel " << c << ", frame " << i;
      }
    }
  }
}

TEST_P(EveryProcessor, MakesSilenceOfSilence) {
  auto p = busy();
  if (hisses()) p->set("noise_db", -120), p->set("crackle", 0);
  p->prepare({});
  AudioBuffer sound(2, 20000, kRate);
  run(*p, sound);
  EXPECT_EQ(audio::peak(sound.view()), 0.0F);
}

TEST_P(EveryProcessor, IsSilentAfterItsTail) {
  auto p = busy();
  if (hisses()) p->set("noise_db", -120), p->set("crackle", 0);
  p->prepare({});
  const auto end = 20000 + p->latency().value + to_frames(p->tail(), kRate).value;
  AudioBuffer sound(2, end + 44100, kRate);
  const auto burst = noise(2, 20000, 0.2);
  sound.block().copy_from(burst.view());
  run(*p, sound);
  EXPECT_LT(audio::peak(sound.view().part(end, 44100)), 0.2e-2F) << "after the declared tail";
}

// A part of a song, begun early enough to fill the effect's memory, sounds as in the whole: its LFOs know the time.
TEST_P(EveryProcessor, APartSoundsAsInTheWhole) {
  const std::string name = GetParam()->name;
  if (hisses() || name == "bitcrush") GTEST_SKIP() << "hiss and held samples are others each time";
  const auto whole_of = [&] {
    auto p = busy();
    p->set_tempo(Bpm{120});
    return p;
  };
  auto whole = whole_of(), part = whole_of();
  whole->prepare({});
  const auto run_up = (to_frames(whole->tail() * 1.5 + Seconds{1.2}, kRate).value / 64 + 1) * 64;
  const std::int64_t start = 64 * 1000, at = start + run_up, length = 20000;
  const auto sound = noise(2, at + length, 0.2);
  AudioBuffer a = sound;
  run(*whole, a);
  Format format;
  format.start = start;
  part->prepare(format);
  AudioBuffer b(2, run_up + length, kRate);
  b.block().copy_from(sound.view().part(start, run_up + length));
  run(*part, b);
  double difference = 0, power = 0;
  for (std::int64_t n = 0; n < length; ++n) {
    const double x = a.channel(0)[at + n], y = b.channel(0)[run_up + n];
    difference += (x - y) * (x - y);
    power += x * x;
  }
  EXPECT_LT(10 * std::log10(difference / power + 1e-20), -70);
}

TEST_P(EveryProcessor, IsAsLateAsItSays) {
  auto p = GetParam()->make();
  if (hisses()) p->set("noise_db", -120), p->set("crackle", 0), p->set("wow_cents", 0), p->set("flutter_cents", 0);
  if (std::string(GetParam()->name) == "filter") p->set("cutoff_hz", 20000);
  p->prepare({});
  auto sound = impulse(8192, 640, 2, 0.5F);
  run(*p, sound);
  const float* x = sound.channel(0);
  const auto loudest = std::max_element(x, x + 8192, [](float a, float b) { return std::abs(a) < std::abs(b); }) - x;
  EXPECT_NEAR(static_cast<double>(loudest - 640), static_cast<double>(p->latency().value), 2);
}

TEST_P(EveryProcessor, SurvivesNonsense) {
  auto p = busy();
  p->prepare({});
  AudioBuffer bad = noise(2, 4096);
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float evil[] = {nan, inf, -inf, 3e38F, -3e38F, 1e-42F};
  for (int i = 0; i < 600; ++i) bad.channel(i % 2)[i * 5] = evil[i % 6];
  auto key = bad;
  run(*p, bad, key.view());
  for (int i = 0; i < 4096; ++i) ASSERT_TRUE(std::isfinite(bad.channel(0)[i]) && std::isfinite(bad.channel(1)[i])) << i;
  p->reset();
  auto good = noise(2, 4096);
  run(*p, good);
  for (int i = 0; i < 4096; ++i)
    ASSERT_TRUE(std::isfinite(good.channel(0)[i]) && std::isfinite(good.channel(1)[i])) << i;
  EXPECT_LT(audio::peak(good.view()), 50.0F);
}

TEST_P(EveryProcessor, ResetMakesItNew) {
  auto p = busy();
  p->prepare({});
  auto first = noise(2, 9001), again = noise(2, 9001);
  run(*p, first);
  p->reset();
  run(*p, again);
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 9001; ++i) ASSERT_EQ(first.channel(c)[i], again.channel(c)[i]) << i;
  }
}

TEST_P(EveryProcessor, AllocatesNothingWhileItRuns) {
  auto p = busy();
  p->prepare({});
  auto sound = noise(2, 8192);
  const auto key = noise(2, 8192);
  const auto before = allocations();
  run(*p, sound, key.view());
  for (std::size_t k = 0; k < p->parameters().size(); ++k) p->set(k, p->parameters()[k].high);
  p->set_tempo(Bpm{140});
  run(*p, sound, key.view());
  p->reset();
  run(*p, sound, key.view());
  EXPECT_EQ(allocations(), before);
}

TEST_P(EveryProcessor, HasASoundParameterTable) {
  const auto p = GetParam()->make();
  std::set<std::string> names;
  for (const auto& parameter : p->parameters()) {
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name << " is there twice";
    EXPECT_LT(parameter.low, parameter.high) << parameter.name;
    EXPECT_LE(parameter.low, parameter.normal) << parameter.name;
    EXPECT_GE(parameter.high, parameter.normal) << parameter.name;
    EXPECT_GT(std::string(parameter.what).size(), 3U) << parameter.name;
  }
  EXPECT_FALSE(names.empty());
}

TEST_P(EveryProcessor, StandsEveryCornerOfItsParameters) {
  Random random(11);
  for (const double rate : {8000.0, 44100.0, 192000.0}) {
    for (int trial = 0; trial < 40; ++trial) {
      auto p = GetParam()->make();
      const auto table = p->parameters();
      const auto wild = [&](std::size_t k) {
        const double u = random.uniform();
        p->set(k, u < 0.3 ? table[k].low : u < 0.6 ? table[k].high : random.uniform(table[k].low, table[k].high));
      };
      for (std::size_t k = 0; k < table.size(); ++k) wild(k);
      p->prepare({Hertz{rate}, 2, 512});
      auto sound = noise(2, 3000, 0.2);
      for (int at = 0; at < 3000; at += 500) {
        p->process(sound.block().part(at, 500), {});
        for (std::size_t k = 0; k < table.size(); ++k) {
          if (random.chance(0.2)) wild(k);
        }
        p->set_tempo(Bpm{random.uniform(20, 300)});
      }
      for (int i = 0; i < 3000; ++i) {
        ASSERT_TRUE(std::isfinite(sound.channel(0)[i]) && std::isfinite(sound.channel(1)[i])) << rate << " Hz, " << i;
      }
      // An equaliser may add up to 144 dB if all is turned up; running away is more.
      ASSERT_LT(audio::peak(sound.view()), 1e8F) << rate << " Hz";
    }
  }
}

TEST_P(EveryProcessor, RefusesWhatItDoesNotHave) {
  auto p = GetParam()->make();
  try {
    p->set("cheese_db", 1);
    FAIL() << "no Error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InvalidArgument);
    EXPECT_NE(std::string(e.what()).find(p->parameters()[0].name), std::string::npos) << e.what();
  }
  EXPECT_THROW(p->prepare({Hertz{44100}, 3, 512}), Error);
  EXPECT_THROW(p->prepare({Hertz{100}, 2, 512}), Error);
}

TEST(Processors, AreFoundByName) {
  EXPECT_EQ(make_processor("reverb")->parameters().size(), 12U);
  try {
    (void)make_processor("reverbb");
    FAIL() << "no Error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::NotFound);
    EXPECT_NE(e.hint().find("reverb"), std::string::npos);
  }
}

TEST(Processors, StartAtTheirSetValuesAndGlideLater) {
  auto p = make("gain", {{"gain_db", -20}});
  auto sound = noise(2, 1000);
  const auto before = sound;
  run(*p, sound);
  EXPECT_FLOAT_EQ(sound.channel(0)[0], 0.1F * before.channel(0)[0]);
  p->set("gain_db", 0);
  auto next = before;
  run(*p, next);
  EXPECT_LT(std::abs(next.channel(0)[10]), 0.3F * std::abs(before.channel(0)[10]));
}

TEST(Processors, IgnoreNotANumberAndClampTheRest) {
  auto p = make("gain", {{"gain_db", -20}});
  p->set("gain_db", std::nan(""));
  p->set(std::size_t{99}, 1.0);
  auto sound = impulse(64, 0, 2);
  run(*p, sound);
  EXPECT_FLOAT_EQ(sound.channel(0)[0], 0.1F);
  p = make("gain", {{"gain_db", 1e9}});
  sound = impulse(64, 0, 2);
  run(*p, sound);
  EXPECT_NEAR(db(sound.channel(0)[0]), 48, 1e-3);
}

}  // namespace
}  // namespace figment::dsp
