#include "analysis/analysis_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace figment::analysis {
namespace {

using nlohmann::json;

double rounded(double x, double steps) { return std::isfinite(x) ? std::round(x * steps) / steps : 0; }
double time(Seconds t) { return rounded(t.value, 1e4); }
double share(double x) { return rounded(x, 1e3); }
double tenth(double x) { return rounded(x, 10); }
double hundredth(double x) { return rounded(x, 100); }

json key_json(const HeardKey& key) {
  return {{"name", key.key.text()}, {"confidence", share(key.confidence)}, {"second", key.second.text()}, {"second_confidence", share(key.second_confidence)}};
}

json candidates_json(const BeatGrid& grid) {
  json list = json::array();
  for (const TempoCandidate& c : grid.candidates) list.push_back({{"bpm", rounded(c.tempo.value, 1e3)}, {"weight", share(c.weight)}});
  return list;
}

json beats_json(const BeatGrid& grid) {
  json times = json::array();
  for (const Seconds t : grid.beats) times.push_back(time(t));
  return {{"times_s", times}, {"positions", grid.positions}, {"beats_per_bar", grid.beats_per_bar}, {"bar_confidence", share(grid.bar_confidence)}};
}

json chords_json(const Harmony& harmony, bool flats) {
  json list = json::array();
  for (const HeardChord& c : harmony.chords)
    list.push_back({{"start_s", time(c.start)}, {"end_s", time(c.end)}, {"name", c.none() ? "N" : c.chord.text(flats)}, {"confidence", share(c.confidence)}});
  return list;
}

json bars_json(const SoundAnalysis& a) {
  json list = json::array();
  int number = 0;
  for (const BarChords& bar : chords_by_bar(a)) {
    json names = json::array();
    for (const score::Chord& c : bar.chords) names.push_back(c.text(a.harmony.key.key.prefers_flats()));
    list.push_back({{"bar", ++number}, {"start_s", time(bar.start)}, {"chords", names}});
  }
  return list;
}

json sections_json(const std::vector<HeardSection>& sections) {
  json list = json::array();
  for (const HeardSection& s : sections)
    list.push_back({{"start_s", time(s.start)}, {"end_s", time(s.end)}, {"bar", s.bar}, {"bars", s.bars}, {"label", s.label}, {"energy", share(s.energy)}, {"confidence", share(s.confidence)}});
  return list;
}

json onsets_json(const SoundAnalysis& a) {
  json times = json::array(), strengths = json::array();
  for (const Attack& x : a.attacks) {
    times.push_back(time(x.at));
    strengths.push_back(share(x.strength));
  }
  return {{"confidence", share(a.attack_confidence)}, {"times_s", times}, {"strengths", strengths}};
}

json melody_json(const Melody& melody) {
  json notes = json::array();
  for (const HeardNote& n : melody.notes)
    notes.push_back({{"start_s", time(n.start)}, {"end_s", time(n.end)}, {"note", hundredth(n.pitch)}, {"level", rounded(n.level, 1e5)}});
  return {{"monophonic", share(melody.monophonic)}, {"lowest_note", hundredth(melody.lowest)}, {"highest_note", hundredth(melody.highest)}, {"notes", notes}};
}

json spectrum_json(const SoundAnalysis& a) {
  json levels = json::array();
  for (const double level : a.spectrum) levels.push_back(tenth(level));
  return {{"third_octaves_db", levels}, {"slope_db_per_octave", hundredth(slope(a.spectrum, Hertz{100}, Hertz{10000}) - 3)}};
}

// How far a loudness of so short a sound can be trusted: the standard's windows are 0.4 and 3 s.
double loudness_confidence(const SoundAnalysis& a) { return a.loudness.integrated.value <= -70 ? 0 : std::min(1.0, a.length.value / 3); }

}  // namespace

json to_json(const SoundAnalysis& a) {
  json shorts = json::array();
  for (const Lufs l : a.short_term) shorts.push_back(tenth(l.value));
  return {
      {"source", {{"format", a.source.format}, {"rate_hz", a.source.rate.value}, {"channels", a.source.channels}, {"frames", a.source.frames}, {"repaired_samples", a.source.repaired}, {"trouble", a.source.trouble}}},
      {"length_s", time(a.length)},
      {"tempo",
       {{"bpm", rounded(a.grid.tempo.value, 1e3)},
        {"confidence", share(a.grid.confidence)},
        {"steady", a.grid.steady},
        {"unsteadiness_ms", hundredth(a.grid.unsteadiness_ms)},
        {"drift", share(a.grid.drift)},
        {"candidates", candidates_json(a.grid)},
        {"loop_beats", a.loop_beats},
        {"metre", a.metre().text()},
        {"subdivision", a.subdivision.parts},
        {"swing", share(a.subdivision.swing)},
        {"swing_unit", a.subdivision.swing_unit},
        {"subdivision_confidence", share(a.subdivision.confidence)}}},
      {"beats", beats_json(a.grid)},
      {"key", key_json(a.harmony.key)},
      {"tonal", share(a.harmony.tonal)},
      {"tuning_cents", tenth(a.tuning_cents)},
      {"chords", chords_json(a.harmony, a.harmony.key.key.prefers_flats())},
      {"bars", bars_json(a)},
      {"sections", sections_json(a.sections)},
      {"onsets", onsets_json(a)},
      {"melody", melody_json(a.melody)},
      {"loudness",
       {{"integrated_lufs", hundredth(a.loudness.integrated.value)},
        {"loudest_momentary_lufs", hundredth(a.loudness.loudest_momentary.value)},
        {"range_lu", hundredth(a.loudness.range)},
        {"true_peak_dbtp", hundredth(a.loudness.true_peak.value)},
        {"sample_peak_dbfs", hundredth(a.loudness.sample_peak.value)},
        {"short_term_lufs", shorts},
        {"confidence", share(loudness_confidence(a))}}},
      {"spectrum", spectrum_json(a)},
      {"stereo", {{"correlation", share(a.condition.correlation)}, {"width", share(a.width)}, {"mono_loss_db", hundredth(a.mono_loss_db)}}},
      {"condition",
       {{"clipped_samples", a.condition.clipped},
        {"samples_over_full_scale", a.condition.over},
        {"dc_offset", rounded(a.condition.offset, 1e6)},
        {"noise_floor_dbfs", tenth(a.condition.noise_floor.value)},
        {"noise_floor_confidence", share(a.condition.noise_confidence)},
        {"silence_before_s", time(a.condition.silence_before)},
        {"silence_after_s", time(a.condition.silence_after)}}},
  };
}

