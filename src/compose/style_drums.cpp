// The drum part of a style file: [[groove]] and [[fill]].
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "compose/groove_text.h"
#include "compose/style_fields.h"
#include "compose/style_reader.h"
#include "compose/style_words.h"

namespace figment::compose {
namespace {

using nlohmann::json;
using storage::Fields;

std::vector<GrooveStep> read_line(const std::string& text, const Groove& groove, const std::string& where) {
  std::vector<GrooveStep> steps = named(where, [&] { return parse_groove_line(text); });
  const double exact = groove.metre.bar().value * groove.steps_per_beat;
  const auto bar = static_cast<std::size_t>(std::lround(exact));
  const std::size_t whole = bar * static_cast<std::size_t>(groove.bars);
  // A line of fewer bars repeats.
  if (steps.empty() || steps.size() % bar != 0 || whole % steps.size() != 0) {
    corrupt(where, "wanted " + std::to_string(bar) + " steps a bar (" + groove.metre.text() + ", " +
                       std::to_string(groove.steps_per_beat) + " steps a beat) for 1 or all of " +
                       std::to_string(groove.bars) + " bars, found " + std::to_string(steps.size()) + " steps in " +
                       shown(text));
  }
  const std::size_t once = steps.size();
  steps.resize(whole);
  for (std::size_t i = once; i < whole; ++i) steps[i] = steps[i - once];
  return steps;
}

Groove read_groove(const json& entry, const std::string& where, const Style& style, const std::vector<Groove>& before) {
  Fields g(entry, where);
  Groove groove;
  groove.metre = style.metres.front().value;
  if (g.has("like")) {
    const std::string model = g.text("like");
    const auto found = std::find_if(before.begin(), before.end(), [&](const Groove& b) { return b.name == model; });
    if (found == before.end()) g.fail("like", "the name of an earlier groove");
    groove = *found;
  }
  groove.name = g.text("name");
  if (groove.name.empty() || groove.name.size() > 60) g.fail("name", "a name of 1 to 60 letters");
  groove.weight = g.number_or("weight", groove.weight, 0.001, 100);
  if (g.has("in")) groove.kinds.clear();
  for (std::string& kind : checked_words(g, "in", section_kinds())) groove.kinds.push_back(std::move(kind));
  if (const auto range = energy_range(g, "energy"); g.has("energy"))
    std::tie(groove.lowest_energy, groove.highest_energy) = range;

  const bool has_lines = !groove.lines.empty();
  for (const char* shape : {"metre", "steps", "bars"})
    if (has_lines && g.has(shape)) g.fail(shape, "nothing here (it comes with the lines of the groove it is like)");
  if (g.has("metre"))
    groove.metre = named(g.where("metre"), [text = g.text("metre")] { return score::parse_metre(text); });
  groove.steps_per_beat = g.integer_or("steps", groove.steps_per_beat, 1, 12);
  groove.bars = g.integer_or("bars", groove.bars, 1, 4);
  if (groove.bars == 3) g.fail("bars", "1, 2 or 4");
  const double exact = groove.metre.bar().value * groove.steps_per_beat;
  if (exact > 192 || std::abs(exact - std::round(exact)) > 1e-9 || exact < 1)
    g.fail("steps", "a grid on which a bar of " + groove.metre.text() + " has 1 to 192 whole steps");

  for (const auto& [key, value] : entry.items()) {
    if (drum_note(key)) {
      const std::string text = g.text(key);
      if (text.empty()) {
        groove.lines.erase(key);
      } else {
        groove.lines[key] = read_line(text, groove, g.where(key));
      }
    } else if (value.is_string() && key != "name" && key != "like" && key != "metre") {
      corrupt(where, "unknown drum " + shown(key), "drums: " + drum_names());
    }
  }
  g.done();
  if (groove.lines.empty()) corrupt(where, "wanted at least one drum line, found none", "drums: " + drum_names());
  return groove;
}

}  // namespace

std::vector<Groove> read_grooves(storage::Fields& f, const std::string& key, const Style& style) {
  std::vector<Groove> out;
  const json& list = f.list_or_empty(key);
  at_most(f, key, list.size(), kMostGrooves);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = entry_name(f, key, i, list[i], "name");
    std::vector<Groove> models = style.grooves;
    models.insert(models.end(), out.begin(), out.end());
    Groove groove = read_groove(list[i], where, style, models);
    if (std::any_of(out.begin(), out.end(), [&](const Groove& g) { return g.name == groove.name; }))
      corrupt(where, "a second one of the name " + shown(groove.name));
    if (key == "fill" && groove.bars != 1) corrupt(where + ": bars", "wanted 1 (a fill is one bar)");
    out.push_back(std::move(groove));
  }
  return out;
}

}  // namespace figment::compose
