#include "song/history.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace figment::song {
namespace {

Song small_song() {
  Song song;
  song.title = "Small";
  song.bars = 8;
  song.sections = {{"verse", "verse", 1, 8, 0.5}};
  Track bass;
  bass.id = "bass";
  bass.name = "Bass";
  bass.role = "bass";
  bass.instrument = "bass/808";
  bass.midi = "midi/bass.mid";
  song.tracks = {bass};
  check(song);
  return song;
}

void turn(History& history, double db) {
  history.edit("turn bass to " + std::to_string(static_cast<int>(db)), [db](Song& s) { s.tracks[0].gain = Decibels{db}; });
}

TEST(History, UndoneIsAsBeforeAndRedoneIsAsAfter) {
  History history(small_song());
  turn(history, -3);
  const Song middle = history.now();
  turn(history, -6);
  const Song last = history.now();
  EXPECT_EQ(history.undo_name(), "turn bass to -6");
  EXPECT_TRUE(history.undo());
  EXPECT_EQ(history.now(), middle);
  EXPECT_TRUE(history.undo());
  EXPECT_EQ(history.now(), small_song());
  EXPECT_FALSE(history.undo());
  EXPECT_EQ(history.redo_name(), "turn bass to -3");
  EXPECT_TRUE(history.redo());
  EXPECT_TRUE(history.redo());
  EXPECT_EQ(history.now(), last);
  EXPECT_FALSE(history.redo());
}

TEST(History, ANewEditForgetsWhatWasUndone) {
  History history(small_song());
  turn(history, -3);
  history.undo();
  turn(history, -9);
  EXPECT_FALSE(history.redo());
  EXPECT_EQ(history.now().tracks[0].gain, Decibels{-9});
}

TEST(History, AnEditThatMakesNoSenseChangesNothing) {
  History history(small_song());
  turn(history, -3);
  const Song before = history.now();
  EXPECT_THROW(history.edit("remove all bars", [](Song& s) { s.bars = 0; }), Error);
  EXPECT_THROW(history.edit("fail", [](Song& s) { s.title = "half"; throw Error(ErrorCode::Io, "stopped"); }), Error);
  EXPECT_EQ(history.now(), before);
  EXPECT_EQ(history.undo_name(), "turn bass to -3");
  history.edit("nothing", [](Song&) {});
  EXPECT_EQ(history.undo_name(), "turn bass to -3");
}

TEST(History, RemembersALotButNotForEver) {
  History history(small_song());
  for (int i = 1; i <= 300; ++i) turn(history, -i % 40 - 1);
  int undone = 0;
  while (history.undo()) ++undone;
  EXPECT_EQ(undone, static_cast<int>(History::kMost));
}

}  // namespace
}  // namespace figment::song
