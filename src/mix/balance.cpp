#include "mix/balance.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "mix/match.h"
#include "storage/data_file.h"

namespace figment::mix {
namespace {

std::filesystem::path file_in(const std::filesystem::path& data_dir) { return data_dir / "data" / "balance.toml"; }

}  // namespace

std::vector<std::string> balance_names(const std::filesystem::path& data_dir) {
  const auto json = storage::load_data_file(file_in(data_dir));
  storage::Fields top(json, file_in(data_dir).string());
  std::vector<std::string> names;
  for (const auto& [curve, levels] : top.object("curves").items()) names.push_back(curve);
  return names;
}

double balance_distance(const analysis::BandLevels& measured, const analysis::BandLevels& curve) {
  const Comparison c = compare(measured, curve, true);
  double sum = 0, count = 0;
  for (std::size_t b = 3; b <= 29; ++b)
    if (c.counts[b]) sum += std::min(std::fabs(c.difference[b]), 12.0), ++count;
  return sum / std::max(count, 1.0);
}

NearestBalance nearest_balance(const std::filesystem::path& data_dir, const analysis::BandLevels& measured) {
  NearestBalance best;
  for (const std::string& name : balance_names(data_dir)) {
    const double distance = balance_distance(measured, load_balance(data_dir, name));
    if (best.name.empty() || distance < best.distance_db) best = {name, distance};
  }
  return best;
}

analysis::BandLevels load_balance(const std::filesystem::path& data_dir, const std::string& name) {
  const auto file = file_in(data_dir);
  const auto json = storage::load_data_file(file);
  storage::Fields top(json, file.string());
  const auto& curves = top.object("curves");
  top.done();
  if (!curves.contains(name)) {
    std::string known;
    for (const auto& [curve, levels] : curves.items()) known += (known.empty() ? "" : ", ") + curve;
    throw Error(ErrorCode::NotFound, "no spectral balance is called \"" + name + "\"", "known: " + known);
  }
  storage::Fields f(curves, top.where("curves"));
  const std::vector<double> octaves = f.numbers_or_empty(name, -60, 60);
  if (octaves.size() != 10) f.fail(name, "ten levels, one an octave from 31 Hz to 16 kHz");
  analysis::BandLevels levels{};
  for (int b = 0; b < analysis::kBands; ++b) {
    const double position = std::clamp(std::log2(analysis::band_centre(b).value / 31.25), 0.0, 9.0);
    const auto low = std::min<std::size_t>(static_cast<std::size_t>(position), 8);
    const double t = position - static_cast<double>(low);
    levels[static_cast<std::size_t>(b)] = octaves[low] * (1 - t) + octaves[low + 1] * t;
  }
  return levels;
}

}  // namespace figment::mix
