#include "show_chop.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "show.h"

namespace figment::cli {

std::string chop_text(const studio::ChopMade& made) {
  std::string out = fmt::format("{}  {} samples\n", made.pack.string(), made.entries.size());
  if (made.bpm > 0) out += fmt::format("  tempo      {:.2f} bpm, confidence {:.2f}{}\n", made.bpm, made.confidence, made.key.empty() ? "" : ", " + made.key);
  const auto loops = made.counts.find("loop");
  const int loop_count = loops == made.counts.end() ? 0 : loops->second;
  std::string kinds;
  for (const auto& [kind, count] : made.counts)
    if (kind != "loop") kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count, kind);
  out += fmt::format("  one-shots  {} of {} cut ({}); the others are like them\n", made.entries.size() - static_cast<std::size_t>(loop_count), made.cut, kinds);
  if (loop_count > 0) {
    double worst = -200;
    std::map<int, int> lengths;
    for (const studio::PackEntry& e : made.entries)
      if (e.kind == "loop") worst = std::max(worst, e.seam_step_db), ++lengths[e.bars];
    std::string text;
    for (const auto& [bars, count] : lengths) text += fmt::format("{}{} of {} bar{}", text.empty() ? "" : ", ", count, bars, bars == 1 ? "" : "s");
    out += fmt::format("  loops      {}; largest step at a seam {:.0f} dB of the peak\n", text, worst);
  }
  out += licence_line(made.weights);
  for (const std::string& remark : made.remarks) out += "  note       " + remark + "\n";
  return out;
}

std::string chop_json(const studio::ChopMade& made) {
  nlohmann::ordered_json j{{"pack", made.pack.string()}, {"bpm", made.bpm}, {"bpm_confidence", made.confidence}, {"key", made.key}, {"attacks", made.attacks}, {"cut", made.cut}, {"counts", made.counts}, {"weights", song::to_json(made.weights)}, {"remarks", made.remarks}};
  j["samples"] = nlohmann::ordered_json::array();
  for (const studio::PackEntry& e : made.entries)
    j["samples"].push_back({{"file", e.file}, {"class", e.kind}, {"confidence", e.sure}, {"begin_s", e.begin_s}, {"length_s", e.length_s}, {"note", e.note}, {"bars", e.bars}, {"alike", e.alike}, {"seam_step_db", e.seam_step_db}});
  return j.dump(1) + "\n";
}

}  // namespace figment::cli
