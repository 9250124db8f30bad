// figment-bench-neural [small|medium] [q8|q4] [STEPS|check]   MusicGen's decoding with random weights of real size: ms a step at
//                       positions 50 and 500, the first step, peak memory, and the share of what plain streaming reads reach.
#include <ATen/ATen.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "base/error.h"
#include "neural/cosine.h"
#include "neural/musicgen/fast_lm.h"
#include "neural/musicgen/float_lm.h"
#include "neural/musicgen/random_lm.h"

namespace figment::bench {
namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

// GB/s of two threads that read a quarter of a gigabyte and do nothing else with it.
double streaming_read(int threads) {
  std::vector<std::uint64_t> block((256U << 20) / 8, 1);
  neural::ThreadTeam team(threads);
  constexpr std::int64_t kParts = 256;
  std::vector<std::uint64_t> sums(kParts);
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto start = Clock::now();
    team.run(kParts, [&](std::int64_t t, int) {
      const auto part = neural::share_of(static_cast<std::int64_t>(block.size()), 1024, t, kParts);
      std::uint64_t a = 0, b = 0, c = 0, d = 0;
      for (std::int64_t i = part.first; i < part.last; i += 32)
        for (int k = 0; k < 32; k += 4) a += block[static_cast<std::size_t>(i + k)], b += block[static_cast<std::size_t>(i + k + 1)], c += block[static_cast<std::size_t>(i + k + 2)], d += block[static_cast<std::size_t>(i + k + 3)];
      sums[static_cast<std::size_t>(t)] = a + b + c + d;
    });
    best = std::min(best, since(start));
  }
  return sums[0] == 1 ? 0 : static_cast<double>(block.size()) * 8 / best / 1e9;
}

void run(const std::string& size, neural::Precision precision, std::int64_t steps) {
  neural::LmSettings s;
  if (size == "medium") s.width = 1536, s.heads = 24, s.inner = 6144, s.layers = 48;
  const auto folder = std::filesystem::temp_directory_path() / "figment-bench-neural";
  std::filesystem::create_directories(folder);
  const auto file = folder / (size + ".safetensors"), kept = folder / (size + (precision == neural::Precision::Q8 ? ".q8" : ".q4"));
  if (!std::filesystem::exists(file)) neural::write_random_lm(file, s);
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto weights = [&] { return neural::lm_weights(std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file)), s); };
  if (!std::filesystem::exists(kept)) {
    const auto start = Clock::now();
    const neural::FastLm lm(s, weights(), precision, kept, threads, Progress());
    std::printf("quantized once: %.1f s (run again for the figures of later runs)\n", since(start));
    return;
  }
  const auto start = Clock::now();
  const neural::FastLm lm(s, weights(), precision, kept, threads, Progress());
  std::vector<float> text(static_cast<std::size_t>(20 * s.width));
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = std::sin(static_cast<float>(i));
  neural::FastRun model(lm, text, true, steps);
  std::vector<float> conditional(static_cast<std::size_t>(s.codebooks * s.card)), unconditional(conditional.size());
  std::vector<std::int32_t> tokens(static_cast<std::size_t>(s.codebooks), s.special());
  std::vector<double> ms;
  double first = 0;
  for (std::int64_t n = 0; n < steps; ++n) {
    const auto begin = Clock::now();
    model.step(tokens, 1, conditional, unconditional);
    ms.push_back(1000 * since(begin));
    if (n == 0) first = since(start);
    for (std::size_t k = 0; k < tokens.size(); ++k) tokens[k] = static_cast<std::int32_t>((n * 7 + static_cast<std::int64_t>(k) * 13) % s.card);
  }
  const auto around = [&](std::size_t at) {
    if (ms.size() < at + 10) return 0.0;
    std::vector<double> near(ms.begin() + static_cast<std::ptrdiff_t>(at) - 10, ms.begin() + static_cast<std::ptrdiff_t>(at) + 10);
    std::nth_element(near.begin(), near.begin() + 10, near.end());
    return near[10];
  };
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double read = streaming_read(threads), reached = static_cast<double>(lm.step_bytes()) / around(50) / 1e6;
  std::printf("MusicGen-%s %s on %s, %d threads: %.1f ms a step at 50, %.1f at 500; first token after %.2f s; weights %.0f MB, %.0f a step, peak memory %.0f MB; reads %.1f GB/s, plain streaming %.1f (%.0f %%)\n", size.c_str(),
              precision == neural::Precision::Q8 ? "q8" : "q4", neural::vector_unit(), threads, around(50), around(500), first, static_cast<double>(lm.weight_bytes()) / 1e6, static_cast<double>(lm.step_bytes()) / 1e6, static_cast<double>(usage.ru_maxrss) / 1000, reached, read, 100 * reached / read);
}

