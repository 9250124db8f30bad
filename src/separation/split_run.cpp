#include "separation/split_run.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/random.h"

namespace figment::separation {
namespace {

constexpr double kQuiet = 1e-8;      // no sound is brought up from less than this
constexpr std::int64_t kBlock = 1 << 16;

// One way of laying segments over the sound.
struct Lay {
  std::int64_t lead = 0;             // silence before its first frame
  std::int64_t next = 0;             // where the next segment begins, in frames of the sound: may be below 0
};

struct Geometry {
  std::int64_t segment, stride, frames;

  [[nodiscard]] std::int64_t length_at(std::int64_t begin) const { return std::min(segment, frames - begin); }
  // The triangle of apply_model: 1 … n/2, then down again, over its highest value.
  [[nodiscard]] double weight(std::int64_t i) const {
    const std::int64_t up = segment / 2;
    return static_cast<double>(i < up ? i + 1 : segment - i) / static_cast<double>(segment - up);
  }
  // Of all segments of a lay over one frame.
  [[nodiscard]] double total(std::int64_t lead, std::int64_t frame) const {
    const std::int64_t at = frame + lead;
    double sum = 0;
    for (std::int64_t k = std::max<std::int64_t>(0, (at - segment) / stride); k * stride <= at; ++k)
      if (at - k * stride < segment) sum += weight(at - k * stride);
    return sum;
  }
};

}  // namespace

ReadSound read_from(audio::AudioView sound) {
  return [sound](std::int64_t frame, audio::AudioBlock out) {
    out.clear();
    const std::int64_t skip = std::max<std::int64_t>(-frame, 0);
    const audio::AudioView there = sound.part(frame + skip, out.frames() - skip);
    if (!there.empty()) out.part(skip, there.frames()).copy_from(there);
  };
}

SplitLevel measure_level(const ReadSound& read, std::int64_t frames, const Progress& progress) {
  audio::AudioBuffer block(2, kBlock, Hertz{44100});
  double mean = 0, squares = 0;      // Welford's, by blocks
  std::int64_t count = 0;
  for (std::int64_t at = 0; at < frames; at += kBlock) {
    const std::int64_t n = std::min(kBlock, frames - at);
    read(at, block.block().part(0, n));
    double sum = 0, inner = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += 0.5 * (static_cast<double>(block.channel(0)[i]) + static_cast<double>(block.channel(1)[i]));
    const double here = sum / static_cast<double>(n), apart = here - mean;
    for (std::int64_t i = 0; i < n; ++i) {
      const double d = 0.5 * (static_cast<double>(block.channel(0)[i]) + static_cast<double>(block.channel(1)[i])) - here;
      inner += d * d;
    }
    const double before = static_cast<double>(count), now = static_cast<double>(n);
    squares += inner + apart * apart * before * now / (before + now);
    mean += apart * now / (before + now);
    count += n;
    progress.set(static_cast<double>(count) / static_cast<double>(frames), "measuring");
  }
  SplitLevel level{mean, count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 1.0};
  if (level.deviation < kQuiet) level.deviation = 1;
  return level;
}

void split_sound(roles::StemSplitter& splitter, const SplitRun& run, const ReadSound& read, const TakeStems& sink, const Progress& progress) {
  const roles::SplitShape shape = splitter.shape();
  const double overlap = run.overlap < 0 ? shape.overlap : std::min(run.overlap, 0.5);
  const Geometry lie{shape.segment, std::max<std::int64_t>(1, static_cast<std::int64_t>((1 - overlap) * static_cast<double>(shape.segment))), run.frames};
  const std::size_t stems = splitter.stems().size();
  const auto wanted = [&](std::size_t s) { return run.wanted.empty() || run.wanted[s]; };
  if (run.from >= run.frames) return;

  std::vector<Lay> lays;
  const auto most = static_cast<int>(shape.rate.value / 2);
  for (int n = 0; n < std::max(1, run.shifts); ++n) {
    Lay lay;
    if (run.shifts > 0) lay.lead = Random(run.seed).fork("shift").fork(static_cast<std::uint64_t>(n)).integer(1, most);
    // The first segment that reaches beyond `from`.
    std::int64_t k = std::max<std::int64_t>(0, (run.from + lay.lead - lie.segment) / lie.stride);
    while (k * lie.stride + lie.segment - lay.lead <= run.from) ++k;
    lay.next = k * lie.stride - lay.lead;
    lays.push_back(lay);
  }
  const float share = 1.0F / static_cast<float>(lays.size());
  const float mean = shape.levelled ? static_cast<float>(run.level.mean) : 0.0F, deviation = shape.levelled ? static_cast<float>(run.level.deviation) : 1.0F;

  // The sum of what is being joined: frames `done` … done + reach.
  const std::int64_t reach = lie.segment + static_cast<std::int64_t>(most) + lie.stride * splitter.most_at_once() + 1;
  std::vector<audio::AudioBuffer> sums(stems);
  for (std::size_t s = 0; s < stems; ++s)
    if (wanted(s)) sums[s] = audio::AudioBuffer(2, reach, shape.rate);
  std::int64_t done = run.from;

  struct Job {
    std::int64_t begin, length, cut, lead;   // where it lies; frames of the sound; frames of filling before them
    audio::AudioBuffer sound;
    std::vector<audio::AudioBuffer> stems;
  };
  std::vector<Job> jobs(static_cast<std::size_t>(std::max(1, splitter.most_at_once())));
  for (Job& job : jobs) {
    job.sound = audio::AudioBuffer(2, lie.segment, shape.rate);
    for (std::size_t s = 0; s < stems; ++s) job.stems.push_back(wanted(s) ? audio::AudioBuffer(2, lie.segment, shape.rate) : audio::AudioBuffer());
  }

  while (done < run.frames) {
    std::size_t count = 0;
    std::vector<roles::SplitSegment> calls;
    while (count < jobs.size()) {
      const auto lay = std::min_element(lays.begin(), lays.end(), [](const Lay& a, const Lay& b) { return a.next < b.next; });
      if (lay->next >= run.frames) break;
      Job& job = jobs[count++];
      job.begin = lay->next;
      job.length = lie.length_at(job.begin);
      job.lead = lay->lead;
      job.cut = (lie.segment - job.length) / 2;
      lay->next += lie.stride;
      read(job.begin - job.cut, job.sound.block());
      if (shape.levelled) {
        for (int c = 0; c < 2; ++c)
          for (std::int64_t i = 0; i < lie.segment; ++i) {
            // What lies outside of the sound is silence for the network, wherever the mean is.
            const std::int64_t frame = job.begin - job.cut + i;
            float& x = job.sound.channel(c)[i];
            x = frame >= 0 && frame < run.frames ? (x - mean) / deviation : 0.0F;
          }
      }
      roles::SplitSegment call{job.sound.view(), {}};
      for (audio::AudioBuffer& stem : job.stems) call.stems.push_back(stem.block());
      calls.push_back(std::move(call));
    }
    std::int64_t until = run.frames;
    for (const Lay& lay : lays) until = std::min(until, std::max(lay.next, done));
    const auto fraction = [&](std::int64_t frame) { return static_cast<double>(frame - run.from) / static_cast<double>(run.frames - run.from); };
    splitter.split(calls, progress.part(fraction(done), fraction(until)));

    for (std::size_t j = 0; j < count; ++j) {
      const Job& job = jobs[j];
      const std::int64_t first = std::max(job.begin, done), last = std::min(job.begin + job.length, run.frames);
      for (std::int64_t frame = first; frame < last; ++frame) {
        const auto gain = static_cast<float>(lie.weight(frame - job.begin) / lie.total(job.lead, frame)) * share;
        for (std::size_t s = 0; s < stems; ++s) {
          if (sums[s].empty()) continue;
          for (int c = 0; c < 2; ++c) sums[s].channel(c)[frame - done] += gain * job.stems[s].channel(c)[job.cut + frame - job.begin];
        }
      }
    }

    const std::int64_t ready = until - done;
    if (ready <= 0) continue;
    std::vector<audio::AudioView> views(stems);
    for (std::size_t s = 0; s < stems; ++s) {
      if (sums[s].empty()) continue;
      const audio::AudioBlock part = sums[s].block().part(0, ready);
      if (shape.levelled)
        for (int c = 0; c < 2; ++c)
          for (std::int64_t i = 0; i < ready; ++i) part.channel(c)[i] = part.channel(c)[i] * deviation + mean;
      views[s] = part;
    }
    sink(done, views);
    for (audio::AudioBuffer& sum : sums) {
      if (sum.empty()) continue;
      for (int c = 0; c < 2; ++c) {
        float* x = sum.channel(c);
        std::copy(x + ready, x + reach, x);
        std::fill(x + reach - ready, x + reach, 0.0F);
      }
    }
    done = until;
    progress.set(fraction(done), "splitting");
  }
}

}  // namespace figment::separation
