#include "show_master.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "show.h"

namespace figment::cli {
namespace {

using analysis::Measures;
using nlohmann::ordered_json;

// Of silence there are no decibels.
std::string level(double db) { return db <= -190 ? std::string("–") : fmt::format("{:.1f}", db); }
ordered_json level_json(double db) { return db <= -190 ? ordered_json(nullptr) : ordered_json(std::round(db * 100) / 100); }
double hundredths(double value) { return std::round(value * 100) / 100; }

ordered_json json_of(const Measures& m) {
  ordered_json j{{"seconds", m.length().value}, {"frames", m.frames}, {"rate_hz", m.rate.value}, {"channels", m.channels},
                 {"loudness_lufs", level_json(m.loudness.integrated.value)}, {"loudest_momentary_lufs", level_json(m.loudness.loudest_momentary.value)},
                 {"range_lu", hundredths(m.loudness.range)}, {"true_peak_dbtp", level_json(m.loudness.true_peak.value)},
                 {"sample_peak_dbfs", level_json(m.loudness.sample_peak.value)}, {"plr_db", m.silent() ? ordered_json(nullptr) : ordered_json(hundredths(m.plr_db()))},
                 {"width", std::round(m.width * 1e4) / 1e4}, {"mono_loss_db", hundredths(m.mono_loss_db)}, {"dc", m.dc}, {"clipped", m.clipped}};
  for (const double l : m.spectrum) j["third_octaves_db"].push_back(level_json(l));
  j["short_term_lufs"] = ordered_json::array();
  for (const Lufs l : m.short_term) j["short_term_lufs"].push_back(level_json(l.value));
  return j;
}

std::string row(const char* what, const std::vector<std::string>& values) {
  std::string out = fmt::format("  {:<22}", what);
  for (const auto& v : values) out += fmt::format("{:>10}", v);
  return out + "\n";
}

// Octaves: 31 bands fit no screen. Each relative to the mean of its sound, as that is what is compared.
std::string octaves(const std::vector<const Measures*>& sounds, const std::vector<const char*>& names) {
  std::string out = "  octaves, dB       ";
  for (const char* f : {"31", "63", "125", "250", "500", "1k", "2k", "4k", "8k", "16k"}) out += fmt::format("{:>6}", f);
  out += "\n";
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    std::array<double, 10> levels{};
    double mean = 0;
    for (std::size_t o = 0; o < 10; ++o) {
      double sum = 0;
      for (std::size_t b = 3 * o + 1; b <= 3 * o + 3; ++b) sum += std::pow(10, sounds[i]->spectrum[b] / 10);
      levels[o] = 10 * std::log10(std::max(sum, 1e-20));
      if (o >= 2 && o <= 7) mean += levels[o] / 6;
    }
    out += fmt::format("    {:<16}", names[i]);
    for (const double l : levels) out += l - mean < -99 ? fmt::format("{:>6}", "–") : fmt::format("{:>6.1f}", l - mean);
    out += "\n";
  }
  return out;
}

}  // namespace

std::string master_text(const studio::Mastered& m) {
  std::string out;
  const std::string to = fmt::format("{:.1f} LUFS, at most {:.1f} dBTP", m.target.value, m.ceiling.value);
  if (m.nothing) out += fmt::format("{}: nothing to do, {}\n", m.file.string(), m.because);
  else out += m.out.string() + "\n";
  out += "  target   " + to + (m.wanted ? ", like " + m.reference.string() : m.balance.empty() ? "" : fmt::format(", balance of {} (it was {:.1f} dB off on average)", m.balance, m.balance_off_db)) + "\n";
  out += licence_line(m.weights);
  for (const std::string& line : m.found) out += "  found    " + line + "\n";
  for (const std::string& line : m.done) out += "  did      " + line + "\n";
  for (const std::string& line : m.short_of) out += "  missing  " + line + "\n";
  std::vector<const Measures*> sounds{&m.before};
  std::vector<const char*> names{m.nothing ? "as it is" : "before"};
  if (!m.nothing) sounds.push_back(&m.after), names.push_back("after");
  if (m.wanted) sounds.push_back(&*m.wanted), names.push_back("reference");
  const auto values = [&](auto of) {
    std::vector<std::string> list;
    list.reserve(sounds.size());
    for (const Measures* s : sounds) list.push_back(of(*s));
    return list;
  };
  out += "\n" + row("", {names.begin(), names.end()});
  out += row("loudness, LUFS", values([](const Measures& s) { return level(s.loudness.integrated.value); }));
  out += row("range, LU", values([](const Measures& s) { return fmt::format("{:.1f}", s.loudness.range); }));
  out += row("true peak, dBTP", values([](const Measures& s) { return level(s.loudness.true_peak.value); }));
  out += row("sample peak, dBFS", values([](const Measures& s) { return level(s.loudness.sample_peak.value); }));
  out += row("PLR, dB", values([](const Measures& s) { return s.silent() ? std::string("–") : level(s.plr_db()); }));
  out += row("width", values([](const Measures& s) { return s.channels == 1 ? std::string("mono") : fmt::format("{:.2f}", s.width); }));
  out += row("lost in mono, dB", values([](const Measures& s) { return fmt::format("{:.1f}", s.mono_loss_db); }));
  out += octaves(sounds, names);
  if (m.match_before_db)
    out += m.nothing ? fmt::format("  third octaves differ from the reference by {:.1f} dB on average\n", *m.match_before_db)
                     : fmt::format("  third octaves differ from the reference by {:.1f} dB on average, before {:.1f}\n", *m.match_after_db, *m.match_before_db);
  if (!m.picture.empty()) out += "  picture  " + m.picture.string() + "\n";
  return out;
}

std::string master_json(const studio::Mastered& m) {
  ordered_json j{{"file", m.file.string()}, {"nothing", m.nothing}};
  if (m.nothing) j["because"] = m.because;
  else j["out"] = m.out.string();
  if (!m.picture.empty()) j["picture"] = m.picture.string();
  if (m.wanted) j["reference"] = m.reference.string();
  j["target_lufs"] = m.target.value;
  j["ceiling_dbtp"] = m.ceiling.value;
  if (!m.balance.empty()) j["balance"] = {{"name", m.balance}, {"off_db", hundredths(m.balance_off_db)}};
  if (m.match_before_db) j["match"] = {{"before_db", hundredths(*m.match_before_db)}, {"after_db", hundredths(*m.match_after_db)}};
  j["weights"] = song::to_json(m.weights);
  j["found"] = m.found;
  j["done"] = m.done;
  j["missing"] = m.short_of;
  if (!m.nothing) j["settings"] = {{"equalizer_db", m.equalizer_db}, {"gain_db", m.gain_db}, {"limiter_deepest_db", hundredths(m.limited_db)}, {"side_factor", m.widened}};
  for (int b = 0; b < analysis::kBands; ++b) j["third_octaves_hz"].push_back(std::round(analysis::band_centre(b).value * 10) / 10);
  j["before"] = json_of(m.before);
  if (!m.nothing) j["after"] = json_of(m.after);
  if (m.wanted) j["wanted"] = json_of(*m.wanted);
  return j.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace figment::cli
