#include "neural/engines/music_engine.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "neural/cosine.h"
#include "neural/engines/sound_engine.h"
#include "neural/musicgen/random_lm.h"
#include "neural/musicgen/windows.h"
#include "weights/test_files.h"

namespace figment::neural {
namespace {

namespace fs = std::filesystem;
using audio::AudioBuffer;
using roles::MusicRequest;

const fs::path kData = fs::path(FIGMENT_SOURCE_DIR) / "tests" / "data";
constexpr const char* kWords = "deep house";

nlohmann::json json_of(const fs::path& file) {
  std::ifstream in(file);
  return nlohmann::json::parse(in);
}

// Networks of a few thousand weights, whose numbers mean nothing and whose files are as the public ones are.
class MusicEngine : public testing::Test {
 protected:
  MusicEngine() {
    fs::create_directories(folder_);
    for (const char* part : {"whole", "stereo", "melody", "text", "codec"}) fs::create_directories(folder_ / part);
    for (const char* file : {"config.json", "model.safetensors"}) fs::copy_file(kData / "parity" / "musicgen" / file, folder_ / "whole" / file);
    fs::copy_file(kData / "tokenizer" / "spiece.model", folder_ / "whole" / "spiece.model");
    // In four folders, as the published ones lie; the language model with two channels.
    for (const char* file : {"config.json", "model.safetensors"}) fs::copy_file(kData / "parity" / "t5_gated" / file, folder_ / "text" / file);
    fs::copy_file(kData / "tokenizer" / "spiece.model", folder_ / "text" / "spiece.model");
    for (const char* file : {"config.json", "compression_state_dict.bin"}) fs::copy_file(kData / "parity" / "encodec" / file, folder_ / "codec" / file);
    nlohmann::json config = json_of(folder_ / "whole" / "config.json");
    config["text_encoder"] = json_of(folder_ / "text" / "config.json");
    config["audio_encoder"] = json_of(folder_ / "codec" / "config.json");
    const MusicgenSettings mono = MusicgenSettings::parse(config, "config.json");
    nlohmann::json sung = config;
    sung["model_type"] = "musicgen_melody";
    sung["num_chroma"] = 12;
    sung["chroma_length"] = 20;
    std::ofstream(folder_ / "melody" / "config.json") << sung.dump();
    write_random_lm(folder_ / "melody" / "model.safetensors", MusicgenSettings::parse(sung, "config.json").lm, 0.3);
    LmSettings lm = mono.lm;
    lm.codebooks = 2 * lm.codebooks, lm.channels = 2;
    config["decoder"]["num_codebooks"] = lm.codebooks;
    config["decoder"]["audio_channels"] = 2;
    std::ofstream(folder_ / "stereo" / "config.json") << config.dump();
    write_random_lm(folder_ / "stereo" / "model.safetensors", lm, 0.3);
  }
  ~MusicEngine() override { fs::remove_all(folder_); }

  [[nodiscard]] roles::NeuralRequest whole(const std::string& precision = "q8") const { return {"tiny", {{"tiny", folder_ / "whole"}}, {{"tiny", "MIT", true, "ab"}}, precision, 2}; }
  [[nodiscard]] roles::NeuralRequest stereo() const {
    return {"tiny-stereo", {{"tiny-stereo", folder_ / "stereo"}, {"text", folder_ / "text"}, {"codec", folder_ / "codec"}, {"idle", folder_ / "whole"}}, {{"tiny-stereo", "MIT", true, "1"}, {"text", "MIT", true, "2"}, {"codec", "MIT", true, "3"}, {"idle", "MIT", true, "4"}}, "q8", 2};
  }
  [[nodiscard]] roles::NeuralRequest melody(const std::string& precision = "q8") const { return {"tiny-melody", {{"tiny-melody", folder_ / "melody"}, {"text", folder_ / "text"}, {"codec", folder_ / "codec"}}, {}, precision, 2}; }
  fs::path folder_ = fs::path(testing::TempDir()) / ("music-engine-" + std::to_string(::getpid()));
};

struct Made {
  roles::MusicFacts facts;
  AudioBuffer sound;
  std::int64_t frames = 0, blocks = 0;
};

Made make(roles::MusicGenerator& engine, const MusicRequest& request, const Progress& progress = {}) {
  Made made;
  made.facts = engine.generate(
      request,
      [&](const roles::MusicFacts& facts, audio::AudioView block) {
        if (made.blocks++ == 0) made.sound = AudioBuffer(facts.channels, facts.frames, facts.rate);
        made.sound.block().part(made.frames, block.frames()).copy_from(block);
        made.frames += block.frames();
      },
      progress);
  return made;
}

MusicRequest words(double seconds, std::uint64_t seed = 1) {
  MusicRequest request;
  request.prompt = kWords;
  request.length = Seconds{seconds};
  request.seed = seed;
  return request;
}

AudioBuffer tone(double hertz, double seconds, double rate, int channels) {
  AudioBuffer sound(channels, std::llround(seconds * rate), Hertz{rate});
  for (int c = 0; c < channels; ++c)
    for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(c)[n] = 0.5F * static_cast<float>(std::sin(2 * M_PI * hertz * static_cast<double>(n) / rate));
  return sound;
}

bool same(const AudioBuffer& a, const AudioBuffer& b) {
  if (a.channels() != b.channels() || a.frames() != b.frames()) return false;
  for (int c = 0; c < a.channels(); ++c)
    if (!std::equal(a.channel(c), a.channel(c) + a.frames(), b.channel(c))) return false;
  return true;
}

std::string error_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& e) {
    return std::string(name(e.code())) + ": " + e.what() + " / " + e.hint();
  }
  return "no error";
}

