#include "show_split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "show.h"
#include "show_chop.h"
#include "studio/split_report_json.h"

namespace figment::cli {
namespace {

using nlohmann::ordered_json;
using separation::Ghost;

std::string clock_text(double seconds) {
  const auto tenths = std::llround(seconds * 10);
  return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

std::string level_text(double db) { return db <= -199 ? "  -inf" : fmt::format("{:6.1f}", db); }

// The other stem that explains most of it.
const separation::Likeness* most_like(const separation::StemFacts& facts) {
  const auto best = std::max_element(facts.like.begin(), facts.like.end(), [](const auto& a, const auto& b) { return a.explained < b.explained; });
  return best != facts.like.end() ? &*best : nullptr;
}

std::string report_text(const studio::Splitted& made) {
  std::string out = "            of the mix   strongest   loudness    peak   sounds   rises and falls with\n";
  for (const studio::SplitStem& stem : made.stems) {
    const separation::StemFacts& f = stem.facts;
    const separation::Likeness* like = most_like(f);
    out += fmt::format("  {:<10} {} dB    {} dB  {} LUFS {} dB  {:4.0f} %   {}\n", f.name, level_text(f.share_db), level_text(f.strongest_db), level_text(f.loudness.value), level_text(f.peak.value), 100 * f.active,
                       like != nullptr && f.ghost != Ghost::Silent ? fmt::format("{} ({:.0f} %)", like->of, 100 * like->explained) : "");
  }
  if (made.report.left_over_db > -199) out += fmt::format("  what the mix has and the stems together have not: {:.1f} dB\n", made.report.left_over_db);
  return out;
}

std::string song_part(const studio::IntoSong& song) {
  std::string tracks;
  for (const std::string& id : song.tracks) tracks += (tracks.empty() ? "" : ", ") + id;
  std::string out = fmt::format("  song      {}: {}, {:.2f} bpm, {}, {}, {} bars{}\n", song.song.string(), song.made ? "new, of the record itself" : "on its grid", song.bpm, song.key, song.metre, song.bars, song.exact ? "; nothing is stretched" : "");
  out += "  tracks    " + tracks + "\n";
  for (const std::string& remark : song.remarks) out += "  note      " + remark + "\n";
  return out + (song.built ? build_text(song.build, song.song) : fmt::format("  next      figment build {}\n", song.song.string()));
}

ordered_json song_part_json(const studio::IntoSong& song) {
  ordered_json j{{"song", song.song.string()}, {"made", song.made}, {"bpm", song.bpm}, {"confidence", song.confidence}, {"key", song.key}, {"metre", song.metre}, {"bars", song.bars}, {"exact", song.exact}, {"tracks", song.tracks},
                 {"remarks", song.remarks}, {"built", song.built}};
  if (song.built) j["build"] = ordered_json::parse(build_json(song.build, song.song));
  return j;
}

}  // namespace

std::string split_text(const std::vector<studio::Splitted>& made, bool report) {
  std::string out;
  for (const studio::Splitted& m : made) {
    if (!m.problem.empty()) {
      out += fmt::format("{}\n  not split {}\n", m.source.string(), m.problem);
      continue;
    }
    out += fmt::format("{}/  {} of {}, {:g} Hz, {}, {}, by {} {} in {:.0f} s\n", m.folder.string(), m.source.filename().string(), clock_text(m.seconds), m.rate, m.channels == 1 ? "mono" : "stereo", m.floating ? "32-bit float" : "24 bit", m.engine,
                       m.version, m.took);
    if (report) {
      out += report_text(m);
    } else {
      for (const studio::SplitStem& stem : m.stems) out += fmt::format("  {:<9} {} dB of the mix, {} LUFS\n", stem.facts.name, level_text(stem.facts.share_db), level_text(stem.facts.loudness.value));
    }
    for (const studio::SplitStem& stem : m.stems)
      if (stem.facts.ghost != Ghost::No) out += fmt::format("  ghost     {}: {}\n", stem.facts.name, stem.facts.remark);
    if (m.resumed > 0) out += fmt::format("  went on   {} were finished by an earlier run\n", clock_text(m.resumed));
    for (const std::string& remark : m.remarks) out += "  note      " + remark + "\n";
    for (const studio::SplitPack& pack : m.packs) out += chop_text(pack.made);
    if (m.song) out += song_part(*m.song);
    if (!m.weights.empty() && !m.song) {
      out += "  weights   " + song::weights_text(m.weights) + "\n";
      if (!song::commercial_use_allowed(m.weights)) out += "  licence   these weights do not allow commercial use of what they make\n";
    }
  }
  return out;
}

std::string split_json(const std::vector<studio::Splitted>& made) {
  ordered_json list = ordered_json::array();
  for (const studio::Splitted& m : made) {
    if (!m.problem.empty()) {
      list.push_back({{"source", m.source.string()}, {"error", m.problem}});
      continue;
    }
    ordered_json stems = ordered_json::array(), packs = ordered_json::array();
    for (const studio::SplitStem& stem : m.stems) {
      ordered_json j = studio::to_json(stem.facts);
      j["file"] = stem.file.string();
      j["sha256"] = stem.sha256;
      stems.push_back(std::move(j));
    }
    for (const studio::SplitPack& pack : m.packs) packs.push_back({{"stem", pack.stem}, {"pack", ordered_json::parse(chop_json(pack.made))}});
    ordered_json j{{"source", m.source.string()}, {"folder", m.folder.string()}, {"engine", m.engine}, {"version", m.version}, {"rate_hz", m.rate}, {"channels", m.channels}, {"frames", m.frames}, {"seconds", m.seconds},
                   {"samples", m.floating ? "32-bit float" : "24 bit"}, {"resumed_seconds", m.resumed}, {"took_seconds", m.took}, {"mix_loudness_lufs", m.report.mix_loudness.value}, {"left_over_db", m.report.left_over_db}, {"stems", stems},
                   {"remarks", m.remarks}, {"commercial_use", song::commercial_use_allowed(m.weights)}, {"recipe", ordered_json::parse(m.recipe)}};
    if (!packs.empty()) j["packs"] = packs;
    if (m.song) j["into"] = song_part_json(*m.song);
    list.push_back(std::move(j));
  }
  return ordered_json{{"split", list}}.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace figment::cli
