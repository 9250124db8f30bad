// figment-beat-train <folder of examples> <weights> [--minutes M] [--batch B] [--rate R] [--from weights] [--threads T]
//
// Learns the beat network from the examples figment-beat-data made; new ones that appear meanwhile are taken in. Writes
// the weights (float16, as analysis/beat_network.h reads them) at every look at the validation examples. The learning
// rate falls to nothing over the time given. Adam; the average of recent weights is what is judged and written.
//
// Seen anew each time: another part, another speed (±20 %), the semitone bands moved, bands louder or softer or
// missing, stretches of time missing, noise.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "analysis/features.h"
#include "base/error.h"
#include "example.h"
#include "peaks.h"
#include "storage/files.h"
#include "training.h"

namespace figment::listen {
namespace {

constexpr std::size_t kBands = analysis::kRhythmBands, kFast = analysis::kFastBands;
constexpr std::size_t kMost = 6000;
constexpr float kSteady = 44.0F * analysis::kBeatInputScale;  // what an unchanging sound gives

struct Seen {
  std::vector<float> input;
  Target target;
  std::size_t frames = 0;
};

// A beat's frame and, less, its neighbours (Böck and Davies 2020).
void add_target(Target& target, double frame, std::size_t frames, std::size_t output) {
  const auto nearest = static_cast<std::ptrdiff_t>(std::floor(frame + 0.5));
  for (std::ptrdiff_t t = nearest - 2; t <= nearest + 2; ++t) {
    if (t < 0 || t >= static_cast<std::ptrdiff_t>(frames)) continue;
    const double away = std::abs(static_cast<double>(t) - frame);
    const float value = away <= 0.5 ? 1.0F : (away < 1.5 ? 0.5F : (away < 2.5 ? 0.25F : 0.0F));
    float& v = target.value[2 * static_cast<std::size_t>(t) + output];
    v = std::max(v, value);
  }
}

void label(const std::vector<Beat>& beats, bool bars_known, double first, double speed, float downbeat_weight,
           Seen& seen) {
  seen.target.value.assign(2 * seen.frames, 0.0F);
  seen.target.weight.assign(2 * seen.frames, 1.0F);
  for (std::size_t t = 0; t < seen.frames; ++t) seen.target.weight[2 * t + 1] = bars_known ? downbeat_weight : 0.0F;
  for (const Beat& beat : beats) {
    const double frame = (beat.frame - first) / speed;
    add_target(seen.target, frame, seen.frames, 0);
    if (beat.down && bars_known) add_target(seen.target, frame, seen.frames, 1);
  }
}

void plain(const Example& example, Seen& seen) {
  seen.frames = std::min(example.frames / 8 * 8, std::size_t{12000});
  seen.input.resize(seen.frames * kBands);
  for (std::size_t i = 0; i < seen.input.size(); ++i)
    seen.input[i] = static_cast<float>(example.features[i]) * analysis::kBeatInputScale;
  label(example.beats, example.bars_known, 0, 1, 1, seen);
}

void changed(const Example& example, Random r, Seen& seen) {
  const double speed = r.chance(0.65) ? std::exp(r.uniform(-0.2, 0.2)) : 1;
  const auto there = static_cast<std::size_t>(static_cast<double>(example.frames - 2) / speed);
  seen.frames = std::min(kMost, there);
  if (r.chance(0.2))
    seen.frames = std::max<std::size_t>(1000, seen.frames / 2);
  else if (r.chance(0.1))
    seen.frames = static_cast<std::size_t>(r.integer(250, 1200));  // loops are short
  seen.frames = std::min(seen.frames, there) / 8 * 8;
  const double first =
      r.chance(0.3) ? 0 : std::floor(r.uniform(0, static_cast<double>(there - seen.frames + 1)) * speed);
  label(example.beats, example.bars_known, first, speed, 0.8F, seen);
  seen.input.resize(seen.frames * kBands);

  const int slow_shift = r.chance(0.7) ? r.integer(-5, 5) : 0, fast_shift = r.chance(0.3) ? r.integer(-1, 1) : 0;
  std::vector<std::size_t> from(kBands);
  std::vector<float> gain(kBands, 1.0F);
  for (std::size_t b = 0; b < kBands; ++b) {
    const bool fast = b < kFast;
    const int low = fast ? 0 : static_cast<int>(kFast), high = static_cast<int>(fast ? kFast : kBands) - 1;
    from[b] = static_cast<std::size_t>(std::clamp(static_cast<int>(b) + (fast ? fast_shift : slow_shift), low, high));
  }
  if (r.chance(0.75)) {
    const float all = static_cast<float>(r.uniform(0.8, 1.2));
    for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, kFast}, {kFast, kBands}}) {
      float points[6];
      for (float& p : points) p = all * static_cast<float>(r.uniform(0.65, 1.35));
      for (std::size_t b = begin; b < end; ++b) {
        const double x = 5.0 * static_cast<double>(b - begin) / static_cast<double>(end - begin);
        const auto i = static_cast<std::size_t>(x);
        const auto f = static_cast<float>(x - static_cast<double>(i));
        gain[b] = points[i] * (1 - f) + points[i + 1] * f;
      }
    }
  }
  const float noise = r.chance(0.5) ? static_cast<float>(r.uniform(0, 0.25)) : 0;
  std::uint32_t dice = static_cast<std::uint32_t>(r.next()) | 1U;
  for (std::size_t t = 0; t < seen.frames; ++t) {
    const double at = first + static_cast<double>(t) * speed;
    const auto i = std::min(static_cast<std::size_t>(at), example.frames - 2);
    const auto f = static_cast<float>(at - static_cast<double>(i));
    const std::uint8_t* a = example.features.data() + i * kBands;
    const std::uint8_t* c = a + kBands;
    float* row = seen.input.data() + t * kBands;
    for (std::size_t b = 0; b < kBands; ++b) {
      const float x = static_cast<float>(a[from[b]]) * (1 - f) + static_cast<float>(c[from[b]]) * f;
      row[b] = x * analysis::kBeatInputScale * gain[b];
    }
    if (noise > 0)
      for (std::size_t b = 0; b < kBands; ++b) {
        dice = dice * 1664525U + 1013904223U;
        row[b] = std::max(0.0F, row[b] + noise * (static_cast<float>(dice >> 8) * (2.0F / 16777216.0F) - 1));
      }
  }
  if (r.chance(0.6)) {
    for (int k = r.integer(1, 3); k > 0; --k) {
      const bool fast = r.chance(0.35);
      const std::size_t width = static_cast<std::size_t>(r.integer(1, fast ? 6 : 20));
      const std::size_t begin =
          fast ? static_cast<std::size_t>(r.integer(0, static_cast<int>(kFast - width)))
               : kFast + static_cast<std::size_t>(r.integer(0, static_cast<int>(kBands - kFast - width)));
      const float value = r.chance(0.5) ? kSteady : 0.0F;
      for (std::size_t t = 0; t < seen.frames; ++t) std::fill_n(seen.input.data() + t * kBands + begin, width, value);
    }
  }
  if (r.chance(0.08)) {
    const bool fast = r.chance(0.5);
    for (std::size_t t = 0; t < seen.frames; ++t)
      std::fill_n(seen.input.data() + t * kBands + (fast ? 0 : kFast), fast ? kFast : kBands - kFast, kSteady);
  }
  if (r.chance(0.3)) {
    for (int k = r.integer(1, 3); k > 0; --k) {
      const auto width = std::min(seen.frames / 4, static_cast<std::size_t>(r.uniform(10, 300)));
      const auto begin = static_cast<std::size_t>(r.uniform(0, static_cast<double>(seen.frames - width)));
      for (std::size_t i = begin * kBands; i < (begin + width) * kBands; ++i) seen.input[i] = kSteady;
    }
  }
}

