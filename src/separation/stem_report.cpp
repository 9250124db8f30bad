#include "separation/stem_report.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <utility>

#include "analysis/gated_loudness.h"
#include "dsp/fft.h"
#include "dsp/true_peak.h"

namespace figment::separation {
namespace {

constexpr int kBands = 20;
constexpr double kLowest = 50, kHighest = 16000;
constexpr double kLowEdge = 250, kMidEdge = 4000;     // between low, mid and high
constexpr double kFrame = 0.0464;                     // s: 2048 frames at 44.1 kHz
constexpr double kWindow = 3;                         // s
constexpr double kQuietWindow = 0.01;                 // of the mix's mean power: 20 dB below
constexpr double kActive = 0.00316;                   // of the mix's power: 25 dB below
constexpr double kSounds = 1e-9;                      // mean power of a frame that sounds: -90 dB
constexpr double kSilent = -70, kFaint = -25, kFaintStrongest = -15, kLeaked = 0.85, kBelow = 6;

double in_db(double energy, double of) { return energy > 0 && of > 0 ? std::max(-200.0, 10 * std::log10(energy / of)) : -200.0; }

std::string rounded(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", x);
  return text;
}

int power_of_two(double frames) {
  int size = 64;
  while (size * 1.42 < frames) size *= 2;
  return size;
}

using Bands = std::array<double, kBands>;

}  // namespace

const char* name(Ghost ghost) noexcept {
  switch (ghost) {
    case Ghost::No: return "no";
    case Ghost::Silent: return "silent";
    case Ghost::Faint: return "faint";
    case Ghost::Leaked: return "leaked";
  }
  return "no";
}

struct StemMeter::Impl {
  // One sound: a stem, or the mix (the last).
  struct Voice {
    analysis::GatedLoudnessMeter loudness;
    std::array<dsp::TruePeakMeter, 2> true_peak;
    float peak = 0;
    double energy = 0, second = 0;
    std::vector<double> seconds;                      // energy of each
    std::int64_t active = 0;
    Bands sum{};                                      // of amplitudes
    Bands now{};                                      // of this frame
    double now_power = 0;
  };

  Hertz rate;
  int channels, size;
  std::vector<std::string> names;
  bool whole;
  std::vector<Voice> voices;
  std::vector<std::vector<Bands>> products;           // [s][t], t <= s: sums of products of amplitudes
  std::array<std::pair<int, int>, kBands> bins{};     // first and last + 1
  dsp::RealFft fft;
  std::vector<float> window;
  std::vector<audio::AudioBuffer> waiting;            // one frame of each voice
  int filled = 0;
  std::int64_t in_second = 0, per_second, frames = 0, sounding = 0;
  double left_over = 0;

  Impl(Hertz r, int c, std::vector<std::string> n, bool w)
      : rate(r), channels(c), size(power_of_two(kFrame * r.value)), names(std::move(n)), whole(w), fft(size), window(dsp::hann(size)), per_second(std::llround(r.value)) {
    for (std::size_t v = 0; v <= names.size(); ++v) {
      voices.push_back({analysis::GatedLoudnessMeter(rate), {}, 0, 0, 0, {}, 0, {}, {}, 0});
      waiting.emplace_back(channels, size, rate);
    }
    for (std::size_t s = 0; s < names.size(); ++s) products.emplace_back(s + 1, Bands{});
    const double top = std::min(kHighest, 0.45 * rate.value);
    for (int b = 0; b < kBands; ++b) {
      const auto bin = [&](double x) { return std::clamp(static_cast<int>(std::lround(kLowest * std::pow(top / kLowest, x / kBands) * size / rate.value)), 1, size / 2); };
      bins[static_cast<std::size_t>(b)] = {bin(b), std::max(bin(b) + 1, bin(b + 1))};
    }
  }

  [[nodiscard]] double centre(std::size_t b) const { return 0.5 * (bins[b].first + bins[b].second - 1) * rate.value / size; }

