// For the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include "audio/buffer.h"

namespace figment::mix::testing {

// The same bits, not only nearly the same sound.
inline void expect_same(const audio::AudioBuffer& a, const audio::AudioBuffer& b) {
  ASSERT_EQ(a.frames(), b.frames());
  ASSERT_EQ(a.channels(), b.channels());
  for (int c = 0; c < a.channels(); ++c)
    for (std::int64_t n = 0; n < a.frames(); ++n) ASSERT_EQ(a.channel(c)[n], b.channel(c)[n]) << n;
}

}  // namespace figment::mix::testing
