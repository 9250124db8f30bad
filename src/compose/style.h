// A musical style as data: styles/ID.toml, written by musicians (docs/howto/add-a-style.md is the manual of the file;
// this header is the manual of what the composer sees).
//
// Every number below has a stated range; the loader refuses others, unknown keys, unknown words, chords that are none
// and patterns of the wrong length, naming file and key. Whether a preset or an effect exists is not known in this
// layer: presets are checked for the form "family/name", effects for tidy names and finite numbers, and the build
// refuses what it cannot find. What the loader promises the composer beyond the ranges:
//   - at least one metre, mode, form, progression and track; ids of tracks, buses and groove names are unique
//   - every groove line has bars * bar * steps_per_beat steps, whatever shorter form the file was written in
//   - every send goes to a bus of `mix`, every effect key names a track or is empty
//   - slowest <= usual <= fastest, low < high, energies 0 … 1
//
//   Threads  a loaded Style is immutable: share it freely
//   Cost     about 2 ms a style; list_styles about 1 ms a style

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "score/metre.h"
#include "score/scale.h"
#include "song/song.h"

namespace figment::compose {

template <class T>
struct Weighted {
  T value{};
  double weight = 1;
};

// One step of a groove line.
//   '.' nothing   'X' accent, always   'x' normal, always   'g' ghost, always   '1' … '9' normal, in n of 10 cases
//   'r' roll/ratchet (2 … 6 quick hits in the step), always   'o' soft, always
struct GrooveStep {
  double probability = 0;   // 0 … 1
  double velocity = 0;      // 0 … 1: accent 1.0, normal 0.8, soft 0.55, ghost 0.32
  bool roll = false;
};

// A drum pattern of one or more bars for some kinds of sections.
struct Groove {
  std::string name;
  double weight = 1;
  std::vector<std::string> kinds;                          // section kinds it suits; empty = all
  double lowest_energy = 0, highest_energy = 1;            // sections it suits
  score::Metre metre;                                      // the metre it is written in
  int steps_per_beat = 4;                                  // grid: 4 = sixteenths, 3 = triplets, 6 = sextuplets, 8 = 32nds
  int bars = 1;                                            // 1, 2 or 4
  std::map<std::string, std::vector<GrooveStep>> lines;    // by drum name ("kick", "snare", "hat_closed" … as score::drum)
};

// A chord progression in roman numerals, one entry a chord.
struct Progression {
  std::vector<std::string> numerals;     // as score::parse_roman
  Beats each{4};                         // length of each chord (in beats; a bar of 4/4 is 4)
  double weight = 1;
  std::vector<std::string> kinds;        // section kinds; empty = all
  int minor = -1;                        // 1 only for minor-third modes, 0 only for major-third modes, -1 both
};

struct Harmony {
  std::vector<Progression> progressions;
  double learned = 0.2;                  // share of progressions drawn from the learned tables instead of the list
  std::string corpus = "pop";            // which learned tables: "pop" "folk" "chorale"
  double extensions = 0.2;               // 0 triads … 1 ninths and thirteenths everywhere
  double borrowed = 0.1;                 // chance of a borrowed chord or secondary dominant per 8 bars
  std::string voicing = "close";         // "close" "open" "shell" "drop2" "power" "unison" "spread"
  bool parallel_fifths = true;           // allowed
  bool cadence = true;                   // phrase ends are cadences
};

struct MelodyStyle {
  std::string corpus = "pop";
  double density = 0.5;                  // 0 few long notes … 1 running sixteenths
  double syncopation = 0.3;              // 0 on the beat … 1
  double leap = 0.3;                     // 0 steps … 1 jumps
  double repetition = 0.6;               // how much motifs repeat literally
  double blue = 0;                       // share of blue notes / chromatic approach
  bool pentatonic = false;
  bool triplets = false;
  double call_response = 0.3;            // share of phrases answered by another register or instrument
  double upbeat = 0.3;                   // share of phrases that begin with a pick-up before their bar
};

// How a pitched part plays. Which fields matter depends on the track's role.
struct PartStyle {
  std::string pattern;                   // bass: "808" "roots" "octaves" "walking" "offbeat" "reese" "sixteenths" "acid"
                                         //   "dub" "tumbao" "two-beat" "pedal" "synco" "gallop" "broken" "bounce"
                                         // chords/pluck/arp: "pads" "stabs" "offbeat" "strum" "comp" "arpeggio" "blocks"
                                         //   "alberti" "skank" "clave" "charleston" "pulse" "house" "sustain" "fingerpick"
                                         //   "power-chug" "broken" "ostinato" "tremolo" "trance-gate"
                                         // lead/counter: "hook" "riff" "improvise" "long" "call" "ostinato" "bells"
  std::vector<std::string> rhythms;      // optional onset patterns to choose from, as groove strings without separators
                                         //   ("x..x..x."), one character a sixteenth; the length divides a bar (it
                                         //   repeats) or is a whole number of bars
  int low = 0, high = 127;               // MIDI range the part stays in
  double density = 0.5;                  // 0 … 1
  double legato = 0.8;                   // note length / distance to the next note; > 1 overlaps (slides on mono presets)
  double slide = 0;                      // chance of a slide into the next note
  double humanize = 0.3;                 // 0 … 1: scales micro-timing and velocity spread
};

// One place in the band.
struct TrackTemplate {
  std::string id;                        // unique in the style
  std::string name;
  std::string role;                      // song::Track::role
  std::vector<Weighted<std::string>> presets;
  double chance = 1;                     // that the song has this track at all
  double lowest_energy = 0;              // plays in sections at or above …
  double highest_energy = 1;             // … and at or below
  std::vector<std::string> in, out;      // section kinds where it always / never plays (beats the energy rule)
  Decibels loudness{-6};                 // song::Track::loudness
  double pan = 0;
  PartStyle part;
  std::vector<song::Effect> effects;     // key may name another template's id
  std::vector<song::Send> sends;
  bool filter_sweep = false;             // may be automated through builds and intros
};

struct FormSection {
  std::string kind;
  int bars = 8;
  double energy = -1;                    // -1: the kind's usual energy in Style::energy
};
using Form = std::vector<FormSection>;

struct MixStyle {
  std::vector<song::Bus> buses;          // usually "reverb" and "delay"
  std::string balance = "pop";           // long-term spectrum family for the master
  double punch = 0.5, width = 1.0, warmth = 0.2;
  double looseness = 0.3;                // 0 machine … 1 loose band: overall humanization
};

struct Style {
  std::string id;                        // file name without .toml
  std::string title, about, family;      // family: "hip-hop" "house" "techno" "trance" "bass" "rock" "jazz" "latin" "folk"
                                         //   "classical" "ambient" "pop" "electronic"
  Bpm slowest{80}, fastest{160}, usual{120};
  bool half_time = false;                // backbeat felt at half the tempo (trap, dubstep)
  std::vector<Weighted<score::Metre>> metres;     // the usual one first: progressions and rhythms are written in it
  std::vector<Weighted<score::Mode>> modes;
  double swing = 0;                      // 0 straight … 1 full triplet
  int swing_unit = 16;                   // 8: swung eighths, 16: swung sixteenths
  Seconds usual_length{150};

