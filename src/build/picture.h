// The picture of a song: waveform with its sections, loudness over time, spectrogram.
//
//   Size     1600 × 900 PNG
//   Method   waveform: highest and lowest sample and RMS per column; loudness: short-term (3 s) of EBU R128; spectrogram:
//            Hann windows of 4096 frames, 30 Hz … 20 kHz on a logarithmic axis, 90 dB of range
//   Cost     about 0.3 s, 60 MB
#pragma once

#include <filesystem>
#include <vector>

#include "base/units.h"
#include "song/song.h"

namespace figment::build {

void draw_picture(const song::Song& song, const std::filesystem::path& sound, const std::vector<Lufs>& short_term,
                  const std::string& caption, const std::filesystem::path& png);

}  // namespace figment::build
