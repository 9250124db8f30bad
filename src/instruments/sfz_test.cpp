// SFZ files: what they say, and what is wrong with those that are.

#include <gtest/gtest.h>

#include "base/error.h"
#include "instruments/sfz.h"

namespace figment::instruments {
namespace {

SfzRegion only(const std::string& text) {
  const auto read = parse_sfz(text, "test.sfz");
  EXPECT_EQ(read.regions.size(), 1U) << text;
  return read.regions.empty() ? SfzRegion{} : read.regions.front();
}

std::string message_of(const std::string& text) {
  try {
    (void)parse_sfz(text, "test.sfz");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::Corrupt);
    return e.what();
  }
  return "";
}

bool has_remark(const SfzInstrument& read, const std::string& part) {
  return std::any_of(read.remarks.begin(), read.remarks.end(),
                     [&](const std::string& r) { return r.find(part) != std::string::npos; });
}

TEST(Sfz, ARegionWakesUpAsTheFormatSays) {
  const SfzRegion r = only("<region> sample=a.wav");
  EXPECT_EQ(r.sample, "a.wav");
  EXPECT_EQ(std::pair(r.lokey, r.hikey), std::pair(0, 127));
  EXPECT_EQ(std::pair(r.lovel, r.hivel), std::pair(0, 127));
  EXPECT_EQ(r.keycenter, 60);
  EXPECT_EQ(r.keytrack, 100);
  EXPECT_EQ(r.veltrack, 1);
  EXPECT_EQ(r.sustain, 1);
  EXPECT_EQ(r.loop, SfzRegion::Loop::AsSample);
  EXPECT_FALSE(r.end || r.loop_start || r.loop_end);
}

TEST(Sfz, EveryOpcodeArrives) {
  const SfzRegion r = only(
      "<region>\nsample=a.wav lokey=c2 hikey=d#2 pitch_keycenter=36 pitch_keytrack=50 tune=-7 transpose=12 "
      "volume=-3.5\n"
      "pan=-50 lovel=20 hivel=90 amp_veltrack=25 offset=100 end=2000 loop_mode=loop_sustain loop_start=300 "
      "loop_end=400\n"
      "ampeg_delay=0.1 ampeg_attack=0.2 ampeg_hold=0.3 ampeg_decay=0.4 ampeg_sustain=60 ampeg_release=0.5\n"
      "group=3 off_by=-4 off_mode=normal seq_length=4 seq_position=2 lorand=0.25 hirand=0.5 trigger=attack delay=0.6\n"
      "amplitude=80 sw_lokey=24 sw_hikey=26 sw_last=25 sw_default=24");
  EXPECT_EQ(std::pair(r.lokey, r.hikey), std::pair(36, 39));
  EXPECT_EQ(r.keycenter, 36);
  EXPECT_EQ(r.keytrack, 50);
  EXPECT_EQ(std::pair(r.tune, r.transpose), std::pair(-7.0, 12.0));
  EXPECT_EQ(r.volume_db, -3.5);
  EXPECT_EQ(r.pan, -0.5);
  EXPECT_EQ(std::pair(r.lovel, r.hivel), std::pair(20, 90));
  EXPECT_EQ(r.veltrack, 0.25);
  EXPECT_EQ(std::pair(r.offset, *r.end), std::pair(std::int64_t{100}, std::int64_t{2000}));
  EXPECT_EQ(r.loop, SfzRegion::Loop::Sustain);
  EXPECT_EQ(std::pair(*r.loop_start, *r.loop_end), std::pair(std::int64_t{300}, std::int64_t{400}));
  EXPECT_EQ((std::array{r.eg_delay_s, r.attack_s, r.hold_s, r.decay_s, r.sustain, r.release_s}),
            (std::array{0.1, 0.2, 0.3, 0.4, 0.6, 0.5}));
  EXPECT_EQ(std::pair(r.group, r.off_by), std::pair(std::int64_t{3}, std::int64_t{-4}));
  EXPECT_EQ(r.off_mode, SfzRegion::Off::Normal);
  EXPECT_EQ(std::pair(r.seq_length, r.seq_position), std::pair(4, 2));
  EXPECT_EQ(std::pair(r.lorand, r.hirand), std::pair(0.25, 0.5));
  EXPECT_EQ(r.delay_s, 0.6);
  EXPECT_EQ(r.amplitude, 0.8);
  EXPECT_EQ((std::array{r.sw_lokey, r.sw_hikey, r.sw_last, r.sw_default}), (std::array{24, 26, 25, 24}));
}

TEST(Sfz, KeysHaveNames) {
  for (const auto& [name, key] : std::vector<std::pair<std::string, int>>{{"c4", 60},
                                                                          {"C4", 60},
                                                                          {"c#4", 61},
                                                                          {"db3", 49},
                                                                          {"a4", 69},
                                                                          {"b3", 59},
                                                                          {"c-1", 0},
                                                                          {"g9", 127},
                                                                          {"60", 60},
                                                                          {"cb4", 59}}) {
    const SfzRegion r = only("<region> sample=a.wav key=" + name);
    EXPECT_EQ(r.lokey, key) << name;
    EXPECT_EQ(r.hikey, key) << name;
    EXPECT_EQ(r.keycenter, key) << name;
  }
  EXPECT_EQ(only("<region> sample=a.wav pitch_keycenter=sample").keycenter, SfzRegion::kKeyOfSample);
}

TEST(Sfz, HeadersPassOnWhatTheySay) {
  const auto read = parse_sfz(
      "<global> volume=-1 pan=10\n<master> volume=-2\n<group> pan=20 key=40\n<region> sample=a.wav\n"
      "<region> sample=b.wav key=41 volume=-5\n<group>\n<region> sample=c.wav\n<master>\n<region> sample=d.wav\n"
      "<global>\n<group>\n<region> sample=e.wav",
      "test.sfz");
  ASSERT_EQ(read.regions.size(), 5U);
  const auto at = [&](std::size_t i) {
    const auto& r = read.regions[i];
    return std::array{r.volume_db, r.pan * 100, static_cast<double>(r.hikey)};
  };
  EXPECT_EQ(at(0), (std::array{-2.0, 20.0, 40.0}));
  EXPECT_EQ(at(1), (std::array{-5.0, 20.0, 41.0}));
  EXPECT_EQ(at(2), (std::array{-2.0, 10.0, 127.0})) << "a group does not inherit from the one before";
  EXPECT_EQ(at(3), (std::array{-1.0, 10.0, 127.0})) << "nor a master";
  EXPECT_EQ(at(4), (std::array{0.0, 0.0, 127.0})) << "a new global begins afresh";
  EXPECT_EQ(read.regions[4].line, 12);
}

TEST(Sfz, PathsMayHoldSpaces) {
  const auto read = parse_sfz(
      "<control> default_path=My Kit\\Drums\\\n<region> sample=Kick 01 (hard).wav key=36\n<region>key=38 "
      "sample=a//b.wav  \n"
      "<region> sample=hat = open.wav // the open one\n<region> sample=x.wav <region> sample=y.wav",
      "test.sfz");
  ASSERT_EQ(read.regions.size(), 5U);
  EXPECT_EQ(read.regions[0].sample, "My Kit/Drums/Kick 01 (hard).wav");
  EXPECT_EQ(read.regions[0].lokey, 36);
  EXPECT_EQ(read.regions[1].sample, "My Kit/Drums/a//b.wav");
  EXPECT_EQ(read.regions[2].sample, "My Kit/Drums/hat = open.wav");
  EXPECT_EQ(read.regions[3].sample, "My Kit/Drums/x.wav");
  EXPECT_EQ(read.regions[4].sample, "My Kit/Drums/y.wav");
}

TEST(Sfz, CommentsAndEveryKindOfLineEnd) {
  const auto read = parse_sfz(
      "\xEF\xBB\xBF// a kit\r\n/* <region> sample=no.wav\n */<region> /* inside */ sample=a.wav\rkey=36\r\n"
      "<region> sample=b.wav key=37//close\n",
      "test.sfz");
  ASSERT_EQ(read.regions.size(), 2U);
  EXPECT_EQ(read.regions[0].line, 3);
  EXPECT_EQ(read.regions[0].lokey, 36);
  EXPECT_EQ(read.regions[1].line, 5);
  EXPECT_EQ(read.regions[1].lokey, 37);
}

TEST(Sfz, DefinesArePutIn) {
  const auto read = parse_sfz(
      "#define $KEY 36\n#define $KEYS 40 #define $EXT wav\n#define $BOTH $KEY\n<region> sample=a$KEY.$EXT key=$KEYS\n"
      "<region> sample=cost$9.wav key=$BOTH",
      "test.sfz");
  ASSERT_EQ(read.regions.size(), 2U);
  EXPECT_EQ(read.regions[0].sample, "a36.wav");
  EXPECT_EQ(read.regions[0].lokey, 40) << "the longest name counts";
  EXPECT_EQ(read.regions[1].sample, "cost$9.wav") << "what is not defined stays";
  EXPECT_EQ(read.regions[1].lokey, 36);
}

TEST(Sfz, WhatIsNotPlayedIsRemarkedOnce) {
  const auto read = parse_sfz(
      "<control> note_offset=12\n#include \"more.sfz\"\n<curve> curve_index=7 v000=0\n<region> sample=a.wav "
      "cutoff=400\n"
      "<region> sample=b.wav cutoff=500 hivel=300\nand words",
      "test.sfz");
  EXPECT_EQ(read.regions.size(), 2U);
  EXPECT_EQ(read.remarks,
            (std::vector<std::string>{
                "line 1: note_offset is not played",
                "line 2: #include is not followed: put what it names into this file", "line 3: <curve> is not played",
                "line 4: cutoff is not played (2 times)", "line 5: hivel=300 is beyond its range: taken as 127",
                "line 6: \"and\" is no header and no opcode", "line 6: \"words\" is no header and no opcode"}));
  EXPECT_EQ(read.regions[1].hivel, 127);
}

TEST(Sfz, RegionsThatKeysDoNotStartAreLeftOut) {
  for (const auto& [text, why] :
       std::vector<std::pair<std::string, std::string>>{{"trigger=release", "trigger"},
                                                        {"trigger=legato", "trigger"},
                                                        {"on_locc64=1 on_hicc64=127", "controllers start it"},
                                                        {"locc1=64", "controller 1"},
                                                        {"hikey=-1", "no key"},
                                                        {"lokey=50 hikey=40", "no key"},
                                                        {"lovel=90 hivel=80", "no velocity"},
                                                        {"seq_length=2 seq_position=3", "seq_position"},
                                                        {"lorand=0.5 hirand=0.5", "no draw"},
                                                        {"end=-1", "end is -1"},
                                                        {"offset=10 end=5", "ends before"}}) {
    const auto read = parse_sfz("<region> sample=a.wav " + text + "\n<region> sample=b.wav", "test.sfz");
    EXPECT_EQ(read.regions.size(), 1U) << text;
    EXPECT_TRUE(has_remark(read, "a region is left out: ")) << text;
    EXPECT_TRUE(has_remark(read, why)) << text;
  }
  EXPECT_TRUE(has_remark(parse_sfz("<region> key=3", "t"), "no sample"));
  EXPECT_TRUE(has_remark(parse_sfz("<region> sample=*sine", "t"), "*sine is a built-in wave"));
  EXPECT_EQ(parse_sfz("<control> set_cc1=100\n<region> sample=a.wav locc1=64", "t").regions.size(), 1U);
}

TEST(Sfz, EveryMalformedKindIsNamed) {
  const auto region = [](const std::string& opcode) { return "<region> sample=a.wav\n" + opcode; };
  std::string many_defines, many_regions, bomb = "#define $A " + std::string(1000, 'x') + "\n<region> sample=a.wav\n";
  for (int i = 0; i < 1100; ++i) many_defines += "#define $N" + std::to_string(i) + " 1\n";
  for (int i = 0; i < 33000; ++i) many_regions += "<region>";
  for (int i = 0; i < 17000; ++i) bomb += "$A\n";
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {std::string(kMostSfzBytes + 1, ' '), "4194305 bytes"},
           {std::string("<region>\0", 9), "a zero byte"},
           {"\n/* open", "line 2: a comment begins with /* and never ends"},
           {"<region sample=a.wav", "line 1: \"<region sample=a.wav\": a header ends with >"},
           {region("key=q4"), "line 2: key: wanted a key (0 to 127, or a name such as c#4), found \"q4\""},
           {region("key="), "found \"\""},
           {region("key=c#"), "found \"c#\""},
           {region("volume=loud"), "line 2: volume: wanted a number, found \"loud\""},
           {region("volume=nan"), "volume: wanted a number"},
           {region("volume=inf"), "volume: wanted a number"},
           {region("tune=5cents"), "found \"5cents\""},
           {region("offset=x"), "offset: wanted a whole number"},
           {region("loop_mode=pingpong"), "loop_mode: wanted no_loop, one_shot, loop_continuous or loop_sustain"},
           {"#define KEY 3", "#define: wanted $NAME and a value, found \"KEY\""},
           {"#define $A-B 3", "#define: wanted $NAME"},
           {"#define $" + std::string(65, 'a') + " 3", "names have at most 64 letters"},
           {"#define $a " + std::string(1025, 'a'), "values 1024"},
           {many_defines, "more than 1024 #defines"},
           {many_regions, "more than 32768 regions"},
           {bomb, "more than 16777216 bytes"},
           {"<region> sample=" + std::string(1025, 'a'), "a path of 1025 bytes; at most 1024"},
           {"<control> default_path=" + std::string(1000, 'a') + "\n<region> sample=" + std::string(100, 'b'),
            "a path of 1100 bytes"}}) {
    const std::string message = message_of(text);
    EXPECT_NE(message.find(part), std::string::npos) << "wanted: " << part << "\nfound: " << message;
    EXPECT_EQ(message.rfind("test.sfz", 0), 0U) << message;
  }
}

TEST(Sfz, OddTextIsNoTrouble) {
  for (const char* text :
       {"", "\n", "<", "<>", "=", "a=", "<region>", "$", "#define", "/", "//", "/**/", "key=3 <region>", "<region> =3",
        "<group> <region> sample= ", "<region> sample=a.wav lokey=-5 hikey=500"})
    (void)message_of(text);
  std::string words;
  for (int i = 0; i < 5000; ++i) words += "word" + std::to_string(i) + " ";
  const auto read = parse_sfz(words, "t");
  EXPECT_EQ(read.remarks.size(), 257U);
  EXPECT_EQ(read.remarks.back(), "and more of the kind");
}

}  // namespace
}  // namespace figment::instruments