  void analyse_frame() {
    for (std::size_t v = 0; v < voices.size(); ++v) {
      Voice& voice = voices[v];
      voice.now = {};
      voice.now_power = 0;
      for (int c = 0; c < channels; ++c) {
        const float* x = waiting[v].channel(c);
        for (int i = 0; i < size; ++i) {
          voice.now_power += static_cast<double>(x[i]) * x[i];
          fft.time()[static_cast<std::size_t>(i)] = x[i] * window[static_cast<std::size_t>(i)];
        }
        fft.forward();
        for (std::size_t b = 0; b < kBands; ++b)
          for (int k = bins[b].first; k < bins[b].second; ++k) voice.now[b] += std::norm(fft.spectrum()[static_cast<std::size_t>(k)]);
      }
      for (std::size_t b = 0; b < kBands; ++b) {
        voice.now[b] = std::sqrt(voice.now[b]);
        voice.sum[b] += voice.now[b];
      }
    }
    ++frames;
    for (std::size_t s = 0; s < names.size(); ++s)
      for (std::size_t t = 0; t <= s; ++t)
        for (std::size_t b = 0; b < kBands; ++b) products[s][t][b] += voices[s].now[b] * voices[t].now[b];
    if (voices.back().now_power <= kSounds * size * channels) return;
    ++sounding;
    for (Voice& voice : voices) voice.active += voice.now_power > kActive * voices.back().now_power ? 1 : 0;
  }

  [[nodiscard]] double covariance(std::size_t s, std::size_t t, std::size_t b) const {
    const double n = static_cast<double>(std::max<std::int64_t>(frames, 1));
    return products[std::max(s, t)][std::min(s, t)][b] / n - voices[s].sum[b] / n * (voices[t].sum[b] / n);
  }

  [[nodiscard]] Likeness likeness(std::size_t s, std::size_t t) const {
    Likeness like;
    like.of = names[t];
    double all = 0, explained = 0;
    struct Part {
      double both = 0, own = 0, other = 0;
    };
    std::array<Part, 3> parts;
    for (std::size_t b = 0; b < kBands; ++b) {
      const double own = std::max(0.0, covariance(s, s, b)), other = std::max(0.0, covariance(t, t, b)), both = covariance(s, t, b);
      // What is no more than rounding of the sums explains nothing.
      const double floor = 1e-9 * std::max(1e-30, products[t][t][b] / static_cast<double>(std::max<std::int64_t>(frames, 1)));
      all += own;
      if (both > 0 && other > floor) explained += std::min(own, both * both / other);
      Part& part = parts[centre(b) < kLowEdge ? 0 : centre(b) < kMidEdge ? 1 : 2];
      part.both += both;
      part.own += own;
      part.other += other;
    }
    like.explained = all > 0 ? explained / all : 0;
    const auto correlation = [](const Part& p) { return p.own > 0 && p.other > 0 ? std::clamp(p.both / std::sqrt(p.own * p.other), -1.0, 1.0) : 0.0; };
    like.low = correlation(parts[0]), like.mid = correlation(parts[1]), like.high = correlation(parts[2]);
    return like;
  }

  // The highest share over kWindow, of windows that are not next to silent.
  [[nodiscard]] double strongest(const Voice& voice) const {
    const Voice& mix = voices.back();
    const std::size_t count = mix.seconds.size(), span = std::min<std::size_t>(static_cast<std::size_t>(kWindow), count);
    if (count == 0) return -200;
    const double mean = mix.energy / static_cast<double>(count);
    double best = -200;
    for (std::size_t i = 0; i + span <= count; ++i) {
      double own = 0, all = 0;
      for (std::size_t k = i; k < i + span; ++k) own += voice.seconds[k], all += mix.seconds[k];
      if (all >= kQuietWindow * mean * static_cast<double>(span)) best = std::max(best, in_db(own, all));
    }
    return best;
  }

