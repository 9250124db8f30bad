// A tune is heard without drums and bass, and not lost where it is all there is.
#include "studio/leading_part.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>

#include "base/random.h"
#include "storage/test_folder.h"

namespace figment::studio {
namespace {

constexpr double kClipRate = 32000;

double level_at(audio::AudioView sound, double hertz) {      // Goertzel's, of the sum of the channels
  double re = 0, im = 0;
  for (std::int64_t i = 0; i < sound.frames(); ++i) {
    const double x = sound.channel(0)[i] + sound.channel(sound.channels() - 1)[i], phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / sound.rate().value;
    re += x * std::cos(phase), im += x * std::sin(phase);
  }
  return 20 * std::log10(std::sqrt(re * re + im * im) / static_cast<double>(sound.frames()) + 1e-12);
}

void add_tone(audio::AudioBuffer& clip, double hertz, double gain) {
  for (int c = 0; c < clip.channels(); ++c)
    for (std::int64_t i = 0; i < clip.frames(); ++i) clip.channel(c)[i] += static_cast<float>(gain * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / kClipRate));
}

struct NoModels {                        // whatever is installed on this machine: the built-in splitter is meant
  NoModels() { ::setenv("FIGMENT_MODELS", folder.path().c_str(), 1); }
  ~NoModels() { ::unsetenv("FIGMENT_MODELS"); }
  storage::testing::Folder folder;
};

TEST(LeadingPart, ATuneIsHeardWithoutTheBass) {
  const NoModels none;
  audio::AudioBuffer clip(1, static_cast<std::int64_t>(6 * kClipRate), Hertz{kClipRate});
  add_tone(clip, 55, 0.4);
  add_tone(clip, 659.26, 0.2);
  const double before = level_at(clip.view(), 659.26) - level_at(clip.view(), 55);
  const LeadingPart part = leading_part(clip, 2, Progress());
  EXPECT_EQ(part.split_by, "builtin");
  EXPECT_TRUE(part.weights.empty());
  EXPECT_EQ(part.sound.rate(), Hertz{44100});
  EXPECT_GT(level_at(part.sound.view(), 659.26) - level_at(part.sound.view(), 55), before + 10);
}

TEST(LeadingPart, ATuneThatIsAllThereIsStays) {
  const NoModels none;
  audio::AudioBuffer clip(1, static_cast<std::int64_t>(6 * kClipRate), Hertz{kClipRate});
  add_tone(clip, 49, 0.4);
  const LeadingPart part = leading_part(clip, 2, Progress());
  EXPECT_EQ(part.split_by, "");
  EXPECT_NE(part.remark.find("whole clip"), std::string::npos) << part.remark;
  EXPECT_EQ(part.sound.rate(), Hertz{kClipRate});
  EXPECT_EQ(part.sound.frames(), clip.frames());
}

}  // namespace
}  // namespace figment::studio
