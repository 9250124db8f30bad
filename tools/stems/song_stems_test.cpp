#include "song_stems.h"

#include <gtest/gtest.h>

#include "audio/file.h"
#include "base/error.h"
#include "song/song_file.h"
#include "studio/data_dir.h"
#include "studio/make_song.h"
#include "test_signals.h"

namespace figment::stems {
namespace {
namespace fs = std::filesystem;

song::Track track(const std::string& id, const std::string& role, bool mute = false) {
  song::Track t;
  t.id = id, t.role = role, t.mute = mute;
  return t;
}

TEST(SongStems, TracksGoWhereTheirRoleSays) {
  song::Song song;
  song.tracks = {track("kick", "kick"), track("shaker", "percussion"), track("sub", "bass"), track("quiet", "lead", true), track("lead", "lead"),
                 track("second", "lead"), track("answer", "counter"), track("riser", "effects"), track("pad", "pad")};
  std::vector<std::string> stems;
  for (const song::Track& t : song.tracks) stems.emplace_back(kStems[stem_of(song, t)]);
  EXPECT_EQ(stems, (std::vector<std::string>{"drums", "drums", "bass", "other", "vocals", "other", "other", "other", "other"}));
  song.tracks.push_back(track("singer", "vocals"));
  EXPECT_EQ(stem_of(song, song.tracks.back()), 3U);
  EXPECT_EQ(stem_of(song, song.tracks[4]), 2U);
}

// Sending to the buses one stem at a time gives each its own echo, and together they are the song's echo.
TEST(SongStems, TheFourAddUpToTheSongWithItsEchoes) {
  const fs::path folder = fs::path(testing::TempDir()) / "song-stems";
  fs::remove_all(folder);
  studio::SongRequest request;
  request.prompt = "catchy pop song, 120 bpm, C major, 8 bars";
  request.seed = 3;
  request.folder = folder;
  (void)studio::make_song(request, Progress());
  const song::Song song = song::load(folder);
  ASSERT_FALSE(song.buses.empty());
  audio::AudioBuffer whole, echoes;
  for (const auto& entry : fs::directory_iterator(folder / "export" / "stems")) {
    const auto stem = audio::read_audio(entry.path());
    if (whole.empty()) whole = audio::AudioBuffer(2, stem.frames(), stem.rate()), echoes = whole;
    whole.block().add(stem.view());
    if (song.track(entry.path().stem().string()) == nullptr) echoes.block().add(stem.view());
  }
  const FourStems stems = play_stems(song, folder, studio::find_data_dir(), "");
  audio::AudioBuffer difference = whole;
  for (const auto& stem : stems) difference.block().add(stem.view(), -1);
  EXPECT_LT(test::energy(difference.view()), 1e-6 * test::energy(whole.view()));
  EXPECT_GT(test::energy(echoes.view()), 1e-3 * test::energy(whole.view()));   // there is something to get right

  // A stem with its echo is another sound than without.
  song::Song dry = song;
  for (song::Track& t : dry.tracks) t.sends.clear();
  const FourStems without = play_stems(dry, folder, studio::find_data_dir(), "");
  for (const std::size_t s : {2U, 3U}) {
    audio::AudioBuffer echo = stems[s];
    echo.block().add(without[s].view(), -1);
    EXPECT_GT(test::energy(echo.view()), 1e-4 * test::energy(stems[s].view())) << kStems[s];
  }
  song::Song unvoiced = song;
  std::erase_if(unvoiced.tracks, [&](const song::Track& t) { return t.role == "lead"; });
  EXPECT_THROW((void)play_stems(unvoiced, folder, studio::find_data_dir(), ""), Error);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace figment::stems
