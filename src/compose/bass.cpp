#include "compose/bass.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "compose/groove_text.h"
#include "compose/harmony.h"

namespace figment::compose {
namespace {

constexpr double kTiny = 1e-6;

struct Tone {
  double at = 0, length = 0.5;  // beats, within the bar
  int pitch = 36;
  double velocity = 0.8;
  bool slide = false;  // into the next tone
};
using Line = std::vector<Tone>;

bool has_trait(const Member& m, std::string_view trait) {
  return std::find(m.traits.begin(), m.traits.end(), trait) != m.traits.end();
}

class Bassist {
 public:
  Bassist(const Plan& plan, const Member& member, const std::vector<DrumHit>& hits)
      : plan_(plan),
        member_(member),
        part_(member.part->part),
        hits_(hits),
        random_(plan.random.fork(member.id)),
        bar_length_(plan.metre.bar().value) {
    low_ = std::clamp(part_.low, 0, 127);
    high_ = std::clamp(part_.high, low_, 127);
    if (high_ - low_ > 60) low_ = 28, high_ = 52;  // a range was not given: a bass guitar's
    slide_ = has_trait(member, "sliding") ? std::max(0.6, part_.slide) : part_.slide;
    pulses_ = pulses(plan.metre);
    double at = 0;
    for (const double p : pulses_) starts_.push_back(at), at += p;
  }

  score::Score write() {
    for (int bar = 0; bar < plan_.bars; ++bar) {
      const double activity = member_.plays(bar) ? member_.activity[static_cast<std::size_t>(bar)] : 0;
      if (activity <= 0) {
        root_ = -1;
        continue;
      }
      write_bar(bar, activity);
    }
    return finish();
  }

 private:
  // ---- Pitches ----

  [[nodiscard]] const score::Chord& chord(double song_beat) const {
    static const score::Chord kNone{};
    const auto* c = score::chord_at(plan_.chords, Beats{song_beat + 1e-4});
    return c != nullptr ? *c : kNone;
  }

  [[nodiscard]] int fit(int pitch) const {
    while (pitch < low_) pitch += 12;
    while (pitch > high_) pitch -= 12;
    if (pitch < low_) pitch = std::clamp(pitch + 12, low_, high_);  // a range below an octave
    return pitch;
  }

  // The root near where the hand is, in the lower part of the range.
  int root(const score::Chord& c) {
    const int pc = c.bass_pitch_class();
    const int top = std::min(high_, low_ + 16);
    int best = -1;
    for (int p = low_; p <= top; ++p) {
      if (p % 12 != pc) continue;
      const int from = root_ < 0 ? low_ + 4 : root_;
      if (best < 0 || std::abs(p - from) < std::abs(best - from)) best = p;
    }
    return best < 0 ? fit(pc + 36) : best;
  }

  [[nodiscard]] int above(int root, int semitones) const {
    if (root + semitones <= high_) return root + semitones;
    return root + semitones - 12 >= low_ ? root + semitones - 12 : root;
  }
  [[nodiscard]] int octave(int root) const {
    return root + 12 <= high_ ? root + 12 : root - 12 >= low_ ? root - 12 : root;
  }
  [[nodiscard]] int fifth(int root, const score::Chord& c) const {
    for (const int i : c.intervals)
      if (i >= 6 && i <= 8) return above(root, i);
    return above(root, 7);
  }
  [[nodiscard]] int third(int root, const score::Chord& c) const {
    for (const int i : c.intervals)
      if (i >= 3 && i <= 5) return above(root, i);
    return above(root, 7);
  }
  [[nodiscard]] int seventh(int root, const score::Chord& c) const {
    for (const int i : c.intervals)
      if (i >= 9 && i <= 11) return above(root, i);
    return above(root, c.minor() ? 10 : 9);
  }
  // A tone that leads to `target`: from its scale, a semitone or a fifth away.
  int approach(int target, int from, const score::Chord& next, Random& random) const {
    const auto scale = chord_scale(next, plan_.key);
    const int side = from <= target ? -1 : 1;  // come from the side where the hand is
    const double chromatic = plan_.style->family == "jazz" ? 0.5 : 0.12;
    int p = target + side;
    if (!random.chance(chromatic))
      for (int steps = 1; steps <= 2; ++steps)
        if (scale[static_cast<std::size_t>((target + side * steps + 120) % 12)]) {
          p = target + side * steps;
          break;
        }
    if (random.chance(0.15)) p = target + 7 <= high_ ? target + 7 : target - 5;
    return p < low_ ? std::min(high_, target + 2) : p > high_ ? std::max(low_, target - 2) : p;
  }

