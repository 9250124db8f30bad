#include <FLAC/stream_encoder.h>

#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "audio/encode.h"
#include "audio/piece_file.h"
#include "base/error.h"
#include "base/foreign_code.h"

namespace figment::audio {
namespace {

constexpr std::int64_t kBlock = 4096;              // samples of a frame, as every frame but the last has
constexpr std::int64_t kPiece = 64;                // frames
constexpr std::size_t kRoomForTags = 8192;         // so that tags need not push the sound aside
constexpr const char* kSettings = "flac 24 5 1";

// Checksums of the frame format: CRC-8 with x⁸+x²+x+1, CRC-16 with x¹⁶+x¹⁵+x²+1, from zero, highest bit first.
template <typename Value, unsigned Polynomial>
Value crc(std::string_view bytes) {
  constexpr int kBits = 8 * sizeof(Value);
  static const auto table = [] {
    std::array<Value, 256> t{};
    for (unsigned i = 0; i < 256; ++i) {
      unsigned v = i << (kBits - 8);
      for (int k = 0; k < 8; ++k) v = (v >> (kBits - 1) & 1) != 0 ? (v << 1) ^ Polynomial : v << 1;
      t[i] = static_cast<Value>(v);
    }
    return t;
  }();
  Value value = 0;
  for (const char b : bytes)
    value = static_cast<Value>((kBits > 8 ? static_cast<unsigned>(value) << 8 : 0U) ^ table[(value >> (kBits - 8) ^ static_cast<unsigned char>(b)) & 0xFF]);
  return value;
}

// A frame number as the format writes it: like UTF-8, up to 31 bits.
std::string coded(std::uint32_t number) {
  if (number < 0x80) return {static_cast<char>(number)};
  int following = 1;
  while (number >> (5 * following + 6) != 0) ++following;
  std::string text(1, static_cast<char>(0xFF00U >> (following + 1) | number >> (6 * following)));
  for (int i = following - 1; i >= 0; --i) text += static_cast<char>(0x80U | (number >> (6 * i) & 0x3FU));
  return text;
}

// The frame with another number. Layout of the header: four bytes, the number, block size and rate where the fourth
// byte's codes say so, CRC-8; after the header the sound, and CRC-16 of everything at the end.
std::string renumbered(std::string_view frame, std::uint32_t number) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frame.at(i)); };
  std::size_t old_number = 1;
  for (unsigned bit = 0x80; byte(4) >= 0xC0 && (byte(4) & (bit >> 1)) != 0; bit >>= 1) ++old_number;
  const unsigned block_code = byte(2) >> 4, rate_code = byte(2) & 15U;
  const std::size_t more = (block_code == 6 ? 1U : block_code == 7 ? 2U : 0U) + (rate_code == 12 ? 1U : rate_code == 13 || rate_code == 14 ? 2U : 0U);
  const std::size_t body = 4 + old_number + more + 1;
  if (byte(0) != 0xFF || byte(1) != 0xF8 || frame.size() < body + 2) throw Error(ErrorCode::Io, "libFLAC gave a frame that makes no sense");
  std::string out(frame.substr(0, 4));
  out += coded(number);
  out += frame.substr(4 + old_number, more);
  out += static_cast<char>(crc<std::uint8_t, 0x07>(out));
  out += frame.substr(body, frame.size() - body - 2);
  const std::uint16_t check = crc<std::uint16_t, 0x8005>(out);
  out += static_cast<char>(check >> 8);
  out += static_cast<char>(check & 0xFF);
  return out;
}

// Frames that were encoded together: their lengths (three bytes each), then their bytes.
struct Piece {
  std::string bytes;
  std::size_t frames = 0;

  [[nodiscard]] std::uint32_t length(std::size_t i) const {
    const auto b = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[3 * i + k])); };
    return b(0) << 16 | b(1) << 8 | b(2);
  }
  [[nodiscard]] std::string_view sound() const { return std::string_view(bytes).substr(3 * frames); }
  [[nodiscard]] bool whole() const {
    if (bytes.size() < 3 * frames) return false;
    std::size_t sum = 3 * frames;
    for (std::size_t i = 0; i < frames; ++i) sum += length(i);
    return sum == bytes.size();
  }
};

using Encoder = std::unique_ptr<FLAC__StreamEncoder, void (*)(FLAC__StreamEncoder*)>;

struct Collector {
  std::uint32_t number;
  std::string lengths, frames;
};

FLAC__StreamEncoderWriteStatus collect(const FLAC__StreamEncoder*, const FLAC__byte* bytes, std::size_t size, std::uint32_t samples, std::uint32_t, void* to) {
  auto& c = *static_cast<Collector*>(to);
  if (samples == 0) return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;   // metadata: we write our own
  try {
    const std::string frame = renumbered({reinterpret_cast<const char*>(bytes), size}, c.number++);
    for (const int shift : {16, 8, 0}) c.lengths += static_cast<char>(frame.size() >> shift & 0xFF);
    c.frames += frame;
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
  } catch (const std::exception&) {
    return FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
  }
}

