#include "songs.h"

#include <cmath>

#include "base/error.h"
#include "score/tempo_map.h"
#include "song/song_file.h"

namespace figment::hear {

Truth truth_of_song(const std::filesystem::path& folder) {
  const song::Song song = song::load(folder);
  const score::TempoMap tempo(song.tempo);
  Truth truth;
  truth.sound = folder / "export" / "master.wav";
  const std::string name = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
  truth.facts["group"] = name.substr(0, name.find('-'));
  truth.facts["key"] = song.key.text();
  const auto [upper, lower] = std::pair(song.metre.bar().value, song.metre.text());
  const bool compound = lower == "6/8" || lower == "9/8" || lower == "12/8";
  const double tap = compound ? 1.5 : 1;
  const int per_bar = std::max(1, static_cast<int>(std::lround(upper / tap)));
  for (int i = 0; i * tap < song.length().value - 1e-6; ++i) {
    truth.beats.push_back(tempo.seconds(Beats{i * tap}).value);
    truth.positions.push_back(i % per_bar + 1);
  }
  truth.bpm = 60.0 * static_cast<double>(truth.beats.size() - 1) / (truth.beats.back() - truth.beats.front());
  for (const auto& c : song.chords)
    truth.chords.push_back({tempo.seconds(c.start).value, tempo.seconds(c.start + c.length).value,
                            score::pitch_class_name(c.chord.root, false) + (c.chord.minor() ? ":min" : c.chord.has(4) ? ":maj" : ":sus4")});
  return truth;
}

std::vector<Truth> truths_of(const std::filesystem::path& what) {
  if (std::filesystem::is_directory(what)) return {truth_of_song(what)};
  return read_truths(what);
}

void bend(const std::filesystem::path& folder, const std::string& how) {
  song::Song song = song::load(folder);
  const double bpm = song.tempo.front().tempo.value, end = song.length().value, bar = song.metre.bar().value;
  song.tempo.clear();
  for (double at = 0; at < end - 1e-6; at += bar / 2) {
    double factor = 1;
    if (how == "ramp") factor = 1 + (at / end - 0.5) / 6;
    else if (how == "step") factor = at < end / 2 ? 1 : 1.125;
    else if (how == "breath") factor = 1 + 0.03 * (std::fmod(at, bar) < bar / 2 - 1e-6 ? 1 : -1);
    else throw Error(ErrorCode::InvalidArgument, "there is no bend \"" + how + "\"", "ramp, step or breath");
    song.tempo.push_back({Beats{at}, Bpm{bpm * factor}});
  }
  song::save(song, folder);
}

}  // namespace figment::hear
