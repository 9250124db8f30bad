// figment split by a network, as a user meets it: demucs' own package with random weights, held against what demucs made of the same sound.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "audio/file.h"
#include "audio/tags.h"
#include "base/hash.h"
#include "weights/weight_file.h"
#include "workbench.h"

namespace figment {
namespace {

namespace fs = std::filesystem;
using testing::Folder;
using testing::Outcome;
using testing::run_in;

const fs::path kPackage = fs::path(FIGMENT_SOURCE_DIR) / "tests" / "data" / "parity" / "htdemucs";
const std::vector<std::string> kStems{"drums", "bass", "other", "vocals"};

std::vector<float> floats_of(const weights::Tensor& tensor) {
  std::vector<float> numbers(tensor.bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), tensor.bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}

class SplitNetwork : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(FIGMENT_PROGRAM).parent_path() / "figment-neural.so")) GTEST_SKIP() << "built without LibTorch";
    ::setenv("FIGMENT_MODELS", (folder_ / "store").c_str(), 1);
    fs::create_directory(folder_ / "package");
    fs::copy_file(kPackage / "fixture-2b015e9c.th", folder_ / "package" / "fixture-2b015e9c.th");
    const Outcome added = run_in(folder_, "models add small package --licence CC-BY-NC-4.0");
    ASSERT_EQ(added.code, 0) << added.text;
    const auto sound = floats_of(weights::WeightFile::open(kPackage / "inputs.safetensors").at("long"));
    const auto frames = static_cast<std::int64_t>(sound.size() / 2);
    audio::AudioBuffer record(2, frames, Hertz{44100});
    for (int c = 0; c < 2; ++c) std::copy_n(sound.data() + c * frames, frames, record.channel(c));
    audio::write_audio(folder_ / "record.wav", record.view(), audio::FileFormat::WavFloat);
  }
  void TearDown() override { ::unsetenv("FIGMENT_MODELS"); }

  [[nodiscard]] Outcome run(const std::string& arguments) const { return run_in(folder_, arguments); }
  [[nodiscard]] nlohmann::json split(const std::string& arguments) const {
    const Outcome outcome = run("split record.wav " + arguments + " --json");
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return nlohmann::json::parse(outcome.text).at("split").at(0);
  }
  [[nodiscard]] std::string digests(const std::string& dir) const {
    std::string all;
    for (const std::string& stem : kStems) all += sha256_file(folder_ / dir / (stem + ".wav")) + " ";
    return all;
  }

  Folder folder_;
};

TEST_F(SplitNetwork, GivesWhatDemucsGives) {
  const auto made = split("--engine small --precision f32 -o out");
  EXPECT_EQ(made.at("engine"), "small");
  EXPECT_FALSE(made.at("commercial_use").get<bool>());
  const auto expected = floats_of(weights::WeightFile::open(kPackage / "expected.safetensors").at("long.separate_py_last_source"));
  const audio::AudioBuffer vocals = audio::read_audio(folder_ / "out" / "vocals.wav");
  ASSERT_EQ(static_cast<std::size_t>(2 * vocals.frames()), expected.size());
  float worst = 0;
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < vocals.frames(); ++i) worst = std::max(worst, std::abs(vocals.channel(c)[i] - expected[static_cast<std::size_t>(c * vocals.frames() + i)]));
  EXPECT_LT(worst, 1e-5F);
  const auto recipe = nlohmann::json::parse(audio::read_tags(folder_ / "out" / "bass.wav").more.at("FIGMENT_RECIPE"));
  EXPECT_EQ(recipe.at("weights").at(0).at("licence"), "CC-BY-NC-4.0");
  EXPECT_EQ(recipe.at("weights").at(0).at("sha256").get<std::string>().substr(0, 8), "2b015e9c");
}

TEST_F(SplitNetwork, FourNetworksTogetherEachHaveTheSayAboutOneStem) {
  fs::create_directory(folder_ / "bag");
  for (const char* name : {"f7e0c4bc-a.th", "d12395a8-a.th", "92cfc3b6-a.th", "04573f0d-a.th"}) fs::copy_file(kPackage / "fixture-2b015e9c.th", folder_ / "bag" / name);
  ASSERT_EQ(run("models add bag bag --licence MIT").code, 0);
  (void)split("--engine small -o one");
  (void)split("--engine bag -o four");
  for (const std::string& stem : kStems) {
    const audio::AudioBuffer a = audio::read_audio(folder_ / "one" / (stem + ".wav")), b = audio::read_audio(folder_ / "four" / (stem + ".wav"));
    ASSERT_EQ(a.frames(), b.frames());
    for (std::int64_t i = 0; i < a.frames(); ++i) ASSERT_EQ(a.channel(0)[i], b.channel(0)[i]) << stem << " " << i;
  }
}

TEST_F(SplitNetwork, ThePrecisionIsInTheRecipeAndRepeats) {
  const auto made = split("--engine small -o a");
  (void)split("--engine small -o b");
  EXPECT_EQ(digests("a"), digests("b"));
  (void)split("--engine small --precision f32 -o c");
  const bool rounded = made.at("recipe").at("parameters").contains("precision");
  EXPECT_EQ(digests("a") != digests("c"), rounded) << "where it is bf16, it says so";
}

TEST_F(SplitNetwork, AnotherNetworkIsRefusedByName) {
  fs::create_directory(folder_ / "other");
  for (const char* file : {"config.json", "model.safetensors"}) fs::copy_file(fs::path(FIGMENT_SOURCE_DIR) / "tests" / "data" / "parity" / "musicgen" / file, folder_ / "other" / file);
  ASSERT_EQ(run("models add other other --licence MIT").code, 0);
  const Outcome outcome = run("split record.wav --engine other -o x");
  EXPECT_NE(outcome.code, 0);
  EXPECT_NE(outcome.text.find("sources"), std::string::npos) << outcome.text;
  EXPECT_FALSE(fs::exists(folder_ / "x" / "vocals.wav"));
}

TEST_F(SplitNetwork, APackageThatIsCutShortIsRefused) {
  const fs::path installed = folder_ / "package2";
  fs::create_directory(installed);
  fs::copy_file(kPackage / "fixture-2b015e9c.th", installed / "cut.th");
  fs::resize_file(installed / "cut.th", 400'000);
  const Outcome added = run("models add cut package2 --licence MIT");
  const Outcome outcome = added.code != 0 ? added : run("split record.wav --engine cut -o x");
  EXPECT_NE(outcome.code, 0);
  EXPECT_NE(outcome.text.find("cut.th"), std::string::npos) << outcome.text;
}

}  // namespace
}  // namespace figment
