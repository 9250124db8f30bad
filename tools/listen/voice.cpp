#include "voice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "sound.h"

namespace figment::listen {
namespace {

struct Vowel {
  double f1, f2, f3;
};
constexpr std::array<Vowel, 6> kVowels{
    {{800, 1200, 2600}, {400, 2100, 2700}, {300, 2300, 3000}, {500, 900, 2500}, {350, 700, 2400}, {600, 1700, 2500}}};

struct Tone {
  double start, end, pitch, velocity;
};

void render(const std::vector<Tone>& tones, std::vector<float>& out, Random r) {
  constexpr double kSecond = kRate;
  const double glide = r.uniform(0.02, 0.12), vibrato = r.uniform(0, 0.5), rate = r.uniform(4.5, 6.5),
               size = r.uniform(0.85, 1.25);
  const double breath = r.uniform(0.002, 0.03), consonants = r.uniform(0.2, 0.9);
  double last_pitch = tones.empty() ? 60 : tones.front().pitch, last_end = -1;
  for (const Tone& tone : tones) {
    const auto first = static_cast<std::int64_t>(tone.start * kSecond),
               last = std::min<std::int64_t>(static_cast<std::int64_t>((tone.end + 0.12) * kSecond),
                                             static_cast<std::int64_t>(out.size()));
    if (first < 0 || first >= last) continue;
    const Vowel& a = kVowels[static_cast<std::size_t>(r.integer(0, 5))];
    const Vowel& b = kVowels[static_cast<std::size_t>(r.integer(0, 5))];
    const double attack = r.uniform(0.02, 0.09);
    const bool legato = tone.start - last_end < 0.08;
    const double from = legato ? last_pitch : tone.pitch - r.uniform(0, 1.5);
    double phase = 0;
    std::array<float, 40> gains{};
    int harmonics = 1;
    const double length = tone.end - tone.start;
    for (std::int64_t n = first; n < last; ++n) {
      const double t = static_cast<double>(n - first) / kSecond;
      const double pitch = tone.pitch + (from - tone.pitch) * std::exp(-t / glide) +
                           vibrato * std::min(1.0, t) * std::sin(2 * std::numbers::pi * rate * t);
      const double hz = 440 * std::exp2((pitch - 69) / 12);
      if ((n - first) % 256 == 0) {
        const double x = std::min(1.0, t / std::max(0.1, length));
        harmonics = std::clamp(static_cast<int>(5000 / hz), 1, 40);
        for (int h = 1; h <= harmonics; ++h) {
          double gain = 0.02;
          const double f = h * hz;
          const auto peak = [&](double centre, double width, double amount) {
            const double d = (f - centre * size) / width;
            gain += amount / (1 + d * d);
          };
          peak(a.f1 + x * (b.f1 - a.f1), 90, 1);
          peak(a.f2 + x * (b.f2 - a.f2), 120, 0.6);
          peak(a.f3 + x * (b.f3 - a.f3), 180, 0.3);
          gains[static_cast<std::size_t>(h - 1)] = static_cast<float>(gain / std::sqrt(h));
        }
      }
      phase += hz / kSecond;
      phase -= std::floor(phase);
      const auto s = static_cast<float>(std::sin(2 * std::numbers::pi * phase)),
                 c = static_cast<float>(2 * std::cos(2 * std::numbers::pi * phase));
      float before = 0, now = s, sum = 0;
      for (int h = 0; h < harmonics; ++h) {
        sum += gains[static_cast<std::size_t>(h)] * now;
        const float next = c * now - before;
        before = now;
        now = next;
      }
      const double left = length + 0.12 - t;
      const double envelope = std::min(1.0, t / attack) * std::min(1.0, std::max(0.0, left / 0.12)) * tone.velocity;
      out[static_cast<std::size_t>(n)] += static_cast<float>(envelope * (sum + breath * r.uniform(-1, 1)));
    }
    if (r.chance(consonants)) {  // before the vowel
      const double width = r.uniform(0.02, 0.11);
      const double loud = r.uniform(0.03, 0.5);
      float low = 0;
      const float keep = static_cast<float>(r.uniform(0.2, 0.8));
      for (auto n = std::max<std::int64_t>(0, first - static_cast<std::int64_t>(width * kSecond)); n < first; ++n) {
        const auto x = static_cast<float>(r.uniform(-1, 1));
        low += (1 - keep) * (x - low);
        const double y = 1 - static_cast<double>(first - n) / (width * kSecond);
        out[static_cast<std::size_t>(n)] += static_cast<float>(loud * std::sin(std::numbers::pi * y)) * (x - low);
      }
    }
    last_pitch = tone.pitch;
    last_end = tone.end;
  }
}

}  // namespace

std::vector<float> sing(const score::Score& score, const score::TempoMap& tempo, double seconds, Random random) {
  std::vector<float> out(static_cast<std::size_t>(seconds * kRate));
  std::vector<Tone> tones;
  const double late = random.uniform(-0.01, 0.06), loose = random.uniform(0.005, 0.03);
  const int transpose = random.chance(0.5) ? 0 : -12;
  for (const score::Note& note : score.notes) {
    const double start = tempo.seconds(note.start).value + late + loose * random.normal();
    const double end = tempo.seconds(note.end()).value + late;
    if (end > start + 0.03)
      tones.push_back({std::max(0.0, start), end, static_cast<double>(note.pitch + transpose), note.velocity});
  }
  render(tones, out, random.fork("render"));
  return out;
}

std::vector<float> talk(double seconds, Random random) {
  std::vector<float> out(static_cast<std::size_t>(seconds * kRate));
  std::vector<Tone> tones;
  const double base = random.uniform(42, 58);
  for (double t = random.uniform(0, 2); t < seconds - 0.5;) {
    const double length = random.uniform(0.06, 0.28);
    tones.push_back({t, t + length, base + random.uniform(-3, 5), random.uniform(0.4, 1)});
    t += length + (random.chance(0.15) ? random.uniform(0.3, 1.5) : random.uniform(0, 0.08));
  }
  render(tones, out, random.fork("render"));
  return out;
}

}  // namespace figment::listen
