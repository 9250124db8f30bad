#include "network.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/random.h"

namespace figment::classes {

using sampling::kClasses;
using sampling::kTraits;

std::string teach(const std::vector<Labelled>& examples, int hidden, int rounds) {
  std::vector<double> mean(kTraits, 0.0), scale(kTraits, 0.0);
  for (const Labelled& e : examples)
    for (std::size_t k = 0; k < kTraits; ++k) mean[k] += e.traits[k] / static_cast<double>(examples.size());
  for (const Labelled& e : examples)
    for (std::size_t k = 0; k < kTraits; ++k) scale[k] += std::pow(e.traits[k] - mean[k], 2) / static_cast<double>(examples.size());
  for (double& s : scale) s = 1 / std::sqrt(s + 1e-6);
  std::vector<std::vector<std::size_t>> of_class(kClasses);
  for (std::size_t i = 0; i < examples.size(); ++i) of_class[examples[i].kind].push_back(i);

  const auto H = static_cast<std::size_t>(hidden);
  const std::size_t count = H * kTraits + H + kClasses * H + kClasses;
  std::vector<double> w(count), g(count), m(count, 0.0), v(count, 0.0);
  Random random(5);
  for (std::size_t i = 0; i < count; ++i) w[i] = i < H * kTraits ? random.normal() * 0.12 : random.normal() * 0.1;
  double* const w1 = w.data();
  double* const b1 = w1 + H * kTraits;
  double* const w2 = b1 + H;
  double* const b2 = w2 + kClasses * H;
  constexpr int kBatch = 96;
  const int steps = rounds * static_cast<int>(examples.size()) / kBatch;
  std::vector<double> x(kTraits), h(H), keep(H), dh(H);
  for (int step = 1; step <= steps; ++step) {
    std::fill(g.begin(), g.end(), 0.0);
    for (int b = 0; b < kBatch; ++b) {
      const auto& list = of_class[static_cast<std::size_t>(random.integer(0, kClasses - 1))];
      if (list.empty()) continue;
      const Labelled& e = examples[list[static_cast<std::size_t>(random.integer(0, static_cast<int>(list.size()) - 1))]];
      for (std::size_t k = 0; k < kTraits; ++k) x[k] = std::clamp((e.traits[k] - mean[k]) * scale[k], -4.0, 4.0) * (random.chance(0.06) ? 0 : 1) + 0.08 * random.normal();
      for (std::size_t i = 0; i < H; ++i) {
        double sum = b1[i];
        for (std::size_t k = 0; k < kTraits; ++k) sum += w1[i * kTraits + k] * x[k];
        h[i] = std::tanh(sum);
        keep[i] = random.chance(0.2) ? 0 : 1.25;
      }
      std::array<double, kClasses> p{};
      double top = -1e9, total = 0;
      for (std::size_t c = 0; c < kClasses; ++c) {
        p[c] = b2[c];
        for (std::size_t i = 0; i < H; ++i) p[c] += w2[c * H + i] * h[i] * keep[i];
        top = std::max(top, p[c]);
      }
      for (double& q : p) q = std::exp(q - top), total += q;
      std::fill(dh.begin(), dh.end(), 0.0);
      for (std::size_t c = 0; c < kClasses; ++c) {
        const double target = c == e.kind ? 0.95 : 0.05 / (kClasses - 1);
        const double d = p[c] / total - target;
        g[static_cast<std::size_t>(b2 - w1) + c] += d;
        for (std::size_t i = 0; i < H; ++i) {
          g[static_cast<std::size_t>(w2 - w1) + c * H + i] += d * h[i] * keep[i];
          dh[i] += d * w2[c * H + i] * keep[i];
        }
      }
      for (std::size_t i = 0; i < H; ++i) {
        const double d = dh[i] * (1 - h[i] * h[i]);
        g[static_cast<std::size_t>(b1 - w1) + i] += d;
        for (std::size_t k = 0; k < kTraits; ++k) g[i * kTraits + k] += d * x[k];
      }
    }
    const double rate = 0.003 * 0.5 * (1 + std::cos(3.14159 * step / steps)) + 1e-5;
    for (std::size_t i = 0; i < count; ++i) {
      const double gradient = g[i] / kBatch + 2e-5 * w[i];
      m[i] = 0.9 * m[i] + 0.1 * gradient;
      v[i] = 0.999 * v[i] + 0.001 * gradient * gradient;
      w[i] -= rate * (m[i] / (1 - std::pow(0.9, step))) / (std::sqrt(v[i] / (1 - std::pow(0.999, step))) + 1e-8);
    }
  }
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  nlohmann::ordered_json json;
  json["learned_from"] = "one-shots played by Figment's own presets, FluidR3's General MIDI kits and instruments (MIT), and espeak-ng; tools/classes";
  for (std::size_t c = 0; c < kClasses; ++c) json["classes"].push_back(std::string(sampling::name(static_cast<sampling::SoundClass>(c))));
  for (std::size_t k = 0; k < kTraits; ++k) json["mean"].push_back(rounded(mean[k])), json["scale"].push_back(rounded(scale[k]));
  for (std::size_t i = 0; i < H; ++i) {
    nlohmann::ordered_json row;
    for (std::size_t k = 0; k < kTraits; ++k) row.push_back(rounded(w1[i * kTraits + k]));
    json["hidden"].push_back(row);
    json["hidden_bias"].push_back(rounded(b1[i]));
  }
  for (std::size_t c = 0; c < kClasses; ++c) {
    nlohmann::ordered_json row;
    for (std::size_t i = 0; i < H; ++i) row.push_back(rounded(w2[c * H + i]));
    json["out"].push_back(row);
    json["out_bias"].push_back(rounded(b2[c]));
  }
  return json.dump() + "\n";
}

}  // namespace figment::classes
