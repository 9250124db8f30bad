// figment split, as a user meets it, with the engine that needs no download.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <thread>

#include "audio/file.h"
#include "audio/tags.h"
#include "base/hash.h"
#include "base/random.h"
#include "workbench.h"

namespace figment {
namespace {

namespace fs = std::filesystem;
using testing::Folder;
using testing::Outcome;
using testing::run_in;
using testing::shell;

const std::vector<std::string> kFour{"drums", "bass", "other", "vocals"};

// Hits on every beat of 120 bpm, a bass on every bar, a chord that swells; left and right differ.
audio::AudioBuffer record(double seconds, double rate = 44100, int channels = 2, double level = 1) {
  audio::AudioBuffer sound(channels, static_cast<std::int64_t>(seconds * rate), Hertz{rate});
  Random random(5);
  const double chord[] = {220, 277.18, 329.63};
  for (std::int64_t i = 0; i < sound.frames(); ++i) {
    const double t = static_cast<double>(i) / rate, beat = std::fmod(t, 0.5), bar = std::fmod(t, 2);
    const double hit = 0.35 * std::exp(-40 * beat) * random.uniform(-1, 1) + 0.4 * std::exp(-18 * bar) * std::sin(2 * std::numbers::pi * 55 * bar);
    const double bass = 0.15 * std::sin(2 * std::numbers::pi * 82.4 * t) * (0.6 + 0.4 * std::cos(std::numbers::pi * t));
    double pad = 0;
    for (const double hz : chord) pad += 0.06 * std::sin(2 * std::numbers::pi * hz * t) * (0.7 + 0.3 * std::sin(0.9 * t));
    for (int c = 0; c < channels; ++c) sound.channel(c)[i] = static_cast<float>(level * (hit + bass + pad * (c == 0 ? 1.2 : 0.8)));
  }
  return sound;
}

class Split : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("FIGMENT_MODELS", (folder_ / "store").c_str(), 1); }
  void TearDown() override { ::unsetenv("FIGMENT_MODELS"); }

  void put(const std::string& name, audio::AudioView sound, audio::FileFormat format = audio::FileFormat::Wav24) const { audio::write_audio(folder_ / name, sound, format); }
  [[nodiscard]] Outcome run(const std::string& arguments) const { return run_in(folder_, arguments); }
  [[nodiscard]] nlohmann::json split(const std::string& arguments) const {
    const Outcome outcome = run("split " + arguments + " --json");
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return nlohmann::json::parse(outcome.text).at("split").at(0);
  }
  [[nodiscard]] audio::AudioBuffer read(const std::string& name) const { return audio::read_audio(folder_ / name); }
  [[nodiscard]] std::string digests(const std::string& dir) const {
    std::string all;
    for (const std::string& stem : kFour) all += sha256_file(folder_ / (dir + "/" + stem + ".wav")) + " ";
    return all;
  }
  [[nodiscard]] std::vector<std::string> seen(const std::string& dir) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / dir)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  // Frames that the journal says are finished.
  [[nodiscard]] int finished(const std::string& dir) const {
    const auto json = nlohmann::json::parse(testing::read_text(folder_ / (dir + "/split.unfinished/journal.json")), nullptr, false);
    return json.is_object() ? json.value("done", 0) : 0;
  }
  // Starts a split, waits until more is finished than was before, and sends a signal.
  void break_off(const std::string& arguments, const std::string& dir, const std::string& signal) const {
    const int before = finished(dir);
    const std::string command = "cd '" + folder_.path().string() + "' && { " FIGMENT_PROGRAM " split " + arguments + " > said.txt 2>&1 & echo $! > pid; wait $!; echo $? > rc; }";
    std::thread other([&] { (void)shell(command); });
    for (int i = 0; i < 12000 && finished(dir) <= before; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_GT(finished(dir), before);
    (void)shell("kill -" + signal + " $(cat '" + (folder_ / "pid").string() + "')");
    other.join();
  }

  Folder folder_;
};

