#include "show_analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace figment::cli {
namespace {

using analysis::SoundAnalysis;

constexpr double kUnsure = 0.3;

std::string clock(Seconds t) {
  const auto tenths = static_cast<long>(std::lround(t.value * 10));
  return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

std::string doubt(double confidence) { return fmt::format("confidence {:.2f}{}", confidence, confidence < kUnsure ? ", unsure" : ""); }

std::string row(const char* name, const std::string& text) { return fmt::format("  {:9} {}\n", name, text); }

std::string tempo_rows(const SoundAnalysis& a) {
  if (a.grid.tempo.value <= 0) return row("tempo", "none: no beat was found");
  std::string out = row("tempo", fmt::format("{:.2f} bpm, {}; {}", a.grid.tempo.value,
                                             a.grid.steady ? fmt::format("steady, attacks lie {:.1f} ms off the beat", a.grid.unsteadiness_ms)
                                                           : fmt::format("moving by {:.0f} %, attacks lie {:.1f} ms off the beat", 100 * a.grid.drift, a.grid.unsteadiness_ms),
                                             doubt(a.grid.confidence)));
  if (a.grid.candidates.size() > 1) {
    std::string others;
    for (std::size_t i = 1; i < a.grid.candidates.size(); ++i)
      others += fmt::format("{}{:.1f} bpm ({:.0f} %)", i > 1 ? ", " : "", a.grid.candidates[i].tempo.value, 100 * a.grid.candidates[i].weight);
    out += row("", "or " + others);
  }
  std::string metre = a.metre().text() + fmt::format(", {} beats; {}", a.grid.beats.size(), doubt(a.grid.bar_confidence));
  if (a.loop_beats > 0) metre += fmt::format("; a loop: the file is {} beats long", a.loop_beats);
  out += row("metre", metre);
  if (a.subdivision.swing_unit > 0) out += row("swing", fmt::format("{:.0f} % on {}ths; {}", 100 * a.subdivision.swing, a.subdivision.swing_unit, doubt(a.subdivision.confidence)));
  return out;
}

std::string harmony_rows(const SoundAnalysis& a) {
  if (a.harmony.key.confidence <= 0) return row("key", "none: nothing tonal was found");
  std::string out = row("key", fmt::format("{}; {}; next {} ({:.2f})", a.harmony.key.key.text(), doubt(a.harmony.key.confidence), a.harmony.key.second.text(), a.harmony.key.second_confidence));
  out += row("tuning", fmt::format("{:+.0f} cents from A = 440 Hz", a.tuning_cents));
  const bool flats = a.harmony.key.key.prefers_flats();
  std::string bars;
  int shown = 0;
  for (const analysis::BarChords& bar : analysis::chords_by_bar(a)) {
    if (++shown > 32) {
      bars += " …";
      break;
    }
    if (shown > 1) bars += shown % 8 == 1 ? "\n            " : " | ";
    if (bar.chords.empty()) bars += "–";
    for (std::size_t i = 0; i < bar.chords.size(); ++i) bars += (i > 0 ? " " : "") + bar.chords[i].text(flats);
  }
  if (!bars.empty()) out += row("chords", bars);
  return out;
}

std::string section_rows(const SoundAnalysis& a) {
  if (a.sections.size() < 2) return "";
  std::string out;
  for (const analysis::HeardSection& s : a.sections) {
    const int blocks = static_cast<int>(std::lround(s.energy * 10));
    std::string bar;
    for (int i = 0; i < 10; ++i) bar += i < blocks ? "■" : "·";
    out += row(out.empty() ? "sections" : "", fmt::format("{:>7}  {:2} {}  {}", clock(s.start), s.label, bar, s.bars > 0 ? fmt::format("bar {}, {} bar{}", s.bar, s.bars, s.bars == 1 ? "" : "s") : clock(s.end - s.start)));
  }
  return out;
}

std::string spectrum_row(const SoundAnalysis& a) {
  const auto between = [&](double low, double high) {
    double power = 0;
    for (int b = 0; b < analysis::kBands; ++b) {
      const double f = analysis::band_centre(b).value;
      if (f >= low && f < high) power += std::pow(10, a.spectrum[static_cast<std::size_t>(b)] / 10);
    }
    return power > 0 ? 10 * std::log10(power) : -200;
  };
  const double all = between(1, 1e6);
  if (all <= -100) return "";
  return row("spectrum", fmt::format("below 60 Hz {:.0f} dB, to 250 {:.0f}, to 2k {:.0f}, to 6k {:.0f}, above {:.0f}; slope {:.1f} dB per octave", between(1, 60) - all, between(60, 250) - all,
                                     between(250, 2000) - all, between(2000, 6000) - all, between(6000, 1e6) - all, analysis::slope(a.spectrum, Hertz{100}, Hertz{10000}) - 3));
}

std::string condition_rows(const SoundAnalysis& a) {
  std::string out;
  const analysis::Condition& c = a.condition;
  out += row("noise", c.noise_floor.value <= -120 ? std::string("pauses are digital silence") : fmt::format("the quietest twentieth lies at {:.0f} dBFS; {}", c.noise_floor.value, doubt(c.noise_confidence)));
  std::string faults;
  if (c.clipped > 0) faults += fmt::format("{} clipped samples; ", c.clipped);
  if (c.over > 0) faults += fmt::format("{} samples over full scale; ", c.over);
  if (std::abs(c.offset) > 1e-3) faults += fmt::format("DC offset {:.4f}; ", c.offset);
  if (c.correlation < -0.2) faults += "left and right cancel each other; ";
  if (a.source.repaired > 0) faults += fmt::format("{} samples were no numbers; ", a.source.repaired);
  if (!a.source.trouble.empty()) faults += a.source.trouble + "; ";
  out += row("faults", faults.empty() ? "none" : faults.substr(0, faults.size() - 2));
  return out;
}

std::string page(const studio::Analyzed& f) {
  const SoundAnalysis& a = *f.analysis;
  std::string out = fmt::format("{}  {}, {:g} Hz, {} channel{}, {}\n", f.file.string(), clock(a.length), a.source.rate.value, a.source.channels, a.source.channels == 1 ? "" : "s", a.source.format);
  out += tempo_rows(a) + harmony_rows(a) + section_rows(a);
  out += row("onsets", fmt::format("{}, {:.1f} a second; {}", a.attacks.size(), static_cast<double>(a.attacks.size()) / std::max(0.1, a.length.value), doubt(a.attack_confidence)));
  if (a.melody.monophonic > 0.8 && !a.melody.notes.empty())
    out += row("pitch", fmt::format("one voice, {} notes, {:.1f} to {:.1f} (MIDI); confidence {:.2f}", a.melody.notes.size(), a.melody.lowest, a.melody.highest, a.melody.monophonic));
  if (a.loudness.integrated.value > -190) {
    out += row("loudness", fmt::format("{:.1f} LUFS, range {:.1f} LU, true peak {:.1f} dBTP, peak to loudness {:.1f}{}", a.loudness.integrated.value, a.loudness.range, a.loudness.true_peak.value,
                                       a.loudness.true_peak.value - a.loudness.integrated.value, a.length.value < 3 ? "; short, unsure" : ""));
  } else {
    out += row("loudness", "silent");
  }
  out += spectrum_row(a);
  if (a.source.channels > 1) out += row("stereo", fmt::format("correlation {:.2f}, width {:.2f}, mono loses {:.1f} dB", a.condition.correlation, a.width, a.mono_loss_db));
  return out + condition_rows(a);
}

}  // namespace

std::string analysis_text(const std::vector<studio::Analyzed>& files) {
  if (files.size() == 1 && files.front().analysis) return page(files.front());
  std::string out = fmt::format("{:>9} {:>8} {:>5}  {:5} {:12} {:>5} {:>7} {:>6}  file\n", "length", "bpm", "sure", "metre", "key", "sure", "LUFS", "dBTP");
  int failed = 0;
  for (const studio::Analyzed& f : files) {
    if (!f.analysis) {
      ++failed;
      out += fmt::format("  {}\n", f.problem);
      continue;
    }
    const SoundAnalysis& a = *f.analysis;
    out += fmt::format("{:>9} {:8.2f} {:5.2f}  {:5} {:12} {:5.2f} {:7.1f} {:6.1f}  {}\n", clock(a.length), a.grid.tempo.value, a.grid.confidence, a.metre().text(), a.harmony.key.key.text(),
                       a.harmony.key.confidence, a.loudness.integrated.value, a.loudness.true_peak.value, f.file.string());
  }
  if (failed > 0) out += fmt::format("{} of {} files could not be measured\n", failed, files.size());
  return out;
}

}  // namespace figment::cli
