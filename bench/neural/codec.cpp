// EnCodec at 32 kHz, as MusicGen has it: 56.9 million random parameters.
#include <ATen/ATen.h>

#include <algorithm>

#include "neural/encodec/encodec.h"
#include "neural/random_weights.h"
#include "parts.h"
#include "peer.h"

namespace figment::bench {
namespace {

neural::Encodec open(const std::filesystem::path& file, const neural::EncodecSettings& settings) {
  return {settings, std::make_shared<const weights::WeightFile>(weights::WeightFile::open(file))};
}
at::Tensor codes_of(const neural::EncodecSettings& s, std::int64_t seconds) { return (at::arange(s.codebooks * 50 * seconds, at::kLong) * 7919).remainder(s.codebook_size).reshape({1, s.codebooks, 50 * seconds}); }

}  // namespace

void codec(int threads) {
  const neural::EncodecSettings s;
  const auto file = scratch() / "encodec.safetensors";
  if (!std::filesystem::exists(file)) {
    auto table = neural::Encodec::table(s);
    for (weights::TensorSpec& t : table)
      if (t.name.ends_with(".conv.weight")) t.optional = false;     // fused, as a pair would be on loading
    neural::write_random_weights(file, table, false);
  }
  const auto peak = [&](std::int64_t seconds) { return peak_memory([&] { (void)open(file, s).decode(codes_of(s, seconds)); }); };
  const double at_rest = peak_memory([&] { (void)open(file, s); }), ten = peak(10), thirty = peak(30);

  const neural::Encodec codec = open(file, s);
  Peer peer("codec", threads);
  const at::Tensor codes = codes_of(s, 10), sound = at::sin(at::arange(10 * s.rate, at::kFloat) * 0.05F).reshape({1, 1, -1});
  double decode = 1e9, encode = 1e9, peer_decode = 1e9, peer_encode = 1e9;
  for (int round = 0; round <= kRounds; ++round) {
    auto start = Clock::now();
    (void)codec.decode(codes);
    const double decoded = 1000 * since(start), peer_decoded = peer.ask("decode");
    start = Clock::now();
    (void)codec.encode(sound);
    const double encoded = 1000 * since(start), peer_encoded = peer.ask("encode");
    if (round == 0) continue;                          // warming up
    decode = std::min(decode, decoded), peer_decode = std::min(peer_decode, peer_decoded);
    encode = std::min(encode, encoded), peer_encode = std::min(peer_encode, peer_encoded);
  }
  beside("EnCodec 32 kHz, decoding 10 s", decode, peer_decode, 0);
  beside("  encoding 10 s", encode, peer_encode, 0);
  line("  highest memory of decoding 10 s, 30 s", number(ten, 0, " MB") + ", " + number(thirty, 0, " MB"), "-", "-", "opened alone: " + number(at_rest, 0, " MB"));
}

}  // namespace figment::bench
