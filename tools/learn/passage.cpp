#include "passage.h"

#include <algorithm>

namespace figment::learn {

const ChordSpan* chord_at(const Passage& passage, double when) {
  const auto after = std::upper_bound(passage.chords.begin(), passage.chords.end(), when + 1e-6,
                                      [](double time, const ChordSpan& chord) { return time < chord.start; });
  if (after == passage.chords.begin()) return nullptr;
  const ChordSpan& chord = *std::prev(after);
  return when < chord.end - 1e-6 ? &chord : nullptr;
}

double inter_onset(const Passage& passage, const Phrase& phrase, std::size_t note) {
  return note < phrase.last ? passage.notes[note + 1].start - passage.notes[note].start : passage.notes[note].length;
}

std::vector<ChordSpan> joined(const std::vector<ChordSpan>& chords) {
  std::vector<ChordSpan> result;
  for (const ChordSpan& chord : chords) {
    if (chord.end - chord.start < 1e-6) continue;
    if (!result.empty() && result.back().root == chord.root && result.back().kind == chord.kind &&
        chord.start - result.back().end < 1e-6) {
      result.back().end = chord.end;
    } else {
      result.push_back(chord);
    }
  }
  return result;
}

}  // namespace figment::learn
