#include "neural/encodec/decode_stream.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace figment::neural {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(FIGMENT_SOURCE_DIR) / "tests" / "data" / "parity" / "musicgen";

Encodec small_codec() {
  std::ifstream in(kFolder / "config.json");
  const auto config = nlohmann::json::parse(in);
  return {EncodecSettings::parse(config["audio_encoder"], "config.json"), std::make_shared<weights::WeightFile>(weights::WeightFile::open(kFolder / "model.safetensors")), "audio_encoder."};
}

at::Tensor some_codes(const Encodec& codec, std::int64_t rows, std::int64_t frames) {
  at::manual_seed(3);
  return at::randint(codec.settings().codebook_size, {rows, codec.settings().codebooks, frames}, at::kLong);
}

double largest_error(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>() / b.abs().max().item<double>(); }

TEST(DecodeStream, GivesWhatDecodingAtOnceGives) {
  const Encodec codec = small_codec();
  for (const std::int64_t frames : {1, 3, 49, 50, 51, 57, 100, 163}) {
    const at::Tensor codes = some_codes(codec, 2, frames);
    for (const std::int64_t step : {std::int64_t{1}, std::int64_t{7}, frames}) {
      DecodeStream stream(codec);
      std::vector<at::Tensor> parts;
      for (std::int64_t at = 0; at < frames; at += step) parts.push_back(stream.push(codes.slice(2, at, std::min(frames, at + step))));
      parts.push_back(stream.finish());
      const at::Tensor whole = codec.decode(codes), sound = at::cat(parts, 2);
      ASSERT_EQ(sound.sizes(), whole.sizes()) << frames << " frames by " << step;
      EXPECT_LT(largest_error(sound, whole), 1e-5) << frames << " frames by " << step;
    }
  }
}

TEST(DecodeStream, GivesTheSameBitsHoweverTheCodesCome) {
  const Encodec codec = small_codec();
  const at::Tensor codes = some_codes(codec, 1, 130);
  const auto by = [&](std::int64_t step) {
    DecodeStream stream(codec);
    std::vector<at::Tensor> parts;
    for (std::int64_t at = 0; at < 130; at += step) parts.push_back(stream.push(codes.slice(2, at, std::min<std::int64_t>(130, at + step))));
    parts.push_back(stream.finish());
    return at::cat(parts, 2);
  };
  EXPECT_TRUE(at::equal(by(1), by(13)));
  EXPECT_TRUE(at::equal(by(1), by(130)));
}

TEST(DecodeStream, GivesSoundWhileCodesAreStillToCome) {
  const Encodec codec = small_codec();
  DecodeStream stream(codec);
  const at::Tensor sound = stream.push(some_codes(codec, 1, 3 * DecodeStream::kPiece / 2));
  EXPECT_EQ(sound.size(2), DecodeStream::kPiece * codec.settings().hop());
}

TEST(DecodeStream, OfNothingIsNothing) {
  const Encodec codec = small_codec();
  DecodeStream stream(codec);
  EXPECT_EQ(stream.finish().size(2), 0);
}

}  // namespace
}  // namespace figment::neural
