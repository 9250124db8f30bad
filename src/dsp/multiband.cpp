#include "dsp/multiband.h"

#include <array>
#include <cmath>

#include "dsp/crossover.h"
#include "dsp/dynamics.h"
#include "dsp/effect.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

constexpr std::size_t kBands = Crossover::kMaxBands;

enum : std::size_t {
  Bands,
  Split1,
  Split2,
  Split3,
  Attack,
  Release,
  Knee,
  Mix,
  Band1,
  Threshold = 0,
  Ratio = 1,
  GainDb = 2,
  PerBand = 3,
  Count = Band1 + kBands * PerBand
};

constexpr Parameter kTable[] = {
    {"bands", 3, 4, 4, "3 or 4"},
    {"split1_hz", 40, 500, 120, "between band 1 (lows) and band 2"},
    {"split2_hz", 300, 3000, 800, "between band 2 and band 3"},
    {"split3_hz", 2000, 12000, 5000, "between band 3 and band 4 (with 4 bands)"},
    {"attack_ms", 0.1, 200, 15, "how fast it turns down"},
    {"release_ms", 10, 2000, 150, "how fast it comes back"},
    {"knee_db", 0, 24, 8, "width of the bend at the threshold"},
    {"mix", 0, 1, 1, "0 not compressed … 1 compressed"},
    {"band1_threshold_db", -60, 0, 0, "lows: above this it turns down"},
    {"band1_ratio", 1, 20, 2, "lows: how many dB more in give 1 dB more out"},
    {"band1_gain_db", -24, 24, 0, "lows: level afterwards"},
    {"band2_threshold_db", -60, 0, 0, "low mids: above this it turns down"},
    {"band2_ratio", 1, 20, 2, "low mids: how many dB more in give 1 dB more out"},
    {"band2_gain_db", -24, 24, 0, "low mids: level afterwards"},
    {"band3_threshold_db", -60, 0, 0, "high mids: above this it turns down"},
    {"band3_ratio", 1, 20, 2, "high mids: how many dB more in give 1 dB more out"},
    {"band3_gain_db", -24, 24, 0, "high mids: level afterwards"},
    {"band4_threshold_db", -60, 0, 0, "highs: above this it turns down"},
    {"band4_ratio", 1, 20, 2, "highs: how many dB more in give 1 dB more out"},
    {"band4_gain_db", -24, 24, 0, "highs: level afterwards"},
};
static_assert(std::size(kTable) == Count);
constexpr std::array<double, kBands> kSlowness = {2, 1.4, 1, 0.7};

class Multiband final : public Effect {
 public:
  Multiband() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.1}; }

 private:
  void configure() override {
    for (auto& s : gains_) s.prepare(rate());
    for (auto& s : thresholds_) s.prepare(rate());
    for (auto& s : splits_) s.prepare(rate(), Seconds{0.05});
    mix_.prepare(rate());
  }
  void clear() noexcept override {
    crossover_.clear();
    for (auto& d : dynamics_) d.reset();
  }
  void begin_cell(bool snap) noexcept override {
    mix_.move(value(Mix), snap);
    bool redesign = snap;
    std::array<double, kBands - 1> hz{};
    for (std::size_t k = 0; k + 1 < kBands; ++k) {
      const double above = k > 0 ? value(Split1 + k - 1) * 1.2 : 0;  // splits stay in order whatever is asked
      splits_[k].move(std::log2(std::min(std::max(value(Split1 + k), above), 0.45 * rate())), snap);
      hz[k] = std::exp2(splits_[k].now());
      redesign = redesign || splits_[k].moving();
    }
    const bool changed = take_changes();
    if (redesign || changed) crossover_.design(hz.data(), choice(Bands), rate());
    for (std::size_t b = 0; b < kBands; ++b) {
      const std::size_t p = Band1 + b * PerBand;
      gains_[b].move(value(p + GainDb), snap);
      thresholds_[b].move(value(p + Threshold), snap);
      dynamics_[b].set_curve(thresholds_[b].now(), value(p + Ratio), value(Knee));
      if (!changed) continue;
      dynamics_[b].set_times(kSlowness[b] * value(Attack) / 1000, kSlowness[b] * value(Release) / 1000, rate());
    }
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    Pair in[kCell], bands[kBands][Crossover::kMaxBlock], sum[kCell];
    to_pairs(cell.left, cell.right, in, n);
    crossover_.run(in, bands, n);
    alignas(32) float mix[kCell], level[kCell], extra[kCell];
    mix_.fill(mix, cell.at, n);
    std::fill_n(sum, n, Pair{0, 0});
    for (int b = 0; b < crossover_.bands(); ++b) {
      const auto k = static_cast<std::size_t>(b);
      for (int i = 0; i < n; ++i) {
        level[i] = static_cast<float>(std::max(std::abs(bands[b][i][0]), std::abs(bands[b][i][1])));
      }
      for (int i = 0; i < n; ++i) level[i] = gain_to_db_fast(level[i]);
      dynamics_[k].run(level, n);
      gains_[k].fill(extra, cell.at, n);
      for (int i = 0; i < n; ++i) level[i] = 1 + mix[i] * (db_to_gain_fast(level[i] + extra[i]) - 1);
      for (int i = 0; i < n; ++i) sum[i] += bands[b][i] * static_cast<double>(level[i]);
    }
    from_pairs(sum, cell.left, cell.right, n);
  }
  bool settle(int) noexcept override {
    bool quiet = crossover_.settle();
    for (auto& d : dynamics_) quiet = d.settle() && quiet;
    return quiet;
  }

  Crossover crossover_;
  std::array<Dynamics, kBands> dynamics_;
  std::array<Smooth, kBands> gains_, thresholds_;
  std::array<Smooth, kBands - 1> splits_;
  Smooth mix_;
};

}  // namespace

std::unique_ptr<Processor> make_multiband() { return std::make_unique<Multiband>(); }

}  // namespace figment::dsp
