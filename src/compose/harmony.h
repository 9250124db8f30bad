// Chords: what the whole band stands on.
//
//   Method   Every kind of section gets its material once (so chorus 2 has the chords of chorus 1, and the verse other
//            ones): a progression of the style, or one drawn from the learned tables under a plan of functions (tonic,
//            predominant, dominant). It is fitted to the metre and the section's length, coloured with the style's
//            extensions, sometimes with a secondary dominant, a borrowed chord or a tritone substitution (always
//            resolved), and ended with a cadence where the style has them: half cadences inside a section and where
//            it leads on, closed ones at the end of choruses, the tonic at the end of the song
//   Key      the tonic has to be heard: drafts in which it has too little of the time or another chord too much, or in
//            which too few sections start or end on it, are thrown away; of sixteen the firmest stays
//   Needs    Plan: style, learned, chooser, random, key, metre, bars, sections. Not: members, theme. Without `learned`
//            only the style's list and theory are used
//   Output   spans that cover bars 1 … plan.bars without gaps or overlaps; each lies inside one section and is at least
//            one eighth long; equal neighbours are not merged, so a span never exceeds two bars
//   Errors   what parse_roman throws for a progression of the style that it cannot read
//   Cost     well under a millisecond a section; pure, chance from plan.random.fork("harmony")

#pragma once

#include <array>
#include <vector>

#include "compose/plan.h"
#include "score/chord.h"
#include "score/scale.h"

namespace figment::compose {

[[nodiscard]] std::vector<score::ChordSpan> write_harmony(const Plan& plan);

// What a chord does in a key.
enum class Function { Tonic, Predominant, Dominant, Other };
[[nodiscard]] Function function_of(const score::Chord& chord, const score::Key& key) noexcept;

// The pitch classes a line may use over a chord: the key's scale, with those degrees bent that contradict the chord
// (over V7 in a minor key the seventh is raised, over a borrowed iv in major the sixth is lowered …).
using PitchSet = std::array<bool, 12>;
[[nodiscard]] PitchSet chord_scale(const score::Chord& chord, const score::Key& key) noexcept;

// Whether the chord is heard as a dominant seventh (major third, minor seventh).
[[nodiscard]] bool dominant_seventh(const score::Chord& chord) noexcept;

}  // namespace figment::compose
