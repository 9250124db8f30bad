#include "audio/file.h"

#include <fcntl.h>
#include <lame/lame.h>
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/foreign_code.h"

namespace figment::audio {
namespace {

constexpr std::int64_t kPiece = 4096;  // frames converted at a time

[[noreturn]] void io_error(const std::filesystem::path& file, const std::string& what) {
  const int code = errno;
  throw Error(ErrorCode::Io, "cannot write " + file.string() + ": " + what,
              code == ENOSPC ? "free some disk space and run the same command again; finished parts are kept" : "");
}

}  // namespace

struct AudioWriter::Impl {
  std::filesystem::path path, aside;
  FileFormat format{};
  int channels = 0;
  SNDFILE* file = nullptr;
  // libsndfile's MP3 writer has no say over LAME's effort, so MP3 goes to LAME directly.
  lame_global_flags* lame = nullptr;
  std::FILE* raw = nullptr;
  std::vector<float> interleaved;
  std::vector<unsigned char> encoded;
  bool committed = false;

  void close_quietly() {
    if (file != nullptr) sf_close(file);
    if (lame != nullptr) lame_close(lame);
    if (raw != nullptr) std::fclose(raw);
    file = nullptr;
    lame = nullptr;
    raw = nullptr;
  }
  ~Impl() {
    close_quietly();
    std::error_code ignored;
    if (!committed && !aside.empty()) std::filesystem::remove(aside, ignored);
  }
};

AudioWriter::AudioWriter(const std::filesystem::path& file, FileFormat format, Hertz rate, int channels)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = file;
  impl_->aside = file;
  impl_->aside += ".part";
  impl_->format = format;
  impl_->channels = channels;
  if (format == FileFormat::Mp3) {
    if (channels > 2) throw Error(ErrorCode::Unsupported, "MP3 holds at most 2 channels, not " + std::to_string(channels));
    errno = 0;
    impl_->raw = std::fopen(impl_->aside.c_str(), "wb+");
    if (impl_->raw == nullptr) io_error(file, std::strerror(errno));
    impl_->lame = lame_init();
    lame_set_in_samplerate(impl_->lame, static_cast<int>(rate.value));
    lame_set_num_channels(impl_->lame, channels);
    lame_set_VBR(impl_->lame, vbr_default);
    lame_set_VBR_quality(impl_->lame, 2.0F);  // "V2", about 190 kbit/s: transparent to most ears
    lame_set_quality(impl_->lame, 5);
    lame_set_bWriteVbrTag(impl_->lame, 1);
    lame_set_msgf(impl_->lame, nullptr);
    lame_set_errorf(impl_->lame, nullptr);
    if (lame_init_params(impl_->lame) < 0)
      throw Error(ErrorCode::Unsupported, "MP3 does not know a sample rate of " + std::to_string(rate.value) + " Hz");
    return;
  }
  SF_INFO info{};
  info.samplerate = static_cast<int>(rate.value);
  info.channels = channels;
  switch (format) {
    case FileFormat::Wav24: info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_24; break;
    case FileFormat::WavFloat: info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT; break;
    case FileFormat::Flac24: info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_24; break;
    case FileFormat::Ogg: info.format = SF_FORMAT_OGG | SF_FORMAT_VORBIS; break;
    case FileFormat::Mp3: break;
  }
  errno = 0;
  impl_->file = sf_open(impl_->aside.c_str(), SFM_WRITE, &info);
  if (impl_->file == nullptr) io_error(file, errno != 0 ? std::strerror(errno) : sf_strerror(nullptr));
  sf_command(impl_->file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  sf_command(impl_->file, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);   // it holds the time of day: the same sound would be another file
  if (format == FileFormat::Ogg) {
    double quality = 0.6;  // "q6", about 190 kbit/s
    sf_command(impl_->file, SFC_SET_VBR_ENCODING_QUALITY, &quality, sizeof quality);
  }
  if (format == FileFormat::Flac24) {
    double level = 0.25;  // FLAC level 2: 5 % larger than the default, 1.5 times as fast
    sf_command(impl_->file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
  }
}
AudioWriter::~AudioWriter() = default;
AudioWriter::AudioWriter(AudioWriter&&) noexcept = default;
AudioWriter& AudioWriter::operator=(AudioWriter&&) noexcept = default;

void AudioWriter::write(AudioView sound) {
  assert(sound.channels() == impl_->channels);
  const auto channel_count = static_cast<std::size_t>(impl_->channels);
  for (std::int64_t at = 0; at < sound.frames(); at += kPiece) {
    const std::int64_t count = std::min(kPiece, sound.frames() - at);
    errno = 0;
    before_foreign_code();
    if (impl_->lame != nullptr) {
      impl_->encoded.resize(static_cast<std::size_t>(kPiece) * 5 / 4 + 7200);
      const float* left = sound.channel(0) + at;
      const float* right = sound.channel(impl_->channels - 1) + at;
      const int bytes = lame_encode_buffer_ieee_float(impl_->lame, left, right, static_cast<int>(count),
                                                      impl_->encoded.data(), static_cast<int>(impl_->encoded.size()));
      if (bytes < 0 || std::fwrite(impl_->encoded.data(), 1, static_cast<std::size_t>(bytes), impl_->raw) !=
                           static_cast<std::size_t>(bytes))
        io_error(impl_->path, errno != 0 ? std::strerror(errno) : "the encoder failed");
      continue;
    }
    impl_->interleaved.resize(static_cast<std::size_t>(count) * channel_count);
    for (std::size_t c = 0; c < channel_count; ++c) {
      const float* from = sound.channel(static_cast<int>(c)) + at;
      for (std::int64_t n = 0; n < count; ++n)
        impl_->interleaved[static_cast<std::size_t>(n) * channel_count + c] = from[n];
    }
    before_foreign_code();
    if (sf_writef_float(impl_->file, impl_->interleaved.data(), count) != count)
      io_error(impl_->path, errno != 0 ? std::strerror(errno) : sf_strerror(impl_->file));
  }
}

void AudioWriter::commit(Sync sync) {
  errno = 0;
  if (impl_->lame != nullptr) {
    impl_->encoded.resize(7200);
    const int bytes = lame_encode_flush(impl_->lame, impl_->encoded.data(), static_cast<int>(impl_->encoded.size()));
    bool good = bytes >= 0 && std::fwrite(impl_->encoded.data(), 1, static_cast<std::size_t>(bytes), impl_->raw) ==
                                  static_cast<std::size_t>(bytes);
    // The first frame says how long the file is and how much silence the encoder put in front.
    const std::size_t tag = lame_get_lametag_frame(impl_->lame, impl_->encoded.data(), impl_->encoded.size());
    if (good && tag > 0 && tag <= impl_->encoded.size())
      good = std::fseek(impl_->raw, 0, SEEK_SET) == 0 && std::fwrite(impl_->encoded.data(), 1, tag, impl_->raw) == tag;
    good = good && std::fflush(impl_->raw) == 0;
    if (!good) io_error(impl_->path, errno != 0 ? std::strerror(errno) : "the encoder failed");
  }
  if (impl_->file != nullptr) {
    const int status = sf_close(impl_->file);
    impl_->file = nullptr;
    if (status != 0) io_error(impl_->path, errno != 0 ? std::strerror(errno) : sf_error_number(status));
  }
  impl_->close_quietly();
  if (sync == Sync::Yes) {
    const int handle = ::open(impl_->aside.c_str(), O_RDONLY);
    const bool synced = handle >= 0 && ::fsync(handle) == 0;
    if (handle >= 0) ::close(handle);
    if (!synced) io_error(impl_->path, std::strerror(errno));
  }
  std::error_code status;
  std::filesystem::rename(impl_->aside, impl_->path, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + impl_->path.string() + ": " + status.message());
  impl_->committed = true;
}

void write_audio(const std::filesystem::path& file, AudioView sound, FileFormat format) {
  AudioWriter writer(file, format, sound.rate(), sound.channels());
  writer.write(sound);
  writer.commit();
}

}  // namespace figment::audio
