// Improvisation: lines that run towards the chords' thirds and sevenths, as bebop teaches it.
//
//   Method   Phrases of one to three bars with rests between. Inside a phrase every half bar has a target, a tone of
//   the
//            chord there (thirds and sevenths first) that lies on the phrase's arch; the notes before a target approach
//            it from the scale, by a half step or enclose it from both sides, and what lies before them runs through
//            the chord's scale or its tones. Blues styles use the blues scale and answer their own licks

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "compose/harmony.h"
#include "compose/lead_units.h"

namespace figment::compose {
namespace {

class Improviser {
 public:
  Improviser(const Plan& plan, const Register& range, double energy, Random random)
      : plan_(plan), range_(range), energy_(energy), random_(random) {}

  std::vector<LineNote> run(Beats from, Beats to) {
    const Beats bar = plan_.metre.bar();
    Beats at = from;
    int phrase = static_cast<int>(std::lround(from.value * 4));
    pitch_ = static_cast<int>(range_.at(0.45));
    while (at < to - Beats{1}) {
      const double lengths[] = {1, 1.5, 2, 2, 3};
      Beats end = std::min(to, at + bar * lengths[random_.integer(0, 4)]);
      // A phrase ends on or just behind a beat, and leaves air before the next.
      end = std::min(end - Beats{random_.pick(std::array<double, 3>{0.5, 1, 1.5})}, to - Beats{0.5});
      const Beats entry = at + Beats{random_.pick(std::array<double, 4>{0, 0.5, 0.5, 1})};
      if (end > entry + Beats{1}) phrase_between(entry, end, phrase++);
      at = at + bar * std::ceil((end - at) / bar + 1e-9 + (random_.chance(0.25) ? 0.5 : 0));
    }
    return std::move(notes_);
  }

 private:
  [[nodiscard]] const score::Chord* chord(Beats when) const {
    return score::chord_at(plan_.chords, when + Beats{1e-6});
  }

  // What may sound at `when`.
  [[nodiscard]] PitchSet scale(Beats when) const {
    const auto* c = chord(when);
    PitchSet set = c ? chord_scale(*c, plan_.key) : PitchSet{};
    if (!plan_.style->melody.pentatonic) return set;
    // The blues scale, with the chord's own tones.
    PitchSet blues{};
    for (int step : {0, 3, 5, 6, 7, 10}) blues[static_cast<std::size_t>(score::pitch_class(plan_.key.tonic + step))] = true;
    if (c) {
      for (int tone : c->pitch_classes()) blues[static_cast<std::size_t>(tone)] = true;
    }
    return blues;
  }

  [[nodiscard]] int next_in_scale(int pitch, int direction, const PitchSet& set) const {
    for (int i = 1; i <= 5; ++i) {
      const int p = pitch + direction * i;
      if (set[static_cast<std::size_t>(score::pitch_class(p))]) return p;
    }
    return pitch + direction * 2;
  }

  // A tone of the chord near the wanted height, the third and seventh first.
  int target(Beats when, double wanted) {
    const auto* c = chord(when);
    if (!c) return static_cast<int>(std::lround(wanted));
    std::vector<double> weights;
    std::vector<int> pitches;
    for (int p = range_.low; p <= range_.high; ++p) {
      if (!c->contains(p)) continue;
      const int above = score::pitch_class(p - c->root);
      const double guide = above == 3 || above == 4 || above == 10 || above == 11 ? 2 : above == 0 ? 0.9 : 1;
      const double away = (p - wanted) / 3.0, jump = (p - pitch_) / 6.0;
      pitches.push_back(p);
      weights.push_back(guide * std::exp(-0.5 * away * away - 0.5 * jump * jump) * (p == pitch_ ? 0.3 : 1));
    }
    if (pitches.empty()) return static_cast<int>(std::lround(wanted));
    return pitches[plan_.chooser->choose("melody.target", weights, random_)];
  }

  // `count` pitches that lead from `from` to `to`, neither included.
  std::vector<int> way(int from, int to, int count, Beats when) {
    std::vector<int> line;
    if (count <= 0) return line;
    const PitchSet set = scale(when);
    const int direction = to >= from ? 1 : -1;
    std::vector<int> ending;
    const int above = next_in_scale(to, 1, set), below = next_in_scale(to, -1, set);
    const double kind = random_.uniform();
    const double chromatic = plan_.style->melody.pentatonic ? 0.15 : 0.12 + 0.4 * plan_.style->melody.blue;
    if (count >= 2 && kind < 0.22)
      ending = {above, to - 1};  // enclosure
    else if (kind < 0.22 + chromatic)
      ending = {direction > 0 ? to - 1 : to + 1};
    else
      ending = {direction > 0 ? below : above};
    const int left = count - static_cast<int>(ending.size());
    int now = from;
    for (int i = 0; i < left; ++i) {
      const int goal = ending.front();
      const double pull = static_cast<double>(goal - now) / (left - i + 1);
      std::vector<double> weights;
      std::vector<int> pitches;
      const auto* c = chord(when);
      for (int p = std::max(range_.low, now - 5); p <= std::min(range_.high, now + 5); ++p) {
        if (p == now || !set[static_cast<std::size_t>(score::pitch_class(p))]) continue;
        if (i + 1 == left && p == goal) continue;
        const double off = (p - now) - pull;
        double w = std::exp(-0.5 * off * off / 2.5);
        if (std::abs(p - now) > 2) w *= c && c->contains(p) && c->contains(now) ? 0.5 : 0.08;
        if (!line.empty() && p == (line.size() > 1 ? line[line.size() - 2] : from)) w *= 0.25;
        pitches.push_back(p);
        weights.push_back(w);
      }
      if (pitches.empty()) break;
      now = pitches[plan_.chooser->choose("melody.step", weights, random_)];
      line.push_back(now);
    }
    for (int p : ending) line.push_back(std::clamp(p, range_.low, range_.high));
    return line;
  }

