// What is counted of a stretch of sound, so that stretches add up to the whole: loudness, peaks, spectrum, width.
//
//   Why      a long sound is measured in parallel, and a changed one only where it changed
//   Method   power of every tenth of a second after the K-weighting of BS.1770, from which integrated, momentary and
//            short-term loudness and the range (EBU Tech 3342) follow; true peak by BS.1770-4 Annex 2; third-octave
//            spectrum as analysis/spectrum.h. Tests hold it to libebur128 (analysis/loudness.h) and to SpectrumMeter
//   Input    1 or 2 channels. `run_up` is the sound just before the stretch (half a second is plenty): it fills the
//            filters and is not counted. Stretches but the last must last a whole number of tenths of a second
//   Adding   exact for loudness and peaks; of the spectrum the last part of a stretch, less than 0.2 s, is left out
//   Threads  free. Cost: about 1/500 of real time

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/loudness.h"
#include "analysis/spectrum.h"
#include "audio/buffer.h"

namespace figment::analysis {

struct Tally {
  std::vector<double> tenths;                             // K-weighted power, channels summed
  double sample_peak = 0, true_peak = 0;                  // linear
  double left_right = 0, mid = 0, side = 0;               // energies
  SpectraByLevel by_level;

  void append(const Tally& next);

  [[nodiscard]] Loudness loudness() const;
  [[nodiscard]] std::vector<Lufs> short_term() const;     // over 3 s, once a second
  [[nodiscard]] BandLevels spectrum() const;
  [[nodiscard]] double mono_loss() const;                 // what folding to mono loses, in dB
  [[nodiscard]] double width() const;                     // side / mid, 0 mono … 1

  // For storage/cache.h; nothing when the bytes are not what `to_bytes` makes.
  [[nodiscard]] std::string to_bytes() const;
  [[nodiscard]] static std::optional<Tally> from_bytes(std::string_view bytes);
};

[[nodiscard]] Tally tally(audio::AudioView run_up, audio::AudioView sound);

}  // namespace figment::analysis