  // ---- Rhythms ----

  [[nodiscard]] std::vector<double> kicks(int bar) const {
    std::vector<double> out;
    for (const auto k : kick_onsets(plan_, hits_, bar)) out.push_back(k.value);
    return out;
  }

  // The part's own rhythm, one per kind of section; empty where the style has none.
  std::vector<double> own_rhythm(int bar) const {
    if (part_.rhythms.empty()) return {};
    const auto& kind = plan_.section_at(bar).kind;
    Random pick = random_.fork("rhythm/" + kind);
    std::vector<double> weights(part_.rhythms.size(), 1.0);
    const auto steps = parse_groove_line(part_.rhythms[plan_.chooser->choose("bass.rhythm", weights, pick)]);
    if (steps.empty()) return {};
    const double n = static_cast<double>(steps.size());
    double step = 0.25;
    if (std::abs(n - bar_length_ * 2) < kTiny) step = 0.5;
    if (std::abs(n - bar_length_ * 3) < kTiny) step = 1.0 / 3;
    Random draw = random_.fork("steps/" + kind).fork(static_cast<std::uint64_t>(plan_.bar_in_section(bar) % 4));
    std::vector<double> out;
    const int per_bar = static_cast<int>(std::lround(bar_length_ / step));
    // Patterns longer than a bar go on in the next; shorter ones start again.
    const int bars = std::max(1, static_cast<int>(n) / std::max(1, per_bar));
    const int first = (plan_.bar_in_section(bar) % bars) * per_bar;
    for (int i = 0; i < per_bar; ++i) {
      const auto& s = steps[static_cast<std::size_t>(first + i) % steps.size()];
      if (s.probability > 0 && draw.uniform() < s.probability) out.push_back(i * step);
    }
    return out;
  }

  [[nodiscard]] std::vector<double> every(double step, double from = 0) const {
    std::vector<double> out;
    for (double at = from; at < bar_length_ - kTiny; at += step) out.push_back(at);
    return out;
  }

  static double weight(double at) {
    const double in_beat = at - std::floor(at + kTiny);
    if (at < kTiny) return 0.92;
    if (std::abs(in_beat) < 0.02) return 0.84;
    return std::abs(in_beat - 0.5) < 0.02 ? 0.78 : 0.68;
  }

  // Tones at these places, each on the root of its chord, lasting to the next by `legato`.
  Line roots_at(int bar, const std::vector<double>& onsets, double legato, double longest = 8) {
    Line line;
    const double start = plan_.bar_start(bar).value;
    for (std::size_t i = 0; i < onsets.size(); ++i) {
      const double next = i + 1 < onsets.size() ? onsets[i + 1] : bar_length_;
      Tone t;
      t.at = onsets[i];
      t.length = std::max(0.1, std::min(longest, (next - onsets[i])) * std::min(1.0, legato));
      root_ = root(chord(start + t.at));
      t.pitch = root_;
      t.velocity = weight(t.at);
      line.push_back(t);
    }
    return line;
  }

