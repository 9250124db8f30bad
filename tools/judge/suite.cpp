#include "suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "score/scale.h"
#include "spectrum.h"

namespace figment::judge {
using nlohmann::json;
namespace {

// Power density of commercial recordings falls by 5 dB an octave from 100 Hz to 4 kHz and faster above; genres lie
// about two decibels to either side (sources in spectrum.h).
constexpr double kSteepest = -7.5, kFlattest = -3.5;

std::string trimmed(const std::string& s) {
  const auto begin = s.find_first_not_of(" \t\r"), end = s.find_last_not_of(" \t\r");
  return begin == std::string::npos ? "" : s.substr(begin, end - begin + 1);
}

struct Count {
  int met = 0, of = 0;
  std::vector<std::string> missed;
  void add(bool ok, const std::string& song, const std::string& what) {
    ++of;
    if (ok)
      ++met;
    else
      missed.push_back(what.empty() ? song : song + " " + what);
  }
  [[nodiscard]] double share() const { return of == 0 ? 1 : static_cast<double>(met) / of; }
};

}  // namespace

std::vector<Asked> read_prompts(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw Error(ErrorCode::NotFound, file.string() + " cannot be read", "name the prompt suite with --prompts");
  std::vector<Asked> all;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (trimmed(line).empty() || line[0] == '#') continue;
    std::vector<std::string> cells;
    std::istringstream split(line);
    for (std::string cell; std::getline(split, cell, '|');) cells.push_back(trimmed(cell));
    const auto fail = [&](const std::string& why) {
      throw Error(ErrorCode::Corrupt, fmt::format("{}:{}: {}", file.string(), number, why),
                  "name | bpm | key | metre | length | kind | prompt");
    };
    if (cells.size() != 7) fail("seven columns expected");
    Asked a;
    a.name = cells[0], a.prompt = cells[6];
    if (cells[1] != "-") a.bpm = std::strtod(cells[1].c_str(), nullptr);
    if (cells[2] != "-") a.key = score::parse_key(cells[2]).text();
    if (cells[3] != "-") a.metre = cells[3];
    const double amount = std::strtod(cells[4].c_str(), nullptr);
    if (cells[4] != "-" && amount <= 0) fail("a length is a number of bars or s");
    if (cells[4].ends_with("bars"))
      a.bars = static_cast<int>(amount);
    else
      a.seconds = cells[4] == "-" ? 0 : amount;
    a.solo = cells[5] == "solo";
    all.push_back(std::move(a));
  }
  return all;
}

