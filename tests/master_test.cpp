// `figment master` as a user meets it; loudness and peaks are judged by ffmpeg, spectra by a bank of filters.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "audio/file.h"
#include "audio/sound_stream.h"
#include "audio/tags.h"
#include "base/random.h"
#include "third_octave_judge.h"
#include "workbench.h"

namespace figment {
namespace {

namespace fs = std::filesystem;
using audio::AudioBuffer;
using audio::FileFormat;
using testing::ffmpeg_loudness;
using testing::Folder;
using testing::Outcome;
using testing::shell;

constexpr double kPi = 3.14159265358979;

// Something like a mix: falling noise, a kick, a bass, hats; left and right a little different.
AudioBuffer mix_like(double seconds, double rate, int channels, double level, std::uint64_t seed, double brightness = 0.3) {
  Random random(seed);
  AudioBuffer sound(channels, static_cast<std::int64_t>(seconds * rate), Hertz{rate});
  double slow = 0, side = 0;
  for (std::int64_t n = 0; n < sound.frames(); ++n) {
    const double t = static_cast<double>(n) / rate, beat = std::fmod(t, 0.5), off = std::fmod(t + 0.25, 0.5);
    slow += 0.02 * 44100 / rate * (random.uniform(-1, 1) - slow);
    side += 0.05 * (random.uniform(-1, 1) - side);
    const double kick = 0.7 * std::exp(-beat * 12) * std::sin(2 * kPi * (55 * beat + 6 * (1 - std::exp(-beat * 40))));
    const double hat = brightness * std::exp(-off * 30) * random.uniform(-1, 1);
    const double both = level * (kick + hat + 0.4 * slow + 0.2 * std::sin(2 * kPi * 110 * t));
    for (int c = 0; c < channels; ++c) sound.channel(c)[n] = static_cast<float>(both + (c == 0 ? 1 : -1) * level * 0.15 * side);
  }
  return sound;
}

class Master : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::have_ffmpeg()) GTEST_SKIP() << "ffmpeg, the judge, is not installed";
  }
  fs::path made(const std::string& name, const AudioBuffer& sound, FileFormat format = FileFormat::WavFloat) const {
    audio::write_audio(folder_ / name, sound.view(), format);
    return folder_ / name;
  }
  // Runs in the folder. `before`: for example a limit.
  Outcome run(const std::string& arguments, const std::string& before = {}) const {
    return shell("cd '" + folder_.path().string() + "' && " + before + " " FIGMENT_PROGRAM " master -q " + arguments);
  }
  nlohmann::json json(const std::string& arguments) const {
    const Outcome outcome = run("--json " + arguments);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.text;
    return outcome.code == 0 ? nlohmann::json::parse(outcome.text) : nlohmann::json();
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  void expect_at(const fs::path& file, double loudness, double ceiling = -1) const {
    const auto judged = ffmpeg_loudness(file);
    EXPECT_NEAR(judged.integrated, loudness, 0.3) << file;
    EXPECT_LE(judged.true_peak, ceiling + 0.05) << file;   // ffmpeg says tenths
  }

  Folder folder_;
};

TEST_F(Master, ReachesItsTargetsUnderTheCeilingAndSaysWhatItDid) {
  const auto file = made("demo.wav", mix_like(12, 44100, 2, 0.2, 1));
  const auto report = json("demo.wav");
  EXPECT_EQ(report.at("out"), "demo-master.wav");
  expect_at(folder_ / "demo-master.wav", -14);
  EXPECT_FALSE(report.at("done").empty());
  EXPECT_NEAR(report.at("after").at("loudness_lufs").get<double>(), -14, 0.3);
  for (const char* key : {"range_lu", "true_peak_dbtp", "sample_peak_dbfs", "plr_db", "width", "mono_loss_db", "third_octaves_db"}) EXPECT_TRUE(report.at("before").contains(key)) << key;
  EXPECT_EQ(report.at("after").at("third_octaves_db").size(), 31U);
  EXPECT_EQ(testing::read_text(folder_ / "demo-master.png").substr(1, 3), "PNG");

  (void)json("demo.wav -t club -o club.wav");
  expect_at(folder_ / "club.wav", -8);
  (void)json("demo.wav -t -18 --ceiling -3 -o quiet.wav --no-picture");
  expect_at(folder_ / "quiet.wav", -18, -3);
  EXPECT_FALSE(fs::exists(folder_ / "quiet.png"));
  // A name of its own every time.
  EXPECT_EQ(json("demo.wav").at("out"), "demo-master-2.wav");
}

