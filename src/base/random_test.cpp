#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <vector>

namespace figment {
namespace {

// SplitMix64 as published (Steele, Lea, Flood 2014; Vigna's splitmix64.c), seeded with 0. A Random's key is the first
// output for its seed; its stream counts on from there.
std::uint64_t published(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

TEST(Random, IsSplitMixOnEveryMachine) {
  std::uint64_t zero = 0;
  std::uint64_t state = published(zero);
  EXPECT_EQ(state, 0xE220A8397B1DCDAFULL);  // the published first value for seed 0
  Random random(0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.next(), published(state));
}

TEST(Random, AForkDependsOnSeedAndNameOnly) {
  Random one(7), two(7);
  for (int i = 0; i < 50; ++i) (void)one.next();
  Random a = one.fork("drums"), b = two.fork("drums");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(a.next(), b.next());

  // A thousand names and numbers, and other seeds, begin a thousand different streams.
  std::set<std::uint64_t> firsts;
  for (int i = 0; i < 1000; ++i) {
    firsts.insert(two.fork("part " + std::to_string(i)).next());
    firsts.insert(two.fork(static_cast<std::uint64_t>(i)).next());
    firsts.insert(Random(static_cast<std::uint64_t>(i)).next());
  }
  EXPECT_EQ(firsts.size(), 3000U);
}

TEST(Random, ForksAreNotCorrelated) {
  Random root(3);
  Random a = root.fork("a"), b = root.fork("b"), c = root.fork(std::uint64_t{0}), d = root.fork(std::uint64_t{1});
  double ab = 0, cd = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    ab += (a.uniform() - 0.5) * (b.uniform() - 0.5);
    cd += (c.uniform() - 0.5) * (d.uniform() - 0.5);
  }
  // The product of two independent uniforms has variance 1/144; five standard errors.
  const double bound = 5.0 / 12 / std::sqrt(static_cast<double>(kDraws));
  EXPECT_LT(std::abs(ab / kDraws), bound);
  EXPECT_LT(std::abs(cd / kDraws), bound);
}

TEST(Random, MomentsAreThoseOfTheDistributions) {
  Random random(11);
  double sum = 0, squares = 0, normal = 0, normal_squares = 0;
  constexpr int kDraws = 50000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
    const double n = random.normal();
    normal += n;
    normal_squares += n * n;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.01);
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.01);
  EXPECT_NEAR(normal / kDraws, 0, 0.03);
  EXPECT_NEAR(normal_squares / kDraws, 1, 0.04);
}

TEST(Random, IntegersReachBothEnds) {
  Random random(5);
  std::array<int, 6> seen{};
  for (int i = 0; i < 6000; ++i) ++seen[static_cast<std::size_t>(random.integer(-2, 3) + 2)];
  for (const int n : seen) EXPECT_NEAR(n, 1000, 150);
  EXPECT_EQ(random.integer(4, 4), 4);
}

TEST(Random, WeightsAreProportionsAndNonsenseIsZero) {
  Random random(9);
  const std::array<double, 4> weights{1, -5, std::nan(""), 3};
  std::array<int, 4> seen{};
  for (int i = 0; i < 8000; ++i) ++seen[random.weighted(weights)];
  EXPECT_EQ(seen[1] + seen[2], 0);
  EXPECT_NEAR(seen[0], 2000, 200);
  EXPECT_NEAR(seen[3], 6000, 200);
  const std::array<double, 3> none{0, 0, 0};
  std::set<std::size_t> any;
  for (int i = 0; i < 100; ++i) any.insert(random.weighted(none));
  EXPECT_EQ(any.size(), 3U);
}

}  // namespace
}  // namespace figment
