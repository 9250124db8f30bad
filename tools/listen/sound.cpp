#include "sound.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "base/error.h"
#include "dsp/biquad.h"
#include "dsp/processor.h"
#include "instruments/preset.h"
#include "instruments/render.h"
#include "voice.h"

namespace figment::listen {
namespace {

constexpr double kTail = 1.5;

float gain_of(double db) { return static_cast<float>(std::pow(10.0, db / 20)); }

// RMS of the louder half of what is not silent.
double loudness(const std::vector<float>& x) {
  constexpr std::size_t kBlock = 4410;
  std::vector<double> blocks;
  for (std::size_t i = 0; i + kBlock <= x.size(); i += kBlock) {
    double sum = 0;
    for (std::size_t n = 0; n < kBlock; ++n) sum += static_cast<double>(x[i + n]) * x[i + n];
    blocks.push_back(sum / kBlock);
  }
  std::sort(blocks.begin(), blocks.end(), std::greater<>());
  if (blocks.empty() || blocks.front() <= 1e-12) return 0;
  const double floor = blocks.front() * 1e-4;
  while (!blocks.empty() && blocks.back() < floor) blocks.pop_back();
  blocks.resize(std::max<std::size_t>(1, blocks.size() / 2));
  double sum = 0;
  for (const double b : blocks) sum += b;
  return std::sqrt(sum / static_cast<double>(blocks.size()));
}

void filter(std::vector<float>& x, const std::vector<dsp::Biquad>& sections) {
  std::vector<dsp::BiquadState> states(sections.size());
  std::vector<dsp::Pair> pairs(512);
  for (std::size_t at = 0; at < x.size(); at += 512) {
    const auto n = static_cast<int>(std::min<std::size_t>(512, x.size() - at));
    for (int i = 0; i < n; ++i) pairs[static_cast<std::size_t>(i)] = dsp::Pair{x[at + static_cast<std::size_t>(i)], 0};
    dsp::run_cascade(sections.data(), states.data(), sections.size(), pairs.data(), n);
    for (int i = 0; i < n; ++i)
      x[at + static_cast<std::size_t>(i)] = static_cast<float>(pairs[static_cast<std::size_t>(i)][0]);
  }
}

void process(std::vector<float>& x, dsp::Processor& effect) {
  effect.prepare({Hertz{kRate}, 1, 512, 0});
  for (std::size_t at = 0; at < x.size(); at += 512) {
    const auto n = static_cast<std::int64_t>(std::min<std::size_t>(512, x.size() - at));
    effect.process(audio::AudioBlock(x.data() + at, n, 1, n, Hertz{kRate}));
  }
}

std::vector<dsp::Biquad> random_equalizer(Random& r, double most) {
  std::vector<dsp::Biquad> sections;
  const double tilt = r.uniform(-most, most);
  sections.push_back(dsp::Biquad::low_shelf(r.uniform(150, 500), -tilt / 2, 0.5, kRate));
  sections.push_back(dsp::Biquad::high_shelf(r.uniform(1500, 5000), tilt / 2, 0.5, kRate));
  for (int i = r.integer(0, 2); i > 0; --i)
    sections.push_back(
        dsp::Biquad::bell(60 * std::exp2(r.uniform(0, 7.5)), r.uniform(-most, most), r.uniform(0.5, 3), kRate));
  return sections;
}

void compress(std::vector<float>& x, Random& r) {
  const double threshold = r.uniform(-28, -10), slope = 1 - 1 / r.uniform(1.5, 10);
  const float attack = static_cast<float>(std::exp(-1 / (r.uniform(0.001, 0.03) * kRate))),
              release = static_cast<float>(std::exp(-1 / (r.uniform(0.03, 0.4) * kRate)));
  float envelope = 0, gain = 1;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const float level = std::abs(x[n]);
    envelope = level + (level > envelope ? attack : release) * (envelope - level);
    if (n % 16 == 0) {
      const double over = 20 * std::log10(std::max(1e-6F, envelope)) - threshold;
      gain = over > 0 ? gain_of(-slope * over) : 1.0F;
    }
    x[n] *= gain;
  }
}

void normalize(std::vector<float>& x, double rms) {
  const double loud = loudness(x);
  if (loud <= 1e-9) return;
  const auto gain = static_cast<float>(rms / loud);
  for (float& v : x) v *= gain;
}

// As from a sampler: some bars, cut where they end, again and again; of all parts or of the drums.
void repeat(const Piece& piece, Stems& stems, double music, Random r) {
  if (!r.chance(piece.source == "drums" ? 0.35 : 0.12)) return;
  const double bar = piece.tempo.seconds(piece.metre.bar()).value;
  const int bars = static_cast<int>(std::floor(music / bar + 1e-6));
  const int length = 1 << r.integer(0, 2);
  if (bars < 2 * length) return;
  const double first = std::round(r.integer(0, std::min(8, bars - 2 * length)) * bar * kRate),
               period = length * bar * kRate;
  const bool everything = r.chance(0.6);
  bool any = false;
  for (std::size_t i = 0; i < stems.sound.size(); ++i) {
    if (!everything && piece.parts[i].place != Place::Drums) continue;
    any = true;
    std::vector<float>& x = stems.sound[i];
    const std::vector<float> from = x;
    const auto end = static_cast<std::size_t>(music * kRate);
    for (std::size_t n = 0; n < x.size(); ++n) {
      const double since = static_cast<double>(n) - first;
      const auto source =
          static_cast<std::size_t>(std::max(0.0, first + since - std::floor(since / period) * period + 1e-6));
      x[n] = n < end && source < from.size() ? from[source] : 0.0F;
    }
    // What was silent in those bars and is loud everywhere now, or the other way round.
    normalize(x, 0.1 * gain_of(piece.parts[i].level_db));
  }
  if (!any) return;
  stems.kicks.clear();
  if (everything) stems.music_ends = music;
}

}  // namespace