TEST_F(Master, KeepsRateChannelsAndLengthToTheFrame) {
  int count = 0;
  for (const auto& [rate, channels, seconds] : {std::tuple{8000, 1, 5.013}, {11025, 2, 3.3}, {22050, 1, 2.0}, {48000, 2, 7.777}, {96000, 1, 3.1}, {192000, 2, 8.03}}) {
    const auto sound = mix_like(seconds, rate, channels, 0.3, static_cast<std::uint64_t>(rate));
    const std::string name = "in" + std::to_string(++count) + ".wav", out = "out" + std::to_string(count) + ".wav";
    (void)made(name, sound);
    (void)json(name + " -o " + out);
    const auto result = audio::read_audio(folder_ / out);
    EXPECT_EQ(result.rate().value, rate);
    EXPECT_EQ(result.channels(), channels) << rate;
    EXPECT_EQ(result.frames(), sound.frames()) << rate;
    expect_at(folder_ / out, -14);
  }
}

TEST_F(Master, ItsOwnWorkNeedsNothing) {
  (void)made("demo.wav", mix_like(9, 44100, 2, 0.2, 2));
  (void)made("voice.wav", mix_like(3, 44100, 1, 0.02, 3, 0.001));
  (void)made("like.wav", mix_like(9, 48000, 2, 0.5, 4, 0.9));
  AudioBuffer click(1, 4000, Hertz{44100});
  click.channel(0)[100] = 0.9F;
  (void)made("click.wav", click);
  for (const std::string wish : {"demo.wav", "demo.wav -t club", "demo.wav -g techno", "demo.wav -r like.wav", "voice.wav", "voice.wav -r like.wav", "click.wav"}) {
    const std::string out = "once.wav", options = wish.find(' ') == std::string::npos ? "" : wish.substr(wish.find(' '));
    (void)json(wish + " --overwrite --no-picture -o " + out);
    const auto again = json(out + options + " -o twice.wav");
    EXPECT_TRUE(again.at("nothing").get<bool>()) << wish << again.dump(1);
    EXPECT_FALSE(again.at("because").get<std::string>().empty());
    EXPECT_FALSE(fs::exists(folder_ / "twice.wav"));
  }
  EXPECT_NE(run("once.wav -o twice.wav").text.find("nothing to do"), std::string::npos);
}

// What is in balance and has room is only turned up: every sample by the same factor.
TEST_F(Master, AGainThatIsEnoughIsAllThatIsDone) {
  // A sound is like itself; far below the target its peaks are in nobody's way.
  AudioBuffer quiet = mix_like(9, 44100, 2, 0.2, 5);
  (void)made("good.wav", quiet);
  quiet.block().scale(0.05F);
  (void)made("quiet.wav", quiet);
  const auto report = json("quiet.wav -r good.wav -t -24 -o up.wav --no-picture");
  ASSERT_FALSE(report.at("nothing").get<bool>());
  for (const auto& gain : report.at("settings").at("equalizer_db")) EXPECT_EQ(gain.get<double>(), 0) << report.at("done");
  const AudioBuffer up = audio::read_audio(folder_ / "up.wav");
  double xy = 0, xx = 0;
  for (std::int64_t n = 0; n < up.frames(); ++n) xy += up.channel(0)[n] * quiet.channel(0)[n], xx += quiet.channel(0)[n] * quiet.channel(0)[n];
  const auto gain = static_cast<float>(xy / xx);
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < up.frames(); ++n) ASSERT_NEAR(up.channel(c)[n], gain * quiet.channel(c)[n], 3e-6) << n;
}

