#include "analysis/beat_network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "analysis/features.h"
#include "base/error.h"
#include "base/random.h"
#include "storage/files.h"

namespace figment::analysis {
namespace {

const std::filesystem::path kSource = FIGMENT_SOURCE_DIR;

const BeatNetwork& shipped() {
  static const BeatNetwork network = BeatNetwork::load(kSource / "data/learned/beats.bin");
  return network;
}

// Weights that let much through, so that a slip anywhere shows; the outputs' are small, so that the sigmoid is not at
// its ends.
BeatNetwork random_network(std::uint64_t seed) {
  Random random(seed);
  std::vector<float> weights(beat_network_weights());
  for (float& w : weights) w = static_cast<float>(0.15 * random.normal());
  for (std::size_t i = weights.size() - 66; i < weights.size(); ++i) weights[i] *= 1e-3F;
  return BeatNetwork::parse(write_beat_network(weights), "random");
}

std::vector<std::uint8_t> random_rhythm(std::size_t frames, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::uint8_t> rhythm(frames * kRhythmBands);
  for (auto& byte : rhythm) byte = static_cast<std::uint8_t>(random.integer(0, 255));
  return rhythm;
}

// A drum, pitched or noisy, added at an instant.
void add_hit(std::vector<float>& sound, double seconds, double hz, double decay, double noise, double level,
            Random& random) {
  const auto first = static_cast<std::size_t>(seconds * kFeatureRate.value);
  for (std::size_t n = 0; n < 20000 && first + n < sound.size(); ++n) {
    const double t = static_cast<double>(n) / kFeatureRate.value;
    const double tone = std::sin(2 * std::numbers::pi * hz * t * (1 + 0.5 * std::exp(-t / 0.02)));
    sound[first + n] +=
        static_cast<float>(level * std::exp(-t / decay) * ((1 - noise) * tone + noise * random.uniform(-1, 1)));
  }
}

std::vector<double> peaks(const std::vector<float>& x, float least) {
  std::vector<double> out;
  for (std::size_t t = 2; t + 2 < x.size(); ++t)
    if (x[t] > least && x[t] > x[t - 1] && x[t] >= x[t + 1] && x[t] > x[t - 2] && x[t] >= x[t + 2])
      out.push_back(static_cast<double>(t) / 100);
  return out;
}

double share_found(const std::vector<double>& found, const std::vector<double>& wanted) {
  double right = 0;
  for (const double w : wanted)
    for (const double f : found)
      if (std::abs(f - w) < 0.025) {
        ++right;
        break;
      }
  return right / static_cast<double>(wanted.size());
}

TEST(BeatNetwork, ComputesWhatLibTorchComputes) {
  const std::string bytes = storage::read_file(kSource / "src/analysis/beat_network_reference.bin");
  std::uint32_t frames = 0;
  std::memcpy(&frames, bytes.data(), 4);
  ASSERT_EQ(bytes.size(), 4 + frames * (kRhythmBands + 8U));
  const auto* rhythm = reinterpret_cast<const std::uint8_t*>(bytes.data() + 4);
  const BeatActivations ours = shipped().run({rhythm, frames * std::size_t{kRhythmBands}});
  for (std::size_t t = 0; t < frames; ++t) {
    float theirs[2];
    std::memcpy(theirs, bytes.data() + 4 + frames * kRhythmBands + 8 * t, 8);
    ASSERT_NEAR(ours.beat[t], theirs[0], 2e-5) << "frame " << t;
    ASSERT_NEAR(ours.downbeat[t], theirs[1], 2e-5) << "frame " << t;
  }
}

TEST(BeatNetwork, APartIsThatPartOfTheWhole) {
  const BeatNetwork network = random_network(3);
  const std::vector<std::uint8_t> rhythm = random_rhythm(9001, 4);
  const BeatActivations whole = network.run(rhythm);
  ASSERT_EQ(whole.beat.size(), 9001U);
  for (const auto& [begin, count] : {std::pair<std::size_t, std::size_t>{0, 1},
                                     {0, 700},
                                     {1, 333},
                                     {2047, 514},
                                     {4000, 1001},
                                     {6900, 2101},
                                     {9000, 1},
                                     {8000, 5000}}) {
    const BeatActivations part = network.run(rhythm, begin, count);
    const std::size_t wanted = std::min<std::size_t>(count, 9001 - begin);
    ASSERT_EQ(part.beat.size(), wanted);
    for (std::size_t t = 0; t < wanted; ++t) {
      ASSERT_EQ(part.beat[t], whole.beat[begin + t]) << begin << " + " << t;
      ASSERT_EQ(part.downbeat[t], whole.downbeat[begin + t]) << begin << " + " << t;
    }
  }
  EXPECT_TRUE(network.run(rhythm, 9001, 10).beat.empty());
  EXPECT_TRUE(network.run({}).beat.empty());
}

// What lies further away than kReach is not heard; what lies nearer is.
TEST(BeatNetwork, HearsAsFarAsItSays) {
  const BeatNetwork network = random_network(5);
  std::vector<std::uint8_t> rhythm = random_rhythm(6000, 6);
  const float before = network.run(rhythm, 3000, 1).beat[0];
  for (const std::size_t frame : {3000 - BeatNetwork::kReach - 1, 3000 + BeatNetwork::kReach + 1})
    rhythm[frame * kRhythmBands + 5] ^= 255;
  EXPECT_EQ(network.run(rhythm, 3000, 1).beat[0], before);
  for (std::size_t b = 0; b < kRhythmBands; ++b) rhythm[(3000 - BeatNetwork::kReach) * kRhythmBands + b] ^= 255;
  EXPECT_NE(network.run(rhythm, 3000, 1).beat[0], before);
}

TEST(BeatNetwork, ADrumLoopsBeatsArePeaks) {
  for (const double bpm : {84.0, 112.0, 132.0}) {
    Random random(7);
    const double beat = 60 / bpm;
    std::vector<float> sound(static_cast<std::size_t>(30 * kFeatureRate.value));
    std::vector<double> beats, bars;
    for (int k = 0; 0.5 + (k + 1) * beat < 30; ++k) {
      const double at = 0.5 + k * beat;
      beats.push_back(at);
      if (k % 4 == 0) bars.push_back(at);
      if (k % 2 == 0)
        add_hit(sound, at, 55, 0.12, 0.02, 0.6, random);
      else
        add_hit(sound, at, 190, 0.08, 0.7, 0.4, random);
      if (k % 4 == 2) add_hit(sound, at + beat / 2, 55, 0.12, 0.02, 0.5, random);
      for (int h = 0; h < 2; ++h) add_hit(sound, at + h * beat / 2, 6000, 0.02, 1, h == 0 ? 0.12 : 0.08, random);
    }
    const Features features = make_features(sound.data(), static_cast<std::int64_t>(sound.size()));
    const BeatActivations found = shipped().run(features.rhythm);
    const auto at = peaks(found.beat, 0.3F);
    EXPECT_GT(share_found(at, beats), 0.95) << bpm;
    EXPECT_LT(static_cast<double>(at.size()), 1.1 * static_cast<double>(beats.size())) << bpm;
  }
}

TEST(BeatNetwork, SilenceHasNoBeats) {
  const std::vector<std::uint8_t> silence(3000 * kRhythmBands, 0);
  const BeatActivations found = shipped().run(silence);
  for (const float p : found.beat) ASSERT_LT(p, 0.2F);
}

TEST(BeatNetwork, WeightsComeBackAsHalfPrecisionNumbers) {
  std::vector<float> weights(beat_network_weights(), 0.25F);
  weights[0] = 1.0F / 3;
  weights[1] = -65504.0F;
  weights[2] = 6e-8F;
  weights[3] = 1e-5F;
  const auto back = read_beat_network(write_beat_network(weights), "test");
  EXPECT_EQ(back[5], 0.25F);
  EXPECT_NEAR(back[0], 1.0F / 3, 2e-4);
  EXPECT_EQ(back[1], -65504.0F);
  EXPECT_NEAR(back[2], 5.96e-8F, 1e-9);
  EXPECT_NEAR(back[3], 1e-5F, 1e-7);
}

TEST(BeatNetwork, RefusesWhatIsNoNetwork) {
  const std::string good = write_beat_network(std::vector<float>(beat_network_weights(), 0.1F));
  const auto code = [](const std::string& bytes) {
    try {
      (void)BeatNetwork::parse(bytes, "beats.bin");
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("beats.bin"), std::string::npos);
      return error.code();
    }
    return ErrorCode::Cancelled;
  };
  EXPECT_EQ(code(""), ErrorCode::Corrupt);
  EXPECT_EQ(code("FGBEATS1"), ErrorCode::Corrupt);
  EXPECT_EQ(code("RIFFxxxx" + good.substr(8)), ErrorCode::Corrupt);
  EXPECT_EQ(code(good.substr(0, good.size() - 1)), ErrorCode::Corrupt);
  EXPECT_EQ(code(good + "x"), ErrorCode::Corrupt);
  std::string wide = good;
  wide[12] = 127;  // channels
  EXPECT_EQ(code(wide), ErrorCode::Corrupt);
  std::string huge = good;
  huge[15] = huge[11] = huge[19] = '\xff';
  EXPECT_EQ(code(huge), ErrorCode::Corrupt);
  std::string not_a_number = good;
  not_a_number[21] = '\x7e';
  not_a_number[20] = 1;
  EXPECT_EQ(code(not_a_number), ErrorCode::Corrupt);
  try {
    (void)BeatNetwork::load("/nowhere/beats.bin");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
  }
}

}  // namespace
}  // namespace figment::analysis
