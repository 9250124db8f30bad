// Standard MIDI Files in and out.
//
//   Format   SMF 1.0 (MIDI Manufacturers Association, RP-001): written as type 1 with 960 ticks a quarter note, a first
//            track of tempo, metre, key and markers, then one track a Score. Percussion goes to channel 10. Pitch bend
//            is written with a declared range of ±12 semitones (RPN 0)
//   Reads    types 0 and 1, any ticks-per-beat division, running status, system exclusive and unknown meta events
//            (skipped). Refuses SMPTE divisions (Unsupported)
//   Hostile  every length is checked against the bytes that are there; at most 1,000,000 notes, 2^28 ticks; anything
//            else is Error Corrupt with the byte offset. Notes never switched off end with their track
//   Round trip  parse_midi(to_midi({score})) gives quantized(score)

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "score/metre.h"
#include "score/scale.h"
#include "score/score.h"
#include "score/tempo_map.h"

namespace figment::score {

struct Marker {
  Beats at{0};
  std::string text;
};

// What a sequencer shows around the notes.
struct MidiContext {
  std::string title;
  std::vector<TempoChange> tempo{{Beats{0}, Bpm{120}}};
  Metre metre;
  Key key;
  std::vector<Marker> markers;
};

[[nodiscard]] std::string to_midi(const std::vector<Score>& tracks, const MidiContext& context);

struct MidiContents {
  MidiContext context;
  std::vector<Score> tracks;   // those with notes or controllers; a type 0 file is split by channel
};
// `name` stands in messages.
[[nodiscard]] MidiContents parse_midi(std::string_view bytes, const std::string& name);

}  // namespace figment::score