  void phrase_between(Beats from, Beats to, int phrase) {
    const Beats pulse = plan_.metre.compound() ? plan_.metre.pulse() : Beats{plan_.metre.unit >= 8 ? 0.5 : 1.0};
    const bool fast = random_.chance(std::clamp((plan_.style->melody.density - 0.6) * 1.5 * energy_, 0.0, 0.5)) &&
                      plan_.tempo < Bpm{130};
    const Beats step{fast ? 0.25 : 0.5};
    // Onsets: eighths with breaths, long notes and a triplet turn now and then.
    struct Onset {
      Beats at;
      bool beat;
    };
    std::vector<Onset> onsets;
    const Beats group = pulse * 2.0;
    for (Beats at = from; at < to - Beats{1e-9};) {
      const double within = at.value - group.value * std::floor(at.value / group.value + 1e-9);
      const bool beat = within < 1e-9;
      onsets.push_back({at, beat});
      const double draw = random_.uniform();
      const double held = 0.3 - 0.25 * plan_.style->melody.density;
      if (draw < held)
        at += step * 2.0;
      else if (draw < held + 0.06 && beat && plan_.style->melody.triplets) {
        const Beats third = pulse / 3.0;
        onsets.push_back({at + third, false});
        onsets.push_back({at + third * 2.0, false});
        at += pulse;
      } else
        at += step;
    }
    while (!onsets.empty() && onsets.back().at >= to - Beats{1e-9}) onsets.pop_back();
    if (onsets.size() < 2) return;
    // Targets on the beats and at both ends; runs between.
    std::vector<std::size_t> aims;
    for (std::size_t i = 0; i < onsets.size(); ++i) {
      if (i == 0 || i + 1 == onsets.size() || onsets[i].beat) aims.push_back(i);
    }
    const double peak = random_.uniform(0.35, 0.75), height = range_.at(0.35),
                 lift = (range_.high - height) * (0.5 + 0.4 * energy_);
    std::vector<int> pitches(onsets.size());
    for (std::size_t k = 0; k < aims.size(); ++k) {
      const double x = (onsets[aims[k]].at - from) / (to - from);
      const double arch = x < peak ? x / peak : (1 - x) / (1 - peak);
      const int goal =
          target(onsets[aims[k]].at, height + lift * std::sin(0.5 * std::numbers::pi * std::clamp(arch, 0.0, 1.0)));
      if (k > 0) {
        const auto between = way(pitch_, goal, static_cast<int>(aims[k] - aims[k - 1]) - 1, onsets[aims[k - 1]].at);
        for (std::size_t i = 0; i < between.size() && aims[k - 1] + 1 + i < aims[k]; ++i)
          pitches[aims[k - 1] + 1 + i] = between[i];
        for (std::size_t i = aims[k - 1] + 1; i < aims[k]; ++i) {
          if (pitches[i] == 0) pitches[i] = goal;
        }
      }
      pitches[aims[k]] = goal;
      pitch_ = goal;
    }
    for (std::size_t i = 0; i < onsets.size(); ++i) {
      LineNote note;
      note.start = onsets[i].at;
      note.length = i + 1 < onsets.size() ? onsets[i + 1].at - onsets[i].at
                                          : std::max(Beats{0.5}, std::min(Beats{1}, to - onsets[i].at));
      note.wish = pitches[i];
      note.pitch = std::clamp(pitches[i], range_.low, range_.high);
      // Off-beat eighths and line tops speak louder, as players accent them.
      const bool top = i > 0 && i + 1 < onsets.size() && pitches[i] > pitches[i - 1] && pitches[i] >= pitches[i + 1];
      note.velocity =
          0.66 + 0.12 * energy_ + (top ? 0.12 : 0) + (onsets[i].beat ? 0.04 : 0) + random_.uniform(-0.04, 0.04);
      note.phrase = phrase;
      note.begins = i == 0;
      note.ends = i + 1 == onsets.size();
      notes_.push_back(note);
    }
  }

  const Plan& plan_;
  Register range_;
  double energy_;
  Random random_;
  int pitch_ = 67;
  std::vector<LineNote> notes_;
};

}  // namespace

std::vector<LineNote> improvise(const Plan& plan, const Register& range, Beats from, Beats to, double energy,
                                Random random) {
  return Improviser(plan, range, energy, random).run(from, to);
}

}  // namespace figment::compose
