// MP3, Ogg Vorbis and FLAC files put together from pieces, so that after a small change only the pieces it touches are
// encoded.
//
//   Method   The sound is cut into pieces of about six seconds, each encoded by an encoder of its own. FLAC frames stand
//            alone (RFC 9639, 9), and only want their number and checksums. The others start a little before and end a
//            little after their piece, and neighbours are joined where both have coded the same stretch with the same
//            windows: there the overlap-add of the decoder sees no joint. MP3 without bit reservoir (ISO 11172-3, 2.4.2.7),
//            so that frames stand alone; about 8 % larger. Vorbis packets stand alone anyway (Vorbis I, 1.3.2); a piece
//            starts on the grid of block centres of the one before, and one that cannot be joined grows
//   FLAC     24 bits, level 5, with seek points and the checksum of the whole (MD5); room for tags at the front
//   MP3      LAME "V2", about 190 kbit/s, at 32, 44.1 and 48 kHz; the first frame tells length, delay and padding, so that
//            players keep the sample count
//   Ogg      libvorbis at quality 6, about 190 kbit/s
//   Repeat   the same sound gives the same bytes, whatever the memory holds
//   Errors   Io (disk full …), Unsupported for a rate the format does not know, and for floating-point sound as FLAC
//   Threads  one call works on one thread; calls may run side by side
//   Cost     for what is new, about 1/120 of real time (MP3, Ogg), 1/500 (FLAC)

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
int write_flac(const WaveReader& sound, const std::filesystem::path& file, const PieceMemory& memory, const Progress& progress);

}  // namespace figment::audio
