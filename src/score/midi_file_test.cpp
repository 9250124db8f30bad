#include "score/midi_file.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"

namespace figment::score {
namespace {

using namespace figment::literals;

Score some_score(std::uint64_t seed) {
  Random random(seed);
  Score score;
  score.name = "Bass";
  double at = 0;
  for (int i = 0; i < 200; ++i) {
    at += random.uniform(0.0, 1.0);
    // Overlapping notes of different pitch, as slides are written.
    score.notes.push_back({Beats{at}, Beats{random.uniform(0.05, 0.9)}, static_cast<std::uint8_t>(30 + i % 40),
                           static_cast<float>(random.uniform(0.01, 1.0))});
    if (i % 7 == 0) score.controls.push_back({Beats{at}, Controller::Bend, static_cast<float>(random.uniform(-12, 11.9))});
    if (i % 5 == 0) score.controls.push_back({Beats{at}, Controller::Brightness, static_cast<float>(random.uniform())});
  }
  return score;
}

TEST(MidiFile, WhatIsWrittenComesBackExactly) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Score score = some_score(seed);
    const MidiContents back = parse_midi(to_midi({score}, {}), "test.mid");
    ASSERT_EQ(back.tracks.size(), 1U);
    EXPECT_EQ(back.tracks[0], quantized(score));
    // And once written, a second trip changes nothing.
    EXPECT_EQ(to_midi(back.tracks, {}), to_midi({score}, {}));
  }
}

TEST(MidiFile, KeepsTempoMetreKeyAndMarkers) {
  MidiContext context;
  context.title = "Song";
  context.tempo = {{0_beats, Bpm{140}}, {16_beats, Bpm{70}}};
  context.metre = {7, 8};
  context.key = {5, Mode::Minor};
  context.markers = {{0_beats, "intro"}, {14_beats, "chorus"}};
  const MidiContext back = parse_midi(to_midi({some_score(1)}, context), "test.mid").context;
  ASSERT_EQ(back.tempo.size(), 2U);
  EXPECT_NEAR(back.tempo[0].tempo.value, 140, 1e-3);
  EXPECT_EQ(back.tempo[1].at, 16_beats);
  EXPECT_EQ(back.metre, context.metre);
  EXPECT_EQ(back.key, context.key);
  ASSERT_EQ(back.markers.size(), 2U);
  EXPECT_EQ(back.markers[1].text, "chorus");
  EXPECT_EQ(back.markers[1].at, 14_beats);
}

TEST(MidiFile, PercussionIsOnChannelTen) {
  Score drums;
  drums.percussion = true;
  drums.notes = {{0_beats, 1_beats, drum::kick, 1.0F}};
  const MidiContents back = parse_midi(to_midi({some_score(1), drums}, {}), "test.mid");
  ASSERT_EQ(back.tracks.size(), 2U);
  EXPECT_FALSE(back.tracks[0].percussion);
  EXPECT_TRUE(back.tracks[1].percussion);
}

TEST(MidiFile, ReadsRunningStatusAndOtherDivisions) {
  // Type 0, 96 ticks: C4 for a quarter, struck twice with running status; the off is a note-on of velocity 0.
  const std::string bytes("MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\x11\0\x90\x3C\x40\x60\x3C\0\0\x3C\x40\x60\x3C\0\0\xFF\x2F\0", 14 + 8 + 0x11);
  const MidiContents back = parse_midi(bytes, "running.mid");
  ASSERT_EQ(back.tracks.size(), 1U);
  ASSERT_EQ(back.tracks[0].notes.size(), 2U);
  EXPECT_EQ(back.tracks[0].notes[1].start, 1_beats);
  EXPECT_EQ(back.tracks[0].notes[1].length, 1_beats);
}

TEST(MidiFile, NamesEveryKindOfDamage) {
  const std::string good = to_midi({some_score(3)}, {});
  const auto code_of = [](const std::string& bytes) {
    try {
      (void)parse_midi(bytes, "bad.mid");
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find("bad.mid"), std::string::npos);
      return e.code();
    }
    ADD_FAILURE() << "was accepted";
    return ErrorCode::Cancelled;
  };
  EXPECT_EQ(code_of(""), ErrorCode::Corrupt);
  EXPECT_EQ(code_of("RIFF not midi at all"), ErrorCode::Corrupt);
  EXPECT_EQ(code_of(good.substr(0, good.size() / 2)), ErrorCode::Corrupt);
  std::string smpte = good;
  smpte[12] = static_cast<char>(0xE8);
  EXPECT_EQ(code_of(smpte), ErrorCode::Unsupported);
  std::string no_ticks = good;
  no_ticks[12] = no_ticks[13] = 0;
  EXPECT_EQ(code_of(no_ticks), ErrorCode::Corrupt);
  std::string type_two = good;
  type_two[9] = 2;
  EXPECT_EQ(code_of(type_two), ErrorCode::Unsupported);
  std::string huge_chunk = good;
  huge_chunk[18] = 0x7F;
  EXPECT_EQ(code_of(huge_chunk), ErrorCode::Corrupt);
}

TEST(MidiFile, NoCutOrFlippedByteCrashes) {
  const std::string good = to_midi({some_score(4)}, {});
  Random random(9);
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good.substr(0, static_cast<std::size_t>(random.integer(0, static_cast<int>(good.size()))));
    for (int k = 0; k < 4 && !bad.empty(); ++k)
      bad[static_cast<std::size_t>(random.integer(0, static_cast<int>(bad.size()) - 1))] = static_cast<char>(random.integer(0, 255));
    try {
      const MidiContents read = parse_midi(bad, "bad.mid");
      for (const Score& track : read.tracks)
        for (const Note& note : track.notes) ASSERT_GT(note.length.value, 0);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace figment::score
