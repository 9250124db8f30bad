#include "sampling/fit.h"

#include <algorithm>
#include <cmath>

#include "audio/sound_stream.h"
#include "audio/spool.h"
#include "audio/stretch.h"

namespace figment::sampling {
namespace {

constexpr double kMargin = 0.4;           // s of source beyond both ends
constexpr double kNear = 0.06;            // s: an attack this near to a beat stands for it

// Whether every point lies where it does already, to a frame.
bool stretches_nothing(const audio::Stretch& plan, std::int64_t lead, std::int64_t led_frames, std::int64_t longer) {
  return std::abs(longer) <= 1 && std::all_of(plan.anchors.begin(), plan.anchors.end(), [&](const audio::StretchAnchor& a) { return std::abs((a.source - lead) - (a.result - led_frames)) <= 1; });
}

BeatErrors summary(std::vector<double> ms) {
  BeatErrors e;
  e.beats = static_cast<int>(ms.size());
  if (ms.empty()) return e;
  std::sort(ms.begin(), ms.end());
  e.median_ms = ms[ms.size() / 2];
  e.worst_ms = ms[std::min(ms.size() - 1, static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(ms.size()))))];
  return e;
}

}  // namespace

std::int64_t fitted_frames(const FitSettings& settings, Hertz rate) { return settings.frames > 0 ? settings.frames : to_frames(settings.tempo.seconds(settings.warp.length()), rate).value; }

std::int64_t spool_sound(const std::filesystem::path& file, Hertz rate, const std::filesystem::path& scratch, std::unique_ptr<audio::Spool>& spool, const Progress& progress) {
  audio::SoundStream stream(file, rate);
  spool = std::make_unique<audio::Spool>(scratch, stream.channels(), rate);
  std::int64_t frames = 0;
  for (audio::AudioView view = stream.read(1 << 16); !view.empty(); view = stream.read(1 << 16)) {
    spool->write(frames, view);
    frames += view.frames();
    if (stream.expected() > 0) progress.set(std::min(1.0, static_cast<double>(frames) / static_cast<double>(stream.expected())), "reading");
  }
  return frames;
}

Seam fit(const std::filesystem::path& source, const FitSettings& settings, double scale, audio::WaveWriter& out,
         const std::filesystem::path& scratch, const Progress& progress) {
  std::unique_ptr<audio::Spool> spool;
  const std::int64_t there = spool_sound(source, out.rate(), scratch, spool, progress.part(0, 0.1));
  return fit(*spool, there, settings, scale, out, progress.part(0.1, 1));
}

