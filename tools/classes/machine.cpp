#include "machine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>

#include "dsp/biquad.h"

namespace figment::classes {
namespace {

using sampling::SoundClass;

constexpr double kRate = 44100, kTurn = 2 * std::numbers::pi;

using Samples = std::vector<float>;

Samples silence(double seconds) { return Samples(static_cast<std::size_t>(seconds * kRate)); }

void add(Samples& to, const Samples& what, double gain, double at = 0) {
  const auto from = static_cast<std::size_t>(at * kRate);
  for (std::size_t n = 0; n < what.size() && from + n < to.size(); ++n) to[from + n] += static_cast<float>(gain) * what[n];
}

Samples filtered(Samples x, const dsp::Biquad& biquad) {
  dsp::BiquadState state;
  for (float& v : x) v = static_cast<float>(dsp::step(biquad, state, dsp::Pair{v, v})[0]);
  return x;
}
dsp::Biquad band(double hertz, double q) { return dsp::Biquad::band_pass(std::min(hertz, 19000.0), q, kRate); }
dsp::Biquad above(double hertz) { return dsp::Biquad::high_pass(std::min(hertz, 18000.0), 0.7, kRate); }
dsp::Biquad below(double hertz) { return dsp::Biquad::low_pass(std::min(hertz, 19000.0), 0.7, kRate); }

Samples white(double seconds, Random& r) {
  Samples x = silence(seconds);
  for (float& v : x) v = static_cast<float>(0.3 * r.normal());
  return x;
}

// Rises within `rise` seconds, then falls to 1/e in `fall`.
Samples struck(Samples x, double rise, double fall) {
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    x[n] *= static_cast<float>(std::min(1.0, rise > 0 ? t / rise : 1.0) * std::exp(-std::max(0.0, t - rise) / fall));
  }
  return x;
}

// From `hertz` times `bend` down to `hertz`; shape 0: sine, 1: triangle, 2: square, 3: saw.
Samples tone(double seconds, double hertz, double bend, double bend_time, int shape) {
  Samples x = silence(seconds);
  double phase = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    phase += hertz * (1 + (bend - 1) * std::exp(-t / bend_time)) / kRate;
    phase -= std::floor(phase);
    x[n] = static_cast<float>(shape == 0 ? std::sin(kTurn * phase) : shape == 1 ? 4 * std::abs(phase - 0.5) - 1 : shape == 2 ? (phase < 0.5 ? 0.7 : -0.7) : 1.4 * phase - 0.7);
  }
  return x;
}

double log_uniform(Random& r, double low, double high) { return low * std::pow(high / low, r.uniform(0, 1)); }

// Squares out of tune with each other, as drum machines make metal; or many sines, as plates ring.
Samples metal(double seconds, Random& r) {
  Samples x = silence(seconds);
  const double base = log_uniform(r, 180, 900);
  if (r.chance(0.6)) {
    const int count = r.integer(3, 8);
    for (int i = 0; i < count; ++i) add(x, tone(seconds, base * r.uniform(1, 3.2), 1, 1, 2), 0.3);
  } else {
    const int count = r.integer(20, 60);
    const double top = r.uniform(6000, 14000);
    for (int i = 0; i < count; ++i) add(x, struck(tone(seconds, log_uniform(r, base, top), 1, 1, 0), 0, log_uniform(r, 0.1, 2)), 0.12 * r.uniform(0.2, 1));
  }
  return x;
}

Samples kick(Random& r) {
  const double fall = log_uniform(r, 0.05, 0.45);
  Samples x = struck(tone(std::min(1.5, fall * 6), r.uniform(38, 75), log_uniform(r, 1.3, 8), log_uniform(r, 0.006, 0.07), r.chance(0.85) ? 0 : 1), 0.001, fall);
  if (r.chance(0.7)) add(x, struck(filtered(white(0.05, r), r.chance(0.5) ? above(2000) : band(log_uniform(r, 500, 5000), 0.7)), 0, log_uniform(r, 0.002, 0.012)), r.uniform(0.1, 1.2));
  return x;
}

