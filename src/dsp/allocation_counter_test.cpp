#include "dsp/allocation_counting.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace figment::dsp::testing {

TEST(AllocationCounter, Counts) {
  const auto before = allocations();
  std::vector<int> numbers(100);
  EXPECT_EQ(allocations(), before + 1);
  const auto one = std::make_unique<int>(numbers[0]);
  EXPECT_EQ(allocations(), before + 2 + static_cast<std::uint64_t>(*one));
}

}  // namespace figment::dsp::testing
