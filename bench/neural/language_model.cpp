// MusicGen's language model with random weights of real size: steps at positions 50 and 500, the first token, memory, and the share of
// what plain streaming reads reach.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "neural/cosine.h"
#include "neural/musicgen/fast_lm.h"
#include "neural/musicgen/float_lm.h"
#include "neural/musicgen/random_lm.h"
#include "parts.h"
#include "peer.h"

namespace figment::bench {
namespace {

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

neural::LmSettings settings_of(const std::string& size) {
  neural::LmSettings s;
  if (size == "medium") s.width = 1536, s.heads = 24, s.inner = 6144, s.layers = 48;
  return s;
}

neural::Precision precision_of(const std::string& name) { return name == "q4" ? neural::Precision::Q4 : neural::Precision::Q8; }

neural::LmWeights weights_of(const std::string& size, const neural::LmSettings& s) {
  const auto file = scratch() / (size + ".safetensors");
  if (!std::filesystem::exists(file)) neural::write_random_lm(file, s);
  return neural::lm_weights(std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file)), s);
}

// The middle one of those around a position; 0 where there are not that many.
double around(const std::vector<double>& ms, std::size_t at) {
  if (ms.size() < at + 10) return 0;
  std::vector<double> near(ms.begin() + static_cast<std::ptrdiff_t>(at) - 10, ms.begin() + static_cast<std::ptrdiff_t>(at) + 10);
  std::nth_element(near.begin(), near.begin() + 10, near.end());
  return near[10];
}

struct Run {
  double at_50 = 1e9, at_500 = 1e9, first = 1e9;
};

Run decode(const std::string& size, neural::Precision precision, const std::filesystem::path& kept, std::int64_t steps, int threads) {
  const neural::LmSettings s = settings_of(size);
  const auto start = Clock::now();
  const neural::FastLm lm(s, weights_of(size, s), precision, kept, threads, Progress());
  std::vector<float> text(static_cast<std::size_t>(20 * s.width));
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = std::sin(static_cast<float>(i));
  neural::FastRun model(lm, text, true, steps);
  std::vector<float> conditional(static_cast<std::size_t>(s.codebooks * s.card)), unconditional(conditional.size());
  std::vector<std::int32_t> tokens(static_cast<std::size_t>(s.codebooks), s.special());
  std::vector<double> ms;
  Run run;
  for (std::int64_t n = 0; n < steps; ++n) {
    const auto begin = Clock::now();
    model.step(tokens, 1, conditional, unconditional);
    ms.push_back(1000 * since(begin));
    if (n == 0) run.first = since(start);
    for (std::size_t k = 0; k < tokens.size(); ++k) tokens[k] = static_cast<std::int32_t>((n * 7 + static_cast<std::int64_t>(k) * 13) % s.card);
  }
  run.at_50 = around(ms, 50), run.at_500 = around(ms, 500);
  return run;
}

}  // namespace

void language_model(const std::string& size, const std::string& name, std::int64_t steps, int threads) {
  const neural::Precision precision = precision_of(name);
  const auto kept = scratch() / (size + "." + name);
  if (!std::filesystem::exists(kept)) {
    // In a process of its own, so that memory is that of later runs.
    const auto start = Clock::now();
    (void)peak_memory([&] { const neural::FastLm lm(settings_of(size), weights_of(size, settings_of(size)), precision, kept, threads, Progress()); });
    line("MusicGen-" + size + " " + name + ", quantizing once", number(since(start), 1, " s"), "-", "-", "-");
  }
  const double memory = peak_memory([&] { (void)decode(size, precision, kept, steps, threads); });
  const neural::LmSettings s = settings_of(size);
  const neural::FastLm lm(s, weights_of(size, s), precision, kept, threads, Progress());
  Run ours;
  double streaming = 0, peer_50 = 1e9, peer_500 = 1e9;
  {
    Peer peer(size == "small" ? "lm" : "none", threads);
    for (int round = 0; round < 3; ++round) {
      const Run run = decode(size, precision, kept, steps, threads);
      ours.at_50 = std::min(ours.at_50, run.at_50), ours.at_500 = std::min(ours.at_500, run.at_500), ours.first = std::min(ours.first, run.first);
      streaming = std::max(streaming, streaming_read(threads));
      for (int again = 0; again < 3; ++again) peer_50 = std::min(peer_50, peer.ask("step 50")), peer_500 = std::min(peer_500, peer.ask("step 500"));
    }
  }
  const double reached = static_cast<double>(lm.step_bytes()) / ours.at_50 / 1e6, weights = static_cast<double>(lm.weight_bytes()) / 1e6;
  beside("MusicGen-" + size + " " + name + ", a guided step at 50", ours.at_50, peer_50, 1);
  beside("  at 500", ours.at_500, peer_500, 1);
  line("  first token, from opening the weights on", number(ours.first, 2, " s"), "-", "-", "-");
  line("  reading weights", number(reached, 1, " GB/s"), number(streaming, 1, " GB/s"), number(reached / streaming, 2), "plain streaming reads");
  line("  highest memory", number(memory, 0, " MB"), number(1.2 * weights + 300, 0, " MB"), number(memory / (1.2 * weights + 300), 2), "the limit we set ourselves: 1.2 times the weights, and 300 MB");
}

// How alike the logits are to those of the plain version, on the same weights.
void check_language_model(const std::string& size, const std::string& name) {
  const neural::Precision precision = precision_of(name);
  const neural::LmSettings s = settings_of(size);
  const auto weights = [&] { return weights_of(size, s); };
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
  std::printf("MusicGen-%s %s: cosine of the logits with the float version's at least %.5f over %lld steps\n", size.c_str(), name.c_str(), least, static_cast<long long>(steps));
}

}  // namespace figment::bench
