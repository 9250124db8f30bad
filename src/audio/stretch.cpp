#include "audio/stretch.h"

#include <rubberband/RubberBandStretcher.h>

#include <bit>
#include <cmath>
#include <map>
#include <string>

#include "base/error.h"
#include "base/foreign_code.h"

namespace figment::audio {
namespace {

using RubberBand::RubberBandStretcher;

constexpr std::int64_t kBlock = 1024;
constexpr double kMostRatio = 16;

void check(const Stretch& plan) {
  if (plan.source_frames < 1 || plan.result_frames < 1)
    throw Error(ErrorCode::InvalidArgument, "cannot stretch " + std::to_string(plan.source_frames) + " frames to " + std::to_string(plan.result_frames));
  StretchAnchor last{0, 0};
  const auto step = [&](StretchAnchor next) {
    const double ratio = static_cast<double>(next.result - last.result) / static_cast<double>(next.source - last.source);
    if (next.source <= last.source || next.result <= last.result || ratio > kMostRatio || ratio < 1 / kMostRatio)
      throw Error(ErrorCode::InvalidArgument, "cannot stretch frames " + std::to_string(last.source) + " … " + std::to_string(next.source) + " to frames " +
                                                  std::to_string(last.result) + " … " + std::to_string(next.result));
    last = next;
  };
  for (const StretchAnchor& a : plan.anchors) step(a);
  step({plan.source_frames, plan.result_frames});
}

}  // namespace

void stretch(Hertz rate, int channels, const Stretch& plan, const std::function<AudioView(std::int64_t most)>& source,
             const std::function<void(AudioView)>& sink, const Progress& progress) {
  check(plan);
  before_foreign_code();
  int options = RubberBandStretcher::OptionProcessOffline | RubberBandStretcher::OptionEngineFiner | RubberBandStretcher::OptionChannelsTogether |
                RubberBandStretcher::OptionThreadingNever | RubberBandStretcher::OptionPitchHighQuality;
  if (plan.keep_formants) options |= RubberBandStretcher::OptionFormantPreserved;
  RubberBandStretcher stretcher(static_cast<std::size_t>(std::lround(rate.value)), static_cast<std::size_t>(channels), options,
                                static_cast<double>(plan.result_frames) / static_cast<double>(plan.source_frames), std::exp2(plan.semitones / 12));
  stretcher.setMaxProcessSize(kBlock);
  stretcher.setExpectedInputDuration(static_cast<std::size_t>(plan.source_frames));
  // A change of speed takes hold when its frame reaches the middle of the engine's window (a power of two from 1/32 s up), so
  // all are announced half a window early. The engine takes speeds from the distances between keys, so that results move
  // by what the first speed makes of that.
  const auto early = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::ceil(rate.value / 32)))) / 2;
  std::map<std::size_t, std::size_t> keys;
  if (!plan.anchors.empty()) {
    const StretchAnchor& first = plan.anchors.front();
    const std::int64_t moved = std::llround(static_cast<double>(early) * static_cast<double>(first.result) / static_cast<double>(first.source));
    for (const StretchAnchor& a : plan.anchors)
      if (a.source > early && a.result > moved) keys[static_cast<std::size_t>(a.source - early)] = static_cast<std::size_t>(a.result - moved);
  }
  if (!keys.empty()) stretcher.setKeyFrameMap(keys);

  AudioBuffer in(channels, kBlock, rate), out(channels, kBlock, rate);
  std::vector<const float*> in_planes(static_cast<std::size_t>(channels));
  std::vector<float*> out_planes(static_cast<std::size_t>(channels));
  for (int c = 0; c < channels; ++c) in_planes[static_cast<std::size_t>(c)] = in.channel(c), out_planes[static_cast<std::size_t>(c)] = out.channel(c);
  // The finer engine studies nothing but the length.
  for (std::int64_t at = 0; at < plan.source_frames; at += kBlock)
    stretcher.study(in_planes.data(), static_cast<std::size_t>(std::min(kBlock, plan.source_frames - at)), at + kBlock >= plan.source_frames);

  std::int64_t read = 0, given = 0;
  const auto retrieve = [&] {
    for (;;) {
      before_foreign_code();
      const int ready = stretcher.available();
      if (ready <= 0) break;
      const std::size_t got = stretcher.retrieve(out_planes.data(), static_cast<std::size_t>(std::min<std::int64_t>(ready, kBlock)));
      if (got == 0) break;
      const std::int64_t wanted = std::min(static_cast<std::int64_t>(got), plan.result_frames - given);
      if (wanted > 0) sink(out.view().part(0, wanted));
      given += wanted;
    }
  };
  AudioView waiting;
  while (read < plan.source_frames) {
    const std::int64_t want = std::min(kBlock, plan.source_frames - read);
    in.block().clear();
    std::int64_t filled = 0;
    while (filled < want) {
      if (waiting.empty()) waiting = source(want - filled);
      if (waiting.empty()) break;
      const AudioView part = waiting.part(0, want - filled);
      in.block().part(filled, part.frames()).copy_from(part);
      filled += part.frames();
      waiting = waiting.part(part.frames(), waiting.frames());
    }
    read += want;
    before_foreign_code();
    stretcher.process(in_planes.data(), static_cast<std::size_t>(want), read == plan.source_frames);
    retrieve();
    progress.set(static_cast<double>(read) / static_cast<double>(plan.source_frames), "stretching");
  }
  retrieve();
  out.block().clear();
  while (given < plan.result_frames) {
    const AudioView rest = out.view().part(0, plan.result_frames - given);
    sink(rest);
    given += rest.frames();
  }
}

AudioBuffer stretch(AudioView sound, const Stretch& plan, const Progress& progress) {
  AudioBuffer result(sound.channels(), plan.result_frames, sound.rate());
  std::int64_t from = 0, to = 0;
  stretch(
      sound.rate(), sound.channels(), plan,
      [&](std::int64_t most) {
        const AudioView part = sound.part(from, most);
        from += part.frames();
        return part;
      },
      [&](AudioView view) {
        result.block().part(to, view.frames()).copy_from(view);
        to += view.frames();
      },
      progress);
  return result;
}

}  // namespace figment::audio
