#include "audio/loop_chunks.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string>

#include "audio/wave.h"
#include "audio/write_error.h"

namespace figment::audio {
namespace {

constexpr std::size_t kGapAt = 36, kGapEnd = 4096 - 8;     // of WaveWriter's files

void put(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i));
}
void put_float(std::string& to, double value) { put(to, std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4); }

std::string smpl(const LoopChunks& c, double rate) {
  std::string data;
  put(data, 0, 8);                                          // manufacturer, product
  put(data, static_cast<std::uint64_t>(std::llround(1e9 / rate)), 4);
  put(data, static_cast<std::uint64_t>(c.root_note), 4);
  put(data, static_cast<std::uint64_t>(std::min(4294967295.0, c.cents / 100 * 4294967296.0)), 4);
  put(data, 0, 8);                                          // SMPTE format and offset
  put(data, c.loop ? 1 : 0, 4);
  put(data, 0, 4);
  if (c.loop) {
    put(data, 0, 8);                                        // cue point, forward
    put(data, static_cast<std::uint64_t>(c.loop->first), 4);
    put(data, static_cast<std::uint64_t>(c.loop->second), 4);
    put(data, 0, 8);                                        // no fraction, for ever
  }
  return data;
}

std::string acid(const LoopChunks& c) {
  std::string data;
  put(data, 4U | (c.rooted ? 2U : 0U), 4);                  // to be stretched; root note set
  put(data, static_cast<std::uint64_t>(c.root_note), 2);
  put(data, 0x8000, 2);
  put(data, 0, 4);
  put(data, static_cast<std::uint64_t>(c.beats), 4);
  put(data, static_cast<std::uint64_t>(c.metre_unit), 2);
  put(data, static_cast<std::uint64_t>(c.metre_beats), 2);
  put_float(data, c.bpm);
  return data;
}

}  // namespace

void write_loop_chunks(const std::filesystem::path& wave, const LoopChunks& chunks) {
  const double rate = WaveReader(wave).rate().value;        // only files of WaveWriter have the gap
  std::string gap;
  const auto chunk = [&](const char* name, const std::string& data) {
    gap += name;
    put(gap, data.size(), 4);
    gap += data;
  };
  chunk("smpl", smpl(chunks, rate));
  if (chunks.bpm > 0 && chunks.beats > 0) chunk("acid", acid(chunks));
  gap += "JUNK";
  put(gap, kGapEnd - kGapAt - gap.size() - 4, 4);
  const int handle = ::open(wave.c_str(), O_WRONLY | O_CLOEXEC);
  if (handle < 0) cannot_write(wave, errno);
  const ssize_t wrote = ::pwrite(handle, gap.data(), gap.size(), kGapAt);
  const int code = errno;
  ::close(handle);
  if (wrote != static_cast<ssize_t>(gap.size())) cannot_write(wave, wrote < 0 ? code : ENOSPC);
}

}  // namespace figment::audio
