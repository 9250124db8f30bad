#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "audio/decoder.h"
#include "audio/file.h"
#include "base/error.h"

namespace figment::audio {
namespace {

constexpr std::int64_t kPiece = 4096;  // frames converted at a time
constexpr int kMostChannels = 64;

struct ::stat look_at(const std::filesystem::path& file) {
  struct ::stat facts{};
  if (::stat(file.c_str(), &facts) != 0)
    throw Error(errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Io,
                errno == ENOENT || errno == ENOTDIR ? "no sound file at " + file.string() : "cannot read " + file.string() + ": " + std::strerror(errno));
  return facts;
}

// libsndfile quietly shortens a WAV file that ends before its header said. 0: it does not; else the bytes promised.
std::uint64_t riff_promises_more(const std::filesystem::path& file, std::uint64_t bytes) {
  std::ifstream in(file, std::ios::binary);
  unsigned char head[8] = {};
  in.read(reinterpret_cast<char*>(head), sizeof head);
  if (!in || std::memcmp(head, "RIFF", 4) != 0) return 0;
  const std::uint64_t size = head[4] | head[5] << 8 | head[6] << 16 | static_cast<std::uint64_t>(head[7]) << 24;
  return size < 0xFFFFFF00U && size + 8 > bytes + 1 ? size + 8 : 0;    // programs that stream write the highest number
}

}  // namespace

struct AudioReader::Impl {
  std::filesystem::path path;
  struct ::stat facts{};
  std::unique_ptr<Decoder> decoder;
  std::int64_t at = 0;
  std::string cut_short;
  std::uint64_t promised_bytes = 0;
  std::vector<float> interleaved;
};

AudioReader::AudioReader(const std::filesystem::path& file) : impl_(std::make_unique<Impl>()) {
  impl_->path = file;
  impl_->facts = look_at(file);
  if (S_ISDIR(impl_->facts.st_mode)) throw Error(ErrorCode::InvalidArgument, file.string() + " is a folder; a sound file was wanted");
  if (!S_ISREG(impl_->facts.st_mode)) throw Error(ErrorCode::InvalidArgument, file.string() + " is not a plain file");
  if (impl_->facts.st_size == 0) throw Error(ErrorCode::Corrupt, file.string() + " is empty");
  std::string sndfile, ffmpeg;
  impl_->decoder = open_with_sndfile(file, sndfile);
  if (!impl_->decoder) impl_->decoder = open_with_ffmpeg(file, ffmpeg);
  if (!impl_->decoder)
    throw Error(ErrorCode::Corrupt, file.string() + " is not a sound file that can be read: libsndfile says \"" + sndfile + "\", ffmpeg \"" + ffmpeg + "\"");
  impl_->promised_bytes = riff_promises_more(file, static_cast<std::uint64_t>(impl_->facts.st_size));
  const Decoder& d = *impl_->decoder;
  if (d.channels < 1 || d.channels > kMostChannels)
    throw Error(ErrorCode::Unsupported, file.string() + " has " + std::to_string(d.channels) + " channels; 1 to 64 are supported");
  if (!(d.rate.value >= 1) || d.frames < 0)
    throw Error(ErrorCode::Corrupt, file.string() + ": its header gives " + std::to_string(d.rate.value) + " Hz and " + std::to_string(d.frames) + " frames");
}
AudioReader::~AudioReader() = default;
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;

Hertz AudioReader::rate() const noexcept { return impl_->decoder->rate; }
int AudioReader::channels() const noexcept { return impl_->decoder->channels; }
std::int64_t AudioReader::frames() const noexcept { return impl_->decoder->frames; }
const std::string& AudioReader::format() const noexcept { return impl_->decoder->format; }
std::optional<SamplerChunk> AudioReader::sampler_chunk() const { return impl_->decoder->sampler_chunk(); }
const std::string& AudioReader::cut_short() const noexcept { return impl_->cut_short; }

std::int64_t AudioReader::read(AudioBlock out) {
  assert(out.channels() == channels());
  Decoder& decoder = *impl_->decoder;
  const auto channel_count = static_cast<std::size_t>(channels());
  impl_->interleaved.resize(static_cast<std::size_t>(kPiece) * channel_count);
  std::int64_t done = 0;
  while (done < out.frames()) {
    const std::int64_t want = std::min(kPiece, out.frames() - done);
    const std::int64_t got = decoder.read(impl_->interleaved.data(), want);
    for (std::size_t c = 0; c < channel_count; ++c) {
      float* to = out.channel(static_cast<int>(c)) + done;
      for (std::int64_t n = 0; n < got; ++n) to[n] = impl_->interleaved[static_cast<std::size_t>(n) * channel_count + c];
    }
    done += got;
    impl_->at += got;
    if (got < want) {
      if (!decoder.trouble.empty()) {
        impl_->cut_short = "it cannot be decoded beyond frame " + std::to_string(impl_->at) + " (" + decoder.trouble + ")";
      } else if (decoder.exact && impl_->at < decoder.frames) {
        impl_->cut_short = "it ends at frame " + std::to_string(impl_->at) + " where its header promises " + std::to_string(decoder.frames);
      } else if (impl_->promised_bytes > 0) {
        impl_->cut_short = "it ends after " + std::to_string(impl_->facts.st_size) + " bytes where its header promises " + std::to_string(impl_->promised_bytes);
      }
      break;
    }
  }
  return done;
}

void AudioReader::check_unchanged() const {
  const struct ::stat now = look_at(impl_->path);
  const struct ::stat& then = impl_->facts;
  if (now.st_size != then.st_size || now.st_mtim.tv_sec != then.st_mtim.tv_sec || now.st_mtim.tv_nsec != then.st_mtim.tv_nsec ||
      now.st_ino != then.st_ino || now.st_dev != then.st_dev)
    throw Error(ErrorCode::Corrupt, impl_->path.string() + " was changed while it was read", "wait until it is written and run the same command again");
}

void AudioReader::seek(std::int64_t frame) {
  if (!impl_->decoder->seek(frame))
    throw Error(ErrorCode::Corrupt, impl_->path.string() + ": cannot go to frame " + std::to_string(frame) + " of " + std::to_string(frames()));
  impl_->at = frame;
  impl_->cut_short.clear();
}

AudioBuffer read_audio(const std::filesystem::path& file) {
  AudioReader reader(file);
  // The header may lie about the length; memory is asked for as sound really arrives.
  constexpr std::int64_t kStep = 1 << 20;
  std::vector<AudioBuffer> pieces;
  std::int64_t total = 0, got = 0;
  do {
    // A file whose header is right is read in one piece more than its length needs.
    AudioBuffer piece(reader.channels(), std::clamp<std::int64_t>(reader.frames() - total, 4096, kStep), reader.rate());
    got = reader.read(piece.block());
    total += got;
    const bool last = got < piece.frames();
    pieces.push_back(std::move(piece));
    if (last) break;
  } while (got > 0);
  if (!reader.cut_short().empty()) throw Error(ErrorCode::Corrupt, file.string() + ": " + reader.cut_short());
  AudioBuffer sound(reader.channels(), total, reader.rate());
  std::int64_t at = 0;
  for (const AudioBuffer& piece : pieces) {
    const std::int64_t count = std::min(piece.frames(), total - at);
    sound.block().part(at, count).copy_from(piece.view().part(0, count));
    at += count;
  }
  return sound;
}

}  // namespace figment::audio
