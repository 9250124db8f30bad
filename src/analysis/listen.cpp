#include "analysis/listen.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "audio/resample.h"
#include "base/executor.h"

namespace figment::analysis {
namespace {

constexpr int kTallyTenths = 40;         // a job of the tally: 4 s
constexpr int kBatchTenths = 160;        // read at once: 16 s
constexpr double kRunUp = 0.5;           // s

// Flat tops by level, in tenths of a decibel from -60 to +40 dBFS: which of them are at the peak is known at the end.
using FlatTops = std::array<std::int64_t, 1000>;

struct Counts {
  FlatTops flat{};
  std::int64_t over = 0;
  std::array<double, 2> sum{}, square{};
  double product = 0;
  void add(const Counts& other) {
    for (std::size_t i = 0; i < flat.size(); ++i) flat[i] += other.flat[i];
    over += other.over;
    for (std::size_t c = 0; c < 2; ++c) sum[c] += other.sum[c], square[c] += other.square[c];
    product += other.product;
  }
};

std::size_t level_bin(float x) { return static_cast<std::size_t>(std::clamp(200 * std::log10(static_cast<double>(x)) + 600, 0.0, 999.0)); }

Counts count(audio::AudioView sound) {
  Counts counts;
  for (int c = 0; c < sound.channels(); ++c) {
    const float* x = sound.channel(c);
    std::int64_t run = 1;
    double sum = 0, square = 0;
    for (std::int64_t n = 0; n < sound.frames(); ++n) {
      const float size = std::abs(x[n]);
      sum += x[n];
      square += static_cast<double>(x[n]) * x[n];
      if (size > 1.0F) ++counts.over;
      const bool still = n > 0 && std::abs(x[n] - x[n - 1]) <= 1e-5F && size > 0.01F;
      run = still ? run + 1 : 1;
      if (run == 3) counts.flat[level_bin(size)] += 3;
      if (run > 3) ++counts.flat[level_bin(size)];
    }
    counts.sum[static_cast<std::size_t>(c)] = sum;
    counts.square[static_cast<std::size_t>(c)] = square;
  }
  if (sound.channels() == 2) {
    const float *l = sound.channel(0), *r = sound.channel(1);
    double product = 0;
    for (std::int64_t n = 0; n < sound.frames(); ++n) product += static_cast<double>(l[n]) * r[n];
    counts.product = product;
  }
  return counts;
}

// A piece of the source with what came just before it.
struct Batch {
  audio::AudioBuffer sound;
  std::int64_t run_up = 0, frames = 0;    // of the run-up, and after it
};

// The next batch; its run-up is the end of the one before.
Batch read_batch(audio::SoundStream& stream, const Batch& before, std::int64_t run_up, std::int64_t want) {
  Batch batch;
  batch.run_up = std::min(run_up, before.frames);
  batch.sound = audio::AudioBuffer(stream.channels(), batch.run_up + want, stream.rate());
  if (batch.run_up > 0)
    batch.sound.block().copy_from(before.sound.view().part(before.run_up + before.frames - batch.run_up, batch.run_up));
  while (batch.frames < want) {
    const audio::AudioView view = stream.read(want - batch.frames);
    if (view.empty()) break;
    batch.sound.block().part(batch.run_up + batch.frames, view.frames()).copy_from(view);
    batch.frames += view.frames();
  }
  return batch;
}

Condition judge(const Counts& counts, double sample_peak, std::int64_t frames, int channels, const std::vector<float>& level) {
  Condition result;
  result.over = counts.over;
  if (sample_peak > 0.01) {
    for (std::size_t b = level_bin(static_cast<float>(sample_peak * 0.977)); b < counts.flat.size(); ++b) result.clipped += counts.flat[b];
  }
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    const double mean = counts.sum[c] / static_cast<double>(std::max<std::int64_t>(frames, 1));
    if (std::abs(mean) > std::abs(result.offset)) result.offset = mean;
  }
  if (channels == 2 && counts.square[0] > 0 && counts.square[1] > 0)
    result.correlation = std::clamp(counts.product / std::sqrt(counts.square[0] * counts.square[1]), -1.0, 1.0);

