#include "build/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace figment::build {

Colour heat(double t) {
  constexpr std::array<Colour, 6> stops{{{0.01, 0.01, 0.05}, {0.23, 0.06, 0.38}, {0.55, 0.16, 0.50}, {0.87, 0.29, 0.41}, {0.99, 0.62, 0.43}, {0.99, 0.96, 0.75}}};
  const double at = std::clamp(t, 0.0, 1.0) * (stops.size() - 1);
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(at), stops.size() - 2);
  const double f = at - static_cast<double>(i);
  const Colour &a = stops[i], &b = stops[i + 1];
  return {a.r + (b.r - a.r) * f, a.g + (b.g - a.g) * f, a.b + (b.b - a.b) * f};
}

std::string clock_text(double seconds) {
  const int whole = static_cast<int>(std::lround(seconds));
  return std::to_string(whole / 60) + (whole % 60 < 10 ? ":0" : ":") + std::to_string(whole % 60);
}

double clock_step(double seconds) { return seconds > 3600 ? 900 : seconds > 600 ? 120 : seconds > 120 ? 20 : seconds > 40 ? 10 : seconds > 10 ? 2 : 1; }

Sheet::Sheet(int width, int height) : surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)), c(cairo_create(surface)) {
  colour(kPaper);
  box(0, 0, width, height);
  cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
}

Sheet::~Sheet() {
  cairo_destroy(c);
  cairo_surface_destroy(surface);
}

void Sheet::colour(Colour k, double alpha) { cairo_set_source_rgba(c, k.r, k.g, k.b, alpha); }

void Sheet::box(double x, double y, double w, double h) {
  cairo_rectangle(c, x, y, w, h);
  cairo_fill(c);
}

void Sheet::text(double x, double y, double size, const std::string& words) {
  cairo_set_font_size(c, size);
  cairo_move_to(c, x, y);
  cairo_show_text(c, words.c_str());
}

void Sheet::wave(double x, double middle, double half, double low, double high, double rms) {
  colour({0.40, 0.62, 0.86});
  box(x, middle - high * half, 1, std::max(1.0, (high - low) * half));
  colour({0.74, 0.87, 0.98});
  box(x, middle - rms * half, 1, 2 * rms * half);
}

void Sheet::save(const std::filesystem::path& png) {
  auto aside = png;
  aside += ".part";
  if (cairo_surface_write_to_png(surface, aside.c_str()) != CAIRO_STATUS_SUCCESS) {
    std::error_code ignored;
    std::filesystem::remove(aside, ignored);
    throw Error(ErrorCode::Io, "cannot write " + png.string());
  }
  std::error_code status;
  std::filesystem::rename(aside, png, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + png.string() + ": " + status.message());
}

}  // namespace figment::build
