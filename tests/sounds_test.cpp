// Sounds of others, as a user brings them: measured, fitted, added, chopped; and what is no sound at all.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "audio/file.h"
#include "audio/wave.h"
#include "base/random.h"
#include "workbench.h"

namespace figment {
namespace {

using nlohmann::json;
using testing::Folder;
using testing::Outcome;
using testing::read_text;
using testing::run_in;

audio::AudioBuffer made(int channels, double seconds, double rate, const std::function<double(double)>& at) {
  audio::AudioBuffer sound(channels, static_cast<std::int64_t>(seconds * rate), Hertz{rate});
  for (int c = 0; c < channels; ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(c)[n] = static_cast<float>(at(static_cast<double>(n) / rate));
  return sound;
}

// Kick on every beat, a noise burst on two and four, hats between: two bars at `bpm` or more.
audio::AudioBuffer beat(double bpm, int bars, double rate = 44100) {
  audio::AudioBuffer sound(2, static_cast<std::int64_t>(std::llround(bars * 240 / bpm * rate)), Hertz{rate});
  Random random(4);
  for (int eighth = 0; eighth < 8 * bars; ++eighth) {
    const auto first = static_cast<std::int64_t>(std::llround(eighth * 30 / bpm * rate));
    const bool on = eighth % 2 == 0, back = eighth % 4 == 2;
    for (std::int64_t n = 0; first + n < sound.frames() && n < static_cast<std::int64_t>(0.2 * rate); ++n) {
      const double t = static_cast<double>(n) / rate, noise = random.uniform(-1, 1);
      double x = 0.12 * noise * std::exp(-t / 0.01);
      if (on) x += 0.7 * std::sin(2 * M_PI * (50 * t + 2.4 * (1 - std::exp(-t / 0.02)))) * std::exp(-t / 0.06);
      if (back) x += 0.45 * noise * std::exp(-t / 0.05);
      for (int c = 0; c < 2; ++c) sound.channel(c)[first + n] += static_cast<float>(x);
    }
  }
  return sound;
}

TEST(Sounds, WhatIsBroughtIsMeasuredOrRefusedInWords) {
  const Folder folder;
  const auto write = [&](const char* name, const audio::AudioBuffer& sound) { audio::write_audio(folder / name, sound.view(), audio::FileFormat::WavFloat); };
  Random random(1);
  write("silence.wav", made(2, 3, 44100, [](double) { return 0.0; }));
  write("noise.wav", made(2, 3, 44100, [&](double) { return 0.2 * random.normal(); }));
  write("dc.wav", made(1, 3, 44100, [](double) { return 0.5; }));
  write("one-sample.wav", made(1, 1.0 / 44100, 44100, [](double) { return 0.5; }));
  write("8k.wav", made(1, 3, 8000, [](double t) { return std::sin(2000 * t); }));
  write("192k.wav", made(2, 1, 192000, [](double t) { return 0.5 * std::sin(2000 * t); }));
  write("8-channels.wav", made(8, 2, 44100, [](double t) { return 0.3 * std::sin(2000 * t); }));
  write("nan.wav", made(2, 2, 44100, [](double t) { return t > 1 ? std::numeric_limits<double>::quiet_NaN() : t > 0.5 ? std::numeric_limits<double>::infinity() : 0.1; }));
  write("whole.wav", beat(120, 2));
  audio::write_audio(folder / "whole.flac", beat(120, 2).view(), audio::FileFormat::Flac24);
  audio::write_audio(folder / "whole.ogg", beat(120, 2).view(), audio::FileFormat::Ogg);
  audio::write_audio(folder / "whole.mp3", beat(120, 2).view(), audio::FileFormat::Mp3);
  const auto damaged = [&](const char* from, const char* to, const std::function<std::string(std::string)>& damage) {
    std::ofstream(folder / to, std::ios::binary) << damage(read_text(folder / from));
  };
  for (const char* ending : {".wav", ".flac", ".ogg", ".mp3"}) {
    const std::string whole = std::string("whole") + ending;
    damaged(whole.c_str(), (std::string("half") + ending).c_str(), [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); });
    damaged(whole.c_str(), (std::string("stub") + ending).c_str(), [](std::string bytes) { return bytes.substr(0, 20); });
    damaged(whole.c_str(), (std::string("garbled") + ending).c_str(), [](std::string bytes) {
      for (std::size_t i = bytes.size() / 3; i < bytes.size(); i += 7) bytes[i] = static_cast<char>(bytes[i] ^ static_cast<char>(0x5A));
      return bytes;
    });
  }
  std::ofstream(folder / "text.wav") << "this is a letter to my aunt\n";
  std::ofstream(folder / "empty.wav");
  ASSERT_EQ(::mkfifo((folder / "pipe.wav").c_str(), 0600), 0);
  std::filesystem::create_directory(folder / "folder.wav");

  for (const char* name : {"silence.wav", "noise.wav", "dc.wav", "one-sample.wav", "8k.wav", "192k.wav", "8-channels.wav", "nan.wav", "half.wav", "half.flac", "half.ogg", "half.mp3"}) {
    const Outcome outcome = run_in(folder, std::string("analyze --json ") + name);
    ASSERT_EQ(outcome.code, 0) << name << outcome.text;
    const json a = json::parse(outcome.text)[0];
    if (std::string(name).rfind("half", 0) != 0) {
      EXPECT_LT(a.at("tempo").at("confidence").get<double>(), 0.3) << name;
    }
    EXPECT_LE(a.at("beats").at("times_s").size(), 200U) << name;
  }
  EXPECT_GT(json::parse(run_in(folder, "analyze --json nan.wav").text)[0].at("source").at("repaired_samples").get<int>(), 100000);
  EXPECT_NEAR(json::parse(run_in(folder, "analyze --json dc.wav").text)[0].at("condition").at("dc_offset").get<double>(), 0.5, 1e-3);
  EXPECT_FALSE(json::parse(run_in(folder, "analyze --json half.wav").text)[0].at("source").at("trouble").get<std::string>().empty());
  for (const char* name : {"text.wav", "empty.wav", "pipe.wav", "folder.wav", "nothing.wav", "stub.wav", "stub.flac", "stub.ogg"}) {
    const Outcome outcome = run_in(folder, std::string("analyze ") + name);
    EXPECT_EQ(outcome.code, 3) << name << outcome.text;
    EXPECT_NE(outcome.text.find(name), std::string::npos) << outcome.text;
  }
  for (const char* name : {"garbled.wav", "garbled.flac", "garbled.ogg", "garbled.mp3", "stub.mp3"}) {
    const int code = run_in(folder, std::string("analyze ") + name).code;
    EXPECT_TRUE(code == 0 || code == 3) << name << " " << code;
  }
  // What has no beat is not fitted by guess, and nothing is left behind.
  for (const char* name : {"silence.wav", "noise.wav", "dc.wav", "one-sample.wav"}) {
    EXPECT_EQ(run_in(folder, std::string("fit --bpm 120 -o out.wav ") + name).code, 3) << name;
    EXPECT_FALSE(std::filesystem::exists(folder / "out.wav")) << name;
  }
  EXPECT_EQ(run_in(folder, "chop silence.wav -o pack").code, 0);
}

TEST(Sounds, ALoopIsMeasuredFittedAndMeasuredAgain) {
  const Folder folder;
  audio::write_audio(folder / "loop.wav", beat(126, 4).view(), audio::FileFormat::Wav24);
  const json heard = json::parse(run_in(folder, "analyze --json loop.wav").text)[0];
  EXPECT_NEAR(heard.at("tempo").at("bpm").get<double>(), 126, 0.01);
  EXPECT_EQ(heard.at("tempo").at("loop_beats"), 16);
  const json fitted = json::parse(run_in(folder, "fit --json --bpm 140 -o out.wav loop.wav").text)[0];
  EXPECT_EQ(fitted.at("bars"), 4);
  EXPECT_EQ(fitted.at("frames"), std::llround(16 * 60 / 140.0 * 44100));
  EXPECT_LT(fitted.at("after").at("p95_ms").get<double>(), 10);
  EXPECT_GT(fitted.at("before").at("median_ms").get<double>(), 100);
  EXPECT_NEAR(fitted.at("heard_bpm").get<double>(), 140, 0.5);
  // Somebody else's reader agrees on the length; nothing is written over.
  EXPECT_EQ(audio::AudioReader(folder / "out.wav").frames(), fitted.at("frames").get<std::int64_t>());
  EXPECT_EQ(audio::AudioReader(folder / "out.wav").sampler_chunk()->loop->end, fitted.at("frames").get<std::int64_t>() - 1);
  EXPECT_EQ(run_in(folder, "fit --bpm 140 -o out.wav loop.wav").code, 3);
  EXPECT_EQ(run_in(folder, "fit loop.wav").code, 3);
}

// A bar of a fast break: too short for a beat to be sure of, but its length and what is struck leave one way to count it.
TEST(Sounds, AShortLoopIsCountedByItsLength) {
  const Folder folder;
  const double beat_s = 60 / 167.3;
  audio::AudioBuffer sound(1, static_cast<std::int64_t>(std::llround(4 * beat_s * 44100)), Hertz{44100});
  Random random(8);
  const auto strike = [&](double at, bool drum) {
    const auto first = static_cast<std::int64_t>(at * beat_s * 44100);
    for (std::int64_t n = 0; first + n < sound.frames() && n < 6000; ++n) {
      const double t = static_cast<double>(n) / 44100;
      sound.channel(0)[first + n] += static_cast<float>(drum ? 0.7 * std::sin(2 * M_PI * (50 * t + 2.4 * (1 - std::exp(-t / 0.02)))) * std::exp(-t / 0.06) : 0.4 * random.uniform(-1, 1) * std::exp(-t / 0.03));
    }
  };
  for (const double at : {0.0, 0.5, 2.5}) strike(at, true);
  for (const double at : {1.0, 1.75, 2.25, 3.0, 3.75}) strike(at, false);
  audio::write_audio(folder / "break.wav", sound.view(), audio::FileFormat::Wav24);
  const auto heard = json::parse(run_in(folder, "analyze break.wav --json").text).at(0);
  EXPECT_EQ(heard.at("tempo").at("loop_beats"), 4);
  EXPECT_NEAR(heard.at("tempo").at("bpm").get<double>(), 167.3, 0.05);
}

TEST(Sounds, AClipIsPartOfTheSongAndAnEditLeavesTheRestAlone) {
  const Folder folder;
  audio::write_audio(folder / "loop.wav", beat(100, 2).view(), audio::FileFormat::Wav24);
  ASSERT_EQ(run_in(folder, "song 'techno, 120 bpm, 8 bars' -q -o s").code, 0);
  const std::string kick = read_text(folder / "s/export/stems/kick.wav");
  const Outcome added = run_in(folder, "add s loop.wav --at 'bar 5' --track mine --fit --bars 4 --json -q");
  ASSERT_EQ(added.code, 0) << added.text;
  EXPECT_EQ(read_text(folder / "s/sounds/loop.wav"), read_text(folder / "loop.wav"));
  EXPECT_EQ(read_text(folder / "s/export/stems/kick.wav"), kick);
  const audio::AudioBuffer stem = audio::read_audio(folder / "s/export/stems/mine.wav");
  const std::int64_t begin = 4 * 2 * 44100;                         // bar 5 at 120 bpm
  EXPECT_LT(audio::peak(stem.view().part(0, begin - 200)), 1e-6);
  EXPECT_GT(audio::peak(stem.view().part(begin, 4410)), 0.01);
  // Two bars at 100 are two bars at 120, and then again.
  EXPECT_GT(audio::peak(stem.view().part(begin + 4 * 44100, 4410)), 0.01);
  EXPECT_NE(run_in(folder, "why s export/stems/mine.wav").text.find("sounds/loop.wav"), std::string::npos);
  // Changed behind our back: said, not used.
  std::ofstream(folder / "s/sounds/loop.wav", std::ios::app) << "x";
  const Outcome changed = run_in(folder, "build s -q");
  EXPECT_EQ(changed.code, 3);
  EXPECT_NE(changed.text.find("sounds/loop.wav"), std::string::npos) << changed.text;
  // An instrument's track is left alone.
  EXPECT_EQ(run_in(folder, "add s loop.wav --track kick --fit").code, 3);
}

TEST(Sounds, APackHoldsWhatItsNamesSay) {
  const Folder folder;
  audio::write_audio(folder / "loop.wav", beat(120, 4).view(), audio::FileFormat::Wav24);
  const json made_pack = json::parse(run_in(folder, "chop loop.wav -o pack --json").text);
  EXPECT_NEAR(made_pack.at("bpm").get<double>(), 120, 0.05);
  int loops = 0;
  for (const auto& sample : made_pack.at("samples")) {
    const audio::AudioBuffer sound = audio::read_audio(folder / ("pack/" + sample.at("file").get<std::string>()));
    if (sample.at("class") == "loop") {
      ++loops;
      EXPECT_NEAR(static_cast<double>(sound.frames()), sample.at("bars").get<int>() * 2 * 44100, 1);
      EXPECT_LT(sample.at("seam_step_db").get<double>(), -20);
    } else {
      // No click at either end.
      EXPECT_LT(std::abs(sound.channel(0)[0]), 0.02);
      EXPECT_LT(std::abs(sound.channel(0)[sound.frames() - 1]), 0.02);
    }
  }
  EXPECT_GE(loops, 3) << "one, two and four bars";
  EXPECT_NE(read_text(folder / "pack/kit.sfz").find("key=36"), std::string::npos) << "a kick";
  EXPECT_EQ(run_in(folder, "chop loop.wav -o pack").code, 3);
}

}  // namespace
}  // namespace figment