TEST_F(MusicEngine, MakesAsMuchAsWasAskedForToTheSample) {
  const auto engine = make_music_engine(whole());
  for (const double seconds : {0.1, 0.7, 1.23456}) {
    const Made made = make(*engine, words(seconds));
    EXPECT_EQ(made.frames, std::llround(seconds * 32000)) << seconds;
    EXPECT_EQ(made.facts.channels, 1);
    EXPECT_GT(audio::peak(made.sound.view()), 0);
  }
}

TEST_F(MusicEngine, RepeatsItselfAndDiffersBySeed) {
  const Made first = make(*make_music_engine(whole()), words(0.5)), again = make(*make_music_engine(whole()), words(0.5)), other = make(*make_music_engine(whole()), words(0.5, 2));
  EXPECT_TRUE(same(first.sound, again.sound));
  EXPECT_FALSE(same(first.sound, other.sound));
}

TEST_F(MusicEngine, HandsSoundOnWhileItMakesMore) {
  EXPECT_GT(make(*make_music_engine(whole()), words(1)).blocks, 2);
}

TEST_F(MusicEngine, FollowsTheWords) {
  MusicRequest other = words(0.5);
  other.prompt = "a sad violin";
  const auto engine = make_music_engine(whole());
  EXPECT_FALSE(same(make(*engine, words(0.5)).sound, make(*engine, other).sound));
}

// With the words and without, the plain version and the fast one expect the same next tokens.
TEST_F(MusicEngine, InFloatAndInEightBitsExpectTheSame) {
  MusicNetworks exact(whole("f32")), fast(whole("q8"));
  const LmSettings& s = exact.settings().lm;
  const auto logits = [&](MusicNetworks& networks) {
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(s.codebooks), s.special());
    std::vector<float> with(static_cast<std::size_t>(s.codebooks * s.card)), without(with.size());
    networks.start(networks.read_text(kWords), {}, true, 4, {})->step(tokens, 1, with, without);
    return std::pair{with, without};
  };
  const auto a = logits(exact), b = logits(fast);
  EXPECT_GT(cosine(a.first, b.first.data()), 0.999);
  EXPECT_GT(cosine(a.second, b.second.data()), 0.999);
  EXPECT_LT(cosine(a.first, a.second.data()), 0.99) << "the words change something";
}

TEST_F(MusicEngine, KeepsWhatItHasWhenItIsStopped) {
  Progress progress;
  std::int64_t frames = 0;
  const auto engine = make_music_engine(whole());
  const std::string error = error_of([&] {
    engine->generate(
        words(20),
        [&](const roles::MusicFacts&, audio::AudioView block) {
          frames += block.frames();
          progress.cancel();
        },
        progress);
  });
  EXPECT_NE(error.find("cancelled"), std::string::npos) << error;
  EXPECT_GT(frames, 4000) << "the first piece, and what was finished after it";
  EXPECT_LT(frames, 20 * 32000);
}

TEST_F(MusicEngine, GoesOnFromAClipWhichStaysAsItWas) {
  MusicRequest request = words(1);
  request.go_on = tone(220, 0.5, 32000, 1);
  const Made made = make(*make_music_engine(whole()), request);
  ASSERT_EQ(made.frames, 32000);
  const auto join = static_cast<std::int64_t>(kJoin * 32000);
  for (std::int64_t n = 0; n < 16000 - join; ++n) ASSERT_EQ(made.sound.channel(0)[n], request.go_on->channel(0)[n]) << n;
  // No step where what was made takes over.
  float steepest = 0, at_join = 0;
  for (std::int64_t n = 1; n < made.frames; ++n) {
    const float slope = std::abs(made.sound.channel(0)[n] - made.sound.channel(0)[n - 1]);
    (n >= 16000 - join && n <= 16000 ? at_join : steepest) = std::max(n >= 16000 - join && n <= 16000 ? at_join : steepest, slope);
  }
  EXPECT_LE(at_join, 1.5F * steepest);
}

