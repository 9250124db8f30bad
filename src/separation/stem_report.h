// What the stems of a split hold: how much, how loud, and how far each is only what another one leaves behind.
//
//   Share      energy of the stem against the mix's, dB. `strongest`: the same over the 3 s in which it is highest, of those that are
//              at most 20 dB below the mix's mean
//   Active     share of the time (frames of 46 ms in which the mix sounds) in which the stem is less than 25 dB below the mix
//   Explained  how much of the rise and fall of a stem's 20 bands (50 Hz … 16 kHz, amplitude, frames of 46 ms) is that of another
//              stem's same bands, at a gain of each band's own: Σ cov² / var of the other, over Σ var, 0 … 1
//   Left over  energy of the mix minus the sum of the stems, dB against the mix; -200 where nothing is left. Only where the stems are
//              meant to be all there is
//   Loudness   BS.1770 with both gates (analysis/gated_loudness.h); peaks of samples, and between them (dsp/true_peak.h)
//   Ghosts     a stem may hold only what leaked: the 'vocals' of a drum solo. Silent: below -70 dB. Faint: below -25 dB in all, and
//              nowhere above -15. Leaked: explained by another stem to 0.85, and 6 dB or more below that one
//   Limits     nothing here knows the true stems, so bleeding is not measured (that takes references: BSS Eval, Vincent et al. 2006)
//              but estimated from above: players who play together rise and fall together, too. A real but very quiet
//              stem (a shaker far back) is called faint
//   Input      mix and stems of one rate and equal channels (1 or 2), in pieces of any size, in order
//   Memory     a few blocks, and about 200 bytes for each second of sound
//   Threads    one object per thread. Cost: about 1/100 of real time for four stems
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "base/units.h"

namespace figment::separation {

enum class Ghost { No, Silent, Faint, Leaked };
[[nodiscard]] const char* name(Ghost ghost) noexcept;   // "no", "silent" …

struct Likeness {
  std::string of;                // another stem
  double explained = 0;          // 0 … 1: by that one
  double low = 0, mid = 0, high = 0;   // correlation of the bands below 250 Hz, up to 4 kHz, above; -1 … 1
};

struct StemFacts {
  std::string name;
  double share_db = -200, strongest_db = -200;
  Lufs loudness{-200};
  Decibels peak{-200}, true_peak{-200};
  double active = 0;             // 0 … 1
  std::vector<Likeness> like;    // one for each other stem
  Ghost ghost = Ghost::No;
  std::string remark;            // of a ghost, for people
};

struct StemReport {
  Lufs mix_loudness{-200};
  double left_over_db = -200;
  std::vector<StemFacts> stems;
};

class StemMeter {
 public:
  // `whole`: the stems are meant to add up to the mix.
  StemMeter(Hertz rate, int channels, std::vector<std::string> names, bool whole);
  ~StemMeter();
  StemMeter(const StemMeter&) = delete;
  StemMeter& operator=(const StemMeter&) = delete;

  void add(audio::AudioView mix, std::span<const audio::AudioView> stems);
  [[nodiscard]] StemReport result();   // once, after the last piece

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace figment::separation
