#include "sounds/sound_prompt.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace figment::sounds {
namespace {

const SoundTable& words_of_sounds() {
  static const SoundTable table{std::filesystem::path(FIGMENT_SOURCE_DIR)};
  return table;
}

SoundWish wish_for(const std::string& prompt) {
  static const auto vocabulary = compose::load_vocabulary(std::filesystem::path(FIGMENT_SOURCE_DIR) / "data");
  return read_sound_prompt(prompt, words_of_sounds(), *vocabulary);
}

std::string sounds_in(const SoundWish& wish) {
  std::string text;
  for (const std::size_t s : wish.sounds) text += (text.empty() ? "" : "+") + words_of_sounds().sounds()[s].name;
  return text;
}

Error refused(const std::string& prompt) {
  try {
    (void)wish_for(prompt);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << prompt << " was understood";
  return Error(ErrorCode::Io, "");
}

TEST(SoundPrompt, EverySoundIsKnownByItsNameAlone) {
  for (const SoundWord& word : words_of_sounds().sounds()) EXPECT_EQ(sounds_in(wish_for(word.name)), word.name);
}

TEST(SoundPrompt, TheLongestPhraseWins) {
  EXPECT_EQ(sounds_in(wish_for("closed hi-hat")), "hi-hat");
  EXPECT_EQ(sounds_in(wish_for("open hi-hat")), "open hat");
  EXPECT_EQ(sounds_in(wish_for("808")), "808");
  EXPECT_EQ(sounds_in(wish_for("reverse cymbal")), "reverse cymbal");
  EXPECT_EQ(sounds_in(wish_for("wind chimes")), "chime");
  EXPECT_EQ(sounds_in(wish_for("Heart-Beats")), "heartbeat");
}

TEST(SoundPrompt, AStylesNameMayHoldADrum) {
  EXPECT_EQ(sounds_in(wish_for("cowbell phonk loop")), "cowbell");
  EXPECT_EQ(wish_for("cowbell phonk loop").style, "phonk");
  EXPECT_EQ(sounds_in(wish_for("drum and bass kick")), "kick");
}

TEST(SoundPrompt, AMachinesNameBeforeADrumIsItsKit) {
  EXPECT_EQ(sounds_in(wish_for("808 kick in A")), "kick");
  EXPECT_TRUE(wish_for("808 kick in A").kit.has_value());
  EXPECT_EQ(sounds_in(wish_for("909 open hat")), "open hat");
}

TEST(SoundPrompt, ABareNumberBesideALoopIsItsTempo) {
  EXPECT_EQ(wish_for("techno drums 130").tempo, Bpm{130});
  EXPECT_TRUE(wish_for("techno drums 130").not_understood.empty());
  EXPECT_FALSE(wish_for("rain 130").tempo.has_value());
}

TEST(SoundPrompt, ReadsTheWholeWish) {
  const SoundWish w = wish_for("2000s trap, hi-hat solo, 140 bpm, fast, aggressive");
  EXPECT_EQ(sounds_in(w), "hi-hat");
  EXPECT_EQ(w.style, "trap");
  EXPECT_EQ(w.tempo, Bpm{140});
  EXPECT_TRUE(w.loop);
  EXPECT_EQ(w.changes.size(), 2U);
  EXPECT_TRUE(w.not_understood.empty());
}

TEST(SoundPrompt, DrumsLoopOnlyWhereSomethingAsksForIt) {
  EXPECT_FALSE(wish_for("trap kick").loop);
  EXPECT_FALSE(wish_for("a short bright snare").loop);
  EXPECT_TRUE(wish_for("kick loop").loop);
  EXPECT_TRUE(wish_for("kick 128 bpm").loop);
  EXPECT_TRUE(wish_for("2 bars of shaker").loop);
  EXPECT_TRUE(wish_for("trap beat").loop);
  EXPECT_EQ(sounds_in(wish_for("lofi beat at 80 bpm")), "drums");
}

TEST(SoundPrompt, PitchesInAllTheirSpellings) {
  EXPECT_NEAR(*wish_for("bell 440 Hz").note, 69, 1e-9);
  EXPECT_NEAR(*wish_for("beep at 1 kHz").note, 83.213, 0.001);
  EXPECT_EQ(*wish_for("beep C#5").note, 73);
  EXPECT_EQ(*wish_for("drone in A").pitch_class, 9);
  EXPECT_EQ(*wish_for("bell in F# minor").pitch_class, 6);
  EXPECT_FALSE(wish_for("a kick").pitch_class);
}

TEST(SoundPrompt, LengthsAndWhatIsLeftOut) {
  EXPECT_EQ(wish_for("rain, 5 seconds").length, Seconds{5});
  EXPECT_EQ(wish_for("an hour of rain").length, Seconds{3600});
  EXPECT_EQ(wish_for("riser, 2 bars, 128 bpm").bars, 2);
  const SoundWish w = wish_for("house drum loop without clap");
  ASSERT_EQ(w.without.size(), 1U);
  EXPECT_EQ(words_of_sounds().sounds()[w.without.front()].name, "clap");
}

TEST(SoundPrompt, WhatIsNotUnderstoodIsShown) {
  const SoundWish w = wish_for("kick like a xylograph");
  ASSERT_EQ(w.not_understood.size(), 1U);
  EXPECT_EQ(w.not_understood.front(), "xylograph");
}

TEST(SoundPrompt, NoKnownSoundIsAnErrorThatTeaches) {
  const Error e = refused("purple elephants");
  EXPECT_EQ(e.code(), ErrorCode::InvalidArgument);
  for (const char* name : {"kick", "riser", "rain", "vinyl crackle"}) EXPECT_NE(e.hint().find(name), std::string::npos) << name;
  EXPECT_EQ(refused("").code(), ErrorCode::InvalidArgument);
  EXPECT_NE(refused("snrae").hint().find("did you mean “snare”"), std::string::npos);
  EXPECT_NE(refused("heartbaet").hint().find("did you mean “heartbeat”"), std::string::npos);
}

TEST(SoundPrompt, ContradictionsAreErrors) {
  for (const char* prompt : {"kick loop 90 bpm 120 bpm", "rain 5 seconds 7 seconds", "bell 440 Hz in C", "beep 5 Hz", "trap techno drum loop", "rain, 3 hours"}) EXPECT_EQ(refused(prompt).code(), ErrorCode::InvalidArgument) << prompt;
  EXPECT_EQ(refused("kick \xff").code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(refused(std::string(5000, 'a')).code(), ErrorCode::InvalidArgument);
}

Error broken(const std::string& toml) {
  try {
    (void)SoundTable(toml + "\n[words]\nloop = [\"loop\"]\nsolo = [\"solo\"]\nwithout = [\"no\"]\nnoise = [\"a\"]\n", "test.toml");
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << toml << " was read";
  return Error(ErrorCode::Io, "");
}

TEST(SoundTable, WhatMakesNoSenseIsCorruptAndNamed) {
  const std::string head = "[[sound]]\nname = \"x\"\nabout = \"y\"\n";
  for (const std::string& toml : {
           head + "drums = [\"gong\"]\n",                                                          // no drum
           head + "drums = [\"kick\"]\npresets = [\"fx/rain\"]\n",                                 // both
           head + "presets = [\"fx/rain\"]\n",                                                     // no lengths
           head + "presets = [\"fx/rain\"]\nseconds = [3, 2, 1]\n",                                // falling
           head + "presets = [\"fx/rain\"]\nseconds = [1, 2, 3]\nhits = [[5, 1, 0, 1]]\n",         // outside the cycle
           head + "drums = [\"kick\"]\nwordz = [\"x\"]\n",                                         // a typo
           head + "drums = [\"kick\"]\n[[change]]\nname = \"z\"\nwords = [\"x\"]\n",               // two meanings
           std::string("[[change]]\nname = \"z\"\nwords = [\"z\"]\neffects = [{ tilt = { tild = 3 } }]\n"),
           std::string("[[change]]\nname = \"z\"\nwords = [\"z\"]\neffects = [{ nothing = { } }]\n"),
       }) {
    const Error e = broken(toml);
    EXPECT_EQ(e.code(), ErrorCode::Corrupt) << toml;
    EXPECT_NE(std::string(e.what()).find("test.toml"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace figment::sounds
