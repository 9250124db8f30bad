#include "analysis/melody.h"

#include <algorithm>
#include <cmath>

namespace figment::analysis {
namespace {

constexpr float kPeriodic = 0.2F;
constexpr double kJump = 0.67;              // semitones from frame to frame
constexpr std::size_t kShortest = 3;        // frames: 60 ms
constexpr float kQuiet = 0.03F;             // of the loudest frame: -30 dB

double semitones(float hertz) { return 69 + 12 * std::log2(hertz / 440.0); }

double median(std::vector<double> x) {
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  return *middle;
}

}  // namespace

Melody find_melody(const Features& features, const std::vector<Attack>& attacks) {
  Melody melody;
  const std::vector<PitchFrame>& frames = features.pitch;
  float loudest = 0;
  for (const PitchFrame& f : frames) loudest = std::max(loudest, f.level);
  const auto sounds = [&](const PitchFrame& f) { return f.level > kQuiet * loudest && f.level > 1e-4F; };
  const auto voiced = [&](const PitchFrame& f) { return sounds(f) && f.hertz > 0 && f.aperiodicity < kPeriodic; };

  std::vector<double> settled;              // the note now forming
  std::vector<double> away;                 // frames in a row on another semitone
  std::size_t begun = 0;
  double level = 0;
  const auto close = [&](std::size_t end) {
    if (settled.size() >= kShortest)
      melody.notes.push_back({Seconds{static_cast<double>(begun) / kPitchRate}, Seconds{static_cast<double>(end) / kPitchRate}, median(settled), level / static_cast<double>(settled.size())});
    settled.clear();
    away.clear();
    level = 0;
  };
  std::size_t attack = 0, sounding = 0, clear = 0;
  double last = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const PitchFrame& f = frames[i];
    sounding += sounds(f);
    const double now = static_cast<double>(i) / kPitchRate;
    bool struck = false;
    while (attack < attacks.size() && attacks[attack].at.value < now) struck = struck || attacks[attack].strength > 0.35F, ++attack;
    if (!voiced(f)) {
      close(i);
      continue;
    }
    ++clear;
    // What ends abruptly is heard as an attack too; but nothing gets louder there.
    struck = struck && i > 0 && f.level >= frames[i - 1].level;
    const double pitch = semitones(f.hertz);
    if (!settled.empty() && (struck || std::abs(pitch - last) > kJump)) {
      if (struck && settled.size() < kShortest) settled.clear();   // the attack's own noise came first
      else close(i);
    }
    last = pitch;
    if (settled.empty()) begun = i;
    // A glide is not a new note for ever: the last half second says where the pitch is.
    const double centre = settled.empty() ? pitch : median({settled.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(settled.size(), 25)), settled.end()});
    if (std::abs(pitch - centre) > 0.6) {
      away.push_back(pitch);
      if (away.size() >= kShortest) {
        const std::vector<double> next = away;
        close(i + 1 - next.size());
        begun = i + 1 - next.size();
        settled = next;
        level = f.level * static_cast<double>(next.size());
        continue;
      }
    } else {
      away.clear();
    }
    settled.push_back(pitch);
    level += f.level;
  }
  close(frames.size());
  melody.monophonic = sounding > 0 ? static_cast<double>(clear) / static_cast<double>(sounding) : 0;
  if (!melody.notes.empty()) {
    std::vector<double> pitches;
    for (const HeardNote& n : melody.notes) pitches.push_back(n.pitch);
    std::sort(pitches.begin(), pitches.end());
    melody.lowest = pitches[pitches.size() / 20];
    melody.highest = pitches[pitches.size() - 1 - pitches.size() / 20];
  }
  return melody;
}

}  // namespace figment::analysis
