#include <ogg/ogg.h>
#include <vorbis/codec.h>
#include <vorbis/vorbisenc.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "audio/encode.h"
#include "audio/piece_file.h"
#include "base/error.h"
#include "base/foreign_code.h"

namespace figment::audio {
namespace {

constexpr std::int64_t kPiece = 252 * 1024;     // frames
constexpr std::int64_t kRunUp = 32 * 1024;      // before a piece, for the encoder to settle
constexpr std::int64_t kRunOut = 48 * 1024;     // after it, where a joint is sought
constexpr std::int64_t kLongStep = 1024;        // between the centres of long blocks
constexpr std::int64_t kFirstLong = 576;        // from an encoder's start to the centre of its first long block
constexpr float kQuality = 0.6F;                // about 190 kbit/s
constexpr const char* kSettings = "ogg q6 1";

// One encoder from its settings to its end; frees what libvorbis allocated.
class Vorbis {
 public:
  explicit Vorbis(const WaveReader& sound) {
    vorbis_info_init(&info_);
    if (vorbis_encode_init_vbr(&info_, sound.channels(), static_cast<long>(sound.rate().value), kQuality) != 0) {
      vorbis_info_clear(&info_);
      throw Error(ErrorCode::Unsupported, "Ogg Vorbis does not know " + std::to_string(sound.rate().value) + " Hz");
    }
    vorbis_comment_init(&comment_);
    vorbis_analysis_init(&state_, &info_);
    vorbis_block_init(&state_, &block_);
  }
  ~Vorbis() {
    vorbis_block_clear(&block_);
    vorbis_dsp_clear(&state_);
    vorbis_comment_clear(&comment_);
    vorbis_info_clear(&info_);
  }
  Vorbis(const Vorbis&) = delete;
  Vorbis& operator=(const Vorbis&) = delete;

  void headers(ogg_packet& a, ogg_packet& b, ogg_packet& c) { vorbis_analysis_headerout(&state_, &comment_, &a, &b, &c); }
  float** room(std::int64_t frames) { return vorbis_analysis_buffer(&state_, static_cast<int>(frames)); }
  void fed(std::int64_t frames) { vorbis_analysis_wrote(&state_, static_cast<int>(frames)); }
  // The next packet and its blocks; false when more sound is needed.
  bool next(ogg_packet& packet, bool& is_long, bool& next_long) {
    if (vorbis_analysis_blockout(&state_, &block_) != 1) return false;
    if (vorbis_analysis(&block_, &packet) != 0) throw Error(ErrorCode::Io, "libvorbis failed");
    is_long = block_.W != 0;
    next_long = block_.nW != 0;
    return true;
  }
  [[nodiscard]] int block_size(bool is_long) { return vorbis_info_blocksize(&info_, is_long ? 1 : 0); }

