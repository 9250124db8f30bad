#include "show_generate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "show_fit.h"

namespace figment::cli {
namespace {

double seconds_of(const studio::Generated& m) { return static_cast<double>(m.frames) / m.facts.rate.value; }

}  // namespace

std::string generated_text(const std::vector<studio::Generated>& made) {
  std::string out;
  for (const studio::Generated& m : made) {
    if (m.fitted) {
      studio::Fitted fitted = *m.fitted;
      fitted.weights.clear();       // said below
      out += fit_text({fitted}) + fmt::format("  made      {:.1f} s, seed {}, in {:.0f} s\n", seconds_of(m), m.seed, m.took);
      continue;
    }
    out += fmt::format("{}  {:.1f} s, {:g} Hz, {}, seed {}, made in {:.0f} s\n", m.file.string(), seconds_of(m), m.facts.rate.value, m.facts.channels == 1 ? "mono" : "stereo", m.seed, m.took);
    if (m.stopped) out += fmt::format("  stopped   after {:.1f} of {:.1f} s; what there was is kept\n", seconds_of(m), static_cast<double>(m.facts.frames) / m.facts.rate.value);
    if (m.gain_db < -0.01) out += fmt::format("  level     turned down by {:.1f} dB, to a peak of -1 dBFS\n", -m.gain_db);
    for (const std::string& remark : m.facts.remarks) out += "  note      " + remark + "\n";
  }
  if (made.empty()) return out;
  out += "  told      " + made.front().facts.text + "\n";
  out += "  weights   " + song::weights_text(made.front().weights) + "\n";
  if (!song::commercial_use_allowed(made.front().weights)) out += "  licence   these weights do not allow commercial use of what they make\n";
  return out;
}

std::string generated_json(const std::vector<studio::Generated>& made) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const studio::Generated& m : made) {
    nlohmann::ordered_json j{{"file", m.file.string()}, {"sha256", m.sha256}, {"seed", m.seed}, {"seconds", seconds_of(m)}, {"frames", m.frames}, {"rate_hz", m.facts.rate.value}, {"channels", m.facts.channels},
                             {"stopped", m.stopped}, {"gain_db", m.gain_db}, {"took_seconds", m.took}, {"told", m.facts.text}, {"remarks", m.facts.remarks}, {"commercial_use", song::commercial_use_allowed(m.weights)},
                             {"recipe", nlohmann::ordered_json::parse(m.recipe)}};
    if (m.fitted) j["fitted"] = nlohmann::ordered_json::parse(fit_json({*m.fitted})).at(0);
    list.push_back(std::move(j));
  }
  return nlohmann::ordered_json{{"music", list}}.dump(1) + "\n";
}

}  // namespace figment::cli