  // Adds the places where the chord changes.
  std::vector<double> with_changes(int bar, std::vector<double> onsets) const {
    const double start = plan_.bar_start(bar).value;
    for (const auto& span : plan_.chords) {
      const double at = span.start.value - start;
      if (at < kTiny || at > bar_length_ - 0.2) continue;
      const bool covered = std::any_of(onsets.begin(), onsets.end(), [&](double o) { return std::abs(o - at) < 0.3; });
      if (!covered) onsets.push_back(at);
    }
    std::sort(onsets.begin(), onsets.end());
    return onsets;
  }

  // ---- Bars ----

  void write_bar(int bar, double activity) {
    const auto& section = plan_.section_at(bar);
    const int phrase = plan_.bar_in_section(bar) % 8;
    const bool turn = phrase % 4 == 3;
    // Bars repeat with their place in the phrase of four; turning bars are new each time.
    Random random = random_.fork(section.kind).fork(static_cast<std::uint64_t>(phrase % 2));
    if (turn) random = random_.fork(section.name).fork(static_cast<std::uint64_t>(bar));
    const std::string& p = part_.pattern;
    Line line;
    if (const auto own = own_rhythm(bar); !own.empty() && p != "walking" && p != "808" && p != "acid") {
      line = rhythmic(bar, own, random);
    } else if (p == "808") {
      line = sub(bar, random, turn);
    } else if (p == "octaves") {
      line = octaves(bar, random);
    } else if (p == "walking") {
      line = walking(bar, random);
    } else if (p == "offbeat") {
      line = offbeat(bar, random, turn);
    } else if (p == "reese") {
      line = reese(bar, random, turn);
    } else if (p == "sixteenths") {
      line = sixteenths(bar, random, turn);
    } else if (p == "acid") {
      line = acid(bar, section, turn);
    } else if (p == "dub") {
      line = dub(bar, random);
    } else if (p == "tumbao") {
      line = tumbao(bar);
    } else if (p == "two-beat") {
      line = two_beat(bar);
    } else if (p == "pedal") {
      line = pedal(section);
    } else if (p == "synco") {
      line = synco(bar, random);
    } else if (p == "gallop") {
      line = gallop(bar);
    } else if (p == "broken") {
      line = broken(bar);
    } else if (p == "bounce") {
      line = bounce(bar, random);
    } else {
      line = plain(bar, random);
    }
    if (activity < 0.6) thin(line);
    const bool walks = p != "walking" && p != "808" && p != "tumbao" && p != "pedal" && p != "acid" && p != "offbeat" &&
                       p != "sixteenths" && p != "reese";
    if (walks && (turn || plan_.last_bar_of_section(bar)) && activity > 0.6) lead_on(bar, line, random);
    const double start = plan_.bar_start(bar).value;
    for (auto t : line) {
      t.at += start;
      t.pitch = std::clamp(t.pitch, low_, high_);
      song_.push_back(t);
    }
  }

  static void thin(Line& line) {
    std::erase_if(line, [](const Tone& t) { return std::abs(t.at - std::round(t.at)) > 0.02; });
    for (std::size_t i = 0; i + 1 < line.size(); ++i)
      line[i].length = std::max(line[i].length, 0.8 * (line[i + 1].at - line[i].at));
  }

  // The last beat before a new chord walks there.
  void lead_on(int bar, Line& line, Random& random) {
    if (bar + 1 >= plan_.bars || !member_.plays(bar + 1) || line.empty()) return;
    const double start = plan_.bar_start(bar).value;
    const auto& next = chord(start + bar_length_ + 0.01);
    const auto& now = chord(start + bar_length_ - 0.3);
    if (next.bass_pitch_class() == now.bass_pitch_class() && !random.chance(0.3)) return;
    if (!random.chance(0.4 + 0.5 * part_.density)) return;
    const int here = line.back().pitch;
    const int saved = root_;
    const int target = root(next);
    root_ = saved;
    const double at = bar_length_ - 0.5;
    std::erase_if(line, [&](const Tone& t) { return t.at > at - kTiny; });
    for (auto& t : line) t.length = std::min(t.length, at - t.at);
    if (line.empty()) return;
    line.push_back({at, 0.45, approach(target, here, next, random), 0.8, false});
  }

