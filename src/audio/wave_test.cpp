#include "audio/wave.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "audio/file.h"
#include "audio/tags.h"
#include "base/error.h"
#include "base/random.h"

namespace figment::audio {
namespace {

class Wave : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "figment-wave-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

AudioBuffer noise(int channels, std::int64_t frames, std::uint64_t seed) {
  Random random(seed);
  AudioBuffer sound(channels, frames, Hertz{44100});
  for (int c = 0; c < channels; ++c)
    for (std::int64_t n = 0; n < frames; ++n) sound.channel(c)[n] = static_cast<float>(random.uniform(-1, 1));
  return sound;
}

TEST_F(Wave, WhatTwentyFourBitsHoldComesBackUnchangedInAnyOrderAndCut) {
  for (const int channels : {1, 2}) {
    std::filesystem::remove(folder_ / "a.wav");
    const std::int64_t frames = 100003;
    AudioBuffer sound = noise(channels, frames, 7);
    sound.block().part(20000, 30001).clear();   // becomes a hole
    to_24_bit(sound.block());
    const auto file = folder_ / "a.wav";
    WaveWriter writer(file, WaveSamples::Int24, Hertz{44100}, channels, frames);
    const std::int64_t cut = 54321;
    writer.write(cut, sound.view().part(cut, frames));
    writer.write(0, sound.view().part(0, cut));
    EXPECT_FALSE(std::filesystem::exists(file));   // no name before it is whole
    writer.commit();
    const WaveReader reader(file);
    ASSERT_EQ(reader.frames(), frames);
    AudioBuffer back(channels, frames + 20, Hertz{44100});
    reader.read(-10, back.block());
    for (int c = 0; c < channels; ++c) {
      for (int n = 0; n < 10; ++n) ASSERT_EQ(back.channel(c)[n], 0);
      for (std::int64_t n = 0; n < frames; ++n) ASSERT_EQ(back.channel(c)[n + 10], sound.channel(c)[n]) << n;
      for (int n = 0; n < 10; ++n) ASSERT_EQ(back.channel(c)[frames + 10 + n], 0);
    }
  }
}

// libsndfile is another reader of the same format: it must hear the same.
TEST_F(Wave, OthersReadIt) {
  for (const auto samples : {WaveSamples::Int24, WaveSamples::Float32}) {
    AudioBuffer sound = noise(2, 5000, 3);
    to_24_bit(sound.block());
    WaveWriter writer(folder_ / "a.wav", samples, Hertz{48000}, 2, 5000);
    writer.write(0, sound.view());
    writer.commit();
    const AudioBuffer back = read_audio(folder_ / "a.wav");
    ASSERT_EQ(back.frames(), 5000);
    EXPECT_EQ(back.rate(), Hertz{48000});
    for (int c = 0; c < 2; ++c)
      for (std::int64_t n = 0; n < 5000; ++n) ASSERT_EQ(back.channel(c)[n], sound.channel(c)[n]);
  }
}

TEST_F(Wave, ClipsInsteadOfWrapping) {
  AudioBuffer sound(1, 4, Hertz{44100});
  sound.channel(0)[0] = 1.5F;
  sound.channel(0)[1] = -1.5F;
  sound.channel(0)[2] = 1.0F;
  to_24_bit(sound.block());
  EXPECT_FLOAT_EQ(sound.channel(0)[0], 8388607.0F / 8388608.0F);
  EXPECT_EQ(sound.channel(0)[1], -1.0F);
  EXPECT_FLOAT_EQ(sound.channel(0)[2], 8388607.0F / 8388608.0F);
}

TEST_F(Wave, SilenceTakesNoRoom) {
  WaveWriter writer(folder_ / "a.wav", WaveSamples::Int24, Hertz{44100}, 2, 1 << 22);
  writer.write(0, AudioBuffer(2, 1 << 22, Hertz{44100}).view());
  writer.commit();
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "a.wav").c_str(), &info), 0);
  EXPECT_GT(info.st_size, 25'000'000);
  EXPECT_LT(info.st_blocks * 512, 100'000);
}

