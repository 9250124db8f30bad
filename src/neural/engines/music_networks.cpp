#include "neural/engines/music_networks.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/memory.h"
#include "neural/engines/device.h"
#include "neural/musicgen/audiocraft_settings.h"
#include "neural/musicgen/chroma.h"
#include "neural/t5/t5.h"
#include "neural/text/tokenizer.h"
#include "storage/files.h"

namespace figment::neural {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kBeside = 300'000'000;         // LibTorch, the codec, buffers

nlohmann::json json_file(const fs::path& file) {
  try {
    return nlohmann::json::parse(storage::read_file(file));
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::Corrupt, file.string() + " is no JSON: " + e.what());
  }
}

bool is_there(const fs::path& file) {
  std::error_code status;
  return fs::exists(file, status);
}

// Of two conditions the first has, and the second lacks, what is asked for.
std::vector<float> both(std::vector<float> with, const std::vector<float>& without) {
  with.insert(with.end(), without.begin(), without.end());
  return with;
}

at::Tensor as_rows(const std::vector<float>& numbers, std::int64_t width) { return at::from_blob(const_cast<float*>(numbers.data()), {1, static_cast<std::int64_t>(numbers.size()) / width, width}, at::kFloat); }

}  // namespace

std::uint64_t lm_memory(const LmSettings& s, const std::string& precision, std::int64_t steps) noexcept {
  const auto n = [](std::int64_t x) { return static_cast<double>(x); };
  const double attention = 4 * n(s.width) * n(s.width), feed = 2 * n(s.width) * n(s.inner);
  const double queries = 3 * n(s.width) * n(s.width) * n(s.layers);
  const double all = n(s.layers) * (attention * (s.prefixed() ? 1 : 2) + feed) + n(s.codebooks) * n(s.card) * n(s.width);
  const double embeddings = n(s.codebooks) * n(s.card + 1) * n(s.width);
  const double bytes = precision == "f32" ? 4 * (all + embeddings) : precision == "q4" ? 8.5 / 8 * (all - queries) + 5.0 / 8 * queries : 8.5 / 8 * all;
  const double cache = 2 * 2 * n(s.layers) * n(s.width) * n(steps + (s.prefixed() ? s.chroma_length + 64 : 0)) * (precision == "f32" ? 4 : 2);
  return static_cast<std::uint64_t>(bytes + cache);
}

MusicNetworks::MusicNetworks(roles::NeuralRequest request) : request_(std::move(request)) {
  if (request_.models.empty()) throw Error(ErrorCode::InvalidArgument, "no folder was given for " + request_.engine);
  folder_ = request_.models.front().folder;
  use(folder_);
  weights_ = std::make_shared<weights::WeightFile>(weights::WeightFile::open(folder_));
  const fs::path config = folder_ / "config.json";
  settings_ = is_there(config) ? MusicgenSettings::parse(json_file(config), config.string()) : audiocraft_settings(*weights_, codec_settings());
  (void)device_named(request_.device);
  (void)lm_weights(weights_, settings_.lm);     // weights of another network are named before anything else is done
  if (request_.threads < 1) request_.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  at::set_num_threads(request_.threads);
}

MusicNetworks::~MusicNetworks() = default;

// Of audiocraft's codec: the one beside the language model, or the model that is named there.
EncodecSettings MusicNetworks::codec_settings() const {
  const fs::path own = folder_ / "compression_state_dict.bin";
  if (!is_there(own)) throw Error(ErrorCode::NotFound, folder_.string() + " has neither config.json nor compression_state_dict.bin: what " + request_.engine + " is made of is not known", "get the missing file from its publisher: figment models pull does");
  const weights::WeightFile file = weights::WeightFile::open(own);
  const std::string elsewhere = audiocraft_codec_elsewhere(file);
  if (elsewhere.empty()) return audiocraft_codec(file);
  for (const roles::ModelFolder& m : request_.models) {
    const fs::path config = m.folder / "config.json";
    if (m.folder != folder_ && !is_there(m.folder / "spiece.model") && is_there(config)) return EncodecSettings::parse(json_file(config), config.string());
  }
  throw Error(ErrorCode::NotFound, request_.engine + " uses the codec " + elsewhere + ", which is not installed", "figment models lists the codecs");
}

void MusicNetworks::use(const fs::path& folder) {
  if (std::find(used_.begin(), used_.end(), folder) == used_.end()) used_.push_back(folder);
}