TEST_F(Master, SoundsLikeItsReference) {
  const auto dark = mix_like(10, 44100, 2, 0.3, 6, 0.02), bright = mix_like(9, 48000, 2, 0.1, 7, 1.5);
  (void)made("dark.wav", dark);
  (void)made("bright.wav", bright);
  for (const auto& [from, to] : {std::pair{"dark", "bright"}, {"bright", "dark"}}) {
    const auto report = json(std::string(from) + ".wav -r " + to + ".wav -o " + from + "-like.wav");
    const auto source = testing::judged_levels(audio::read_audio(folder_ / (std::string(from) + ".wav")).view());
    const auto wanted = testing::judged_levels(audio::read_audio(folder_ / (std::string(to) + ".wav")).view());
    const auto found = testing::judged_levels(audio::read_audio(folder_ / (std::string(from) + "-like.wav")).view());
    EXPECT_GT(testing::judged_distance(source, wanted, source).mean_db, 2.5) << "these should differ";
    EXPECT_LE(testing::judged_distance(found, wanted, source).mean_db, 1.5) << from;
    EXPECT_NEAR(testing::judged_distance(found, wanted, source).mean_db, report.at("match").at("after_db").get<double>(), 0.5);
    expect_at(folder_ / (std::string(from) + "-like.wav"), report.at("wanted").at("loudness_lufs").get<double>());
    EXPECT_NEAR(10 * std::log10(report.at("after").at("width").get<double>() / report.at("wanted").at("width").get<double>()), 0, 2);
  }
}

TEST_F(Master, OtherFormatsHoldTheCeilingToo) {
  (void)made("demo.wav", mix_like(11, 44100, 2, 0.3, 8));
  for (const char* out : {"m.flac", "m.mp3", "m.ogg"}) {
    (void)json(std::string("demo.wav -t -10 --no-picture -o ") + out);
    expect_at(folder_ / out, -10);
    EXPECT_EQ(audio::read_sound(folder_ / out, {}, Seconds{60}).frames(), 11 * 44100) << out;
    EXPECT_TRUE(json(std::string(out) + " -t -10").at("nothing").get<bool>()) << out;
  }
  EXPECT_EQ(run("demo.wav -o m.aiff").code, 3);
}

TEST_F(Master, TagsAreKeptButNotWhatTheySaidAboutTheOldLevel) {
  const auto file = made("demo.flac", mix_like(3, 44100, 2, 0.3, 9), FileFormat::Flac24);
  audio::Tags tags;
  tags.title = "Überall";
  tags.more["ISRC"] = "DEXXX2600001";
  tags.more["REPLAYGAIN_TRACK_GAIN"] = "-3 dB";
  audio::write_tags(file, tags);
  (void)json("demo.flac -o out.mp3");
  const auto kept = audio::read_tags(folder_ / "out.mp3");
  EXPECT_EQ(kept.title, "Überall");
  EXPECT_EQ(kept.more.at("ISRC"), "DEXXX2600001");
  EXPECT_FALSE(kept.more.contains("REPLAYGAIN_TRACK_GAIN"));
}

TEST_F(Master, WhatIsWrongWithASoundIsSaidAndMended) {
  auto dc = mix_like(5, 44100, 2, 0.2, 10);
  for (std::int64_t n = 0; n < dc.frames(); ++n) dc.channel(0)[n] += 0.2F;
  (void)made("dc.wav", dc);
  auto report = json("dc.wav");
  EXPECT_NE(report.at("done").dump().find("direct current"), std::string::npos);
  EXPECT_NEAR(report.at("after").at("dc")[0].get<double>(), 0, 1e-3);

  auto holes = mix_like(5, 44100, 2, 0.2, 11);
  holes.channel(0)[1000] = std::nanf("");
  holes.channel(1)[2000] = INFINITY;
  (void)made("holes.wav", holes);
  report = json("holes.wav");
  EXPECT_NE(report.at("found").dump().find("2 samples were no numbers"), std::string::npos) << report.at("found");
  expect_at(folder_ / "holes-master.wav", -14);

  (void)made("hot.wav", mix_like(5, 44100, 2, 4, 12));
  report = json("hot.wav");
  EXPECT_NE(report.at("found").dump().find("above full scale"), std::string::npos) << report.at("found");
  expect_at(folder_ / "hot-master.wav", -14);

  const auto mono = mix_like(5, 44100, 1, 0.2, 13);
  AudioBuffer eight(8, mono.frames(), mono.rate());
  eight.block().copy_from(mono.view());
  (void)made("eight.wav", eight);
  report = json("eight.wav");
  EXPECT_EQ(report.at("after").at("channels"), 2);
  expect_at(folder_ / "eight-master.wav", -14);

  (void)made("whole.wav", mix_like(5, 44100, 2, 0.2, 14), FileFormat::Wav24);
  fs::resize_file(folder_ / "whole.wav", fs::file_size(folder_ / "whole.wav") * 2 / 3);
  report = json("whole.wav");
  expect_at(folder_ / "whole-master.wav", -14);
}

