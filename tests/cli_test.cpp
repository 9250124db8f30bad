// The program as a user meets it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "audio/file.h"
#include "audio/tags.h"
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

TEST(Cli, ASoundFromWordsIsAFileThatSaysWhatItIs) {
  const Folder folder;
  const std::string file = (folder / "hats.wav").string();
  const Outcome made = run("sound 'trap hi-hat solo, 140 bpm, 2 bars, xyzzy' --seed 5 --json -o '" + file + "'");
  ASSERT_EQ(made.code, 0) << made.text;
  const auto sound = nlohmann::json::parse(made.text).at("sounds").at(0);
  EXPECT_EQ(sound.at("kind"), "loop");
  EXPECT_EQ(sound.at("bpm"), 140);
  EXPECT_EQ(sound.at("frames"), 151200);      // eight beats of 60/140 s at 44.1 kHz
  EXPECT_EQ(sound.at("not_understood").at(0), "xyzzy");
  EXPECT_EQ(sound.at("recipe").at("engine"), "builtin.sound");
  EXPECT_EQ(sound.at("recipe").at("seed"), 5);
  const audio::AudioReader reader(file);
  EXPECT_EQ(reader.frames(), 151200);
  const auto loop = reader.sampler_chunk();
  ASSERT_TRUE(loop && loop->loop);
  EXPECT_EQ(loop->loop->start, 0);
  EXPECT_EQ(loop->loop->end, 151199);
  const audio::Tags tags = audio::read_tags(file);
  EXPECT_EQ(tags.bpm, 140);
  EXPECT_EQ(nlohmann::json::parse(tags.more.at("FIGMENT_RECIPE")), sound.at("recipe"));
  // Nothing is written over, and several are numbered.
  EXPECT_EQ(run("sound kick -o '" + file + "'").code, 3);
  EXPECT_EQ(run("sound kick --count 3 -q -o '" + (folder / "kick.wav").string() + "'").code, 0);
  for (const char* name : {"kick-1.wav", "kick-2.wav", "kick-3.wav"}) EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
}

TEST(Cli, ASoundNobodyKnowsIsAnErrorThatTeaches) {
  const Folder folder;
  const Outcome typo = run("sound snrae -o '" + (folder / "x.wav").string() + "'");
  EXPECT_EQ(typo.code, 3);
  EXPECT_NE(typo.text.find("did you mean “snare”"), std::string::npos) << typo.text;
  EXPECT_EQ(run("sound kick -o '" + (folder / "x.mp3").string() + "'").code, 3);
  const Outcome engine = run("sound kick --engine nothing -o '" + (folder / "x.wav").string() + "'");
  EXPECT_EQ(engine.code, 3);
  EXPECT_NE(engine.text.find("builtin"), std::string::npos) << engine.text;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
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
