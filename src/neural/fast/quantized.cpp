#include "neural/fast/quantized.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/half.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kScales = kBand * 2;     // bytes

struct Cell {
  float scale = 0;
  std::array<std::int8_t, 32> numbers{};       // q4: places in kLevels
};

float stored(float scale) { return half_to_float(float_to_half(scale)); }

int nearest_level(float x) {
  const auto above = std::lower_bound(kLevels.begin(), kLevels.end(), x);
  const auto place = static_cast<int>(above - kLevels.begin());
  if (place == 0 || place == 16) return std::min(place, 15);
  return x - static_cast<float>(*(above - 1)) < static_cast<float>(*above) - x ? place - 1 : place;
}

// The scale makes the largest weight the largest number. With four bits several scales around that are tried, and the other sign:
// the one that leaves the least squared error is kept.
constexpr std::array<float, 6> kTried{1.0F, 0.94F, 0.87F, 1.07F, -1.0F, -0.95F};

Cell cell_of(const float* row, std::int64_t count, Precision precision) {
  Cell best;
  float largest = 0;
  for (std::int64_t i = 0; i < count; ++i)
    if (std::abs(row[i]) > std::abs(largest)) largest = row[i];
  if (precision == Precision::Q8) {
    best.scale = stored(std::abs(largest) / 127);
    if (best.scale == 0 || !std::isfinite(best.scale)) return {};
    for (std::int64_t i = 0; i < count; ++i) best.numbers[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(std::clamp(std::lrint(row[i] / best.scale), -127L, 127L));
    return best;
  }
  float least = 3e38F;
  for (const float share : kTried) {
    Cell cell;
    cell.scale = stored(share * largest / 127);
    if (cell.scale == 0 || !std::isfinite(cell.scale)) continue;
    float error = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const int level = nearest_level(row[i] / cell.scale);
      const float off = row[i] - cell.scale * static_cast<float>(kLevels[static_cast<std::size_t>(level)]);
      cell.numbers[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(level);
      error += off * off;
    }
    if (error < least) least = error, best = cell;
  }
  return best;
}

}  // namespace

std::int64_t group_bytes(Precision precision) noexcept { return kScales + (precision == Precision::Q8 ? kBand * group_of(precision) : kBand * group_of(precision) / 2); }

std::int64_t quantized_bytes(Precision precision, std::int64_t rows, std::int64_t columns) noexcept {
  const QuantizedMatrix m{precision, rows, columns, nullptr};
  return m.bands() * m.groups() * group_bytes(precision);
}

void quantize(std::span<const float> weights, std::int64_t rows, std::int64_t columns, Precision precision, std::byte* out) {
  const std::int64_t size = group_of(precision), groups = QuantizedMatrix{precision, rows, columns, nullptr}.groups();
  for (std::int64_t band = 0; band < rows; band += kBand)
    for (std::int64_t group = 0; group < groups; ++group) {
      std::array<std::uint16_t, kBand> scales{};
      std::byte* const to = out + kScales;
      std::memset(to, 0, static_cast<std::size_t>(group_bytes(precision) - kScales));
      for (std::int64_t r = 0; r < kBand && band + r < rows; ++r) {
        const std::int64_t there = std::clamp<std::int64_t>(columns - group * size, 0, size);
        const Cell cell = cell_of(weights.data() + (band + r) * columns + group * size, there, precision);
        scales[static_cast<std::size_t>(r)] = float_to_half(cell.scale);
        for (std::int64_t c = 0; c < there; ++c) {
          const auto n = static_cast<unsigned>(cell.numbers[static_cast<std::size_t>(c)]);
          if (precision == Precision::Q8) to[(c / 2 * kBand + r) * 2 + c % 2] = static_cast<std::byte>(n);
          else to[(c / 4 * kBand + r) * 2 + c % 2] |= static_cast<std::byte>(c % 4 < 2 ? n : n << 4);
        }
      }
      std::memcpy(out, scales.data(), kScales);
      out += group_bytes(precision);
    }
}

std::vector<float> dequantize(const QuantizedMatrix& m) {
  std::vector<float> all(static_cast<std::size_t>(m.rows * m.columns));
  const std::int64_t size = group_of(m.precision);
  const std::byte* from = m.data;
  for (std::int64_t band = 0; band < m.bands(); ++band)
    for (std::int64_t group = 0; group < m.groups(); ++group, from += group_bytes(m.precision))
      for (std::int64_t r = 0; r < kBand && band * kBand + r < m.rows; ++r) {
        std::uint16_t scale = 0;
        std::memcpy(&scale, from + 2 * r, 2);
        const std::byte* const numbers = from + kScales;
        for (std::int64_t c = 0; c < size && group * size + c < m.columns; ++c) {
          int w = 0;
          if (m.precision == Precision::Q8) {
            w = static_cast<std::int8_t>(numbers[(c / 2 * kBand + r) * 2 + c % 2]);
          } else {
            const auto both = static_cast<unsigned>(numbers[(c / 4 * kBand + r) * 2 + c % 2]);
            w = kLevels[c % 4 < 2 ? both & 15U : both >> 4];
          }
          all[static_cast<std::size_t>((band * kBand + r) * m.columns + group * size + c)] = half_to_float(scale) * static_cast<float>(w);
        }
      }
  return all;
}

}  // namespace figment::neural
