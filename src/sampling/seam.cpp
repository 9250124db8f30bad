#include "sampling/seam.h"

#include <algorithm>
#include <cmath>

namespace figment::sampling {

void SeamMeter::add(audio::AudioView sound) {
  for (int c = 0; c < sound.channels(); ++c) {
    auto& first = first_[static_cast<std::size_t>(c)];
    auto& last = last_[static_cast<std::size_t>(c)];
    const float* x = sound.channel(c);
    for (std::int64_t n = 0; n < sound.frames(); ++n) {
      if (first.size() < 2) first.push_back(x[n]);
      if (last.size() == 2) {
        steepest_ = std::max(steepest_, std::abs(static_cast<double>(x[n]) - last[1]));
        last[0] = last[1];
        last[1] = x[n];
      } else {
        last.push_back(x[n]);
      }
      peak_ = std::max(peak_, std::abs(static_cast<double>(x[n])));
    }
  }
}

Seam SeamMeter::result() const {
  Seam seam;
  double step = 0, slope = 0;
  for (std::size_t c = 0; c < first_.size(); ++c) {
    if (first_[c].size() < 2 || last_[c].size() < 2) continue;
    step = std::max(step, std::abs(static_cast<double>(first_[c][0]) - last_[c][1]));
    slope = std::max(slope, std::abs(static_cast<double>(first_[c][1] - first_[c][0]) - static_cast<double>(last_[c][1] - last_[c][0])));
  }
  if (peak_ > 0) seam.step = to_decibels(step / peak_);
  if (steepest_ > 0) seam.rise = to_decibels(step / steepest_);
  if (steepest_ > 0) seam.slope = to_decibels(slope / steepest_);
  return seam;
}

void close_loop(audio::AudioBlock end, audio::AudioView before) {
  for (int c = 0; c < end.channels(); ++c) {
    float* x = end.channel(c);
    const float* y = before.channel(c);
    double xy = 0, xx = 1e-20, yy = 1e-20;
    for (std::int64_t n = 0; n < end.frames(); ++n) xy += static_cast<double>(x[n]) * y[n], xx += static_cast<double>(x[n]) * x[n], yy += static_cast<double>(y[n]) * y[n];
    const double alike = std::clamp(xy / std::sqrt(xx * yy), -0.2, 1.0);
    for (std::int64_t n = 0; n < end.frames(); ++n) {
      const double w = (static_cast<double>(n) + 1) / static_cast<double>(end.frames());
      const double power = std::sqrt(w * w + (1 - w) * (1 - w) + 2 * w * (1 - w) * alike);
      x[n] = static_cast<float>(((1 - w) * x[n] + w * y[n]) / power);
    }
  }
}

}  // namespace figment::sampling
