#include "studio/generate_music.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "audio/sound_stream.h"
#include "audio/tags.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/hash.h"
#include "build/sound_marks.h"
#include "song/song_file.h"
#include "studio/leading_part.h"
#include "studio/make_song.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

constexpr double kUsualSeconds = 30, kLongestClip = 600;
constexpr double kTaking = 0.1;                // of the work, where a tune is taken out of a clip
constexpr float kMostPeak = 0.8912509F;        // -1 dBFS

audio::AudioBuffer read_clip(const fs::path& file) {
  audio::SoundStream stream(file);
  std::vector<std::vector<float>> channels(static_cast<std::size_t>(stream.channels()));
  const auto most = static_cast<std::int64_t>(kLongestClip * stream.rate().value);
  for (audio::AudioView piece = stream.read(1 << 16); !piece.empty(); piece = stream.read(1 << 16)) {
    for (int c = 0; c < piece.channels(); ++c) channels[static_cast<std::size_t>(c)].insert(channels[static_cast<std::size_t>(c)].end(), piece.channel(c), piece.channel(c) + piece.frames());
    if (static_cast<std::int64_t>(channels.front().size()) > most) throw Error(ErrorCode::InvalidArgument, file.string() + " is longer than ten minutes", "cut out the part that matters");
  }
  audio::AudioBuffer clip(stream.channels(), static_cast<std::int64_t>(channels.front().size()), stream.rate());
  for (int c = 0; c < clip.channels(); ++c) std::copy(channels[static_cast<std::size_t>(c)].begin(), channels[static_cast<std::size_t>(c)].end(), clip.channel(c));
  return clip;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// What the network is told: with a song to fit to, also its tempo and key.
std::string told(const GenerateRequest& request) {
  if (request.song.empty() || lower(request.prompt).find("bpm") != std::string::npos) return request.prompt;
  const song::Song song = song::load(request.song);
  return request.prompt + ", " + plain_number(song.tempo.front().tempo.value, 0) + " bpm, " + song.key.text();
}

std::string recipe_of(const GenerateRequest& request, const roles::EngineInfo& engine, const roles::MusicRequest& asked, const LeadingPart& tune, const Generated& made) {
  nlohmann::ordered_json parameters{{"prompt", request.prompt}, {"told", asked.prompt}, {"seconds", asked.length.value}, {"precision", request.neural.precision}};
  if (asked.temperature) parameters["temperature"] = *asked.temperature;
  if (asked.top_k) parameters["top_k"] = *asked.top_k;
  if (asked.top_p) parameters["top_p"] = *asked.top_p;
  if (asked.guidance) parameters["guidance"] = *asked.guidance;
  if (!tune.split_by.empty()) parameters["tune_taken_out_by"] = tune.split_by;
  if (made.gain_db < 0) parameters["gain_db"] = made.gain_db;
  if (made.stopped) parameters["stopped_after_seconds"] = static_cast<double>(made.frames) / made.facts.rate.value;
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array();
  for (const auto& [role, file] : {std::pair{"melody", request.melody}, std::pair{"continue", request.go_on}})
    if (!file.empty()) inputs.push_back({{"kind", "file"}, {"name", std::string(role) + " " + file.filename().string()}, {"sha256", sha256_file(file)}});
  return nlohmann::ordered_json{{"engine", engine.name}, {"version", engine.version}, {"parameters", parameters}, {"seed", asked.seed}, {"inputs", inputs}, {"weights", song::to_json(made.weights)}}.dump();
}

// Names of `count` files, none of which exists yet.
std::vector<fs::path> names_for(const GenerateRequest& request, int count, bool checked) {
  std::vector<fs::path> files;
  for (int i = 1; i <= count; ++i) {
    const std::string number = count == 1 ? "" : "-" + std::to_string(i);
    if (request.out.empty()) {
      files.push_back(free_name(plain_word(request.prompt, "music") + number, ".wav"));
    } else {
      files.push_back(request.out.parent_path() / (request.out.stem().string() + number + ".wav"));
      if (checked) check_new(files.back());
    }
  }
  return files;
}

// Keeps what else the file's tags say.
void tag(const Generated& made, const GenerateRequest& request) {
  audio::Tags tags = audio::read_tags(made.file);
  tags.title = made.file.stem().string();
  tags.comment = "Made with Figment by a neural network from: " + request.prompt;
  tags.more["ENCODEDBY"] = "Figment";
  tags.more["FIGMENT_RECIPE"] = made.recipe;
  build::mark_weights(tags, made.weights, !request.go_on.empty());
  audio::write_tags(made.file, tags);
}

Generated generate_one(roles::MusicGenerator& engine, const GenerateRequest& request, const roles::MusicRequest& asked, const LeadingPart& tune, const fs::path& file, const Progress& progress) {
  Generated made;
  made.file = file;
  made.seed = asked.seed;
  ScratchFile unfinished(file.parent_path() / (file.stem().string() + ".unfinished.wav"));
  std::unique_ptr<audio::WaveWriter> writer;
  const auto begun = std::chrono::steady_clock::now();
  try {
    try {
      made.facts = engine.generate(
          asked,
          [&](const roles::MusicFacts& facts, audio::AudioView block) {
            if (!writer) {
              made.facts = facts;
              writer = std::make_unique<audio::WaveWriter>(unfinished.path, audio::WaveSamples::Float32, facts.rate, facts.channels, facts.frames);
            }
            writer->write(made.frames, block);
            made.frames += block.frames();
          },
          progress);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::Cancelled || made.frames == 0) throw;
      made.stopped = true;
    }
    made.took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    writer->commit();
    made.gain_db = write_24_bit(unfinished.path, file, kMostPeak, Progress(), made.frames).value;
  } catch (const Error& e) {
    if (made.frames == 0) throw;
    // A full disk, most likely: what could be written stays where it is.
    std::error_code status;
    if (!fs::exists(unfinished.path, status)) writer->commit();
    throw Error(e.code(), std::string(e.what()) + "; what was made until then is in " + std::exchange(unfinished.path, fs::path()).string(), e.hint());
  }
  const roles::EngineInfo info = engine.info();
  made.weights = info.weights;
  if (!request.go_on.empty()) song::unite(made.weights, build::made_by(request.go_on).weights);   // its sound is in it
  song::unite(made.weights, tune.weights);
  if (!tune.remark.empty()) made.facts.remarks.push_back(tune.remark);
  made.recipe = recipe_of(request, info, asked, tune, made);
  tag(made, request);
  made.sha256 = sha256_file(file);
  return made;
}

}  // namespace

