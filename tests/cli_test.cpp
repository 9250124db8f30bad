// The program as a user meets it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "workbench.h"

namespace figment {
namespace {

using testing::Folder;
using testing::Outcome;
using testing::shell;

Outcome run(const std::string& arguments, const std::string& before = {}) { return shell(before + " " FIGMENT_PROGRAM " " + arguments); }

TEST(Cli, HelpTeachesWithExamples) {
  const Outcome help = run("--help");
  EXPECT_EQ(help.code, 0);
  for (const char* word : {"figment song", "figment build", "Exit codes", "--seed"}) EXPECT_NE(help.text.find(word), std::string::npos) << word;
}

TEST(Cli, ATypoIsUsageError) {
  EXPECT_EQ(run("song --sede 3 house").code, 2);
  EXPECT_EQ(run("").code, 2);
  const Outcome word = run("sogn 'dark trap'");
  EXPECT_EQ(word.code, 2);
  EXPECT_NE(word.text.find("no command \"sogn\""), std::string::npos) << word.text;
}

TEST(Cli, PromptsThatMakeNoSenseSayWhyAndMakeNothing) {
  const Folder folder;
  for (const char* prompt : {"''", "'   '", "'qwertz asdfgh'", "'house at 3 bpm'", "'house at 3000 bpm'", "'house, ten hours'", "'house, 120 bpm, 90 bpm'", "'no drums, drum solo'"}) {
    const Outcome outcome = run(std::string("song ") + prompt + " -o '" + (folder / "x").string() + "'");
    EXPECT_EQ(outcome.code, 3) << prompt << outcome.text;
    EXPECT_NE(outcome.text.find("figment: "), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder / "x")) << prompt;
  }
}

TEST(Cli, BriefShowsWhatWasHeard) {
  const Outcome brief = run("brief 'melancholic 2000s trap, 140 bpm, F minor, dark bells, xyzzy'");
  EXPECT_EQ(brief.code, 0);
  for (const char* word : {"trap", "140", "F minor", "xyzzy"}) EXPECT_NE(brief.text.find(word), std::string::npos) << brief.text;
  const auto json = nlohmann::json::parse(run("brief --json 'melancholic 2000s trap, 140 bpm'").text);
  EXPECT_FALSE(json.empty());
}

TEST(Cli, MidiAloneIsQuickAndComplete) {
  const Folder folder;
  const Outcome midi = run("midi 'bossa nova in D minor, 16 bars' --json -o '" + (folder / "b").string() + "'");
  ASSERT_EQ(midi.code, 0) << midi.text;
  const auto json = nlohmann::json::parse(midi.text);
  EXPECT_EQ(json.at("key"), "D minor");
  EXPECT_EQ(json.at("bars"), 16);
  EXPECT_TRUE(std::filesystem::exists(folder / "b/song.mid"));
}

TEST(Cli, SolosHoldOneTrack) {
  const Folder folder;
  const Outcome made = run("midi '2000s trap, hi-hat solo, 140 bpm, fast, 4 bars' -o '" + (folder / "h").string() + "'");
  ASSERT_EQ(made.code, 0) << made.text;
  const auto song = nlohmann::json::parse(testing::read_text(folder / "h/song.json"));
  ASSERT_EQ(song.at("tracks").size(), 1U);
  EXPECT_EQ(song.at("tracks")[0].at("role"), "hats");
}

TEST(Cli, StylesAreListed) {
  const auto styles = nlohmann::json::parse(run("styles --json").text);
  EXPECT_GE(styles.size(), 30U);
  EXPECT_EQ(run("styles no-such-family").code, 3);
}

TEST(Cli, AFolderThatCannotBeWrittenIsNamed) {
  const Outcome outcome = run("song 'house, 4 bars' -o /proc/figment-cannot-be");
  EXPECT_EQ(outcome.code, 4) << outcome.text;
  EXPECT_NE(outcome.text.find("/proc/figment-cannot-be"), std::string::npos);
  EXPECT_NE(outcome.text.find("-o"), std::string::npos) << "no remedy: " << outcome.text;
}

TEST(Cli, AMissingSoundFontSaysWhatToInstall) {
  const Folder folder;
  const Outcome outcome = run("song 'solo piano, classical piano, 4 bars' -o '" + (folder / "p").string() + "'", "FIGMENT_SOUNDFONT=/nowhere.sf2");
  EXPECT_EQ(outcome.code, 3) << outcome.text;
  EXPECT_NE(outcome.text.find("/nowhere.sf2"), std::string::npos) << outcome.text;
}

TEST(Cli, AFullDiskLeavesNothingHalfWritten) {
  // A small file-size limit stands for a full disk: the system refuses the write in the middle.
  const Folder folder;
  const Outcome outcome = shell("trap '' XFSZ; ulimit -f 400; " FIGMENT_PROGRAM " song 'techno, 8 bars' --seed 1 -o '" + (folder / "t").string() + "'");
  EXPECT_EQ(outcome.code, 4) << outcome.text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
    if (entry.is_regular_file() && entry.path().string().find("/export/") != std::string::npos) {
      EXPECT_EQ(entry.path().string().find(".part"), std::string::npos) << entry.path();
    }
  const Outcome again = run("song 'techno, 8 bars' --seed 1 -o '" + (folder / "t").string() + "'");
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_TRUE(std::filesystem::exists(folder / "t/export/master.mp3"));
}

TEST(Cli, StoppedByASignalItGoesOnWhenCalledAgain) {
  const Folder folder;
  const std::string song = "song 'trance, 64 bars' --seed 2 -o '" + (folder / "s").string() + "'";
  const Outcome stopped = shell("timeout -s INT 1 " FIGMENT_PROGRAM " " + song);
  // On a very fast machine it may be done before the signal comes.
  EXPECT_TRUE(stopped.code == 130 || stopped.code == 124 || stopped.code == 0) << stopped.code << stopped.text;
  const Outcome again = run(song);
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_TRUE(std::filesystem::exists(folder / "s/export/master.wav"));
}

}  // namespace
}  // namespace figment
