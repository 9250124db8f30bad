#include "dsp/true_peak.h"

#include <algorithm>
#include <cstring>

#include "dsp/fir.h"

namespace figment::dsp {

// clang-format off
const std::array<std::array<float, 12>, 4> kTruePeakTaps = {{
    {0.0017089843750F, 0.0109863281250F, -0.0196533203125F, 0.0332031250000F, -0.0594482421875F, 0.1373291015625F,
     0.9721679687500F, -0.1022949218750F, 0.0476074218750F, -0.0266113281250F, 0.0148925781250F, -0.0083007812500F},
    {-0.0291748046875F, 0.0292968750000F, -0.0517578125000F, 0.0891113281250F, -0.1665039062500F, 0.4650878906250F,
     0.7797851562500F, -0.2003173828125F, 0.1015625000000F, -0.0582275390625F, 0.0330810546875F, -0.0189208984375F},
    {-0.0189208984375F, 0.0330810546875F, -0.0582275390625F, 0.1015625000000F, -0.2003173828125F, 0.7797851562500F,
     0.4650878906250F, -0.1665039062500F, 0.0891113281250F, -0.0517578125000F, 0.0292968750000F, -0.0291748046875F},
    {-0.0083007812500F, 0.0148925781250F, -0.0266113281250F, 0.0476074218750F, -0.1022949218750F, 0.9721679687500F,
     0.1373291015625F, -0.0594482421875F, 0.0332031250000F, -0.0196533203125F, 0.0109863281250F, 0.0017089843750F},
}};
// clang-format on

void TruePeakMeter::reset() noexcept {
  in_.fill(0);
  peak_ = 0;
}

void TruePeakMeter::add(const float* x, std::int64_t frames) noexcept {
  while (frames > 0) {
    const int count = static_cast<int>(std::min<std::int64_t>(frames, kBlock));
    std::memcpy(in_.data() + kMemory, x, sizeof(float) * static_cast<std::size_t>(count));
    alignas(32) std::array<float, kBlock> most{};
    for (const auto& phase : kTruePeakTaps) fir_peak(phase.data(), 12, in_.data(), most.data(), count);
    peak_ = std::max(peak_, *std::max_element(most.begin(), most.begin() + count));
    std::memmove(in_.data(), in_.data() + count, sizeof(float) * kMemory);
    x += count;
    frames -= count;
  }
}

float true_peak(audio::AudioView sound) {
  float most = 0;
  for (int c = 0; c < sound.channels(); ++c) {
    TruePeakMeter meter;
    meter.add(sound.channel(c), sound.frames());
    constexpr std::array<float, 11> silence{};
    meter.add(silence.data(), 11);
    most = std::max(most, meter.peak());
  }
  return most;
}

}  // namespace figment::dsp
