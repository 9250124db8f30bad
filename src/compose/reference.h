// What a sound that was brought as an example says about a song to be made: symbols only, on bars.
//
//   Origin   whoever measured the sound fills it in; what was not sure stays empty. Beats count quarter notes from the sound's
//            first bar line
//   Use      tempo, metre and key stand where the brief says nothing; chords and tune are moved to the song's key; the chords
//            replace the style's progressions, the hits its grooves, the sections its form where no length or structure is
//            asked for; the tune is the hook, and in the peaks the lead plays it as it is
//   Key      asked tonic, the example's mode, and the other way round; where only a mode is asked for that is not the
//            example's, the relative key (the same notes)
//   Threads  immutable
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compose/brief.h"
#include "compose/plan.h"
#include "compose/style.h"
#include "score/chord.h"
#include "score/score.h"

namespace figment::compose {

struct Reference {
  std::string name;                          // of the file, for people
  std::optional<Bpm> tempo;                  // quarters
  std::optional<score::Metre> metre;
  std::optional<score::Key> key;
  int bars = 0;                              // whole ones; 0 where there are no bars
  std::vector<score::ChordSpan> chords;      // cover the bars without gaps, or empty
  double swing = 0;                          // 0 … 1 as in Plan
  int swing_unit = 0;                        // 0: unknown
  std::optional<Groove> groove;
  struct Part {
    int bar = 0, bars = 0;                   // 0-based
    std::string label;                       // equal letters sound alike
    double energy = 0;                       // 0 … 1
  };
  std::vector<Part> parts;                   // of a sound long enough to have a form; else empty
  std::vector<score::Note> tune;             // one voice; inside the bars
};

// The same music counted at twice the tempo: a bar becomes two.
[[nodiscard]] Reference counted_double(Reference reference);

[[nodiscard]] score::Key key_like(const Reference& reference, const Brief& brief);

// The kinds of its parts, in order: "intro", "verse", "chorus" (or "drop", where the style has those) …
[[nodiscard]] std::vector<std::string> kinds_of(const Reference& reference, const Style& style);

// The style with the reference's grooves.
[[nodiscard]] std::shared_ptr<const Style> with_grooves_of(const std::shared_ptr<const Style>& style, const Reference& reference);

// Of a plan with a reference that has chords: its chords in the plan's key, over all sections, the last bar at home.
[[nodiscard]] std::vector<score::ChordSpan> chords_like(const Plan& plan);

// Its tune in the plan's key, as a motif of its first bars. Empty notes where it has none.
[[nodiscard]] Motif hook_like(const Plan& plan);

// Puts the tune into the peaks of a lead's score, in the octave that fits its range. Returns whether it did.
bool play_tune(const Plan& plan, const Member& member, score::Score& score);

}  // namespace figment::compose