struct Score {
  double loss = 0, downbeat_loss = 0, f = 0, tracked = 0, downbeat_f = 0;
};

class Trainer {
 public:
  Trainer(std::filesystem::path folder, std::size_t threads) : folder_(std::move(folder)), threads_(threads) {
    for (std::size_t i = 0; i < threads_; ++i) learners_.push_back(std::make_unique<Learner>(12000));
  }

  void look_for_examples() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      if (entry.path().extension() != ".beat" || !known_.insert(name).second) continue;
      Example example = read_example(entry.path());
      if (example.frames < 1500 || example.beats.size() < 8) continue;
      const bool valid = name.starts_with("valid");
      if (valid && name.ends_with("-2.beat")) continue;
      (valid ? valid_ : train_).push_back(std::move(example));
      if (valid) valid_kinds_.push_back(name.substr(6, name.find('-', 6) - 6));
    }
  }
  [[nodiscard]] std::size_t size() const { return train_.size(); }
  [[nodiscard]] std::size_t valid_size() const { return valid_.size(); }

  // In parallel over `count` jobs: job(index, learner, thread).
  template <class Job>
  void spread(std::size_t count, Job job) {
    std::vector<std::thread> pool;
    for (std::size_t k = 0; k < threads_; ++k)
      pool.emplace_back([&, k] {
        for (std::size_t i = k; i < count; i += threads_) job(i, *learners_[k], k);
      });
    for (auto& thread : pool) thread.join();
  }

  double step(std::vector<float>& weights, std::vector<float>& gradient, std::size_t batch, double dropout,
              Random random) {
    std::vector<std::vector<float>> gradients(threads_, std::vector<float>(weights.size()));
    std::vector<Losses> losses(threads_);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < batch; ++i) chosen.push_back(next());
    spread(batch, [&](std::size_t i, Learner& learner, std::size_t k) {
      Seen seen;
      Random r = random.fork(i);
      changed(train_[chosen[i]], r.fork("changes"), seen);
      learner.forward(weights, seen.input, seen.frames, dropout, r.fork("dropout"));
      const Losses sum = learner.backward(weights, seen.target, gradients[k]);
      losses[k].beat += sum.beat;
      losses[k].downbeat += sum.downbeat;
      losses[k].beat_weight += sum.beat_weight;
    });
    double loss = 0, weight = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    for (std::size_t k = 0; k < threads_; ++k) {
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += gradients[k][i];
      loss += losses[k].beat + losses[k].downbeat;
      weight += losses[k].beat_weight;
    }
    for (float& g : gradient) g /= static_cast<float>(weight);
    return loss / weight;
  }

  Score judge(const std::vector<float>& weights, bool track, std::map<std::string, Hits>* kinds = nullptr) {
    std::vector<Losses> losses(valid_.size());
    std::vector<Hits> hits(valid_.size()), tracked(valid_.size()), downbeats(valid_.size());
    spread(valid_.size(), [&](std::size_t i, Learner& learner, std::size_t) {
      Seen seen;
      plain(valid_[i], seen);
      learner.forward(weights, seen.input, seen.frames, 0, Random(0));
      losses[i] = learner.losses(seen.target);
      std::vector<float> beat(seen.frames), down(seen.frames);
      for (std::size_t t = 0; t < seen.frames; ++t) {
        beat[t] = learner.outputs()[2 * t];
        down[t] = learner.outputs()[2 * t + 1];
      }
      std::vector<double> wanted, wanted_down;
      for (const Beat& b : valid_[i].beats) {
        if (b.frame >= static_cast<float>(seen.frames)) continue;
        wanted.push_back(b.frame);
        if (b.down) wanted_down.push_back(b.frame);
      }
      hits[i] = compare(pick_peaks(beat, 12, 0.25F), wanted);
      if (valid_[i].bars_known) downbeats[i] = compare(pick_peaks(down, 40, 0.2F), wanted_down);
      if (track) tracked[i] = compare(track_beats(beat), wanted);
    });
    Score score;
    Losses sum;
    double with_bars = 0;
    for (std::size_t i = 0; i < valid_.size(); ++i) {
      sum.beat += losses[i].beat;
      sum.downbeat += losses[i].downbeat;
      sum.beat_weight += losses[i].beat_weight;
      sum.downbeat_weight += losses[i].downbeat_weight;
      score.f += hits[i].f();
      score.tracked += tracked[i].f();
      if (valid_[i].bars_known) {
        score.downbeat_f += downbeats[i].f();
        ++with_bars;
      }
      if (kinds) {
        Hits mean;  // means over examples
        mean.right = track ? tracked[i].f() : hits[i].f();
        mean.found = mean.wanted = 1;
        (*kinds)[valid_kinds_[i]] += mean;
      }
    }
    const double n = std::max<double>(1, static_cast<double>(valid_.size()));
    score.loss = sum.beat / std::max(1.0, sum.beat_weight);
    score.downbeat_loss = sum.downbeat / std::max(1.0, sum.downbeat_weight);
    score.f /= n;
    score.tracked /= n;
    score.downbeat_f /= std::max(1.0, with_bars);
    return score;
  }

 private:
  // Every example once in a random order, then again.
  std::size_t next() {
    if (order_.empty()) {
      look_for_examples();
      for (std::size_t i = 0; i < train_.size(); ++i) order_.push_back(i);
      for (std::size_t i = order_.size(); i > 1; --i)
        std::swap(order_[i - 1], order_[static_cast<std::size_t>(random_.integer(0, static_cast<int>(i) - 1))]);
      ++rounds;
    }
    const std::size_t index = order_.back();
    order_.pop_back();
    return index;
  }

  std::filesystem::path folder_;
  std::size_t threads_;
  std::vector<std::unique_ptr<Learner>> learners_;
  std::set<std::string> known_;
  std::vector<Example> train_, valid_;
  std::vector<std::string> valid_kinds_;
  std::vector<std::size_t> order_;
  Random random_{7};

 public:
  int rounds = 0;
};

