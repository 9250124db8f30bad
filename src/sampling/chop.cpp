#include "sampling/chop.h"

#include <algorithm>
#include <cmath>

#include "audio/resample.h"
#include "base/executor.h"
#include "sampling/onset_isolation.h"

namespace figment::sampling {
namespace {

constexpr double kEarly = 0.003;          // s before an attack that a zero crossing is looked for
constexpr double kGap = 0.002;            // s kept free before the next attack
constexpr double kFade = 0.008;
constexpr double kLongest = 6;
constexpr double kShortest = 0.04;
constexpr double kDead = 0.0032;          // -50 dB
constexpr double kLookBack = 0.06;         // s before an attack that are read: what rings on from there
constexpr double kRings = 0.05;            // level before an attack against its own, from which it is taken off for listening
constexpr double kAlike = 0.32;           // mean distance of scaled traits

std::vector<float> mono_of(const audio::AudioBuffer& sound) {
  std::vector<float> mono(static_cast<std::size_t>(sound.frames()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::size_t n = 0; n < mono.size(); ++n) mono[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
  return mono;
}

struct Candidate {
  OneShot shot;
  Traits traits{};
  double room = 0;          // s to the next attack
  double before = 0;        // level just before against its own, linear
};

Candidate look(const audio::Spool& sound, std::int64_t frames, double at, double next, const Classifier& classify, float strength) {
  const Hertz rate = sound.rate();
  Candidate c;
  c.shot.attack = Seconds{at};
  c.shot.strength = strength;
  c.room = next - at;
  const auto early = to_frames(Seconds{kEarly}, rate).value, attack = to_frames(Seconds{at}, rate).value;
  const std::int64_t from = std::max<std::int64_t>(0, attack - to_frames(Seconds{kLookBack}, rate).value);
  const std::int64_t to = std::min({frames, attack + to_frames(Seconds{kLongest}, rate).value, to_frames(Seconds{next - kGap}, rate).value});
  if (to <= attack) return c;
  audio::AudioBuffer piece(sound.channels(), to - from, rate);
  sound.read(from, piece.block());
  const std::vector<float> mono = mono_of(piece);
  const auto place = static_cast<std::size_t>(attack - from);

  // The last change of sign before the attack; where there is none, the quietest sample.
  std::size_t begin = place;
  const std::size_t first = place > static_cast<std::size_t>(early) ? place - static_cast<std::size_t>(early) : 0;
  bool crossed = false;
  for (std::size_t n = place; n > first && !crossed; --n)
    if ((mono[n - 1] <= 0) != (mono[n] <= 0)) begin = std::abs(mono[n - 1]) < std::abs(mono[n]) ? n - 1 : n, crossed = true;
  if (!crossed)
    for (std::size_t n = first; n < place; ++n)
      if (std::abs(mono[n]) <= std::abs(mono[begin])) begin = n;

  float peak = 0, before = 0;
  for (std::size_t n = begin; n < mono.size(); ++n) peak = std::max(peak, std::abs(mono[n]));
  for (std::size_t n = first - std::min(first, static_cast<std::size_t>(7 * early)); n < first; ++n) before = std::max(before, std::abs(mono[n]));
  c.before = peak > 0 ? before / peak : 1;
  // Where it has died: the last sample above -50 dB, and a little.
  std::size_t end = mono.size();
  while (end > begin && std::abs(mono[end - 1]) < kDead * peak) --end;
  const bool died = end + static_cast<std::size_t>(early) < mono.size();
  end = std::min(mono.size(), end + (died ? static_cast<std::size_t>(early) : 0));
  c.shot.begin = from + static_cast<std::int64_t>(begin);
  c.shot.end = from + static_cast<std::int64_t>(end);
  c.shot.fade = std::min(to_frames(Seconds{died ? kEarly : kFade}, rate).value, (c.shot.end - c.shot.begin) / 2);
  if (peak <= 0) c.shot.end = c.shot.begin;

  std::vector<float> own(mono.begin(), mono.begin() + static_cast<std::ptrdiff_t>(end));
  if (rate != analysis::kFeatureRate && !own.empty()) {
    const auto count = static_cast<std::int64_t>(own.size());
    const audio::AudioBuffer resampled = audio::resample({own.data(), count, 1, count, rate}, analysis::kFeatureRate);
    own.assign(resampled.channel(0), resampled.channel(0) + resampled.frames());
  }
  const auto own_begin = static_cast<std::size_t>(static_cast<double>(begin) * analysis::kFeatureRate.value / rate.value);
  const std::vector<float> alone = c.before > kRings ? without_ringing(own, own_begin) : std::vector<float>{};
  own.erase(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(std::min(own_begin, own.size())));
  if (own.size() < 64) return c;
  c.traits = traits_of(own.data(), static_cast<std::int64_t>(own.size()));
  auto p = classify(c.traits);
  if (alone.size() >= 64) {
    // Both ways of hearing it have a say, the one without the ringing more.
    const auto q = classify(traits_of(alone.data(), static_cast<std::int64_t>(alone.size())));
    double sum = 0;
    for (std::size_t k = 0; k < kClasses; ++k) sum += p[k] = std::pow(p[k], 0.3) * std::pow(q[k], 0.7);
    for (double& x : p) x /= sum;
  }
  const auto best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
  c.shot.kind = static_cast<SoundClass>(best);
  c.shot.sure = p[best];
  c.shot.pitch = pitch_of(own.data(), static_cast<std::int64_t>(own.size()));
  return c;
}

double quality(const Candidate& c) { return std::min(c.room, 1.0) + 0.5 * c.shot.strength + 0.3 * c.shot.sure - 1.2 * std::min(c.before, 1.0); }

bool alike(const Candidate& a, const Candidate& b, const Classifier& classify) {
  if (a.shot.kind != b.shot.kind) return false;
  if (pitched(a.shot.kind) && a.shot.pitch.sure > 0.5 && b.shot.pitch.sure > 0.5 && std::abs(a.shot.pitch.note - b.shot.pitch.note) > 0.5) return false;
  return classify.distance(a.traits, b.traits) < kAlike;
}

std::vector<Loop> choose_loops(const analysis::SoundAnalysis& heard) {
  std::vector<Loop> loops;
  const auto lines = analysis::bar_lines(heard.grid);
  if (heard.grid.confidence < 0.25 || heard.grid.beats_per_bar < 1 || lines.empty()) return loops;
  std::vector<double> edges;
  for (const Seconds s : lines) edges.push_back(s.value);
  const double beat = 60 / heard.grid.tempo.value, bar = beat * heard.grid.beats_per_bar;
  if (heard.length.value - edges.back() > 0.97 * bar) edges.push_back(edges.back() + bar);
  if (edges.size() < 2) return loops;
  // Levels of bars, for choosing unlike ones.
  const auto level = [&](double from, double to) {
    double sum = 0, n = 0;
    for (std::size_t i = static_cast<std::size_t>(std::max(0.0, from)); i < heard.short_term.size() && static_cast<double>(i) < to; ++i) sum += std::pow(10, heard.short_term[i].value / 10), n += 1;
    return n > 0 ? sum / n : 0.0;
  };
  const auto chord_of = [&](double at) {
    for (const analysis::HeardChord& c : heard.harmony.chords)
      if (c.start.value <= at && at < c.end.value) return c.none() ? -1 : c.chord.root * 2 + (c.chord.minor() ? 1 : 0);
    return -1;
  };
  for (const int bars : {1, 2, 4, 8}) {
    const auto span = static_cast<std::size_t>(bars);
    std::vector<Loop> all;
    for (std::size_t i = 0; i + span < edges.size(); i += span) all.push_back({Seconds{edges[i]}, Seconds{edges[i + span]}, bars, static_cast<int>(i) + 1, 0});
    if (all.empty()) continue;
    double loudest = 1e-12;
    for (Loop& l : all) l.energy = level(l.begin.value, l.end.value), loudest = std::max(loudest, l.energy);
    for (Loop& l : all) l.energy = std::clamp(1 + std::log10(std::max(l.energy, 1e-12) / loudest) / 2, 0.0, 1.0);
    // The loudest first, then always the one least like those taken.
    const auto distance = [&](const Loop& a, const Loop& b) {
      double d = 3 * std::abs(a.energy - b.energy);
      for (int k = 0; k < 2 * bars; ++k) {
        const double share = (k + 0.5) / (2.0 * bars);
        d += (chord_of(a.begin.value + share * (a.end - a.begin).value) != chord_of(b.begin.value + share * (b.end - b.begin).value)) / (2.0 * bars);
      }
      return d + 0.02 * std::abs(a.first_bar - b.first_bar) / static_cast<double>(edges.size());
    };
    std::vector<Loop> taken;
    while (!all.empty() && taken.size() < kMostLoops) {
      std::size_t best = 0;
      double most = -1;
      for (std::size_t i = 0; i < all.size(); ++i) {
        double nearest = 1e9;
        for (const Loop& t : taken) nearest = std::min(nearest, distance(all[i], t));
        const double worth = taken.empty() ? all[i].energy : nearest * (0.3 + all[i].energy);
        if (worth > most) most = worth, best = i;
      }
      if (!taken.empty() && most < 0.02) break;
      taken.push_back(all[best]);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(best));
    }
    std::sort(taken.begin(), taken.end(), [](const Loop& a, const Loop& b) { return a.begin < b.begin; });
    loops.insert(loops.end(), taken.begin(), taken.end());
  }
  return loops;
}

std::vector<Candidate> look_at_all(const audio::Spool& sound, std::int64_t frames, const analysis::SoundAnalysis& heard, const Classifier& classify, const Progress& progress) {
  std::vector<Candidate> candidates(heard.attacks.size());
  const double length = static_cast<double>(frames) / sound.rate().value;
  parallel_for(candidates.size(), [&](std::size_t i) {
    progress.check();
    const double next = i + 1 < heard.attacks.size() ? heard.attacks[i + 1].at.value : length + kGap;
    candidates[i] = look(sound, frames, heard.attacks[i].at.value, next, classify, heard.attacks[i].strength);
  });
  return candidates;
}

}  // namespace

std::vector<Hit> hear_hits(const audio::Spool& sound, std::int64_t frames, const analysis::SoundAnalysis& heard, const Classifier& classify, const Progress& progress) {
  std::vector<Hit> hits;
  for (const Candidate& c : look_at_all(sound, frames, heard, classify, progress)) hits.push_back({c.shot.attack, c.shot.kind, c.shot.sure, c.shot.strength});
  return hits;
}

Chopped chop(const audio::Spool& sound, std::int64_t frames, const analysis::SoundAnalysis& heard, const Classifier& classify, const Progress& progress) {
  Chopped result;
  std::vector<Candidate> candidates = look_at_all(sound, frames, heard, classify, progress);
  progress.set(0.8, "cutting");
  const auto shortest = to_frames(Seconds{kShortest}, sound.rate()).value;
  std::erase_if(candidates, [&](const Candidate& c) { return c.shot.end - c.shot.begin < shortest || c.shot.strength < 0.05; });
  result.cut = static_cast<int>(candidates.size());
  // The best first: each becomes a group of its own, or joins the group it is like.
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return quality(a) > quality(b); });
  std::vector<Candidate> kept;
  for (const Candidate& c : candidates) {
    const auto group = std::find_if(kept.begin(), kept.end(), [&](const Candidate& k) { return alike(k, c, classify); });
    if (group != kept.end()) ++group->shot.alike;
    else kept.push_back(c);
  }
  for (const Candidate& c : kept) result.one_shots.push_back(c.shot);
  std::stable_sort(result.one_shots.begin(), result.one_shots.end(), [](const OneShot& a, const OneShot& b) { return a.kind < b.kind; });
  result.loops = choose_loops(heard);
  return result;
}

