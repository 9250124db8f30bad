// The fast language model against the plain one, on random networks; and the loop around them.
#include "neural/musicgen/fast_lm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "neural/cosine.h"
#include "neural/musicgen/float_lm.h"
#include "neural/musicgen/random_lm.h"
#include "storage/test_folder.h"

namespace figment::neural {
namespace {

struct SmallLm {
  storage::testing::Folder folder;
  LmSettings settings;
  std::filesystem::path file;
  SmallLm() {
    settings.card = 96, settings.width = 128, settings.layers = 4, settings.heads = 4, settings.inner = 320, settings.text_width = 48;
    file = folder.path() / "lm.safetensors";
    write_random_lm(file, settings, 0.09);
  }
  [[nodiscard]] LmWeights weights() const { return lm_weights(std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file)), settings); }
};

std::vector<std::int32_t> some_tokens(const LmSettings& s, std::int64_t steps) {
  std::vector<std::int32_t> tokens;
  for (std::int64_t k = 0; k < s.codebooks; ++k)
    for (std::int64_t n = 0; n < steps; ++n) tokens.push_back(n <= k ? s.special() : static_cast<std::int32_t>((n * 31 + k * 17) % s.card));
  return tokens;
}

class FastAgainstPlain : public ::testing::TestWithParam<Precision> {};

TEST_P(FastAgainstPlain, LogitsPointTheSameWayStepByStepAndAllAtOnce) {
  const SmallLm small;
  const LmSettings& s = small.settings;
  const FloatLm plain(s, small.weights());
  const FastLm fast(s, small.weights(), GetParam(), {}, 2, Progress());
  const at::Tensor hidden = at::sin(at::arange(7 * s.text_width, at::kFloat)).reshape({1, 7, s.text_width});
  const auto text = fast.project_text({hidden.data_ptr<float>(), static_cast<std::size_t>(hidden.numel())});
  const at::Tensor conditions = plain.project_text(hidden, at::ones({1, 7}));
  for (std::size_t i = 0; i < text.size(); ++i) ASSERT_NEAR(text[i], conditions.data_ptr<float>()[i], 1e-5);

  const std::int64_t steps = 19;
  const auto tokens = some_tokens(s, steps);
  at::Tensor t = at::empty({1, s.codebooks, steps}, at::kLong);
  std::copy(tokens.begin(), tokens.end(), t.data_ptr<std::int64_t>());
  FloatLm::Run reference(plain, at::cat({conditions, at::zeros_like(conditions)}), std::nullopt, steps);
  const at::Tensor want = reference.step(t.expand({2, -1, -1}));

  FastRun one(fast, text, true, steps), all(fast, text, true, steps);
  std::vector<float> with(static_cast<std::size_t>(s.codebooks * s.card)), without(with.size()), with2(with.size()), without2(with.size());
  const double least = GetParam() == Precision::Q8 ? 0.999 : 0.99;
  for (std::int64_t n = 0; n < steps; ++n) {
    std::vector<std::int32_t> step;
    for (std::int64_t k = 0; k < s.codebooks; ++k) step.push_back(tokens[static_cast<std::size_t>(k * steps + n)]);
    one.step(step, 1, with, without);
    EXPECT_GT(cosine(with, want[0].select(1, n).contiguous().data_ptr<float>()), least) << n;
    EXPECT_GT(cosine(without, want[1].select(1, n).contiguous().data_ptr<float>()), least) << n;
  }
  // Many at once give what they give one by one, but for the order of sums.
  all.step(tokens, steps, with2, without2);
  EXPECT_GT(cosine(with, with2.data()), 0.99999);
  EXPECT_GT(cosine(without, without2.data()), 0.99999);
  EXPECT_THROW(all.step(std::vector<std::int32_t>(4, 0), 1, with, without), Error);
}

// As on a GPU, but for the kind of half precision that a processor has.
TEST(FloatLm, InHalfPrecisionPointsTheSameWay) {
  const SmallLm small;
  const LmSettings& s = small.settings;
  const FloatLm plain(s, small.weights()), half(s, small.weights(), at::kCPU, at::kBFloat16);
  const at::Tensor hidden = at::sin(at::arange(7 * s.text_width, at::kFloat)).reshape({1, 7, s.text_width}), all = at::ones({1, 7});
  const auto tokens = some_tokens(s, 9);
  at::Tensor t = at::empty({1, s.codebooks, 9}, at::kLong);
  std::copy(tokens.begin(), tokens.end(), t.data_ptr<std::int64_t>());
  FloatLm::Run reference(plain, plain.project_text(hidden, all), std::nullopt, 9), run(half, half.project_text(hidden, all), std::nullopt, 9);
  const at::Tensor want = reference.step(t).contiguous(), got = run.step(t).contiguous();
  ASSERT_EQ(got.scalar_type(), at::kFloat);
  EXPECT_GT(cosine({got.data_ptr<float>(), static_cast<std::size_t>(got.numel())}, want.data_ptr<float>()), 0.999);
}

INSTANTIATE_TEST_SUITE_P(Bits, FastAgainstPlain, ::testing::Values(Precision::Q8, Precision::Q4), [](const auto& at) { return at.param == Precision::Q8 ? "q8" : "q4"; });