Table table_of(const std::vector<json>& judged, const std::vector<Asked>& asked) {
  Table out;
  Count made, obeyed, tempo, key, qm_key, loudness, peak, silence, grid, mono, slope, length, stems, differ;
  std::string songs =
      "| song | style | tempo heard, error | key asked → libkeyfinder, qm-dsp | LUFS | dBTP | LRA | silence | on grid "
      "| mono loss | slope | stems |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  long onsets = 0, on_grid = 0;
  for (const Asked& a : asked) {
    const auto it =
        std::find_if(judged.begin(), judged.end(), [&](const json& j) { return j.value("song", "") == a.name; });
    if (it == judged.end()) continue;
    const json& j = *it;
    const auto number = [&](const char* field) { return j.value(field, 0.0); };
    const double bar_s = number("length_s") / std::max(1.0, number("bars"));
    std::string wrong;
    if (a.bpm > 0 && std::abs(number("bpm") - a.bpm) > 1e-6)
      wrong += fmt::format("{:g} bpm for {:g} ", number("bpm"), a.bpm);
    if (!a.key.empty() && j.value("key", "") != a.key) wrong += fmt::format("{} for {} ", j.value("key", ""), a.key);
    if (!a.metre.empty() && j.value("metre", "") != a.metre)
      wrong += fmt::format("{} for {} ", j.value("metre", ""), a.metre);
    if (a.bars > 0 && j.value("bars", 0) != a.bars) wrong += fmt::format("{} bars for {} ", j.value("bars", 0), a.bars);
    if (a.seconds > 0 && std::abs(number("length_s") - a.seconds) > bar_s / 2 + 0.01)
      wrong += fmt::format("{:.1f} s for {:g} ", number("length_s"), a.seconds);
    obeyed.add(wrong.empty(), a.name, wrong);
    length.add(std::abs(number("length_error_frames")) <= 1, a.name,
               fmt::format("{} frames", number("length_error_frames")));
    const bool drums = j.value("drums", false), tonal = j.value("tonal", false) && !a.solo;
    if (drums)
      tempo.add(number("tempo_error") <= 0.01, a.name,
                fmt::format("asked {:g}, heard {:g} and {:g}", number("bpm"), number("aubio_bpm"), number("qm_bpm")));
    const auto judge_key = [&](Count& count, const std::string& by) {
      const std::string related = j.value(by + "_relation", "");
      if (tonal && !related.empty())
        count.add(related == "same" || related == "relative", a.name,
                  j.value("key", "") + " heard as " + j.value(by, ""));
    };
    judge_key(key, "libkeyfinder_key");
    judge_key(qm_key, "qm_key");
    loudness.add(std::abs(number("lufs") - number("target_lufs")) <= 0.3 + 1e-9, a.name,
                 fmt::format("{:.1f} for {:g}", number("lufs"), number("target_lufs")));
    peak.add(number("true_peak_dbtp") <= number("ceiling_dbtp") + 1e-9, a.name,
             fmt::format("{:.1f}", number("true_peak_dbtp")));
    silence.add(number("silence_s") <= 1, a.name, fmt::format("{:.2f} s", number("silence_s")));
    onsets += j.value("onsets", 0);
    on_grid += std::lround(number("on_grid") * j.value("onsets", 0));
    if (j.value("onsets", 0) > 0)
      grid.add(number("on_grid") >= 0.95, a.name, fmt::format("{:.0f} %", 100 * number("on_grid")));
    mono.add(number("mono_loss_lu") <= 3, a.name, fmt::format("{:.1f} LU", number("mono_loss_lu")));
    if (!a.solo)
      slope.add(number("slope_db_oct") >= kSteepest && number("slope_db_oct") <= kFlattest, a.name,
                fmt::format("{:.1f}", number("slope_db_oct")));
    stems.add(number("stems_residual_db") <= -90, a.name, fmt::format("{:.0f} dB", number("stems_residual_db")));
    songs += fmt::format(
        "| {} | {} | {} | {} → {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} s | {} | {:.1f} | {:.1f} | {:.0f} |\n", a.name,
        j.value("style", ""), drums ? fmt::format("{:g}, {:.1f} %", number("bpm"), 100 * number("tempo_error")) : "–",
        j.value("key", ""), tonal ? j.value("libkeyfinder_key", "–") + ", " + j.value("qm_key", "") : "–",
        number("lufs"), number("true_peak_dbtp"), number("range_lu"), number("silence_s"),
        j.value("onsets", 0) > 0 ? fmt::format("{:.0f} % of {}", 100 * number("on_grid"), j.value("onsets", 0)) : "–",
        number("mono_loss_lu"), number("slope_db_oct"), number("stems_residual_db"));
  }
  for (const Asked& a : asked)
    made.add(std::any_of(judged.begin(), judged.end(), [&](const json& j) { return j.value("song", "") == a.name; }),
             a.name, "");

  // Every pair of songs: how many of the features differ clearly.
  std::vector<int> apart;
  std::string closest;
  for (std::size_t i = 0; i < judged.size(); ++i)
    for (std::size_t k = i + 1; k < judged.size(); ++k) {
      const int n =
          clear_differences(judged[i].at("features").get<Features>(), judged[k].at("features").get<Features>());
      if (apart.empty() || n < *std::min_element(apart.begin(), apart.end()))
        closest = judged[i].value("song", "") + " and " + judged[k].value("song", "");
      apart.push_back(n);
      differ.add(n >= 4, judged[i].value("song", "") + "/" + judged[k].value("song", ""), std::to_string(n));
    }
  std::sort(apart.begin(), apart.end());

  const auto line = [&](const char* measure, const Count& c, double wanted, const char* asked_for) {
    const bool met = c.share() >= wanted - 1e-9;
    out.all_met = out.all_met && met;
    std::string missed;
    for (std::size_t i = 0; i < c.missed.size() && i < 12; ++i) missed += (i > 0 ? "; " : "") + c.missed[i];
    if (c.missed.size() > 12) missed += "; …";
    out.markdown += fmt::format("| {} | {} | **{:.1f} %** ({} of {}) {} | {} |\n", measure, asked_for, 100 * c.share(),
                                c.met, c.of, met ? "✓" : "✗", missed);
  };
  out.markdown = "| measure | wanted | found | missed by |\n|---|---|---|---|\n";
  line("songs made", made, 1, "all");
  line("tempo, key, metre, length as asked (length in seconds to the nearest bar)", obeyed, 1, "all");
  line("length is its bars to the frame", length, 1, "all");
  line("tempo within 1 % (half, double allowed), better of aubio and qm-dsp, songs with drums", tempo, 0.9, "90 %");
  line("key as asked or its relative, tonal songs, qm-dsp GetKeyMode", qm_key, 0.85, "85 %");
  if (key.of > 0) line("the same by libkeyfinder", key, 0, "(told beside it)");
  line("loudness within 0.3 LU of the target, ffmpeg ebur128", loudness, 1, "all");
  line("true peak at most the ceiling, ffmpeg ebur128", peak, 1, "all");
  line("no silence over 1 s inside, ffmpeg silencedetect -60 dBFS", silence, 1, "all");
  const double hits = onsets > 0 ? static_cast<double>(on_grid) / static_cast<double>(onsets) : 1;
  out.all_met = out.all_met && hits >= 0.95;
  out.markdown += fmt::format(
      "| onsets within 15 ms of the swung grid, aubio on drum stems (melodic ones where there are no drums) | 95 % | "
      "**{:.1f} %** of {} {} | songs below 95 %: {} |\n",
      100 * hits, onsets, hits >= 0.95 ? "✓" : "✗",
      grid.missed.empty() ? "none" : fmt::format("{}", fmt::join(grid.missed, "; ")));
  line("mono fold-down loses at most 3 LU, ffmpeg ebur128", mono, 1, "all");
  line("slope of power density 100 Hz – 10 kHz between -7.5 and -3.5 dB/octave", slope, 1, "all");
  line("stems sum to the pre-master within -90 dB", stems, 1, "all");
  line("pairs of songs that differ clearly in at least 4 of 36 features", differ, 1, "all");
  if (!apart.empty())
    out.markdown +=
        fmt::format("\nOf 36 features, two songs differ clearly in {} at the least ({}), in {} at the median.\n",
                    apart.front(), closest, apart[apart.size() / 2]);
  out.markdown += "\n" + songs;
  return out;
}

}  // namespace figment::judge
