#include "show_fit.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "show.h"

namespace figment::cli {

namespace {

std::string bars_text(int bars) { return bars == 1 ? "1 bar" : fmt::format("{} bars", bars); }

}  // namespace

std::string fit_text(const std::vector<studio::Fitted>& fitted) {
  std::string out;
  for (const studio::Fitted& f : fitted) {
    if (!f.problem.empty()) {
      out += fmt::format("{}: not fitted: {}\n", f.source.string(), f.problem);
      continue;
    }
    out += fmt::format("{} → {}\n", f.source.string(), f.out.empty() ? "not kept" : f.out.string());
    out += fmt::format("  tempo     {:.2f} → {:g} bpm (played {:.1f} % {}), beats found with confidence {:.2f}\n", f.source_bpm, f.bpm, 100 * std::abs(1 / f.stretch - 1), f.stretch > 1 ? "slower" : "faster", f.confidence);
    out += fmt::format("  length    {} of {}, {} frames at {:g} Hz\n", bars_text(f.bars), f.metre, f.frames, f.rate);
    if (!f.key.empty()) out += fmt::format("  key       {} → {} ({:+.2f} semitones)\n", f.source_key, f.key, f.semitones);
    out += fmt::format("  beats     off by {:.1f} ms (95 %: {:.1f}) if left alone, {:.1f} ms (95 %: {:.1f}) now, by {} attacks; heard again at {:.2f} bpm\n", f.before.median_ms, f.before.worst_ms, f.after.median_ms, f.after.worst_ms, f.after.beats, f.heard_bpm);
    out += fmt::format("  seam      step {:.0f} dB of the peak, bend {:.0f} dB of the steepest slope\n", f.seam.step.value, f.seam.slope.value);
    out += licence_line(f.weights);
    for (const std::string& remark : f.remarks) out += "  note      " + remark + "\n";
  }
  return out;
}

std::string add_text(const studio::Added& added, const std::filesystem::path& song) {
  std::string out = fmt::format("{} on track \"{}\", {} from bar {}\n", added.sound, added.track, bars_text(added.bars), added.bar);
  if (added.fitted) out += fmt::format("  fitted    from {:.2f} bpm, beats found with confidence {:.2f}{}\n", added.source_bpm, added.confidence, added.circular ? "; a loop" : "");
  if (added.semitones != 0) out += fmt::format("  transposed by {:+.2f} semitones\n", added.semitones);
  for (const std::string& remark : added.remarks) out += "  note      " + remark + "\n";
  return out + (added.built ? build_text(added.build, song) : licence_line(added.weights) + fmt::format("  next      figment build {}\n", song.string()));
}

std::string add_json(const studio::Added& added, const std::filesystem::path& song) {
  nlohmann::ordered_json j{{"song", song.string()}, {"track", added.track}, {"sound", added.sound}, {"bar", added.bar}, {"bars", added.bars}, {"fitted", added.fitted},
                           {"source_bpm", added.source_bpm}, {"confidence", added.confidence}, {"semitones", added.semitones}, {"weights", song::to_json(added.weights)}, {"remarks", added.remarks}, {"built", added.built}};
  if (added.built) j["build"] = nlohmann::ordered_json::parse(build_json(added.build, song));
  return j.dump(1) + "\n";
}

std::string instrument_text(const studio::InstrumentSet& set, const std::filesystem::path& song) {
  std::string tracks;
  for (const std::string& id : set.tracks) tracks += (tracks.empty() ? "" : ", ") + id;
  std::string out = fmt::format("{}: now {}\n", tracks, set.instrument);
  for (const std::string& remark : set.remarks) out += "  note      " + remark + "\n";
  return out + (set.built ? build_text(set.build, song) : fmt::format("  next      figment build {}\n", song.string()));
}

std::string instrument_json(const studio::InstrumentSet& set, const std::filesystem::path& song) {
  nlohmann::ordered_json j{{"song", song.string()}, {"tracks", set.tracks}, {"instrument", set.instrument}, {"remarks", set.remarks}, {"built", set.built}};
  if (set.built) j["build"] = nlohmann::ordered_json::parse(build_json(set.build, song));
  return j.dump(1) + "\n";
}

std::string fit_json(const std::vector<studio::Fitted>& fitted) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const studio::Fitted& f : fitted) {
    nlohmann::ordered_json entry{{"source", f.source.string()}};
    if (!f.problem.empty()) {
      entry["error"] = f.problem;
    } else {
      entry["file"] = f.out.string();
      entry["source_bpm"] = f.source_bpm;
      entry["bpm"] = f.bpm;
      entry["stretch"] = f.stretch;
      entry["confidence"] = f.confidence;
      entry["bars"] = f.bars;
      entry["metre"] = f.metre;
      entry["frames"] = f.frames;
      entry["rate_hz"] = f.rate;
      entry["source_key"] = f.source_key;
      entry["key"] = f.key;
      entry["semitones"] = f.semitones;
      entry["before"] = {{"median_ms", f.before.median_ms}, {"p95_ms", f.before.worst_ms}, {"beats", f.before.beats}};
      entry["after"] = {{"median_ms", f.after.median_ms}, {"p95_ms", f.after.worst_ms}, {"beats", f.after.beats}};
      entry["heard_bpm"] = f.heard_bpm;
      entry["seam"] = {{"step_db", f.seam.step.value}, {"slope_db", f.seam.slope.value}};
      entry["score"] = f.score;
      entry["weights"] = song::to_json(f.weights);
      entry["remarks"] = f.remarks;
    }
    list.push_back(std::move(entry));
  }
  return list.dump(1) + "\n";
}

}  // namespace figment::cli