Samples snare(Random& r) {
  const double fall = log_uniform(r, 0.04, 0.25);
  Samples x = silence(std::min(1.2, fall * 7));
  add(x, struck(filtered(filtered(white(fall * 7, r), above(log_uniform(r, 300, 2500))), below(log_uniform(r, 4000, 16000))), 0.001, fall), r.uniform(0.6, 2));
  add(x, struck(tone(0.5, r.uniform(130, 280), r.uniform(1, 1.8), 0.02, 0), 0.001, log_uniform(r, 0.02, 0.12)), r.uniform(0.2, 1));
  if (r.chance(0.6)) add(x, struck(tone(0.3, r.uniform(280, 480), r.uniform(1, 1.4), 0.02, 0), 0.001, log_uniform(r, 0.01, 0.08)), r.uniform(0.1, 0.6));
  if (r.chance(0.2)) {               // a room shut by a gate
    const double gate = r.uniform(0.1, 0.35);
    add(x, filtered(white(gate, r), band(log_uniform(r, 400, 3000), 0.4)), r.uniform(0.2, 0.7));
  }
  return x;
}

Samples clap(Random& r) {
  const double fall = log_uniform(r, 0.03, 0.25), middle = log_uniform(r, 700, 2600), q = r.uniform(0.5, 2.2);
  Samples x = silence(std::min(1.2, 0.06 + fall * 7));
  const int bursts = r.integer(2, 5);
  double at = 0;
  for (int i = 0; i < bursts; ++i) {
    const bool last = i + 1 == bursts;
    add(x, struck(filtered(white(last ? fall * 7 : 0.03, r), band(middle * r.uniform(0.9, 1.1), q)), 0.0005, last ? fall : log_uniform(r, 0.003, 0.009)), last ? r.uniform(0.5, 1.2) : r.uniform(0.6, 1.2), at);
    at += r.uniform(0.006, 0.014);
  }
  return x;
}

Samples plate(Random& r, double fall, bool ping) {
  const double length = std::min(3.5, 0.03 + fall * 5), mix = r.uniform(0, 1);
  Samples x = silence(length);
  if (mix < 0.85) add(x, metal(length, r), 1 - mix);
  add(x, white(length, r), mix);
  x = filtered(std::move(x), above(log_uniform(r, ping ? 250 : 1200, ping ? 4000 : 8000)));
  if (r.chance(0.5)) x = filtered(std::move(x), band(log_uniform(r, 3500, 11000), r.uniform(0.3, 1.2)));
  const double rise = r.chance(0.15) ? r.uniform(0.002, 0.02) : 0;
  Samples y = struck(x, rise, fall);
  add(y, struck(x, rise, fall * r.uniform(0.05, 0.3)), r.uniform(0, 1.5));
  if (ping) add(y, struck(tone(0.8, log_uniform(r, 300, 5000), 1, 1, r.chance(0.5) ? 0 : 2), 0, log_uniform(r, 0.01, 0.4)), r.uniform(0, 0.12));
  return y;
}
Samples closed_hat(Random& r) { return plate(r, log_uniform(r, 0.008, 0.055), false); }
Samples open_hat(Random& r) { return plate(r, log_uniform(r, 0.1, 0.45), false); }
Samples cymbal(Random& r) { return plate(r, log_uniform(r, 0.22, 2.2), true); }      // drum machines cut them short

Samples tom(Random& r) {
  const double fall = log_uniform(r, 0.08, 0.5);
  Samples x = struck(tone(std::min(1.6, fall * 6), log_uniform(r, 65, 230), r.uniform(1.05, 1.9), log_uniform(r, 0.02, 0.15), r.chance(0.8) ? 0 : 1), 0.001, fall);
  if (r.chance(0.6)) add(x, struck(filtered(white(0.3, r), band(log_uniform(r, 300, 4000), 0.6)), 0, log_uniform(r, 0.005, 0.06)), r.uniform(0.05, 0.5));
  return x;
}

