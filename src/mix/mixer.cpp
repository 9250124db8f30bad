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

// How a bus is cut: every segment is made by a chain of its own that starts `run_up` frames before it and runs `latency`
// frames beyond it.
struct Cut {
  std::int64_t length, run_up, latency;
};

Cut cut_of(const Mixdown& desk, const Return& bus) {
  std::vector<Insert> chain = bus.effects ? bus.effects() : std::vector<Insert>();
  prepare(chain, desk, 0);
  Seconds tail{0};
  for (const Insert& insert : chain) tail += insert.processor->tail();
  constexpr std::int64_t kGrid = 4096;   // whole cells of every effect
  Cut cut{segment_frames(desk.rate), to_frames(tail * 1.5 + Seconds{0.2}, desk.rate).value / kGrid * kGrid + kGrid, latency_of(chain)};
  if (cut.run_up > 4 * cut.length) cut.length = desk.frames;   // an effect that hardly ends: one segment
  return cut;
}

std::size_t segments_of(const Mixdown& desk) {
  const std::int64_t length = segment_frames(desk.rate);
  return static_cast<std::size_t>((desk.frames + length - 1) / length);
}

bool wanted(const Return& bus, std::size_t segment) { return bus.wanted.empty() || bus.wanted[segment] != 0; }