std::string encode(const WaveReader& sound, const std::vector<std::byte>& stored, std::int64_t first_frame) {
  std::vector<FLAC__int32> samples(stored.size() / 3);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto b = [&](std::size_t k) { return static_cast<std::uint32_t>(stored[3 * i + k]); };
    samples[i] = static_cast<std::int32_t>(b(0) << 8 | b(1) << 16 | b(2) << 24) >> 8;
  }
  const Encoder encoder(FLAC__stream_encoder_new(), FLAC__stream_encoder_delete);
  if (!encoder) throw Error(ErrorCode::OutOfMemory, "the FLAC encoder could not be started");
  FLAC__stream_encoder_set_channels(encoder.get(), static_cast<unsigned>(sound.channels()));
  FLAC__stream_encoder_set_bits_per_sample(encoder.get(), 24);
  FLAC__stream_encoder_set_sample_rate(encoder.get(), static_cast<unsigned>(sound.rate().value));
  FLAC__stream_encoder_set_compression_level(encoder.get(), 5);
  FLAC__stream_encoder_set_blocksize(encoder.get(), kBlock);
  Collector out{static_cast<std::uint32_t>(first_frame), {}, {}};
  if (FLAC__stream_encoder_init_stream(encoder.get(), collect, nullptr, nullptr, nullptr, &out) != FLAC__STREAM_ENCODER_INIT_STATUS_OK)
    throw Error(ErrorCode::Unsupported, "FLAC cannot hold sound at " + std::to_string(sound.rate().value) + " Hz");
  before_foreign_code();
  const auto frames = static_cast<unsigned>(samples.size() / static_cast<std::size_t>(sound.channels()));
  if (FLAC__stream_encoder_process_interleaved(encoder.get(), samples.data(), frames) == 0 || FLAC__stream_encoder_finish(encoder.get()) == 0)
    throw Error(ErrorCode::Io, "libFLAC failed: " + std::string(FLAC__stream_encoder_get_resolved_state_string(encoder.get())));
  return out.lengths + out.frames;
}

// Big-endian bits.
class Bits {
 public:
  void put(std::uint64_t value, int count) {
    while (--count >= 0) {
      if (used_ % 8 == 0) text_ += '\0';
      if ((value >> count & 1) != 0) text_.back() = static_cast<char>(text_.back() | 0x80 >> used_ % 8);
      ++used_;
    }
  }
  void put(std::string_view bytes) {
    text_ += bytes;
    used_ += 8 * bytes.size();
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t used_ = 0;
};

struct SeekPoint {
  std::int64_t sample;
  std::uint64_t offset;
};

std::string header(const WaveReader& sound, std::uint32_t smallest, std::uint32_t largest, std::string_view md5, const std::vector<SeekPoint>& points) {
  constexpr int kStreamInfo = 0, kPadding = 1, kSeekTable = 3;
  Bits h;
  h.put("fLaC");
  h.put(kStreamInfo, 8), h.put(34, 24);
  h.put(kBlock, 16), h.put(kBlock, 16), h.put(smallest, 24), h.put(largest, 24);
  h.put(static_cast<std::uint64_t>(sound.rate().value), 20), h.put(static_cast<std::uint64_t>(sound.channels() - 1), 3), h.put(23, 5);
  h.put(static_cast<std::uint64_t>(sound.frames()), 36);
  h.put(md5);
  h.put(kSeekTable, 8), h.put(points.size() * 18, 24);
  for (const SeekPoint& p : points) h.put(static_cast<std::uint64_t>(p.sample), 64), h.put(p.offset, 64), h.put(kBlock, 16);
  h.put(0x80 | kPadding, 8), h.put(kRoomForTags, 24);
  h.put(std::string(kRoomForTags, '\0'));
  return h.text();
}

}  // namespace

int write_flac(const WaveReader& sound, const std::filesystem::path& file, const PieceMemory& memory, const Progress& progress) {
  if (sound.samples() != WaveSamples::Int24) throw Error(ErrorCode::Unsupported, "FLAC holds whole numbers, and the sound for " + file.string() + " is floating-point");
  const std::int64_t total = (sound.frames() + kBlock - 1) / kBlock;
  std::uint32_t smallest = 0xFFFFFF, largest = 0;
  std::uint64_t offset = 0;
  std::vector<SeekPoint> points(static_cast<std::size_t>((total + kPiece - 1) / kPiece));
  WholeFile out(file);
  out.write(header(sound, 0, 0, std::string(16, '\0'), points));
  points.clear();
  Md5 md5;
  int encoded = 0;
  std::vector<std::byte> stored;
  for (std::int64_t first = 0; first < total; first += kPiece) {
    progress.check();
    const std::int64_t at = first * kBlock, size = std::min(kPiece * kBlock, sound.frames() - at);
    sound.read_stored(at, size, stored);
    md5.add(stored);   // of the samples as they are stored, as the format wants it
    const Digest key = piece_key(sound, stored, kSettings + (" " + std::to_string(first)));
    Piece piece{{}, static_cast<std::size_t>((size + kBlock - 1) / kBlock)};
    if (memory.get) piece.bytes = memory.get(key).value_or("");
    if (!piece.whole()) {
      piece.bytes = encode(sound, stored, first);
      if (!piece.whole()) throw Error(ErrorCode::Io, "libFLAC gave frames that make no sense");
      ++encoded;
      if (memory.put) memory.put(key, piece.bytes);
    }
    points.push_back({at, offset});
    for (std::size_t i = 0; i < piece.frames; ++i) {
      const std::uint32_t length = piece.length(i);
      smallest = std::min(smallest, length), largest = std::max(largest, length);
      offset += length;
    }
    out.write(piece.sound());
  }
  out.write_at_start(header(sound, smallest, largest, md5.finish(), points));
  out.commit();
  return encoded;
}

}  // namespace figment::audio