Samples percussion(Random& r, int which) {
  switch (which % 9) {
    case 0: {                        // shaker, cabasa, maracas: grains that swell and stop
      const double rise = log_uniform(r, 0.004, 0.09), fall = log_uniform(r, 0.01, 0.08);
      Samples x = struck(filtered(white(rise + fall * 6, r), r.chance(0.5) ? above(log_uniform(r, 2500, 8000)) : band(log_uniform(r, 3000, 10000), r.uniform(0.5, 2))), rise, fall);
      const double grain = r.uniform(0, 0.9);
      double held = 1;
      for (std::size_t n = 0; n < x.size(); ++n) {
        if (n % 40 == 0) held = 1 - grain * r.uniform(0, 1);
        x[n] *= static_cast<float>(held);
      }
      if (r.chance(0.3)) {           // there and back
        Samples y = silence(0.5);
        add(y, x, r.uniform(0.3, 0.8));
        add(y, x, 1, r.uniform(0.05, 0.2));
        return y;
      }
      return x;
    }
    case 1: {                        // tambourine, bells on a stick: jingles, each its own
      Samples x = silence(r.uniform(0.15, 0.7));
      const int jingles = r.integer(4, 14);
      const double low = r.uniform(3000, 6500), fall = log_uniform(r, 0.03, 0.25);
      for (int i = 0; i < jingles; ++i) {
        const double at = std::abs(r.normal()) * 0.012;
        for (int k = 0; k < 3; ++k) add(x, struck(tone(0.5, low * r.uniform(1, 2.6), 1, 1, 0), 0.001, fall * r.uniform(0.5, 1.5)), 0.1, at);
      }
      add(x, struck(filtered(white(0.3, r), above(4000)), 0.003, log_uniform(r, 0.015, 0.08)), r.uniform(0.3, 1.5));
      if (r.chance(0.4)) add(x, struck(tone(0.1, r.uniform(150, 500), 1.1, 0.01, 0), 0, 0.02), r.uniform(0.05, 0.4));
      return x;
    }
    case 2: {                        // rim, stick, side stick: one hard click
      const double fall = log_uniform(r, 0.006, 0.035);
      Samples x = struck(tone(0.25, log_uniform(r, 350, 2200), 1, 1, r.chance(0.6) ? 0 : 1), 0, fall);
      add(x, struck(tone(0.25, log_uniform(r, 700, 3500), 1, 1, 0), 0, fall * 0.7), r.uniform(0.2, 1));
      add(x, struck(filtered(white(0.1, r), above(log_uniform(r, 800, 4000))), 0, log_uniform(r, 0.002, 0.015)), r.uniform(0.2, 1.6));
      return x;
    }
    case 3: {                        // cowbell, agogo: two tones that do not fit
      const double hertz = log_uniform(r, 350, 1300), fall = log_uniform(r, 0.04, 0.35);
      const int shape = r.chance(0.6) ? 2 : 1;
      Samples x = struck(tone(fall * 5, hertz, 1, 1, shape), 0, fall);
      add(x, struck(tone(fall * 5, hertz * r.uniform(1.3, 1.75), 1, 1, shape), 0, fall), r.uniform(0.5, 1));
      return filtered(std::move(x), band(hertz * r.uniform(1, 3), r.uniform(0.4, 2)));
    }
    case 4: {                        // claves, wood blocks
      const double hertz = log_uniform(r, 500, 3200), fall = log_uniform(r, 0.01, 0.07);
      Samples x = struck(tone(fall * 6, hertz, r.uniform(1, 1.1), 0.005, 0), 0.0003, fall);
      if (r.chance(0.5)) add(x, struck(tone(fall * 4, hertz * r.uniform(1.5, 2.9), 1, 1, 0), 0, fall * 0.5), r.uniform(0.1, 0.5));
      add(x, struck(white(0.02, r), 0, 0.002), r.uniform(0, 0.6));
      return x;
    }
    case 5: {                        // conga, bongo, tabla: a skin, higher than toms, one mode strong
      const double hertz = log_uniform(r, 170, 650), fall = log_uniform(r, 0.03, 0.25);
      Samples x = struck(tone(fall * 6, hertz, r.uniform(1, 1.12), 0.02, 0), 0.0005, fall);
      add(x, struck(tone(fall * 4, hertz * r.uniform(1.5, 2.4), 1, 1, 0), 0, fall * 0.5), r.uniform(0, 0.5));
      add(x, struck(filtered(white(0.1, r), band(log_uniform(r, 600, 5000), 0.8)), 0, log_uniform(r, 0.002, 0.02)), r.uniform(0.1, 1.5));
      return x;
    }
    case 6: {                        // guiro, ratchet, vibraslap: a row of clicks
      const double length = r.uniform(0.1, 0.5);
      Samples x = silence(length + 0.05);
      double at = 0, gap = r.uniform(0.006, 0.03);
      const double middle = log_uniform(r, 1500, 6000);
      while (at < length) add(x, struck(filtered(white(0.02, r), band(middle, r.uniform(0.8, 3))), 0, 0.003), r.uniform(0.5, 1), at), at += gap * r.uniform(0.85, 1.15), gap *= r.uniform(0.96, 1.03);
      return x;
    }
    case 7: {                        // snap, castanet: short noise around one pitch
      const double fall = log_uniform(r, 0.004, 0.02);
      Samples x = struck(filtered(white(0.12, r), band(log_uniform(r, 1200, 3600), r.uniform(1.5, 6))), 0, fall);
      if (r.chance(0.4)) add(x, struck(filtered(white(0.3, r), band(log_uniform(r, 800, 3000), 0.5)), 0, r.uniform(0.02, 0.08)), r.uniform(0.05, 0.3));
      return x;
    }
    default: {                       // triangle, finger cymbals: few high tones that ring
      const double fall = r.chance(0.4) ? log_uniform(r, 0.03, 0.1) : log_uniform(r, 0.2, 1.2), base = log_uniform(r, 1800, 5200);
      Samples x = silence(std::min(2.5, fall * 5));
      const int partials = r.integer(3, 7);
      for (int i = 0; i < partials; ++i) add(x, struck(tone(std::min(2.5, fall * 5), base * r.uniform(1, 3.4), 1, 1, 0), 0, fall * r.uniform(0.5, 1.2)), r.uniform(0.1, 0.6));
      add(x, struck(filtered(white(0.05, r), above(5000)), 0, 0.003), r.uniform(0.1, 0.8));
      return x;
    }
  }
}