// The first frames of the stretches to be made: every wanted segment, or all at once.
std::vector<std::int64_t> stretches(const Mixdown& desk, const Return& bus, const Cut& cut) {
  std::vector<std::int64_t> list;
  const std::int64_t length = segment_frames(desk.rate);
  for (std::size_t s = 0; s < segments_of(desk); ++s)
    if (wanted(bus, s)) list.push_back(cut.length == length ? static_cast<std::int64_t>(s) * length : 0);
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

// A bus from what was sent to it.
void make_return(const Mixdown& desk, std::size_t b, const Cut& cut, const audio::Spool& sent, const Progress& progress) {
  const Return& bus = desk.returns[b];
  const std::vector<std::int64_t> list = stretches(desk, bus, cut);
  const std::int64_t segment = segment_frames(desk.rate);
  parallel_for(list.size(), [&](std::size_t i) {
    const NoDenormals guard;
    const std::int64_t first = list[i], start = std::max<std::int64_t>(0, first - cut.run_up), end = std::min(first + cut.length, desk.frames);
    std::vector<Insert> chain = bus.effects ? bus.effects() : std::vector<Insert>();
    prepare(chain, desk, start);
    std::vector<AudioBuffer> keys(desk.strips.size());
    for (const Insert& insert : chain)
      if (insert.key >= 0) keys[static_cast<std::size_t>(insert.key)] = AudioBuffer(desk.strips[static_cast<std::size_t>(insert.key)].channels, kBlock, desk.rate);
    AudioBuffer block(2, kBlock, desk.rate);
    for (std::int64_t at = start; at < end + cut.latency; at += kBlock) {
      progress.check();
      const AudioBlock out = block.block().part(0, end + cut.latency - at);
      sent.read(at, out);
      for (std::size_t k = 0; k < keys.size(); ++k)
        if (!keys[k].empty()) desk.strips[k].read(at, keys[k].block());
      run(chain, out, at, keys);
      out.scale(static_cast<float>(to_gain(bus.gain)));
      audio::to_24_bit(out);
      // Delivered are the parts that lie in wanted segments.
      for (std::int64_t from = std::max(first, at - cut.latency); from < at - cut.latency + out.frames();) {
        const std::int64_t to = std::min((from / segment + 1) * segment, at - cut.latency + out.frames());
        if (wanted(bus, static_cast<std::size_t>(from / segment))) desk.on_stem(desk.strips.size() + b, from, out.part(from - at + cut.latency, to - from));
        from = to;
      }
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

void mix_strips(Mixdown& desk, const Progress& progress) {
  const std::size_t strips = desk.strips.size();

  // What has to be done: strips that are made, sources that are played or are a key.
  std::vector<char> made(strips), source_needed(strips);
  for (std::size_t i = 0; i < strips; ++i) {
    made[i] = !desk.strips[i].finished;
    if (!made[i]) continue;
    source_needed[i] = true;
    for (const Insert& insert : desk.strips[i].inserts)
      if (insert.key >= 0) source_needed[static_cast<std::size_t>(insert.key)] = true;
  }
  if (std::find(made.begin(), made.end(), true) == made.end()) return;

  // The same latency whatever is made, so that effects with a time of their own see the same time.
  std::int64_t latency = 0;
  for (Strip& strip : desk.strips) {
    prepare(strip.inserts, desk, 0);
    latency = std::max(latency, latency_of(strip.inserts));
  }
  std::vector<Delay> delays;
  for (Strip& strip : desk.strips) delays.emplace_back(latency - latency_of(strip.inserts));

  std::vector<AudioBuffer> sources, outs;
  for (const Strip& strip : desk.strips) sources.emplace_back(strip.channels, kBlock, desk.rate);
  for (std::size_t i = 0; i < strips; ++i) outs.emplace_back(2, kBlock, desk.rate);

  // Block by block. The desk runs `latency` frames longer and drops as many at the start.
  for (std::int64_t at = 0; at < desk.frames + latency; at += kBlock) {
    progress.set(static_cast<double>(at) / static_cast<double>(desk.frames + latency), "mixing");
    const std::int64_t count = std::min(kBlock, desk.frames + latency - at);
    const std::int64_t skip = std::clamp<std::int64_t>(latency - at, 0, count);

    parallel_for(strips, [&](std::size_t i) {
      if (source_needed[i]) desk.strips[i].read(at, sources[i].block().part(0, count));
    });

    parallel_for(strips, [&](std::size_t i) {
      if (!made[i]) return;
      const NoDenormals guard;
      Strip& strip = desk.strips[i];
      const AudioBlock out = outs[i].block().part(0, count);
      if (strip.mute) {
        out.clear();
      } else {
        out.copy_from(sources[i].view().part(0, count));
        run(strip.inserts, out, at, sources);
        delays[i].process(out);
        // Between two looks at fader and pan a straight line. The looks are at fixed frames of the stem, whatever the latency.
        for (std::int64_t n = 0; n < count;) {
          const std::int64_t frame = at - latency + n;
          const std::int64_t look = (frame >= 0 ? frame : frame - kControl + 1) / kControl * kControl;
          const std::int64_t steps = std::min(look + kControl - frame, count - n);
          const Gains here = gains(strip, look), next = gains(strip, look + kControl);
          const float dl = (next.left - here.left) / kControl, dr = (next.right - here.right) / kControl;
          float* left = out.channel(0) + n;
          float* right = out.channel(1) + n;
          for (std::int64_t k = 0; k < steps; ++k) {
            left[k] *= here.left + dl * static_cast<float>(frame - look + k);
            right[k] *= here.right + dr * static_cast<float>(frame - look + k);
          }
          n += steps;
        }
        audio::to_24_bit(out);
      }
      if (skip < count) desk.on_stem(i, at - latency + skip, out.part(skip, count - skip));
    });
  }
}

void mix_returns(const Mixdown& desk, const Progress& progress) {
  const std::size_t buses = desk.returns.size();
  const auto blocks = static_cast<std::size_t>((desk.frames + kBlock - 1) / kBlock);

  // Which blocks of what is sent are listened to.
  std::vector<Cut> cuts;
  std::vector<std::vector<char>> heard(buses, std::vector<char>(blocks));
  std::vector<std::unique_ptr<audio::Spool>> sent(buses);
  for (std::size_t b = 0; b < buses; ++b) {
    cuts.push_back(cut_of(desk, desk.returns[b]));
    const auto list = stretches(desk, desk.returns[b], cuts[b]);
    if (!list.empty()) sent[b] = std::make_unique<audio::Spool>(desk.scratch, 2, desk.rate);
    for (const std::int64_t first : list) {
      const std::int64_t start = std::max<std::int64_t>(0, first - cuts[b].run_up), end = std::min(first + cuts[b].length + cuts[b].latency, desk.frames);
      for (std::int64_t at = start / kBlock * kBlock; at < end; at += kBlock) heard[b][static_cast<std::size_t>(at / kBlock)] = 1;
    }
  }

  parallel_for(blocks, [&](std::size_t k) {
    const std::int64_t at = static_cast<std::int64_t>(k) * kBlock, count = std::min(kBlock, desk.frames - at);
    std::vector<AudioBuffer> sums(buses);
    for (std::size_t b = 0; b < buses; ++b)
      if (heard[b][k] != 0) sums[b] = AudioBuffer(2, count, desk.rate);
    AudioBuffer stem;
    for (const Strip& strip : desk.strips) {
      bool read = false;
      for (const Strip::Send& send : strip.sends) {
        if (sums[send.bus].empty()) continue;
        if (stem.empty()) stem = AudioBuffer(2, count, desk.rate);
        if (!read) strip.finished(at, stem.block());
        read = true;
        for (std::int64_t n = 0; n < count; n += kControl) {
          const double level = send.curve.points.empty() ? send.level.value : send.curve.at(at + n);
          sums[send.bus].block().part(n, kControl).add(stem.view().part(n, std::min(kControl, count - n)), static_cast<float>(to_gain(Decibels{level})));
        }
      }
    }
    for (std::size_t b = 0; b < buses; ++b)
      if (!sums[b].empty()) sent[b]->write(at, sums[b].view());
  });

  for (std::size_t b = 0; b < buses; ++b) {
    if (sent[b]) make_return(desk, b, cuts[b], *sent[b], progress);
    progress.set(static_cast<double>(b + 1) / static_cast<double>(buses), "mixing");
  }
}

Reach reach_of(const Mixdown& desk, std::size_t bus) {
  const Cut cut = cut_of(desk, desk.returns[bus]);
  const std::int64_t length = segment_frames(desk.rate);
  if (cut.length != length) return {segments_of(desk), segments_of(desk)};
  const auto whole = [&](std::int64_t frames) { return static_cast<std::size_t>((frames + length - 1) / length); };
  return {whole(cut.run_up), whole(cut.latency)};
}

}  // namespace figment::mix
