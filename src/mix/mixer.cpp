#include "mix/mixer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audio/spool.h"
#include "audio/wave.h"
#include "base/denormals.h"
#include "base/executor.h"

namespace figment::mix {
namespace {

using audio::AudioBlock;
using audio::AudioBuffer;
using audio::AudioView;

constexpr std::int64_t kBlock = 16384;   // frames a strip works on between meetings of all strips
constexpr std::int64_t kControl = 256;   // frames between two looks at automation

// Runs a chain over a block that begins at frame `at`, in steps of kControl, moving parameters where lanes say so. `keys`
// holds the source of each strip that is somebody's key over the same frames.
void run(std::vector<Insert>& inserts, AudioBlock block, std::int64_t at, const std::vector<AudioBuffer>& keys) {
  for (Insert& insert : inserts) {
    const AudioView key = insert.key >= 0 ? keys[static_cast<std::size_t>(insert.key)].view() : AudioView{};
    for (std::int64_t n = 0; n < block.frames(); n += kControl) {
      for (const Insert::Lane& lane : insert.lanes) insert.processor->set(lane.parameter, lane.curve.at(at + n));
      insert.processor->process(block.part(n, kControl), key.empty() ? key : key.part(n, kControl));
    }
  }
}

std::int64_t latency_of(const std::vector<Insert>& inserts) {
  std::int64_t sum = 0;
  for (const Insert& insert : inserts) sum += insert.processor->latency().value;
  return sum;
}

void prepare(std::vector<Insert>& inserts, const Mixdown& desk, std::int64_t start) {
  for (Insert& insert : inserts) {
    insert.processor->set_tempo(desk.tempo);
    for (const Insert::Lane& lane : insert.lanes) insert.processor->set(lane.parameter, lane.curve.at(start));
    insert.processor->prepare({desk.rate, 2, static_cast<int>(kControl), start});
  }
}

struct Gains {
  float left, right;
};

Gains gains(const Strip& strip, std::int64_t at) {
  const double level = to_gain(strip.gain + Decibels{strip.fader.points.empty() ? 0.0 : strip.fader.at(at)});
  const double pan = std::clamp(strip.pan_curve.points.empty() ? strip.pan : strip.pan_curve.at(at), -1.0, 1.0);
  if (strip.channels == 1) {
    const double angle = (pan + 1) * std::numbers::pi / 4;
    return {static_cast<float>(level * std::cos(angle)), static_cast<float>(level * std::sin(angle))};
  }
  return {static_cast<float>(level * std::min(1.0, 1.0 - pan)), static_cast<float>(level * std::min(1.0, 1.0 + pan))};
}

// Delays a stereo block by a whole number of frames.
class Delay {
 public:
  explicit Delay(std::int64_t frames) : held_(2, std::max<std::int64_t>(frames, 1), Hertz{1}), frames_(frames) {}
  void process(AudioBlock block) {
    if (frames_ == 0) return;
    for (int c = 0; c < 2; ++c) {
      float* x = block.channel(c);
      float* h = held_.channel(c);
      std::int64_t at = at_;
      for (std::int64_t n = 0; n < block.frames(); ++n) {
        std::swap(x[n], h[at]);
        if (++at == frames_) at = 0;
      }
    }
    at_ = (at_ + block.frames()) % frames_;
  }

