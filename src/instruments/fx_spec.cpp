#include "instruments/fx_spec.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "storage/data_file.h"

namespace figment::instruments::fx_spec {
namespace {

using nlohmann::json;
using storage::Fields;

float gain(double decibels) { return static_cast<float>(std::pow(10.0, decibels / 20)); }
float number(Fields& f, const char* key, double otherwise, double low, double high) {
  return static_cast<float>(f.number_or(key, otherwise, low, high));
}

// A number, or a list of [time, value] pairs with rising times.
Curve read_curve(Fields& f, const std::string& key, double low, double high, bool logarithmic) {
  Curve curve;
  if (!f.has(key)) {
    (void)f.list_or_empty(key);
    return curve;
  }
  const json& value = f.any(key);
  const std::string wanted = "a number from " + std::to_string(low) + " to " + std::to_string(high) +
                             ", or 1 to 64 pairs [time, number] with rising times";
  const auto add = [&](double time, double number) {
    if (!std::isfinite(time) || !(time >= 0) || time > 600 || !(number >= low) || !(number <= high))
      f.fail(key, wanted);
    if (!curve.times.empty() && static_cast<float>(time) < curve.times.back()) f.fail(key, wanted);
    curve.times.push_back(static_cast<float>(time));
    curve.values.push_back(static_cast<float>(logarithmic ? std::log2(number) : number));
  };
  if (value.is_number()) {
    add(0, value.get<double>());
  } else {
    if (!value.is_array() || value.empty() || value.size() > 64) f.fail(key, wanted);
    for (const json& pair : value) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) f.fail(key, wanted);
      add(pair[0].get<double>(), pair[1].get<double>());
    }
  }
  return curve;
}

std::vector<float> floats(const std::vector<double>& numbers) { return {numbers.begin(), numbers.end()}; }

void read_source(Fields& f, Layer& layer, const std::string& kind) {
  if (kind == "noise") return;
  if (kind != "drops") layer.follow = f.flag_or("follow", true);
  if (kind == "tone") {
    layer.kind = Layer::Kind::Tone;
    layer.freq = read_curve(f, "freq", 1, 18000, true);
    if (layer.freq.empty()) f.fail("freq", "a frequency");
    if (f.has("shape")) {
      const auto shape = f.one_of("shape", {"sine", "triangle", "square", "saw"});
      layer.shape = shape == "sine"       ? Layer::Shape::Sine
                    : shape == "triangle" ? Layer::Shape::Triangle
                    : shape == "square"   ? Layer::Shape::Square
                                          : Layer::Shape::Saw;
    }
    if (f.has("intervals")) layer.intervals = floats(f.numbers_or_empty("intervals", -48, 48));
    if (layer.intervals.empty() || layer.intervals.size() > kMostIntervals) f.fail("intervals", "1 to 8 semitones");
  } else if (kind == "metal") {
    layer.kind = Layer::Kind::Metal;
    layer.metal = floats(f.numbers_or_empty("freqs", 20, 12000));
    layer.ring = f.flag_or("ring", false);
    if (layer.metal.empty() || layer.metal.size() > 8 || (layer.ring && layer.metal.size() % 2 != 0)) {
      f.fail("freqs", "1 to 8 frequencies, an even number where ring is true");
    }
    layer.freq = read_curve(f, "transpose", 0.01, 100, true);
  } else if (kind == "modes") {
    layer.kind = Layer::Kind::Modes;
    const double lowest = f.number("lowest", 20, 8000), highest = f.number("highest", 40, 18000);
    const int count = f.integer("count", 2, 96);
    const double slope = f.number_or("slope_db", 0, -24, 24);
    Random random = Random(static_cast<std::uint64_t>(f.integer_or("cluster", 1, 0, 9999))).fork("fx");
    for (int i = 0; i < count; ++i) {
      const double ratio = std::pow(std::max(highest / lowest, 1.01), std::pow((i + random.uniform()) / count, 0.7));
      layer.partials.push_back({static_cast<float>(lowest * ratio),
                                static_cast<float>(std::pow(ratio, slope / 6.02) * random.uniform(0.4, 1.4))});
    }
  } else {
    layer.kind = Layer::Kind::Drops;
    layer.density = read_curve(f, "density", 0, 2000, false);
    if (layer.density.empty()) f.fail("density", "drops a second");
    layer.from_hz = number(f, "from_hz", 1000, 20, 18000);
    layer.to_hz = number(f, "to_hz", 4000, 20, 18000);
    layer.drop_decay = number(f, "drop_decay", 0.02, 0.0003, 4);
    layer.drop_attack = number(f, "drop_attack", 0, 0, 1);
    layer.drop_sweep = number(f, "drop_sweep", 0, -48, 48);
    layer.loud = number(f, "spread_db", 12, 0, 60);
  }
}

