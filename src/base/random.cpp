#include "base/random.h"

#include <cassert>
#include <cmath>

namespace figment {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// FNV-1a, then mixed: names are short and only need to land far apart.
std::uint64_t hash_name(std::string_view name) noexcept {
  std::uint64_t h = 0xCBF29CE484222325ULL;
  for (unsigned char c : name) h = (h ^ c) * 0x100000001B3ULL;
  return mix(h);
}

}  // namespace

Random::Random(std::uint64_t seed) noexcept : key_(mix(seed + kGolden)) {}

Random Random::fork(std::string_view name) const noexcept { return Random(key_ ^ hash_name(name)); }
Random Random::fork(std::uint64_t index) const noexcept { return Random(key_ ^ mix(index * kGolden + 1)); }

std::uint64_t Random::next() noexcept { return mix(key_ + ++counter_ * kGolden); }

double Random::uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
double Random::uniform(double low, double high) noexcept { return low + (high - low) * uniform(); }

int Random::integer(int low, int high) noexcept {
  assert(low <= high);
  const auto range = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low) + 1;
  return static_cast<int>(low + static_cast<std::int64_t>(next() % range));
}

bool Random::chance(double probability) noexcept { return uniform() < probability; }

double Random::normal() noexcept {
  // Box-Muller; 1 - u keeps the logarithm finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * 3.14159265358979323846 * uniform());
}

std::size_t Random::weighted(std::span<const double> weights) noexcept {
  assert(!weights.empty());
  double total = 0;
  for (double w : weights) total += w > 0 ? w : 0;
  if (!(total > 0)) return static_cast<std::size_t>(integer(0, static_cast<int>(weights.size()) - 1));
  double at = uniform() * total;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    last = i;
    if (at < weights[i]) return i;
    at -= weights[i];
  }
  return last;
}

}  // namespace figment
