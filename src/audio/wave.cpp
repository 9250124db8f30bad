#include "audio/wave.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "audio/write_error.h"
#include "base/error.h"

namespace figment::audio {
namespace {

constexpr std::int64_t kDataAt = 4096;
constexpr std::int64_t kMostBytes = 0xFFFFFFFFLL - 2 * kDataAt;
constexpr std::int64_t kPiece = 8192;        // frames converted at a time
constexpr std::int64_t kSilentPiece = 2048;  // frames that become a hole when silent: whole pages in every format
constexpr float kScale = 8388608.0F;         // 2²³

using Header = std::array<unsigned char, kDataAt>;

void put(Header& h, std::size_t at, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) h[at + static_cast<std::size_t>(i)] = static_cast<unsigned char>(value >> (8 * i));
}

Header header_of(WaveSamples samples, std::uint32_t rate, int channels, std::int64_t frames) {
  const bool whole = samples == WaveSamples::Int24;
  const int width = whole ? 3 : 4;
  const std::int64_t data = frames * channels * width;
  Header h{};
  std::memcpy(h.data(), "RIFF", 4);
  put(h, 4, static_cast<std::uint64_t>(kDataAt + data + data % 2 - 8), 4);
  std::memcpy(h.data() + 8, "WAVEfmt ", 8);
  put(h, 16, 16, 4);
  put(h, 20, whole ? 1 : 3, 2);
  put(h, 22, static_cast<std::uint64_t>(channels), 2);
  put(h, 24, rate, 4);
  put(h, 28, static_cast<std::uint64_t>(rate) * static_cast<std::uint64_t>(channels * width), 4);
  put(h, 32, static_cast<std::uint64_t>(channels * width), 2);
  put(h, 34, static_cast<std::uint64_t>(8 * width), 2);
  std::memcpy(h.data() + 36, "JUNK", 4);
  put(h, 40, kDataAt - 8 - 44, 4);
  std::memcpy(h.data() + kDataAt - 8, "data", 4);
  put(h, kDataAt - 4, static_cast<std::uint64_t>(data), 4);
  return h;
}

// Whether the file, from there to its end, is nothing or the chunks that tags lie in.
bool only_tags(int handle, std::int64_t at, std::int64_t end) {
  while (at < end) {
    std::array<unsigned char, 8> chunk{};
    if (at + 8 > end || ::pread(handle, chunk.data(), 8, static_cast<off_t>(at)) != 8) return false;
    const std::string_view id(reinterpret_cast<const char*>(chunk.data()), 4);
    if (id != "ID3 " && id != "id3 " && id != "LIST") return false;
    const std::int64_t size = chunk[4] | chunk[5] << 8 | chunk[6] << 16 | static_cast<std::int64_t>(chunk[7]) << 24;
    at += 8 + size + size % 2;
  }
  return at == end;
}

void write_all(int handle, const std::filesystem::path& file, const void* bytes, std::int64_t count, std::int64_t at) {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t wrote = ::pwrite(handle, from, static_cast<std::size_t>(count), at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) cannot_write(file, wrote < 0 ? errno : ENOSPC);
    from += wrote;
    at += wrote;
    count -= wrote;
  }
}

std::int32_t as_24_bit(float x) noexcept {
  return static_cast<std::int32_t>(std::nearbyint(std::clamp(x * kScale, -kScale, kScale - 1)));
}

bool silent(AudioView sound) noexcept {
  for (int c = 0; c < sound.channels(); ++c) {
    const float* x = sound.channel(c);
    std::uint32_t any = 0;
    for (std::int64_t n = 0; n < sound.frames(); ++n) any |= std::bit_cast<std::uint32_t>(x[n]);
    if ((any & 0x7FFFFFFFU) != 0) return false;
  }
  return true;
}