  void judge(StemFacts& facts, const std::vector<StemFacts>& stems) const {
    if (facts.share_db < kSilent) {
      facts.ghost = Ghost::Silent;
      facts.remark = "nothing is in it";
      return;
    }
    for (const Likeness& like : facts.like) {
      const auto other = std::find_if(stems.begin(), stems.end(), [&](const StemFacts& f) { return f.name == like.of; });
      if (like.explained >= kLeaked && facts.share_db <= other->share_db - kBelow) {
        facts.ghost = Ghost::Leaked;
        facts.remark = "most likely only what leaked from " + like.of + ": it rises and falls with it (" + rounded(100 * like.explained) + " %), " + rounded(other->share_db - facts.share_db) + " dB below it";
        return;
      }
    }
    if (facts.share_db < kFaint && facts.strongest_db < kFaintStrongest) {
      facts.ghost = Ghost::Faint;
      facts.remark = "most likely only traces of the others: " + rounded(-facts.share_db) + " dB below the mix, nowhere less than " + rounded(-facts.strongest_db);
    }
  }
};

StemMeter::StemMeter(Hertz rate, int channels, std::vector<std::string> names, bool whole) : impl_(std::make_unique<Impl>(rate, channels, std::move(names), whole)) {}
StemMeter::~StemMeter() = default;

void StemMeter::add(audio::AudioView mix, std::span<const audio::AudioView> stems) {
  Impl& me = *impl_;
  assert(stems.size() == me.names.size());
  const auto of = [&](std::size_t v) { return v < stems.size() ? stems[v] : mix; };
  for (std::size_t v = 0; v < me.voices.size(); ++v) {
    const audio::AudioView sound = of(v);
    me.voices[v].loudness.add(sound);
    me.voices[v].peak = std::max(me.voices[v].peak, audio::peak(sound));
    for (int c = 0; c < me.channels; ++c) me.voices[v].true_peak[static_cast<std::size_t>(c)].add(sound.channel(c), sound.frames());
  }
  for (std::int64_t at = 0; at < mix.frames();) {
    const std::int64_t count = std::min({mix.frames() - at, static_cast<std::int64_t>(me.size - me.filled), me.per_second - me.in_second});
    for (std::size_t v = 0; v < me.voices.size(); ++v) {
      const audio::AudioView part = of(v).part(at, count);
      me.waiting[v].block().part(me.filled, count).copy_from(part);
      double energy = 0;
      for (int c = 0; c < me.channels; ++c)
        for (std::int64_t i = 0; i < count; ++i) energy += static_cast<double>(part.channel(c)[i]) * part.channel(c)[i];
      me.voices[v].energy += energy;
      me.voices[v].second += energy;
    }
    if (me.whole)
      for (int c = 0; c < me.channels; ++c)
        for (std::int64_t i = 0; i < count; ++i) {
          double rest = mix.channel(c)[at + i];
          for (const audio::AudioView& stem : stems) rest -= stem.channel(c)[at + i];
          me.left_over += rest * rest;
        }
    me.filled += static_cast<int>(count);
    me.in_second += count;
    at += count;
    if (me.filled == me.size) {
      me.analyse_frame();
      me.filled = 0;
    }
    if (me.in_second == me.per_second) {
      for (Impl::Voice& voice : me.voices) voice.seconds.push_back(std::exchange(voice.second, 0));
      me.in_second = 0;
    }
  }
}

StemReport StemMeter::result() {
  Impl& me = *impl_;
  if (me.filled > 0) {   // what is left, with silence after it
    for (audio::AudioBuffer& frame : me.waiting) frame.block().part(me.filled, me.size).clear();
    me.analyse_frame();
    me.filled = 0;
  }
  if (me.in_second > 0)
    for (Impl::Voice& voice : me.voices) voice.seconds.push_back(std::exchange(voice.second, 0));
  StemReport report;
  report.mix_loudness = me.voices.back().loudness.result();
  report.left_over_db = me.whole ? in_db(me.left_over, me.voices.back().energy) : -200;
  const std::array<float, 11> zeros{};
  for (std::size_t s = 0; s < me.names.size(); ++s) {
    Impl::Voice& voice = me.voices[s];
    StemFacts facts;
    facts.name = me.names[s];
    facts.share_db = in_db(voice.energy, me.voices.back().energy);
    facts.strongest_db = me.strongest(voice);
    facts.loudness = voice.loudness.result();
    facts.peak = to_decibels(voice.peak);
    float most = 0;
    for (int c = 0; c < me.channels; ++c) {
      dsp::TruePeakMeter& meter = voice.true_peak[static_cast<std::size_t>(c)];
      meter.add(zeros.data(), 11);
      most = std::max(most, meter.peak());
    }
    facts.true_peak = to_decibels(std::max(most, voice.peak));
    facts.active = me.sounding > 0 ? static_cast<double>(voice.active) / static_cast<double>(me.sounding) : 0;
    for (std::size_t t = 0; t < me.names.size(); ++t)
      if (t != s) facts.like.push_back(me.likeness(s, t));
    report.stems.push_back(std::move(facts));
  }
  for (StemFacts& facts : report.stems) me.judge(facts, report.stems);
  return report;
}

}  // namespace figment::separation