// A low note that stands, however it is made.
Samples bass(Random& r) {
  const double hertz = 440 * std::exp2((r.uniform(25, 45) - 69) / 12), length = r.uniform(0.25, 1.8);
  const int shape = r.integer(0, 3);
  Samples x = tone(length, hertz, r.chance(0.25) ? r.uniform(1.1, 3) : 1, 0.012, shape);
  if (r.chance(0.4)) add(x, tone(length, hertz * std::exp2(r.uniform(-0.02, 0.02)) * (r.chance(0.3) ? 2 : 1), 1, 1, r.integer(0, 3)), r.uniform(0.2, 1));
  if (r.chance(0.3)) {               // two operators
    const double depth = r.uniform(0.5, 6), ratio = r.integer(1, 3), fall = r.uniform(0.05, 0.6);
    for (std::size_t n = 0; n < x.size(); ++n) {
      const double t = static_cast<double>(n) / kRate;
      x[n] = static_cast<float>(std::sin(kTurn * hertz * t + depth * std::exp(-t / fall) * std::sin(kTurn * hertz * ratio * t)));
    }
  }
  const double open = log_uniform(r, 150, 6000), opened = r.uniform(1, 6), fall = log_uniform(r, 0.05, 1);
  dsp::Biquad biquad;
  dsp::BiquadState state;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    if (n % 32 == 0) biquad = dsp::Biquad::low_pass(std::min(open * (1 + (opened - 1) * std::exp(-t / fall)), 18000.0), r.chance(0.5) ? 0.8 : 2.5, kRate);
    x[n] = static_cast<float>(dsp::step(biquad, state, dsp::Pair{x[n], x[n]})[0] * std::min({1.0, t / 0.004, (length - t) / 0.03}));
  }
  return r.chance(0.5) ? struck(std::move(x), 0, log_uniform(r, 0.25, 2)) : x;
}