TEST_F(Split, MakesFourFilesThatSayWhereTheyComeFromAndAddUpToTheRecord) {
  const audio::AudioBuffer mix = record(6);
  put("record.wav", mix.view());
  const auto made = split("record.wav --engine builtin -o stems");
  EXPECT_EQ(seen("stems"), (std::vector<std::string>{"bass.wav", "drums.wav", "other.wav", "vocals.wav"}));
  audio::AudioBuffer sum(2, mix.frames(), mix.rate());
  for (const std::string& stem : kFour) {
    const audio::AudioReader reader(folder_ / ("stems/" + stem + ".wav"));
    EXPECT_EQ(reader.format(), "WAV, 24 bit");
    EXPECT_EQ(reader.frames(), mix.frames());
    sum.block().add(read("stems/" + stem + ".wav").view());
    const audio::Tags tags = audio::read_tags(folder_ / ("stems/" + stem + ".wav"));
    const auto recipe = nlohmann::json::parse(tags.more.at("FIGMENT_RECIPE"));
    EXPECT_EQ(recipe.at("engine"), "builtin.split");
    EXPECT_EQ(recipe.at("parameters").at("stem"), stem);
    EXPECT_EQ(recipe.at("inputs").at(0).at("sha256"), sha256_file(folder_ / "record.wav"));
    EXPECT_FALSE(tags.more.contains("FIGMENT_WEIGHTS")) << "no weights took part";
  }
  sum.block().add(read("record.wav").view(), -1);
  EXPECT_LT(audio::peak(sum.view()), 4 * 1.2e-7) << "four roundings to 24 bits";
  EXPECT_LT(made.at("left_over_db").get<double>(), -100);
  // The kinds of things went where they belong, more or less: this engine is modest.
  std::map<std::string, double> share;
  for (const auto& stem : made.at("stems")) share[stem.at("name")] = stem.at("share_db");
  EXPECT_GT(share["drums"], -12);
  EXPECT_GT(share["bass"], -12);
  EXPECT_EQ(made.at("frames"), mix.frames());
  EXPECT_TRUE(made.at("commercial_use").get<bool>());
}

TEST_F(Split, TwoStemsAreTogetherTheRecordBitForBit) {
  for (const double rate : {44100.0, 48000.0}) {
    put("record.wav", record(4, rate).view());
    const auto made = split("record.wav --engine builtin --two-stems drums -o stems");
    EXPECT_EQ(seen("stems"), (std::vector<std::string>{"drums.wav", "no_drums.wav"}));
    audio::AudioBuffer sum = read("stems/drums.wav");
    sum.block().add(read("stems/no_drums.wav").view());
    const audio::AudioBuffer mix = read("record.wav");
    ASSERT_EQ(sum.frames(), mix.frames());
    for (int c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < sum.frames(); ++i) ASSERT_EQ(sum.channel(c)[i], mix.channel(c)[i]) << rate << " Hz, frame " << i;
    fs::remove_all(folder_ / "stems");
  }
}

