#include "neural/fast/packed_matrix.h"

namespace figment::neural {

PackedMatrix::PackedMatrix(std::span<const float> matrix, std::int64_t inputs, std::int64_t outputs, std::vector<float> bias, bool bfloats) : outputs_(outputs), bias_(std::move(bias)) {
  bias_.resize(static_cast<std::size_t>((outputs + kPanel - 1) / kPanel * kPanel));
  if (bfloats && has_bfloats() && inputs % 2 == 0) bfloat_panels_ = to_bfloat_panels(matrix, inputs, outputs);
  else panels_ = to_panels(matrix, inputs, outputs);
}

const Bfloat16* rounded(Windows& w, const float* in, std::int64_t count) {
  static thread_local std::vector<Bfloat16> room;
  const auto make_room = [&](std::int64_t numbers) {
    if (room.size() < static_cast<std::size_t>(numbers)) room.resize(static_cast<std::size_t>(numbers));
  };
  if (w.runs == 1 && w.step > w.length) {          // what lies between is not wanted
    make_room(count * w.length);
    for (std::int64_t t = 0; t < count; ++t) to_bfloats(in + t * w.step, w.length, room.data() + t * w.length);
    w.step = w.length;
  } else {
    const std::int64_t all = (w.runs - 1) * w.spacing + (count - 1) * w.step + w.length;
    make_room(all);
    to_bfloats(in, all, room.data());
  }
  return room.data();
}

void PackedMatrix::times(const Windows& windows, const float* in, std::int64_t count, float* out, std::int64_t out_stride, bool add) const {
  if (count <= 0) return;
  if (!bfloats()) {
    convolve(panels_.data(), 0, static_cast<std::int64_t>(bias_.size()), outputs_, windows, in, count, bias_.data(), add, out, out_stride);
    return;
  }
  Windows w = windows;
  const Bfloat16* there = rounded(w, in, count);
  convolve_bfloats(bfloat_panels_.data(), outputs_, w, there, count, bias_.data(), add, out, out_stride);
}

}  // namespace figment::neural