 private:
  vorbis_info info_{};
  vorbis_comment comment_{};
  vorbis_dsp_state state_{};
  vorbis_block block_{};
};

struct Packet {
  std::int64_t centre;     // of its block, frame of the file
  bool is_long, next_long;
  std::string_view bytes;
};

struct Piece {
  std::string bytes;       // for each packet: length (2 bytes), flags (1), then itself
  std::vector<Packet> packets;
};

// Reads the packets of a piece whose encoder started at frame `start`.
bool split(Piece& piece, std::int64_t start) {
  std::string_view rest = piece.bytes;
  piece.packets.clear();
  std::int64_t centre = start;
  while (rest.size() > 3) {
    const std::size_t length = static_cast<unsigned char>(rest[0]) * 256U + static_cast<unsigned char>(rest[1]);
    const bool is_long = (rest[2] & 1) != 0, next_long = (rest[2] & 2) != 0;
    rest.remove_prefix(3);
    if (length > rest.size()) return false;
    piece.packets.push_back({centre, is_long, next_long, rest.substr(0, length)});
    rest.remove_prefix(length);
    centre += (is_long ? 512 : 64) + (next_long ? 512 : 64);
  }
  return rest.empty() && !piece.packets.empty();
}

std::string encode(const WaveReader& sound, std::int64_t start, std::int64_t end, const Progress& progress) {
  Vorbis vorbis(sound);
  if (vorbis.block_size(true) != 2048 || vorbis.block_size(false) != 256)
    throw Error(ErrorCode::Unsupported, "Ogg Vorbis has other blocks at " + std::to_string(sound.rate().value) + " Hz");
  std::string bytes;
  const auto drain = [&] {
    ogg_packet packet{};
    bool is_long = false, next_long = false;
    while (vorbis.next(packet, is_long, next_long)) {
      bytes += static_cast<char>(packet.bytes / 256);
      bytes += static_cast<char>(packet.bytes % 256);
      bytes += static_cast<char>((is_long ? 1 : 0) + (next_long ? 2 : 0));
      bytes.append(reinterpret_cast<const char*>(packet.packet), static_cast<std::size_t>(packet.bytes));
    }
  };
  AudioBuffer block(sound.channels(), 8192, sound.rate());
  for (std::int64_t at = start; at < end; at += block.frames()) {
    const AudioBlock part = block.block().part(0, end - at);
    sound.read(at, part);
    float** to = vorbis.room(part.frames());
    for (int c = 0; c < sound.channels(); ++c) std::copy_n(part.channel(c), part.frames(), to[c]);
    before_foreign_code();
    vorbis.fed(part.frames());
    drain();
    progress.check();
  }
  vorbis.fed(0);
  drain();
  return bytes;
}

// Where two pieces can be joined: up to and with packet `a` of one, from packet `b` + 1 of the other. Their blocks have one
// centre, one size, and the same next size, so all overlaps fit.
bool find_joint(const Piece& now, const Piece& after, std::int64_t from, std::size_t& a, std::size_t& b) {
  for (a = 0, b = 0; a < now.packets.size() && b < after.packets.size();) {
    const Packet &x = now.packets[a], &y = after.packets[b];
    if (x.centre == y.centre) {
      if (x.centre >= from && x.is_long == y.is_long && x.next_long == y.next_long) return true;
      ++a, ++b;
    } else {
      x.centre < y.centre ? ++a : ++b;
    }
  }
  return false;
}

}  // namespace

int write_ogg(const WaveReader& sound, const std::filesystem::path& file, const PieceMemory& memory, const Progress& progress) {
  const std::int64_t frames = sound.frames();
  WholeFile out(file);
  struct Stream {
    ogg_stream_state state{};
    Stream() { ogg_stream_init(&state, 0x46694D65); }
    ~Stream() { ogg_stream_clear(&state); }
  } stream;
  const auto pages = [&](bool flush) {
    ogg_page page{};
    while ((flush ? ogg_stream_flush(&stream.state, &page) : ogg_stream_pageout(&stream.state, &page)) != 0) {
      out.write({reinterpret_cast<const char*>(page.header), static_cast<std::size_t>(page.header_len)});
      out.write({reinterpret_cast<const char*>(page.body), static_cast<std::size_t>(page.body_len)});
    }
  };
  {
    Vorbis vorbis(sound);
    ogg_packet a{}, b{}, c{};
    vorbis.headers(a, b, c);
    for (ogg_packet* packet : {&a, &b, &c}) ogg_stream_packetin(&stream.state, packet);
    pages(true);
  }

  int encoded = 0;
  const auto load = [&](std::int64_t start, std::int64_t end) {
    Piece piece;
    end = std::min(end, frames);
    const Digest key = piece_key(sound, start, end, kSettings + std::string(end == frames ? " last" : ""));
    if (memory.get) {
      if (auto known = memory.get(key)) {
        piece.bytes = std::move(*known);
        if (split(piece, start)) return piece;
      }
    }
    piece.bytes = encode(sound, start, end, progress);
    if (!split(piece, start)) throw Error(ErrorCode::Io, "libvorbis gave packets that make no sense");
    ++encoded;
    if (memory.put) memory.put(key, piece.bytes);
    return piece;
  };

  ogg_int64_t number = 3;
  const auto write = [&](const Packet& packet, bool last) {
    ogg_packet p{};
    p.packet = reinterpret_cast<unsigned char*>(const_cast<char*>(packet.bytes.data()));
    p.bytes = static_cast<long>(packet.bytes.size());
    p.granulepos = last ? frames : std::min(packet.centre, frames);
    p.packetno = number++;
    p.e_o_s = last ? 1 : 0;
    ogg_stream_packetin(&stream.state, &p);
    pages(false);
  };
  std::int64_t start = 0, boundary = kPiece;
  Piece now = load(0, boundary + kRunOut);
  std::size_t next = 0;   // packet of `now`
  while (boundary < frames) {
    // Behind the boundary the next encoder starts on the grid of this one's last long block before it.
    std::int64_t grid = start + kFirstLong;
    for (const Packet& packet : now.packets)
      if (packet.is_long && packet.centre < boundary) grid = packet.centre;
    const std::int64_t wanted = boundary - kRunUp - kFirstLong;
    const std::int64_t after_start = wanted - ((wanted - grid + kFirstLong) % kLongStep + kLongStep) % kLongStep;
    Piece after = load(after_start, boundary + kPiece + kRunOut);
    std::size_t a = 0, b = 0;
    if (find_joint(now, after, boundary - kRunUp / 2, a, b) && a >= next) {
      for (; next <= a; ++next) write(now.packets[next], false);
      next = b + 1;
      start = after_start;
      now = std::move(after);
    } else {
      // No joint: this piece grows over the next one.
      Piece longer = load(start, boundary + kPiece + kRunOut);
      now = std::move(longer);
    }
    boundary += kPiece;
  }
  for (; next < now.packets.size(); ++next) {
    const bool last = next + 1 == now.packets.size() || now.packets[next].centre >= frames;
    write(now.packets[next], last);
    if (last) break;
  }
  pages(true);
  out.commit();
  return encoded;
}

}  // namespace figment::audio
