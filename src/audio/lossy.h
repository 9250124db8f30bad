// MP3 and Ogg Vorbis files put together from pieces, so that after a small change only the pieces it touches are encoded.
//
//   Method   The sound is cut into pieces of about six seconds. Each is encoded by an encoder of its own that starts a
//            little before and ends a little after it, and neighbours are joined where both have coded the same stretch
//            with the same windows: there the overlap-add of the decoder sees no joint. MP3 without bit reservoir (ISO
//            11172-3, 2.4.2.7), so that frames stand alone; about 8 % larger. Vorbis packets stand alone anyway (Vorbis I,
//            1.3.2); a piece starts on the grid of block centres of the one before, and one that cannot be joined grows
//   MP3      LAME "V2", about 190 kbit/s, at 32, 44.1 and 48 kHz; the first frame tells length, delay and padding, so that
//            players keep the sample count
//   Ogg      libvorbis at quality 6, about 190 kbit/s
//   Repeat   the same sound gives the same bytes, whatever the memory holds
//   Errors   Io (disk full …), Unsupported for a rate the format does not know
//   Threads  one call works on one thread; calls may run side by side. Cost: about 1/120 of real time for what is new

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audio/wave.h"
#include "base/hash.h"
#include "base/progress.h"

namespace figment::audio {

// Where encoded pieces are kept between calls, by the hash of what they were made from. Empty functions: nowhere.
struct PieceMemory {
  std::function<std::optional<std::string>(const Digest& key)> get;
  std::function<void(const Digest& key, std::string_view piece)> put;
};

// Written beside `file` and renamed when whole. Return how many pieces were encoded.
int write_mp3(const WaveReader& sound, const std::filesystem::path& file, const PieceMemory& memory, const Progress& progress);
int write_ogg(const WaveReader& sound, const std::filesystem::path& file, const PieceMemory& memory, const Progress& progress);

}  // namespace figment::audio
