#include "analysis/measures.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "analysis/third_octaves.h"
#include "base/executor.h"

namespace figment::analysis {
namespace {

constexpr std::int64_t kTenthsOfSegment = 64;
constexpr std::int64_t kFlat = 3;             // samples alike
constexpr float kFlatFrom = 0.977F;           // -0.2 dBFS
constexpr float kAlike = 1e-6F;

struct Segment {
  Tally tally;
  std::array<double, 2> sum{};
  std::int64_t clipped = 0;
  std::int64_t first_part = 0;
  std::vector<OutlinePart> parts;
};

// Flat tops that begin in `x[from] …`; the sample before and the two after the end may be looked at.
std::int64_t flat_tops(const float* x, std::int64_t from, std::int64_t to, std::int64_t end) {
  std::int64_t found = 0;
  for (std::int64_t n = from; n < to; ++n) {
    if (std::fabs(x[n]) < kFlatFrom) continue;
    const auto alike = [&](std::int64_t k) { return k >= 0 && k < end && std::fabs(x[k] - x[n]) <= kAlike; };
    if (alike(n - 1)) continue;
    std::int64_t length = 1;
    while (length < kFlat && alike(n + length)) ++length;
    if (length == kFlat) ++found;
  }
  return found;
}

}  // namespace

Measures measure(const audio::Spool& sound, std::int64_t frames, const Progress& progress) {
  Measures m;
  m.rate = sound.rate();
  m.channels = sound.channels();
  m.frames = frames;
  const std::int64_t tenth = std::max<std::int64_t>(static_cast<std::int64_t>(m.rate.value / 10), 1);
  const std::int64_t length = kTenthsOfSegment * tenth, run_up = 5 * tenth;
  const auto count = static_cast<std::size_t>((frames + length - 1) / length);
  const auto part_of = [&](std::int64_t frame) { return frame * kOutlineParts / frames; };

  std::vector<Segment> segments(count);
  std::atomic<std::size_t> done{0};
  parallel_for(count, [&](std::size_t i) {
    Segment& s = segments[i];
    const std::int64_t start = static_cast<std::int64_t>(i) * length, own = std::min(length, frames - start);
    const std::int64_t after = std::min(kFlat, frames - start - own);
    audio::AudioBuffer piece(m.channels, run_up + own + after, m.rate);
    sound.read(start - run_up, piece.block());
    const audio::AudioView view = piece.view().part(run_up, own);
    s.tally = tally(piece.view().part(0, run_up), view);
    s.first_part = part_of(start);
    s.parts.resize(static_cast<std::size_t>(part_of(start + own - 1) - s.first_part + 1));
    for (int c = 0; c < m.channels; ++c) {
      const float* x = view.channel(c);
      double sum = 0;
      for (std::int64_t n = 0; n < own; ++n) {
        OutlinePart& part = s.parts[static_cast<std::size_t>(part_of(start + n) - s.first_part)];
        part.low = std::min(part.low, x[n]);
        part.high = std::max(part.high, x[n]);
        part.power += static_cast<double>(x[n] * x[n]);
        sum += static_cast<double>(x[n]);
      }
      s.sum[static_cast<std::size_t>(c)] = sum;
      s.clipped += flat_tops(piece.channel(c), run_up, run_up + own, piece.frames());
    }
    progress.part(0, 0.7).set(static_cast<double>(++done) / static_cast<double>(count), "measuring");
  });

  m.outline.resize(kOutlineParts);
  for (const Segment& s : segments) {
    m.tally.append(s.tally);
    m.clipped += s.clipped;
    for (std::size_t c = 0; c < 2; ++c) m.dc[c] += s.sum[c] / static_cast<double>(frames);
    for (std::size_t p = 0; p < s.parts.size(); ++p) {
      OutlinePart& part = m.outline[static_cast<std::size_t>(s.first_part) + p];
      part.low = std::min(part.low, s.parts[p].low);
      part.high = std::max(part.high, s.parts[p].high);
      part.power += s.parts[p].power;
    }
  }
  const double samples_of_part = std::max(1.0, static_cast<double>(frames) * m.channels / kOutlineParts);
  for (OutlinePart& part : m.outline) part.power /= samples_of_part;
  m.loudness = m.tally.loudness();
  m.short_term = m.tally.short_term();
  m.width = m.tally.width();
  m.mono_loss_db = m.channels == 1 ? 0 : m.tally.mono_loss();
  m.spectrum = third_octaves(sound, frames, progress);
  progress.set(1, "measured");
  return m;
}

}  // namespace figment::analysis