TEST_F(Split, RatesAndChannelsAreTheRecords) {
  put("mono.wav", record(3, 48000, 1).view());
  const auto made = split("mono.wav --engine builtin -o mono");
  EXPECT_EQ(made.at("rate_hz"), 48000);
  const audio::AudioBuffer mix = read("mono.wav");
  audio::AudioBuffer sum(1, mix.frames(), mix.rate());
  for (const std::string& stem : kFour) {
    const audio::AudioBuffer part = read("mono/" + stem + ".wav");
    EXPECT_EQ(part.channels(), 1);
    ASSERT_EQ(part.frames(), mix.frames());
    EXPECT_EQ(part.rate().value, 48000);
    sum.block().add(part.view());
  }
  // There and back through 44.1 kHz: all but the highest octave's end, where noise is.
  double error = 0, all = 0;
  for (std::int64_t i = 0; i < mix.frames(); ++i) error += std::pow(sum.channel(0)[i] - mix.channel(0)[i], 2), all += std::pow(mix.channel(0)[i], 2);
  EXPECT_LT(10 * std::log10(error / all), -14);
  // A steady tone comes back where it was, without delay.
  audio::AudioBuffer tone(2, 48000, Hertz{48000});
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < tone.frames(); ++i) tone.channel(c)[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / 48000));
  put("tone.wav", tone.view());
  (void)split("tone.wav --engine builtin -o tone");
  audio::AudioBuffer back(2, tone.frames(), tone.rate());
  for (const std::string& stem : kFour) back.block().add(read("tone/" + stem + ".wav").view());
  for (std::int64_t i = 4000; i < 44000; ++i) ASSERT_NEAR(back.channel(0)[i], tone.channel(0)[i], 1e-4);
  put("eight.wav", record(2, 8000, 1).view());
  EXPECT_EQ(split("eight.wav --engine builtin -o eight").at("frames"), 16000);
}

TEST_F(Split, WhatRisesAboveFullScaleIsFloatAndNotTurnedDown) {
  const audio::AudioBuffer loud = record(4, 44100, 2, 3);
  ASSERT_GT(audio::peak(loud.view()), 1.5F);
  put("loud.wav", loud.view(), audio::FileFormat::WavFloat);
  const auto made = split("loud.wav --engine builtin -o stems");
  EXPECT_EQ(made.at("samples"), "32-bit float");
  audio::AudioBuffer sum(2, loud.frames(), loud.rate());
  for (const std::string& stem : kFour) sum.block().add(read("stems/" + stem + ".wav").view());
  sum.block().add(loud.view(), -1);
  EXPECT_LT(audio::peak(sum.view()), 1e-5F);
  EXPECT_NE(made.at("remarks").dump().find("above full scale"), std::string::npos);
}

TEST_F(Split, KilledAndStoppedItGoesOnToTheSameBits) {
  put("long.wav", record(90).view());
  (void)split("long.wav --engine builtin --shifts 1 --seed 3 -o whole");
  const std::string arguments = "long.wav --engine builtin --shifts 1 --seed 3 -o broken";
  break_off(arguments, "broken", "KILL");
  EXPECT_EQ(seen("broken"), std::vector<std::string>{"split.unfinished"}) << "nothing half has a stem's name";
  break_off(arguments, "broken", "INT");
  EXPECT_EQ(testing::read_text(folder_ / "rc"), "130\n");
  EXPECT_NE(testing::read_text(folder_ / "said.txt").find("finished and kept in broken/split.unfinished"), std::string::npos) << testing::read_text(folder_ / "said.txt");
  const auto made = split(arguments);
  EXPECT_GT(made.at("resumed_seconds").get<double>(), 5);
  EXPECT_LT(made.at("resumed_seconds").get<double>(), 90);
  EXPECT_EQ(digests("broken"), digests("whole"));
  EXPECT_EQ(seen("broken"), seen("whole"));
  // Other shifts are another result.
  break_off("long.wav --engine builtin --shifts 1 --seed 3 -o other", "other", "KILL");
  const auto anew = split("long.wav --engine builtin --shifts 1 --seed 4 -o other");
  EXPECT_EQ(anew.at("resumed_seconds"), 0);
  EXPECT_NE(anew.at("remarks").dump().find("differs in: seed"), std::string::npos) << anew.at("remarks");
  EXPECT_NE(digests("other"), digests("whole"));
}

TEST_F(Split, WithoutANameTheUnfinishedFolderIsFoundAgain) {
  put("long.wav", record(60).view());
  break_off("long.wav --engine builtin", "long-stems", "KILL");
  EXPECT_GT(split("long.wav --engine builtin").at("resumed_seconds").get<double>(), 0);
  EXPECT_EQ(split("long.wav --engine builtin").at("folder"), "long-stems-2") << "a finished one is not written over";
}

