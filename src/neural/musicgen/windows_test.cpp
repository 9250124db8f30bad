#include "neural/musicgen/windows.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace figment::neural {
namespace {

// Prefers, for every codebook, the token that lies one above the one it read last: what it makes tells what it was given.
class Counter : public StepModel {
 public:
  Counter(std::int64_t codebooks, std::int64_t card) : codebooks_(codebooks), card_(card) {}
  void step(std::span<const std::int32_t> tokens, std::int64_t steps, std::span<float> conditional, std::span<float> unconditional) override {
    std::fill(conditional.begin(), conditional.end(), 0.0F);
    for (std::int64_t k = 0; k < codebooks_; ++k) {
      const std::int32_t last = tokens[static_cast<std::size_t>(k * steps + steps - 1)];
      conditional[static_cast<std::size_t>(k * card_ + (last + 1) % card_)] = 1;
    }
    std::copy(conditional.begin(), conditional.end(), unconditional.begin());
  }

 private:
  std::int64_t codebooks_, card_;
};

void expect_windows_cover(std::int64_t total, std::int64_t prompt, std::int64_t window, std::int64_t stride) {
  std::int64_t known = prompt;
  for (const Window& w : windows_for(total, prompt, window, stride)) {
    EXPECT_EQ(w.first + w.given, known) << "no gap and no overlap in what is new";
    EXPECT_LE(w.frames, window);
    EXPECT_LT(w.given, w.frames);
    known = w.first + w.frames;
  }
  EXPECT_EQ(known, total);
}

TEST(Windows, CoverTheWholeOnce) {
  for (const std::int64_t total : {1, 1499, 1500, 1501, 2400, 2401, 9000})
    for (const std::int64_t prompt : {0, 1, 600, 1499, 1500, 1501, 4000})
      if (prompt < total) expect_windows_cover(total, prompt, 1500, 900);
}

TEST(Windows, AreThoseOfTheReference) {
  // 60 s at 50 frames a second: 0, 18, 36, 54 s would be its offsets; the one at 36 s reaches the end.
  const auto all = windows_for(3000, 0, 1500, 900);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].first, 900);
  EXPECT_EQ(all[1].given, 600);
  EXPECT_EQ(all[2].first, 1800);
  EXPECT_EQ(all[2].frames, 1200);
}

TEST(Windows, AreOneWhereTheMusicIsShort) { EXPECT_EQ(windows_for(1500, 200, 1500, 900).size(), 1U); }

TEST(GenerateLong, GoesOnWithWhatTheWindowBeforeMade) {
  const DelayPattern pattern{2, 1};
  LongOptions options;
  options.frames = 37, options.window = 10, options.stride = 6;
  options.sampling.greedy = true;
  options.prompt = {5, 6, 50, 51};
  std::vector<std::int32_t> first, second;
  std::int64_t told = 2;
  options.on_frames = [&](std::int64_t at, std::int64_t count, const std::vector<std::int32_t>& codes) {
    EXPECT_EQ(at, told);
    told += count;
    first.insert(first.end(), codes.begin(), codes.begin() + count);
    second.insert(second.end(), codes.begin() + count, codes.end());
  };
  int models = 0;
  generate_long([&](const Window&) { return ++models, std::make_unique<Counter>(2, 100); }, pattern, 100, options, Progress());
  EXPECT_EQ(told, 37);
  EXPECT_EQ(models, 6);
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i], 7 + static_cast<std::int32_t>(i)) << i;
    EXPECT_EQ(second[i], 52 + static_cast<std::int32_t>(i)) << i;
  }
}

TEST(GenerateLong, StopsBetweenSteps) {
  const DelayPattern pattern{1, 1};
  LongOptions options;
  options.frames = 1000, options.window = 100, options.stride = 50;
  Progress progress;
  std::int64_t told = 0;
  options.on_frames = [&](std::int64_t, std::int64_t count, const std::vector<std::int32_t>&) {
    if ((told += count) >= 130) progress.cancel();
  };
  EXPECT_THROW(generate_long([](const Window&) { return std::make_unique<Counter>(1, 10); }, pattern, 10, options, progress), Error);
  EXPECT_EQ(told, 130);
}

}  // namespace
}  // namespace figment::neural
