// The encoder of T5-base: 110 million random parameters, 20 tokens.
#include <ATen/ATen.h>

#include <algorithm>

#include "neural/random_weights.h"
#include "neural/t5/t5.h"
#include "parts.h"
#include "peer.h"

namespace figment::bench {

void text(int threads) {
  neural::T5Settings s;
  s.vocabulary = 32128, s.width = 768, s.head_width = 64, s.inner = 3072, s.blocks = 12, s.heads = 12;
  const auto file = scratch() / "t5-base.safetensors";
  if (!std::filesystem::exists(file)) neural::write_random_weights(file, neural::T5Encoder::table(s), false);
  const auto weights = std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file));
  const neural::T5Encoder encoder(s, weights), rounded(s, weights, "", true);
  const at::Tensor ids = at::arange(20, at::kLong).unsqueeze(0), mask = at::ones_like(ids);
  Peer peer("text", threads);
  double ours = 1e9, ours_rounded = 1e9, theirs = 1e9;
  for (int round = 0; round <= 8 * kRounds; ++round) {
    const auto start = Clock::now();
    (void)encoder.encode(ids, mask);
    const double took = 1000 * since(start);
    const auto again = Clock::now();
    (void)rounded.encode(ids, mask);
    const double rounded_took = 1000 * since(again), peer_took = peer.ask("text");
    if (round > 0) ours = std::min(ours, took), ours_rounded = std::min(ours_rounded, rounded_took), theirs = std::min(theirs, peer_took);
  }
  const at::Tensor exact = encoder.encode(ids, mask), near = rounded.encode(ids, mask);
  const double cosine = ((exact * near).sum(-1) / (exact.norm(2, -1) * near.norm(2, -1))).min().item<double>();
  beside("T5-base, encoding 20 tokens", ours_rounded, theirs, 1);
  beside("  in float32 throughout", ours, theirs, 1);
  line("  least cosine of a token's vector to that", number(cosine, 6), "-", "-", "wanted 0.999");
}

}  // namespace figment::bench
