// figment generate, as a user meets it, with a network of a few thousand weights whose numbers mean nothing.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "audio/file.h"
#include "audio/tags.h"
#include "workbench.h"

namespace figment {
namespace {

namespace fs = std::filesystem;
using testing::Folder;
using testing::Outcome;
using testing::run_in;
using testing::shell;

const fs::path kParts = fs::path(FIGMENT_SOURCE_DIR) / "tests" / "data";

class Generate : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(FIGMENT_PROGRAM).parent_path() / "figment-neural.so")) GTEST_SKIP() << "built without LibTorch";
    ::setenv("FIGMENT_MODELS", (folder_ / "store").c_str(), 1);
    fs::create_directory(folder_ / "tiny");
    for (const char* file : {"config.json", "model.safetensors"}) fs::copy_file(kParts / "parity" / "musicgen" / file, folder_ / "tiny" / file);
    fs::copy_file(kParts / "tokenizer" / "spiece.model", folder_ / "tiny" / "spiece.model");
    const Outcome added = run_in(folder_, "models add my-tiny tiny --licence CC-BY-NC-4.0");
    ASSERT_EQ(added.code, 0) << added.text;
  }
  void TearDown() override { ::unsetenv("FIGMENT_MODELS"); }

  [[nodiscard]] Outcome run(const std::string& arguments) const { return run_in(folder_, arguments); }
  [[nodiscard]] nlohmann::json music(const std::string& arguments) const {
    const Outcome outcome = run("generate " + arguments + " --engine my-tiny --json");
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return nlohmann::json::parse(outcome.text).at("music");
  }
  // What is heard, without what the file says of itself.
  [[nodiscard]] std::string samples(const std::string& file) const { return shell("ffmpeg -v error -i '" + (folder_ / file).string() + "' -f s24le - | sha256sum").text; }
  [[nodiscard]] int files() const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder_.path())) count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  Folder folder_;
};

TEST_F(Generate, MakesAFileThatSaysWhereItComesFrom) {
  const auto made = music("'dusty piano' --seconds 1.5 --seed 7 -o a.wav")[0];
  EXPECT_EQ(made.at("frames"), 48000);
  EXPECT_EQ(made.at("rate_hz"), 32000);
  EXPECT_FALSE(made.at("commercial_use").get<bool>());
  const audio::AudioReader reader(folder_ / "a.wav");
  EXPECT_EQ(reader.frames(), 48000);
  EXPECT_EQ(reader.format(), "WAV, 24 bit");
  const audio::Tags tags = audio::read_tags(folder_ / "a.wav");
  const auto recipe = nlohmann::json::parse(tags.more.at("FIGMENT_RECIPE"));
  EXPECT_EQ(recipe.at("engine"), "my-tiny");
  EXPECT_EQ(recipe.at("seed"), 7);
  EXPECT_EQ(recipe.at("parameters").at("prompt"), "dusty piano");
  EXPECT_EQ(recipe.at("weights").at(0).at("licence"), "CC-BY-NC-4.0");
  EXPECT_EQ(recipe.at("weights").at(0).at("sha256").get<std::string>().size(), 64U);
  EXPECT_NE(tags.more.at("DIGITALSOURCETYPE").find("trainedAlgorithmicMedia"), std::string::npos);
  EXPECT_EQ(files(), 1) << "nothing is left beside it";
}

TEST_F(Generate, TellsTheLicenceToPeople) {
  const Outcome outcome = run("generate 'dusty piano' --engine my-tiny --seconds 0.5 -o a.wav -q");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.text.find("my-tiny (CC-BY-NC-4.0, no commercial use)"), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("do not allow commercial use"), std::string::npos);
}

TEST_F(Generate, RepeatsASeedBitForBit) {
  (void)music("'dusty piano' --seconds 1 --seed 7 -o a.wav");
  (void)music("'dusty piano' --seconds 1 --seed 7 -o b.wav");
  const auto two = music("'dusty piano' --seconds 1 --seed 7 --count 2 -o c.wav");
  EXPECT_EQ(samples("a.wav"), samples("b.wav"));
  EXPECT_EQ(samples("a.wav"), samples("c-1.wav"));
  EXPECT_NE(samples("a.wav"), samples("c-2.wav"));
  EXPECT_EQ(two[1].at("seed"), 8);
}

