#include "dsp/eq.h"

#include <array>
#include <cmath>

#include "dsp/biquad.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t {
  LowCut,
  LowCutSlope,
  LowHz,
  LowDb,
  LowQ,
  Bell1Hz,
  Bell1Db,
  Bell1Q,
  Bell2Hz,
  Bell2Db,
  Bell2Q,
  Bell3Hz,
  Bell3Db,
  Bell3Q,
  HighHz,
  HighDb,
  HighQ,
  HighCut,
  HighCutSlope,
  Output,
  Count
};

constexpr Parameter kTable[] = {
    {"low_cut_hz", 10, 2000, 10, "everything below is cut; 10: off"},
    {"low_cut_db_per_octave", 6, 24, 12, "how steeply: 6, 12, 18 or 24"},
    {"low_shelf_hz", 20, 2000, 120, "where the low shelf begins"},
    {"low_shelf_db", -24, 24, 0, "gain of the lows"},
    {"low_shelf_q", 0.3, 2, 0.71, "steepness of the low shelf"},
    {"bell1_hz", 20, 20000, 300, "centre of the first bell"},
    {"bell1_db", -24, 24, 0, "gain of the first bell"},
    {"bell1_q", 0.1, 20, 1, "narrowness of the first bell"},
    {"bell2_hz", 20, 20000, 1200, "centre of the second bell"},
    {"bell2_db", -24, 24, 0, "gain of the second bell"},
    {"bell2_q", 0.1, 20, 1, "narrowness of the second bell"},
    {"bell3_hz", 20, 20000, 4000, "centre of the third bell"},
    {"bell3_db", -24, 24, 0, "gain of the third bell"},
    {"bell3_q", 0.1, 20, 1, "narrowness of the third bell"},
    {"high_shelf_hz", 500, 20000, 8000, "where the high shelf begins"},
    {"high_shelf_db", -24, 24, 0, "gain of the highs"},
    {"high_shelf_q", 0.3, 2, 0.71, "steepness of the high shelf"},
    {"high_cut_hz", 200, 22000, 22000, "everything above is cut; 22000: off"},
    {"high_cut_db_per_octave", 6, 24, 12, "how steeply: 6, 12, 18 or 24"},
    {"output_db", -24, 24, 0, "level afterwards"},
};
static_assert(std::size(kTable) == Count);

bool is_frequency(std::size_t p) {
  return p == LowCut || p == LowHz || p == Bell1Hz || p == Bell2Hz || p == Bell3Hz || p == HighHz || p == HighCut;
}

class Eq final : public Effect {
 public:
  Eq() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0.3}; }

 private:
  // Two sections for each cut, one for each band between.
  enum Slot : std::size_t { LowCutA, LowCutB, LowShelf, Bell1, Bell2, Bell3, HighShelf, HighCutA, HighCutB, Slots };

  void configure() override {
    for (auto& s : smooth_) s.prepare(rate());
  }
  void clear() noexcept override { states_.fill({}); }

  void begin_cell(bool snap) noexcept override {
    const bool changed = take_changes();
    if (!changed && !moving_ && !snap) return;
    moving_ = false;
    for (std::size_t p = 0; p < Count; ++p) {
      const double target = is_frequency(p) ? std::log2(value(p)) : value(p);
      smooth_[p].move(target, snap);
      moving_ = moving_ || smooth_[p].moving() || smooth_[p].now() != target;
    }
    design();
  }

  double now(std::size_t p) const noexcept { return is_frequency(p) ? std::exp2(smooth_[p].now()) : smooth_[p].now(); }

  void design() noexcept {
    bool wanted[Slots] = {};
    Biquad designs[Slots];
    const auto use = [&](Slot slot, const Biquad& b) {
      wanted[slot] = true;
      designs[slot] = b;
    };
    const auto cut = [&](std::size_t p, Slot a, Slot b, bool low) {
      const double hz = now(p);
      const auto second = low ? Biquad::high_pass : Biquad::low_pass;
      const auto first = low ? Biquad::high_pass_1 : Biquad::low_pass_1;
      const int order = static_cast<int>(value(p + 1) / 6 + 0.5);
      if (order == 1) use(a, first(hz, rate()));
      if (order == 2) use(a, second(hz, 0.70710678, rate()));
      if (order == 3) use(a, first(hz, rate())), use(b, second(hz, 1.0, rate()));
      if (order >= 4) use(a, second(hz, 0.54119610, rate())), use(b, second(hz, 1.30656296, rate()));
    };
    if (now(LowCut) > 10.001) cut(LowCut, LowCutA, LowCutB, true);
    const double high_cut = now(HighCut);
    if (high_cut < 21999 && high_cut < 0.49 * rate()) cut(HighCut, HighCutA, HighCutB, false);
    if (now(LowDb) != 0) use(LowShelf, Biquad::low_shelf(now(LowHz), now(LowDb), now(LowQ), rate()));
    if (now(Bell1Db) != 0) use(Bell1, Biquad::bell(now(Bell1Hz), now(Bell1Db), now(Bell1Q), rate()));
    if (now(Bell2Db) != 0) use(Bell2, Biquad::bell(now(Bell2Hz), now(Bell2Db), now(Bell2Q), rate()));
    if (now(Bell3Db) != 0) use(Bell3, Biquad::bell(now(Bell3Hz), now(Bell3Db), now(Bell3Q), rate()));
    if (now(HighDb) != 0) use(HighShelf, Biquad::high_shelf(now(HighHz), now(HighDb), now(HighQ), rate()));

    // Active sections lie together, so that they run in fours; their states move with them.
    std::array<BiquadState, Slots> kept{};
    for (std::size_t k = 0; k < active_; ++k) kept[slots_[k]] = states_[k];
    active_ = 0;
    for (std::size_t slot = 0; slot < Slots; ++slot) {
      if (!wanted[slot]) continue;
      slots_[active_] = slot;
      sections_[active_] = designs[slot];
      states_[active_++] = kept[slot];
    }
    std::fill(states_.begin() + static_cast<std::ptrdiff_t>(active_), states_.end(), BiquadState{});
  }

  void run(const Cell& cell) noexcept override {
    const Smooth& output = smooth_[Output];
    const bool scaled = output.moving() || output.now() != 0;
    if (active_ == 0 && !scaled) return;
    Pair frames[kCell];
    to_pairs(cell.left, cell.right, frames, cell.frames);
    run_cascade(sections_.data(), states_.data(), active_, frames, cell.frames);
    if (scaled) {
      const double from = std::pow(10.0, output.from() / 20), to = std::pow(10.0, output.now() / 20);
      for (int i = 0; i < cell.frames; ++i) frames[i] *= from + (to - from) * (cell.at + i + 1) / kCell;
    }
    from_pairs(frames, cell.left, cell.right, cell.frames);
  }

  bool settle(int) noexcept override { return dsp::settle(states_.data(), active_); }

  std::array<Smooth, Count> smooth_;
  bool moving_ = true;
  std::size_t active_ = 0;
  std::array<std::size_t, Slots> slots_{};
  std::array<Biquad, Slots> sections_{};
  std::array<BiquadState, Slots> states_{};
};

}  // namespace

std::unique_ptr<Processor> make_eq() { return std::make_unique<Eq>(); }

}  // namespace figment::dsp
