// The inner loop of every finite impulse response here.

#pragma once

namespace figment::dsp {

// Work is done in steps of this many frames: x is read and out written up to the next multiple of it.
inline constexpr int kFirStep = 32;

// out[i] = Σ_j taps[j] · x[i + j] for i < frames, j < count. The order of the sum is the same for every frame, so
// cutting a block changes no bit.
void fir(const float* taps, int count, const float* x, float* out, int frames) noexcept;

// out[i] = max(out[i], |Σ_j taps[j] · x[i + j]|)
void fir_peak(const float* taps, int count, const float* x, float* out, int frames) noexcept;

// A low-pass at `cutoff` (1 = half the rate), `count` taps, Kaiser window with `beta`; sums to `gain`.
void design_low_pass(float* taps, int count, double cutoff, double beta, double gain);

}  // namespace figment::dsp