Seam fit(const audio::Spool& spool, std::int64_t there, const FitSettings& settings, double scale, audio::WaveWriter& out, const Progress& progress) {
  const Hertz rate = out.rate();
  const Warp& warp = settings.warp;
  const int channels = spool.channels();

  // Frames of source and result around the bars: `lead` and `trail` are margins.
  const std::int64_t frames = fitted_frames(settings, rate);
  const std::int64_t begin = to_frames(warp.points.front().source, rate).value, end = to_frames(warp.points.back().source, rate).value;
  const auto margin = to_frames(Seconds{kMargin}, rate).value;
  const std::int64_t lead = warp.circular ? margin : std::clamp<std::int64_t>(begin, 0, margin), trail = margin;
  const auto ratio = [&](Beats from, Beats to) { return (settings.tempo.seconds(to) - settings.tempo.seconds(from)) / (warp.source_at(to) - warp.source_at(from)); };
  const double first_ratio = ratio(Beats{0}, warp.points[1].beat), last_ratio = ratio(warp.points[warp.points.size() - 2].beat, warp.length());
  const auto led_frames = static_cast<std::int64_t>(std::llround(static_cast<double>(lead) * first_ratio));
  // Where next to nothing comes before the start there is nothing to turn into.
  const bool led = led_frames >= to_frames(Seconds{0.0015}, rate).value;

  audio::Stretch plan;
  plan.source_frames = lead + (end - begin) + trail;
  plan.result_frames = led_frames + frames + static_cast<std::int64_t>(std::llround(static_cast<double>(trail) * last_ratio));
  plan.semitones = settings.semitones;
  plan.keep_formants = settings.keep_formants;
  for (const WarpPoint& p : warp.points) {
    const audio::StretchAnchor anchor{lead + to_frames(p.source, rate).value - begin, led_frames + to_frames(settings.tempo.seconds(p.beat), rate).value};
    if (anchor.source > 0 && anchor.result > 0) plan.anchors.push_back(anchor);
  }
  // Where the song's tempo changes inside a stretch of the warp, that is a point too.
  for (const score::TempoChange& change : settings.tempo.changes()) {
    if (change.at <= Beats{0} || change.at >= warp.length()) continue;
    plan.anchors.push_back({lead + to_frames(warp.source_at(change.at), rate).value - begin, led_frames + to_frames(settings.tempo.seconds(change.at), rate).value});
  }
  std::sort(plan.anchors.begin(), plan.anchors.end(), [](const audio::StretchAnchor& a, const audio::StretchAnchor& b) { return a.source < b.source; });
  const auto too_near = [](const audio::StretchAnchor& a, const audio::StretchAnchor& b) { return b.source - a.source < 64 || b.result - a.result < 64; };
  plan.anchors.erase(std::unique(plan.anchors.begin(), plan.anchors.end(), too_near), plan.anchors.end());

  const auto seam_frames = std::min(led ? std::min(to_frames(kSeamLength, rate).value, led_frames) : to_frames(kEndLength, rate).value, frames / 4);
  audio::AudioBuffer before(channels, seam_frames, rate), tail(channels, seam_frames, rate), piece(channels, 1 << 14, rate);
  SeamMeter meter(channels);
  std::int64_t read = 0, made = -led_frames;       // of the result, 0 the first downbeat

  const auto give = [&](std::int64_t at, audio::AudioBlock block) {
    meter.add(block);
    out.write(at, block);
  };
  const auto take = [&](audio::AudioView view) {
    audio::AudioBuffer scaled(channels, view.frames(), rate);
    scaled.block().copy_from(view);
    scaled.block().scale(static_cast<float>(scale));
    for (std::int64_t n = 0; n < view.frames();) {
      const std::int64_t at = made + n;
      const std::int64_t edge = at < -seam_frames ? -seam_frames : at < 0 ? 0 : at < frames - seam_frames ? frames - seam_frames : at < frames ? frames : at + view.frames();
      const audio::AudioBlock part = scaled.block().part(n, edge - at);
      if (at >= -seam_frames && at < 0 && led) before.block().part(at + seam_frames, part.frames()).copy_from(part);
      if (at >= 0 && at < frames - seam_frames) give(at, part);
      if (at >= frames - seam_frames && at < frames) tail.block().part(at - (frames - seam_frames), part.frames()).copy_from(part);
      n += part.frames();
    }
    made += view.frames();
  };
  if (stretches_nothing(plan, lead, led_frames, frames - (end - begin)) && settings.semitones == 0 && !warp.circular) {
    while (made < frames) {
      const audio::AudioBlock block = piece.block().part(0, std::min(piece.frames(), frames - made));
      spool.read(begin + made, block);
      take(block);
      progress.set(static_cast<double>(std::max<std::int64_t>(made, 0)) / static_cast<double>(frames), "laying");
    }
    close_loop(tail.block(), before.view());
    give(frames - seam_frames, tail.block());
    return meter.result();
  }
  audio::stretch(
      rate, channels, plan,
      [&](std::int64_t most) {
        const audio::AudioBlock block = piece.block().part(0, std::min(most, plan.source_frames - read));
        std::int64_t at = begin - lead + read;
        if (!warp.circular || there == 0) {
          spool.read(at, block);
        } else {
          for (std::int64_t n = 0; n < block.frames();) {
            const std::int64_t place = ((at + n) % there + there) % there;
            const audio::AudioBlock part = block.part(n, std::min(block.frames() - n, there - place));
            spool.read(place, part);
            n += part.frames();
          }
        }
        read += block.frames();
        return audio::AudioView(block);
      },
      take,
      progress);
  close_loop(tail.block(), before.view());
  give(frames - seam_frames, tail.block());
  return meter.result();
}

BeatErrors errors_before(const FitSettings& settings) {
  std::vector<double> ms;
  const Warp& warp = settings.warp;
  const auto beats = static_cast<int>(warp.length().value + 0.5);
  for (int b = 1; b < beats; ++b) {
    const Beats beat{static_cast<double>(b)};
    ms.push_back(1000 * std::abs((warp.source_at(beat) - warp.points.front().source).value - settings.tempo.seconds(beat).value));
  }
  return summary(std::move(ms));
}

BeatErrors errors_after(const std::vector<analysis::Attack>& attacks, const FitSettings& settings) {
  std::vector<double> ms;
  const auto beats = static_cast<int>(settings.warp.length().value + 0.5);
  for (int b = 0; b < beats; ++b) {
    const double at = settings.tempo.seconds(Beats{static_cast<double>(b)}).value;
    double best = kNear, strongest = 0;
    const auto from = std::lower_bound(attacks.begin(), attacks.end(), at - kNear, [](const analysis::Attack& a, double t) { return a.at.value < t; });
    for (auto a = from; a != attacks.end() && a->at.value <= at + kNear; ++a) {
      const double off = (a->at.value - at) / 0.03, weight = a->strength / (1 + off * off);
      if (weight > strongest) strongest = weight, best = std::abs(a->at.value - at);
    }
    if (strongest > 0.03) ms.push_back(1000 * best);
  }
  return summary(std::move(ms));
}

}  // namespace figment::sampling
