// Reads a sound at any place and speed: what makes one sample play many notes.
//
//   Method   windowed sinc (Smith and Gossett 1984, "A flexible sampling-rate conversion method"): 32 taps, Kaiser
//            window, as rows of phases with a straight line between neighbouring rows. Played faster, the kernel is
//            stretched (one kernel a semitone, up to four octaves), so that what would fold back is filtered out
//   Sounds   at its own speed from a whole frame: bit for bit the sample. Else flat within 0.1 dB to 0.35 of the lower
//            of the two rates, -6 dB at 0.43, folds and images below -68 dB
//   Units    positions and steps are frames of the sample times 2^32: 10^-6 cents, no drift over hours
//   Cost     about 1/2000 of real time a channel, 1/1000 two octaves up, at its own speed 1/6000 with all around it;
//            1.7 MB, built once
//   Threads  free once built; `read` is real-time safe

#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace figment::instruments {

class Interpolator {
 public:
  // Frames before and after a position that `read` may look at.
  static constexpr int kReach = 264;
  static constexpr std::uint64_t kOne = std::uint64_t{1} << 32;

  static const Interpolator& shared();  // built on first use

  // out[n] = the sound at position + n · step. sound[0] is frame 0; from kReach before the first position to kReach
  // after the last there must be something to read.
  void read(const float* sound, std::uint64_t position, std::uint64_t step, float* out, int frames) const noexcept;

 private:
  static constexpr int kKernels = 49;  // semitones 0 … 48 faster
  struct Kernel {
    int taps = 0, phases = 0;
    std::vector<float> rows;  // phases + 1 of them
  };

  Interpolator();

  std::array<Kernel, kKernels> kernels_;
};

}  // namespace figment::instruments