// The bytes of a file for up to kPiece frames.
void store(AudioView sound, WaveSamples samples, unsigned char* out) noexcept {
  const int channels = sound.channels();
  for (int c = 0; c < channels; ++c) {
    const float* x = sound.channel(c);
    if (samples == WaveSamples::Float32) {
      for (std::int64_t n = 0; n < sound.frames(); ++n) std::memcpy(out + 4 * (n * channels + c), x + n, 4);
      continue;
    }
    std::array<std::int32_t, kPiece> whole;
    for (std::int64_t n = 0; n < sound.frames(); ++n) whole[static_cast<std::size_t>(n)] = as_24_bit(x[n]);
    unsigned char* to = out + 3 * c;
    for (std::int64_t n = 0; n < sound.frames(); ++n, to += 3 * channels) {
      const auto v = static_cast<std::uint32_t>(whole[static_cast<std::size_t>(n)]);
      const auto low = static_cast<std::uint16_t>(v);
      std::memcpy(to, &low, 2);
      to[2] = static_cast<unsigned char>(v >> 16);
    }
  }
}

}  // namespace

void to_24_bit(AudioBlock sound) noexcept {
  for (int c = 0; c < sound.channels(); ++c) {
    float* x = sound.channel(c);
    for (std::int64_t n = 0; n < sound.frames(); ++n) x[n] = static_cast<float>(as_24_bit(x[n])) / kScale;
  }
}

WaveWriter::WaveWriter(std::filesystem::path file, WaveSamples samples, Hertz rate, int channels, std::int64_t frames)
    : path_(std::move(file)), aside_(path_), samples_(samples), rate_(rate), channels_(channels), frames_(frames) {
  assert(channels == 1 || channels == 2);
  aside_ += ".part";
  const std::int64_t data = frames * channels * (samples == WaveSamples::Int24 ? 3 : 4);
  if (data > kMostBytes)
    throw Error(ErrorCode::InvalidArgument, path_.string() + ": " + std::to_string(frames) + " frames are more than a WAV file holds",
                "make it shorter");
  handle_ = ::open(aside_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (handle_ < 0) cannot_write(path_, errno);
  const Header header = header_of(samples, static_cast<std::uint32_t>(std::lround(rate.value)), channels, frames);
  write_all(handle_, path_, header.data(), kDataAt, 0);
  if (::ftruncate(handle_, kDataAt + data + data % 2) != 0) cannot_write(path_, errno);
}

WaveWriter::~WaveWriter() {
  if (handle_ < 0) return;
  ::close(handle_);
  std::error_code ignored;
  std::filesystem::remove(aside_, ignored);
}

void WaveWriter::write(std::int64_t frame, AudioView sound) {
  assert(sound.channels() == channels_ && frame >= 0 && frame + sound.frames() <= frames_);
  const std::int64_t width = channels_ * (samples_ == WaveSamples::Int24 ? 3 : 4);
  thread_local std::vector<unsigned char> bytes;
  bytes.resize(static_cast<std::size_t>(kPiece * width));
  for (std::int64_t at = 0; at < sound.frames();) {
    // Pieces end at multiples of kSilentPiece of the file, so that holes are whole pages.
    const std::int64_t to_edge = kSilentPiece - (frame + at) % kSilentPiece;
    const AudioView first = sound.part(at, to_edge);
    if (silent(first)) {
      at += first.frames();
      continue;
    }
    std::int64_t count = first.frames();
    while (count + kSilentPiece <= kPiece && at + count < sound.frames() && !silent(sound.part(at + count, kSilentPiece)))
      count = std::min(count + kSilentPiece, sound.frames() - at);
    store(sound.part(at, count), samples_, bytes.data());
    write_all(handle_, path_, bytes.data(), count * width, kDataAt + (frame + at) * width);
    at += count;
  }
}

void WaveWriter::copy(std::int64_t frame, std::int64_t count, const WaveReader& from, std::int64_t there) {
  assert(from.samples() == samples_ && from.channels() == channels_ && frame >= 0 && frame + count <= frames_);
  const std::int64_t width = channels_ * (samples_ == WaveSamples::Int24 ? 3 : 4);
  thread_local std::vector<std::byte> bytes;
  for (std::int64_t at = 0; at < count;) {
    const std::int64_t part = std::min(kSilentPiece - (frame + at) % kSilentPiece, count - at);
    from.read_stored(there + at, part, bytes);
    if (std::any_of(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0}; }))
      write_all(handle_, path_, bytes.data(), part * width, kDataAt + (frame + at) * width);
    at += part;
  }
}