Stems play(const Piece& piece, const Library& library, Random random) {
  Stems stems;
  const double music = piece.tempo.seconds(Beats{piece.beats}).value;
  const double seconds = music + kTail;
  const Frames length = to_frames(Seconds{seconds}, Hertz{kRate});
  double last = 0;
  for (std::size_t i = 0; i < piece.parts.size(); ++i) {
    const Part& part = piece.parts[i];
    std::vector<float> sound;
    for (const score::Note& note : part.score.notes) {
      last = std::max(last, piece.tempo.seconds(note.start).value);
      if (part.place == Place::Drums && (note.pitch == score::drum::kick || note.pitch == score::drum::kick2))
        stems.kicks.push_back(piece.tempo.seconds(note.start).value);
    }
    if (part.place == Place::Voice) {
      sound = sing(part.score, piece.tempo, seconds, random.fork(i));
    } else {
      const auto instrument =
          instruments::make_instrument(library.data_dir, part.preset, random.fork(i).next(), piece.tonic);
      sound.reserve(static_cast<std::size_t>(length.value));
      instruments::render_score(
          *instrument, part.score, piece.tempo, Hertz{kRate}, length,
          [&](audio::AudioView view) {
            const float* left = view.channel(0);
            const float* right = view.channel(view.channels() - 1);
            for (std::int64_t n = 0; n < view.frames(); ++n) sound.push_back(0.5F * (left[n] + right[n]));
          },
          Progress());
    }
    sound.resize(static_cast<std::size_t>(length.value), 0.0F);
    for (const song::Effect& effect : part.effects) {
      if (!effect.key.empty()) continue;
      const auto processor = dsp::make_processor(effect.type);
      for (const auto& [name, value] : effect.parameters) processor->set(name, value);
      processor->set_tempo(piece.tempo.tempo(Beats{0}));
      process(sound, *processor);
    }
    for (float& v : sound)
      if (!std::isfinite(v)) v = 0;
    normalize(sound, 0.1 * gain_of(part.level_db));
    stems.sound.push_back(std::move(sound));
  }
  std::sort(stems.kicks.begin(), stems.kicks.end());
  stems.music_ends = std::min(music, last + 2);
  if (piece.tempo.changes().size() == 1 && piece.bar_line == 0) repeat(piece, stems, music, random.fork("repeat"));
  return stems;
}

