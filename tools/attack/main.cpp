// figment-attack: measures how late the SoundFont's sounds are heard, and prints `attack_ms` for presets/gm.toml.
//
//   Why      a bowed or blown note takes 10 to 100 ms from note-on until it is heard to begin; played on the beat it
//            sounds late. render_score plays notes that much earlier (sample libraries call it negative track delay)
//   What     the moment the short-time power first comes within 15 dB of its maximum of the first 400 ms. Vos and
//            Rasch 1981, "The perceptual onset of musical tones" (Perception & Psychophysics 29): listeners place the
//            onset where the envelope passes 6 to 15 dB below its maximum; Gordon 1987, "The perceptual attack time
//            of musical tones" (JASA 82)
//   Power    of the last 5 ms, or the last period of the note where that is longer, after a first difference (6 dB an
//            octave): a pick or a pluck is heard before the body has swung in, though it has less power
//   Which    every gm/NAME, every key of its range, at velocities as parts play them (the median of three)
//   Use      figment-attack DATA_FOLDER [NAME …]     one line a sound, "name = [[note, ms], …]"; "-v" first shows all
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/denormals.h"
#include "base/error.h"
#include "instruments/preset.h"
#include "instruments/soundfont.h"

namespace figment::instruments {
namespace {

constexpr double kRate = 44100, kLong = 1.0, kLookAt = 0.4, kShare = 0.0316;  // -15 dB of power
constexpr int kBlock = 512;

// Seconds from note-on to the perceived onset; negative for silence.
double attack_of(Instrument& instrument, int pitch, float velocity) {
  instrument.reset();
  audio::AudioBuffer block(instrument.channels(), kBlock, Hertz{kRate});
  std::vector<double> power, last(static_cast<std::size_t>(block.channels()));
  Event on;
  on.note = static_cast<std::uint8_t>(pitch), on.value = velocity, on.length = Seconds{kLong};
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(kLookAt * kRate); at += kBlock) {
    instrument.process(block.block(), at == 0 ? std::span<const Event>(&on, 1) : std::span<const Event>());
    for (int n = 0; n < kBlock; ++n) {
      double sum = 0;
      for (int c = 0; c < block.channels(); ++c) {
        const double now = block.block().channel(c)[n];
        double& before = last[static_cast<std::size_t>(c)];
        sum += std::pow(now - before, 2);
        before = now;
      }
      power.push_back(sum);
    }
  }
  const double period = 1 / note_frequency(pitch).value;
  const auto window = static_cast<std::size_t>(std::max(0.005, period) * kRate);
  std::vector<double> smooth(power.size());
  double sum = 0, most = 0;
  for (std::size_t n = 0; n < power.size(); ++n) {
    sum += power[n] - (n >= window ? power[n - window] : 0);
    smooth[n] = std::max(0.0, sum);
    most = std::max(most, smooth[n]);
  }
  if (most < 1e-9) return -1;
  const auto first = std::find_if(smooth.begin(), smooth.end(), [&](double p) { return p >= kShare * most; });
  return static_cast<double>(first - smooth.begin()) / kRate;
}

double median(std::vector<double> v) {
  if (v.empty()) return -1;
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

struct Point {
  int note;
  double ms;
};

// Keys in a row that share a sample are heard alike; a new point begins where the attack leaves the row's by 4 ms.
std::vector<Point> points_of(const PresetInfo& info, Instrument& instrument, bool show) {
  std::vector<Point> points;
  std::vector<double> row;
  for (int pitch = info.lowest; pitch <= info.highest; ++pitch) {
    std::vector<double> found;
    for (const float velocity : {0.45F, 0.65F, 0.85F})
      if (const double s = attack_of(instrument, pitch, velocity); s >= 0) found.push_back(s * 1000);
    if (show) fmt::print("  {} {:3}: {:.0f}\n", info.name, pitch, fmt::join(found, " "));
    if (found.empty()) continue;  // no sample: as the key below
    const double ms = std::min(kMostAttack.value * 1000, median(found));
    auto longer = row;
    longer.push_back(ms);
    const auto [least, most] = std::minmax_element(longer.begin(), longer.end());
    if (row.empty() || *most - *least > 4) {
      points.push_back({pitch, ms});
      row = {ms};
    } else {
      row = longer;
      points.back().ms = (*least + *most) / 2;
    }
  }
  return points;
}

int run(int argc, char** argv) {
  int at = 1;
  const bool show = at < argc && std::string(argv[at]) == "-v";
  at += show;
  if (at >= argc) {
    fmt::print(stderr, "use: figment-attack [-v] DATA_FOLDER [NAME ...]\n");
    return 2;
  }
  const std::filesystem::path data = argv[at++];
  const std::vector<std::string> wanted(argv + at, argv + argc);
  const NoDenormals no_denormals;
  for (const PresetInfo& info : list_presets(data)) {
    if (info.engine != "soundfont") continue;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), info.name) == wanted.end()) continue;
    const auto instrument = make_instrument(data, info.name, 1);
    instrument->prepare(Hertz{kRate}, kBlock);
    std::string line;
    for (const Point& p : points_of(info, *instrument, show))
      line += fmt::format("{}[{}, {:.0f}]", line.empty() ? "" : ", ", p.note, p.ms);
    fmt::print("{} = [{}]\n", info.name, line);
  }
  return 0;
}

}  // namespace
}  // namespace figment::instruments

int main(int argc, char** argv) {
  try {
    return figment::instruments::run(argc, argv);
  } catch (const figment::Error& e) {
    fmt::print(stderr, "figment-attack: {}\n", e.what());
    return 1;
  }
}
