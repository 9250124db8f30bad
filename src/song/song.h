// The document: everything a song is made of, as plain data.
//
// A Song holds no sound and no notes: it names MIDI files, presets, effects and targets. On disk it is song.json
// (song_file.h; schema in docs/song.schema.json). Bars are counted from 1 as in every DAW; beats from 0.
//
//   Levels  Tracks are balanced by measurement: `loudness` is where the track should sit relative to the loudest
//           element (0 = the lead element, -6 = clearly behind), and the mix finds the gain that puts it there. `gain`
//           is the producer's own fader on top of it.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/units.h"
#include "score/chord.h"
#include "score/metre.h"
#include "score/scale.h"
#include "score/score.h"
#include "score/tempo_map.h"
#include "score/warp.h"

namespace figment::song {

struct Section {
  std::string name;        // "verse 1"
  std::string kind;        // "intro" "verse" "pre-chorus" "chorus" "drop" "build" "breakdown" "bridge" "solo" "outro"
  int bar = 1;             // first bar
  int bars = 8;
  double energy = 0.5;     // 0 … 1
  friend bool operator==(const Section&, const Section&) = default;
};

// One effect: a processor of dsp by name with the parameters that differ from normal.
struct Effect {
  std::string type;                          // "eq", "compressor" …
  std::map<std::string, double> parameters;  // by dsp's parameter names
  std::string key;                           // id of the track that drives it (ducker), or empty
  friend bool operator==(const Effect&, const Effect&) = default;
};

struct Send {
  std::string to;          // id of a bus
  Decibels level{-12};
  friend bool operator==(const Send&, const Send&) = default;
};

// A parameter over time, linear between points, constant outside them.
//   target  "gain_db" (the track's fader), "pan", "send.BUS" (level_db of a send) or "EFFECT-INDEX.PARAMETER", e.g.
//           "1.cutoff_hz" for the second effect
struct AutomationPoint {
  Beats at{0};
  double value = 0;
  friend bool operator==(const AutomationPoint&, const AutomationPoint&) = default;
};
struct Automation {
  std::string target;
  std::vector<AutomationPoint> points;
  friend bool operator==(const Automation&, const Automation&) = default;
};

// A sound of the user's on a track.
struct Clip {
  std::string sound;              // "sounds/loop.wav", relative to the song's folder: the original, untouched
  Digest sha256;                  // of its bytes: what the warp was found in
  int bar = 1, bars = 1;          // where it lies; shorter sounds are repeated, longer ones cut
  score::Warp warp;               // how it lies on the beats; no points: as it is, at its own speed, from its beginning
  double semitones = 0;
  bool keep_formants = false;
  Decibels gain{0};
  friend bool operator==(const Clip&, const Clip&) = default;
};

// What plays is an instrument with notes, or clips.
struct Track {
  std::string id;                 // "bass": lower-case letters, digits, '-'; the MIDI and stem files are named by it
  std::string name;               // "Sliding 808"
  std::string role;               // "kick" "snare" "hats" "percussion" "bass" "chords" "pad" "lead" "counter" "arp"
                                  // "pluck" "texture" "effects" "vocals"
  std::string instrument;         // preset: "bass/808"; or "sfz:" and a path in the song's folder; empty where clips play
  std::string midi;               // "midi/bass.mid", relative to the song's folder; empty where clips play
  std::vector<Clip> clips;
  Decibels loudness{-6};          // see above
  Decibels gain{0};
  double pan = 0;                 // -1 left … 1 right
  bool mute = false;
  std::vector<Effect> effects;    // inserts, in order
  std::vector<Send> sends;
  std::vector<Automation> automation;
  friend bool operator==(const Track&, const Track&) = default;
};

// A return: sends go in, its sound is added to the mix (and exported as a stem of its own).
struct Bus {
  std::string id;                 // "reverb", "delay"
  std::string name;
  Decibels gain{0};
  std::vector<Effect> effects;
  friend bool operator==(const Bus&, const Bus&) = default;
};

struct Master {
  Lufs target{-14};               // integrated
  Decibels ceiling{-1};           // dBTP
  std::string balance;            // name of the long-term spectrum to lean towards ("pop", "trap" …)
  double punch = 0.5;             // 0 dense … 1 open: how little the multiband and limiter work
  double width = 1.0;             // side gain above the mono low end; 1 = as mixed
  double warmth = 0.2;            // saturation, 0 … 1
  friend bool operator==(const Master&, const Master&) = default;
};

// A sound that the song was composed to go by.
struct Example {
  std::string sound;              // "sounds/clip.wav", as Clip::sound
  Digest sha256;
  friend bool operator==(const Example&, const Example&) = default;
};

struct Song {
  static constexpr int kVersion = 1;   // of the file format

  std::string title;
  std::string prompt;                  // as typed
  std::string style;                   // style file it was composed in
  std::uint64_t seed = 0;
  std::string brief;                   // the Brief as compact JSON with sorted keys, for people; not used again
  std::string composer;                // engine and version that wrote it: "builtin 1"
  std::optional<Example> reference;    // where it was given one

  Hertz rate{44100};
  std::vector<score::TempoChange> tempo{{Beats{0}, Bpm{120}}};
  score::Metre metre;
  score::Key key;
  int bars = 0;
  std::vector<Section> sections;
  std::vector<score::ChordSpan> chords;
  std::vector<Track> tracks;
  std::vector<Bus> buses;
  Master master;

  friend bool operator==(const Song&, const Song&) = default;

  [[nodiscard]] Beats length() const noexcept { return metre.bar() * static_cast<double>(bars); }
  [[nodiscard]] const Track* track(const std::string& id) const noexcept;  // nullptr when there is none
};

// Error Corrupt for the first thing that makes no sense: no bars, sections that overlap or leave gaps, two tracks of one
// id, ids or paths that leave the folder, a send to nowhere, values out of range. Called after every load and edit.
void check(const Song& song);

}  // namespace figment::song