TEST_F(MusicEngine, GoesOnFromAnyRateAndNumberOfChannels) {
  MusicRequest request = words(1);
  request.go_on = tone(220, 0.5, 44100, 2);
  const Made made = make(*make_music_engine(whole()), request);
  const AudioBuffer want = tone(220, 0.5, 32000, 1);
  double error = 0;
  for (std::int64_t n = 500; n < 15000; ++n) error = std::max<double>(error, std::abs(made.sound.channel(0)[n] - want.channel(0)[n]));
  EXPECT_LT(error, 1e-3);
}

TEST_F(MusicEngine, RefusesAClipThatIsAsLongAsTheWhole) {
  MusicRequest request = words(0.5);
  request.go_on = tone(220, 0.5, 32000, 1);
  const auto engine = make_music_engine(whole());
  EXPECT_NE(error_of([&] { make(*engine, request); }).find("ask for more than the clip has: --seconds 11"), std::string::npos);
}

// Left and right are the even and the odd codebooks, each decoded by itself.
TEST_F(MusicEngine, InStereoMakesTwoChannelsOfCodebooksInTurn) {
  MusicRequest request = words(0.3, 5);
  const Made made = make(*make_music_engine(stereo()), request);
  ASSERT_EQ(made.facts.channels, 2);
  MusicNetworks networks(stereo());
  const auto& s = networks.settings();
  ASSERT_EQ(s.lm.codebooks, 2 * s.codec.codebooks);
  LongOptions options;
  options.frames = 120, options.window = 12000, options.stride = 7200, options.seed = 5;
  at::Tensor codes = at::zeros({s.lm.codebooks, 120}, at::kLong);
  options.on_frames = [&](std::int64_t first, std::int64_t count, const std::vector<std::int32_t>& part) { codes.slice(1, first, first + count).copy_(to_tensor(part, s.lm.codebooks)[0]); };
  const auto text = networks.read_text(kWords);
  generate_long([&](const Window&) { return networks.start(text, {}, true, 130, {}); }, {s.lm.codebooks, 2}, static_cast<std::int32_t>(s.lm.card), options, {});
  for (int channel = 0; channel < 2; ++channel) {
    const at::Tensor alone = networks.codec().decode(codes.slice(0, channel, s.lm.codebooks, 2).unsqueeze(0))[0][0].contiguous();
    ASSERT_EQ(alone.numel(), made.frames);
    for (std::int64_t n = 0; n < made.frames; ++n) ASSERT_NEAR(alone.data_ptr<float>()[n], made.sound.channel(channel)[n], 1e-5) << channel << " " << n;
  }
  EXPECT_FALSE(std::equal(made.sound.channel(0), made.sound.channel(0) + made.frames, made.sound.channel(1)));
}

TEST_F(MusicEngine, FollowsATune) {
  const auto engine = make_music_engine(melody());
  MusicRequest a = words(0.3), c = words(0.3);
  a.melody = tone(440, 2, 44100, 2), c.melody = tone(523.25, 2, 32000, 1);
  const Made none = make(*engine, words(0.3)), with_a = make(*engine, a), with_c = make(*engine, c);
  EXPECT_FALSE(same(none.sound, with_a.sound));
  EXPECT_FALSE(same(with_a.sound, with_c.sound));
  // An octave is the same note to it.
  MusicRequest higher = words(0.3);
  higher.melody = tone(880, 2, 32000, 1);
  EXPECT_TRUE(same(with_a.sound, make(*engine, higher).sound));
}

TEST_F(MusicEngine, OfATuneAndWordsExpectsTheSameInFloat) {
  MusicNetworks exact(melody("f32")), fast(melody("q8"));
  const LmSettings& s = exact.settings().lm;
  std::vector<float> tune(static_cast<std::size_t>(s.chroma_length * s.chroma), 0.0F);
  for (std::int64_t n = 0; n < s.chroma_length; ++n) tune[static_cast<std::size_t>(n * s.chroma + n % 12)] = 1;
  const auto logits = [&](MusicNetworks& networks) {
    const std::vector<std::int32_t> tokens(static_cast<std::size_t>(s.codebooks), s.special());
    std::vector<float> with(static_cast<std::size_t>(s.codebooks * s.card)), without(with.size());
    networks.start(networks.read_text(kWords), tune, true, 4, {})->step(tokens, 1, with, without);
    with.insert(with.end(), without.begin(), without.end());
    return with;
  };
  const auto a = logits(exact), b = logits(fast);
  EXPECT_GT(cosine(a, b.data()), 0.999);
}

