// How a section's melody is put together out of one motif: phrases of four units (A A' A B …), and the placing of a
// unit on its chords. Shared by lead, counter and improvisation.

#pragma once

#include <string>
#include <vector>

#include "compose/melody_line.h"
#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

// A's variants. Each lasts as long as the motif.
[[nodiscard]] Motif varied(const Plan& plan, const Motif& motif, char letter, Random random);

// Letters for `units` units: 'A' the motif, 'a' with another ending, 'B' climbing, 'C' closing, 'R' answering, '-'
// silent.
[[nodiscard]] std::string phrase_form(const Plan& plan, int units, bool sparse, Random& random);

// The comfortable part of a member's range.
struct Register {
  int low, high;
  [[nodiscard]] double at(double fraction) const { return low + fraction * (high - low); }
};
[[nodiscard]] Register register_of(const Member& member, int fallback_low, int fallback_high) noexcept;

// Puts a motif down at `start`: its anchor is the chord tone near `centre` that lets most of its strong notes be chord
// tones and stays within the range; `previous_anchor` (or a value below -1000) is kept when it does about as well.
int place_motif(const Plan& plan, const Motif& motif, Beats start, double centre, const Register& range,
                int previous_anchor, int phrase, std::vector<LineNote>& notes);

// Marks where phrases begin and end (a rest of an eighth or more), and one climax for
// each phrase number when `climaxes`.
void mark_phrases(std::vector<LineNote>& notes, bool climaxes);

// From fitted notes to a score: one voice, note lengths by `legato`, nothing in silent bars, velocities within (0, 1].
[[nodiscard]] score::Score finish_line(const Plan& plan, const Member& member, std::vector<LineNote> notes);

// Removes what lies in bars where the member is silent, and weak notes where it is to play less.
void respect_activity(const Plan& plan, const Member& member, std::vector<LineNote>& notes, Random random);

// An improvised line over [from, to): lead_improvise.cpp.
[[nodiscard]] std::vector<LineNote> improvise(const Plan& plan, const Register& range, Beats from, Beats to,
                                              double energy, Random random);

}  // namespace figment::compose