Samples noise(Random& r, int which) {
  const double length = log_uniform(r, 0.15, 2.5);
  Samples x = silence(length);
  const auto swell = [&](double speed, double deep) {
    const double phase = r.uniform(0, 6);
    for (std::size_t n = 0; n < x.size(); ++n) x[n] *= static_cast<float>(1 - deep * (0.5 + 0.5 * std::sin(phase + kTurn * speed * static_cast<double>(n) / kRate)));
  };
  switch (which % 10) {
    case 0: {                        // wind that howls round a corner: narrow, and wandering
      const int voices = r.integer(1, 4);
      for (int i = 0; i < voices; ++i) {
        const Samples in = white(length, r);
        const double middle = log_uniform(r, 180, 1600), q = log_uniform(r, 3, 45);
        double at = 0;
        dsp::Biquad biquad;
        dsp::BiquadState state;
        for (std::size_t n = 0; n < x.size(); ++n) {
          if (n % 64 == 0) at += 0.02 * r.normal() - 0.004 * at, biquad = band(middle * std::exp2(at), q);
          x[n] += static_cast<float>(dsp::step(biquad, state, dsp::Pair{in[n], in[n]})[0] * std::sqrt(q));
        }
      }
      add(x, filtered(white(length, r), below(log_uniform(r, 150, 3000))), r.uniform(0.05, 0.8));
      swell(r.uniform(0.2, 2), r.uniform(0, 0.8));
      break;
    }
    case 1: {                        // rain, frying
      const double drops = log_uniform(r, 60, 4000);
      while (r.chance(1 - 1 / std::max(2.0, drops * length))) {
        const double at = r.uniform(0, length);
        add(x, struck(filtered(white(0.006, r), band(log_uniform(r, 1500, 12000), r.uniform(0.5, 3))), 0, log_uniform(r, 0.0004, 0.003)), r.uniform(0.1, 1), at);
      }
      add(x, filtered(white(length, r), above(log_uniform(r, 300, 4000))), r.uniform(0.02, 0.3));
      break;
    }
    case 2: {                        // vinyl, fire: clicks far apart over hiss and rumble
      add(x, filtered(white(length, r), band(log_uniform(r, 400, 6000), 0.3)), r.uniform(0.02, 0.15));
      add(x, filtered(white(length, r), below(r.uniform(40, 120))), r.uniform(0, 0.5));
      const int clicks = r.integer(2, 60);
      for (int i = 0; i < clicks; ++i) add(x, struck(filtered(white(0.01, r), band(log_uniform(r, 800, 9000), 0.7)), 0, log_uniform(r, 0.0002, 0.004)), std::exp(r.normal() - 0.5), r.uniform(0, length));
      break;
    }
    case 3: {                        // engine: thumps a little uneven, through pipes
      const double rate = log_uniform(r, 12, 90);
      double next = 0;
      for (std::size_t n = 0; n < x.size(); ++n)
        if (static_cast<double>(n) >= next) x[n] += static_cast<float>(r.uniform(1, 3)), next += kRate / rate * r.uniform(0.8, 1.2);
      add(x, white(length, r), r.uniform(0.1, 0.8));
      Samples y = filtered(x, band(log_uniform(r, 60, 300), r.uniform(0.6, 3)));
      add(y, filtered(x, band(log_uniform(r, 300, 2500), r.uniform(0.6, 3))), r.uniform(0.3, 1));
      x = std::move(y);
      break;
    }
    case 4:                          // blast of air: on, and off
      x = filtered(white(length, r), band(log_uniform(r, 500, 7000), r.uniform(0.2, 0.8)));
      swell(r.uniform(0.5, 20), r.uniform(0, 0.3));
      break;
    case 5: {                        // static of a chip: each value held
      const int held = r.integer(1, 40);
      const bool bits = r.chance(0.5);
      double value = 0;
      for (std::size_t n = 0; n < x.size(); ++n) {
        if (n % static_cast<std::size_t>(held) == 0) value = bits ? (r.chance(0.5) ? 0.5 : -0.5) : 0.4 * r.normal();
        x[n] = static_cast<float>(value);
      }
      break;
    }
    case 6: {                        // sweep
      const Samples in = white(length, r);
      const double from = log_uniform(r, 150, 9000), to = log_uniform(r, 150, 9000), q = log_uniform(r, 0.4, 8);
      dsp::Biquad biquad;
      dsp::BiquadState state;
      for (std::size_t n = 0; n < x.size(); ++n) {
        if (n % 64 == 0) biquad = band(from * std::pow(to / from, static_cast<double>(n) / static_cast<double>(x.size())), q);
        x[n] = static_cast<float>(dsp::step(biquad, state, dsp::Pair{in[n], in[n]})[0]);
      }
      break;
    }
    case 7: {                        // white, pink, brown, as it is
      x = white(length, r);
      const double tilt = r.uniform(0, 1);
      double low = 0;
      for (float& v : x) low += (1 - tilt * 0.97) * (v - low), v = static_cast<float>(low);
      break;
    }
    case 8: {                        // paper, gravel, a crowd of small things
      const int bursts = r.integer(3, 40);
      for (int i = 0; i < bursts; ++i) add(x, struck(filtered(white(0.2, r), band(log_uniform(r, 300, 8000), r.uniform(0.4, 2))), r.uniform(0, 0.02), log_uniform(r, 0.003, 0.05)), r.uniform(0.1, 1), r.uniform(0, length));
      break;
    }
    default: {                       // a mains hum or a motor under noise
      const double hertz = r.chance(0.4) ? (r.chance(0.5) ? 50 : 60) : log_uniform(r, 30, 400);
      x = filtered(white(length, r), band(log_uniform(r, 200, 5000), 0.3));
      const int partials = r.integer(2, 9);
      for (int k = 1; k <= partials; ++k) add(x, tone(length, hertz * k, 1, 1, 0), r.uniform(0, 0.12));
      break;
    }
  }
  const double rise = r.chance(0.5) ? 0.001 : log_uniform(r, 0.003, 0.4 * length), end = r.chance(0.5) ? 0.003 : log_uniform(r, 0.01, 0.6 * length);
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    x[n] *= static_cast<float>(std::min({1.0, t / rise, (length - t) / end}));
  }
  return x;
}

}  // namespace

