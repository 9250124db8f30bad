#include "build/clip_step.h"

#include <algorithm>

#include "audio/sound_stream.h"
#include "audio/wave.h"
#include "base/error.h"
#include "build/sound_marks.h"
#include "build/track_step.h"
#include "sampling/fit.h"
#include "storage/files.h"

namespace figment::build {
namespace {

namespace fs = std::filesystem;

constexpr int kClipVersion = 2;

// The tempo map from `from` on, as far as `length` beats.
std::vector<score::TempoChange> tempo_from(const song::Song& song, Beats from, Beats length) {
  const score::TempoMap map(song.tempo);
  std::vector<score::TempoChange> changes{{Beats{0}, map.tempo(from)}};
  for (const score::TempoChange& c : song.tempo)
    if (c.at > from && c.at < from + length) changes.push_back({c.at - from, c.tempo});
  return changes;
}

sampling::FitSettings settings_of(const song::Recipe& recipe) {
  const auto& p = recipe.parameters;
  sampling::FitSettings settings;
  for (const auto& point : p.at("warp")) settings.warp.points.push_back({Seconds{point.at(0)}, Beats{point.at(1)}});
  settings.warp.circular = p.at("circular");
  std::vector<score::TempoChange> changes;
  for (const auto& t : p.at("tempo")) changes.push_back({Beats{t.at(0)}, Bpm{t.at(1)}});
  settings.tempo = score::TempoMap(changes);
  settings.semitones = p.at("semitones");
  settings.keep_formants = p.at("keep_formants");
  settings.frames = p.at("frames");
  return settings;
}

// As it is: resampled, from its beginning.
void copy_plain(const fs::path& original, double scale, audio::WaveWriter& out, std::int64_t frames, const Progress& progress) {
  audio::SoundStream stream(original, out.rate());
  audio::AudioBuffer piece(stream.channels(), 1 << 14, out.rate());
  for (std::int64_t at = 0; at < frames;) {
    const audio::AudioView view = stream.read(std::min<std::int64_t>(piece.frames(), frames - at));
    if (view.empty()) break;
    const audio::AudioBlock block = piece.block().part(0, view.frames());
    block.copy_from(view);
    block.scale(static_cast<float>(scale));
    out.write(at, block);
    at += view.frames();
    progress.set(static_cast<double>(at) / static_cast<double>(frames), "reading");
  }
}

}  // namespace

std::vector<PlacedClip> place_clips(const fs::path& folder, const song::Song& song, const song::Track& track) {
  const score::TempoMap tempo(song.tempo);
  const auto frame_at = [&](Beats beat) { return to_frames(tempo.seconds(beat), song.rate).value; };
  std::vector<PlacedClip> placed;
  for (const song::Clip& clip : track.clips) {
    const fs::path original = storage::path_inside(folder, clip.sound);
    const std::string which = "track \"" + track.id + "\": " + clip.sound;
    std::error_code status;
    if (!fs::exists(original, status)) throw Error(ErrorCode::NotFound, which + " is gone", "put the file back, or add the sound again with: figment add");
    if (sha256_file(original) != clip.sha256) throw Error(ErrorCode::Corrupt, which + " is not the sound that was added: its bytes have changed", "put the file back, or add the new sound with: figment add");

    const std::vector<song::WeightsUsed> weights = made_by(original).weights;

    const Beats begin = song.metre.bar() * static_cast<double>(clip.bar - 1), end = begin + song.metre.bar() * static_cast<double>(clip.bars);
    const bool warped = !clip.warp.points.empty();
    const Beats step = warped ? clip.warp.length() : end - begin;
    for (Beats at = begin; at < end; at += step) {
      PlacedClip p;
      p.frame = frame_at(at);
      p.frames = frame_at(std::min(at + step, end)) - p.frame;
      p.gain = to_gain(clip.gain);
      p.original = original;
      p.recipe.engine = warped ? "builtin.fit" : "builtin.import";
      p.recipe.version = kClipVersion;
      auto& parameters = p.recipe.parameters;
      parameters["rate_hz"] = song.rate.value;
      parameters["frames"] = frame_at(at + step) - p.frame;
      if (warped) {
        for (const score::WarpPoint& point : clip.warp.points) parameters["warp"].push_back({point.source.value, point.beat.value});
        parameters["circular"] = clip.warp.circular;
        for (const score::TempoChange& t : tempo_from(song, at, step)) parameters["tempo"].push_back({t.at.value, t.tempo.value});
        parameters["semitones"] = clip.semitones;
        parameters["keep_formants"] = clip.keep_formants;
      }
      p.recipe.inputs.push_back({"file", clip.sound, clip.sha256});
      p.recipe.weights = weights;
      placed.push_back(std::move(p));
    }
  }
  std::stable_sort(placed.begin(), placed.end(), [](const PlacedClip& a, const PlacedClip& b) { return a.frame < b.frame; });
  return placed;
}

ClipTake make_clip_take(const PlacedClip& clip, storage::TakeStore& store, const Progress& progress) {
  const Digest key = clip.recipe.key();
  if (const auto found = store.find(key)) {
    try {
      return {found->take, found->sound, audio::WaveReader(found->sound).channels(), clip.recipe.weights};
    } catch (const Error&) {
      // A damaged Take is made again.
    }
  }
  const auto& p = clip.recipe.parameters;
  const std::int64_t frames = p.at("frames");
  const int channels = audio::SoundStream(clip.original).channels();
  const double scale = to_gain(-kTakeHeadroom);
  const fs::path aside = store.workspace("clip");
  nlohmann::json measured{{"channels", channels}, {"frames", frames}, {"scale_db", -kTakeHeadroom.value}};
  {
    audio::WaveWriter writer(aside, audio::WaveSamples::Int24, Hertz{p.at("rate_hz").get<double>()}, channels, frames);
    if (clip.recipe.engine == "builtin.fit") {
      const sampling::Seam seam = sampling::fit(clip.original, settings_of(clip.recipe), scale, writer, aside.parent_path(), progress);
      measured["seam_step_db"] = seam.step.value;
      measured["seam_slope_db"] = seam.slope.value;
    } else {
      copy_plain(clip.original, scale, writer, frames, progress);
    }
    writer.commit();
  }
  ClipTake take;
  take.channels = channels;
  take.weights = clip.recipe.weights;
  take.digest = store.keep(aside, ".wav", nlohmann::json{{"recipe", clip.recipe.to_json()}, {"measured", measured}}.dump(1) + "\n");
  store.remember(key, take.digest, ".wav");
  take.sound = store.find(key)->sound;
  return take;
}

}  // namespace figment::build
