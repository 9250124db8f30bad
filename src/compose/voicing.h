// Which notes of a chord sound where: voice-led by search.
//
//   Method   For every chord all voicings of the wanted type within the range are listed (every set of chord tones that
//            has the essential ones), each with a cost of its own: mud (close intervals below C3, by the usual low
//            interval limits), doubled thirds and leading notes, distance from the part's middle. Dynamic programming
//            finds the sequence with the least total of these and of the moves between neighbours: semitones moved by
//            each voice, the top voice counted more, common tones kept, parallel fifths and octaves forbidden where the
//            style forbids them
//   Types    close: within an octave; open: wider than an octave; drop2: close with the second voice from the top an
//            octave lower; spread: root low, the rest above; shell: root, third, seventh; power: root, fifth, octave;
//            unison: the root alone
//   Errors   none; a range too narrow for the type is answered with the nearest that fits: as few as one note
//   Cost     some 10 microseconds a chord

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "score/chord.h"

namespace figment::compose {

enum class VoicingType { Close, Open, Shell, Drop2, Power, Unison, Spread };

// By the words of Style::harmony.voicing; unknown words are Close.
[[nodiscard]] VoicingType voicing_type(std::string_view word) noexcept;

struct VoicingRules {
  VoicingType type = VoicingType::Close;
  int low = 48, high = 79;       // MIDI notes, both included; within 0 … 127
  int voices = 4;                // wanted number; triads double the root or fifth. 1 … 6
  bool parallel_fifths = true;   // allowed (octaves too)
  bool rootless = false;         // the bass has the root: chords of four and more tones may leave it out
};

using Voicing = std::vector<int>;  // MIDI notes, rising

// One voicing per chord, in order.
[[nodiscard]] std::vector<Voicing> voice_chords(std::span<const score::Chord> chords, const VoicingRules& rules);

// The tones a voicing should not lack: third (or fourth or second of a suspended chord), seventh, the highest extension,
// an altered fifth; for triads all three; for power chords root and fifth. Pitch classes.
[[nodiscard]] std::vector<int> essential_tones(const score::Chord& chord, const VoicingRules& rules);

// Semitones that the voices move in all, paired from the top; voices that enter or leave count 3.
[[nodiscard]] int movement(const Voicing& from, const Voicing& to) noexcept;
// Two voices a perfect fifth (or octave) apart move in the same direction to a perfect fifth (octave) again.
[[nodiscard]] bool has_parallels(const Voicing& from, const Voicing& to) noexcept;

}  // namespace figment::compose
