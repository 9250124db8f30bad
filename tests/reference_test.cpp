// A song that goes by a clip: what went into the clip comes back as symbols.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "score/chord.h"
#include "song/song_file.h"
#include "workbench.h"

namespace figment {
namespace {

using testing::Folder;
using testing::Outcome;
using testing::run_in;

TEST(ReferenceSong, ComesBackInTempoKeyMetreAndChords) {
  const Folder folder;
  ASSERT_EQ(run_in(folder, "song 'pop, 96 bpm, A minor, 16 bars, piano, bass, drums' --seed 4 -o clip -q").code, 0);
  const Outcome made = run_in(folder, "midi 'folk, 24 bars' --reference clip/export/master.wav -o song -q");
  ASSERT_EQ(made.code, 0) << made.text;
  const song::Song clip = song::load(folder / "clip"), song = song::load(folder / "song");
  EXPECT_NEAR(song.tempo.front().tempo.value, 96, 0.1);
  EXPECT_EQ(song.metre, clip.metre);
  EXPECT_EQ(song.key.relative_major(), clip.key.relative_major()) << song.key.text();
  ASSERT_TRUE(song.reference);
  EXPECT_EQ(song.reference->sound, "sounds/master.wav");
  EXPECT_EQ(sha256_file(folder / "song/sounds/master.wav"), song.reference->sha256);
  int right = 0;
  const auto& first = song.sections.front();
  const int bars = std::min(first.bars, 8);
  for (int b = 0; b < bars; ++b) {
    const Beats middle = clip.metre.bar() * (b + 0.5);
    right += score::chord_at(song.chords, middle)->root == score::chord_at(clip.chords, middle)->root;
  }
  EXPECT_GE(right, 3 * bars / 4) << made.text;

  // The words win, the same request goes on, and another clip is not mistaken for it.
  EXPECT_EQ(run_in(folder, "midi 'folk, 120 bpm, 8 bars' --reference clip/export/master.wav -o fast -q").code, 0);
  EXPECT_EQ(song::load(folder / "fast").tempo.front().tempo, Bpm{120});
  EXPECT_EQ(run_in(folder, "midi 'folk, 24 bars' --reference clip/export/master.wav -o song -q").code, 0);
  const Outcome other = run_in(folder, "midi 'folk, 24 bars' --reference clip/export/stems/bass.wav -o song -q");
  EXPECT_EQ(other.code, 3);
  EXPECT_NE(other.text.find("already holds another song"), std::string::npos) << other.text;
  EXPECT_NE(run_in(folder, "midi 'folk' --reference nothing.wav -o none -q").code, 0);
}

}  // namespace
}  // namespace figment