  Line plain(int bar, Random& random) {
    const double d = part_.density;
    std::vector<double> onsets;
    if (d < 0.3)
      onsets = {0};
    else if (d < 0.65)
      onsets = kicks(bar);
    else
      onsets = every(0.5);
    auto line = roots_at(bar, with_changes(bar, onsets), part_.legato);
    for (auto& t : line)
      if (t.at > 1.9 && random.chance(0.12)) t.pitch = fifth(t.pitch, chord(plan_.bar_start(bar).value + t.at));
    return line;
  }

  Line rhythmic(int bar, const std::vector<double>& onsets, Random& random) {
    auto line = roots_at(bar, onsets, part_.legato, 4);
    const double start = plan_.bar_start(bar).value;
    for (std::size_t i = 1; i < line.size(); ++i) {
      const auto& c = chord(start + line[i].at);
      const bool changed = !(c == chord(start + line[i - 1].at));
      if (changed) continue;
      const double u = random.uniform();
      if (part_.pattern == "octaves" ? i % 2 == 1 : u < 0.18)
        line[i].pitch = octave(line[i].pitch);
      else if (u < 0.30)
        line[i].pitch = fifth(line[i].pitch, c);
      else if (u < 0.36)
        line[i].pitch = seventh(line[i].pitch, c);
    }
    return line;
  }

  Line sub(int bar, Random& random, bool turn) {
    std::vector<double> onsets;
    for (const double k : kicks(bar))
      if (onsets.empty() || k - onsets.back() > 0.3 || random.chance(0.5)) onsets.push_back(k);
    const double start = plan_.bar_start(bar).value;
    // The new chord is felt even where the kick rests, and a bar never begins without its bass.
    if (onsets.front() > 0.3 && (bar == 0 || !(chord(start) == chord(start - 0.1)) || !member_.plays(bar - 1)))
      onsets.insert(onsets.begin(), 0);
    auto line = roots_at(bar, with_changes(bar, onsets), std::max(0.9, part_.legato), 3.5);
    for (std::size_t i = 0; i < line.size(); ++i) {
      auto& t = line[i];
      t.velocity = t.at < kTiny ? 0.95 : 0.85;
      if (i == 0) continue;
      const auto& c = chord(start + t.at);
      if (c == chord(start + line[i - 1].at) && random.chance(turn ? 0.45 : 0.16))
        t.pitch = random.chance(0.55) ? octave(t.pitch) : random.chance(0.6) ? fifth(t.pitch, c) : seventh(t.pitch, c);
      if (t.pitch != line[i - 1].pitch && random.chance(slide_)) line[i - 1].slide = true;
    }
    // A long tone may bend up at its end, by an octave or a fifth: the sound of the genre.
    Line out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      Tone t = line[i];
      const double next = i + 1 < line.size() ? line[i + 1].at : bar_length_;
      if (next - t.at >= 1.0 && t.length > 0.9 && random.chance(slide_ * (turn ? 0.8 : 0.35))) {
        const double bend_at = next - 0.5;
        const int goal = random.chance(0.6) ? octave(t.pitch) : fifth(t.pitch, chord(start + bend_at));
        if (goal != t.pitch && bend_at > t.at + 0.3) {
          Tone up = t;
          up.at = bend_at;
          up.length = 0.45;
          up.pitch = goal;
          up.velocity = t.velocity * 0.92;
          up.slide = t.slide;
          t.length = bend_at - t.at;
          t.slide = true;
          out.push_back(t);
          out.push_back(up);
          continue;
        }
      }
      out.push_back(t);
    }
    return out;
  }