TEST(WeightCache, IsUsedAgainAndMadeAnewWhenTheWeightsChange) {
  const SmallLm small;
  const auto kept = small.folder.path() / "lm.q8";
  const auto logits = [&] {
    const FastLm fast(small.settings, small.weights(), Precision::Q8, kept, 1, Progress());
    FastRun run(fast, std::vector<float>(static_cast<std::size_t>(small.settings.width), 0.1F), true, 4);
    std::vector<float> with(static_cast<std::size_t>(small.settings.codebooks * small.settings.card)), without(with.size());
    run.step(std::vector<std::int32_t>(4, small.settings.special()), 1, with, without);
    return with;
  };
  const auto first = logits();
  ASSERT_TRUE(std::filesystem::exists(kept));
  EXPECT_FALSE(std::filesystem::exists(kept.string() + ".part"));
  const auto time = std::filesystem::last_write_time(kept);
  EXPECT_EQ(logits(), first);
  EXPECT_EQ(std::filesystem::last_write_time(kept), time);
  write_random_lm(small.file, small.settings, 0.05);
  std::filesystem::last_write_time(small.file, std::filesystem::last_write_time(small.file) + std::chrono::seconds(5));
  EXPECT_NE(logits(), first);
  // A cache that was cut off is not believed.
  std::filesystem::resize_file(kept, std::filesystem::file_size(kept) / 2);
  const auto again = logits();
  EXPECT_EQ(logits(), again);
}

// Tells its tokens by what it was fed: the next is the last of codebook 0 plus 1 plus its own codebook.
class Counting : public StepModel {
 public:
  Counting(std::int64_t codebooks, std::int64_t card) : codebooks_(codebooks), card_(card) {}
  void step(std::span<const std::int32_t> tokens, std::int64_t steps, std::span<float> conditional, std::span<float> unconditional) override {
    seen += steps;
    std::fill(conditional.begin(), conditional.end(), 0.0F);
    std::fill(unconditional.begin(), unconditional.end(), 0.0F);
    for (std::int64_t k = 0; k < codebooks_; ++k) {
      const std::int64_t last = tokens[static_cast<std::size_t>(k * steps + steps - 1)];
      conditional[static_cast<std::size_t>(k * card_ + (last == card_ ? 10 * k : last + 1) % card_)] = 1;
    }
  }
  std::int64_t seen = 0;

 private:
  std::int64_t codebooks_, card_;
};

TEST(Generator, TokensGoInDelayedAndComeOutStraight) {
  for (const std::int64_t channels : {1, 2}) {
    const std::int64_t codebooks = 4 * channels, frames = 9;
    Counting model(codebooks, 64);
    GeneratorOptions options;
    options.frames = frames;
    options.sampling.greedy = true;
    std::int64_t told = 0;
    options.on_frames = [&](std::int64_t first, std::int64_t count, const std::vector<std::int32_t>& codes) {
      EXPECT_EQ(first, told);
      told += count;
      for (std::int64_t k = 0; k < codebooks; ++k) EXPECT_GE(codes[static_cast<std::size_t>(k * frames + told - 1)], 0);
    };
    const auto codes = generate(model, {codebooks, channels}, 64, options, Progress());
    for (std::int64_t k = 0; k < codebooks; ++k)
      for (std::int64_t f = 0; f < frames; ++f) EXPECT_EQ(codes[static_cast<std::size_t>(k * frames + f)], (10 * k + f) % 64) << k << " " << f;
    EXPECT_EQ(told, frames);
    EXPECT_EQ(model.seen, frames + 3);
    // Going on: what is given stays, and counting goes on from it.
    Counting next(codebooks, 64);
    GeneratorOptions on = options;
    on.on_frames = {};
    on.frames = 14;
    on.prompt = codes;
    const auto longer = generate(next, {codebooks, channels}, 64, on, Progress());
    for (std::int64_t k = 0; k < codebooks; ++k)
      for (std::int64_t f = 0; f < 14; ++f) EXPECT_EQ(longer[static_cast<std::size_t>(k * 14 + f)], (10 * k + f) % 64);
  }
}

TEST(Sampling, TheLikelyIsDrawnAsOftenAsItsProbabilitySays) {
  const std::vector<float> logits{std::log(0.5F), std::log(0.3F), std::log(0.15F), std::log(0.05F)};
  const auto counts = [&](Sampling sampling) {
    TokenChooser chooser(sampling);
    Random random(3);
    std::array<int, 4> n{};
    for (int i = 0; i < 20000; ++i) ++n[static_cast<std::size_t>(chooser.choose(logits, random))];
    return n;
  };
  auto n = counts({false, 1, 0, 0, 3});
  EXPECT_NEAR(n[0], 10000, 400);
  EXPECT_NEAR(n[3], 1000, 150);
  n = counts({false, 1, 2, 0, 3});
  EXPECT_EQ(n[2] + n[3], 0);
  EXPECT_NEAR(n[0], 12500, 400);
  n = counts({false, 1, 2, 0.79, 3});          // the nucleus wins: a half and three tenths
  EXPECT_EQ(n[2] + n[3], 0);
  n = counts({false, 0.5, 0, 0, 3});           // colder: squares
  EXPECT_NEAR(n[0], 20000 * 0.25 / 0.365, 400);
  n = counts({true, 1, 0, 0, 3});
  EXPECT_EQ(n[0], 20000);
}

}  // namespace
}  // namespace figment::neural
