#include "studio/chop_file.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "audio/loop_chunks.h"
#include "audio/tags.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/hash.h"
#include "build/sound_marks.h"
#include "sampling/chop.h"
#include "sampling/fit.h"
#include "sampling/sample_map.h"
#include "sampling/sustain.h"
#include "score/score.h"
#include "storage/files.h"
#include "studio/data_dir.h"
#include "studio/doubt.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;
using sampling::OneShot;
using sampling::SoundClass;

constexpr int kChopVersion = 1;

std::string numbered(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::string note_name(double note, bool flats) {
  const int whole = static_cast<int>(std::lround(note));
  return score::pitch_class_name(whole, flats) + std::to_string(whole / 12 - 1);
}

std::string short_key(const analysis::HeardKey& key) {
  return score::pitch_class_name(key.key.tonic, key.key.prefers_flats()) + (score::minor_third(key.key.mode) ? "m" : "");
}

// Everything written is removed again unless it is kept.
class PackFolder {
 public:
  explicit PackFolder(fs::path path) : path_(std::move(path)) {
    std::error_code status;
    if (fs::exists(path_, status)) {
      if (!fs::is_directory(path_, status) || !fs::is_empty(path_, status)) throw Error(ErrorCode::InvalidArgument, path_.string() + " exists already; a pack is not written over it", "name another with -o, or remove it first");
      ours_ = false;
    }
    storage::make_folder(path_);
  }
  ~PackFolder() {
    if (kept_) return;
    std::error_code ignored;
    if (ours_) fs::remove_all(path_, ignored);
    else
      for (const auto& entry : fs::directory_iterator(path_, ignored)) fs::remove_all(entry.path(), ignored);
  }
  PackFolder(const PackFolder&) = delete;
  PackFolder& operator=(const PackFolder&) = delete;
  void keep() { kept_ = true; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool ours_ = true, kept_ = false;
};

void write_wave(const fs::path& file, audio::AudioView sound, const audio::LoopChunks& chunks, const audio::Tags& tags) {
  {
    audio::WaveWriter writer(file, audio::WaveSamples::Int24, sound.rate(), sound.channels(), sound.frames());
    writer.write(0, sound);
    writer.commit();
  }
  audio::write_loop_chunks(file, chunks);
  audio::write_tags(file, tags);
}

}  // namespace

ChopMade chop_file(const ChopRequest& request, const Progress& progress) {
  analysis::SoundAnalysis heard = analysis_with_tempo(request.file, request.source_bpm, progress.part(0, 0.3));
  if (request.grid) heard.grid = *request.grid;
  const std::string name = plain_word(request.file.stem().string(), "sound");
  PackFolder folder(request.pack.empty() ? free_name(request.file.stem().string() + "-pack", "") : request.pack);
  ChopMade made;
  made.pack = folder.path();
  made.bpm = heard.grid.tempo.value;
  made.confidence = heard.grid.confidence;
  made.attacks = static_cast<int>(heard.attacks.size());
  const bool tonal = heard.harmony.key.confidence > 0.3;
  if (tonal) made.key = heard.harmony.key.key.text();

  std::unique_ptr<audio::Spool> spool;
  const std::int64_t frames = sampling::spool_sound(request.file, heard.source.rate, folder.path(), spool, progress.part(0.3, 0.4));
  const sampling::Classifier classify(find_data_dir());
  const sampling::Chopped chopped = sampling::chop(*spool, frames, heard, classify, progress.part(0.4, 0.7));
  made.cut = chopped.cut;

  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  const Digest source = sha256_file(request.file);
  const build::MadeBy origin = build::made_by(request.file);
  made.weights = origin.weights;
  // What a sample's tags say of the sound it was cut from.
  const auto tags_of = [&](audio::Tags tags, const PackEntry& e) {
    song::Recipe recipe;
    recipe.engine = "builtin.chop";
    recipe.version = kChopVersion;
    recipe.parameters = {{"begin_s", e.begin_s}, {"length_s", e.length_s}};
    recipe.inputs = {{"file", request.file.filename().string(), source}};
    build::mark_made_of(tags, origin, std::move(recipe));
    return tags;
  };
  const auto note_entry = [&](const PackEntry& e, nlohmann::json parameters) {
    parameters["begin_s"] = e.begin_s;
    parameters["length_s"] = e.length_s;
    nlohmann::ordered_json j{{"file", e.file}, {"class", e.kind}, {"confidence", e.sure}};
    if (e.note > 0) j["note"] = e.note;
    if (e.bars > 0) j["bars"] = e.bars;
    if (e.alike > 1) j["alike"] = e.alike;
    j["sha256"] = sha256_file(folder.path() / e.file);
    j["recipe"] = {{"engine", "builtin.chop"}, {"version", kChopVersion}, {"parameters", parameters}, {"inputs", {{{"kind", "file"}, {"name", request.file.filename().string()}, {"sha256", source}}}}};
    if (!origin.weights.empty()) j["recipe"]["weights"] = song::to_json(origin.weights);
    list.push_back(std::move(j));
    ++made.counts[e.kind];
    made.entries.push_back(e);
  };

  audio::Tags tags;
  tags.comment = "cut by Figment from " + request.file.filename().string();
  const sampling::DrumNames drums(find_data_dir());
  std::vector<sampling::KitSample> kit;
  std::map<SoundClass, std::vector<sampling::PitchedSample>> notes;
  if (request.one_shots) {
    storage::make_folder(folder.path() / "one-shots");
    std::map<std::string, int> numbers;
    for (std::size_t i = 0; i < chopped.one_shots.size(); ++i) {
      const OneShot& shot = chopped.one_shots[i];
      const bool rooted = sampling::pitched(shot.kind) && shot.pitch.sure > 0.4;
      std::string stem(sampling::name(shot.kind));
      if (rooted) stem += "_" + note_name(shot.pitch.note, heard.harmony.key.key.prefers_flats());
      stem += "_" + name;
      PackEntry e;
      e.file = "one-shots/" + stem + "_" + numbered(++numbers[stem]) + ".wav";
      e.kind = sampling::name(shot.kind);
      e.begin_s = static_cast<double>(shot.begin) / heard.source.rate.value;
      e.length_s = static_cast<double>(shot.end - shot.begin) / heard.source.rate.value;
      e.sure = shot.sure;
      e.note = shot.pitch.sure > 0.4 ? shot.pitch.note : 0;
      e.alike = shot.alike;
      audio::LoopChunks chunks;
      if (rooted) {
        chunks.root_note = static_cast<int>(std::floor(shot.pitch.note));
        chunks.cents = 100 * (shot.pitch.note - chunks.root_note);
        chunks.rooted = true;
      }
      tags.title = fs::path(e.file).stem().string();
      tags.genre = e.kind;
      audio::AudioBuffer sound = sampling::cut_out(*spool, shot);
      nlohmann::json parameters{{"begin_frame", shot.begin}, {"end_frame", shot.end}, {"fade_frames", shot.fade}};
      if (rooted) {
        const auto loop = sampling::find_sustain_loop(sound.view(), shot.pitch.note);
        if (loop) {
          sampling::close_sustain_loop(sound.block(), *loop);
          chunks.loop = {loop->begin, loop->end - 1};
          parameters["loop"] = {loop->begin, loop->end};
        }
        notes[shot.kind].push_back({e.file, shot.pitch.note, sound.frames(), loop.has_value()});
      } else if (const sampling::DrumName* drum = drums.of_class(shot.kind)) {
        kit.push_back({e.file, drum});
      }
      write_wave(folder.path() / e.file, sound.view(), chunks, tags_of(tags, e));
      note_entry(e, std::move(parameters));
      progress.part(0.7, 0.85).set(static_cast<double>(i + 1) / static_cast<double>(chopped.one_shots.size()), "writing one-shots");
    }
    if (!kit.empty()) storage::write_file(folder.path() / "kit.sfz", sampling::kit_sfz(kit), storage::Sync::No);
    for (auto& [kind, own] : notes) storage::write_file(folder.path() / (std::string(sampling::name(kind)) + ".sfz"), sampling::pitched_sfz(std::move(own)), storage::Sync::No);
  }

  if (request.loops && !chopped.loops.empty()) {
    storage::make_folder(folder.path() / "loops");
    const std::string bpm = plain_number(heard.grid.tempo.value, heard.grid.steady ? 1 : 0);
    std::map<int, int> numbers;
    tags.bpm = heard.grid.tempo.value;
    tags.genre = "loop";
    if (tonal) tags.key = short_key(heard.harmony.key);
    for (std::size_t i = 0; i < chopped.loops.size(); ++i) {
      const sampling::Loop& loop = chopped.loops[i];
      PackEntry e;
      e.file = "loops/" + bpm + (tonal ? "_" + short_key(heard.harmony.key) : "") + "_loop_" + std::to_string(loop.bars) + "bar_" + name + "_" + numbered(++numbers[loop.bars]) + ".wav";
      e.kind = "loop";
      e.begin_s = loop.begin.value;
      e.length_s = (loop.end - loop.begin).value;
      e.bars = loop.bars;
      e.sure = heard.grid.confidence;
      const int beats = loop.bars * heard.grid.beats_per_bar;
      audio::LoopChunks chunks;
      chunks.bpm = heard.grid.tempo.value;
      chunks.beats = beats;
      chunks.metre_beats = heard.grid.beats_per_bar;
      chunks.metre_unit = 4;
      tags.title = fs::path(e.file).stem().string();
      sampling::Seam seam;
      nlohmann::json parameters{{"bars", loop.bars}, {"first_bar", loop.first_bar}, {"bpm", heard.grid.tempo.value}};
      const fs::path out = folder.path() / e.file;
      if (heard.grid.steady) {
        const audio::AudioBuffer sound = sampling::cut_out(*spool, loop, seam);
        chunks.loop = {0, sound.frames() - 1};
        write_wave(out, sound.view(), chunks, tags_of(tags, e));
      } else {
        // A tempo that moves is made steady, so that the loop has one.
        sampling::FitSettings settings;
        settings.tempo = score::TempoMap(Bpm{std::round(heard.grid.tempo.value)});
        for (std::size_t b = 0; b < heard.grid.beats.size(); ++b) {
          const double beat = static_cast<double>(settings.warp.points.size());
          if (heard.grid.beats[b] >= loop.begin - Seconds{0.01} && beat <= beats) settings.warp.points.push_back({heard.grid.beats[b], Beats{beat}});
        }
        if (static_cast<int>(settings.warp.points.size()) == beats) settings.warp.points.push_back({loop.end, Beats{static_cast<double>(beats)}});
        if (!score::makes_sense(settings.warp) || settings.warp.length() != Beats{static_cast<double>(beats)}) continue;
        const std::int64_t count = sampling::fitted_frames(settings, heard.source.rate);
        {
          audio::WaveWriter writer(out, audio::WaveSamples::Int24, heard.source.rate, spool->channels(), count);
          seam = sampling::fit(*spool, frames, settings, 1, writer, progress.quiet());
          writer.commit();
        }
        chunks.bpm = tags.bpm = settings.tempo.tempo(Beats{0}).value;
        chunks.loop = {0, count - 1};
        audio::write_loop_chunks(out, chunks);
        audio::write_tags(out, tags_of(tags, e));
        parameters["fitted_bpm"] = chunks.bpm;
      }
      e.seam_step_db = seam.step.value;
      note_entry(e, parameters);
      progress.part(0.85, 0.99).set(static_cast<double>(i + 1) / static_cast<double>(chopped.loops.size()), "writing loops");
    }
  } else if (request.loops) {
    made.remarks.push_back(heard.grid.confidence < 0.25 ? "its beats are not sure (confidence " + plain_number(heard.grid.confidence, 2) + "), so there are no loops; say its tempo with --source-bpm" : "it is shorter than a bar, so there are no loops");
  }
  if (heard.attacks.empty()) made.remarks.emplace_back("nothing in it begins clearly, so there are no one-shots");

  nlohmann::ordered_json pack{{"format", "figment pack"}, {"version", 1}, {"source", request.file.filename().string()}, {"source_sha256", source}, {"bpm", made.bpm}, {"bpm_confidence", made.confidence}, {"key", made.key}, {"samples", list}};
  storage::write_file(folder.path() / "pack.json", pack.dump(1) + "\n", storage::Sync::No);
  folder.keep();
  return made;
}

}  // namespace figment::studio
