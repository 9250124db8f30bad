#include "studio/make_sound.h"

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "audio/loop_chunks.h"
#include "audio/tags.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/hash.h"
#include "build/sound_marks.h"
#include "sounds/builtin.h"
#include "studio/data_dir.h"
#include "studio/make_song.h"
#include "studio/neural_engines.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

std::string recipe_of(const roles::EngineInfo& engine, const roles::SoundRequest& request, const roles::SoundFacts& facts) {
  nlohmann::ordered_json understood = nlohmann::ordered_json::array();
  for (const auto& u : facts.understood) understood.push_back({{"words", u.text}, {"means", u.means}});
  nlohmann::ordered_json parameters{{"prompt", request.prompt}};
  if (request.length) parameters["seconds"] = request.length->value;
  parameters["rate_hz"] = request.rate.value;
  return nlohmann::ordered_json{{"engine", engine.name + (engine.weights.empty() ? ".sound" : "")}, {"version", engine.version}, {"parameters", parameters}, {"seed", request.seed}, {"inputs", nlohmann::json::array()}, {"understood", understood}, {"chosen", facts.chosen}, {"weights", song::to_json(engine.weights)}}.dump();
}

// The names of `count` files: none of them exists yet.
std::vector<fs::path> names_of(const fs::path& out, const std::string& name, int count) {
  std::vector<fs::path> files;
  for (int i = 1; i <= count; ++i) {
    const std::string number = count == 1 ? "" : "-" + std::to_string(i);
    if (out.empty()) {
      files.push_back(free_name(plain_word(name, "sound") + number, ".wav"));
    } else {
      files.push_back(out.parent_path() / (out.stem().string() + number + ".wav"));
      check_new(files.back());
    }
  }
  return files;
}

audio::LoopChunks chunks_of(const roles::SoundFacts& facts) {
  audio::LoopChunks chunks;
  if (facts.note > 0) {
    chunks.root_note = static_cast<int>(std::floor(facts.note));
    chunks.cents = 100 * (facts.note - chunks.root_note);
    chunks.rooted = true;
  }
  if (facts.loop()) {
    chunks.loop = {0, facts.frames - 1};
    if (facts.bars > 0) {
      chunks.bpm = facts.bpm;
      chunks.beats = static_cast<int>(std::lround(facts.bars * facts.metre.bar().value));
      chunks.metre_beats = facts.metre.beats_per_bar;
      chunks.metre_unit = facts.metre.unit;
    }
  }
  return chunks;
}

}  // namespace

std::vector<SoundMade> make_sounds(const MakeSoundRequest& request, const Progress& progress) {
  if (request.count < 1 || request.count > 999) throw Error(ErrorCode::InvalidArgument, "count: wanted 1 to 999, found " + std::to_string(request.count));
  if (!request.out.empty() && request.out.extension() != ".wav") throw Error(ErrorCode::InvalidArgument, request.out.string() + ": sounds are written as .wav, which can say where they loop", "name it " + request.out.stem().string() + ".wav");
  const auto engine = request.engine == "builtin" ? sounds::make_builtin_sounds(find_data_dir()) : neural_sounds({request.engine, request.precision, request.threads});

  std::vector<SoundMade> made;
  std::vector<fs::path> files;
  if (!request.out.empty()) files = names_of(request.out, "", request.count);
  const std::uint64_t first = request.seed.value_or(seed_for(request.prompt));
  for (int i = 0; i < request.count; ++i) {
    roles::SoundRequest one{request.prompt, {}, first + static_cast<std::uint64_t>(i), Hertz{44100}};
    if (request.seconds) one.length = Seconds{*request.seconds};
    SoundMade sound;
    sound.seed = one.seed;
    std::unique_ptr<audio::WaveWriter> writer;
    std::int64_t at = 0;
    sound.facts = engine->generate(
        one,
        [&](const roles::SoundFacts& facts, audio::AudioView block) {
          if (!writer) {
            if (files.empty()) files = names_of({}, facts.name, request.count);
            writer = std::make_unique<audio::WaveWriter>(files[static_cast<std::size_t>(i)], audio::WaveSamples::Int24, facts.rate, facts.channels, facts.frames);
          }
          writer->write(at, block);
          at += block.frames();
        },
        progress.part(static_cast<double>(i) / request.count, (i + 1.0) / request.count));
    writer->commit();
    sound.file = files[static_cast<std::size_t>(i)];
    sound.recipe = recipe_of(engine->info(), one, sound.facts);
    audio::write_loop_chunks(sound.file, chunks_of(sound.facts));
    audio::Tags tags;
    tags.title = sound.file.stem().string();
    tags.genre = sound.facts.kind;
    tags.bpm = sound.facts.bpm;
    const auto weights = engine->info().weights;
    tags.comment = std::string("Made with Figment by ") + (weights.empty() ? "algorithm" : "a neural network") + " from: " + request.prompt;
    build::mark_weights(tags, weights, false);
    tags.more["ENCODEDBY"] = "Figment";
    tags.more["FIGMENT_RECIPE"] = sound.recipe;
    audio::write_tags(sound.file, tags);
    sound.sha256 = sha256_file(sound.file);
    made.push_back(std::move(sound));
  }
  return made;
}

}  // namespace figment::studio