  Line octaves(int bar, Random& random) {
    const double d = part_.density;
    Line line = roots_at(bar, every(0.5), std::min(part_.legato, 0.75));
    for (auto& t : line) {
      const bool off = std::abs(t.at - std::floor(t.at + kTiny) - 0.5) < 0.02;
      if (off) t.pitch = octave(t.pitch), t.velocity = 0.74;
      if (off && d > 0.7 && random.chance(0.2)) {  // a skipping sixteenth
        t.length = 0.2;
      }
    }
    return line;
  }

  Line walking(int bar, Random& random) {
    Line line;
    const double start = plan_.bar_start(bar).value;
    for (std::size_t i = 0; i < pulses_.size(); ++i) {
      const double at = starts_[i];
      const auto& c = chord(start + at);
      const double next_at = start + at + pulses_[i];
      const bool last_bar = bar + 1 >= plan_.bars;
      const auto& next = chord(std::min(next_at + 0.01, plan_.bar_start(plan_.bars).value - 0.1));
      const bool changed = i == 0 || !(c == chord(start + at - 0.1));
      const bool before_change = !(next == c) || (i + 1 == pulses_.size() && !last_bar);
      Tone t;
      t.at = at;
      t.length = pulses_[i] * 0.92;
      t.velocity = i % 2 == 0 ? 0.8 : 0.86;
      if (changed) {
        root_ = root(c);
        t.pitch = root_;
      } else if (before_change) {
        const int saved = root_;
        const int target = root(next);
        root_ = saved;
        t.pitch = approach(target, last_pitch_, next, random);
        if (t.pitch == last_pitch_) t.pitch = std::clamp(2 * target - t.pitch, low_, high_);
      } else {
        // A chord tone in the direction the line is going, not the one it stands on.
        std::vector<int> tones;
        std::vector<double> weights;
        for (int p = std::max(low_, last_pitch_ - 9); p <= std::min(high_, last_pitch_ + 9); ++p) {
          if (p == last_pitch_) continue;
          const bool in_chord = c.contains(p);
          const bool in_scale = chord_scale(c, plan_.key)[static_cast<std::size_t>(p % 12)];
          if (!in_chord && (!in_scale || std::abs(p - last_pitch_) > 2 || i % 2 == 0)) continue;
          tones.push_back(p);
          double w = in_chord ? 1.0 : 0.6;
          w /= 1.0 + 0.25 * std::abs(p - last_pitch_);
          if ((p > last_pitch_) == upward_) w *= 2;
          weights.push_back(w);
        }
        t.pitch = tones.empty() ? fifth(root_, c) : tones[plan_.chooser->choose("bass.walk", weights, random)];
      }
      if (last_pitch_ >= 0 && t.pitch != last_pitch_) upward_ = t.pitch > last_pitch_;
      if (t.pitch > low_ + 2 * (high_ - low_) / 3) upward_ = false;
      if (t.pitch < low_ + (high_ - low_) / 4) upward_ = true;
      last_pitch_ = t.pitch;
      line.push_back(t);
      // Now and then a dead note skips into the next beat.
      if (i + 1 < pulses_.size() && pulses_[i] > 0.9 && random.chance(0.08 + 0.1 * part_.density)) {
        line.back().length = 0.5;
        line.push_back({at + 0.5, 0.3, t.pitch, 0.5, false});
      }
    }
    return line;
  }

  Line offbeat(int bar, Random& random, bool turn) {
    std::vector<double> onsets;
    for (std::size_t i = 0; i < pulses_.size(); ++i)
      if (pulses_[i] > 0.9) onsets.push_back(starts_[i] + (plan_.metre.compound() ? 1.0 : 0.5));
    if (onsets.empty()) onsets.push_back(0);
    auto line = roots_at(bar, onsets, 1, 0.5 * std::max(0.4, part_.legato));
    for (auto& t : line) t.velocity = 0.85;
    if (turn && !line.empty()) {
      Tone extra = line.back();
      extra.at = bar_length_ - 0.25;
      extra.length = 0.2;
      extra.pitch = random.chance(0.5) ? octave(extra.pitch) : fifth(extra.pitch, chord(plan_.bar_start(bar).value));
      extra.velocity = 0.75;
      line.back().length = std::min(line.back().length, 0.24);
      if (line.back().at < extra.at - 0.2) line.push_back(extra);
    }
    return line;
  }