struct Options {
  std::filesystem::path folder, weights, from;
  double minutes = 45, rate = 2e-3, dropout = 0.1;
  std::size_t batch = 6, threads = 2;
};

void train(const Options& options) {
  using Clock = std::chrono::steady_clock;
  Trainer trainer(options.folder, options.threads);
  trainer.look_for_examples();
  std::printf("%zu examples to learn from, %zu to judge by\n", trainer.size(), trainer.valid_size());
  if (trainer.size() == 0) throw Error(ErrorCode::NotFound, options.folder.string() + ": no examples");
  std::vector<float> weights =
      options.from.empty() ? first_weights(Random(1))
                           : analysis::read_beat_network(storage::read_file(options.from), options.from.string());
  std::vector<float> average = weights, gradient(weights.size()), first(weights.size()), second(weights.size());
  const auto begin = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count() / 60; };
  double running = 0, next_look = std::min(1.5, options.minutes / 8);
  const auto look = [&](long step, bool last) {
    std::map<std::string, Hits> kinds;
    const Score score = trainer.judge(average, last, &kinds);
    std::printf("%5.1f min  step %5ld  round %3d (%zu)  train %.4f  valid %.4f %.4f  F %.3f  downbeat F %.3f",
                elapsed(), step, trainer.rounds, trainer.size(), running, score.loss, score.downbeat_loss, score.f,
                score.downbeat_f);
    if (last) std::printf("  tracked F %.3f", score.tracked);
    for (const auto& [kind, hits] : kinds) std::printf("  %s %.3f", kind.c_str(), hits.right / hits.found);
    std::printf("\n");
    std::fflush(stdout);
    storage::write_file(options.weights, analysis::write_beat_network(average), storage::Sync::No);
  };
  for (long step = 1;; ++step) {
    const double progress = elapsed() / options.minutes;
    if (progress >= 1) {
      look(step, true);
      break;
    }
    const double loss = trainer.step(weights, gradient, options.batch, options.dropout,
                                     Random(11).fork(static_cast<std::uint64_t>(step)));
    running = step == 1 ? loss : 0.98 * running + 0.02 * loss;
    double norm = 0;
    for (const float g : gradient) norm += static_cast<double>(g) * g;
    norm = std::sqrt(norm);
    const double clip = norm > 0.2 ? 0.2 / norm : 1;
    const double rate =
        options.rate * std::min(1.0, static_cast<double>(step) / 150) * (0.5 + 0.5 * std::cos(3.14159265 * progress));
    const double keep = std::min(0.998, static_cast<double>(step) / (static_cast<double>(step) + 20));
    const double unbias1 = 1 - std::pow(0.9, static_cast<double>(step)),
                 unbias2 = 1 - std::pow(0.999, static_cast<double>(step));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto g = static_cast<float>(gradient[i] * clip);
      first[i] = 0.9F * first[i] + 0.1F * g;
      second[i] = 0.999F * second[i] + 0.001F * g * g;
      const double move = first[i] / unbias1 / (std::sqrt(second[i] / unbias2) + 1e-8) + 1e-3 * weights[i];
      weights[i] -= static_cast<float>(rate * move);
      average[i] = static_cast<float>(keep * average[i] + (1 - keep) * weights[i]);
    }
    if (elapsed() > next_look) {
      look(step, false);
      next_look = elapsed() + std::max(1.0, options.minutes / 20);
    }
  }
}

}  // namespace
}  // namespace figment::listen

int main(int count, char** words) {
  figment::listen::Options options;
  int plain = 0;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&] { return std::string(i + 1 < count ? words[++i] : ""); };
    if (word == "--minutes")
      options.minutes = std::atof(value().c_str());
    else if (word == "--batch")
      options.batch = static_cast<std::size_t>(std::atoi(value().c_str()));
    else if (word == "--rate")
      options.rate = std::atof(value().c_str());
    else if (word == "--dropout")
      options.dropout = std::atof(value().c_str());
    else if (word == "--threads")
      options.threads = static_cast<std::size_t>(std::max(1, std::atoi(value().c_str())));
    else if (word == "--from")
      options.from = value();
    else if (plain == 0) {
      options.folder = word;
      plain = 1;
    } else {
      options.weights = word;
      plain = 2;
    }
  }
  if (plain < 2) {
    std::fprintf(stderr,
                 "figment-beat-train <examples> <weights> [--minutes M] [--batch B] [--rate R] [--dropout D] [--from "
                 "weights] [--threads T]\n");
    return 2;
  }
  try {
    figment::listen::train(options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "figment-beat-train: %s\n", error.what());
  }
  return 1;
}
