#include "base/plain_text.h"

#include <gtest/gtest.h>

namespace figment {
namespace {

TEST(PlainText, WhatIsPlainStaysAsItIs) {
  EXPECT_EQ(plain_text("a warm pad – “Fläche”, 90 bpm", 100), "a warm pad – “Fläche”, 90 bpm");
  EXPECT_EQ(plain_text("", 10), "");
  EXPECT_EQ(plain_text("exactly10!", 10), "exactly10!");
}

TEST(PlainText, NothingReachesATerminalThatItWouldObey) {
  EXPECT_EQ(plain_text("a\033[31mb\nc\x7f", 100), "a [31mb c ");
  EXPECT_EQ(plain_text("a\xC2\x9B" "31m", 100), "a 31m") << "CSI in one character of C1";
}

TEST(PlainText, IsCutBetweenCharacters) {
  const std::string cut = plain_text("ääääääääääääääääääää", 11);
  EXPECT_LE(cut.size(), 14U);
  EXPECT_EQ(cut, "ääää…");
  EXPECT_LE(plain_text(std::string(1 << 20, 'x'), 200).size(), 204U);
  EXPECT_LE(plain_text(std::string(1 << 20, '\x80'), 1 << 20).size(), std::size_t{1} << 20) << "no character ever begins";
}

}  // namespace
}  // namespace figment
