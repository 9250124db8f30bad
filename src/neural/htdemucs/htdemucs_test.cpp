// The network on our own kernels is the plain one; its settings and bags are read, and refused, by name.
#include "neural/htdemucs/htdemucs.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "neural/engines/stem_engine.h"
#include "neural/fast/bfloats.h"
#include "neural/htdemucs/bag.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/htdemucs/plain_htdemucs.h"
#include "neural/random_weights.h"
#include "storage/test_folder.h"

namespace figment::neural {
namespace {

namespace fs = std::filesystem;

nlohmann::json small_kwargs() {
  return {{"sources", {"drums", "bass", "other", "vocals"}}, {"samplerate", 44100}, {"segment", "1/10"}, {"channels", 4}, {"growth", 2}, {"depth", 4}, {"nfft", 4096}, {"freq_emb", 0.2}, {"emb_scale", 10}, {"dconv_mode", 3}, {"dconv_comp", 2}, {"bottom_channels", 16}, {"t_layers", 3}, {"t_heads", 2}};
}

struct SmallNetwork {
  explicit SmallNetwork(const fs::path& folder, nlohmann::json kwargs = small_kwargs()) : settings(HtdemucsSettings::parse(kwargs, "config.json")) {
    fs::create_directories(folder);
    write_random_weights(folder / "model.safetensors", htdemucs_table(settings), false, 0.1);
    std::ofstream(folder / "config.json") << kwargs;
    weights = std::make_shared<const weights::WeightFile>(weights::WeightFile::open(folder));
  }
  HtdemucsSettings settings;
  Weights weights;
};

at::Tensor noise(std::int64_t frames, int seed = 3) {
  at::manual_seed(static_cast<std::uint64_t>(seed));
  return at::randn({2, frames}) * 0.2;
}
double db_above_error(const at::Tensor& wanted, const at::Tensor& got) { return 10 * std::log10((wanted.square().sum() / (wanted - got).square().sum().clamp_min(1e-30)).item<double>()); }

TEST(Htdemucs, TheOneOnOurKernelsIsThePlainOne) {
  const storage::testing::Folder folder;
  int n = 0;
  for (const auto& change : {nlohmann::json::object(), nlohmann::json{{"bottom_channels", 0}, {"segment", "137/1000"}}, nlohmann::json{{"dconv_mode", 1}, {"channels", 6}}, nlohmann::json{{"dconv_mode", 2}, {"freq_emb", 0}, {"dconv_depth", 3}}, nlohmann::json{{"sources", {"a", "b"}}, {"t_layers", 2}, {"depth", 3}, {"nfft", 1024}}}) {
    nlohmann::json kwargs = small_kwargs();
    kwargs.update(change);
    const SmallNetwork net(folder.path() / std::to_string(n++), kwargs);
    const PlainHtdemucs plain(net.settings, net.weights);
    Htdemucs fast(net.settings, *net.weights);
    for (int round = 0; round < 2; ++round) {       // its working space holds what the last call left there
      const at::Tensor mix = noise(net.settings.segment, 5 + round);
      const at::Tensor wanted = plain.split(mix.unsqueeze(0))[0];
      EXPECT_GT(db_above_error(wanted, fast.split(mix)), 85) << change.dump() << " round " << round;
    }
  }
}

TEST(Htdemucs, ItIsTheSameBitsWithAnyNumberOfThreadsAndAnybodysSpace) {
  const storage::testing::Folder folder;
  const SmallNetwork net(folder.path() / "a");
  const int before = at::get_num_threads();
  const at::Tensor mix = noise(net.settings.segment);
  at::set_num_threads(1);
  Htdemucs one(net.settings, *net.weights);
  const at::Tensor alone = one.split(mix);
  (void)one.split(noise(net.settings.segment, 9));
  at::set_num_threads(3);
  Htdemucs other(net.settings, *net.weights, false, one.space());
  EXPECT_TRUE(at::equal(other.split(mix), alone));
  at::set_num_threads(before);
}

TEST(Htdemucs, Bfloat16IsNearEnough) {
  if (!has_bfloats()) GTEST_SKIP() << "this processor does not multiply bfloat16 numbers";
  const storage::testing::Folder folder;
  const SmallNetwork net(folder.path() / "a");
  Htdemucs exact(net.settings, *net.weights), rounded_one(net.settings, *net.weights, true);
  const at::Tensor mix = noise(net.settings.segment);
  const double db = db_above_error(exact.split(mix), rounded_one.split(mix));
  EXPECT_GT(db, 30);
  EXPECT_LT(db, 80) << "nothing was rounded";
}

TEST(Htdemucs, CancelledItSaysSo) {
  const storage::testing::Folder folder;
  const SmallNetwork net(folder.path() / "a");
  Htdemucs network(net.settings, *net.weights);
  Progress progress;
  progress.cancel();
  EXPECT_THROW((void)network.split(noise(net.settings.segment), {}, progress), Error);
}

std::string refusal_of(const nlohmann::json& change) {
  nlohmann::json kwargs = small_kwargs();
  kwargs.update(change);
  try {
    (void)HtdemucsSettings::parse(kwargs, "x.th");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(HtdemucsSettings, ThePublishedOnesAreRead) {
  HtdemucsSettings s = HtdemucsSettings::parse({{"sources", {"drums", "bass", "other", "vocals"}}, {"segment", 7.8}, {"bottom_channels", 512}, {"dconv_comp", 8}, {"dconv_mode", 3}, {"t_layers", 5}}, "x");
  EXPECT_EQ(s, HtdemucsSettings());
  EXPECT_EQ(s.segment, 343980);
  EXPECT_EQ(s.frames(), 336);
  EXPECT_EQ(s.width(3), 384);
}

TEST(HtdemucsSettings, OtherFormsAreRefusedByName) {
  EXPECT_EQ(refusal_of(nlohmann::json::object()), "");
  const std::vector<std::pair<const char*, const char*>> forms{
      {R"({"cac": false})", "cac"}, {R"({"multi_freqs": [0.5]})", "multi_freqs"}, {R"({"t_emb": "cape"})", "t_emb"}, {R"({"t_sparse_self_attn": true})", "t_sparse_self_attn"}, {R"({"norm_starts": 2})", "norm_starts"}, {R"({"depth": 6, "norm_starts": 6})", "depth"}, {R"({"audio_channels": 1})", "audio_channels"},
      {R"({"stride": 2})", "stride"}, {R"({"segment": null})", "segment"}, {R"({"segment": "1/0"})", "segment"}, {R"({"segment": 1e9})", "segment"}, {R"({"sources": []})", "sources"}, {R"({"sources": ["../x"]})", "../x"}, {R"({"sources": ["a", "a"]})", "two sources"}, {R"({"t_heads": 5})", "heads"},
      {R"({"channels": 0})", "channels"}, {R"({"nfft": 4095})", "nfft"}, {R"({"growth": 8, "channels": 4096})", "wide"}};
  for (const auto& [text, word] : forms) {
    const nlohmann::json change = nlohmann::json::parse(text);
    const std::string told = refusal_of(change);
    EXPECT_NE(told.find(word), std::string::npos) << change.dump() << ": " << told;
    EXPECT_NE(told.find("x.th"), std::string::npos) << told;
  }
}

TEST(Htdemucs, WeightsOfAnotherNetworkAreNamed) {
  const storage::testing::Folder folder;
  const SmallNetwork net(folder.path() / "a");
  nlohmann::json kwargs = small_kwargs();
  kwargs["channels"] = 8;
  try {
    Htdemucs(HtdemucsSettings::parse(kwargs, "x"), *net.weights);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("HTDemucs"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("wanted"), std::string::npos) << e.what();
  }
}

void touch(const fs::path& file, const std::string& text = "") { std::ofstream(file) << text; }

TEST(HtdemucsBag, TheFineTunedOneIsKnownByItsSignatures) {
  const storage::testing::Folder folder;
  for (const char* name : {"f7e0c4bc-ba3fe64a.th", "d12395a8-e57c48e6.th", "92cfc3b6-ef3bcb9c.th", "04573f0d-f3cf25b2.th"}) touch(folder.path() / name);
  const auto bag = read_bag(folder.path());
  ASSERT_EQ(bag.size(), 4U);
  EXPECT_EQ(bag[0].file.filename(), "f7e0c4bc-ba3fe64a.th");
  EXPECT_EQ(bag[0].say, (std::vector<double>{1, 0, 0, 0}));
  EXPECT_EQ(bag[3].file.filename(), "04573f0d-f3cf25b2.th");
  EXPECT_EQ(bag[3].say, (std::vector<double>{0, 0, 0, 1}));
  fs::remove(folder.path() / "04573f0d-f3cf25b2.th");
  EXPECT_THROW((void)read_bag(folder.path()), Error);
}

TEST(HtdemucsBag, AListTellsHowNetworksWorkTogether) {
  const storage::testing::Folder folder;
  touch(folder.path() / "aaaa-1.th"), touch(folder.path() / "bbbb.th");
  touch(folder.path() / "bag.yaml", "models: ['bbbb', 'aaaa']\nweights: [[1, 0.5], [0, 0.5]]\n");
  const auto bag = read_bag(folder.path());
  ASSERT_EQ(bag.size(), 2U);
  EXPECT_EQ(bag[0].file.filename(), "bbbb.th");
  EXPECT_EQ(bag[1].say, (std::vector<double>{0, 0.5}));
  for (const char* broken : {"models: ['cccc']", "models: []", "[1]", "models: ['aaaa', 'bbbb']\nweights: [[1]]", "models: ['aaaa']\nweights: [[x]]", "models: ['aaaa']\nweights: [[-1]]", "models: [", "models: ['aaaa']\nweights: 3"}) {
    touch(folder.path() / "bag.yaml", broken);
    EXPECT_THROW((void)read_bag(folder.path()), Error) << broken;
  }
}

// Segments of noise through the engine: what the network makes of each.
TEST(StemEngine, ItSplitsSegmentsAsTheNetworkDoes) {
  const storage::testing::Folder folder;
  const SmallNetwork net(folder.path() / "a");
  roles::NeuralRequest request;
  request.engine = "small";
  request.models = {{"small", folder.path() / "a"}};
  request.weights = {{"small", "MIT", true, {}}, {"other", "MIT", true, {}}};
  request.precision = "f32";
  const int before = at::get_num_threads();
  request.threads = 2;
  const auto engine = make_stem_engine(request);
  EXPECT_EQ(engine->stems(), net.settings.sources);
  EXPECT_EQ(engine->info().weights.size(), 1U);
  EXPECT_TRUE(engine->shape().levelled);
  const std::int64_t frames = net.settings.segment;
  ASSERT_EQ(engine->shape().segment, frames);
  const at::Tensor mix = noise(frames);
  audio::AudioBuffer sound(2, frames, Hertz{44100}), vocals(2, frames, Hertz{44100});
  for (int c = 0; c < 2; ++c) std::copy_n(mix[c].data_ptr<float>(), frames, sound.channel(c));
  const roles::SplitSegment one{sound.view(), {audio::AudioBlock(), audio::AudioBlock(), audio::AudioBlock(), vocals.block()}};
  engine->split({&one, 1}, Progress());
  const at::Tensor wanted = Htdemucs(net.settings, *net.weights).split(mix)[3].contiguous();
  for (int c = 0; c < 2; ++c)
    for (std::int64_t i = 0; i < frames; ++i) ASSERT_EQ(vocals.channel(c)[i], wanted[c].data_ptr<float>()[i]) << i;
  at::set_num_threads(before);
}

TEST(StemEngine, WhatItCannotRunOnIsNamed) {
  const storage::testing::Folder folder;
  const SmallNetwork net(folder.path() / "a");
  roles::NeuralRequest request;
  request.engine = "small";
  request.models = {{"small", folder.path() / "a"}};
  request.device = "abacus";
  EXPECT_THROW((void)make_stem_engine(request), Error);
  request.device = "cpu";
  fs::remove(folder.path() / "a" / "config.json");
  EXPECT_THROW((void)make_stem_engine(request), Error);
}

}  // namespace
}  // namespace figment::neural
