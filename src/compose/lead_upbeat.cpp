#include "compose/lead_upbeat.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "compose/harmony.h"

namespace figment::compose {
namespace {

constexpr double kLeast = 0.5;   // beats that the note before keeps
constexpr double kBreath = 0.5;  // … and the silence after it: what was two phrases stays two

struct Shape {
  std::vector<double> lengths;  // beats, adding up to where the bar begins
  double weight;
};

const std::array<Shape, 5>& shapes() {
  static const std::array<Shape, 5> all{{{{0.5}, 3}, {{1}, 2}, {{0.5, 0.5}, 3}, {{0.5, 0.5, 0.5}, 1}, {{1, 0.5}, 0.5}}};
  return all;
}

double total(const Shape& shape) {
  double sum = 0;
  for (const double length : shape.lengths) sum += length;
  return sum;
}

// Pitches of a scale that lead to `goal`: `count` of them, the last one step away.
std::vector<int> walk(const PitchSet& scale, const Register& range, int goal, std::size_t count, bool below) {
  std::vector<int> out;
  const int step = below ? -1 : 1;
  for (int p = goal + step; out.size() < count && p >= range.low && p <= range.high && std::abs(p - goal) <= 9;
       p += step)
    if (scale[static_cast<std::size_t>(score::pitch_class(p))]) out.push_back(p);
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

void add_upbeats(const Plan& plan, const Register& range, std::vector<LineNote>& before, std::vector<LineNote>& notes,
                 const Random& random) {
  const double often = plan.style->melody.upbeat, busy = plan.style->melody.density;
  if (often <= 0) return;
  const Beats bar_length = plan.metre.bar();
  std::vector<LineNote> added;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const LineNote& first = notes[i];
    const int bar = static_cast<int>(std::floor(first.start / bar_length + 1e-9));
    if (!first.begins || bar < 1 || bar >= plan.bars || first.start - plan.bar_start(bar) > Beats{1e-9}) continue;
    LineNote* previous = i > 0 ? &notes[i - 1] : before.empty() ? nullptr : &before.back();
    const double room =
        std::min(bar_length.value - kLeast, first.start.value - (previous ? previous->start.value + kLeast + kBreath : 0.0));

    Random own = random.fork(static_cast<std::uint64_t>(plan.bar_in_section(bar)));
    const std::array<double, 2> chance{1 - often, often};
    if (plan.chooser->choose("melody.upbeat", chance, own) == 0) continue;
    std::vector<double> weights;
    for (const Shape& shape : shapes()) {
      const bool many = shape.lengths.size() > 1;
      weights.push_back(total(shape) > room + 1e-9 ? 0 : shape.weight * (many ? 0.4 + busy : 1.2 - busy));
    }
    if (std::all_of(weights.begin(), weights.end(), [](double w) { return w <= 0; })) continue;
    const Shape& shape = shapes()[plan.chooser->choose("melody.upbeat.shape", weights, own)];

    const Beats from = first.start - Beats{total(shape)};
    const score::Chord* chord = score::chord_at(plan.chords, from + Beats{1e-6});
    if (chord == nullptr) continue;
    const PitchSet scale = chord_scale(*chord, plan.key);
    const bool leap = own.chance(0.25), below = own.chance(0.7);
    std::vector<int> pitches = walk(scale, range, first.pitch, shape.lengths.size(), below);
    if (pitches.size() < shape.lengths.size()) pitches = walk(scale, range, first.pitch, shape.lengths.size(), !below);
    if (pitches.size() < shape.lengths.size()) continue;
    const int fourth = first.pitch - 5;
    if (leap && shape.lengths.size() == 1 && fourth >= range.low && chord->contains(fourth)) pitches.front() = fourth;

    if (previous != nullptr) previous->length = std::min(previous->length, from - Beats{kBreath} - previous->start);
    Beats at = from;
    for (std::size_t k = 0; k < pitches.size(); ++k) {
      LineNote note;
      note.start = at;
      note.length = Beats{shape.lengths[k]};
      note.wish = note.pitch = pitches[k];
      note.velocity = first.velocity * (0.78 + 0.06 * static_cast<double>(k));
      note.begins = k == 0;
      note.phrase = first.phrase;
      at += note.length;
      added.push_back(note);
    }
    notes[i].begins = false;  // the pick-up does
  }
  notes.insert(notes.end(), added.begin(), added.end());
  std::stable_sort(notes.begin(), notes.end(), [](const LineNote& a, const LineNote& b) { return a.start < b.start; });
}

}  // namespace figment::compose