audio::AudioBuffer cut_out(const audio::Spool& sound, const OneShot& shot) {
  audio::AudioBuffer piece(sound.channels(), shot.end - shot.begin, sound.rate());
  sound.read(shot.begin, piece.block());
  // Where the channels cross zero apart, a quarter of a millisecond hides what is left of a step.
  const std::int64_t rise = std::min<std::int64_t>(to_frames(Seconds{0.00025}, sound.rate()).value, piece.frames() / 2);
  for (int c = 0; c < piece.channels(); ++c) {
    float* x = piece.channel(c);
    for (std::int64_t n = 0; n < rise; ++n) x[n] *= static_cast<float>(n) / static_cast<float>(rise);
    for (std::int64_t n = 0; n < shot.fade; ++n) {
      const double t = static_cast<double>(n) / static_cast<double>(shot.fade);
      x[piece.frames() - 1 - n] *= static_cast<float>(0.5 - 0.5 * std::cos(3.141592653589793 * t));
    }
  }
  return piece;
}

std::int64_t loop_frames(const Loop& loop, Hertz rate) { return to_frames(loop.end - loop.begin, rate).value; }

audio::AudioBuffer cut_out(const audio::Spool& sound, const Loop& loop, Seam& seam) {
  const Hertz rate = sound.rate();
  const std::int64_t begin = to_frames(loop.begin, rate).value, frames = loop_frames(loop, rate);
  audio::AudioBuffer piece(sound.channels(), frames, rate);
  sound.read(begin, piece.block());
  const std::int64_t length = std::min(to_frames(begin > 0 ? kSeamLength : kEndLength, rate).value, frames / 4);
  audio::AudioBuffer before(sound.channels(), length, rate);
  sound.read(begin - length, before.block());
  close_loop(piece.block().part(frames - length, length), before.view());
  SeamMeter meter(piece.channels());
  meter.add(piece.view());
  seam = meter.result();
  return piece;
}

}  // namespace figment::sampling