  std::vector<double> powers;   // of 50 ms; the last, which the sound's end may cut, is left out
  for (std::size_t i = 0; i + 6 <= level.size(); i += 5) {
    double power = 0;
    for (std::size_t k = i; k < i + 5; ++k) power += static_cast<double>(level[k]) * level[k];
    powers.push_back(power / 5);
  }
  if (!powers.empty()) {
    std::sort(powers.begin(), powers.end());
    const double low = powers[powers.size() / 20], middle = powers[powers.size() / 2];
    result.noise_floor = to_decibels(std::sqrt(low));
    const double gap = middle > 0 ? 10 * std::log10(middle / std::max(low, 1e-20)) : 0;
    result.noise_confidence = std::clamp((gap - 12) / 28, 0.0, 1.0);
  }
  constexpr float kSilence = 1e-3F;
  const auto loud = [](float x) { return x > kSilence; };
  const auto first = std::find_if(level.begin(), level.end(), loud);
  const auto last = std::find_if(level.rbegin(), level.rend(), loud);
  result.silence_before = Seconds{static_cast<double>(first - level.begin()) / kRhythmRate};
  result.silence_after = Seconds{first == level.end() ? 0 : static_cast<double>(last - level.rbegin()) / kRhythmRate};
  return result;
}

}  // namespace

Listening listen(const std::filesystem::path& file, const Progress& progress) {
  audio::SoundStream stream(file);
  const auto tenth = std::max<std::int64_t>(1, static_cast<std::int64_t>(stream.rate().value / 10));
  const std::int64_t want = tenth * kBatchTenths, job_frames = tenth * kTallyTenths;
  const auto run_up = static_cast<std::int64_t>(stream.rate().value * kRunUp);

  Listening result;
  result.channels = stream.channels();
  FeatureMaker features;
  audio::Resampler to_mono(stream.rate(), kFeatureRate, 1);
  Counts counts;
  std::vector<float> mono;
  std::int64_t done = 0;

  Batch now = read_batch(stream, {}, run_up, want);
  for (;;) {
    const bool last = now.frames < want;
    const audio::AudioView sound = now.sound.view().part(now.run_up, now.frames);
    mono.resize(static_cast<std::size_t>(sound.frames()));
    const float *left = sound.channel(0), *right = sound.channel(sound.channels() - 1);
    for (std::size_t n = 0; n < mono.size(); ++n) mono[n] = 0.5F * (left[n] + right[n]);
    const audio::AudioView resampled = mono.empty() ? audio::AudioView() : to_mono.push({mono.data(), now.frames, 1, now.frames, stream.rate()});
    if (!resampled.empty()) features.add(resampled.channel(0), resampled.frames());
    if (last && stream.rate() != kFeatureRate) {
      const audio::AudioView rest = to_mono.push({});
      if (!rest.empty()) features.add(rest.channel(0), rest.frames());
    }

    const auto tally_jobs = static_cast<std::size_t>((now.frames + job_frames - 1) / job_frames);
    const std::size_t feature_jobs = features.plan(last);
    std::vector<Tally> tallies(tally_jobs);
    std::vector<Counts> counted(tally_jobs);
    Batch next;
    parallel_for(1 + tally_jobs + feature_jobs, [&](std::size_t job) {
      progress.check();
      if (job == 0) {
        if (!last) next = read_batch(stream, now, run_up, want);
      } else if (job <= tally_jobs) {
        const std::int64_t at = now.run_up + static_cast<std::int64_t>(job - 1) * job_frames;
        const std::int64_t before = std::min(at, run_up);
        const audio::AudioView part = now.sound.view().part(at, std::min(job_frames, now.run_up + now.frames - at));
        tallies[job - 1] = tally(now.sound.view().part(at - before, before), part);
        counted[job - 1] = count(part);
      } else {
        features.run(job - 1 - tally_jobs);
      }
    });
    for (const Tally& t : tallies) result.tally.append(t);
    for (const Counts& c : counted) counts.add(c);
    features.gather();
    done += now.frames;
    if (stream.expected() > 0) progress.set(std::min(1.0, static_cast<double>(done) / static_cast<double>(stream.expected())), "listening");
    if (last) break;
    now = std::move(next);
  }
  result.features = features.take();
  result.source = stream.facts();
  result.length = to_seconds(Frames{done}, stream.rate());
  result.condition = judge(counts, result.tally.sample_peak, done, result.channels, result.features.level);
  return result;
}

}  // namespace figment::analysis