std::vector<song::WeightsUsed> MusicNetworks::used() const {
  std::vector<song::WeightsUsed> weights;
  for (const roles::ModelFolder& m : request_.models)
    if (std::find(used_.begin(), used_.end(), m.folder) != used_.end())
      for (const song::WeightsUsed& w : request_.weights)
        if (w.model == m.name) weights.push_back(w);
  return weights;
}

// The first with a tokenizer whose text encoder, or the first folder's own, fits the language model.
fs::path MusicNetworks::text_folder() {
  const bool within = weights_->find("text_encoder.shared.weight") != nullptr;
  std::string looked, other;
  for (const roles::ModelFolder& m : request_.models) {
    looked += (looked.empty() ? "" : ", ") + m.folder.string();
    if (!is_there(m.folder / "spiece.model")) continue;
    if (within) return m.folder;
    const fs::path config = m.folder / "config.json";
    const T5Settings settings = T5Settings::parse(json_file(config), config.string());
    if (settings.width == settings_.lm.text_width) return m.folder;
    other = "the text encoder in " + m.folder.string() + " gives vectors of " + std::to_string(settings.width) + " numbers, " + request_.engine + " wants " + std::to_string(settings_.lm.text_width);
  }
  if (!other.empty()) throw Error(ErrorCode::NotFound, other, "figment models lists what " + request_.engine + " needs");
  throw Error(ErrorCode::NotFound, "the tokenizer of " + request_.engine + ", spiece.model, is missing; looked in " + looked, "figment models pull t5-base gets it with the text encoder");
}

std::vector<float> MusicNetworks::read_text(const std::string& text) {
  const c10::InferenceMode inference;
  const fs::path folder = text_folder();
  const Tokenizer tokenizer(folder);
  const std::vector<std::int64_t> ids = tokenizer.ids(text);
  if (static_cast<std::int64_t>(ids.size()) > kMostTokens)
    throw Error(ErrorCode::InvalidArgument, "the prompt is too long: it has " + std::to_string(ids.size()) + " word pieces, and the text encoder was taught with at most " + std::to_string(kMostTokens), "say it in about 300 words, the important ones first");
  const bool within = weights_->find("text_encoder.shared.weight") != nullptr;
  T5Settings settings = settings_.text;
  if (!within) settings = T5Settings::parse(json_file(folder / "config.json"), (folder / "config.json").string()), use(folder);
  const T5Encoder encoder(settings, within ? weights_ : std::make_shared<weights::WeightFile>(weights::WeightFile::open(folder)), within ? "text_encoder." : "", request_.precision != "f32");
  const at::Tensor row = at::tensor(ids, at::kLong).unsqueeze(0), hidden = encoder.encode(row, at::ones_like(row)).contiguous();
  return {hidden.data_ptr<float>(), hidden.data_ptr<float>() + hidden.numel()};
}

const Encodec& MusicNetworks::codec() {
  if (codec_) return *codec_;
  const auto open = [](const fs::path& file) { return std::make_shared<weights::WeightFile>(weights::WeightFile::open(file)); };
  // Both families' names, alone or within a file that holds more.
  const auto try_file = [&](const Weights& file, EncodecSettings settings) {
    for (const auto& [prefix, names, first] : {std::tuple{"audio_encoder.", EncodecNames::HuggingFace, "quantizer.layers.0.codebook.embed"}, std::tuple{"", EncodecNames::HuggingFace, "quantizer.layers.0.codebook.embed"},
                                               std::tuple{"best_state.", EncodecNames::Audiocraft, "quantizer.vq.layers.0._codebook.embed"}, std::tuple{"", EncodecNames::Audiocraft, "quantizer.vq.layers.0._codebook.embed"}})
      if (!codec_ && file->find(std::string(prefix) + first) != nullptr) {
        settings.names = names;
        codec_ = std::make_unique<Encodec>(settings, file, prefix);
      }
    return codec_ != nullptr;
  };
  if (try_file(weights_, settings_.codec)) return *codec_;
  const fs::path own = folder_ / "compression_state_dict.bin";
  if (is_there(own) && try_file(open(own), settings_.codec)) return *codec_;
  std::string other;
  for (const roles::ModelFolder& m : request_.models) {
    const fs::path config = m.folder / "config.json";
    if (m.folder == folder_ || is_there(m.folder / "spiece.model") || !is_there(config)) continue;
    const EncodecSettings settings = EncodecSettings::parse(json_file(config), config.string());
    if (settings.rate != settings_.codec.rate || settings.codebooks < settings_.codec.codebooks || settings.codebook_size != settings_.codec.codebook_size) {
      other = "the codec in " + m.folder.string() + " has " + std::to_string(settings.rate) + " Hz and " + std::to_string(settings.codebooks) + " codebooks of " + std::to_string(settings.codebook_size) + ", " + request_.engine + " was made for " + std::to_string(settings_.codec.rate) + " Hz and " +
              std::to_string(settings_.codec.codebooks) + " of " + std::to_string(settings_.codec.codebook_size);
      continue;
    }
    if (!try_file(open(m.folder), settings)) throw Error(ErrorCode::Corrupt, m.folder.string() + " has no EnCodec in its weight file, which its config.json promises");
    use(m.folder);
    return *codec_;
  }
  throw Error(ErrorCode::NotFound, other.empty() ? request_.engine + " lacks its codec: there is no audio_encoder in its file, no compression_state_dict.bin beside it, and no codec of its own is installed" : other, "figment models pull encodec-32khz");
}

