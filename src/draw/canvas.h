// Pictures: boxes, lines, text and single pixels, written as PNG.
//
//   Library  Cairo
//   Units    pixels from the upper left corner
//   Safety   `save` writes beside the file and renames. Error Io
//   Threads  one at a time per object

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace figment::draw {

struct Colour {
  double r = 0, g = 0, b = 0;
};

inline constexpr Colour kBackground{0.07, 0.07, 0.09}, kTitle{0.95, 0.95, 0.97}, kText{0.65, 0.66, 0.7}, kFaint{0.25, 0.25, 0.29}, kWave{0.40, 0.62, 0.86},
    kWaveCore{0.74, 0.87, 0.98}, kCurve{0.98, 0.78, 0.35};

// 0 … 1: dark violet through red to pale yellow, in even steps of lightness, readable in grey.
[[nodiscard]] Colour heat(double t) noexcept;

class Canvas {
 public:
  Canvas(int width, int height);   // filled with kBackground
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  void colour(Colour colour, double alpha = 1);
  void box(double x, double y, double width, double height);
  void text(double x, double y, double size, const std::string& words);
  // Only what falls into the box is shown.
  void text_inside(double x, double y, double size, const std::string& words, double left, double top, double width, double height);
  void line(const std::vector<std::pair<double, double>>& points, double width);
  // A column of a waveform around `middle`: from the lowest to the highest sample, and RMS over it. `half` is full scale.
  void wave(double x, double middle, double half, double low, double high, double rms);
  void pixel(int x, int y, Colour colour);

  void save(const std::filesystem::path& png);

 private:
  struct Impl;
  Impl* impl_;
};

// "1:05", and "1:05.3" with tenths.
[[nodiscard]] std::string clock_text(double seconds, bool tenths = false);

// Seconds from mark to mark on an axis of so many seconds.
[[nodiscard]] double time_step(double seconds) noexcept;

}  // namespace figment::draw