SoundAnalysis from_json(const json& j) {
  SoundAnalysis a;
  try {
    const json& source = j.at("source");
    a.source = {source.at("format"), Hertz{source.at("rate_hz")}, source.at("channels"), source.at("frames"), source.at("repaired_samples"), source.at("trouble")};
    a.length = Seconds{j.at("length_s")};
    const json& tempo = j.at("tempo");
    a.grid.tempo = Bpm{tempo.at("bpm")};
    a.grid.confidence = tempo.at("confidence");
    a.grid.steady = tempo.at("steady");
    a.grid.unsteadiness_ms = tempo.at("unsteadiness_ms");
    a.grid.drift = tempo.at("drift");
    for (const json& c : tempo.at("candidates")) a.grid.candidates.push_back({Bpm{c.at("bpm")}, c.at("weight")});
    a.loop_beats = tempo.at("loop_beats");
    a.subdivision = {tempo.at("subdivision"), tempo.at("swing"), tempo.at("swing_unit"), tempo.at("subdivision_confidence")};
    const json& beats = j.at("beats");
    for (const json& t : beats.at("times_s")) a.grid.beats.push_back(Seconds{t});
    a.grid.positions = beats.at("positions").get<std::vector<int>>();
    a.grid.beats_per_bar = beats.at("beats_per_bar");
    a.grid.bar_confidence = beats.at("bar_confidence");
    if (a.grid.positions.size() != a.grid.beats.size()) throw Error(ErrorCode::Corrupt, "an analysis has other counts of beats and positions");
    const json& key = j.at("key");
    a.harmony.key = {score::parse_key(key.at("name").get<std::string>()), key.at("confidence"), score::parse_key(key.at("second").get<std::string>()), key.at("second_confidence")};
    a.harmony.tonal = j.at("tonal");
    a.tuning_cents = j.at("tuning_cents");
    for (const json& c : j.at("chords")) {
      const std::string name = c.at("name");
      a.harmony.chords.push_back({Seconds{c.at("start_s")}, Seconds{c.at("end_s")}, name == "N" ? score::Chord{} : score::parse_chord(name), c.at("confidence")});
    }
    for (const json& s : j.at("sections"))
      a.sections.push_back({Seconds{s.at("start_s")}, Seconds{s.at("end_s")}, s.at("bar"), s.at("bars"), s.at("label"), s.at("energy"), s.at("confidence")});
    const json& onsets = j.at("onsets");
    a.attack_confidence = onsets.at("confidence");
    for (std::size_t i = 0; i < onsets.at("times_s").size(); ++i) a.attacks.push_back({Seconds{onsets["times_s"][i]}, onsets.at("strengths").at(i)});
    const json& melody = j.at("melody");
    a.melody.monophonic = melody.at("monophonic");
    a.melody.lowest = melody.at("lowest_note");
    a.melody.highest = melody.at("highest_note");
    for (const json& n : melody.at("notes")) a.melody.notes.push_back({Seconds{n.at("start_s")}, Seconds{n.at("end_s")}, n.at("note"), n.at("level")});
    const json& loudness = j.at("loudness");
    a.loudness = {Lufs{loudness.at("integrated_lufs")}, Lufs{loudness.at("loudest_momentary_lufs")}, loudness.at("range_lu"), Decibels{loudness.at("true_peak_dbtp")}, Decibels{loudness.at("sample_peak_dbfs")}};
    for (const json& l : loudness.at("short_term_lufs")) a.short_term.push_back(Lufs{l});
    a.spectrum = j.at("spectrum").at("third_octaves_db").get<BandLevels>();
    const json& stereo = j.at("stereo");
    a.condition.correlation = stereo.at("correlation");
    a.width = stereo.at("width");
    a.mono_loss_db = stereo.at("mono_loss_db");
    const json& condition = j.at("condition");
    a.condition.clipped = condition.at("clipped_samples");
    a.condition.over = condition.at("samples_over_full_scale");
    a.condition.offset = condition.at("dc_offset");
    a.condition.noise_floor = Decibels{condition.at("noise_floor_dbfs")};
    a.condition.noise_confidence = condition.at("noise_floor_confidence");
    a.condition.silence_before = Seconds{condition.at("silence_before_s")};
    a.condition.silence_after = Seconds{condition.at("silence_after_s")};
  } catch (const json::exception& e) {
    throw Error(ErrorCode::Corrupt, std::string("an analysis cannot be read: ") + e.what());
  } catch (const Error& e) {
    throw Error(ErrorCode::Corrupt, std::string("an analysis cannot be read: ") + e.what());
  }
  return a;
}

}  // namespace figment::analysis
