// Files put together from pieces are judged by other decoders: libsndfile (libvorbis, mpg123).
#include "audio/lossy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "audio/file.h"
#include "base/error.h"
#include "base/random.h"

namespace figment::audio {
namespace {

constexpr double kRate = 44100;

class Lossy : public ::testing::TestWithParam<bool> {   // true: MP3
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "figment-lossy-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Chords and drums: transients make the encoders switch their windows.
  static AudioBuffer music(double seconds, int channels = 2) {
    Random random(5);
    AudioBuffer sound(channels, static_cast<std::int64_t>(seconds * kRate), Hertz{kRate});
    for (std::int64_t n = 0; n < sound.frames(); ++n) {
      const double t = static_cast<double>(n) / kRate, hit = std::exp(-std::fmod(t, 0.37) * 30);
      for (int c = 0; c < channels; ++c)
        sound.channel(c)[n] = static_cast<float>(0.2 * std::sin(2 * M_PI * 220 * t) + 0.1 * std::sin(2 * M_PI * (554 + c) * t) + 0.3 * hit * random.uniform(-1, 1));
    }
    to_24_bit(sound.block());
    return sound;
  }
  int write(const AudioBuffer& sound, const std::string& name, const PieceMemory& memory = {}) const {
    {
      WaveWriter writer(folder_ / "in.wav", WaveSamples::Int24, sound.rate(), sound.channels(), sound.frames());
      writer.write(0, sound.view());
      writer.commit();
    }
    const WaveReader reader(folder_ / "in.wav");
    return GetParam() ? write_mp3(reader, folder_ / name, memory, Progress()) : write_ogg(reader, folder_ / name, memory, Progress());
  }
  // The plain way: one encoder from start to end.
  [[nodiscard]] AudioBuffer plain(const AudioBuffer& sound) const {
    const auto file = folder_ / "plain";
    write_audio(file, sound.view(), GetParam() ? FileFormat::Mp3 : FileFormat::Ogg);
    return read_audio(file);
  }
  static double error_db(const AudioBuffer& a, const AudioBuffer& b, std::int64_t from, std::int64_t to) {
    double error = 0, power = 0;
    for (int c = 0; c < a.channels(); ++c)
      for (std::int64_t n = from; n < to; ++n) {
        error += std::pow(static_cast<double>(a.channel(c)[n]) - b.channel(c)[n], 2);
        power += std::pow(static_cast<double>(a.channel(c)[n]), 2);
      }
    return 10 * std::log10(error / power + 1e-20);
  }

  std::filesystem::path folder_;
};

INSTANTIATE_TEST_SUITE_P(Both, Lossy, ::testing::Bool(), [](const auto& test) { return test.param ? "mp3" : "ogg"; });

// Every frame is there, in time, and as near to the original as one encoder from start to end comes, at the joints too.
TEST_P(Lossy, IsAsGoodAsOneEncoderEverywhere) {
  for (const int channels : {1, 2}) {
    const AudioBuffer sound = music(21.7, channels);
    EXPECT_GE(write(sound, "out"), 3);
    const AudioBuffer back = read_audio(folder_ / "out"), usual = plain(sound);
    ASSERT_EQ(back.frames(), sound.frames());
    ASSERT_EQ(usual.frames(), sound.frames());
    const double overall = error_db(sound, usual, 4000, sound.frames() - 4000);
    EXPECT_NEAR(error_db(sound, back, 4000, sound.frames() - 4000), overall, 1.0);
    for (std::int64_t at = 4000; at + 22050 < sound.frames(); at += 22050)
      EXPECT_LT(error_db(sound, back, at, at + 22050), error_db(sound, usual, at, at + 22050) + 2.5) << at << " of " << channels << " channels";
  }
}

TEST_P(Lossy, OnlyChangedPiecesAreEncodedAndTheBytesAreThoseOfEncodingAll) {
  std::map<Digest, std::string> held;
  const PieceMemory memory{[&](const Digest& key) { return held.contains(key) ? std::optional(held[key]) : std::nullopt; },
                           [&](const Digest& key, std::string_view piece) { held[key] = piece; }};
  AudioBuffer sound = music(40);
  const int all = write(sound, "first", memory);
  EXPECT_EQ(write(sound, "same", memory), 0);
  EXPECT_EQ(sha256_file(folder_ / "first"), sha256_file(folder_ / "same"));
  for (int n = 0; n < 2000; ++n) sound.channel(0)[20 * 44100 + n] *= 0.5F;
  to_24_bit(sound.block());
  const int again = write(sound, "again", memory);
  EXPECT_GE(again, 1);
  EXPECT_LE(again, 3);
  EXPECT_LT(again, all);
  write(sound, "fresh");
  EXPECT_EQ(sha256_file(folder_ / "again"), sha256_file(folder_ / "fresh"));
  EXPECT_NE(sha256_file(folder_ / "again"), sha256_file(folder_ / "first"));
}

TEST_P(Lossy, DamagedMemoryIsNotBelieved) {
  std::map<Digest, std::string> held;
  const PieceMemory memory{[&](const Digest& key) { return held.contains(key) ? std::optional(held[key]) : std::nullopt; },
                           [&](const Digest& key, std::string_view piece) { held[key] = piece; }};
  const AudioBuffer sound = music(10);
  const int all = write(sound, "first", memory);
  for (auto& [key, piece] : held) piece.resize(piece.size() / 2);
  EXPECT_EQ(write(sound, "again", memory), all);
  EXPECT_EQ(sha256_file(folder_ / "first"), sha256_file(folder_ / "again"));
}

TEST_P(Lossy, ShortAndSilent) {
  for (const std::int64_t frames : {1, 500, 3000, 44100}) {
    const AudioBuffer silence(2, frames, Hertz{kRate});
    write(silence, "out");
    const AudioBuffer back = read_audio(folder_ / "out");
    EXPECT_EQ(back.frames(), frames);
    EXPECT_LT(peak(back.view()), 1e-4F);
  }
}

}  // namespace
}  // namespace figment::audio
