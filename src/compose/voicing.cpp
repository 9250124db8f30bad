#include "compose/voicing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace figment::compose {
namespace {

using score::Chord;

constexpr double kForbidden = 1e4;
constexpr std::size_t kKept = 64;  // candidates per chord that enter the search

struct Candidate {
  Voicing notes;
  double cost = 0;
};

// The intervals that a type uses of a chord.
std::vector<int> intervals_used(const Chord& chord, const VoicingRules& rules) {
  const int fifth = chord.has(7) ? 7 : chord.has(6) ? 6 : chord.has(8) ? 8 : 7;
  switch (rules.type) {
    case VoicingType::Unison:
      return {0};
    case VoicingType::Power:
      return {0, fifth};
    case VoicingType::Shell: {
      std::vector<int> shell{0};
      for (int i : {2, 3, 4, 5}) {
        if (chord.has(i)) {
          shell.push_back(i);
          break;
        }
      }
      for (int i : {10, 11, 9}) {
        if (chord.has(i)) {
          shell.push_back(i);
          break;
        }
      }
      if (shell.size() < 3) shell.push_back(fifth);
      return shell;
    }
    default:
      return chord.intervals.empty() ? std::vector<int>{0} : chord.intervals;
  }
}

// A triad in four close voices has an octave that must move with itself; strict writing takes three.
int voices_used(const Chord& chord, const VoicingRules& rules) {
  int wanted = std::clamp(rules.voices, 1, 6);
  const bool tight = rules.type == VoicingType::Close || rules.type == VoicingType::Drop2;
  if (!rules.parallel_fifths && tight) wanted = std::clamp(static_cast<int>(chord.intervals.size()), 1, wanted);
  switch (rules.type) {
    case VoicingType::Unison:
      return 1;
    case VoicingType::Power:
      return std::min(wanted, 3);
    case VoicingType::Shell:
      return std::min(wanted, 3);
    default:
      return wanted;
  }
}

bool shape_fits(const Voicing& notes, const Chord& chord, const VoicingRules& rules) {
  const int span = notes.back() - notes.front();
  switch (rules.type) {
    case VoicingType::Close:
      return span <= 12;
    case VoicingType::Open: {
      for (std::size_t i = 1; i < notes.size(); ++i) {
        if (notes[i] - notes[i - 1] > 12) return false;
      }
      return span > 12 && span <= 24;
    }
    case VoicingType::Drop2: {
      if (notes.size() < 3) return true;
      Voicing lifted(notes.begin() + 1, notes.end());
      lifted.push_back(notes.front() + 12);
      std::sort(lifted.begin(), lifted.end());
      return lifted.back() - lifted.front() <= 12 && lifted[lifted.size() - 2] == notes.front() + 12;
    }
    case VoicingType::Spread:
      return score::pitch_class(notes.front()) == chord.root && notes.size() > 1 && notes[1] - notes[0] >= 7 && span >= 15 &&
             span <= 31;
    case VoicingType::Shell:
      return span <= 16;
    case VoicingType::Power:
      return score::pitch_class(notes.front()) == chord.root && span <= 12;
    case VoicingType::Unison:
      return true;
  }
  return true;
}

double static_cost(const Voicing& notes, const Chord& chord, const VoicingRules& rules) {
  double cost = 0;
  for (std::size_t i = 1; i < notes.size(); ++i) {
    const int gap = notes[i] - notes[i - 1], lower = notes[i - 1];
    // Low interval limits: what lies closer than these growls.
    if (lower < 40 && gap < 12)
      cost += gap >= 7 ? 2 : 8;
    else if (lower < 48 && gap < 7)
      cost += 6;
    else if (lower < 53 && gap < 3)
      cost += 4;
    if (gap == 1) cost += i + 1 == notes.size() ? 4 : 2;
    if (gap == 13) cost += 3;
    if (i + 1 == notes.size() && gap > 9) cost += 0.4 * (gap - 9);  // a top voice that stands alone
  }
  std::array<int, 12> count{};
  for (int note : notes) ++count[static_cast<std::size_t>(score::pitch_class(note))];
  for (int interval : chord.intervals) {
    const int times = count[static_cast<std::size_t>(score::pitch_class(chord.root + interval))];
    if (times > 1)
      cost += (times - 1) * (interval == 0   ? 0.2
                             : interval == 7 ? 0.5
                             : interval == 4 ? 2.0
                             : interval == 3 ? 1.0
                                             : 1.5);
  }
  if (count[static_cast<std::size_t>(chord.root)] == 0) cost += rules.rootless ? 0.2 : 2.5;
  const int low = score::pitch_class(notes.front() - chord.root);
  if (low == 7 && notes.size() > 2) cost += 0.6;
  if (chord.bass >= 0 && !rules.rootless && score::pitch_class(notes.front()) != chord.bass) cost += 1.5;
  const double mean = std::accumulate(notes.begin(), notes.end(), 0.0) / static_cast<double>(notes.size());
  return cost + 0.2 * std::abs(mean - 0.5 * (rules.low + rules.high));
}

// All rising sets of `voices` pitches that are chord tones and hold every essential one.
class Enumeration {
 public:
  Enumeration(const Chord& chord, const VoicingRules& rules, int low, int high, int voices, bool shaped)
      : chord_(chord), rules_(rules), voices_(static_cast<std::size_t>(voices)), shaped_(shaped) {
    std::array<bool, 12> used{};
    for (int interval : intervals_used(chord, rules))
      used[static_cast<std::size_t>(score::pitch_class(chord.root + interval))] = true;
    for (int pitch = low; pitch <= high; ++pitch) {
      if (used[static_cast<std::size_t>(score::pitch_class(pitch))]) pitches_.push_back(pitch);
    }
    VoicingRules narrowed = rules;
    narrowed.voices = voices;
    essential_ = essential_tones(chord, narrowed);
  }

