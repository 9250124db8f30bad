#include "studio/split_report_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace figment::studio {
namespace {

using nlohmann::ordered_json;
using separation::Ghost;

double at(double x, double step) { return std::round(x / step) * step; }

Ghost ghost_from(const std::string& text) {
  for (const Ghost ghost : {Ghost::No, Ghost::Silent, Ghost::Faint, Ghost::Leaked})
    if (text == separation::name(ghost)) return ghost;
  throw std::runtime_error("no such ghost: " + text);
}

}  // namespace

ordered_json to_json(const separation::StemFacts& facts) {
  ordered_json like = ordered_json::array();
  for (const separation::Likeness& l : facts.like)
    like.push_back({{"of", l.of}, {"explained", at(l.explained, 1e-4)}, {"low", at(l.low, 1e-4)}, {"mid", at(l.mid, 1e-4)}, {"high", at(l.high, 1e-4)}});
  return {{"name", facts.name}, {"share_db", at(facts.share_db, 0.01)}, {"strongest_db", at(facts.strongest_db, 0.01)}, {"loudness_lufs", at(facts.loudness.value, 1e-4)}, {"peak_dbfs", at(facts.peak.value, 0.01)},
          {"true_peak_dbtp", at(facts.true_peak.value, 0.01)}, {"active", at(facts.active, 1e-4)}, {"like", like}, {"ghost", separation::name(facts.ghost)}, {"remark", facts.remark}};
}

ordered_json to_json(const separation::StemReport& report) {
  ordered_json stems = ordered_json::array();
  for (const separation::StemFacts& facts : report.stems) stems.push_back(to_json(facts));
  return {{"mix_loudness_lufs", at(report.mix_loudness.value, 1e-4)}, {"left_over_db", at(report.left_over_db, 0.01)}, {"stems", stems}};
}

separation::StemReport stem_report_from(const nlohmann::json& json) {
  separation::StemReport report;
  report.mix_loudness = Lufs{json.at("mix_loudness_lufs")};
  report.left_over_db = json.at("left_over_db");
  for (const auto& j : json.at("stems")) {
    separation::StemFacts facts;
    facts.name = j.at("name");
    facts.share_db = j.at("share_db");
    facts.strongest_db = j.at("strongest_db");
    facts.loudness = Lufs{j.at("loudness_lufs")};
    facts.peak = Decibels{j.at("peak_dbfs")};
    facts.true_peak = Decibels{j.at("true_peak_dbtp")};
    facts.active = j.at("active");
    for (const auto& l : j.at("like")) facts.like.push_back({l.at("of"), l.at("explained"), l.at("low"), l.at("mid"), l.at("high")});
    facts.ghost = ghost_from(j.at("ghost"));
    facts.remark = j.at("remark");
    report.stems.push_back(std::move(facts));
  }
  return report;
}

}  // namespace figment::studio
