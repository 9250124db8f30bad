#include "studio/fit_file.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "audio/loop_chunks.h"
#include "audio/tags.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/executor.h"
#include "build/sound_marks.h"
#include "song/song_file.h"
#include "studio/analyze.h"
#include "studio/doubt.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

struct Target {
  score::TempoMap tempo{Bpm{120}};
  score::Metre metre{4, 4};
  bool metre_asked = false;
  std::optional<score::Key> key;
  std::optional<Hertz> rate;
};

Target target_of(const FitRequest& request) {
  Target target;
  if (request.song.empty() == (request.bpm == 0)) throw Error(ErrorCode::InvalidArgument, "say either a song to fit to (--to) or a tempo (--bpm)");
  if (!request.song.empty()) {
    const song::Song song = song::load(request.song);
    target.tempo = score::TempoMap(song.tempo);
    target.metre = song.metre;
    target.metre_asked = true;
    target.rate = song.rate;
    if (request.key == "song") target.key = song.key;
  } else {
    target.tempo = score::TempoMap(Bpm{request.bpm});
    if (!request.metre.empty()) target.metre = score::parse_metre(request.metre), target.metre_asked = true;
    if (request.key == "song") throw Error(ErrorCode::InvalidArgument, "--key song wants a song (--to)");
  }
  if (!request.key.empty() && request.key != "song") target.key = score::parse_key(request.key);
  return target;
}

Fitted fit_one(const fs::path& file, const FitRequest& request, const Target& target, const fs::path& out, const Progress& progress) {
  Fitted result;
  result.source = file;
  const analysis::SoundAnalysis heard = analysis_with_tempo(file, request.source_bpm, progress.part(0, 0.15));
  result.confidence = heard.grid.confidence;
  result.source_key = heard.harmony.key.key.text();
  check_beats(heard, file, request.force || request.source_bpm > 0, result.remarks);

  sampling::WarpWish wish;
  wish.tempo = target.tempo.tempo(Beats{0});
  wish.metre = target.metre_asked ? target.metre : heard.metre();
  wish.bars = request.bars;
  const sampling::WarpPlan plan = sampling::plan_warp(heard, wish);
  result.remarks.insert(result.remarks.end(), plan.remarks.begin(), plan.remarks.end());

  sampling::FitSettings settings;
  settings.warp = plan.warp;
  settings.tempo = target.tempo;
  settings.keep_formants = request.voice;
  if (target.key) {
    result.key = target.key->text();
    settings.semitones = semitones_to(heard, *target.key, result.remarks);
  }
  const Hertz rate = target.rate.value_or(heard.source.rate);
  const std::int64_t frames = sampling::fitted_frames(settings, rate);
  const int channels = std::min(heard.source.channels, 2);

  const ScratchFile aside(fs::path(out) += ".fit-" + std::to_string(::getpid()));
  {
    audio::WaveWriter writer(aside.path, audio::WaveSamples::Float32, rate, channels, frames);
    const fs::path folder = out.parent_path().empty() ? fs::path(".") : out.parent_path();
    result.seam = sampling::fit(file, settings, 1.0, writer, folder, progress.part(0.15, 0.85));
    writer.commit();
  }
  const auto again = analysis::listen(aside.path, progress.part(0.85, 0.95));
  result.before = sampling::errors_before(settings);
  result.after = sampling::errors_after(analysis::find_attacks(again.features), settings);
  analysis::BeatOptions likely;
  likely.likely = wish.tempo;
  result.heard_bpm = analysis::analyse(again, beat_network(), likely).grid.tempo.value;
  if (const Decibels gain = write_24_bit(aside.path, out, kFullScale, progress); gain.value < -0.01)
    result.remarks.push_back("turned down by " + plain_number(-gain.value, 1) + " dB, because stretching rose above full scale");

  result.out = out;
  result.warp = plan.warp;
  result.source_bpm = plan.source_tempo.value;
  result.bpm = wish.tempo.value;
  result.stretch = settings.tempo.seconds(plan.warp.length()).value / (plan.warp.points.back().source - plan.warp.points.front().source).value;
  result.semitones = settings.semitones;
  result.metre = wish.metre.text();
  result.bars = plan.bars;
  result.frames = frames;
  result.rate = rate.value;
  result.score = result.confidence / (1 + result.after.worst_ms / 30) / (1 + 2 * std::abs(std::log2(result.stretch)));

  audio::LoopChunks chunks;
  chunks.loop = {0, frames - 1};
  chunks.bpm = result.bpm;
  chunks.beats = static_cast<int>(std::lround(plan.warp.length().value * wish.metre.unit / 4));
  chunks.metre_beats = wish.metre.beats_per_bar;
  chunks.metre_unit = wish.metre.unit;
  audio::write_loop_chunks(out, chunks);
  audio::Tags tags;
  tags.title = file.stem().string();
  tags.bpm = result.bpm;
  if (heard.harmony.key.confidence > 0.3) {
    score::Key key = heard.harmony.key.key;
    key.tonic = score::pitch_class(key.tonic + static_cast<int>(std::lround(result.semitones)));
    tags.key = score::pitch_class_name(key.tonic, key.prefers_flats()) + (score::minor_third(key.mode) ? "m" : "");
  }
  tags.comment = "fitted by Figment from " + file.filename().string();
  const build::MadeBy origin = build::made_by(file);
  result.weights = origin.weights;
  song::Recipe recipe;
  recipe.engine = "builtin.fit";
  recipe.version = 2;
  recipe.parameters = {{"bpm", result.bpm}, {"metre", result.metre}, {"bars", result.bars}, {"semitones", result.semitones}, {"keep_formants", request.voice}, {"rate_hz", result.rate}};
  recipe.inputs = {{"file", file.filename().string(), sha256_file(file)}};
  build::mark_made_of(tags, origin, std::move(recipe));
  audio::write_tags(out, tags);
  return result;
}

