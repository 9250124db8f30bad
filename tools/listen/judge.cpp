// figment-beat-judge <weights> <list> [--dump folder]: how well the beat network does on recordings.
//
// Each line of the list: a sound file, a tab, and what is known of its beats: a text file whose lines begin with an
// instant in seconds (a second column of 1 or 1.0 marks downbeats), or "N BPM", for music of even tempo. A line with an
// example of figment-beat-data (.beat) needs no more. For every file it tells the F-measure (±70 ms) of plain peaks and
// of tracked beats, that of downbeats, and the tempo found. --dump writes the activations.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>

#include "analysis/beat_network.h"
#include "analysis/features.h"
#include "audio/sound_stream.h"
#include "base/error.h"
#include "example.h"
#include "peaks.h"

namespace figment::listen {
namespace {

struct Truth {
  std::vector<double> beats, downbeats;  // frames
  double bpm = 0;
};

Truth read_truth(const std::string& text) {
  Truth truth;
  if (text.ends_with("BPM")) {
    truth.bpm = std::stod(text);
    return truth;
  }
  std::ifstream in(text);
  if (!in) throw Error(ErrorCode::NotFound, text + ": cannot be opened");
  for (std::string line; std::getline(in, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream words(line);
    double at = 0, place = 0;
    if (!(words >> at)) continue;
    truth.beats.push_back(at * 100);
    if (words >> place && place == 1) truth.downbeats.push_back(at * 100);
  }
  return truth;
}

double median_tempo(const std::vector<double>& beats) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < beats.size(); ++i) gaps.push_back(beats[i] - beats[i - 1]);
  if (gaps.empty()) return 0;
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2), gaps.end());
  return 6000 / gaps[gaps.size() / 2];
}

std::vector<std::uint8_t> rhythm_of(const std::filesystem::path& file) {
  const audio::AudioBuffer sound = audio::read_sound(file, analysis::kFeatureRate, Seconds{900});
  std::vector<float> mono(static_cast<std::size_t>(sound.frames()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::size_t n = 0; n < mono.size(); ++n) mono[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
  return analysis::make_features(mono.data(), sound.frames()).rhythm;
}

void judge(const std::string& weights, const std::string& list, const std::filesystem::path& dump) {
  const auto network = analysis::BeatNetwork::load(weights);
  std::ifstream in(list);
  if (!in) throw Error(ErrorCode::NotFound, list + ": cannot be opened");
  double files = 0, peaks_f = 0, tracked_f = 0, tempi = 0, right_tempi = 0;
  for (std::string line; std::getline(in, line);) {
    const auto tab = line.find('\t');
    const std::filesystem::path file = line.substr(0, tab);
    const bool example = file.extension() == ".beat";
    if ((tab == std::string::npos && !example) || line.starts_with("#")) continue;
    Truth truth;
    std::vector<std::uint8_t> rhythm;
    if (example) {
      const Example read = read_example(file);
      for (const Beat& beat : read.beats) {
        truth.beats.push_back(beat.frame);
        if (beat.down && read.bars_known) truth.downbeats.push_back(beat.frame);
      }
      rhythm = read.features;
    } else {
      truth = read_truth(line.substr(tab + 1));
      rhythm = rhythm_of(file);
    }
    const analysis::BeatActivations found = network.run(rhythm);
    if (!dump.empty()) {
      std::ofstream out(dump / (file.stem().string() + ".txt"));
      for (std::size_t t = 0; t < found.beat.size(); ++t) out << found.beat[t] << ' ' << found.downbeat[t] << '\n';
    }
    const auto peaks = pick_peaks(found.beat, 12, 0.25F), tracked = track_beats(found.beat),
               downs = pick_peaks(found.downbeat, 40, 0.2F);
    const double tempo = median_tempo(tracked);
    std::printf("%-34s tempo %6.1f", file.filename().string().substr(0, 34).c_str(), tempo);
    if (truth.bpm > 0) {
      const bool right = std::abs(tempo / truth.bpm - 1) < 0.04;
      std::printf(" of %6.1f %s\n", truth.bpm, right ? "right" : "wrong");
      ++tempi;
      right_tempi += right;
    } else {
      const Hits a = compare(peaks, truth.beats), b = compare(tracked, truth.beats),
                 d = compare(downs, truth.downbeats);
      std::printf(" of %6.1f  peaks F %.3f  tracked F %.3f  downbeat F %.3f\n", median_tempo(truth.beats), a.f(), b.f(),
                  truth.downbeats.empty() ? 0 : d.f());
      peaks_f += a.f();
      tracked_f += b.f();
      ++files;
    }
  }
  if (files > 0)
    std::printf("mean of %.0f with beats: peaks F %.3f, tracked F %.3f\n", files, peaks_f / files, tracked_f / files);
  if (tempi > 0) std::printf("tempo right: %.0f of %.0f\n", right_tempi, tempi);
}

}  // namespace
}  // namespace figment::listen

int main(int count, char** words) {
  if (count < 3) {
    std::fprintf(stderr, "figment-beat-judge <weights> <list> [--dump folder]\n");
    return 2;
  }
  try {
    figment::listen::judge(words[1], words[2], count > 4 ? words[4] : "");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "figment-beat-judge: %s\n", error.what());
  }
  return 1;
}
