#include <lame/lame.h>

#include <array>
#include <memory>
#include <vector>

#include "audio/encode.h"
#include "audio/piece_file.h"
#include "base/error.h"
#include "base/foreign_code.h"

namespace figment::audio {
namespace {

constexpr std::int64_t kFrame = 1152;        // samples of an MPEG-1 layer III frame
constexpr std::int64_t kPiece = 256;         // frames
constexpr std::int64_t kRunUp = 16;          // frames before a piece, for the encoder to settle
constexpr std::int64_t kSpare = 5;           // frames at both ends among which a joint is sought
constexpr int kEncoderDelay = 576;           // LAME's
constexpr const char* kSettings = "mp3 V2 1";

using Lame = std::unique_ptr<lame_global_flags, int (*)(lame_global_flags*)>;

Lame make_encoder(const WaveReader& sound, bool tag) {
  Lame lame(lame_init(), lame_close);
  const int rate = static_cast<int>(sound.rate().value);
  lame_set_in_samplerate(lame.get(), rate);
  lame_set_out_samplerate(lame.get(), rate);
  lame_set_num_channels(lame.get(), sound.channels());
  lame_set_mode(lame.get(), sound.channels() == 1 ? MONO : JOINT_STEREO);
  lame_set_VBR(lame.get(), vbr_default);
  lame_set_VBR_quality(lame.get(), 2.0F);   // transparent to most ears
  lame_set_quality(lame.get(), 5);
  lame_set_disable_reservoir(lame.get(), 1);
  lame_set_bWriteVbrTag(lame.get(), tag ? 1 : 0);
  lame_set_msgf(lame.get(), nullptr);
  lame_set_errorf(lame.get(), nullptr);
  if ((rate != 32000 && rate != 44100 && rate != 48000) || lame_init_params(lame.get()) < 0)
    throw Error(ErrorCode::Unsupported, "MP3 is written at 32000, 44100 or 48000 Hz, not " + std::to_string(rate));
  return lame;
}

// Length in bytes of the frame that begins here; 0 when none does.
std::size_t frame_bytes(std::string_view bytes) {
  if (bytes.size() < 4) return 0;
  const auto b = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (b(0) != 0xFF || (b(1) & 0xFE) != 0xFA) return 0;   // MPEG-1, layer III
  constexpr std::array<int, 16> kRates{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0};
  constexpr std::array<int, 4> kHertz{44100, 48000, 32000, 0};
  const int kbit = kRates[b(2) >> 4], hertz = kHertz[(b(2) >> 2) & 3];
  if (kbit == 0 || hertz == 0) return 0;
  return static_cast<std::size_t>(144 * kbit * 1000 / hertz + ((b(2) >> 1) & 1));
}

// The windows of a frame's second granule, both channels: what the next frame's overlap builds on.
int windows_of(std::string_view frame, int channels) {
  const auto bits = [&](std::size_t at, int count) {
    int value = 0;
    for (int i = 0; i < count; ++i, ++at) value = value * 2 + ((static_cast<unsigned char>(frame[at / 8]) >> (7 - at % 8)) & 1);
    return value;
  };
  // After the header: 9 bits of main_data_begin, private bits, scfsi; then 59 bits a granule and channel.
  std::size_t at = 32 + 9 + (channels == 2 ? 3 + 8 : 5 + 4) + static_cast<std::size_t>(59 * channels);
  int windows = 0;
  for (int c = 0; c < channels; ++c, at += 59) {
    const bool switched = bits(at + 33, 1) != 0;
    windows = windows * 8 + (switched ? bits(at + 34, 3) : 0);   // block type and mixed flag; 0 for normal
  }
  return windows;
}

// The frames of a stretch, each with its length in front (two bytes).
std::string encode(const WaveReader& sound, std::int64_t first, std::int64_t last) {
  const std::int64_t from = std::max<std::int64_t>(0, first - kRunUp);
  const Lame lame = make_encoder(sound, false);
  AudioBuffer block(sound.channels(), kFrame, sound.rate());
  std::vector<unsigned char> out(16384);
  std::string stream;
  const auto keep = [&](int bytes) {
    if (bytes < 0) throw Error(ErrorCode::Io, "LAME failed with " + std::to_string(bytes));
    stream.append(reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(bytes));
  };
  for (std::int64_t f = from; f < last + 3; ++f) {
    sound.read(f * kFrame, block.block());
    before_foreign_code();
    keep(lame_encode_buffer_ieee_float(lame.get(), block.channel(0), block.channel(sound.channels() - 1), static_cast<int>(kFrame), out.data(), static_cast<int>(out.size())));
  }
  keep(lame_encode_flush(lame.get(), out.data(), static_cast<int>(out.size())));
  std::string frames;
  std::string_view rest = stream;
  for (std::int64_t f = from; f < last; ++f) {
    const std::size_t length = frame_bytes(rest);
    if (length == 0 || length > rest.size()) throw Error(ErrorCode::Io, "LAME gave a frame that makes no sense");
    if (f >= first) {
      frames += static_cast<char>(length / 256);
      frames += static_cast<char>(length % 256);
      frames += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  return frames;
}

struct Piece {
  std::int64_t first = 0;                   // frame of the file
  std::string bytes;
  std::vector<std::string_view> frames;     // into bytes

  [[nodiscard]] bool has(std::int64_t f) const { return f >= first && f < first + static_cast<std::int64_t>(frames.size()); }
  [[nodiscard]] std::string_view at(std::int64_t f) const { return frames[static_cast<std::size_t>(f - first)]; }
};

bool split(Piece& piece, std::int64_t count) {
  std::string_view rest = piece.bytes;
  piece.frames.clear();
  while (rest.size() > 2) {
    const std::size_t length = static_cast<unsigned char>(rest[0]) * 256U + static_cast<unsigned char>(rest[1]);
    rest.remove_prefix(2);
    if (length > rest.size() || frame_bytes(rest) != length) return false;
    piece.frames.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return rest.empty() && static_cast<std::int64_t>(piece.frames.size()) == count;
}

std::uint16_t crc(std::uint16_t value, std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint16_t, 256> t{};
    for (unsigned i = 0; i < 256; ++i) {
      unsigned v = i;
      for (int k = 0; k < 8; ++k) v = (v & 1) != 0 ? (v >> 1) ^ 0xA001U : v >> 1;
      t[i] = static_cast<std::uint16_t>(v);
    }
    return t;
  }();
  for (const char b : bytes) value = static_cast<std::uint16_t>((value >> 8) ^ table[(value ^ static_cast<unsigned char>(b)) & 0xFF]);
  return value;
}

void put(std::string& to, std::size_t at, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i, value >>= 8) to[at + static_cast<std::size_t>(i)] = static_cast<char>(value);
}

// The first frame as LAME makes it, for filling in.
std::string blank_tag(const WaveReader& sound) {
  const Lame lame = make_encoder(sound, true);
  const std::vector<float> silence(static_cast<std::size_t>(4 * kFrame));
  std::vector<unsigned char> out(32768);
  lame_encode_buffer_ieee_float(lame.get(), silence.data(), silence.data(), static_cast<int>(silence.size()), out.data(), static_cast<int>(out.size()));
  lame_encode_flush(lame.get(), out.data(), static_cast<int>(out.size()));
  const std::size_t size = lame_get_lametag_frame(lame.get(), out.data(), out.size());
  if (size < 200 || size > out.size()) throw Error(ErrorCode::Io, "LAME gave no tag frame");
  return {reinterpret_cast<const char*>(out.data()), size};
}

// Length, delay, padding, seek table and checksums (the layout of LAME's VbrTag.c and the "mp3 info tag" specification).
void fill_tag(std::string& tag, int channels, std::int64_t samples, const std::vector<std::uint32_t>& sizes, std::uint16_t music_crc) {
  const std::size_t x = channels == 2 ? 36 : 21;
  std::uint64_t total = tag.size();
  for (const std::uint32_t s : sizes) total += s;
  put(tag, x + 8, sizes.size(), 4);
  put(tag, x + 12, total, 4);
  std::uint64_t before = tag.size();
  for (std::size_t percent = 0, f = 0; percent < 100; ++percent) {
    while (f < percent * sizes.size() / 100) before += sizes[f++];
    put(tag, x + 16 + percent, before * 256 / total, 1);
  }
  const auto padding = static_cast<std::uint64_t>(static_cast<std::int64_t>(sizes.size()) * kFrame - kEncoderDelay - samples);
  put(tag, x + 141, (static_cast<std::uint64_t>(kEncoderDelay) << 12) | padding, 3);
  put(tag, x + 148, total, 4);
  put(tag, x + 152, music_crc, 2);
  put(tag, x + 154, crc(0, std::string_view(tag).substr(0, x + 154)), 2);
}

}  // namespace

int write_mp3(const WaveReader& sound, const std::filesystem::path& file, const PieceMemory& memory, const Progress& progress) {
  const std::int64_t samples = sound.frames();
  // The decoder is 529 samples late on top of the encoder, and needs one frame more for its overlap.
  const std::int64_t total = (samples + kEncoderDelay + kFrame + kFrame - 1) / kFrame;
  std::string tag = blank_tag(sound);
  WholeFile out(file);
  out.write(tag);
  std::vector<std::uint32_t> sizes;
  std::uint16_t checksum = 0;
  int encoded = 0;
  const auto load = [&](std::int64_t p) {
    Piece piece;
    piece.first = std::max<std::int64_t>(0, p * kPiece - kSpare);
    const std::int64_t last = std::min(total, (p + 1) * kPiece + kSpare);
    const Digest key = piece_key(sound, std::max<std::int64_t>(0, piece.first - kRunUp) * kFrame, (last + 3) * kFrame,
                                 kSettings + (p == 0 ? std::string(" first ") : std::string(" ")) + std::to_string(last - piece.first));
    if (memory.get) {
      if (auto known = memory.get(key)) {
        piece.bytes = std::move(*known);
        if (split(piece, last - piece.first)) return piece;
      }
    }
    piece.bytes = encode(sound, piece.first, last);
    if (!split(piece, last - piece.first)) throw Error(ErrorCode::Io, "LAME gave frames that make no sense");
    ++encoded;
    if (memory.put) memory.put(key, piece.bytes);
    return piece;
  };
  const std::int64_t pieces = (total + kPiece - 1) / kPiece;
  Piece now = load(0);
  std::int64_t next_frame = 0;
  for (std::int64_t p = 0; p < pieces; ++p) {
    progress.check();
    std::int64_t joint = total;
    Piece after;
    if (p + 1 < pieces) {
      after = load(p + 1);
      joint = (p + 1) * kPiece;
      // The nearest frame before which both coded the same windows.
      for (const std::int64_t step : {0, -1, 1, -2, 2, -3, 3, -4, 4}) {
        const std::int64_t f = (p + 1) * kPiece + step;
        if (!now.has(f - 1) || !after.has(f - 1) || !after.has(f)) continue;
        if (windows_of(now.at(f - 1), sound.channels()) != windows_of(after.at(f - 1), sound.channels())) continue;
        joint = f;
        break;
      }
    }
    for (; next_frame < joint; ++next_frame) {
      const std::string_view frame = now.at(next_frame);
      out.write(frame);
      sizes.push_back(static_cast<std::uint32_t>(frame.size()));
      checksum = crc(checksum, frame);
    }
    // Views look into the string: moving a std::string of this size moves no characters.
    now = std::move(after);
  }
  fill_tag(tag, sound.channels(), samples, sizes, checksum);
  out.write_at_start(tag);
  out.commit();
  return encoded;
}

}  // namespace figment::audio