fs::path name_for(const fs::path& file, const Target& target) {
  return free_name(file.stem().string() + "-" + plain_number(target.tempo.tempo(Beats{0}).value, 1) + "bpm", ".wav");
}

}  // namespace

std::vector<Fitted> fit_files(const FitRequest& request, const Progress& progress) {
  if (request.bpm != 0 && !(request.bpm >= 20 && request.bpm <= 400)) throw Error(ErrorCode::InvalidArgument, "a tempo of " + plain_number(request.bpm, 1) + " bpm is asked for; 20 to 400 are possible");
  if (request.files.size() > 1 && !request.out.empty() && !request.best_of) throw Error(ErrorCode::InvalidArgument, "one name (-o) for " + std::to_string(request.files.size()) + " files");
  const Target target = target_of(request);
  if (!request.out.empty()) check_new(request.out);
  std::vector<Fitted> results;
  std::vector<std::unique_ptr<ScratchFile>> candidates;    // what is not the best goes, also when it is stopped
  const double count = static_cast<double>(request.files.size());
  for (std::size_t i = 0; i < request.files.size(); ++i) {
    const fs::path& file = request.files[i];
    const fs::path named = request.out.empty() ? name_for(file, target) : request.out;
    const fs::path out = request.best_of ? fs::path(named) += "." + std::to_string(i) + ".candidate" : named;
    if (request.best_of) candidates.push_back(std::make_unique<ScratchFile>(out));
    try {
      results.push_back(fit_one(file, request, target, out, progress.part(static_cast<double>(i) / count, static_cast<double>(i + 1) / count)));
    } catch (const Error& e) {
      if (request.files.size() == 1 || e.code() == ErrorCode::Cancelled || e.code() == ErrorCode::Io) throw;
      Fitted failed;
      failed.source = file;
      failed.problem = e.what();
      results.push_back(std::move(failed));
    }
  }
  if (request.best_of) {
    std::stable_sort(results.begin(), results.end(), [](const Fitted& a, const Fitted& b) { return a.score > b.score; });
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].out.empty()) continue;
      if (i == 0) {
        const fs::path named = request.out.empty() ? name_for(results[i].source, target) : request.out;
        fs::rename(results[i].out, named);
        results[i].out = named;
      } else {
        results[i].out.clear();
      }
    }
    if (results.empty() || results.front().out.empty()) throw Error(ErrorCode::InvalidArgument, "none of the " + std::to_string(results.size()) + " sounds could be fitted: " + (results.empty() ? "" : results.front().problem));
  }
  return results;
}

}  // namespace figment::studio
