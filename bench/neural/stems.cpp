// HTDemucs as published: 42 million random parameters, segments of 7.8 s.
#include <ATen/ATen.h>

#include <algorithm>
#include <fstream>

#include "base/random.h"
#include "neural/engines/stem_engine.h"
#include "neural/fast/bfloats.h"
#include "neural/htdemucs/htdemucs.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/random_weights.h"
#include "parts.h"
#include "peer.h"
#include "separation/split_run.h"

namespace figment::bench {

using neural::has_bfloats;

namespace {

constexpr int kTrack = 30;               // seconds

// Milliseconds that the engine takes for a track, as the program runs it.
double whole_track(const std::filesystem::path& weights, int threads) {
  const auto folder = scratch() / "htdemucs";
  std::filesystem::create_directories(folder);
  std::error_code already;
  std::filesystem::create_hard_link(weights, folder / "model.safetensors", already);
  std::ofstream(folder / "config.json") << R"({"sources": ["drums", "bass", "other", "vocals"], "segment": "39/5", "bottom_channels": 512, "dconv_comp": 8, "dconv_mode": 3, "t_layers": 5})";
  roles::NeuralRequest request;
  request.engine = "htdemucs", request.models = {{"htdemucs", folder}}, request.threads = threads;
  const auto engine = neural::make_stem_engine(request);
  separation::SplitRun run;
  run.frames = std::int64_t{kTrack} * 44100;
  const auto noise = [](std::int64_t frame, audio::AudioBlock out) {
    Random random(static_cast<std::uint64_t>(frame + (1 << 20)));
    for (int c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < out.frames(); ++i) out.channel(c)[i] = static_cast<float>(0.2 * random.uniform() - 0.1);
  };
  const auto nowhere = [](std::int64_t, std::span<const audio::AudioView>) {};
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto start = Clock::now();
    separation::split_sound(*engine, run, noise, nowhere, Progress());
    best = std::min(best, 1000 * since(start));
  }
  return best;
}

}  // namespace

void stems(int threads) {
  const neural::HtdemucsSettings s;
  const auto file = scratch() / "htdemucs.safetensors";
  if (!std::filesystem::exists(file)) neural::write_random_weights(file, neural::htdemucs_table(s), true);      // bfloats, as published
  const auto open = [&] { return std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file)); };
  const auto loaded = [&](bool bfloats) { return std::make_unique<neural::Htdemucs>(s, *open(), bfloats); };
  const auto tone = [&] { return at::sin(at::arange(2 * s.segment, at::kFloat) * 0.05F).reshape({2, -1}) * 0.1F; };
  const double peak = peak_memory([&] { (void)loaded(false)->split(tone()); });
  const double bfloat_peak = peak_memory([&] { (void)loaded(true)->split(tone()); });
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
  const auto track = whole_track(file, threads);
  const double peer_track = peer.ask("track " + std::to_string(kTrack));
  const double peer_memory = peer.ask("memory");
  beside("HTDemucs, one segment of 7.8 s", ours, theirs, 0);
  if (has_bfloats()) beside("  with products in bfloat16", in_bfloats, theirs, 0);
  beside("  a track of 30 s, by the engine", track, peer_track, 0);
  const auto memory = [&](const char* name, double mine) { line(name, number(mine, 0, " MB"), peer_memory > 0 ? number(peer_memory, 0, " MB") : "-", peer_memory > 0 ? number(mine / peer_memory, 2) : "-", "opened in " + number(opened, 0, " ms")); };
  memory("  highest memory", peak);
  if (has_bfloats()) memory("  highest memory with bfloat16", bfloat_peak);
}

}  // namespace figment::bench