Layer read_layer(const json& object, const std::string& where) {
  Fields f(object, where);
  Layer layer;
  const std::string kind = f.one_of("kind", {"noise", "tone", "metal", "modes", "drops"});
  layer.gain = gain(f.number_or("gain_db", 0, -60, 24));
  layer.seconds = f.has("clock") && f.one_of("clock", {"length", "seconds"}) == "seconds";
  layer.level = read_curve(f, "level_db", -120, 24, false);
  layer.pan = read_curve(f, "pan", -1, 1, false);
  layer.lowpass = read_curve(f, "lp", 10, 22000, true);
  layer.highpass = read_curve(f, "hp", 10, 20000, true);
  layer.bandpass = read_curve(f, "bp", 10, 20000, true);
  layer.q = number(f, "q", 0.707, 0.3, 40);
  layer.width = number(f, "width", 0.5, 0, 1);
  layer.fade_in = number(f, "fade_in", 0.003, 0, 60);
  layer.fade_out = number(f, "fade_out", 0.004, 0.001, 60);
  layer.release = number(f, "release", 0, 0, 20);
  if (f.has("drive_db")) layer.drive = gain(f.number("drive_db", 0, 36));
  layer.lfo_rate = read_curve(f, "lfo_rate", 0.01, 200, true);
  if (f.has("lfo")) {
    const auto lfo = f.one_of("lfo", {"sine", "square", "random", "steps"});
    layer.lfo = lfo == "sine"     ? Layer::Wander::Sine
                : lfo == "square" ? Layer::Wander::Square
                : lfo == "random" ? Layer::Wander::Random
                                  : Layer::Wander::Steps;
  }
  layer.lfo_pitch = number(f, "lfo_pitch", 0, -60, 60);
  layer.lfo_level = number(f, "lfo_level", 0, 0, 80);
  layer.lfo_filter = number(f, "lfo_filter", 0, -8, 8);
  layer.lfo_pan = number(f, "lfo_pan", 0, 0, 1);
  read_source(f, layer, kind);
  f.done();
  if (layer.seconds && layer.level.end() <= 0) f.fail("level_db", "a curve that ends, as clock is \"seconds\"");
  return layer;
}

}  // namespace

float Curve::at(float time) const noexcept {
  if (times.empty()) return 0;
  if (time <= times.front()) return values.front();
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (time <= times[i]) {
      const float span = times[i] - times[i - 1];
      return span > 0 ? values[i - 1] + (values[i] - values[i - 1]) * (time - times[i - 1]) / span : values[i];
    }
  }
  return values.back();
}

Fx read_fx(const json& table, const std::string& where) {
  Fields f(table, where);
  Fx fx;
  fx.level_db = static_cast<float>(f.number_or("level_db", -6, -24, -3));
  const json& list = f.list("layers");
  if (list.empty() || list.size() > kMostLayers) f.fail("layers", "1 to " + std::to_string(kMostLayers) + " layers");
  for (std::size_t i = 0; i < list.size(); ++i) {
    fx.layers.push_back(read_layer(list[i], f.where("layers") + " " + std::to_string(i + 1)));
  }
  f.done();
  return fx;
}

}  // namespace figment::instruments::fx_spec