TEST_F(Split, AFullDiskKeepsWhatIsFinishedAndSaysWhatIsWanted) {
  put("record.wav", record(20, 96000, 1).view());
  (void)split("record.wav --engine builtin -o whole");
  // The stems at the engine's rate have room, the files at the record's have not.
  const Outcome full = shell("cd '" + folder_.path().string() + "' && bash -c 'trap \"\" XFSZ; ulimit -f 4500; exec " FIGMENT_PROGRAM " split record.wav --engine builtin -o stems -q'");
  EXPECT_EQ(full.code, 4) << full.text;
  EXPECT_NE(full.text.find("0:20 of 0:20 are finished and kept in stems/split.unfinished"), std::string::npos) << full.text;
  EXPECT_NE(full.text.find("MB are still wanted"), std::string::npos) << full.text;
  EXPECT_EQ(seen("stems"), std::vector<std::string>{"split.unfinished"});
  EXPECT_EQ(split("record.wav --engine builtin -o stems").at("resumed_seconds"), 20);
  EXPECT_EQ(digests("stems"), digests("whole"));
}

TEST_F(Split, GhostsAreKeptAndNamed) {
  audio::AudioBuffer drums(2, 10 * 44100, Hertz{44100});
  Random random(9);
  for (std::int64_t i = 0; i < drums.frames(); ++i) {
    const double beat = std::fmod(static_cast<double>(i) / 44100, 0.5);
    for (int c = 0; c < 2; ++c) drums.channel(c)[i] = static_cast<float>(0.7 * std::exp(-60 * beat) * random.uniform(-1, 1));
  }
  put("drums.wav", drums.view());
  const auto made = split("drums.wav --engine builtin -o stems");
  int ghosts = 0;
  for (const auto& stem : made.at("stems")) {
    const audio::Tags tags = audio::read_tags(folder_ / stem.at("file").get<std::string>());
    const bool ghost = stem.at("ghost") != "no";
    ghosts += ghost ? 1 : 0;
    EXPECT_EQ(tags.more.contains("FIGMENT_GHOST"), ghost);
    EXPECT_EQ(!stem.at("remark").get<std::string>().empty(), ghost);
    EXPECT_FALSE(ghost && stem.at("name") == "drums");
  }
  EXPECT_GE(ghosts, 1) << made.at("stems");
  const Outcome told = run("split drums.wav --engine builtin -o again --report -q");
  EXPECT_NE(told.text.find("ghost "), std::string::npos) << told.text;
  EXPECT_NE(told.text.find("rises and falls with"), std::string::npos);
}

TEST_F(Split, WeightsOfTheRecordFollowItsStems) {
  put("record.wav", record(3).view());
  audio::Tags tags;
  tags.more["FIGMENT_WEIGHTS"] = R"([{"model":"some-net","licence":"CC-BY-NC-4.0","commercial_use":false,"sha256":")" + std::string(64, 'a') + "\"}]";
  audio::write_tags(folder_ / "record.wav", tags);
  const auto made = split("record.wav --engine builtin -o stems");
  EXPECT_FALSE(made.at("commercial_use").get<bool>());
  const audio::Tags told = audio::read_tags(folder_ / "stems/bass.wav");
  EXPECT_NE(told.more.at("FIGMENT_WEIGHTS").find("some-net"), std::string::npos);
  EXPECT_NE(told.more.at("LICENSE").find("CC-BY-NC-4.0"), std::string::npos);
}