  std::vector<Candidate> run() {
    extend(0);
    if (found_.size() > kKept) {
      std::nth_element(found_.begin(), found_.begin() + kKept, found_.end(), less);
      found_.resize(kKept);
    }
    std::sort(found_.begin(), found_.end(), less);
    return std::move(found_);
  }

 private:
  static bool less(const Candidate& a, const Candidate& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.notes < b.notes;
  }
  void extend(std::size_t from) {
    if (now_.size() == voices_) {
      for (int tone : essential_) {
        if (std::none_of(now_.begin(), now_.end(), [&](int note) { return score::pitch_class(note) == tone; })) return;
      }
      if (!shaped_ || shape_fits(now_, chord_, rules_)) found_.push_back({now_, static_cost(now_, chord_, rules_)});
      return;
    }
    for (std::size_t i = from; i < pitches_.size(); ++i) {
      const int span = now_.empty() ? 0 : pitches_[i] - now_.front();
      if (span > 31 || (shaped_ && rules_.type == VoicingType::Close && span > 12)) break;
      now_.push_back(pitches_[i]);
      extend(i + 1);
      now_.pop_back();
    }
  }

  const Chord& chord_;
  const VoicingRules& rules_;
  std::size_t voices_;
  bool shaped_;
  std::vector<int> pitches_, essential_;
  Voicing now_;
  std::vector<Candidate> found_;
};

std::vector<Candidate> candidates(const Chord& chord, const VoicingRules& rules) {
  int low = std::clamp(std::min(rules.low, rules.high), 0, 127),
      high = std::clamp(std::max(rules.low, rules.high), 0, 127);
  if (high - low > 36) {  // keep to the middle of an unlimited part
    const int centre = std::clamp((low + high) / 2, low + 18, high - 18);
    low = centre - 18;
    high = centre + 18;
  }
  for (int voices = voices_used(chord, rules); voices >= 1; --voices) {
    for (bool shaped : {true, false}) {
      auto found = Enumeration(chord, rules, low, high, voices, shaped).run();
      if (!found.empty()) return found;
    }
  }
  // Not one tone of the chord lies in the range: the tone nearest to it, moved to its edge.
  return {{{std::clamp(low + score::pitch_class(chord.root - low), low, high)}, 0}};
}

double move_cost(const Voicing& from, const Voicing& to, const VoicingRules& rules) {
  if (from == to) return 0;
  double cost = movement(from, to);
  const int top = std::abs(from.back() - to.back());
  cost += 0.7 * top + (top > 5 ? 2.0 * (top - 5) : 0);
  if (!rules.parallel_fifths && has_parallels(from, to)) cost += kForbidden;
  return cost;
}

}  // namespace

VoicingType voicing_type(std::string_view word) noexcept {
  if (word == "open") return VoicingType::Open;
  if (word == "shell") return VoicingType::Shell;
  if (word == "drop2") return VoicingType::Drop2;
  if (word == "power") return VoicingType::Power;
  if (word == "unison") return VoicingType::Unison;
  if (word == "spread") return VoicingType::Spread;
  return VoicingType::Close;
}