std::vector<Generated> generate_music(const GenerateRequest& request, const Progress& progress) {
  if (request.count < 1 || request.count > 99) throw Error(ErrorCode::InvalidArgument, "count: wanted 1 to 99, found " + std::to_string(request.count));
  if (!request.out.empty() && request.out.extension() != ".wav") throw Error(ErrorCode::InvalidArgument, request.out.string() + ": music is written as .wav", "name it " + request.out.stem().string() + ".wav");
  if (!request.melody.empty() && !request.go_on.empty()) throw Error(ErrorCode::InvalidArgument, "either a tune to follow (--melody) or a clip to go on from (--continue) can be given, not both");
  const bool fit = !request.song.empty();
  if (fit && !request.out.empty()) check_new(request.out);
  // Candidates for a song are named apart: only one of them stays.
  std::vector<fs::path> files = names_for(request, request.count, !fit);
  std::vector<std::unique_ptr<ScratchFile>> candidates;
  if (fit)
    for (fs::path& file : files) {
      file = file.parent_path() / (file.stem().string() + ".candidate-" + std::to_string(::getpid()) + ".wav");
      candidates.push_back(std::make_unique<ScratchFile>(file));
    }

  roles::MusicRequest asked;
  asked.prompt = told(request);
  asked.length = Seconds{request.seconds.value_or(kUsualSeconds)};
  asked.temperature = request.temperature, asked.top_p = request.top_p, asked.guidance = request.guidance, asked.top_k = request.top_k;
  if (!request.go_on.empty()) asked.go_on = read_clip(request.go_on);
  const auto engine = neural_music(request.neural);
  LeadingPart tune;
  if (!request.melody.empty()) {
    audio::AudioBuffer clip = read_clip(request.melody);
    // What is silent or short is for the engine to refuse.
    tune = audio::peak(clip.view()) > 0 && static_cast<double>(clip.frames()) > clip.rate().value ? leading_part(std::move(clip), request.neural.threads, progress.part(0, kTaking)) : LeadingPart{std::move(clip), {}, {}, {}};
    asked.melody = std::move(tune.sound);
  }
  const std::uint64_t first = request.seed.value_or(seed_for(request.prompt));
  const double making = fit ? 0.9 : 1, begin = request.melody.empty() ? 0 : kTaking;

  std::vector<Generated> made;
  for (int i = 0; i < request.count && !progress.cancelled(); ++i) {
    asked.seed = first + static_cast<std::uint64_t>(i);
    made.push_back(generate_one(*engine, request, asked, tune, files[static_cast<std::size_t>(i)], progress.part(begin + (making - begin) * i / request.count, begin + (making - begin) * (i + 1) / request.count)));
  }
  if (!fit) return made;

  const auto keep_as_they_are = [&] {
    std::string kept;
    const std::vector<fs::path> names = names_for(request, static_cast<int>(made.size()), false);
    for (std::size_t i = 0; i < made.size(); ++i) {
      std::error_code status;
      const fs::path to = fs::exists(names[i], status) ? free_name(names[i].stem().string(), ".wav", names[i].parent_path()) : names[i];
      fs::rename(made[i].file, to, status);
      made[i].file = to;
      kept += (kept.empty() ? "" : ", ") + to.string();
    }
    return kept;
  };
  if (progress.cancelled()) return keep_as_they_are(), made;
  FitRequest wish;
  for (const Generated& m : made) wish.files.push_back(m.file);
  wish.song = request.song;
  wish.key = "song";
  wish.force = request.force;
  wish.best_of = true;
  wish.out = request.out.empty() ? free_name(plain_word(request.prompt, "music"), ".wav") : request.out;
  try {
    const std::vector<Fitted> fitted = fit_files(wish, progress.part(making, 1));
    std::vector<Generated> ordered;
    for (const Fitted& f : fitted)
      for (Generated& m : made)
        if (m.file == f.source) {
          ordered.push_back(m);
          ordered.back().fitted = f;
          ordered.back().file = f.out;
        }
    made = std::move(ordered);
    // The recipe says what was made of what was made.
    Generated& best = made.front();
    auto recipe = nlohmann::ordered_json::parse(best.recipe);
    recipe["fitted"] = {{"bpm", best.fitted->bpm}, {"bars", best.fitted->bars}, {"stretch", best.fitted->stretch}, {"semitones", best.fitted->semitones}, {"score", best.fitted->score}};
    best.recipe = recipe.dump();
    tag(best, request);
    best.sha256 = sha256_file(best.file);
    return made;
  } catch (const Error& e) {
    throw Error(e.code(), std::string(e.what()) + "; what was made is kept as it is: " + keep_as_they_are(), e.hint().empty() ? "--force fits it all the same; --count 4 makes more to choose from" : e.hint());
  }
}

}  // namespace figment::studio
