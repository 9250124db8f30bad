#include "build/effect_chain.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "dsp/processor.h"

namespace figment::build {
namespace {

std::size_t parameter_index(const dsp::Processor& processor, const std::string& name, const std::string& where) {
  const auto parameters = processor.parameters();
  std::string known;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (name == parameters[i].name) return i;
    known += (i == 0 ? "" : ", ") + std::string(parameters[i].name);
  }
  throw Error(ErrorCode::Corrupt, where + " has no parameter \"" + name + "\"", "it has: " + known);
}

// "1.cutoff_hz" → the second effect, "cutoff_hz". False for targets of the strip itself.
bool effect_target(const std::string& target, std::size_t& effect, std::string& parameter) {
  const auto dot = target.find('.');
  if (dot == std::string::npos) return false;
  const auto [end, status] = std::from_chars(target.data(), target.data() + dot, effect);
  if (status != std::errc{} || end != target.data() + dot) return false;
  parameter = target.substr(dot + 1);
  return true;
}

}  // namespace

mix::Curve to_curve(const std::vector<song::AutomationPoint>& points, const score::TempoMap& tempo, Hertz rate) {
  mix::Curve curve;
  for (const song::AutomationPoint& p : points) curve.points.push_back({to_frames(tempo.seconds(p.at), rate).value, p.value});
  return curve;
}

std::vector<mix::Insert> make_inserts(std::span<const song::Effect> effects, std::size_t first, std::size_t last,
                                      std::span<const song::Automation> automation, const score::TempoMap& tempo,
                                      Hertz rate, const std::function<int(const std::string&)>& strip_of,
                                      const std::string& where) {
  std::vector<mix::Insert> inserts;
  for (std::size_t i = first; i < last; ++i) {
    const song::Effect& effect = effects[i];
    const std::string name = where + ": effect " + std::to_string(i + 1) + " (" + effect.type + ")";
    mix::Insert insert;
    try {
      insert.processor = dsp::make_processor(effect.type);
    } catch (const Error& e) {
      throw Error(ErrorCode::Corrupt, name + ": " + e.what(), e.hint());
    }
    for (const auto& [parameter, value] : effect.parameters)
      insert.processor->set(parameter_index(*insert.processor, parameter, name), value);
    if (!effect.key.empty()) insert.key = strip_of(effect.key);
    for (const song::Automation& lane : automation) {
      std::size_t number = 0;
      std::string parameter;
      if (!effect_target(lane.target, number, parameter) || number != i) continue;
      insert.lanes.push_back({parameter_index(*insert.processor, parameter, name), to_curve(lane.points, tempo, rate)});
    }
    inserts.push_back(std::move(insert));
  }
  return inserts;
}

std::size_t own_effects(const song::Track& track) noexcept {
  const auto keyed = std::find_if(track.effects.begin(), track.effects.end(), [](const song::Effect& e) { return !e.key.empty(); });
  return static_cast<std::size_t>(keyed - track.effects.begin());
}

}  // namespace figment::build