void MusicNetworks::check_memory(std::int64_t most) const {
  const auto wants = [&](const std::string& precision) { return lm_memory(settings_.lm, precision, most) + kBeside; };
  const std::uint64_t free = available_memory(), wanted = wants(request_.precision);
  if (wanted <= free) return;
  std::string fits;
  for (const char* precision : {"q8", "q4"})
    if (fits.empty() && precision != request_.precision && wants(precision) <= free) fits = precision;
  throw Error(ErrorCode::OutOfMemory, request_.engine + " with --precision " + request_.precision + " takes about " + size_text(wanted) + " of memory, " + size_text(free) + " are free",
              fits.empty() ? "close other programs, or take a smaller model; with q4 it would take " + size_text(wants("q4")) : "--precision " + fits + " takes " + size_text(wants(fits)));
}

void MusicNetworks::load_lm(const Progress& progress) {
  LmWeights weights = lm_weights(weights_, settings_.lm);
  if (request_.device != "cpu") {
    float_ = std::make_unique<FloatLm>(settings_.lm, std::move(weights), device_named(request_.device), at::kHalf);
    return;
  }
  if (request_.precision == "f32") {
    float_ = std::make_unique<FloatLm>(settings_.lm, std::move(weights));
    return;
  }
  const bool q4 = request_.precision == "q4";
  if (!q4 && request_.precision != "q8") throw Error(ErrorCode::InvalidArgument, "there is no precision \"" + request_.precision + "\"", "f32, q8 or q4");
  fast_ = std::make_unique<FastLm>(settings_.lm, std::move(weights), q4 ? Precision::Q4 : Precision::Q8, folder_ / (q4 ? "lm.q4" : "lm.q8"), request_.threads, progress);
}

std::unique_ptr<StepModel> MusicNetworks::start(const std::vector<float>& text, const std::vector<float>& chroma, bool guided, std::int64_t most, const Progress& progress) {
  const c10::InferenceMode inference;
  const LmSettings& s = settings_.lm;
  if (!fast_ && !float_) {
    if (request_.device == "cpu") check_memory(most);
    load_lm(progress);
  }
  // What stands for "no tune" is a tune, too; what stands for "no text" is as many zeros as there is text.
  std::vector<float> tune = chroma, silence;
  if (s.prefixed()) {
    const at::Tensor none = MelodyChroma::none(s.chroma_length, s.chroma).contiguous();
    silence.assign(none.data_ptr<float>(), none.data_ptr<float>() + none.numel());
    if (tune.empty()) tune = silence;
  }
  if (fast_) {
    const auto width = static_cast<std::size_t>(s.width);
    std::vector<float> words = text.empty() ? std::vector<float>(width, 0.0F) : fast_->project_text(text);
    if (!s.prefixed()) return std::make_unique<FastRun>(*fast_, words, guided, most);
    const std::vector<float> with = both(fast_->project_chroma(tune), words), without = both(fast_->project_chroma(silence), std::vector<float>(words.size(), 0.0F));
    return std::make_unique<FastRun>(*fast_, both(with, without), guided, most);
  }
  const std::int64_t tokens = std::max<std::int64_t>(1, static_cast<std::int64_t>(text.size()) / s.text_width);
  at::Tensor words = at::zeros({2, tokens, s.width});
  if (!text.empty()) words[0].copy_(float_->project_text(as_rows(text, s.text_width), at::ones({1, tokens}, at::kLong))[0]);
  if (s.prefixed()) words = at::cat({float_->project_chroma(at::cat({as_rows(tune, s.chroma), as_rows(silence, s.chroma)})), words}, 1);
  return std::make_unique<FloatRun>(*float_, words, most);
}

}  // namespace figment::neural