  Line reese(int bar, Random& random, bool turn) {
    std::vector<double> onsets{0};
    if (random.chance(0.35 + 0.4 * part_.density)) onsets.push_back(bar_length_ >= 4 ? 2.5 : bar_length_ / 2);
    if (turn && bar_length_ >= 3) onsets.push_back(bar_length_ - 0.75);
    std::sort(onsets.begin(), onsets.end());
    auto line = roots_at(bar, with_changes(bar, onsets), 1.0);
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (i > 0 && random.chance(0.4))
        line[i].pitch =
            turn ? octave(line[i].pitch) : third(line[i].pitch, chord(plan_.bar_start(bar).value + line[i].at));
      if (i + 1 < line.size() && random.chance(std::max(0.3, slide_))) line[i].slide = true;
    }
    return line;
  }

  Line sixteenths(int bar, Random& random, bool turn) {
    // Between the kicks: the beat is the kick's, the three sixteenths after it the bass's.
    const auto kick = kicks(bar);
    std::vector<double> onsets;
    for (const double at : every(0.25)) {
      const bool on_kick = std::any_of(kick.begin(), kick.end(), [&](double k) { return std::abs(k - at) < 0.02; });
      if (!on_kick) onsets.push_back(at);
    }
    auto line = roots_at(bar, onsets, std::min(0.85, part_.legato));
    for (auto& t : line) {
      t.velocity = std::abs(t.at - std::floor(t.at + kTiny) - 0.5) < 0.02 ? 0.85 : 0.72;
      if (turn && t.at > bar_length_ - 1 && random.chance(0.5)) t.pitch = octave(t.pitch);
    }
    return line;
  }

  Line acid(int bar, const song::Section& section, bool turn) {
    // One row of sixteen steps for the section; accents and slides belong to the row; turns change a few steps.
    Line line;
    Random row = random_.fork("acid/" + section.kind);
    Random change = random_.fork(section.name).fork(static_cast<std::uint64_t>(bar));
    const double start = plan_.bar_start(bar).value;
    const int steps = static_cast<int>(std::lround(bar_length_ * 4));
    for (int i = 0; i < steps; ++i) {
      const double rest = row.uniform(), colour = row.uniform(), accent = row.uniform(), slide = row.uniform();
      const double mutate = change.uniform(), other = change.uniform();
      const double tone = turn && mutate < 0.25 ? other : colour;
      if (rest > 0.45 + 0.5 * part_.density && i != 0) continue;
      const auto& c = chord(start + i * 0.25);
      root_ = root(c);
      Tone t;
      t.at = i * 0.25;
      t.length = 0.2;
      t.pitch = i == 0 || tone < 0.45 ? root_
                : tone < 0.65         ? octave(root_)
                : tone < 0.78         ? third(root_, c)
                : tone < 0.9          ? fifth(root_, c)
                                      : seventh(root_, c);
      t.velocity = accent < 0.28 ? 1.0 : 0.62;
      t.slide = slide < std::max(0.2, slide_);
      line.push_back(t);
    }
    // Slides need a neighbour to slide to.
    for (std::size_t i = 0; i < line.size(); ++i)
      if (i + 1 >= line.size() || line[i + 1].at - line[i].at > 0.26) line[i].slide = false;
    return line;
  }

