#include "song_judge.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/loudness.h"
#include "audio/file.h"
#include "base/error.h"
#include "compose/style.h"
#include "grid.h"
#include "hearing.h"
#include "outside.h"
#include "score/midi_file.h"
#include "song/song_file.h"
#include "spectrum.h"
#include "storage/files.h"
#include "storage/take_store.h"

namespace figment::judge {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

double rounded(double x, double steps = 100) { return std::round(x * steps) / steps; }

bool is_drum(const std::string& role) {
  static const std::set<std::string> roles{"kick", "snare", "hats", "percussion", "drums"};
  return roles.contains(role);
}

// The swing asked for: the prompt's, else that of the styles it named.
std::pair<double, int> swing_of(const song::Song& song, const json& brief, const fs::path& data_dir) {
  const auto style = compose::load_style(data_dir, song.style);
  const int unit = style->swing_unit == 8 ? 8 : 16;
  if (brief.contains("swing")) return {brief["swing"]["value"].get<double>(), unit};
  double swing = style->swing;
  for (const json& also : brief.value("also", json::array())) {
    const auto other = compose::load_style(data_dir, also.at("value").get<std::string>());
    if (other->id != style->id && other->swing_unit == style->swing_unit) swing = (swing + other->swing) / 2;
  }
  return {swing, unit};
}

// Kicks and toms (taikos and timpani among them) ring below 120 Hz: a window shorter than their period takes the
// beating of their partials for strokes.
bool only_low_drums(const score::Score& score) {
  static const std::set<int> low{35, 36, 41, 43, 45, 47, 48, 50};
  return std::all_of(score.notes.begin(), score.notes.end(), [](const auto& n) { return low.contains(n.pitch); });
}

score::Score notes_of(const fs::path& file) {
  score::Score all;
  for (score::Score& part : score::parse_midi(storage::read_file(file), file.string()).tracks)
    all.notes.insert(all.notes.end(), part.notes.begin(), part.notes.end());
  all.sort();
  return all;
}

// The same drum struck equally hard again and again: the longest run of one pitch at one velocity, a beat or less
// apart.
int longest_equal_run(const score::Score& score) {
  std::map<int, std::tuple<double, float, int>> last;
  int longest = 0;
  for (const auto& n : score.notes) {
    auto& [at, velocity, run] = last[n.pitch];
    run = run > 0 && n.start.value - at <= 0.51 && std::abs(n.velocity - velocity) < 0.004F ? run + 1 : 1;
    at = n.start.value, velocity = n.velocity;
    longest = std::max(longest, run);
  }
  return longest;
}

// Loudness of each section, so that a song at one level shows.
json section_levels(const song::Song& song, audio::AudioView sound) {
  json levels = json::array();
  const double bar_frames = song.metre.bar().value * 60 / song.tempo.front().tempo.value * sound.rate().value;
  for (const song::Section& s : song.sections) {
    analysis::LoudnessMeter meter(sound.rate(), sound.channels());
    meter.add(sound.part(static_cast<std::int64_t>((s.bar - 1) * bar_frames),
                         static_cast<std::int64_t>(s.bars * bar_frames)));
    levels.push_back({s.kind, s.bars, rounded(meter.result().integrated.value, 10)});
  }
  return levels;
}

// Stems summed against the sound the master was made from, in dB under full scale.
double stems_residual(const fs::path& folder, const song::Song& song) {
  const auto exported = json::parse(storage::read_file(folder / "export" / "exports.json"));
  const std::string first = "stems/" + song.tracks.front().id + ".wav";
  const storage::TakeStore store(folder / "takes");
  const auto file = store.sound(exported.at("files").at(first).at("take").get<std::string>(), ".wav");
  if (!file) throw Error(ErrorCode::NotFound, "the mix of " + folder.string() + " is gone", "run figment build on it");
  audio::AudioBuffer mix = audio::read_audio(*file);
  std::vector<std::string> stems;
  for (const auto& t : song.tracks) stems.push_back(t.id);
  for (const auto& b : song.buses) stems.push_back(b.id);
  for (const std::string& id : stems) {
    const audio::AudioBuffer stem = audio::read_audio(folder / "export" / "stems" / (id + ".wav"));
    if (stem.frames() != mix.frames() || stem.channels() != mix.channels()) return 0;
    mix.block().add(stem.view(), -1);
  }
  return to_decibels(audio::peak(mix.view())).value;
}

}  // namespace