  std::vector<Weighted<Form>> forms;
  std::map<std::string, double> energy;  // by section kind
  Harmony harmony;
  MelodyStyle melody;
  std::vector<Groove> grooves;
  std::vector<Groove> fills;             // one bar; replace the drums of a bar that leads into a section
  std::vector<std::string> transitions;  // of "riser" "reverse-cymbal" "impact" "downlifter" "silence" "fill" "noise-sweep"
                                         //   "sub-drop" "crash" "stop"
  std::vector<TrackTemplate> tracks;
  MixStyle mix;
};

// By id. Error NotFound (with the nearest known names), InvalidArgument (an id that is no file name), Corrupt, Io.
[[nodiscard]] std::shared_ptr<const Style> load_style(const std::filesystem::path& data_dir, const std::string& id);

// From text; `name` stands in messages. What it `extends` is looked for below data_dir/styles; without a data_dir a text
// that extends another is Error InvalidArgument.
[[nodiscard]] Style parse_style(std::string_view toml, const std::string& name,
                                const std::filesystem::path& data_dir = {});

// The MIDI note of a drum by its name in grooves ("hat_closed" → 42); nullopt when there is no such drum.
[[nodiscard]] std::optional<std::uint8_t> drum_note(std::string_view name) noexcept;
// The track role that plays it: "kick" (kick, kick2), "snare" (snares, clap, rim, snap), "hats" (hats, rides, crashes,
// china, splash) or "percussion" (all others); empty when there is no such drum.
[[nodiscard]] std::string_view drum_role(std::string_view name) noexcept;

// Those in data_dir/styles, sorted by id; what lies in its folders (styles/defaults) is for `extends` only.
struct StyleInfo { std::string id, title, about, family; Bpm usual{120}; };
[[nodiscard]] std::vector<StyleInfo> list_styles(const std::filesystem::path& data_dir);

}  // namespace figment::compose
