// Files put together from pieces are judged by other decoders: libsndfile (libvorbis, mpg123, libFLAC).
#include "audio/encode.h"

#include <FLAC/stream_decoder.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "audio/file.h"
#include "base/error.h"
#include "base/random.h"

namespace figment::audio {
namespace {

constexpr double kRate = 44100;

struct Format {
  const char* name;
  int (*write)(const WaveReader&, const std::filesystem::path&, const PieceMemory&, const Progress&);
  FileFormat plain;
};

class Encode : public ::testing::TestWithParam<Format> {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "figment-encode-XXXXXX").string();
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
    return GetParam().write(reader, folder_ / name, memory, Progress());
  }
  // The plain way: one encoder from start to end.
  [[nodiscard]] AudioBuffer plain(const AudioBuffer& sound) const {
    const auto file = folder_ / "plain";
    write_audio(file, sound.view(), GetParam().plain);
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

INSTANTIATE_TEST_SUITE_P(All, Encode, ::testing::Values(Format{"mp3", write_mp3, FileFormat::Mp3}, Format{"ogg", write_ogg, FileFormat::Ogg}, Format{"flac", write_flac, FileFormat::Flac24}),
                         [](const auto& test) { return test.param.name; });

// Every frame is there, in time, and as near to the original as one encoder from start to end comes, at the joints too.
TEST_P(Encode, IsAsGoodAsOneEncoderEverywhere) {
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

TEST_P(Encode, OnlyChangedPiecesAreEncodedAndTheBytesAreThoseOfEncodingAll) {
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

TEST_P(Encode, DamagedMemoryIsNotBelieved) {
  std::map<Digest, std::string> held;
  const PieceMemory memory{[&](const Digest& key) { return held.contains(key) ? std::optional(held[key]) : std::nullopt; },
                           [&](const Digest& key, std::string_view piece) { held[key] = piece; }};
  const AudioBuffer sound = music(10);
  const int all = write(sound, "first", memory);
  for (auto& [key, piece] : held) piece.resize(piece.size() / 2);
  EXPECT_EQ(write(sound, "again", memory), all);
  EXPECT_EQ(sha256_file(folder_ / "first"), sha256_file(folder_ / "again"));
}

TEST_P(Encode, ShortAndSilent) {
  for (const std::int64_t frames : {1, 500, 3000, 44100}) {
    const AudioBuffer silence(2, frames, Hertz{kRate});
    write(silence, "out");
    const AudioBuffer back = read_audio(folder_ / "out");
    EXPECT_EQ(back.frames(), frames);
    EXPECT_LT(peak(back.view()), 1e-4F);
  }
}

// The format's own checker: checksums of every header and frame, and MD5 of the sound. Frame numbers take two bytes from
// 128 on and three from 2048 on; a reader that seeks believes them.
TEST(Flac, IsSoundToTheReferenceDecoderAndSeeks) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path(), wav = folder / "figment-flac-test.wav", flac = folder / "figment-flac-test.flac";
  const std::int64_t frames = 2100 * 4096 + 77;
  Random random(3);
  AudioBuffer sound(1, frames, Hertz{kRate});
  for (std::int64_t n = 0; n < frames; ++n) sound.channel(0)[n] = static_cast<float>(0.5 * std::sin(1e-9 * static_cast<double>(n) * static_cast<double>(n)) + 0.001 * random.uniform(-1, 1));
  to_24_bit(sound.block());
  {
    WaveWriter writer(wav, WaveSamples::Int24, sound.rate(), 1, frames);
    writer.write(0, sound.view());
    writer.commit();
  }
  write_flac(WaveReader(wav), flac, {}, Progress());

  FLAC__StreamDecoder* decoder = FLAC__stream_decoder_new();
  FLAC__stream_decoder_set_md5_checking(decoder, 1);
  struct Seen {
    std::int64_t next = 0;
    int errors = 0;
  } seen;
  const auto on_frame = [](const FLAC__StreamDecoder*, const FLAC__Frame* frame, const FLAC__int32* const*, void* to) {
    auto& s = *static_cast<Seen*>(to);
    if (static_cast<std::int64_t>(frame->header.number.sample_number) != s.next) ++s.errors;
    s.next += frame->header.blocksize;
    return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
  };
  const auto on_error = [](const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void* to) { ++static_cast<Seen*>(to)->errors; };
  ASSERT_EQ(FLAC__stream_decoder_init_file(decoder, flac.c_str(), on_frame, nullptr, on_error, &seen), FLAC__STREAM_DECODER_INIT_STATUS_OK);
  EXPECT_TRUE(FLAC__stream_decoder_process_until_end_of_stream(decoder));
  EXPECT_TRUE(FLAC__stream_decoder_finish(decoder)) << "the MD5 is wrong";
  FLAC__stream_decoder_delete(decoder);
  EXPECT_EQ(seen.next, frames);
  EXPECT_EQ(seen.errors, 0);

  AudioReader reader(flac);
  AudioBuffer back(1, 1000, sound.rate());
  for (const std::int64_t at : {std::int64_t{127} * 4096 + 4000, std::int64_t{2047} * 4096 + 4000, std::int64_t{5000}}) {
    reader.seek(at);
    ASSERT_EQ(reader.read(back.block()), 1000);
    for (int n = 0; n < 1000; ++n) ASSERT_EQ(back.channel(0)[n], sound.channel(0)[at + n]) << at << " + " << n;
  }
  std::filesystem::remove(wav);
  std::filesystem::remove(flac);
}

}  // namespace
}  // namespace figment::audio