Mixed mix(const Piece& piece, const Stems& stems, Random random) {
  Random& r = random;
  Mixed out;
  const std::size_t length = stems.sound.empty() ? 0 : stems.sound.front().size();
  std::vector<float> x(length, 0.0F);

  // Who is heard. Something that tells the time must stay.
  const bool has_drums =
      std::any_of(piece.parts.begin(), piece.parts.end(), [](const Part& p) { return p.place == Place::Drums; });
  const bool pitched = std::any_of(piece.parts.begin(), piece.parts.end(), [](const Part& p) {
    return p.place == Place::Chords || p.place == Place::Melody || p.place == Place::Bass;
  });
  bool without_drums = has_drums && pitched && piece.parts.size() > 2 && r.chance(0.18);
  const bool drums_only = has_drums && !without_drums && r.chance(0.05);
  std::vector<float> pump;
  if (!stems.kicks.empty() && !without_drums && r.chance(0.25)) {
    pump.assign(length, 1.0F);
    const double depth = r.uniform(0.3, 0.9), release = r.uniform(0.08, 0.25);
    for (const double kick : stems.kicks) {
      const auto first = static_cast<std::size_t>(kick * kRate);
      for (std::size_t n = 0; n < static_cast<std::size_t>(release * 1.5 * kRate) && first + n < length; ++n) {
        const double y = static_cast<double>(n) / (release * kRate);
        pump[first + n] =
            std::min(pump[first + n], static_cast<float>(1 - depth * std::max(0.0, 1 - y) * (y < 1 ? 1 : 0)));
      }
    }
  }
  const double spread = r.uniform(1, 7);
  for (std::size_t i = 0; i < stems.sound.size(); ++i) {
    const Part& part = piece.parts[i];
    const bool drums = part.place == Place::Drums;
    if ((drums && without_drums) || (!drums && drums_only)) continue;
    if (!drums && part.place != Place::Chords && piece.parts.size() > 3 && r.chance(0.12)) continue;
    std::vector<float> sound = stems.sound[i];
    if (r.chance(0.4)) filter(sound, random_equalizer(r, 8));
    const float gain = gain_of(spread * r.normal() * 0.6);
    for (std::size_t n = 0; n < length; ++n) x[n] += gain * sound[n] * (drums || pump.empty() ? 1.0F : pump[n]);
  }
  normalize(x, 0.1);

  if (r.chance(0.15)) {
    std::vector<float> voice = talk(static_cast<double>(length) / kRate, r.fork("talk"));
    normalize(voice, 0.1 * gain_of(r.uniform(-18, 0)));
    for (std::size_t n = 0; n < length; ++n) x[n] += voice[n];
  }
  if (r.chance(0.45)) {
    const auto reverb = dsp::make_processor("reverb");
    reverb->set("size", r.uniform(0.1, 1));
    reverb->set("decay_s", std::exp(r.uniform(std::log(0.2), std::log(4.0))));
    reverb->set("pre_delay_ms", r.uniform(0, 40));
    reverb->set("mix", r.chance(0.15) ? r.uniform(0.4, 0.7) : r.uniform(0.05, 0.35));
    process(x, *reverb);
  }
  if (r.chance(0.8)) filter(x, random_equalizer(r, 8));
  if (r.chance(0.2)) {  // a comb: the other microphone
    const auto delay = static_cast<std::size_t>(r.uniform(0.0005, 0.02) * kRate);
    const auto gain = static_cast<float>(r.uniform(-0.6, 0.6));
    for (std::size_t n = length; n-- > delay;) x[n] += gain * x[n - delay];
  }
  normalize(x, 0.1);
  if (r.chance(0.5)) compress(x, r);
  if (r.chance(0.5)) {
    normalize(x, 0.1);
    const float drive = gain_of(r.uniform(0, 18));
    for (float& v : x) v = std::tanh(drive * v) / drive;
  }
  normalize(x, 0.1);
  if (r.chance(0.35)) {
    const double edge = r.uniform(11000, 16000), q[] = {0.54, 0.76, 1.3};
    std::vector<dsp::Biquad> steep;
    for (const double each : q) steep.push_back(dsp::Biquad::low_pass(edge, each, kRate));
    filter(x, steep);
  } else if (r.chance(0.12)) {  // a telephone, a wireless, through a wall
    std::vector<dsp::Biquad> narrow;
    if (r.chance(0.6)) narrow.push_back(dsp::Biquad::high_pass(r.uniform(120, 400), 0.7, kRate));
    if (r.chance(0.6)) narrow.push_back(dsp::Biquad::low_pass(r.uniform(1500, 6000), 0.7, kRate));
    filter(x, narrow);
  }
  normalize(x, 0.1);

  // Another speed, another beginning.
  out.speed = r.chance(0.6) ? r.uniform(0.92, 1.08) : 1;
  out.cut = r.chance(0.5) ? r.uniform(0, 3) : 0;
  out.lead = r.chance(0.4) ? r.uniform(0, 1.5) : 0;
  const double seconds = static_cast<double>(length) / kRate;
  const auto frames = static_cast<std::size_t>(std::max(0.0, out.at(seconds)) * kRate);
  out.sound.assign(frames, 0.0F);
  for (std::size_t n = 0; n < frames; ++n) {
    const double at = ((static_cast<double>(n) / kRate - out.lead) * out.speed + out.cut) * kRate;
    if (static_cast<double>(n) / kRate < out.lead || at < 1 || at + 3 > static_cast<double>(length)) continue;
    const auto i = static_cast<std::size_t>(at);
    const auto f = static_cast<float>(at - static_cast<double>(i));
    const float a = x[i - 1], b = x[i], c = x[i + 1], d = x[i + 2];
    out.sound[n] = b + 0.5F * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)));
  }
  const float floor = gain_of(r.uniform(-60, -25)) * 0.1F * (r.chance(0.25) ? 1.0F : 0.15F);
  const bool pink = r.chance(0.5);
  float low = 0;
  for (float& v : out.sound) {
    const auto white = static_cast<float>(r.uniform(-1.7, 1.7));
    low += 0.05F * (white - low);
    v += floor * (pink ? 4 * low : white);
  }
  const float level = gain_of(r.uniform(-24, 6));
  for (float& v : out.sound) v = std::clamp(v * level, -1.0F, 1.0F);
  return out;
}

}  // namespace figment::listen