TEST_F(Generate, InEachPrecision) {
  for (const char* precision : {"f32", "q8", "q4"}) EXPECT_EQ(music(std::string("piano --seconds 0.5 --precision ") + precision + " -o " + precision + ".wav")[0].at("frames"), 16000);
  EXPECT_EQ(run("generate piano --engine my-tiny --precision q2").code, 2);
}

TEST_F(Generate, StoppedKeepsWhatThereIs) {
  const std::string command = "cd '" + folder_.path().string() + "' && { " FIGMENT_PROGRAM " generate 'dusty piano' --engine my-tiny --seconds 300 -o a.wav > said.txt 2>&1 & echo $! > pid; wait $!; echo $? > rc; }";
  std::thread other([&] { (void)shell(command); });
  // As soon as some of it is there to be heard.
  const fs::path part = folder_ / "a.unfinished.wav.part";
  for (int i = 0; i < 6000 && !fs::exists(part); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_TRUE(fs::exists(part)) << "music is written while it is made";
  (void)shell("kill -INT $(cat '" + (folder_ / "pid").string() + "')");
  other.join();
  EXPECT_EQ(testing::read_text(folder_ / "rc"), "130\n");
  EXPECT_NE(testing::read_text(folder_ / "said.txt").find("what there was is kept"), std::string::npos);
  const audio::AudioReader reader(folder_ / "a.wav");
  EXPECT_GT(reader.frames(), 0);
  EXPECT_LT(reader.frames(), 300 * 32000);
  EXPECT_FALSE(fs::exists(part));
  EXPECT_EQ(nlohmann::json::parse(audio::read_tags(folder_ / "a.wav").more.at("FIGMENT_RECIPE")).at("parameters").at("stopped_after_seconds"), static_cast<double>(reader.frames()) / 32000);
}

TEST_F(Generate, GoesOnFromAClip) {
  (void)music("'dusty piano' --seconds 0.5 -o a.wav");
  const auto made = music("'dusty piano' --seconds 1 --continue a.wav -o b.wav")[0];
  EXPECT_EQ(made.at("frames"), 32000);
  const Outcome same = run("generate x --engine my-tiny --seconds 0.5 --continue a.wav -o c.wav -q");
  EXPECT_EQ(same.code, 3);
  EXPECT_NE(same.text.find("ask for more than the clip has"), std::string::npos) << same.text;
}

TEST_F(Generate, ForASongIsLaidOntoItsGridAndTheRestIsGone) {
  ASSERT_EQ(run("midi 'deep house, 122 bpm, A minor, 8 bars' -o song").code, 0);
  const auto made = music("'dusty piano' --seconds 6 --count 2 --fit song --force -o f.wav");
  ASSERT_EQ(made.size(), 2U);
  const auto& best = made[0];
  EXPECT_EQ(best.at("told"), "dusty piano, 122 bpm, A minor");
  EXPECT_EQ(best.at("fitted").at("bpm"), 122);
  EXPECT_GE(best.at("fitted").at("score"), made[1].at("fitted").at("score"));
  const audio::AudioReader reader(folder_ / "f.wav");
  EXPECT_NEAR(static_cast<double>(reader.frames()), best.at("fitted").at("bars").get<int>() * 4 * 60.0 / 122 * 44100, 1);
  EXPECT_EQ(files(), 1);
  const auto recipe = nlohmann::json::parse(audio::read_tags(folder_ / "f.wav").more.at("FIGMENT_RECIPE"));
  EXPECT_EQ(recipe.at("weights").at(0).at("model"), "my-tiny");
  EXPECT_EQ(recipe.at("fitted").at("bpm"), 122);
}

TEST_F(Generate, WhatCannotBeFittedIsKeptAsItIs) {
  ASSERT_EQ(run("midi 'deep house, 122 bpm, 8 bars' -o song").code, 0);
  const Outcome outcome = run("generate 'dusty piano' --engine my-tiny --seconds 3 --fit song -o f.wav -q");
  EXPECT_EQ(outcome.code, 3) << "noise has no beats";
  EXPECT_NE(outcome.text.find("what was made is kept as it is: f.wav"), std::string::npos) << outcome.text;
  EXPECT_TRUE(fs::exists(folder_ / "f.wav"));
  EXPECT_EQ(files(), 1);
}

TEST_F(Generate, NeverWritesOverAFile) {
  std::ofstream(folder_ / "a.wav") << "mine";
  const Outcome outcome = run("generate piano --engine my-tiny --seconds 1 -o a.wav -q");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(testing::read_text(folder_ / "a.wav"), "mine");
}

TEST_F(Generate, SaysWhatIsWrong) {
  const auto says = [&](const std::string& arguments, const std::string& words) {
    const Outcome outcome = run("generate " + arguments + " -q");
    EXPECT_EQ(outcome.code, 3) << arguments;
    EXPECT_NE(outcome.text.find(words), std::string::npos) << arguments << "\n" << outcome.text;
  };
  says("--engine my-tiny", "the prompt is empty");
  says("piano --engine musicgen-smal", "did you mean musicgen-small?");
  says("piano", "figment models pull musicgen-small (841 MB, CC-BY-NC-4.0, no commercial use)");
  says("piano --engine audiogen-medium", "there is no engine \"audiogen-medium\" that makes music");
  says("piano --engine my-tiny --seconds 0", "length: wanted 0.1 to 3600 seconds");
  says("piano --engine my-tiny --seconds 10000", "length: wanted 0.1 to 3600 seconds");
  says("piano --engine my-tiny --melody no.wav", "no.wav");
  says("piano --engine my-tiny --fit nowhere", "no song at nowhere");
  says("piano --engine my-tiny -o a.mp3", "name it a.wav");
  if (shell("ldconfig -p | grep -q libtorch_cuda.so").code != 0) says("piano --engine my-tiny --device cuda", "the installed LibTorch cannot use CUDA");
  EXPECT_EQ(files(), 0);
}

TEST_F(Generate, WithoutLibTorchSaysWhatToInstallAndAllElseWorks) {
  fs::create_directory(folder_ / "lib");
  std::ofstream(folder_ / "lib" / "libtorch_cpu.so.1.13") << "not a library";
  ::setenv("LD_LIBRARY_PATH", (folder_ / "lib").c_str(), 1);
  const Outcome generate = run("generate piano --engine my-tiny -q"), sound = run("sound kick -o kick.wav -q");
  ::unsetenv("LD_LIBRARY_PATH");
  EXPECT_EQ(generate.code, 3);
  EXPECT_NE(generate.text.find("neural engines want LibTorch"), std::string::npos) << generate.text;
  EXPECT_NE(generate.text.find("apt install libtorch"), std::string::npos) << generate.text;
  EXPECT_EQ(sound.code, 0) << sound.text;
}

TEST_F(Generate, MakesSounds) {
  const Outcome outcome = run("sound 'a dog barks' --engine my-tiny --seconds 0.5 -o dog.wav --json");
  ASSERT_EQ(outcome.code, 0) << outcome.text;
  const auto sound = nlohmann::json::parse(outcome.text).at("sounds")[0];
  EXPECT_EQ(sound.at("frames"), 16000);
  EXPECT_EQ(sound.at("recipe").at("weights")[0].at("model"), "my-tiny");
}

TEST_F(Generate, ASongIsBuiltRoundIt) {
  const std::string words = "song 'deep house, 122 bpm, 8 bars' --music my-tiny --music-seconds 6 -o song";
  const Outcome made = run(words + " -q");
  ASSERT_EQ(made.code, 0) << made.text;
  EXPECT_NE(made.text.find("built round 6 s of my-tiny"), std::string::npos) << made.text;
  const auto song = nlohmann::json::parse(testing::read_text(folder_ / "song" / "song.json"));
  EXPECT_EQ(song.at("reference").at("sound"), "sounds/base.wav");
  const auto& tracks = song.at("tracks");
  const auto base = std::find_if(tracks.begin(), tracks.end(), [](const auto& t) { return t.at("id") == "base"; });
  ASSERT_NE(base, tracks.end());
  EXPECT_EQ(base->at("clips")[0].at("bars"), 8);
  // The same again makes nothing anew.
  const auto before = fs::last_write_time(folder_ / "song" / "song.json");
  EXPECT_EQ(run(words + " -q").code, 0);
  EXPECT_EQ(fs::last_write_time(folder_ / "song" / "song.json"), before);
  EXPECT_NE(run("why song").text.find("sounds/base.wav"), std::string::npos);
  for (const auto& entry : fs::directory_iterator(folder_.path())) EXPECT_FALSE(entry.path().filename().string().starts_with(".figment")) << entry.path();
}

}  // namespace
}  // namespace figment
