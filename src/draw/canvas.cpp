#include "draw/canvas.h"

#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace figment::draw {

Colour heat(double t) noexcept {
  constexpr std::array<Colour, 6> stops{{{0.01, 0.01, 0.05}, {0.23, 0.06, 0.38}, {0.55, 0.16, 0.50}, {0.87, 0.29, 0.41}, {0.99, 0.62, 0.43}, {0.99, 0.96, 0.75}}};
  const double at = std::clamp(t, 0.0, 1.0) * (stops.size() - 1);
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(at), stops.size() - 2);
  const double f = at - static_cast<double>(i);
  const Colour &a = stops[i], &b = stops[i + 1];
  return {a.r + (b.r - a.r) * f, a.g + (b.g - a.g) * f, a.b + (b.b - a.b) * f};
}

struct Canvas::Impl {
  cairo_surface_t* surface;
  cairo_t* c;
};

Canvas::Canvas(int width, int height) {
  cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  impl_ = new Impl{surface, cairo_create(surface)};
  cairo_select_font_face(impl_->c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  colour(kBackground);
  box(0, 0, width, height);
}

Canvas::~Canvas() {
  cairo_destroy(impl_->c);
  cairo_surface_destroy(impl_->surface);
  delete impl_;
}

void Canvas::colour(Colour k, double alpha) { cairo_set_source_rgba(impl_->c, k.r, k.g, k.b, alpha); }

void Canvas::box(double x, double y, double width, double height) {
  cairo_rectangle(impl_->c, x, y, width, height);
  cairo_fill(impl_->c);
}

void Canvas::text(double x, double y, double size, const std::string& words) {
  cairo_set_font_size(impl_->c, size);
  cairo_move_to(impl_->c, x, y);
  cairo_show_text(impl_->c, words.c_str());
}

void Canvas::text_inside(double x, double y, double size, const std::string& words, double left, double top, double width, double height) {
  cairo_save(impl_->c);
  cairo_rectangle(impl_->c, left, top, width, height);
  cairo_clip(impl_->c);
  text(x, y, size, words);
  cairo_restore(impl_->c);
}

void Canvas::line(const std::vector<std::pair<double, double>>& points, double width) {
  cairo_set_line_width(impl_->c, width);
  for (std::size_t i = 0; i < points.size(); ++i) (i == 0 ? cairo_move_to : cairo_line_to)(impl_->c, points[i].first, points[i].second);
  cairo_stroke(impl_->c);
}

void Canvas::wave(double x, double middle, double half, double low, double high, double rms) {
  colour(kWave);
  box(x, middle - high * half, 1, std::max(1.0, (high - low) * half));
  colour(kWaveCore);
  box(x, middle - rms * half, 1, 2 * rms * half);
}

void Canvas::pixel(int x, int y, Colour k) {
  cairo_surface_flush(impl_->surface);
  const auto byte = [](double v) { return static_cast<std::uint32_t>(std::lround(std::clamp(v, 0.0, 1.0) * 255)); };
  unsigned char* row = cairo_image_surface_get_data(impl_->surface) + y * cairo_image_surface_get_stride(impl_->surface);
  reinterpret_cast<std::uint32_t*>(row)[x] = byte(k.r) << 16 | byte(k.g) << 8 | byte(k.b);
  cairo_surface_mark_dirty(impl_->surface);
}

void Canvas::save(const std::filesystem::path& png) {
  auto aside = png;
  aside += ".part";
  std::error_code status;
  if (cairo_surface_write_to_png(impl_->surface, aside.c_str()) != CAIRO_STATUS_SUCCESS) {
    std::filesystem::remove(aside, status);
    throw Error(ErrorCode::Io, "cannot write " + png.string());
  }
  std::filesystem::rename(aside, png, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + png.string() + ": " + status.message());
}

std::string clock_text(double seconds, bool tenths) {
  const auto parts = static_cast<long>(std::lround(seconds * (tenths ? 10 : 1)));
  const long whole = tenths ? parts / 10 : parts;
  return std::to_string(whole / 60) + (whole % 60 < 10 ? ":0" : ":") + std::to_string(whole % 60) + (tenths ? "." + std::to_string(parts % 10) : "");
}

double time_step(double seconds) noexcept {
  for (const double step : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0})
    if (seconds / step <= 20) return step;
  return 600;
}

}  // namespace figment::draw
