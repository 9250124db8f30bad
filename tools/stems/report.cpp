#include "report.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "bss_eval.h"
#include "measures.h"

namespace figment::stems {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Measure {
  const char* name;
  double StemScores::*value;
  bool needs_projections;
};
constexpr std::array<Measure, 6> kMeasures{{{"SDR (BSS Eval v4)", &StemScores::bss_sdr, false},
                                            {"SDR (whole)", &StemScores::sdr, false},
                                            {"SI-SDR", &StemScores::si_sdr, false},
                                            {"ISR", &StemScores::isr, true},
                                            {"SIR", &StemScores::sir, true},
                                            {"SAR", &StemScores::sar, true}}};

std::string number(double x) { return std::isnan(x) ? "–" : fmt::format("{:.2f}", x); }

double median_over(const MethodScores& method, std::size_t stem, const Measure& measure) {
  std::vector<double> values;
  for (const MixtureScores& m : method.mixtures) values.push_back(m.stems[stem].*measure.value);
  return median_of_numbers(values);
}

}  // namespace

std::array<StemScores, 4> judge_stems(const Mixture& mixture, const FourStems& estimates, bool projections) {
  std::array<StemScores, 4> scores;
  scores.fill({kNaN, kNaN, kNaN, kNaN, kNaN, kNaN});
  std::vector<audio::AudioView> truth, heard;
  std::vector<std::size_t> which;
  for (std::size_t s = 0; s < kStems.size(); ++s) {
    if (!mixture.has(s)) continue;
    scores[s].sdr = sdr(mixture.stems[s].view(), estimates[s].view());
    scores[s].si_sdr = si_sdr(mixture.stems[s].view(), estimates[s].view());
    if (audio::peak(estimates[s].view()) == 0) {
      scores[s].bss_sdr = 0;
      continue;
    }
    truth.push_back(mixture.stems[s].view()), heard.push_back(estimates[s].view()), which.push_back(s);
  }
  if (which.empty()) return scores;
  const auto second = static_cast<std::int64_t>(std::lround(mixture.mix.rate().value));
  const auto windows = bss_eval(truth, heard, {.window = second, .hop = second, .projections = projections});
  for (std::size_t i = 0; i < which.size(); ++i) {
    StemScores& s = scores[which[i]];
    s.bss_sdr = median_of_numbers(windows[i].sdr), s.isr = median_of_numbers(windows[i].isr), s.sir = median_of_numbers(windows[i].sir), s.sar = median_of_numbers(windows[i].sar);
  }
  return scores;
}

std::string table_of(const std::vector<MethodScores>& methods, bool projections) {
  std::string text = "| dB | method |";
  for (const char* stem : kStems) text += fmt::format(" {} |", stem);
  text += " all |\n|---|---|---|---|---|---|---|\n";
  for (const Measure& measure : kMeasures) {
    if (measure.needs_projections && !projections) continue;
    for (const MethodScores& method : methods) {
      text += fmt::format("| {} | {} |", measure.name, method.method);
      double all = 0;
      for (std::size_t s = 0; s < kStems.size(); ++s) {
        const double median = median_over(method, s, measure);
        all += median / 4;
        text += " " + number(median) + " |";
      }
      text += " " + number(all) + " |\n";
    }
  }
  text += "\n| method | mixtures | sound | time | times real time | processor time | sound / processor time |\n|---|---|---|---|---|---|---|\n";
  for (const MethodScores& method : methods) {
    double time = 0, processor = 0, sound = 0;
    for (const MixtureScores& m : method.mixtures) time += m.seconds, processor += m.processor_seconds, sound += m.sound_seconds;
    text += fmt::format("| {} | {} | {:.0f} s | {:.1f} s | {} | {:.1f} s | {} |\n", method.method, method.mixtures.size(), sound, time, number(time > 0 ? sound / time : kNaN), processor,
                        number(processor > 0 ? sound / processor : kNaN));
  }
  return text;
}

std::string lines_of(const std::vector<MethodScores>& methods) {
  std::string text = "mixture\tmethod\tstem";
  for (const Measure& measure : kMeasures) text += fmt::format("\t{}", measure.name);
  text += "\n";
  for (const MethodScores& method : methods)
    for (const MixtureScores& m : method.mixtures)
      for (std::size_t s = 0; s < kStems.size(); ++s) {
        text += fmt::format("{}\t{}\t{}", m.mixture, method.method, kStems[s]);
        for (const Measure& measure : kMeasures) text += "\t" + number(m.stems[s].*measure.value);
        text += "\n";
      }
  return text;
}

}  // namespace figment::stems