json judge_song(const fs::path& folder, const fs::path& data_dir) {
  const song::Song song = song::load(folder);
  const json brief = json::parse(song.brief.empty() ? "{}" : song.brief);
  const fs::path master = folder / "export" / "master.wav";
  const audio::AudioBuffer sound = audio::read_audio(master);
  const double rate = sound.rate().value, bpm = song.tempo.front().tempo.value;
  const double length = static_cast<double>(sound.frames()) / rate;
  const std::vector<float> folded = mono(sound.view());

  json j{{"song", folder.filename().string()},
         {"style", song.style},
         {"prompt", song.prompt},
         {"bpm", bpm},
         {"key", song.key.text()},
         {"metre", song.metre.text()},
         {"bars", song.bars},
         {"tracks", song.tracks.size()}};
  j["length_s"] = rounded(length, 1000);
  j["length_error_frames"] =
      static_cast<double>(sound.frames()) - std::round(song.bars * song.metre.bar().value * 60 / bpm * rate);

  // Who plays, where, how loud.
  const auto [swing, unit] = swing_of(song, brief, data_dir);
  const GridSpec grid{bpm, song.metre.bar().value, static_cast<double>(song.bars), swing, unit};
  j["swing"] = swing;
  const bool drums = std::any_of(song.tracks.begin(), song.tracks.end(), [](const auto& t) { return is_drum(t.role); });
  j["drums"] = drums;
  bool tonal = false;
  OnGrid on_grid;
  json stems = json::array();
  for (const song::Track& t : song.tracks) {
    const audio::AudioBuffer stem = audio::read_audio(folder / "export" / "stems" / (t.id + ".wav"));
    analysis::LoudnessMeter meter(stem.rate(), stem.channels());
    meter.add(stem.view());
    const score::Score score = notes_of(folder / t.midi);
    json s{{"id", t.id},
           {"preset", t.instrument},
           {"lufs", rounded(meter.result().integrated.value, 10)},
           {"notes", score.notes.size()}};
    const bool pitched = !is_drum(t.role) && t.role != "effects" && t.role != "texture";
    tonal = tonal || (pitched && !score.notes.empty());
    const bool timed =
        drums ? is_drum(t.role)
              : t.role == "bass" || t.role == "lead" || t.role == "pluck" || t.role == "arp" || t.role == "chords";
    if (timed && !score.notes.empty()) {
      std::vector<double> written;
      for (const auto& n : score.notes) written.push_back(n.start.value * 60 / bpm);
      OnGrid one = compare(hear_onsets(mono(stem.view()), rate, pitched || only_low_drums(score)), written, grid);
      const OnGrid notes = compare(written, written, grid);
      s["onsets"] = one.onsets, s["on_grid"] = rounded(one.share(), 1000), s["unwritten"] = one.unwritten;
      s["late_ms"] = rounded(one.mean_ms, 10), s["spread_ms"] = rounded(one.spread_ms, 10);
      s["notes_on_grid"] = rounded(notes.share(), 1000);
      if (is_drum(t.role)) s["equal_run"] = longest_equal_run(score);
      on_grid.add(one);
    }
    stems.push_back(std::move(s));
  }
  j["stems"] = std::move(stems);
  j["onsets"] = on_grid.onsets;
  j["on_grid"] = rounded(on_grid.share(), 1000);
  j["on_sixteenths"] =
      on_grid.onsets == 0 ? 1 : rounded(static_cast<double>(on_grid.on_sixteenths) / on_grid.onsets, 1000);
  j["unwritten"] = on_grid.unwritten;
  j["stems_residual_db"] = rounded(stems_residual(folder, song), 10);

  const HeardTempo heard = hear_tempo(folded, rate);
  // In compound metres the foot taps dotted quarters: both readings of the number are musical.
  double error = std::min(tempo_error(heard.aubio_bpm, bpm), tempo_error(heard.qm_bpm, bpm));
  if (song.metre.compound())
    error = std::min({error, tempo_error(heard.aubio_bpm, bpm / 1.5), tempo_error(heard.qm_bpm, bpm / 1.5)});
  j["aubio_bpm"] = rounded(heard.aubio_bpm), j["qm_bpm"] = rounded(heard.qm_bpm),
  j["tempo_error"] = rounded(error, 10000);

  j["tonal"] = tonal;
  const HeardKey key = hear_key(folded, rate);
  j["qm_key"] = key.key.text(), j["qm_key_held"] = rounded(key.held),
  j["qm_key_relation"] = name(relation(key.key, song.key));
  if (const auto other = libkeyfinder_key(folded, rate))
    j["libkeyfinder_key"] = other->text(), j["libkeyfinder_key_relation"] = name(relation(*other, song.key));

  const FfmpegLoudness loudness = ffmpeg_loudness(master), folded_loudness = ffmpeg_loudness(master, true);
  j["target_lufs"] = song.master.target.value, j["ceiling_dbtp"] = song.master.ceiling.value;
  j["lufs"] = loudness.integrated_lufs, j["range_lu"] = loudness.range_lu,
  j["true_peak_dbtp"] = loudness.true_peak_dbtp;
  j["mono_loss_lu"] = rounded(loudness.integrated_lufs - folded_loudness.integrated_lufs, 10);
  j["silence_s"] = rounded(ffmpeg_longest_silence(master, length));
  j["sections"] = section_levels(song, sound.view());

  const Spectrum spectrum(folded, rate);
  j["slope_db_oct"] = rounded(spectrum.slope());
  const double whole = spectrum.band_db(20, 20000);
  json bands = json::array();
  for (const double low : {20.0, 60.0, 120.0, 250.0, 500.0, 2000.0, 6000.0})
    bands.push_back(rounded(spectrum.band_db(low, low == 20     ? 60
                                                  : low == 60   ? 120
                                                  : low == 120  ? 250
                                                  : low == 250  ? 500
                                                  : low == 500  ? 2000
                                                  : low == 2000 ? 6000
                                                                : 20000) -
                                whole,
                            10));
  j["bands_db"] = std::move(bands);  // sub, bass, low mid, mud, mid, presence, air against the whole
  j["features"] =
      features(spectrum, sound.view(), folded, on_grid.onsets / std::max(1.0, length), bpm, loudness.range_lu);
  return j;
}

}  // namespace figment::judge