std::vector<Sound> machine_sounds(int each, Random random) {
  struct Kind {
    SoundClass kind;
    int count;
    std::function<Samples(Random&, int)> make;
  };
  const auto plain = [](Samples (*make)(Random&)) { return [make](Random& r, int) { return make(r); }; };
  const std::array<Kind, 10> kinds{{{SoundClass::Kick, each, plain(kick)},
                                    {SoundClass::Snare, each, plain(snare)},
                                    {SoundClass::Clap, each, plain(clap)},
                                    {SoundClass::ClosedHat, each, plain(closed_hat)},
                                    {SoundClass::OpenHat, each, plain(open_hat)},
                                    {SoundClass::Cymbal, each, plain(cymbal)},
                                    {SoundClass::Tom, each, plain(tom)},
                                    {SoundClass::Percussion, each * 9 / 4, percussion},
                                    {SoundClass::Bass, each, plain(bass)},
                                    {SoundClass::Noise, each * 2, noise}}};
  std::vector<Sound> sounds;
  std::uint64_t seed = 0;
  for (const Kind& kind : kinds)
    for (int i = 0; i < kind.count; ++i) {
      Random r = random.fork(seed++);
      Sound s{kind.make(r, i), kind.kind, "machine " + std::to_string(r.integer(0, 9))};
      float peak = 1e-6F;
      for (const float v : s.mono) peak = std::max(peak, std::abs(v));
      for (float& v : s.mono) v /= peak;
      if (s.mono.size() > 400) sounds.push_back(std::move(s));
    }
  return sounds;
}

void old_sampler(std::vector<float>& sound, Random random) {
  const double step = kRate / random.uniform(8000, 32000), levels = std::exp2(random.integer(5, 12) - 1);
  const bool smooth = random.chance(0.5);
  float peak = 1e-6F;
  for (const float v : sound) peak = std::max(peak, std::abs(v));
  if (smooth) sound = filtered(filtered(std::move(sound), below(0.45 * kRate / step)), below(0.45 * kRate / step));
  double next = 0;
  float held = 0;
  for (std::size_t n = 0; n < sound.size(); ++n) {
    if (static_cast<double>(n) >= next) held = static_cast<float>(std::round(sound[n] / peak * levels) / levels) * peak, next += step;
    sound[n] = held;
  }
  if (smooth) sound = filtered(std::move(sound), below(0.45 * kRate / step));
}

}  // namespace figment::classes