TEST_F(MusicEngine, RefusesATuneThatIsSilence) {
  MusicRequest request = words(0.3);
  request.melody = AudioBuffer(1, 32000, Hertz{32000});
  const auto engine = make_music_engine(melody());
  EXPECT_NE(error_of([&] { make(*engine, request); }).find("the tune to follow is silence"), std::string::npos);
  request.melody = tone(440, 0.1, 32000, 1);
  EXPECT_NE(error_of([&] { make(*engine, request); }).find("shorter than a quarter of a second"), std::string::npos);
}

// The tensors of a file below `prefix`, alone in another.
void write_part(const fs::path& from, const std::string& prefix, const fs::path& to) {
  const auto file = weights::WeightFile::open(from);
  std::string header = "{", data;
  for (const auto& [name, tensor] : file.tensors()) {
    if (!name.starts_with(prefix)) continue;
    std::string shape;
    for (const std::int64_t n : tensor.shape) shape += (shape.empty() ? "" : ",") + std::to_string(n);
    header += (data.empty() ? "\"" : ",\"") + name.substr(prefix.size()) + R"(":{"dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" + std::to_string(data.size()) + "," + std::to_string(data.size() + tensor.bytes.size()) + "]}";
    data.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  std::ofstream(to, std::ios::binary) << weights::testing::safetensors(header + "}", data);
}

// As the publishers keep them: the language model as audiocraft wrote it, text encoder and codec as models of their own; or with audiocraft's
// codec beside it and nothing but its training configuration to tell the sizes, as AudioGen has it.
TEST_F(MusicEngine, FromAudiocraftsFilesMakesTheSame) {
  const Made whole_made = make(*make_music_engine(whole()), words(0.5));
  for (const char* part : {"craft", "bare", "t5", "encodec"}) fs::create_directories(folder_ / part);
  const fs::path own = kData / "parity" / "musicgen";
  const nlohmann::json config = json_of(own / "config.json");
  write_part(own / "model.safetensors", "text_encoder.", folder_ / "t5" / "model.safetensors");
  std::ofstream(folder_ / "t5" / "config.json") << config["text_encoder"].dump();
  fs::copy_file(kData / "tokenizer" / "spiece.model", folder_ / "t5" / "spiece.model");
  write_part(own / "model.safetensors", "audio_encoder.", folder_ / "encodec" / "model.safetensors");
  std::ofstream(folder_ / "encodec" / "config.json") << config["audio_encoder"].dump();
  fs::copy_file(own / "state_dict.bin", folder_ / "craft" / "state_dict.bin");
  fs::copy_file(own / "config.json", folder_ / "craft" / "config.json");
  fs::copy_file(own / "state_dict.bin", folder_ / "bare" / "state_dict.bin");
  fs::copy_file(kData / "parity" / "encodec" / "compression_state_dict.bin", folder_ / "bare" / "compression_state_dict.bin");

  const Made craft = make(*make_music_engine({"craft", {{"craft", folder_ / "craft"}, {"t5", folder_ / "t5"}, {"encodec", folder_ / "encodec"}}, {}, "q8", 2}), words(0.5));
  EXPECT_TRUE(same(craft.sound, whole_made.sound));
  const Made bare = make(*make_music_engine({"bare", {{"bare", folder_ / "bare"}, {"t5", folder_ / "t5"}}, {}, "q8", 2}), words(0.5));
  ASSERT_EQ(bare.frames, whole_made.frames);
  for (std::int64_t n = 0; n < bare.frames; ++n) ASSERT_NEAR(bare.sound.channel(0)[n], whole_made.sound.channel(0)[n], 1e-4) << n;
}

TEST_F(MusicEngine, SaysWhichWeightsTookPart) {
  const auto engine = make_music_engine(stereo());
  make(*engine, words(0.1));
  EXPECT_EQ(song::weights_text(engine->info().weights), "tiny-stereo (MIT), text (MIT), codec (MIT)") << "and not those that lay idle";
}

TEST_F(MusicEngine, RefusesWhatItCannotDoAnythingWith) {
  const auto engine = make_music_engine(whole());
  MusicRequest request = words(1);
  request.prompt = " \n";
  EXPECT_NE(error_of([&] { make(*engine, request); }).find("the prompt is empty"), std::string::npos);
  for (int n = 0; n < 10000; ++n) request.prompt += "word ";
  EXPECT_NE(error_of([&] { make(*engine, request); }).find("the prompt is too long: it has "), std::string::npos);
  for (const double seconds : {0.0, -1.0, 10000.0, std::nan("")}) EXPECT_NE(error_of([&] { make(*engine, words(seconds)); }).find("length: wanted 0.1 to 3600 seconds"), std::string::npos) << seconds;
  request = words(1);
  request.melody = tone(440, 1, 32000, 1);
  EXPECT_NE(error_of([&] { make(*engine, request); }).find("cannot follow a tune"), std::string::npos);
  for (const double temperature : {-1.0, 1e9, std::nan("")}) {
    request = words(1);
    request.temperature = temperature;
    EXPECT_NE(error_of([&] { make(*engine, request); }).find("temperature: wanted"), std::string::npos);
  }
}

TEST_F(MusicEngine, NamesAMissingTokenizer) {
  fs::remove(folder_ / "whole" / "spiece.model");
  const auto engine = make_music_engine(whole());
  const std::string error = error_of([&] { make(*engine, words(1)); });
  EXPECT_NE(error.find("not found: the tokenizer of tiny, spiece.model, is missing"), std::string::npos) << error;
}

TEST_F(MusicEngine, NamesTheWeightsOfAnotherNetwork) {
  fs::copy_file(folder_ / "text" / "model.safetensors", folder_ / "whole" / "model.safetensors", fs::copy_options::overwrite_existing);
  const std::string error = error_of([&] { make(*make_music_engine(whole()), words(1)); });
  EXPECT_NE(error.find("corrupt"), std::string::npos) << error;
  EXPECT_NE(error.find("missing"), std::string::npos) << error;
}

TEST_F(MusicEngine, NamesACodecThatDoesNotFit) {
  nlohmann::json config = json_of(folder_ / "codec" / "config.json");
  config["codebook_size"] = 128;
  std::ofstream(folder_ / "codec" / "config.json") << config.dump();
  roles::NeuralRequest request = stereo();
  request.models.pop_back();
  const std::string error = error_of([&] { make(*make_music_engine(request), words(1)); });
  EXPECT_NE(error.find("was made for 32000 Hz and 4 of 64"), std::string::npos) << error;
}

TEST_F(MusicEngine, AsksForNoMoreMemoryThanThereIs) {
  // In a process of its own, which may take little more than it has.
  const pid_t child = ::fork();
  if (child == 0) {
    std::ifstream pages("/proc/self/statm");
    std::uint64_t taken = 0;
    pages >> taken;
    const rlim_t most = taken * 4096 + (200U << 20);
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_AS, &limit);
    MusicNetworks networks(whole());
    const std::string error = error_of([&] { (void)networks.start({}, {}, false, 1'000'000, {}); });
    ::_exit(error.find("memory: tiny with --precision q8 takes about ") != std::string::npos && error.find("are free") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(MusicEngine, ForesaysItsMemory) {
  const LmSettings s;            // MusicGen-small: 24 layers of 1024
  EXPECT_NEAR(static_cast<double>(lm_memory(s, "q8", 0)), 437e6, 0.05 * 437e6);
  EXPECT_NEAR(static_cast<double>(lm_memory(s, "q4", 0)), 404e6, 0.05 * 404e6);
  EXPECT_NEAR(static_cast<double>(lm_memory(s, "f32", 0)), 1.68e9, 0.05 * 1.68e9);
  EXPECT_NEAR(static_cast<double>(lm_memory(s, "q8", 1500) - lm_memory(s, "q8", 0)), 1500.0 * 24 * 1024 * 2 * 2 * 2, 1e6);
}

TEST_F(MusicEngine, AsASoundEngineGivesOneSoundAtItsLevel) {
  const auto engine = make_sound_engine(whole());
  roles::SoundRequest request{kWords, Seconds{0.4}, 3, Hertz{44100}};
  const auto made = roles::generate_whole(*engine, request, Progress());
  EXPECT_EQ(made.facts.frames, 12800);
  EXPECT_NEAR(audio::peak(made.sound.view()), 0.8913, 1e-3);
  request.length = Seconds{3000};
  EXPECT_NE(error_of([&] { (void)roles::generate_whole(*engine, request, Progress()); }).find("up to 600 seconds"), std::string::npos);
}

}  // namespace
}  // namespace figment::neural
