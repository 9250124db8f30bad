#include "network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/executor.h"
#include "base/random.h"

namespace figment::classes {

using sampling::kClasses;
using sampling::kTraits;

namespace {

struct Weights {
  std::size_t hidden;
  std::vector<float> w;
  float* w1() { return w.data(); }
  float* b1() { return w1() + hidden * kTraits; }
  float* w2() { return b1() + hidden; }
  float* b2() { return w2() + kClasses * hidden; }
};

struct Drawer {
  std::vector<std::size_t> of_class;
  std::vector<double> up_to;
};

Weights learn(const std::vector<sampling::Traits>& inputs, const std::vector<Labelled>& examples, const std::array<Drawer, kClasses>& drawers, const Plan& plan, std::uint64_t seed) {
  const auto H = static_cast<std::size_t>(plan.hidden);
  const std::size_t count = H * kTraits + H + kClasses * H + kClasses;
  Weights weights{H, std::vector<float>(count)};
  std::vector<float> &w = weights.w, g(count), m(count, 0.0F), v(count, 0.0F);
  Random random(seed);
  for (std::size_t i = 0; i < count; ++i) w[i] = static_cast<float>(random.normal() * (i < H * kTraits ? 0.08 : 0.1));
  float *const w1 = weights.w1(), *const b1 = weights.b1(), *const w2 = weights.w2(), *const b2 = weights.b2();
  float *const g1 = g.data(), *const gb1 = g1 + (b1 - w1), *const g2 = g1 + (w2 - w1), *const gb2 = g1 + (b2 - w1);
  constexpr int kBatch = 96;
  constexpr double kDrop = 0.2, kBlur = 0.3;            // traits left out, and disturbed, so that no few of them decide
  std::vector<float> h(H), keep(H), dh(H);
  sampling::Traits x{};
  for (int step = 1; step <= plan.steps; ++step) {
    std::fill(g.begin(), g.end(), 0.0F);
    for (int b = 0; b < kBatch; ++b) {
      const Drawer& drawer = drawers[static_cast<std::size_t>(random.integer(0, kClasses - 1))];
      if (drawer.of_class.empty()) continue;
      const auto drawn = static_cast<std::size_t>(std::lower_bound(drawer.up_to.begin(), drawer.up_to.end(), random.uniform(0, drawer.up_to.back())) - drawer.up_to.begin());
      const std::size_t e = drawer.of_class[std::min(drawn, drawer.of_class.size() - 1)];
      for (std::size_t k = 0; k < kTraits; ++k) x[k] = inputs[e][k] * (random.chance(kDrop) ? 0.0F : 1.0F) + static_cast<float>(random.uniform(-kBlur, kBlur));
      for (std::size_t i = 0; i < H; ++i) {
        float sum = b1[i];
        for (std::size_t k = 0; k < kTraits; ++k) sum += w1[i * kTraits + k] * x[k];
        h[i] = std::tanh(sum);
        keep[i] = random.chance(0.25) ? 0.0F : 1.0F / 0.75F;
      }
      std::array<float, kClasses> p{};
      float top = -1e9F, total = 0;
      for (std::size_t c = 0; c < kClasses; ++c) {
        p[c] = b2[c];
        for (std::size_t i = 0; i < H; ++i) p[c] += w2[c * H + i] * h[i] * keep[i];
        top = std::max(top, p[c]);
      }
      for (float& q : p) q = std::exp(q - top), total += q;
      std::fill(dh.begin(), dh.end(), 0.0F);
      for (std::size_t c = 0; c < kClasses; ++c) {
        const float target = c == examples[e].kind ? 0.93F : 0.07F / (kClasses - 1), d = p[c] / total - target;
        gb2[c] += d;
        for (std::size_t i = 0; i < H; ++i) {
          g2[c * H + i] += d * h[i] * keep[i];
          dh[i] += d * w2[c * H + i] * keep[i];
        }
      }
      for (std::size_t i = 0; i < H; ++i) {
        const float d = dh[i] * (1 - h[i] * h[i]);
        gb1[i] += d;
        for (std::size_t k = 0; k < kTraits; ++k) g1[i * kTraits + k] += d * x[k];
      }
    }
    const double rate = 0.003 * 0.5 * (1 + std::cos(std::numbers::pi * step / plan.steps)) + 1e-5;
    const auto first = static_cast<float>(rate / (1 - std::pow(0.9, step)));
    const auto second = static_cast<float>(1 / (1 - std::pow(0.999, step)));
    for (std::size_t i = 0; i < count; ++i) {
      const float gradient = g[i] / kBatch + 2e-4F * w[i];
      m[i] = 0.9F * m[i] + 0.1F * gradient;
      v[i] = 0.999F * v[i] + 0.001F * gradient * gradient;
      w[i] -= first * m[i] / (std::sqrt(v[i] * second) + 1e-8F);
    }
  }
  return weights;
}

}  // namespace

std::string teach(const std::vector<Labelled>& examples, const Plan& plan) {
  std::vector<double> mean(kTraits, 0.0), scale(kTraits, 0.0);
  for (const Labelled& e : examples)
    for (std::size_t k = 0; k < kTraits; ++k) mean[k] += e.traits[k] / static_cast<double>(examples.size());
  for (const Labelled& e : examples)
    for (std::size_t k = 0; k < kTraits; ++k) scale[k] += std::pow(e.traits[k] - mean[k], 2) / static_cast<double>(examples.size());
  for (double& s : scale) s = 1 / std::sqrt(s + 1e-6);
  std::vector<sampling::Traits> inputs(examples.size());
  std::array<Drawer, kClasses> drawers;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    for (std::size_t k = 0; k < kTraits; ++k) inputs[i][k] = static_cast<float>(std::clamp((examples[i].traits[k] - mean[k]) * scale[k], -4.0, 4.0));
    Drawer& d = drawers[examples[i].kind];
    d.of_class.push_back(i);
    d.up_to.push_back((d.up_to.empty() ? 0 : d.up_to.back()) + examples[i].weight);
  }
  std::vector<Weights> learned(static_cast<std::size_t>(plan.networks));
  parallel_for(learned.size(), [&](std::size_t i) { learned[i] = learn(inputs, examples, drawers, plan, 5 + i); });

  const auto rounded = [](double value, double to) { return std::round(value * to) / to; };
  nlohmann::ordered_json json;
  json["learned_from"] = plan.learned_from;
  for (std::size_t c = 0; c < kClasses; ++c) json["classes"].push_back(std::string(sampling::name(static_cast<sampling::SoundClass>(c))));
  for (std::size_t k = 0; k < kTraits; ++k) json["mean"].push_back(rounded(mean[k], 1e4)), json["scale"].push_back(rounded(scale[k], 1e4));
  for (Weights& n : learned) {
    nlohmann::ordered_json one;
    for (std::size_t i = 0; i < n.hidden; ++i) {
      nlohmann::ordered_json row;
      for (std::size_t k = 0; k < kTraits; ++k) row.push_back(rounded(n.w1()[i * kTraits + k], 1e3));
      one["hidden"].push_back(row);
      one["hidden_bias"].push_back(rounded(n.b1()[i], 1e3));
    }
    for (std::size_t c = 0; c < kClasses; ++c) {
      nlohmann::ordered_json row;
      for (std::size_t i = 0; i < n.hidden; ++i) row.push_back(rounded(n.w2()[c * n.hidden + i], 1e3));
      one["out"].push_back(row);
      one["out_bias"].push_back(rounded(n.b2()[c], 1e3));
    }
    json["networks"].push_back(one);
  }
  return json.dump() + "\n";
}

}  // namespace figment::classes