std::vector<int> essential_tones(const Chord& chord, const VoicingRules& rules) {
  const auto used = intervals_used(chord, rules);
  const auto voices = static_cast<std::size_t>(voices_used(chord, rules));
  std::vector<int> tones;
  const auto add = [&](int interval) {
    const int tone = score::pitch_class(chord.root + interval);
    if (tones.size() < voices && std::find(tones.begin(), tones.end(), tone) == tones.end()) tones.push_back(tone);
  };
  const bool leave_root = rules.rootless && used.size() >= 4 && rules.type != VoicingType::Spread;
  if (used.size() <= 3 || rules.type == VoicingType::Shell) {
    for (int interval : used) add(interval);
    return tones;
  }
  const auto is_used = [&](int i) { return std::find(used.begin(), used.end(), i) != used.end(); };
  for (int interval : {3, 4, 5, 2}) {
    if (is_used(interval)) {
      add(interval);
      break;
    }
  }
  for (int interval : {10, 11, 9}) {
    if (is_used(interval)) {
      add(interval);
      break;
    }
  }
  if (used.back() > 12) add(used.back());
  if (!is_used(7)) {
    for (int interval : {6, 8}) {
      if (is_used(interval)) add(interval);
    }
  }
  if (!leave_root) add(0);
  if (used.size() <= voices) {
    for (int interval : used) {
      if (interval != 0 || !leave_root) add(interval);
    }
  }
  return tones;
}

int movement(const Voicing& from, const Voicing& to) noexcept {
  const std::size_t shared = std::min(from.size(), to.size());
  int sum = 3 * static_cast<int>(std::max(from.size(), to.size()) - shared);
  for (std::size_t i = 0; i < shared; ++i) sum += std::abs(from[from.size() - 1 - i] - to[to.size() - 1 - i]);
  return sum;
}

bool has_parallels(const Voicing& from, const Voicing& to) noexcept {
  const std::size_t shared = std::min(from.size(), to.size());
  for (std::size_t i = 0; i < shared; ++i) {
    for (std::size_t j = i + 1; j < shared; ++j) {
      const int high_from = from[from.size() - 1 - i], high_to = to[to.size() - 1 - i];
      const int low_from = from[from.size() - 1 - j], low_to = to[to.size() - 1 - j];
      const int moved_low = low_to - low_from, moved_high = high_to - high_from;
      if (moved_low == 0 || moved_high == 0 || (moved_low > 0) != (moved_high > 0)) continue;
      const int before = (high_from - low_from) % 12, after = (high_to - low_to) % 12;
      if (before == after && (before == 7 || before == 0)) return true;
    }
  }
  return false;
}

std::vector<Voicing> voice_chords(std::span<const Chord> chords, const VoicingRules& rules) {
  std::vector<Voicing> result;
  if (chords.empty()) return result;
  std::map<std::vector<int>, std::vector<Candidate>> known;
  std::vector<const std::vector<Candidate>*> lists;
  for (const Chord& chord : chords) {
    std::vector<int> name{chord.root, chord.bass};
    name.insert(name.end(), chord.intervals.begin(), chord.intervals.end());
    auto [entry, fresh] = known.try_emplace(name);
    if (fresh) entry->second = candidates(chord, rules);
    lists.push_back(&entry->second);
  }
  // Viterbi over the candidates.
  std::vector<std::vector<std::size_t>> from(chords.size());
  // Progressions return: the moves between two chords are weighed once.
  std::map<std::pair<const void*, const void*>, std::vector<double>> weighed;
  std::vector<double> total;
  for (const auto& c : *lists[0]) total.push_back(c.cost);
  for (std::size_t i = 1; i < chords.size(); ++i) {
    const auto &previous = *lists[i - 1], &now = *lists[i];
    auto [moves, fresh] = weighed.try_emplace({lists[i - 1], lists[i]});
    if (fresh) {
      for (const auto& a : previous) {
        for (const auto& b : now) moves->second.push_back(move_cost(a.notes, b.notes, rules));
      }
    }
    std::vector<double> next(now.size(), std::numeric_limits<double>::max());
    from[i].assign(now.size(), 0);
    for (std::size_t b = 0; b < now.size(); ++b) {
      for (std::size_t a = 0; a < previous.size(); ++a) {
        const double cost = total[a] + now[b].cost + moves->second[a * now.size() + b];
        if (cost < next[b]) {
          next[b] = cost;
          from[i][b] = a;
        }
      }
    }
    total = std::move(next);
  }
  auto best = static_cast<std::size_t>(std::min_element(total.begin(), total.end()) - total.begin());
  result.resize(chords.size());
  for (std::size_t i = chords.size(); i-- > 0;) {
    result[i] = (*lists[i])[best].notes;
    if (i > 0) best = from[i][best];
  }
  return result;
}

}  // namespace figment::compose