  Line dub(int bar, Random& random) {
    static const std::vector<std::vector<double>> kFigures{
        {0, 1.5, 2, 3.5}, {0, 0.75, 1.5, 3}, {0.5, 1, 1.5, 3}, {0, 1, 1.5, 2.5}, {0, 0.5, 2, 2.5}};
    std::vector<double> onsets;
    for (const double at : random.pick(kFigures))
      if (at < bar_length_ - 0.2) onsets.push_back(at);
    auto line = roots_at(bar, onsets, part_.legato, 1.2);
    const double start = plan_.bar_start(bar).value;
    for (std::size_t i = 1; i < line.size(); ++i) {
      const auto& c = chord(start + line[i].at);
      const double u = random.uniform();
      if (u < 0.3)
        line[i].pitch = fifth(line[i].pitch, c);
      else if (u < 0.5)
        line[i].pitch = third(line[i].pitch, c);
    }
    return line;
  }

  Line tumbao(int bar) {
    // Off the downbeat: the fifth on the and of two, and on four already the root of what comes.
    const double start = plan_.bar_start(bar).value;
    const double song_end = plan_.bar_start(plan_.bars).value;
    Line line;
    const auto& now = chord(start);
    root_ = root(now);
    const bool entering = bar == 0 || !member_.plays(bar - 1) || plan_.bar_in_section(bar) == 0;
    if (entering || bar_length_ < 3.9) line.push_back({0, 1.4, root_, 0.9, false});
    if (bar_length_ > 2.4) line.push_back({1.5, 1.4, fifth(root_, chord(start + 1.5)), 0.8, false});
    if (bar_length_ > 3.9) {
      const bool goes_on = bar + 1 < plan_.bars && member_.plays(bar + 1);
      const auto& next = chord(std::min(start + bar_length_ + 0.01, song_end - 0.1));
      root_ = root(goes_on ? next : now);
      line.push_back({3, goes_on && plan_.bar_in_section(bar + 1) != 0 ? 2.4 : 0.95, root_, 0.88, false});
    }
    return line;
  }

  Line two_beat(int bar) {
    Line line;
    const double start = plan_.bar_start(bar).value;
    const double half = pulses_.size() % 2 == 0 ? starts_[pulses_.size() / 2] : starts_[pulses_.size() - 1];
    root_ = root(chord(start));
    const double legato = std::min(0.9, std::max(0.5, part_.legato));
    line.push_back({0, half * legato, root_, 0.9, false});
    const auto& c = chord(start + half);
    const bool changed = !(c == chord(start));
    if (changed) root_ = root(c);
    line.push_back({half, (bar_length_ - half) * legato, changed ? root_ : fifth(root_, c), 0.82, false});
    return line;
  }

  Line pedal(const song::Section& section) {
    const int tonic = fit(plan_.key.tonic + 24);
    root_ = tonic;
    Line line;
    if (section.energy < 0.5 || part_.density < 0.4) {
      line.push_back({0, bar_length_ * 0.98, tonic, 0.85, false});
      return line;
    }
    for (const double at : every(0.5))
      line.push_back({at, 0.5 * std::min(0.95, part_.legato), tonic, weight(at), false});
    return line;
  }

  Line synco(int bar, Random& random) {
    // On the kick, and pushed ahead of the beats between.
    std::vector<double> onsets = kicks(bar);
    for (std::size_t i = 1; i < pulses_.size(); ++i) {
      const double at = starts_[i] - 0.25;
      const bool near = std::any_of(onsets.begin(), onsets.end(), [&](double o) { return std::abs(o - at) < 0.3; });
      if (!near && random.chance(0.15 + 0.5 * part_.density)) onsets.push_back(at);
    }
    std::sort(onsets.begin(), onsets.end());
    auto line = roots_at(bar, with_changes(bar, onsets), part_.legato, 1.5);
    const double start = plan_.bar_start(bar).value;
    for (std::size_t i = 1; i < line.size(); ++i) {
      const double u = random.uniform();
      const auto& c = chord(start + line[i].at);
      if (u < 0.25)
        line[i].pitch = octave(line[i].pitch);
      else if (u < 0.38)
        line[i].pitch = fifth(line[i].pitch, c);
      else if (u < 0.46)
        line[i].pitch = seventh(line[i].pitch, c);
    }
    return line;
  }