TEST_F(Split, ARecordBecomesASongWhoseTracksAreTogetherTheRecord) {
  const audio::AudioBuffer mix = record(16);
  put("record.wav", mix.view());
  const auto made = split("record.wav --engine builtin -o stems --into song");
  const auto& into = made.at("into");
  EXPECT_TRUE(into.at("made").get<bool>());
  EXPECT_NEAR(into.at("bpm").get<double>(), 120, 0.5);
  EXPECT_EQ(into.at("metre"), "4/4");
  EXPECT_EQ(into.at("tracks").size(), 4U) << into;
  const auto song = nlohmann::json::parse(testing::read_text(folder_ / "song/song.json"));
  ASSERT_EQ(song.at("tracks").size(), 4U);
  const auto warp = song.at("tracks")[0].at("clips")[0].at("warp");
  for (const auto& track : song.at("tracks")) EXPECT_EQ(track.at("clips")[0].at("warp"), warp) << "one grid for all";
  EXPECT_EQ(song.at("reference").at("sha256"), sha256_file(folder_ / "record.wav")) << "the original is kept";
  // The exported stems, added up, are the record at one gain: neither phase nor balance has changed.
  audio::AudioBuffer sum;
  for (const std::string& stem : kFour) {
    const audio::AudioBuffer part = read("song/export/stems/" + stem + ".wav");
    if (sum.empty()) sum = audio::AudioBuffer(2, part.frames(), part.rate());
    sum.block().add(part.view());
  }
  const double start = -warp[0][0].get<double>();
  const auto shift = static_cast<std::int64_t>(std::llround(start * 44100));
  double cross = 0, own = 0, other = 0;
  const std::int64_t count = std::min(mix.frames(), sum.frames() - shift) - 2000;
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < count; ++i) {
      const double x = mix.channel(c)[i], y = sum.channel(c)[i + shift];
      cross += x * y, own += x * x, other += y * y;
    }
  ASSERT_GT(count, 10 * 44100);
  EXPECT_GT(cross * cross / (own * other), 1 - 1e-6) << "what differs is 60 dB below";
  const Outcome why = run("why song");
  EXPECT_NE(why.text.find("builtin.split 1"), std::string::npos) << why.text;
  EXPECT_EQ(run("build song -q").code, 0);
}

