// figment-hear LIST|SONG…            what analysis says of sounds whose truth is known (truths.h, songs.h), beside aubio and qm-dsp
// figment-hear --fit LIST|SONG…      how far from the grid the true beats lie after `figment fit`
// figment-hear --bend ramp|step|breath SONG     gives a song another tempo (songs.h), before it is built
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "analysis/analysis.h"
#include "analysis/beat_network.h"
#include "analysis/beats.h"
#include "analysis/harmony.h"
#include "analysis/listen.h"
#include "audio/sound_stream.h"
#include "base/error.h"
#include "fits.h"
#include "hearing.h"
#include "scores.h"
#include "songs.h"
#include "truths.h"

namespace figment::hear {
namespace {

struct Sum {
  double total = 0;
  int count = 0;
  void add(double x) { total += x, ++count; }
  [[nodiscard]] double mean() const { return count == 0 ? 0 : total / count; }
};

std::vector<double> seconds(const std::vector<Seconds>& times) {
  std::vector<double> result;
  for (const Seconds t : times) result.push_back(t.value);
  return result;
}

int run(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--bend") {
    bend(argv[3], argv[2]);
    return 0;
  }
  if (argc > 2 && std::string(argv[1]) == "--fit") {
    judge_fits({argv + 2, argv + argc});
    return 0;
  }
  std::map<std::string, Sum> sums;
  // FIGMENT_PLAIN: by spectral flux instead of what was learned.
  const bool flux = std::getenv("FIGMENT_PLAIN") != nullptr;
  const char* told = std::getenv("FIGMENT_DATA");
  const auto network = analysis::BeatNetwork::load(std::filesystem::path(told != nullptr ? told : FIGMENT_SOURCE_DIR) / "data" / "learned" / "beats.bin");
  for (int i = 1; i < argc; ++i) {
    for (Truth& truth : truths_of(argv[i])) {
      const std::string group = truth.facts.contains("group") ? truth.facts["group"] + ": " : "";
      if (truth.facts.size() == 1 && truth.facts.contains("class")) continue;       // figment-classes judges those
      const auto heard = analysis::listen(truth.sound, Progress());
      const auto attacks = analysis::find_attacks(heard.features);
      const auto grid = flux ? analysis::find_beats(analysis::flux_activations(heard.features), attacks, heard.length) : analysis::analyse(heard, network).grid;
      const bool whole_beats = truth.facts.contains("beats");
      if (whole_beats) {
        const int count = std::stoi(truth.facts["beats"]);
        if (truth.bpm <= 0) truth.bpm = 60.0 * count / heard.length.value;
        for (int b = 0; b < count; ++b) truth.beats.push_back(heard.length.value * b / count);
      }
      if (truth.bpm <= 0 && truth.beats.size() > 2) truth.bpm = tempo_of(truth.beats);
      std::string line = fmt::format("{:44}", (group.empty() ? truth.sound.filename() : truth.sound.parent_path().parent_path().filename()).string().substr(0, 44));
      if (truth.bpm > 0) {
        const auto mono = judge::mono(audio::read_sound(truth.sound, Hertz{44100}, Seconds{3600}).view());
        const std::map<std::string, std::vector<double>> found{
            {"ours", seconds(grid.beats)}, {"aubio", judge::aubio_beats(mono, 44100)}, {"qm-dsp", judge::qm_beats(mono, 44100)}};
        line += fmt::format(" {:6.1f} |", truth.bpm);
        for (const auto& [who, beats] : found) {
          const double bpm = who == "ours" ? grid.tempo.value : tempo_of(beats);
          sums[group + who + " tempo"].add(tempo_right(truth.bpm, bpm));
          sums[group + who + " tempo, octaves allowed"].add(tempo_right_but_for_octave(truth.bpm, bpm));
          line += fmt::format(" {} {:6.2f}", who, bpm);
          if (truth.beats.empty()) continue;
          const double f = f_measure(truth.beats, beats, 0.07);
          sums[group + who + " beats F"].add(f);
          line += fmt::format(" F {:4.2f}", f);
        }
        line += fmt::format(" | conf {:4.2f} {} {:4.1f} ms", grid.confidence, grid.steady ? "steady" : "moving", grid.unsteadiness_ms);
        if (!truth.positions.empty()) {
          std::vector<double> down, ours;
          for (std::size_t b = 0; b < truth.beats.size(); ++b)
            if (truth.positions[b] == 1) down.push_back(truth.beats[b]);
          for (std::size_t b = 0; b < grid.beats.size(); ++b)
            if (grid.positions[b] == 1) ours.push_back(grid.beats[b].value);
          const double f = f_measure(down, ours, 0.07);
          sums[group + "ours downbeats F"].add(f);
          line += fmt::format(" down {:4.2f} ({})", f, grid.beats_per_bar);
        }
      }
      if (!truth.onsets.empty()) {
        std::vector<double> found, merged;
        for (const auto& a : attacks) found.push_back(a.at.value);
        for (const double t : truth.onsets)
          if (merged.empty() || t - merged.back() > 0.025) merged.push_back(t);
        const double f = f_measure(merged, found, 0.02);
        sums[group + "ours onsets F"].add(f);
        line += fmt::format(" onsets {:4.2f}", f);
      }
      if (truth.facts.contains("key") || !truth.chords.empty()) {
        const auto harmony = analysis::find_harmony(analysis::find_notes(heard.features), grid, heard.length);
        if (truth.facts.contains("key")) {
          const auto wanted = score::parse_key(truth.facts["key"]);
          const auto mono = judge::mono(audio::read_sound(truth.sound, Hertz{44100}, Seconds{3600}).view());
          const auto qm = judge::hear_key(mono, 44100).key;
          sums[group + "ours key"].add(key_score(wanted, harmony.key.key));
          sums[group + "qm-dsp key"].add(key_score(wanted, qm));
          line += fmt::format(" key {} ours {} ({:4.2f}) qm-dsp {}", wanted.text(), harmony.key.key.text(), harmony.key.confidence, qm.text());
        }
        if (!truth.chords.empty()) {
          std::vector<NamedSpan> wanted, found;
          for (const auto& c : truth.chords) wanted.push_back({c.start, c.end, c.name});
          for (const auto& c : harmony.chords)
            found.push_back({c.start.value, c.end.value,
                             c.none() ? "N" : score::pitch_class_name(c.chord.root, false) + (c.chord.minor() ? ":min" : c.chord.has(4) ? ":maj" : ":sus4")});
          const double recall = majmin_recall(wanted, found);
          sums[group + "ours chords majmin"].add(recall);
          line += fmt::format(" chords {:4.2f}", recall);
        }
      }
      std::puts(line.c_str());
      std::fflush(stdout);
    }
  }
  for (const auto& [name, sum] : sums) std::puts(fmt::format("{:44} {:5.3f} of {}", name, sum.mean(), sum.count).c_str());
  return 0;
}

}  // namespace
}  // namespace figment::hear

int main(int argc, char** argv) {
  try {
    return figment::hear::run(argc, argv);
  } catch (const figment::Error& e) {
    std::fprintf(stderr, "figment-hear: %s\n", e.what());
    return 1;
  }
}
