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
  const neural::T5Encoder encoder(s, std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file)));
  const at::Tensor ids = at::arange(20, at::kLong).unsqueeze(0), mask = at::ones_like(ids);
  Peer peer("text", threads);
  double ours = 1e9, theirs = 1e9;
  for (int round = 0; round <= 8 * kRounds; ++round) {
    const auto start = Clock::now();
    (void)encoder.encode(ids, mask);
    const double took = 1000 * since(start), peer_took = peer.ask("text");
    if (round > 0) ours = std::min(ours, took), theirs = std::min(theirs, peer_took);
  }
  beside("T5-base, encoding 20 tokens", ours, theirs, 1);
}

}  // namespace figment::bench
