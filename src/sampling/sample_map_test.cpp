#include "sampling/sample_map.h"

#include <gtest/gtest.h>

namespace figment::sampling {
namespace {

TEST(SampleMap, NamesOfPacksAreUnderstood) {
  const DrumNames names(FIGMENT_SOURCE_DIR);
  const std::pair<const char*, const char*> known[] = {
      {"Kick_01.wav", "kick"}, {"BD0000.WAV", "kick"}, {"808 Bass Drum.wav", "kick"}, {"Kicks/Deep.wav", "kick"}, {"snare-tight.wav", "snare"},
      {"SD50.wav", "snare"}, {"Hats/snare roll.wav", "snare"}, {"HandClap.wav", "clap"}, {"openHat2.wav", "open hat"}, {"Closed HiHat.wav", "closed hat"},
      {"hats_07.wav", "closed hat"}, {"OH 12.wav", "open hat"}, {"Crash Cymbal.wav", "crash"}, {"ride_bell.wav", "ride"}, {"LowTom.wav", "tom"},
      {"cowbell.aif", "cowbell"}, {"rimshot.wav", "rim"}, {"perc 3.flac", "percussion"}};
  for (const auto& [file, drum] : known) {
    ASSERT_NE(names.of_name(file), nullptr) << file;
    EXPECT_EQ(names.of_name(file)->name, drum) << file;
  }
  for (const char* file : {"loop.wav", "chat.wav", "orchid.wav", "kickstart guitar.wav", "01.wav"}) EXPECT_EQ(names.of_name(file), nullptr) << file;
  EXPECT_EQ(names.of_class(SoundClass::Bass), nullptr);
  EXPECT_EQ(names.of_class(SoundClass::Percussion)->name, "percussion");
}

TEST(SampleMap, SamplesOfADrumShareItsKeys) {
  const DrumNames names(FIGMENT_SOURCE_DIR);
  const auto sfz = kit_sfz({{"a.wav", names.of_name("kick")}, {"t1.wav", names.of_name("tom")}, {"c.wav", names.of_name("hat")}, {"o.wav", names.of_name("open hat")}});
  EXPECT_NE(sfz.find("sample=a.wav key=36\n"), std::string::npos);
  EXPECT_NE(sfz.find("sample=a.wav key=35\n"), std::string::npos);
  EXPECT_NE(sfz.find("sample=t1.wav key=41\n"), std::string::npos);
  EXPECT_NE(sfz.find("sample=t1.wav key=50 tune=1000\n"), std::string::npos);
  EXPECT_NE(sfz.find("sample=o.wav key=46 group=1 off_by=1\n"), std::string::npos);
  EXPECT_EQ(sfz.find("key=38"), std::string::npos);
  const auto two = kit_sfz({{"a.wav", names.of_name("kick")}, {"b.wav", names.of_name("kick")}});
  EXPECT_NE(two.find("sample=b.wav key=35\n"), std::string::npos);
}

TEST(SampleMap, EveryKeyBelongsToTheNearestNote) {
  const auto sfz = pitched_sfz({{"e.wav", 52.25, 100, true}, {"c.wav", 48, 100, false}, {"long.wav", 48.1, 200, false}});
  EXPECT_EQ(sfz.find("c.wav"), std::string::npos) << "of two of one note the longer";
  EXPECT_NE(sfz.find("sample=long.wav lokey=0 hikey=50 pitch_keycenter=48 tune=-10\n"), std::string::npos) << sfz;
  EXPECT_NE(sfz.find("sample=e.wav lokey=51 hikey=127 pitch_keycenter=52 tune=-25 loop_mode=loop_sustain\n"), std::string::npos) << sfz;
}

TEST(SampleMap, NotesInNames) {
  EXPECT_EQ(note_in_name("bass_E1_dark"), 28);
  EXPECT_EQ(note_in_name("Piano A#3"), 58);
  EXPECT_EQ(note_in_name("pad Bb-1"), 10);
  EXPECT_EQ(note_in_name("C4"), 60);
  EXPECT_FALSE(note_in_name("808 kick 12"));
  EXPECT_FALSE(note_in_name("DEEP3"));
  EXPECT_FALSE(note_in_name("C40"));
}

}  // namespace
}  // namespace figment::sampling
