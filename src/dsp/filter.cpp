#include "dsp/filter.h"

#include <cmath>
#include <numbers>

#include "dsp/biquad.h"
#include "dsp/effect.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Cutoff, Resonance, Mode, Poles, Drive, Mix, Count };

constexpr Parameter kTable[] = {
    {"cutoff_hz", 10, 22000, 1000, "the frequency the filter works at"},
    {"resonance", 0, 1, 0.1, "0: flat (Butterworth) … 1: whistles"},
    {"mode", 0, 3, 0, "0 low pass, 1 high pass, 2 band pass, 3 notch"},
    {"poles", 2, 4, 2, "2: 12 dB per octave; 4: 24"},
    {"drive_db", 0, 36, 0, "saturation inside the filter"},
    {"mix", 0, 1, 1, "0 dry … 1 filtered"},
};
static_assert(std::size(kTable) == Count);

struct Svf {
  Pair s1{0, 0}, s2{0, 0};
};

struct Gains {
  double a1, a2, a3, k;
  Gains(double g, double damping) noexcept : a1(1 / (1 + g * (g + damping))), a2(g * a1), a3(g * a2), k(damping) {}
};

struct Outputs {
  double low, band, high;
};

// tanh by a Padé approximant, exact at ±3 where it is 1.
inline Pair soft(Pair x) noexcept {
  const Pair top{3, 3};
  x = x > top ? top : x;
  x = x < -top ? -top : x;
  const Pair s = x * x;
  return x * (27 + s) / (27 + 9 * s);
}

template <bool Driven>
inline Pair tick(Svf& s, const Gains& c, const Outputs& m, Pair x) noexcept {
  const Pair v3 = x - s.s2;
  const Pair v1 = c.a1 * s.s1 + c.a2 * v3;
  const Pair v2 = s.s2 + c.a2 * s.s1 + c.a3 * v3;
  s.s1 = 2 * v1 - s.s1;
  if constexpr (Driven) s.s1 = soft(s.s1);
  s.s2 = 2 * v2 - s.s2;
  const Pair band = c.k * v1;
  return m.low * v2 + m.band * band + m.high * (x - band - v2);
}

class Filter final : public Effect {
 public:
  Filter() : Effect(kTable) {}
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{1.0}; }

 private:
  void configure() override {
    for (Smooth* s : {&octave_, &resonance_, &drive_, &mix_}) s->prepare(rate(), Seconds{0.005});
    for (Smooth* s : {&low_, &band_, &high_}) s->prepare(rate());
  }
  void clear() noexcept override { first_ = second_ = Svf{}; }

  void begin_cell(bool snap) noexcept override {
    octave_.move(std::log2(std::min(value(Cutoff), 0.49 * rate())), snap);
    resonance_.move(value(Resonance), snap);
    drive_.move(value(Drive), snap);
    mix_.move(value(Mix), snap);
    const int mode = choice(Mode);
    low_.move(mode == 0 || mode == 3 ? 1 : 0, snap);
    high_.move(mode == 1 || mode == 3 ? 1 : 0, snap);
    band_.move(mode == 2 ? 1 : 0, snap);
    four_ = value(Poles) >= 3;
    if (octave_.moving() || snap) {
      g_from_ = std::tan(std::numbers::pi * std::exp2(octave_.from()) / rate());
      g_to_ = std::tan(std::numbers::pi * std::exp2(octave_.now()) / rate());
    } else {
      g_from_ = g_to_;
    }
    drive_gain_ = std::pow(10.0, drive_.now() / 20);
  }

  template <bool Driven>
  void filter(Pair* frames, int at, int count) noexcept {
    const bool still = !octave_.moving() && !resonance_.moving() && !low_.moving() && !high_.moving() &&
                       !band_.moving() && !mix_.moving();
    const auto part = [&](double t, Pair& x) {
      const double r = resonance_.from() + (resonance_.now() - resonance_.from()) * t;
      const double g = g_from_ + (g_to_ - g_from_) * t;
      const Outputs out{low_.from() + (low_.now() - low_.from()) * t, band_.from() + (band_.now() - band_.from()) * t,
                        high_.from() + (high_.now() - high_.from()) * t};
      const double wet = mix_.from() + (mix_.now() - mix_.from()) * t;
      Pair y = tick<Driven>(first_, Gains(g, damping(r)), out, x);
      if (four_) y = tick<Driven>(second_, Gains(g, 1.8477590650), out, y);
      x += wet * (y - x);
    };
    if (!still) {
      for (int i = 0; i < count; ++i) part((at + i + 1) / static_cast<double>(kCell), frames[i]);
      return;
    }
    const Gains a(g_to_, damping(resonance_.now())), b(g_to_, 1.8477590650);
    const Outputs out{low_.now(), band_.now(), high_.now()};
    const double wet = mix_.now();
    Svf s = first_, z = second_;
    if (four_) {
      for (int i = 0; i < count; ++i) {
        const Pair y = tick<Driven>(z, b, out, tick<Driven>(s, a, out, frames[i]));
        frames[i] += wet * (y - frames[i]);
      }
    } else {
      for (int i = 0; i < count; ++i) frames[i] += wet * (tick<Driven>(s, a, out, frames[i]) - frames[i]);
    }
    first_ = s, second_ = z;
  }

  void run(const Cell& cell) noexcept override {
    Pair frames[kCell];
    to_pairs(cell.left, cell.right, frames, cell.frames);
    if (drive_.moving() || drive_.now() > 0) {
      // Louder in, quieter out, by less: driven sound should feel louder, not only dirtier.
      for (int i = 0; i < cell.frames; ++i) frames[i] *= drive_gain_;
      filter<true>(frames, cell.at, cell.frames);
      const double back = std::pow(drive_gain_, -0.8);
      for (int i = 0; i < cell.frames; ++i) frames[i] *= back;
    } else {
      filter<false>(frames, cell.at, cell.frames);
    }
    from_pairs(frames, cell.left, cell.right, cell.frames);
  }

  bool settle(int) noexcept override {
    for (int c = 0; c < 2; ++c) {
      for (const Svf* s : {&first_, &second_}) {
        if (std::abs(s->s1[c]) > 1e-9 || std::abs(s->s2[c]) > 1e-9) return false;
      }
    }
    clear();
    return true;
  }

  // 1/Q of the resonant stage; the other stage of 24 dB keeps Butterworth's lower Q of 0.541.
  [[nodiscard]] double damping(double resonance) const noexcept {
    return (four_ ? 0.7653668647 : std::numbers::sqrt2) * (1 - resonance) + 0.02 * resonance;
  }

  Smooth octave_, resonance_, drive_, mix_, low_, band_, high_;
  Svf first_, second_;
  double g_from_ = 0, g_to_ = 0, drive_gain_ = 1;
  bool four_ = false;
};

}  // namespace

std::unique_ptr<Processor> make_filter() { return std::make_unique<Filter>(); }

}  // namespace figment::dsp