void WaveWriter::commit() {
  const int handle = std::exchange(handle_, -1);
  std::error_code status;
  if (::close(handle) != 0) {
    const int code = errno;
    std::filesystem::remove(aside_, status);
    cannot_write(path_, code);
  }
  std::filesystem::remove(path_, status);
  std::filesystem::rename(aside_, path_, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + path_.string() + ": " + status.message());
}

WaveReader::WaveReader(const std::filesystem::path& file) : path_(file) {
  handle_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle_ < 0)
    throw Error(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io, "cannot open " + file.string() + ": " + std::strerror(errno));
  Header h{};
  struct stat info {};
  const bool whole_header = ::pread(handle_, h.data(), kDataAt, 0) == kDataAt && ::fstat(handle_, &info) == 0;
  const auto get = [&](std::size_t at, int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint64_t>(h[at + static_cast<std::size_t>(i)]) << (8 * i);
    return value;
  };
  channels_ = static_cast<int>(get(22, 2));
  samples_ = get(34, 2) == 24 ? WaveSamples::Int24 : WaveSamples::Float32;
  rate_ = Hertz{static_cast<double>(get(24, 4))};
  const bool sane = whole_header && (channels_ == 1 || channels_ == 2) && rate_.value > 0;
  frames_ = sane ? static_cast<std::int64_t>(get(kDataAt - 4, 4)) / frame_bytes() : 0;
  const std::int64_t data = frames_ * frame_bytes();
  const std::int64_t end = kDataAt + data + data % 2;
  Header wanted = sane ? header_of(samples_, static_cast<std::uint32_t>(rate_.value), channels_, frames_) : Header{};
  if (info.st_size > end) put(wanted, 4, static_cast<std::uint64_t>(info.st_size - 8), 4);
  if (!sane || h != wanted || !only_tags(handle_, end, info.st_size)) {
    ::close(handle_);
    throw Error(ErrorCode::Corrupt, file.string() + " is not a sound that Figment wrote, or was changed since", "remove it, and build again");
  }
}

WaveReader::~WaveReader() { ::close(handle_); }

void WaveReader::read_stored(std::int64_t frame, std::int64_t count, std::vector<std::byte>& stored) const {
  assert(frame >= 0 && count >= 0 && frame + count <= frames_);
  stored.resize(static_cast<std::size_t>(count * frame_bytes()));
  std::size_t done = 0;
  while (done < stored.size()) {
    const ssize_t got = ::pread(handle_, stored.data() + done, stored.size() - done,
                                static_cast<off_t>(kDataAt + frame * frame_bytes()) + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Error(ErrorCode::Io, "cannot read " + path_.string() + ": " + (got < 0 ? std::strerror(errno) : "it became shorter"));
    done += static_cast<std::size_t>(got);
  }
}

void WaveReader::understand(const std::vector<std::byte>& stored, AudioBlock out) const noexcept {
  assert(out.channels() == channels_);
  const auto* bytes = reinterpret_cast<const unsigned char*>(stored.data());
  for (int c = 0; c < channels_; ++c) {
    float* x = out.channel(c);
    if (samples_ == WaveSamples::Float32) {
      for (std::int64_t n = 0; n < out.frames(); ++n) std::memcpy(x + n, bytes + 4 * (n * channels_ + c), 4);
      continue;
    }
    const unsigned char* from = bytes + 3 * c;
    for (std::int64_t n = 0; n < out.frames(); ++n, from += 3 * channels_) {
      std::uint16_t low = 0;
      std::memcpy(&low, from, 2);
      const auto v = static_cast<std::int32_t>((static_cast<std::uint32_t>(low) << 8) | (static_cast<std::uint32_t>(from[2]) << 24));
      x[n] = static_cast<float>(v) * (1.0F / (kScale * 256));
    }
  }
}

void WaveReader::read(std::int64_t frame, AudioBlock out) const {
  const std::int64_t begin = std::clamp<std::int64_t>(-frame, 0, out.frames());
  const std::int64_t end = std::clamp<std::int64_t>(frames_ - frame, begin, out.frames());
  out.part(0, begin).clear();
  out.part(end, out.frames() - end).clear();
  thread_local std::vector<std::byte> stored;
  for (std::int64_t at = begin; at < end; at += kPiece) {
    const std::int64_t count = std::min(kPiece, end - at);
    read_stored(frame + at, count, stored);
    understand(stored, out.part(at, count));
  }
}

}  // namespace figment::audio
