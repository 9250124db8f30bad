#include "studio/sample_folder.h"

#include <algorithm>

#include "analysis/features.h"
#include "audio/resample.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/hash.h"
#include "build/sound_marks.h"
#include "instruments/sampler.h"
#include "storage/files.h"
#include "studio/analyze.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostFiles = 4000;

// What is known of a pack's samples, by the SHA-256 of each. `near`: the pack, or something in it.
std::map<std::string, nlohmann::json> pack_of(const fs::path& near) {
  std::map<std::string, nlohmann::json> known;
  const fs::path at = fs::absolute(near).lexically_normal();
  for (const fs::path& folder : {at, at.parent_path(), at.parent_path().parent_path()}) {
    std::error_code status;
    if (!fs::exists(folder / "pack.json", status)) continue;
    try {
      const auto pack = nlohmann::json::parse(storage::read_file(folder / "pack.json"));
      for (const auto& sample : pack.at("samples")) known.emplace(sample.at("sha256").get<std::string>(), sample);
    } catch (const std::exception&) {
      known.clear();                     // somebody else's file of that name
    }
    break;
  }
  return known;
}

}  // namespace

SampleFolder::SampleFolder(const fs::path& song, const fs::path& source) {
  storage::make_folder(song / "instruments");
  path_ = free_name(plain_word(source.stem().string(), "samples"), "", song / "instruments");
  storage::make_folder(path_);
  pack_ = pack_of(source);
}

SampleFolder::~SampleFolder() {
  std::error_code ignored;
  if (!kept_) fs::remove_all(path_, ignored);
}

std::string SampleFolder::preset(const fs::path& sfz) const { return "sfz:instruments/" + sfz.lexically_relative(path_.parent_path()).generic_string(); }

std::string SampleFolder::free_wave(const std::string& stem) const { return free_name(plain_word(stem, "sample"), ".wav", path_).filename().string(); }

void SampleFolder::write(const std::string& file, audio::AudioView sound, const audio::LoopChunks* chunks) {
  audio::WaveWriter writer(path_ / file, audio::WaveSamples::Int24, sound.rate(), sound.channels(), sound.frames());
  writer.write(0, sound);
  writer.commit();
  if (chunks != nullptr) audio::write_loop_chunks(path_ / file, *chunks);
}

fs::path SampleFolder::copy_sfz(const fs::path& sfz) {
  const fs::path from = fs::absolute(sfz).lexically_normal(), root = from.parent_path().parent_path();
  const auto place = [&](const fs::path& file) { return path_ / fs::absolute(file).lexically_normal().lexically_relative(root); };
  const auto copy = [&](const fs::path& file) {
    if (fs::exists(place(file))) return;
    storage::make_folder(place(file).parent_path());
    storage::copy_file(file, place(file));
    came_from(place(file), file, "a copy");
  };
  for (const fs::path& sample : instruments::sfz_samples(from)) copy(sample);
  copy(from);
  return place(from);
}

void SampleFolder::came_from(const fs::path& own, const fs::path& source, const std::string& engine) {
  nlohmann::ordered_json& j = origins_[own.lexically_relative(path_).generic_string()];
  const Digest digest = sha256_file(source);
  j = {{"engine", engine}, {"from", source.filename().string()}, {"sha256", digest}};
  if (const auto sample = pack_.find(digest); sample != pack_.end()) j["recipe"] = sample->second.at("recipe");
  const build::MadeBy made = build::made_by(source);
  if (!made.engine.empty()) j["made_by"] = {{"engine", made.engine}, {"prompt", made.prompt}};
  if (made.weights.empty()) return;
  j["weights"] = song::to_json(made.weights);
  if (sha256_file(own) == digest) return;    // a copy says it already
  song::Recipe recipe;
  recipe.engine = "builtin.sample";
  recipe.inputs = {{"file", source.filename().string(), digest}};
  audio::Tags tags;
  build::mark_made_of(tags, made, std::move(recipe));
  audio::write_tags(own, tags);
}

void SampleFolder::rendered_by(const std::string& own, const std::string& preset, int key) {
  origins_[own] = {{"engine", "builtin.drums"}, {"from", preset}, {"key", key}};
}

void SampleFolder::keep(const std::string& stands_in) {
  storage::write_file(path_ / "origin.json", nlohmann::ordered_json{{"stands_in", stands_in}, {"samples", origins_}}.dump(1) + "\n");
  kept_ = true;
}

std::string preset_behind(const std::string& instrument, const fs::path& song) {
  const fs::path file = instrument.substr(4);
  for (fs::path above = file.parent_path(); above.has_relative_path(); above = above.parent_path()) {
    std::error_code status;
    if (!fs::exists(song / above / "origin.json", status)) continue;
    try {
      return nlohmann::json::parse(storage::read_file(song / above / "origin.json")).at("stands_in").get<std::string>();
    } catch (const nlohmann::json::exception&) {
      return {};
    }
  }
  return {};
}

bool is_sfz_file(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".sfz";
}

std::vector<fs::path> sounds_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    if (!entry.is_regular_file() || !named_as_sound(entry.path())) continue;
    files.push_back(entry.path());
    if (files.size() > kMostFiles) throw Error(ErrorCode::InvalidArgument, folder.string() + " holds more than " + std::to_string(kMostFiles) + " sounds", "name a folder of the sounds that shall be played");
  }
  std::sort(files.begin(), files.end());
  return files;
}

fs::path sfz_in(const fs::path& folder, const std::vector<std::string>& wanted) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && is_sfz_file(entry.path())) all.push_back(entry.path());
  for (const std::string& name : wanted)
    for (const fs::path& file : all)
      if (file.filename() == name) return file;
  std::sort(all.begin(), all.end());
  if (all.size() == 1 || all.empty()) return all.empty() ? fs::path{} : all.front();
  // A pack of ours that has no such instrument is a folder of sounds.
  std::error_code status;
  if (fs::exists(folder / "pack.json", status)) return {};
  throw Error(ErrorCode::InvalidArgument, folder.string() + " holds " + std::to_string(all.size()) + " SFZ files", "name one of them, for example " + all.front().string());
}

std::vector<float> heard_mono(audio::AudioView sound) {
  std::vector<float> mono(static_cast<std::size_t>(sound.frames()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::size_t n = 0; n < mono.size(); ++n) mono[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
  const auto frames = static_cast<std::int64_t>(mono.size());
  if (sound.rate() == analysis::kFeatureRate || mono.empty()) return mono;
  const audio::AudioBuffer resampled = audio::resample({mono.data(), frames, 1, frames, sound.rate()}, analysis::kFeatureRate);
  return {resampled.channel(0), resampled.channel(0) + resampled.frames()};
}

}  // namespace figment::studio
