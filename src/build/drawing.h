// What pictures are drawn with: a dark sheet, boxes, lines, words, and the waveform that all of them show.
//
//   Library  Cairo, in memory
//   Errors   Io when the PNG cannot be written; it is written aside and renamed
//   Threads  one sheet per thread
#pragma once

#include <cairo.h>

#include <filesystem>
#include <string>

namespace figment::build {

struct Colour {
  double r, g, b;
};

inline constexpr Colour kPaper{0.07, 0.07, 0.09}, kInk{0.95, 0.95, 0.97}, kFaint{0.6, 0.6, 0.65}, kRule{0.25, 0.25, 0.29};

// Dark violet through red to pale yellow: even steps of lightness, readable in grey. 0 … 1.
[[nodiscard]] Colour heat(double t);

// "3:07"
[[nodiscard]] std::string clock_text(double seconds);
// A step for marks along so many seconds.
[[nodiscard]] double clock_step(double seconds);

struct Sheet {
  Sheet(int width, int height);   // filled with paper
  ~Sheet();
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;

  cairo_surface_t* surface;
  cairo_t* c;

  void colour(Colour k, double alpha = 1);
  void box(double x, double y, double w, double h);
  void text(double x, double y, double size, const std::string& words);
  // A column of a waveform around `middle`: from the lowest to the highest sample, and RMS over it. `half` is full scale.
  void wave(double x, double middle, double half, double low, double high, double rms);
  void save(const std::filesystem::path& png);
};

}  // namespace figment::build
