// HTDemucs as published: 42 million random parameters, segments of 7.8 s.
#include <ATen/ATen.h>

#include <algorithm>

#include "neural/fast/bfloats.h"
#include "neural/htdemucs/htdemucs.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/random_weights.h"
#include "parts.h"
#include "peer.h"

namespace figment::bench {

using neural::has_bfloats;

void stems(int threads) {
  const neural::HtdemucsSettings s;
  const auto file = scratch() / "htdemucs.safetensors";
  if (!std::filesystem::exists(file)) neural::write_random_weights(file, neural::htdemucs_table(s), true);      // bfloats, as published
  const auto open = [&] { return std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file)); };
  const auto tone = [&] { return at::sin(at::arange(2 * s.segment, at::kFloat) * 0.05F).reshape({2, -1}) * 0.1F; };
  const double peak = peak_memory([&] { (void)neural::Htdemucs(s, *open()).split(tone()); });
  const double bfloat_peak = peak_memory([&] { (void)neural::Htdemucs(s, *open(), true).split(tone()); });
  const at::Tensor mix = tone();

  auto start = Clock::now();
  neural::Htdemucs network(s, *open());
  const double opened = 1000 * since(start);
  neural::Htdemucs bfloats(s, *open(), true, network.space());
  Peer peer("stems", threads);
  double ours = 1e9, in_bfloats = 1e9, theirs = 1e9;
  for (int round = 0; round <= kRounds; ++round) {
    start = Clock::now();
    (void)network.split(mix);
    const double took = 1000 * since(start);
    start = Clock::now();
    (void)bfloats.split(mix);
    const double bfloat_took = 1000 * since(start), peer_took = peer.ask("segment");
    if (round > 0) ours = std::min(ours, took), in_bfloats = std::min(in_bfloats, bfloat_took), theirs = std::min(theirs, peer_took);
  }
  const double peer_memory = peer.ask("memory");
  beside("HTDemucs, one segment of 7.8 s", ours, theirs, 0);
  if (has_bfloats()) beside("  with products in bfloat16", in_bfloats, theirs, 0);
  const auto memory = [&](const char* name, double mine) { line(name, number(mine, 0, " MB"), peer_memory > 0 ? number(peer_memory, 0, " MB") : "-", peer_memory > 0 ? number(mine / peer_memory, 2) : "-", "opened in " + number(opened, 0, " ms")); };
  memory("  highest memory", peak);
  if (has_bfloats()) memory("  highest memory with bfloat16", bfloat_peak);
}

}  // namespace figment::bench