// How alike the logits are to those of the plain version, on the same weights.
void check(const std::string& size, neural::Precision precision) {
  neural::LmSettings s;
  if (size == "medium") s.width = 1536, s.heads = 24, s.inner = 6144, s.layers = 48;
  const auto file = std::filesystem::temp_directory_path() / "figment-bench-neural" / (size + ".safetensors");
  const auto weights = [&] { return neural::lm_weights(std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file)), s); };
  const std::int64_t steps = 12;
  const at::Tensor hidden = at::sin(at::arange(20 * s.text_width, at::kFloat)).reshape({1, 20, s.text_width});
  at::Tensor tokens = at::empty({1, s.codebooks, steps}, at::kLong);
  for (std::int64_t k = 0; k < s.codebooks; ++k)
    for (std::int64_t n = 0; n < steps; ++n) tokens[0][k][n] = n <= k ? s.card : (n * 131 + k * 517) % s.card;
  at::Tensor want;
  {
    const neural::FloatLm plain(s, weights());
    const at::Tensor text = plain.project_text(hidden, at::ones({1, 20}));
    neural::FloatLm::Run run(plain, at::cat({text, at::zeros_like(text)}), std::nullopt, steps);
    want = run.step(tokens.expand({2, -1, -1}));
  }
  const neural::FastLm lm(s, weights(), precision, {}, 2, Progress());
  neural::FastRun run(lm, lm.project_text({hidden.data_ptr<float>(), static_cast<std::size_t>(hidden.numel())}), true, steps);
  std::vector<float> conditional(static_cast<std::size_t>(s.codebooks * s.card)), unconditional(conditional.size());
  double least = 1;
  for (std::int64_t n = 0; n < steps; ++n) {
    std::vector<std::int32_t> fed;
    for (std::int64_t k = 0; k < s.codebooks; ++k) fed.push_back(static_cast<std::int32_t>(tokens[0][k][n].item<std::int64_t>()));
    run.step(fed, 1, conditional, unconditional);
    for (const auto& [row, got] : {std::pair{0, &conditional}, std::pair{1, &unconditional}}) {
      least = std::min(least, neural::cosine(*got, want[row].select(1, n).contiguous().data_ptr<float>()));
    }
  }
  std::printf("MusicGen-%s %s: cosine of the logits with the float version's at least %.5f over %lld steps\n", size.c_str(), precision == neural::Precision::Q8 ? "q8" : "q4", least, static_cast<long long>(steps));
}

}  // namespace
}  // namespace figment::bench

int main(int argc, char** argv) {
  try {
    if (argc > 3 && std::string(argv[3]) == "check") return figment::bench::check(argv[1], std::string(argv[2]) == "q4" ? figment::neural::Precision::Q4 : figment::neural::Precision::Q8), 0;
    figment::bench::run(argc > 1 ? argv[1] : "small", argc > 2 && std::string(argv[2]) == "q4" ? figment::neural::Precision::Q4 : figment::neural::Precision::Q8, argc > 3 ? std::stol(argv[3]) : 520);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "figment-bench-neural: %s\n", e.what());
    return 1;
  }
  return 0;
}