 private:
  AudioBuffer held_;
  std::int64_t frames_;
  std::int64_t at_ = 0;
};

// How long a chain's memory is, in whole cells of every effect.
std::int64_t run_up_of(const std::vector<Insert>& inserts, Hertz rate) {
  Seconds tail{0};
  for (const Insert& insert : inserts) tail += insert.processor->tail();
  constexpr std::int64_t kGrid = 4096;
  return to_frames(tail * 1.5 + Seconds{0.2}, rate).value / kGrid * kGrid + kGrid;
}

// A bus from what was sent to it. Each segment depends on nothing but its own frames and the run-up before them.
void make_return(const Mixdown& desk, std::size_t b, const audio::Spool& sent, const Progress& progress) {
  const Return& bus = desk.returns[b];
  const std::size_t stem = desk.strips.size() + b;
  const auto chain_of = [&] { return bus.effects ? bus.effects() : std::vector<Insert>(); };
  std::int64_t length = segment_frames(desk.rate), run_up = 0;
  {
    std::vector<Insert> probe = chain_of();
    prepare(probe, desk, 0);
    run_up = run_up_of(probe, desk.rate);
  }
  if (run_up > 4 * length) length = desk.frames;   // an effect that hardly ends: one segment
  const auto count = static_cast<std::size_t>((desk.frames + length - 1) / length);
  parallel_for(count, [&](std::size_t s) {
    const NoDenormals guard;
    const std::int64_t first = static_cast<std::int64_t>(s) * length;
    const std::int64_t start = std::max<std::int64_t>(0, first - run_up), end = std::min(first + length, desk.frames);
    std::vector<Insert> chain = chain_of();
    prepare(chain, desk, start);
    const std::int64_t latency = latency_of(chain);
    std::vector<AudioBuffer> keys(desk.strips.size());
    for (const Insert& insert : chain)
      if (insert.key >= 0) keys[static_cast<std::size_t>(insert.key)] = AudioBuffer(desk.strips[static_cast<std::size_t>(insert.key)].channels, kBlock, desk.rate);
    AudioBuffer block(2, kBlock, desk.rate);
    for (std::int64_t at = start; at < end + latency; at += kBlock) {
      progress.check();
      const AudioBlock out = block.block().part(0, end + latency - at);
      sent.read(at, out);
      for (std::size_t k = 0; k < keys.size(); ++k)
        if (!keys[k].empty()) desk.strips[k].read(at, keys[k].block());
      run(chain, out, at, keys);
      out.scale(static_cast<float>(to_gain(bus.gain)));
      audio::to_24_bit(out);
      const std::int64_t skip = std::clamp<std::int64_t>(first + latency - at, 0, out.frames());
      if (skip < out.frames()) desk.on_stem(stem, at - latency + skip, out.part(skip, out.frames() - skip));
    }
  });
}

}  // namespace

double Curve::at(std::int64_t frame) const noexcept {
  const auto after = std::upper_bound(points.begin(), points.end(), frame,
                                      [](std::int64_t f, const Point& p) { return f < p.frame; });
  if (after == points.begin()) return points.front().value;
  if (after == points.end()) return points.back().value;
  const Point& a = *(after - 1);
  const double t = static_cast<double>(frame - a.frame) / static_cast<double>(after->frame - a.frame);
  return a.value + (after->value - a.value) * t;
}

void mix_down(Mixdown& desk, const Progress& progress) {
  const std::size_t strips = desk.strips.size();
  const std::size_t buses = desk.returns.size();

  // What has to be done: strips that are made, stems that a bus listens to, sources that are played or are a key.
  std::vector<char> made(strips), stem_needed(strips), source_needed(strips);
  for (std::size_t i = 0; i < strips; ++i) {
    made[i] = !desk.strips[i].finished;
    for (const Strip::Send& send : desk.strips[i].sends) stem_needed[i] = stem_needed[i] || !desk.returns[send.bus].finished;
    if (!made[i]) continue;
    source_needed[i] = true;
    for (const Insert& insert : desk.strips[i].inserts)
      if (insert.key >= 0) source_needed[static_cast<std::size_t>(insert.key)] = true;
  }

  // The same latency whatever is made, so that effects with a time of their own see the same time.
  std::int64_t latency = 0;
  for (Strip& strip : desk.strips) {
    prepare(strip.inserts, desk, 0);
    latency = std::max(latency, latency_of(strip.inserts));
  }
  std::vector<Delay> delays;
  for (Strip& strip : desk.strips) delays.emplace_back(latency - latency_of(strip.inserts));

  std::vector<AudioBuffer> sources, outs, sums;
  for (const Strip& strip : desk.strips) sources.emplace_back(strip.channels, kBlock, desk.rate);
  for (std::size_t i = 0; i < strips; ++i) outs.emplace_back(2, kBlock, desk.rate);
  std::vector<std::unique_ptr<audio::Spool>> sent(buses);
  for (std::size_t b = 0; b < buses; ++b) {
    sums.emplace_back(2, kBlock, desk.rate);
    if (!desk.returns[b].finished) sent[b] = std::make_unique<audio::Spool>(desk.scratch, 2, desk.rate);
  }

  // The strips, block by block. The desk runs `latency` frames longer and drops as many at the start.
  for (std::int64_t at = 0; at < desk.frames + latency; at += kBlock) {
    progress.set(0.7 * static_cast<double>(at) / static_cast<double>(desk.frames + latency), "mixing");
    const std::int64_t count = std::min(kBlock, desk.frames + latency - at);
    const std::int64_t skip = std::clamp<std::int64_t>(latency - at, 0, count);

    parallel_for(strips, [&](std::size_t i) {
      if (source_needed[i]) desk.strips[i].read(at, sources[i].block().part(0, count));
    });

    parallel_for(strips, [&](std::size_t i) {
      const NoDenormals guard;
      Strip& strip = desk.strips[i];
      const AudioBlock out = outs[i].block().part(0, count);
      if (!made[i]) {
        if (stem_needed[i]) strip.finished(at - latency, out);
        return;
      }
      if (strip.mute) {
        out.clear();
      } else {
        out.copy_from(sources[i].view().part(0, count));
        run(strip.inserts, out, at, sources);
        delays[i].process(out);
        Gains now = gains(strip, at - latency);
        for (std::int64_t n = 0; n < count; n += kControl) {
          const std::int64_t steps = std::min(kControl, count - n);
          const Gains next = gains(strip, at - latency + n + steps);
          float* left = out.channel(0) + n;
          float* right = out.channel(1) + n;
          const float dl = (next.left - now.left) / static_cast<float>(steps);
          const float dr = (next.right - now.right) / static_cast<float>(steps);
          for (std::int64_t k = 0; k < steps; ++k) {
            left[k] *= now.left + dl * static_cast<float>(k);
            right[k] *= now.right + dr * static_cast<float>(k);
          }
          now = next;
        }
        audio::to_24_bit(out);
      }
      if (skip < count) desk.on_stem(i, at - latency + skip, out.part(skip, count - skip));
    });

    parallel_for(buses, [&](std::size_t b) {
      if (!sent[b]) return;
      const AudioBlock sum = sums[b].block().part(0, count);
      sum.clear();
      for (std::size_t i = 0; i < strips; ++i) {
        for (const Strip::Send& send : desk.strips[i].sends) {
          if (send.bus != b) continue;
          for (std::int64_t n = 0; n < count; n += kControl) {
            const double level = send.curve.points.empty() ? send.level.value : send.curve.at(at - latency + n);
            sum.part(n, kControl).add(outs[i].view().part(n, std::min(kControl, count - n)), static_cast<float>(to_gain(Decibels{level})));
          }
        }
      }
      if (skip < count) sent[b]->write(at - latency + skip, sum.part(skip, count - skip));
    });
  }

  for (std::size_t b = 0; b < buses; ++b) {
    if (sent[b]) make_return(desk, b, *sent[b], progress);
    progress.set(0.7 + 0.3 * static_cast<double>(b + 1) / static_cast<double>(buses), "mixing");
  }
}

}  // namespace figment::mix