TEST_F(Wave, AnUnfinishedOneLeavesNothing) {
  { WaveWriter writer(folder_ / "a.wav", WaveSamples::Int24, Hertz{44100}, 2, 100); }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Wave, RefusesWhatItDidNotWrite) {
  const auto file = folder_ / "a.wav";
  const auto written = [&] {
    WaveWriter writer(file, WaveSamples::Int24, Hertz{44100}, 2, 1000);
    writer.write(0, noise(2, 1000, 1).view());
    writer.commit();
  };
  const auto refused = [&] {
    try {
      const WaveReader reader(file);
      return false;
    } catch (const Error& e) {
      return e.code() == ErrorCode::Corrupt;
    }
  };
  written();
  EXPECT_FALSE(refused());
  for (const std::size_t at : {0U, 4U, 20U, 22U, 24U, 34U, 40U, 100U, 4092U}) {
    written();
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put('\xEE');
    bytes.close();
    EXPECT_TRUE(refused()) << "byte " << at;
  }
  written();
  std::filesystem::resize_file(file, 5000);   // truncated
  EXPECT_TRUE(refused());
  written();
  std::ofstream(file, std::ios::app | std::ios::binary) << "more";
  EXPECT_TRUE(refused());
  std::ofstream(file) << "hello";
  EXPECT_TRUE(refused());
  std::ofstream(file).close();
  EXPECT_TRUE(refused());
  std::filesystem::remove(file);
  EXPECT_THROW(WaveReader{file}, Error);
}

TEST_F(Wave, ItsTagsAreWrittenReadAndTakenAwayAndTheSoundIsTheSame) {
  const auto file = folder_ / "a.wav";
  const AudioBuffer sound = noise(1, 1001, 5);     // of odd length in bytes
  {
    WaveWriter writer(file, WaveSamples::Int24, Hertz{44100}, 1, 1001);
    writer.write(0, sound.view());
    writer.commit();
  }
  const auto frames = [&] {
    const WaveReader reader(file);
    std::vector<std::byte> stored;
    reader.read_stored(0, reader.frames(), stored);
    return stored;
  };
  const auto before = frames();
  Tags tags;
  tags.comment = "Überall";
  tags.more["LICENSE"] = "CC0-1.0";
  write_tags(file, tags);
  EXPECT_EQ(frames(), before);
  EXPECT_EQ(read_tags(file).more.at("LICENSE"), "CC0-1.0");
  EXPECT_EQ(read_tags(file).comment, "Überall");
  Tags none;
  none.more["LICENSE"] = none.more["COMMENT"] = "";
  write_tags(file, none);
  EXPECT_EQ(frames(), before);
  EXPECT_FALSE(read_tags(file).more.contains("LICENSE"));
  EXPECT_EQ(read_tags(file).comment, "");
  // A chunk that is no tag, and a tag that ends before the file does, are others' work.
  for (const char* chunk : {"junk", "LIST"}) {
    std::filesystem::resize_file(file, 4096 + 3004);
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(4);
    const std::uint32_t riff = 4096 + 3004 + 12 - 8;
    bytes.write(reinterpret_cast<const char*>(&riff), 4);
    bytes.seekp(0, std::ios::end);
    bytes << chunk << std::string(chunk[0] == 'j' ? "\4\0\0\0abcd" : "\2\0\0\0abcd", 8);
    bytes.close();
    EXPECT_THROW(WaveReader{file}, Error) << chunk;
  }
}

// libsndfile would write the time of day into it.
TEST_F(Wave, TheSameSoundIsTheSameFileAtAnyTime) {
  for (const FileFormat format : {FileFormat::WavFloat, FileFormat::Wav24}) {
    write_audio(folder_ / "a.wav", noise(2, 1000, 3).view(), format);
    std::ifstream in(folder_ / "a.wav", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.substr(0, 200).find("PEAK"), std::string::npos);
  }
}

}  // namespace
}  // namespace figment::audio
