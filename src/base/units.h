// Units that cannot be mixed up.
//
//   Beats    musical time; one beat is always a quarter note, whatever the metre
//   Seconds  physical time
//   Frames   sample frames at some rate; a frame holds one sample of every channel
//   Hertz    frequency and sample rates
//   Bpm      quarter notes per minute
//   Decibels a level or gain relative to full scale; 0 dB is a gain of 1
//   Lufs     loudness by ITU-R BS.1770
//
// A quantity is built explicitly (`Seconds{2.5}`, `440_Hz`), adds and compares only with its own kind, scales by
// plain numbers, and divides by its own kind to a plain number. `.value` is the bare number, for arithmetic inside a
// function. Cost: none; it compiles to the bare number.

#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

namespace figment {

template <class Unit, class Number>
struct Quantity {
  Number value{};

  constexpr Quantity() = default;
  constexpr explicit Quantity(Number number) : value(number) {}

  friend constexpr auto operator<=>(Quantity, Quantity) = default;

  friend constexpr Unit operator+(Unit a, Unit b) { return Unit{a.value + b.value}; }
  friend constexpr Unit operator-(Unit a, Unit b) { return Unit{a.value - b.value}; }
  friend constexpr Unit operator-(Unit a) { return Unit{-a.value}; }
  friend constexpr Unit operator*(Unit a, Number k) { return Unit{a.value * k}; }
  friend constexpr Unit operator*(Number k, Unit a) { return Unit{a.value * k}; }
  friend constexpr Unit operator/(Unit a, Number k) { return Unit{a.value / k}; }
  friend constexpr Number operator/(Unit a, Unit b) { return a.value / b.value; }
  friend constexpr Unit& operator+=(Unit& a, Unit b) { a.value += b.value; return a; }
  friend constexpr Unit& operator-=(Unit& a, Unit b) { a.value -= b.value; return a; }
};

// clang-format off
struct Seconds  : Quantity<Seconds,  double>       { using Quantity::Quantity; };
struct Beats    : Quantity<Beats,    double>       { using Quantity::Quantity; };
struct Frames   : Quantity<Frames,   std::int64_t> { using Quantity::Quantity; };
struct Hertz    : Quantity<Hertz,    double>       { using Quantity::Quantity; };
struct Bpm      : Quantity<Bpm,      double>       { using Quantity::Quantity; };
struct Decibels : Quantity<Decibels, double>       { using Quantity::Quantity; };
struct Lufs     : Quantity<Lufs,     double>       { using Quantity::Quantity; };
// clang-format on

// The loudness a gain of `change` leads to, and the gain between two loudnesses (1 LU = 1 dB).
constexpr Lufs operator+(Lufs loudness, Decibels change) { return Lufs{loudness.value + change.value}; }
constexpr Decibels gain_between(Lufs from, Lufs to) { return Decibels{to.value - from.value}; }

// Linear amplitude of a level, and back. silence (amplitude <= 1e-10) is -200 dB.
inline double to_gain(Decibels level) { return std::pow(10.0, level.value / 20.0); }
inline Decibels to_decibels(double amplitude) {
  return Decibels{amplitude > 1e-10 ? 20.0 * std::log10(amplitude) : -200.0};
}

// Nearest frame to an instant.
inline Frames to_frames(Seconds time, Hertz rate) {
  return Frames{static_cast<std::int64_t>(std::llround(time.value * rate.value))};
}
constexpr Seconds to_seconds(Frames frames, Hertz rate) {
  return Seconds{static_cast<double>(frames.value) / rate.value};
}

// Equal temperament, A4 = MIDI note 69 = 440 Hz; fractions of a semitone allowed.
inline Hertz note_frequency(double midi_note) { return Hertz{440.0 * std::exp2((midi_note - 69.0) / 12.0)}; }

namespace literals {
constexpr Seconds operator""_s(long double v) { return Seconds{static_cast<double>(v)}; }
constexpr Seconds operator""_s(unsigned long long v) { return Seconds{static_cast<double>(v)}; }
constexpr Seconds operator""_ms(long double v) { return Seconds{static_cast<double>(v) / 1000.0}; }
constexpr Seconds operator""_ms(unsigned long long v) { return Seconds{static_cast<double>(v) / 1000.0}; }
constexpr Beats operator""_beats(long double v) { return Beats{static_cast<double>(v)}; }
constexpr Beats operator""_beats(unsigned long long v) { return Beats{static_cast<double>(v)}; }
constexpr Hertz operator""_Hz(long double v) { return Hertz{static_cast<double>(v)}; }
constexpr Hertz operator""_Hz(unsigned long long v) { return Hertz{static_cast<double>(v)}; }
constexpr Decibels operator""_dB(long double v) { return Decibels{static_cast<double>(v)}; }
constexpr Decibels operator""_dB(unsigned long long v) { return Decibels{static_cast<double>(v)}; }
}  // namespace literals

}  // namespace figment