  Line gallop(int bar) {
    std::vector<double> onsets;
    for (std::size_t i = 0; i < pulses_.size(); ++i) {
      onsets.push_back(starts_[i]);
      if (pulses_[i] > 0.7) onsets.push_back(starts_[i] + 0.5);
      if (pulses_[i] > 0.9) onsets.push_back(starts_[i] + 0.75);
      if (pulses_[i] > 1.4) onsets.push_back(starts_[i] + 1.0);
    }
    return roots_at(bar, onsets, std::min(0.85, part_.legato));
  }

  Line broken(int bar) {
    auto line = roots_at(bar, every(part_.density > 0.6 ? 0.5 : 1.0), part_.legato);
    const double start = plan_.bar_start(bar).value;
    static constexpr int kShape[] = {0, 1, 2, 1};
    int k = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto& c = chord(start + line[i].at);
      if (i == 0 || !(c == chord(start + line[i - 1].at))) k = 0;
      const int shape = kShape[k++ % 4];
      if (shape == 1) line[i].pitch = fifth(line[i].pitch, c);
      if (shape == 2) line[i].pitch = octave(line[i].pitch);
    }
    return line;
  }

  Line bounce(int bar, Random& random) {
    std::vector<double> onsets;
    for (const double at : {0.0, 0.75, 1.5, 2.0, 2.75, 3.5, 4.0, 4.75, 5.5})
      if (at < bar_length_ - 0.2) onsets.push_back(at);
    auto line = roots_at(bar, onsets, std::min(0.8, part_.legato));
    for (auto& t : line)
      if (std::abs(t.at - std::round(t.at)) > 0.02 && random.chance(0.5)) t.pitch = octave(t.pitch);
    return line;
  }

  // ---- The whole line ----

  score::Score finish() {
    score::Score out;
    out.name = member_.part->name;
    const double end = plan_.bar_start(plan_.bars).value;
    std::stable_sort(song_.begin(), song_.end(), [](const Tone& a, const Tone& b) { return a.at < b.at; });
    for (std::size_t i = 0; i < song_.size(); ++i) {
      Tone t = song_[i];
      const bool last = i + 1 >= song_.size();
      if (!last && song_[i + 1].at - t.at < 0.02) continue;  // one voice: the later thought wins
      if (!last) {
        const double gap = song_[i + 1].at - t.at;
        if (t.slide && gap <= t.length + 0.6 && song_[i + 1].pitch != t.pitch)
          t.length = gap + 0.1;  // overlap: the preset glides
        else
          t.length = std::min(t.length, gap);
      }
      t.length = std::min(t.length, end - t.at);
      if (t.length <= 0.01) continue;
      score::Note n;
      n.start = Beats{t.at};
      n.length = Beats{t.length};
      n.pitch = static_cast<std::uint8_t>(t.pitch);
      n.velocity = static_cast<float>(std::clamp(t.velocity, 0.1, 1.0));
      out.notes.push_back(n);
    }
    return out;
  }

  const Plan& plan_;
  const Member& member_;
  const PartStyle& part_;
  const std::vector<DrumHit>& hits_;
  Random random_;
  double bar_length_, slide_ = 0;
  int low_ = 28, high_ = 52;
  std::vector<double> pulses_, starts_;
  int root_ = -1, last_pitch_ = -1;
  bool upward_ = true;
  Line song_;
};

}  // namespace

bool locked_to_kick(std::string_view pattern) noexcept { return pattern == "808" || pattern == "synco"; }

score::Score write_bass(const Plan& plan, const Member& member, const std::vector<DrumHit>& hits) {
  return Bassist(plan, member, hits).write();
}

score::Score write_bass(const Plan& plan, const Member& member) { return write_bass(plan, member, play_drums(plan)); }

}  // namespace figment::compose
