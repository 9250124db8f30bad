#include "sampling/one_shot.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "storage/files.h"

namespace figment::sampling {
namespace {

constexpr std::array<std::string_view, kClasses> kNames{"kick", "snare", "clap", "closed_hat", "open_hat", "cymbal", "tom", "percussion", "bass", "tonal", "vocal", "noise"};

}  // namespace

std::string_view name(SoundClass c) noexcept { return kNames[static_cast<std::size_t>(c)]; }
bool pitched(SoundClass c) noexcept { return c == SoundClass::Bass || c == SoundClass::Tonal; }

Classifier::Classifier(const std::filesystem::path& data_dir) { read(storage::read_file(data_dir / "data" / "learned" / "one-shots.json")); }
Classifier::Classifier(std::string_view json) { read(json); }

void Classifier::read(std::string_view text) {
  const auto wrong = [](const std::string& what) { throw Error(ErrorCode::Corrupt, "the weights of the one-shot classifier: " + what); };
  try {
    const auto json = nlohmann::json::parse(text);
    const auto numbers = [&](const nlohmann::json& list, std::size_t count, auto& to) {
      if (list.size() != count) wrong("wanted " + std::to_string(count) + " numbers, found " + std::to_string(list.size()));
      for (std::size_t i = 0; i < count; ++i) {
        to[i] = list.at(i).get<float>();
        if (!std::isfinite(to[i])) wrong("a value that is no number");
      }
    };
    if (json.at("classes").size() != kClasses) wrong("wanted " + std::to_string(kClasses) + " classes, found " + std::to_string(json.at("classes").size()));
    for (std::size_t c = 0; c < kClasses; ++c)
      if (json.at("classes").at(c).get<std::string>() != kNames[c]) wrong("wanted class " + std::string(kNames[c]) + ", found " + json.at("classes").at(c).get<std::string>());
    numbers(json.at("mean"), kTraits, mean_);
    numbers(json.at("scale"), kTraits, scale_);
    const auto& networks = json.at("networks");
    if (networks.empty() || networks.size() > 64) wrong(std::to_string(networks.size()) + " networks");
    networks_.resize(networks.size());
    for (std::size_t i = 0; i < networks.size(); ++i) {
      const auto& from = networks.at(i);
      Network& n = networks_[i];
      const auto& hidden = from.at("hidden");
      if (hidden.empty() || hidden.size() > 1024) wrong("a hidden layer of " + std::to_string(hidden.size()));
      n.hidden.resize(hidden.size());
      for (std::size_t h = 0; h < hidden.size(); ++h) numbers(hidden.at(h), kTraits, n.hidden[h]);
      n.hidden_bias.resize(hidden.size());
      numbers(from.at("hidden_bias"), hidden.size(), n.hidden_bias);
      if (from.at("out").size() != kClasses) wrong("the last layer is of another size");
      for (std::size_t c = 0; c < kClasses; ++c) {
        n.out[c].resize(hidden.size());
        numbers(from.at("out").at(c), hidden.size(), n.out[c]);
      }
      numbers(from.at("out_bias"), kClasses, n.out_bias);
    }
  } catch (const nlohmann::json::exception& e) {
    wrong(e.what());
  }
}

double Classifier::distance(const Traits& a, const Traits& b) const noexcept {
  double sum = 0;
  for (std::size_t k = 0; k < kAlikeTraits; ++k) sum += std::min(3.0F, std::abs(a[k] - b[k]) * scale_[k]);
  return sum / kAlikeTraits;
}

std::array<double, kClasses> Classifier::operator()(const Traits& traits) const {
  Traits x{};
  for (std::size_t k = 0; k < kTraits; ++k) x[k] = std::clamp((traits[k] - mean_[k]) * scale_[k], -4.0F, 4.0F);
  std::array<double, kClasses> mean{};
  for (const Network& n : networks_) {
    std::array<double, kClasses> p{};
    for (std::size_t c = 0; c < kClasses; ++c) p[c] = n.out_bias[c];
    for (std::size_t i = 0; i < n.hidden.size(); ++i) {
      double sum = n.hidden_bias[i];
      for (std::size_t k = 0; k < kTraits; ++k) sum += n.hidden[i][k] * x[k];
      const double h = std::tanh(sum);
      for (std::size_t c = 0; c < kClasses; ++c) p[c] += n.out[c][i] * h;
    }
    const double top = *std::max_element(p.begin(), p.end());
    double sum = 0;
    for (double& v : p) v = std::exp(v - top), sum += v;
    for (std::size_t c = 0; c < kClasses; ++c) mean[c] += p[c] / sum / static_cast<double>(networks_.size());
  }
  return mean;
}

}  // namespace figment::sampling
