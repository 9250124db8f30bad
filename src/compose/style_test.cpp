#include "compose/style.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "compose/groove_text.h"

namespace figment::compose {
namespace {

// A small complete style; the malformed ones below differ from it in one place.
const std::string kGood = R"(
title    = "Test"
about    = "A small complete style"
family   = "house"
kit      = "drums/house"
tempo    = { slowest = 118, usual = 124, fastest = 130 }
modes    = { minor = 3, "harmonic minor" = 1 }
metres   = "4/4"
transitions = ["riser"]
[energy]
verse = 0.5
drop  = 0.9
[[form]]
weight   = 2
sections = "verse 8, drop 16 @0.8"
[harmony]
progressions = [{ chords = "i bVI iv V7", each = 4, in = ["drop"], weight = 3 }]
[melody]
density = 0.4
[[groove]]
name       = "main"
energy     = [0.2, 1]
bars       = 2
kick       = "X... X... X... X..."
hat_closed = "x.o. x.o. x.o. x.o. | x.o. x.o. x5g. xrr."
[[fill]]
name  = "roll"
snare = "xxxx xxxx xxxx XXXX"
[mix]
punch = 0.4
[[bus]]
id = "reverb"
effects = [{ type = "reverb", mix = 1 }]
[[track]]
id   = "kick"
name = "Kick"
role = "kick"
[[track]]
id       = "bass"
name     = "Bass"
role     = "bass"
preset   = { "bass/house" = 3, "bass/moog" = 1 }
energy   = [0.4, 1]
in       = ["drop"]
loudness = -2
pattern  = "offbeat"
rhythms  = ["..x. ..x.", "x..x ..x. x..x ..x."]
range    = ["E1", 52]
effects  = [{ type = "eq", low_cut_hz = 30 }, { type = "ducker", key = "kick", depth_db = 6 }]
sends    = { reverb = -20 }
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  if (from.empty()) return text;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

Style good() { return parse_style(with("", ""), "test.toml"); }

TEST(Style, ReadsEveryField) {
  const Style s = good();
  EXPECT_EQ(s.id, "test");
  EXPECT_EQ(s.title, "Test");
  EXPECT_EQ(s.usual, Bpm{124});
  ASSERT_EQ(s.modes.size(), 2U);
  ASSERT_EQ(s.forms.size(), 1U);
  ASSERT_EQ(s.forms[0].value.size(), 2U);
  EXPECT_EQ(s.forms[0].value[0].kind, "verse");
  EXPECT_LT(s.forms[0].value[0].energy, 0);
  EXPECT_EQ(s.forms[0].value[1].bars, 16);
  EXPECT_DOUBLE_EQ(s.forms[0].value[1].energy, 0.8);
  ASSERT_EQ(s.harmony.progressions.size(), 1U);
  EXPECT_EQ(s.harmony.progressions[0].numerals, (std::vector<std::string>{"i", "bVI", "iv", "V7"}));
  EXPECT_EQ(s.harmony.progressions[0].minor, 1) << "the tonic is written small";
  ASSERT_EQ(s.tracks.size(), 2U);
  EXPECT_EQ(s.tracks[0].presets[0].value, "drums/house") << "the kit stands for the drums' presets";
  const TrackTemplate& bass = s.tracks[1];
  EXPECT_EQ(bass.part.low, 28);
  EXPECT_EQ(bass.part.high, 52);
  EXPECT_EQ(bass.part.rhythms[0], "..x...x.");
  EXPECT_EQ(bass.effects[1].key, "kick");
  EXPECT_DOUBLE_EQ(bass.effects[1].parameters.at("depth_db"), 6);
  ASSERT_EQ(bass.sends.size(), 1U);
  EXPECT_EQ(bass.sends[0].to, "reverb");
}

TEST(Style, GrooveLinesBecomeSteps) {
  const Style s = good();
  const auto& hats = s.grooves[0].lines.at("hat_closed");
  ASSERT_EQ(hats.size(), 32U);
  EXPECT_DOUBLE_EQ(hats[0].velocity, 0.8);
  EXPECT_DOUBLE_EQ(hats[2].velocity, 0.55);
  EXPECT_DOUBLE_EQ(hats[1].probability, 0);
  EXPECT_DOUBLE_EQ(hats[25].probability, 0.5);
  EXPECT_DOUBLE_EQ(hats[26].velocity, 0.32);
  EXPECT_TRUE(hats[29].roll);
  // One bar written for a groove of two: it repeats.
  const auto& kick = s.grooves[0].lines.at("kick");
  ASSERT_EQ(kick.size(), 32U);
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(kick[i].probability, i % 4 == 0 ? 1 : 0) << i;
}

TEST(Style, AGrooveMayBeLikeAnother) {
  const Style s = parse_style(with("[[fill]]", R"([[groove]]
name       = "clapped"
like       = "main"
hat_closed = ""
clap       = ".... X... .... X..."
[[fill]])"),
                              "test.toml");
  ASSERT_EQ(s.grooves.size(), 2U);
  const Groove& clapped = s.grooves[1];
  EXPECT_EQ(clapped.bars, 2);
  EXPECT_DOUBLE_EQ(clapped.lowest_energy, 0.2);
  EXPECT_EQ(clapped.lines.count("hat_closed"), 0U) << "an empty line takes the drum away";
  EXPECT_EQ(clapped.lines.at("clap").size(), 32U);
  EXPECT_EQ(clapped.lines.at("kick").size(), 32U);
}

TEST(Style, ProgressionsSayTheirModeByTheirTonic) {
  const auto minor_of = [](const std::string& chords) {
    return parse_style(with("i bVI iv V7", chords), "t.toml").harmony.progressions[0].minor;
  };
  EXPECT_EQ(minor_of("i bVI"), 1);
  EXPECT_EQ(minor_of("I IV V"), 0);
  EXPECT_EQ(minor_of("ii7 V7 Imaj7"), 0);
  EXPECT_EQ(minor_of("iv V"), -1) << "iv is not i";
  EXPECT_EQ(minor_of("IV V"), -1) << "IV is not I";
  EXPECT_EQ(minor_of("I i"), -1);
  EXPECT_EQ(parse_style(with("chords = \"i bVI iv V7\"", "chords = \"IV V\", mode = \"major\""), "t.toml")
                .harmony.progressions[0]
                .minor,
            0);
}

TEST(Style, OnlyMeansThereAndNowhereElse) {
  const Style s = parse_style(with("in       = [\"drop\"]", "only = [\"drop\"]"), "t.toml");
  EXPECT_EQ(s.tracks[1].in, std::vector<std::string>{"drop"});
  EXPECT_NE(std::find(s.tracks[1].out.begin(), s.tracks[1].out.end(), "verse"), s.tracks[1].out.end());
  EXPECT_EQ(std::find(s.tracks[1].out.begin(), s.tracks[1].out.end(), "drop"), s.tracks[1].out.end());
}

TEST(Style, DrumNamesAreThoseOfTheKit) {
  EXPECT_EQ(drum_note("kick"), 36);
  EXPECT_EQ(drum_note("hat_closed"), 42);
  EXPECT_EQ(drum_note("kik"), std::nullopt);
  EXPECT_EQ(drum_role("rim"), "snare");
  EXPECT_EQ(drum_role("crash"), "hats");
  EXPECT_EQ(drum_role("tom_floor"), "percussion");
  EXPECT_EQ(drum_role("kick2"), "kick");
  EXPECT_EQ(drum_role("banana"), "");
}

// ---- Malformed files, each by name ---------------------------------------------------------------------------------

struct Malformed {
  const char* name;
  const char* from;
  const char* to;
  const char* message;  // part of what must be said
};

class MalformedStyle : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedStyle, IsRefusedNamingTheFileAndTheKey) {
  const auto& p = GetParam();
  try {
    (void)parse_style(with(p.from, p.to), "bad.toml");
    FAIL() << "was accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::Corrupt);
    const std::string what = e.what();
    EXPECT_EQ(what.substr(0, 8), "bad.toml") << what;
    EXPECT_NE((what + " " + e.hint()).find(p.message), std::string::npos) << what << " / " << e.hint();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Every, MalformedStyle,
    ::testing::Values(
        Malformed{"NotToml", "title    = \"Test\"", "title = = 3", "line 2"},
        Malformed{"NoTitle", "title    = \"Test\"", "", "title: wanted a text"},
        Malformed{"NoTempo", "tempo    = {", "temper = {", "tempo: wanted a table"},
        Malformed{"TempoOutOfRange", "slowest = 118", "slowest = 3", "from 20 to 400"},
        Malformed{"TempoUpsideDown", "fastest = 130", "fastest = 100", "tempo: fastest"},
        Malformed{"TempoNotANumber", "usual = 124", "usual = \"fast\"", "found \"fast\""},
        Malformed{"TempoNan", "usual = 124", "usual = nan", "tempo: usual"},
        Malformed{"UnknownFamily", "\"house\"\nkit", "\"hous\"\nkit", "family: wanted one of"},
        Malformed{"UnknownKey", "title    = \"Test\"", "title = \"Test\"\ntittle = 3", "unknown key \"tittle\""},
        Malformed{"UnknownMode", "minor = 3,", "minr = 3,", "modes"},
        Malformed{"WeightZero", "minor = 3,", "minor = 0,", "modes"},
        Malformed{"NoModes", "modes    = { minor = 3, \"harmonic minor\" = 1 }", "modes = {}", "modes"},
        Malformed{"BadMetre", "\"4/4\"", "\"4/5\"", "metre"},
        Malformed{"UnknownTransition", "[\"riser\"]", "[\"rise\"]", "transitions: wanted one of"},
        Malformed{"UnknownSectionEnergy", "verse = 0.5", "vers = 0.5", "energy: wanted one of"},
        Malformed{"EnergyAboveOne", "verse = 0.5", "verse = 1.5", "from 0 to 1"},
        Malformed{"SectionWithoutEnergy", "verse 8, drop", "outro 8, drop", "has no energy"},
        Malformed{"SectionWithoutBars", "verse 8,", "verse,", "sections"},
        Malformed{"SectionWithTooManyBars", "verse 8,", "verse 9999,", "bars 1 to 128"},
        Malformed{"SectionOfNoBars", "verse 8,", "verse 0,", "bars 1 to 128"},
        Malformed{"SectionHugeNumber", "verse 8,", "verse 99999999999999999999,", "bars 1 to 128"},
        Malformed{"SectionBadEnergy", "@0.8", "@8", "energy 0 to 1"},
        Malformed{"SectionNanEnergy", "@0.8", "@nan", "energy 0 to 1"},
        Malformed{"UnknownSection", "verse 8,", "vers 8,", "wanted one of intro"},
        Malformed{"FormsNotAList", "[[form]]", "[form]", "form: wanted a list"},
        Malformed{"NotANumeral", "bVI iv", "bVIX iv", "chords: wanted a roman numeral"},
        Malformed{"NoChords", "i bVI iv V7", " ", "chords"},
        Malformed{"EachOfNothing", "each = 4", "each = 0", "from 0.25 to 64"},
        Malformed{"NoProgressions", "[{ chords = \"i bVI iv V7\", each = 4, in = [\"drop\"], weight = 3 }]", "[]",
                  "progressions: wanted at least one"},
        Malformed{"MelodyOutOfRange", "density = 0.4", "density = 4", "melody: density"},
        Malformed{"GrooveTooLong", "X... X... X... X...", "X... X... X... X....", "16 steps a bar"},
        Malformed{"GrooveTooShort", "X... X... X... X...", "X... X...", "found 8 steps"},
        Malformed{"GrooveEmptyLine", "x.o. x.o. x.o. x.o. | x.o. x.o. x5g. xrr.", "|||", "found 0 steps"},
        Malformed{"GrooveStrangeStep", "x5g. xrr.", "x5g. xrq.", "found q"},
        Malformed{"GrooveUnknownDrum", "hat_closed", "hat_close", "unknown drum \"hat_close\""},
        Malformed{"GrooveThreeBars", "bars       = 2", "bars = 3", "bars: wanted 1, 2 or 4"},
        Malformed{"GrooveManyBars", "bars       = 2", "bars = 2000000000", "from 1 to 4"},
        Malformed{"GrooveEnergyUpsideDown", "[0.2, 1]", "[1, 0.2]", "energy: wanted [lowest, highest]"},
        Malformed{"GrooveOffGrid", "bars       = 2", "metre = \"7/8\"\nsteps = 3", "whole steps"},
        Malformed{"FillLikeNothing", "name  = \"roll\"", "name = \"roll\"\nlike = \"main2\"", "like: wanted the name"},
        Malformed{"FillOfTwoBars", "name  = \"roll\"", "name = \"roll\"\nbars = 2", "a fill is one bar"},
        Malformed{"BusTwice", "[[track]]", "[[bus]]\nid = \"reverb\"\n[[track]]", "second bus"},
        Malformed{"NoTrackId", "id   = \"kick\"", "", "id: wanted a text"},
        Malformed{"TrackIdLeavesFolder", "id   = \"kick\"", "id = \"../kick\"", "lower-case letters"},
        Malformed{"TrackTwice", "id       = \"bass\"", "id = \"kick\"", "a second track or bus of the id \"kick\""},
        Malformed{"TrackNamedAsBus", "id       = \"bass\"", "id = \"reverb\"", "a second track or bus"},
        Malformed{"UnknownRole", "role     = \"bass\"", "role = \"base\"", "role: wanted one of kick"},
        Malformed{"BadPreset", "\"bass/house\" = 3", "\"house\" = 3", "wanted a preset such as"},
        Malformed{"PresetLeavesFolder", "\"bass/house\" = 3", "\"../house\" = 3", "wanted a preset such as"},
        Malformed{"UnknownPattern", "pattern  = \"offbeat\"", "pattern = \"off\"", "pattern: wanted one of"},
        Malformed{"PatternOfDrums", "role = \"kick\"", "role = \"kick\"\npattern = \"roots\"",
                  "drums play the grooves"},
        Malformed{"RhythmOfFiveSteps", "\"..x. ..x.\"", "\"..x.x\"", "rhythms"},
        Malformed{"RhythmOfSilence", "\"..x. ..x.\"", "\"....\"", "rhythms"},
        Malformed{"RangeTooNarrow", "[\"E1\", 52]", "[\"E1\", \"G1\"]", "at least an octave"},
        Malformed{"RangeUpsideDown", "[\"E1\", 52]", "[\"E3\", \"E1\"]", "at least an octave"},
        Malformed{"RangeNoNote", "[\"E1\", 52]", "[\"H1\", 52]", "range"},
        Malformed{"RangeBeyondMidi", "[\"E1\", 52]", "[\"E1\", \"B9\"]", "range"},
        Malformed{"InAndOut", "in       = [\"drop\"]", "in = [\"drop\"]\nout = [\"drop\"]", "out: wanted no section"},
        Malformed{"OnlyAndIn", "in       = [\"drop\"]", "in = [\"drop\"]\nonly = [\"drop\"]", "only: wanted either"},
        Malformed{"LoudnessOutOfRange", "loudness = -2", "loudness = 20", "from -40 to 6"},
        Malformed{"EffectWithoutType", "{ type = \"eq\", low_cut_hz = 30 }", "{ low_cut_hz = 30 }", "wanted a type"},
        Malformed{"EffectNan", "low_cut_hz = 30", "low_cut_hz = nan", "low_cut_hz: wanted a number"},
        Malformed{"EffectText", "low_cut_hz = 30", "low_cut_hz = \"30\"", "low_cut_hz: wanted a number"},
        Malformed{"EffectStrangeName", "low_cut_hz = 30", "\"Low Cut\" = 30", "wanted parameter names"},
        Malformed{"EffectKeyedByNobody", "key = \"kick\"", "key = \"kik\"", "no track of the id \"kik\""},
        Malformed{"SendToNowhere", "{ reverb = -20 }", "{ revreb = -20 }", "no bus of the id \"revreb\""},
        Malformed{"SendTooLoud", "{ reverb = -20 }", "{ reverb = 40 }", "from -60 to 12"},
        Malformed{"WithoutTracksAlone", "title    = \"Test\"", "title = \"Test\"\nwithout_tracks = [\"bass\"]",
                  "only beside extends"},
        Malformed{"ExtendsLeavesFolder", "title    = \"Test\"", "title = \"Test\"\nextends = \"../../etc\"",
                  "extends: wanted a style"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Style, DeepNestingAndNoiseAreErrorsNotCrashes) {
  EXPECT_THROW((void)parse_style("a = " + std::string(100000, '['), "deep.toml"), Error);
  EXPECT_THROW((void)parse_style(std::string("\xff\xfe\0\1", 4), "noise.toml"), Error);
  EXPECT_THROW((void)parse_style("", "empty.toml"), Error);
  EXPECT_THROW((void)parse_groove_line(std::string(5000, 'x')), Error);
}

// ---- Files and inheritance -----------------------------------------------------------------------------------------

class StyleFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) / (std::string("figment_style_") + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "styles" / "defaults");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& id, const std::string& text) {
    std::ofstream(folder_ / "styles" / (id + ".toml")) << text;
  }
  std::filesystem::path folder_;
};

TEST_F(StyleFolder, AStyleStandsOnAnother) {
  write("base", with("", ""));
  write("child", R"(extends = "base"
title = "Child"
tempo = { usual = 126 }
without_tracks = []
[[track]]
id = "bass"
loudness = -5
[[track]]
id = "pad"
name = "Pad"
role = "pad"
preset = "pad/warm"
)");
  const auto child = load_style(folder_, "child");
  EXPECT_EQ(child->id, "child");
  EXPECT_EQ(child->title, "Child");
  EXPECT_EQ(child->usual, Bpm{126});
  EXPECT_EQ(child->slowest, Bpm{118}) << "tables merge key by key";
  ASSERT_EQ(child->tracks.size(), 3U);
  EXPECT_EQ(child->tracks[1].loudness, Decibels{-5});
  EXPECT_EQ(child->tracks[1].part.pattern, "offbeat") << "tracks merge by id";
  EXPECT_EQ(child->tracks[2].id, "pad");
  EXPECT_EQ(child->grooves.size(), 1U);
}

TEST_F(StyleFolder, TracksOfTheModelMayStayAtHome) {
  write("base", with("", ""));
  write("child", "extends = \"base\"\nwithout_tracks = [\"bass\"]\n");
  EXPECT_EQ(load_style(folder_, "child")->tracks.size(), 1U);
  write("typo", "extends = \"base\"\nwithout_tracks = [\"bas\"]\n");
  EXPECT_THROW((void)load_style(folder_, "typo"), Error);
}

TEST_F(StyleFolder, ACircleIsAnError) {
  write("a", "extends = \"b\"\n");
  write("b", "extends = \"a\"\n");
  try {
    (void)load_style(folder_, "a");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::Corrupt);
    EXPECT_NE(std::string(e.what()).find("circle"), std::string::npos) << e.what();
  }
}

TEST_F(StyleFolder, FilesInFoldersAreNotListed) {
  write("one", with("", ""));
  write("defaults/ground", with("", ""));
  const auto styles = list_styles(folder_);
  ASSERT_EQ(styles.size(), 1U);
  EXPECT_EQ(styles[0].id, "one");
  EXPECT_EQ(styles[0].usual, Bpm{124});
}

TEST_F(StyleFolder, AnUnknownNameIsAnsweredByTheNearest) {
  write("house", with("", ""));
  write("trance", with("", ""));
  try {
    (void)load_style(folder_, "huose");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::NotFound);
    EXPECT_NE(e.hint().find("nearest: house"), std::string::npos) << e.hint();
  }
  for (const char* hostile : {"../house", "/etc/passwd", "defaults/house", "", "House", "house.toml"}) {
    try {
      (void)load_style(folder_, hostile);
      FAIL() << hostile;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InvalidArgument) << hostile;
    }
  }
  EXPECT_THROW((void)list_styles(folder_ / "nowhere"), Error);
}

TEST(Style, ATextThatExtendsNeedsAFolder) {
  try {
    (void)parse_style("extends = \"house\"\n", "t.toml");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace figment::compose