TEST_F(Master, SilenceIsLeftAlone) {
  (void)made("silence.wav", AudioBuffer(2, 100000, Hertz{44100}));
  AudioBuffer still(1, 100000, Hertz{44100});
  std::fill_n(still.channel(0), still.frames(), 0.5F);
  (void)made("still.wav", still);
  for (const char* name : {"silence.wav", "still.wav"}) {
    const auto report = json(name);
    EXPECT_TRUE(report.at("nothing").get<bool>()) << name;
    EXPECT_NE(report.at("because").get<std::string>().find("silent"), std::string::npos);
  }
  EXPECT_EQ(files(), (std::vector<std::string>{"silence.wav", "still.wav"}));
}

// The shortest sounds come out as what they can be, and the report says what that is not.
TEST_F(Master, WhatCannotBeReachedIsSaid) {
  AudioBuffer one(1, 1, Hertz{44100});
  one.channel(0)[0] = 0.5F;
  (void)made("one.wav", one);
  EXPECT_EQ(run("one.wav").code, 0);
  AudioBuffer clicks(2, 44100 * 5, Hertz{44100});
  for (std::int64_t n = 100; n < clicks.frames(); n += 30000) clicks.channel(0)[n] = clicks.channel(1)[n] = 0.9F;
  (void)made("clicks.wav", clicks);
  const auto report = json("clicks.wav");
  EXPECT_FALSE(report.at("missing").empty()) << report.at("after");
  EXPECT_LE(ffmpeg_loudness(folder_ / "clicks-master.wav").true_peak, -0.95);

  // A voice without lows cannot get a bass drum's.
  AudioBuffer thin = mix_like(6, 44100, 1, 0.3, 15);
  for (std::int64_t n = 0; n < thin.frames(); ++n) thin.channel(0)[n] = static_cast<float>(0.3 * std::sin(2 * kPi * 2000 * static_cast<double>(n) / 44100));
  (void)made("thin.wav", thin);
  (void)made("full.wav", mix_like(6, 44100, 2, 0.3, 16));
  EXPECT_NE(json("thin.wav -r full.wav").at("missing").dump().find("nothing of its own"), std::string::npos);
}

