// Real music as the statistics see it.
//
// Every corpus, whatever its file format, becomes Passages: stretches with one key, one metre and an unbroken grid of
// bars, holding a melody, its chords and its phrases. Times are in quarter-note beats from the song's beginning.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compose/learned.h"

namespace figment::learn {

using compose::ChordKind;
using compose::Corpus;
using compose::Tonality;

struct Note {
  double start, length;
  int pitch;  // MIDI
};

struct ChordSpan {
  double start, end;
  int root;  // pitch class
  ChordKind kind;
};

struct Phrase {
  std::size_t first, last;  // notes, both included
  bool ends_song;
};

struct Passage {
  Corpus corpus = Corpus::Pop;
  std::string song;
  std::string metre = "4/4";  // "4/4", "2/4", "3/4", "6/8", or "" for others
  double bar_beats = 4;
  bool bars_known = false;  // whether first_bar means something
  double first_bar = 0;     // a bar line
  int tonic = 0;            // pitch class
  Tonality tonality = Tonality::Major;
  std::vector<Note> notes;        // by start, one at a time
  std::vector<ChordSpan> chords;  // by start, without overlap, neighbours differ
  std::vector<Phrase> phrases;    // by first note
  bool ends_song = false;
};

// How many things were read and left out, for the provenance.
struct Corpora {
  std::vector<Passage> passages;
  int pop_songs = 0, pop_songs_without_key = 0, pop_modes_corrected = 0;
  int folk_tunes = 0, folk_tunes_unreadable = 0;
  int chorales = 0;
};

// The chord sounding at `when`, or null.
[[nodiscard]] const ChordSpan* chord_at(const Passage& passage, double when);
// The interval from the last to the next onset, or the note's own length for a phrase's last note.
[[nodiscard]] double inter_onset(const Passage& passage, const Phrase& phrase, std::size_t note);
// Joins neighbours with the same chord that touch.
[[nodiscard]] std::vector<ChordSpan> joined(const std::vector<ChordSpan>& chords);

}  // namespace figment::learn
