#include "analysis/melody.h"

#include <gtest/gtest.h>

#include "analysis/test_sounds.h"

namespace figment::analysis {
namespace {

using namespace testing;

TEST(Melody, NotesOfOneVoiceWithTheirTimesAndPitches) {
  const std::vector<double> pitches{45, 52, 57.3, 60, 64, 69, 76, 81, 60, 60};
  Samples sound = silence(6);
  for (std::size_t i = 0; i < pitches.size(); ++i) tone(sound, 0.5 + 0.5 * static_cast<double>(i), 0.42, pitches[i]);
  const Features features = features_of(sound);
  const Melody melody = find_melody(features, find_attacks(features));
  ASSERT_EQ(melody.notes.size(), pitches.size());
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    EXPECT_NEAR(melody.notes[i].pitch, pitches[i], 0.05);
    EXPECT_NEAR(melody.notes[i].start.value, 0.5 + 0.5 * static_cast<double>(i), 0.04);
    EXPECT_NEAR((melody.notes[i].end - melody.notes[i].start).value, 0.42, 0.08);
  }
  EXPECT_GT(melody.monophonic, 0.8);
}

TEST(Melody, ChordsAndDrumsAreNoMelody) {
  Samples drums = silence(8);
  for (int i = 0; i < 16; ++i) strike(drums, 0.5 * i, 0.6, 0.05);
  const Features features = features_of(drums);
  EXPECT_LT(find_melody(features, find_attacks(features)).monophonic, 0.3);
  EXPECT_TRUE(find_melody(features_of(silence(2)), {}).notes.empty());
}

}  // namespace
}  // namespace figment::analysis