TEST_F(Master, NonsenseIsRefusedWithAReasonAndLeavesNothing) {
  (void)made("demo.wav", mix_like(2, 44100, 2, 0.2, 17));
  (void)made("silence.wav", AudioBuffer(2, 50000, Hertz{44100}));
  (void)made("low.wav", mix_like(2, 4000, 1, 0.2, 18));
  (void)made("hi.wav", mix_like(1, 96000, 2, 0.2, 19));
  { std::ofstream(folder_ / "text.wav") << "this is no sound at all, only a text that is named like one\n"; }
  { std::ofstream(folder_ / "empty.wav"); }
  fs::create_directory(folder_ / "folder");
  const auto there = files();
  for (const auto& [arguments, word] : std::initializer_list<std::pair<const char*, const char*>>{
           {"nowhere.wav", "nowhere.wav"}, {"folder", "folder"}, {"text.wav", "text.wav"}, {"empty.wav", "empty.wav"}, {"low.wav", "4000 Hz"},
           {"demo.wav -g hosue", "hosue"}, {"demo.wav -t loud", "loud"}, {"demo.wav -t -3", "-3"}, {"demo.wav -t nan", "nan"}, {"demo.wav --ceiling 3", "ceiling"},
           {"demo.wav -r silence.wav", "silent"}, {"demo.wav -r nowhere.wav", "nowhere.wav"}, {"demo.wav -r demo.wav -g house", "reference"},
           {"demo.wav -o demo.wav", "never overwritten"}, {"demo.wav -o ./folder/../demo.wav --overwrite", "never overwritten"},
           {"demo.wav -r silence.wav -o silence.wav --overwrite", "never overwritten"}, {"demo.wav -o hi.wav", "exists"},
           {"demo.wav -o no/such/out.wav", "no folder"}, {"demo.wav -o out.xyz", "xyz"}, {"demo.wav -o out", ".wav"}, {"hi.wav -o out.mp3", "96000"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 3) << arguments << "\n" << outcome.text;
    EXPECT_NE(outcome.text.find(word), std::string::npos) << arguments << "\n" << outcome.text;
  }
  EXPECT_EQ(run("demo.wav -o /proc/out.wav").code, 4);
  EXPECT_EQ(run("").code, 2);
  EXPECT_EQ(files(), there);
  // A folder is a place.
  EXPECT_EQ(json("demo.wav -o folder").at("out"), "folder/demo-master.wav");
}

TEST_F(Master, AFullDiskLeavesNothing) {
  // A small file-size limit stands for a full disk.
  (void)made("demo.wav", mix_like(20, 44100, 2, 0.2, 20));
  const Outcome outcome = run("demo.wav -o out.wav", "trap '' XFSZ; ulimit -f 4000;");
  EXPECT_EQ(outcome.code, 4) << outcome.text;
  EXPECT_EQ(files(), std::vector<std::string>{"demo.wav"});
}

TEST_F(Master, StoppedItLeavesNothingWithinASecond) {
  (void)made("long.wav", mix_like(240, 44100, 2, 0.2, 21));
  for (const char* after : {"0.15", "0.6", "1.5"}) {
    const Outcome outcome = run("long.wav -r long.wav -t -10 -o out.wav", std::string("timeout -k 2 -s INT ") + after);
    if (outcome.code == 0) break;   // a very fast machine
    EXPECT_TRUE(outcome.code == 130 || outcome.code == 124) << outcome.code << outcome.text;   // 137: it had to be killed
    EXPECT_EQ(files(), std::vector<std::string>{"long.wav"}) << after;
  }
}

// ---- Other people's sounds, which lie beside the source tree on some machines.

const fs::path kClips = fs::path(FIGMENT_SOURCE_DIR).parent_path() / "shared" / "audio";

std::vector<fs::path> clips(const std::vector<std::string>& folders) {
  std::vector<fs::path> found;
  for (const auto& folder : folders) {
    if (!fs::is_directory(kClips / folder)) continue;
    for (const auto& entry : fs::directory_iterator(kClips / folder))
      if (const auto e = entry.path().extension(); e == ".flac" || e == ".ogg" || e == ".wav" || e == ".mp3") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

class MasterClips : public Master {
 protected:
  void SetUp() override {
    Master::SetUp();
    if (!fs::is_directory(kClips)) GTEST_SKIP() << "no clips in " << kClips;
  }
};

// tests/suite/master.sh: print the tables of docs/measured.md, and take all pairs.
bool printing() { return std::getenv("FIGMENT_MASTER_TABLES") != nullptr; }

TEST_F(MasterClips, EveryClipReachesItsTargetOrSaysWhyNot) {
  if (printing()) std::printf("TABLE | clip | LUFS, dBTP before | LUFS, dBTP after | balance | limiter | not reached |\nTABLE |---|---|---|---|---|---|\n");
  for (const auto& clip : clips({"loops", "pop909", "voice", "drums/onset_sets", "drums/oneshots", "tempo"})) {
    const auto report = json("'" + clip.string() + "' --overwrite --no-picture -o out.wav");
    if (report.is_null()) continue;
    const bool nothing = report.at("nothing").get<bool>();
    const auto before = ffmpeg_loudness(clip), judged = nothing ? before : ffmpeg_loudness(folder_ / "out.wav");
    const auto missing = report.at("missing").empty() ? std::string() : report.at("missing")[0].get<std::string>();
    if (printing())
      std::printf("TABLE | %s | %.1f, %.1f | %.1f, %.1f | %s | %s | %s |\n", clip.stem().c_str(), before.integrated, before.true_peak, judged.integrated, judged.true_peak,
                  report.contains("balance") ? report.at("balance").at("name").get<std::string>().c_str() : "left alone",
                  nothing ? "nothing to do" : (std::to_string(std::lround(report.at("settings").at("limiter_deepest_db").get<double>())) + " dB").c_str(), missing.c_str());
    EXPECT_LE(judged.true_peak, -0.95) << clip;
    if (report.at("before").at("seconds").get<double>() < 0.5) continue;   // nothing, or one block, for ffmpeg to measure
    if (report.at("missing").empty()) EXPECT_NEAR(judged.integrated, -14, 0.3) << clip;
    else EXPECT_LT(judged.integrated, -14) << clip << report.at("missing");
  }
}

// Bands in which the report finds nothing in the source, and says so.
std::array<bool, testing::kJudged> empty_bands(const nlohmann::json& report) {
  std::array<bool, testing::kJudged> empty{};
  const auto& levels = report.at("before").at("third_octaves_db");
  double top = -200;
  for (const auto& l : levels) top = std::max(top, l.is_null() ? -200.0 : l.get<double>());
  for (std::size_t b = 0; b < empty.size(); ++b) empty[b] = levels[b + 3].is_null() || levels[b + 3].get<double>() <= top - 60;
  return empty;
}

// Each like the next; when tables are printed, like every other.
TEST_F(MasterClips, EveryClipSoundsLikeAnotherAsFarAsItHasTheBands) {
  auto folders = std::vector<std::string>{"loops", "voice", "drums/onset_sets", "tempo"};
  if (printing()) folders.emplace_back("pop909");
  const auto list = clips(folders);
  std::vector<std::array<double, testing::kJudged>> levels;
  for (const auto& clip : list) levels.push_back(testing::judged_levels(audio::read_sound(clip, {}, Seconds{600}).view()));
  if (printing()) std::printf("TABLE | clip | distance before | after | within 1.5 dB | worst | loudness within 0.3 LU |\nTABLE |---|---|---|---|---|---|\n");
  double all_before = 0, all_after = 0;
  int all_near = 0, all_loud = 0, all = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    double sum_before = 0, sum_after = 0, worst = 0;
    int near = 0, loud = 0, count = 0;
    for (std::size_t step = 1; step < (printing() ? list.size() : 2); ++step) {
      const std::size_t other = (i + step) % list.size();
      const auto report = json("'" + list[i].string() + "' -r '" + list[other].string() + "' --overwrite --no-picture -o out.wav");
      if (report.is_null() || report.at("nothing").get<bool>()) continue;
      const auto found = testing::judged_levels(audio::read_audio(folder_ / "out.wav").view());
      const auto empty = empty_bands(report);
      const double before = testing::judged_distance(levels[i], levels[other], levels[i], empty).mean_db, after = testing::judged_distance(found, levels[other], levels[i], empty).mean_db;
      const std::string missing = report.at("missing").dump();
      if (missing.find("dB short") == std::string::npos && missing.find("dB above") == std::string::npos && missing.find("off the reference") == std::string::npos) EXPECT_LE(after, 1.5) << list[i] << " like " << list[other];
      else EXPECT_LT(after, before) << list[i] << " like " << list[other];
      const auto judged = ffmpeg_loudness(folder_ / "out.wav");
      EXPECT_LE(judged.true_peak, -0.95) << list[i] << " like " << list[other];
      const bool reached = std::fabs(judged.integrated - report.at("target_lufs").get<double>()) <= 0.35;   // ffmpeg says tenths
      EXPECT_TRUE(reached || missing.find("LUFS instead") != std::string::npos) << list[i] << " like " << list[other] << ": " << judged.integrated;
      sum_before += before, sum_after += after, worst = std::max(worst, after);
      near += after <= 1.5 ? 1 : 0, loud += reached ? 1 : 0, ++count;
    }
    all_before += sum_before, all_after += sum_after, all_near += near, all_loud += loud, all += count;
    if (printing() && count > 0)
      std::printf("TABLE | %s | %.1f | %.2f | %d of %d | %.1f | %d of %d |\n", list[i].stem().c_str(), sum_before / count, sum_after / count, near, count, worst, loud, count);
  }
  if (printing() && all > 0) std::printf("TABLE | **all** | %.1f | **%.2f** | **%d of %d** | | %d of %d |\n", all_before / all, all_after / all, all_near, all, all_loud, all);
}

}  // namespace
}  // namespace figment