TEST_F(Split, IntoASongThatIsThereOnItsGrid) {
  put("record.wav", record(16).view());
  ASSERT_EQ(run("midi 'deep house, 122 bpm, A minor, 16 bars' -o song").code, 0);
  const auto made = split("record.wav --engine builtin -o stems --into song --no-build");
  EXPECT_FALSE(made.at("into").at("made").get<bool>());
  EXPECT_EQ(made.at("into").at("bpm"), 122);
  const auto song = nlohmann::json::parse(testing::read_text(folder_ / "song/song.json"));
  std::vector<nlohmann::json> warps;
  for (const auto& track : song.at("tracks"))
    if (track.contains("clips") && !track.at("clips").empty()) warps.push_back(track.at("clips")[0].at("warp"));
  ASSERT_EQ(warps.size(), 4U);
  for (const auto& warp : warps) EXPECT_EQ(warp, warps[0]);
  // Two of one name have two ids.
  for (std::size_t a = 0; a < song.at("tracks").size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(song.at("tracks")[a].at("id"), song.at("tracks")[b].at("id"));
}

TEST_F(Split, WhatCannotBeASongIsSaidBeforeTheSplit) {
  put("noise.wav", record(2).view());
  fs::create_directory(folder_ / "full");
  std::ofstream(folder_ / "full/mine.txt") << "mine";
  const Outcome full = run("split noise.wav --engine builtin -o stems --into full -q");
  EXPECT_EQ(full.code, 3);
  EXPECT_NE(full.text.find("is no song"), std::string::npos) << full.text;
  EXPECT_FALSE(fs::exists(folder_ / "stems"));
  EXPECT_EQ(run("split noise.wav --engine builtin -o stems --chop full -q").code, 3);
  EXPECT_FALSE(fs::exists(folder_ / "stems"));
  EXPECT_EQ(testing::read_text(folder_ / "full/mine.txt"), "mine");
}

TEST_F(Split, EachStemChopped) {
  put("record.wav", record(10).view());
  const auto made = split("record.wav --engine builtin -o stems --chop pack");
  ASSERT_TRUE(made.contains("packs")) << made;
  bool drums = false;
  for (const auto& pack : made.at("packs")) {
    const std::string stem = pack.at("stem");
    drums = drums || stem == "drums";
    EXPECT_TRUE(fs::exists(folder_ / ("pack/" + stem + "/pack.json")));
    for (const auto& facts : made.at("stems")) EXPECT_FALSE(facts.at("name") == stem && facts.at("ghost") != "no") << "ghosts are left out";
  }
  EXPECT_TRUE(drums);
  EXPECT_TRUE(fs::exists(folder_ / "pack/drums/one-shots"));
  // Loops of every stem begin on bars of the whole record, also where a stem alone has no beats.
  int loops = 0;
  for (const auto& pack : made.at("packs"))
    for (const auto& sample : pack.at("pack").at("samples"))
      if (sample.at("class") == "loop") {
        ++loops;
        EXPECT_NEAR(pack.at("pack").at("bpm").get<double>(), 120, 0.5) << pack.at("stem");
        EXPECT_NEAR(std::remainder(sample.at("begin_s").get<double>(), 0.5), 0, 0.03) << pack.at("stem");
      }
  EXPECT_GE(loops, 4);
}

TEST_F(Split, EnginesAreNamedAndTheBetterOneIsTold) {
  put("record.wav", record(1).view());
  const Outcome usual = run("split record.wav -o stems -q");
  EXPECT_EQ(usual.code, 0) << usual.text;
  EXPECT_NE(usual.text.find("by builtin"), std::string::npos);
  EXPECT_NE(usual.text.find("figment models pull htdemucs (84 MB, no commercial use)"), std::string::npos) << usual.text;
  const Outcome typo = run("split record.wav --engine htdemuc -o b -q");
  EXPECT_EQ(typo.code, 3);
  EXPECT_NE(typo.text.find("did you mean htdemucs?"), std::string::npos) << typo.text;
  EXPECT_NE(run("split record.wav --engine bultin -o b -q").text.find("did you mean builtin?"), std::string::npos);
  const Outcome missing = run("split record.wav --engine htdemucs_ft -o b -q");
  EXPECT_EQ(missing.code, 3);
  EXPECT_NE(missing.text.find("figment models pull htdemucs_ft (337 MB, NOASSERTION, no commercial use)"), std::string::npos) << missing.text;
  EXPECT_EQ(run("split record.wav --engine musicgen-small -o b -q").code, 3);
  const Outcome stem = run("split record.wav --engine builtin --two-stems vocal -o b -q");
  EXPECT_EQ(stem.code, 3);
  EXPECT_NE(stem.text.find("did you mean vocals?"), std::string::npos) << stem.text;
  EXPECT_EQ(run("split record.wav --engine builtin --device cuda -o b -q").code, 3);
  EXPECT_EQ(run("split record.wav --engine builtin --overlap 0.9 -o b -q").code, 3);
  EXPECT_EQ(run("split record.wav --engine builtin --shifts -1 -o b -q").code, 3);
  EXPECT_FALSE(fs::exists(folder_ / "b"));
}

TEST_F(Split, WeightsOfAnotherNetworkAreRefused) {
  if (!fs::exists(fs::path(FIGMENT_PROGRAM).parent_path() / "figment-neural.so")) GTEST_SKIP() << "built without LibTorch";
  put("record.wav", record(1).view());
  fs::create_directory(folder_ / "tiny");
  for (const char* file : {"config.json", "model.safetensors"}) fs::copy_file(fs::path(FIGMENT_SOURCE_DIR) / "tests" / "data" / "parity" / "musicgen" / file, folder_ / "tiny" / file);
  ASSERT_EQ(run("models add my-tiny tiny --licence MIT").code, 0);
  const Outcome outcome = run("split record.wav --engine my-tiny -o stems -q");
  EXPECT_EQ(outcome.code, 3) << outcome.text;
  EXPECT_FALSE(fs::exists(folder_ / "stems"));
}

TEST_F(Split, BadInputIsSaidPlainlyAndLeavesNothing) {
  std::ofstream(folder_ / "text.wav") << "this is a text, not a sound";
  std::ofstream(folder_ / "empty.wav");
  for (const char* bad : {"text.wav", "empty.wav", "none.wav", "."}) {
    const Outcome outcome = run(std::string("split ") + bad + " --engine builtin -o stems -q");
    EXPECT_EQ(outcome.code, 3) << bad << ": " << outcome.text;
    EXPECT_FALSE(fs::exists(folder_ / "stems")) << bad;
  }
  // Silence, a single sample, no numbers, a file cut short: split as far as there is something.
  put("silence.wav", audio::AudioBuffer(2, 44100, Hertz{44100}).view());
  const auto silence = split("silence.wav --engine builtin -o silence");
  for (const auto& stem : silence.at("stems")) EXPECT_EQ(stem.at("ghost"), "silent");
  EXPECT_EQ(run("split silence.wav --engine builtin -o s2 --into silent-song -q").code, 3);
  EXPECT_FALSE(fs::exists(folder_ / "silent-song"));
  audio::AudioBuffer one(1, 1, Hertz{44100});
  one.channel(0)[0] = 0.5F;
  put("one.wav", one.view());
  EXPECT_EQ(split("one.wav --engine builtin -o one").at("frames"), 1);
  audio::AudioBuffer holes = record(2);
  for (std::int64_t i = 1000; i < 1100; ++i) holes.channel(0)[i] = std::nanf(""), holes.channel(1)[i] = HUGE_VALF;
  put("holes.wav", holes.view(), audio::FileFormat::WavFloat);
  EXPECT_NE(split("holes.wav --engine builtin -o holes").at("remarks").dump().find("200 samples are no numbers"), std::string::npos);
  for (const std::string& stem : kFour) EXPECT_TRUE(std::isfinite(audio::peak(read("holes/" + stem + ".wav").view())));
  put("short.wav", record(4).view());
  fs::resize_file(folder_ / "short.wav", fs::file_size(folder_ / "short.wav") / 2);
  const auto cut = split("short.wav --engine builtin -o short");
  EXPECT_NEAR(cut.at("seconds").get<double>(), 2, 0.1);
  EXPECT_NE(cut.at("remarks").dump().find("read as far as it goes"), std::string::npos);
  put("eight.wav", record(1, 44100, 8).view());
  EXPECT_EQ(split("eight.wav --engine builtin -o eight").at("channels"), 2);
}

TEST_F(Split, NeverWritesOverAnything) {
  put("record.wav", record(1).view());
  fs::create_directory(folder_ / "stems");
  std::ofstream(folder_ / "stems/drums.wav") << "mine";
  EXPECT_EQ(run("split record.wav --engine builtin -o stems -q").code, 3);
  EXPECT_EQ(testing::read_text(folder_ / "stems/drums.wav"), "mine");
  EXPECT_EQ(run("split record.wav --engine builtin -o record.wav -q").code, 3);
  (void)split("record.wav --engine builtin -o done");
  EXPECT_EQ(run("split record.wav --engine builtin -o done -q").code, 3);
  put("other.wav", record(1.5).view());
  const auto both = nlohmann::json::parse(run("split record.wav other.wav --engine builtin -o both --json").text).at("split");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_TRUE(fs::exists(folder_ / "both/record/drums.wav"));
  EXPECT_TRUE(fs::exists(folder_ / "both/other/vocals.wav"));
}

}  // namespace
}  // namespace figment
