#include "fits.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "audio/sound_stream.h"
#include "base/error.h"
#include "songs.h"
#include "studio/fit_file.h"

namespace figment::hear {
namespace {

double percentile(std::vector<double> x, double share) {
  if (x.empty()) return 0;
  std::sort(x.begin(), x.end());
  return x[std::min(x.size() - 1, static_cast<std::size_t>(share * static_cast<double>(x.size())))];
}

// Milliseconds at the new tempo from the grid, for true beats inside the part that was used.
std::vector<double> errors(const score::Warp& warp, const std::vector<double>& beats, double bpm) {
  std::vector<double> at;
  for (const double t : beats) {
    if (t < warp.points.front().source.value - 0.03 || t > warp.points.back().source.value + 0.03) continue;
    auto right = std::upper_bound(warp.points.begin(), warp.points.end(), t, [](double x, const score::WarpPoint& p) { return x < p.source.value; });
    if (right == warp.points.begin()) ++right;
    if (right == warp.points.end()) --right;
    const auto left = right - 1;
    at.push_back(left->beat.value + (t - left->source.value) / (right->source - left->source).value * (right->beat - left->beat).value);
  }
  if (at.size() < 4) return {};
  std::vector<double> steps;
  for (std::size_t i = 1; i < at.size(); ++i) steps.push_back(at[i] - at[i - 1]);
  const double unit = std::exp2(std::round(std::log2(std::max(0.1, percentile(steps, 0.5)))));
  std::vector<double> off;
  for (const double a : at) off.push_back(std::abs(std::remainder(a, unit)) * 60000 / bpm);
  return off;
}

struct Group {
  std::vector<double> off;             // of all beats
  std::vector<double> own;             // 95th percentile of each file, as fit measures it
  int files = 0, refused = 0, good = 0;
  double worst_rise = -200, worst_slope = -200;
};

}  // namespace

void judge_fits(const std::vector<std::string>& lists) {
  std::map<std::string, Group> groups;
  const std::filesystem::path out = std::filesystem::temp_directory_path() / fmt::format("figment-fits-{}.wav", ::getpid());
  for (const std::string& list : lists)
    for (Truth& truth : truths_of(list)) {
      if (truth.facts.contains("beats")) {
        const auto sound = audio::read_sound(truth.sound, {}, Seconds{3600});
        const double length = static_cast<double>(sound.frames()) / sound.rate().value;
        const int count = std::stoi(truth.facts["beats"]);
        for (int b = 0; b < count; ++b) truth.beats.push_back(length * b / count);
      }
      if (truth.beats.size() < 4) continue;
      const double own = 60 * static_cast<double>(truth.beats.size() - 1) / (truth.beats.back() - truth.beats.front());
      Group& group = groups[truth.facts.contains("group") ? truth.facts["group"] : truth.facts.contains("beats") ? "exact loops" : "annotated by people"];
      ++group.files;
      const std::string name = truth.facts.contains("group") ? truth.sound.parent_path().parent_path().filename().string() : truth.sound.filename().string();
      try {
        studio::FitRequest request;
        request.files = {truth.sound};
        request.bpm = std::round(own * 1.04);
        request.out = out;
        std::filesystem::remove(out);
        const studio::Fitted fitted = studio::fit_files(request, Progress()).front();
        if (!fitted.problem.empty()) throw Error(ErrorCode::InvalidArgument, fitted.problem);
        const auto off = errors(fitted.warp, truth.beats, request.bpm);
        group.off.insert(group.off.end(), off.begin(), off.end());
        group.worst_rise = std::max(group.worst_rise, fitted.seam.rise.value);
        group.worst_slope = std::max(group.worst_slope, fitted.seam.slope.value);
        group.own.push_back(fitted.after.worst_ms);
        group.good += percentile(off, 0.95) <= 10;
        std::puts(fmt::format("{:40} {:6.1f} to {:5.1f} bpm  conf {:4.2f} | true beats: median {:6.1f} ms, 95 % {:6.1f} ms | own: before {:6.1f} / {:6.1f}, after {:5.1f} / {:5.1f} ms | seam {:6.1f} dB", name.substr(0, 40),
                              fitted.source_bpm, request.bpm, fitted.confidence, percentile(off, 0.5), percentile(off, 0.95), fitted.before.median_ms, fitted.before.worst_ms, fitted.after.median_ms, fitted.after.worst_ms, fitted.seam.step.value)
                      .c_str());
      } catch (const Error& e) {
        ++group.refused;
        std::puts(fmt::format("{:40} refused: {}", name.substr(0, 40), e.what()).c_str());
      }
      std::fflush(stdout);
    }
  std::filesystem::remove(out);
  for (const auto& [name, g] : groups) {
    const auto within = [&](double ms) { return g.off.empty() ? 0.0 : 100.0 * static_cast<double>(std::count_if(g.off.begin(), g.off.end(), [&](double x) { return x <= ms; })) / static_cast<double>(g.off.size()); };
    const auto own = [&](double ms) { return g.own.empty() ? 0.0 : 100.0 * static_cast<double>(std::count_if(g.own.begin(), g.own.end(), [&](double x) { return x <= ms; })) / static_cast<double>(g.own.size()); };
    std::puts(fmt::format("{:24} {:3} files, {:2} refused, {:3} with 95 % within 10 ms | of {:5} beats within 5 ms {:5.1f} %, 10 ms {:5.1f} %, 20 ms {:5.1f} % | files whose own 95 % is within 10 ms {:5.1f} %, 20 ms {:5.1f} % | step at a seam at most {:5.1f} dB, slope {:5.1f} dB against the largest inside", name, g.files, g.refused, g.good, g.off.size(),
                          within(5), within(10), within(20), own(10), own(20), g.worst_rise, g.worst_slope)
                  .c_str());
  }
}

}  // namespace figment::hear
