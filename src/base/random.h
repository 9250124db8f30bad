// Seeded random numbers that do not depend on the order in which things happen.
//
//   Method   SplitMix64 (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators") used as a
//            counter-based generator: draw n of a stream is mix(key + n * golden). A stream is forked by name, so
//            adding a draw in one place never changes what another place gets.
//   Repeat   the same on every machine: integer arithmetic, and doubles made from the top 53 bits
//   Threads  one object per thread; forking from a const object is free of races
//   Not for  cryptography

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace figment {

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept;

  // An independent stream. Depends on this stream's seed and the name only, not on what was drawn so far.
  [[nodiscard]] Random fork(std::string_view name) const noexcept;
  [[nodiscard]] Random fork(std::uint64_t index) const noexcept;

  std::uint64_t next() noexcept;
  double uniform() noexcept;                              // [0, 1)
  double uniform(double low, double high) noexcept;       // [low, high)
  int integer(int low, int high) noexcept;                // low … high, both included; low <= high
  bool chance(double probability) noexcept;               // true with that probability
  double normal() noexcept;                               // mean 0, standard deviation 1
  // An index drawn with probability proportional to its weight. Negative and NaN weights count as 0; when all are 0
  // every index is equally likely. `weights` must not be empty.
  std::size_t weighted(std::span<const double> weights) noexcept;
  template <class Container>
  const auto& pick(const Container& choices) noexcept {   // `choices` must not be empty
    return choices[static_cast<std::size_t>(integer(0, static_cast<int>(choices.size()) - 1))];
  }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace figment
