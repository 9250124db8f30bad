// What the composer knows about real music, as tables.
//
// data/learned/*.json hold statistics of 909 pop songs, 1,034 folk tunes, 382 Bach chorales and some hundred drum
// patterns, made by tools/learn (data/learned/README.md tells how each table was counted). This is their reader:
// load_learned() checks every number once; afterwards all queries are look-ups that cannot fail.
//
//   Units    time in sixteenths of a bar's grid ("slots") or quarter-note Beats as named; pitch in diatonic steps or
//            semitones as named; scale degrees 0 … 6 (0 = tonic); chord roots in semitones above the tonic, 0 … 11
//   Weights  those called "probability" are 0 … 1; distributions sum to 1; "weight" is relative, any positive scale,
//            ready to be handed to Chooser::choose (compose/chooser.h)
//   Corpora  a table a corpus does not have is answered by the nearest one that has it, as each query says
//   Errors   load_learned: NotFound (no such file), Corrupt (naming file, table and entry); queries: none
//   Threads  Learned is immutable after loading: share one shared_ptr<const Learned> freely
//   Cost     loading some 50 ms, nearly all of it parsing JSON: load once, share; a query is a table look-up

#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace figment::compose {

enum class Corpus { Pop, Folk, Chorale };
inline constexpr std::size_t corpus_count = 3;

enum class Tonality { Major, Minor };
inline constexpr std::size_t tonality_count = 2;

// ---- Melody ------------------------------------------------------------------------------------------------------

// Where in the bar a note starts, as score::Metre::stress feels it. Strong: the first pulse and the middle one of an
// even bar (4/4: slots 0 and 8; 6/8: 0 and 6; 2/4: 0 and 4); medium: the other pulses; weak: everything between.
enum class BeatStrength { Strong, Medium, Weak };

// `slot` counts sixteenths from the bar line; `metre` is "4/4", "2/4", "3/4" or "6/8" (others are read as 4/4).
[[nodiscard]] BeatStrength beat_strength(std::string_view metre, int slot) noexcept;

// What a pitch is to the harmony of the moment. A tone of the chord is ChordTone even if it is outside the scale.
// In minor, both forms of the sixth and seventh degree count as Diatonic.
enum class ToneKind { ChordTone, Diatonic, Chromatic };

// The place of a pitch class in the key: its degree and by how many semitones it departs from it. In minor the raised
// sixth and seventh keep their degree, with alteration 1. `semitones` above the tonic may be any number.
struct ScalePlace {
  int degree;      // 0 … 6
  int alteration;  // -1, 0, 1
  bool diatonic;
};
[[nodiscard]] ScalePlace scale_place(int semitones, Tonality tonality) noexcept;

// From one pitch to another in diatonic steps (unison 0, a second up 1, an octave down -7), whatever their alterations.
// Pitches in semitones above some tonic; negative ones lie below it.
[[nodiscard]] int diatonic_steps(int from_semitones, int to_semitones, Tonality tonality) noexcept;

// How the melody came to the present note. None: it begins a phrase.
enum class Approach { None, LeapDown, ThirdDown, StepDown, Repeat, StepUp, ThirdUp, LeapUp };
inline constexpr std::size_t approach_count = 8;
[[nodiscard]] Approach approach(int diatonic_interval) noexcept;  // a leap is a fourth (3 steps) or more

inline constexpr int widest_interval = 7;  // diatonic steps; wider ones have weight 0

// ---- Rhythm ------------------------------------------------------------------------------------------------------

// One bar as onsets on the sixteenth grid: 16 slots in 4/4, 8 in 2/4, 12 in 3/4 and 6/8.
struct BarRhythm {
  std::vector<int> onsets;  // rising slots, at least one
  double probability;       // among the bars kept for this corpus and metre
};

// Where in a phrase a bar stands. Opening: its first whole bar; Closing: the bar its last note starts in (also of a
// phrase of one bar); Inside: those between. Such bars hold the notes of their phrase only, no upbeat to the next one.
enum class BarPlace { Any, Opening, Inside, Closing };

// How long a note sounds compared with the distance to the next onset of the same phrase.
struct Articulation {
  double mean;       // 0 … 1
  double deviation;  // standard deviation
};

// Where a bar's rhythm comes from: the same as the bar 1, 2, 4 or 8 before (the nearest that fits), or new.
struct RhythmSources {
  double lag1, lag2, lag4, lag8, fresh;  // sum to 1
};

// ---- Phrases -----------------------------------------------------------------------------------------------------

// A typical melodic outline: pitch at eight equally spaced instants from a phrase's first note to its last,
// 0 = the phrase's lowest pitch, 1 = its highest.
struct ContourPrototype {
  std::array<double, 8> shape;
  double probability;
  double range;  // mean distance from lowest to highest, in semitones
};

struct PhraseStatistics {
  std::array<double, 16> half_bars;    // [i]: probability that a phrase lasts i + 1 half bars (1/2 … 8 bars)
  std::array<double, 8> apex;          // [i]: that its highest note starts in the i-th eighth of it
  std::array<double, 25> range;        // [i]: that it spans i semitones (24 = two octaves or more)
  std::array<double, 7> start_degree;  // scale degree of first notes
  std::array<double, 7> inner_degree;  // scale degree of last notes, all phrases but a tune's last
  std::array<double, 7> final_degree;  // scale degree of a tune's last note
};

// ---- Harmony -----------------------------------------------------------------------------------------------------

enum class ChordKind {
  Major,
  Minor,
  Diminished,
  Augmented,
  Suspended2,
  Suspended4,
  Dominant7,
  Major7,
  Minor7,
  HalfDiminished7,
  Diminished7,
  Major6,
  Minor6,
};
inline constexpr std::size_t chord_kind_count = 13;
// "maj", "min", "dim", "aug", "sus2", "sus4", "7", "maj7", "min7", "hdim7", "dim7", "6", "min6"
[[nodiscard]] std::string_view name(ChordKind kind) noexcept;
// Semitones above the root, rising from 0.
[[nodiscard]] std::span<const int> tones(ChordKind kind) noexcept;

struct KeyChord {
  int root;  // semitones above the tonic, 0 … 11
  ChordKind kind;
  friend auto operator<=>(const KeyChord&, const KeyChord&) = default;
};
// "I", "vi7", "bVII", "V7", "vii°" …; in minor bIII, bVI and bVII are written III, VI and VII.
[[nodiscard]] std::string numeral(KeyChord chord, Tonality tonality);

struct WeightedChord {
  KeyChord chord;
  double probability;
};

// The last chords of a phrase, in playing order.
struct Cadence {
  std::array<KeyChord, 3> chords;
  double probability;  // among this corpus' phrase ends (final: tune ends) in this tonality
};

// A progression of two or four bars of 4/4 that songs play again and again; sevenths and suspensions left out.
struct ChordLoop {
  std::vector<KeyChord> chords;  // neighbours differ; at least two
  std::vector<double> beats;     // how long each lasts
  double probability;            // among the loops listed
};

struct ChordLength {
  double beats;  // quarter notes
  double probability;
};

// ---- Drums -------------------------------------------------------------------------------------------------------

enum class DrumVoice { Kick, Snare, Clap, Rim, ClosedHat, OpenHat, Ride, Crash, Tom, Percussion };
inline constexpr std::size_t drum_voice_count = 10;
// "kick", "snare", "clap", "rim", "closed_hat", "open_hat", "ride", "crash", "tom", "percussion"
[[nodiscard]] std::string_view name(DrumVoice voice) noexcept;

inline constexpr int drum_steps = 16;

// One bar of a style: the probability of a hit at each sixteenth.
struct DrumPattern {
  std::string name;    // "chicago house"; for a family its own name
  std::string family;  // "house", "techno", "breakbeat", "hip-hop", "drum and bass", "garage" …
  int bars;            // how many bars were counted
  std::array<std::array<double, drum_steps>, drum_voice_count> hit{};

  [[nodiscard]] const std::array<double, drum_steps>& operator[](DrumVoice voice) const noexcept {
    return hit[static_cast<std::size_t>(voice)];
  }
};

// ---- The tables --------------------------------------------------------------------------------------------------

class Learned {
 public:
  // Weight of moving by `interval` diatonic steps (-7 … 7) to a note of this kind that starts at this strength, after
  // `previous`. Made so that a draw among all pitches within an octave, each with its own weight, moves as the corpus
  // does. Beyond an octave 0.
  [[nodiscard]] double melody_step_weight(Corpus corpus, Approach previous, int interval, BeatStrength strength,
                                          ToneKind kind) const noexcept;

  // How much more (above 1) or less than an average degree the corpus likes to go to degree `to` from `from` (0 … 6,
  // others are taken modulo 7): leading notes rise, pop shuns the fourth and seventh. Multiply melody_step_weight by
  // it; together they are the whole model.
  [[nodiscard]] double degree_weight(Corpus corpus, Tonality tonality, int from, int to) const noexcept;

  // The commonest bars, commonest first, never empty. `metre`: "4/4", "2/4", "3/4" or "6/8", others are read as 4/4.
  // Pop has 4/4 and 3/4 only and the chorales (quarter notes) have none: they are then answered by folk.
  [[nodiscard]] std::span<const BarRhythm> bar_rhythms(Corpus corpus, std::string_view metre,
                                                       BarPlace place = BarPlace::Any) const noexcept;
  // Probability that a note starts at `slot`, given the three slots before (bit 0: one before, bit 1: two before,
  // bit 2: three before; across the bar line).
  [[nodiscard]] double onset_probability(Corpus corpus, std::string_view metre, int slot,
                                         unsigned before) const noexcept;
  // `slots` from this onset to the next, 1 … 16 (longer as 16). Folk tunes are written legato and chorales sung so: 1.
  [[nodiscard]] Articulation articulation(Corpus corpus, int slots) const noexcept;
  [[nodiscard]] RhythmSources rhythm_sources(Corpus corpus) const noexcept;
  // Of those bars that take their rhythm from the bar `lag` before (1, 2, 4, 8): how often the pitches come along.
  [[nodiscard]] double pitch_follows_rhythm(Corpus corpus, int lag) const noexcept;

  // About a dozen, commonest first, never empty.
  [[nodiscard]] std::span<const ContourPrototype> contour_prototypes(Corpus corpus) const noexcept;
  [[nodiscard]] const PhraseStatistics& phrases(Corpus corpus, Tonality tonality) const noexcept;

  // What follows `previous` (and the one before it, if known): second order, leaning on first order where a pair is
  // rare, and on the chords' own frequencies where `previous` is. Probabilities sum to 1; likeliest first. A chord
  // never follows itself: how long it stays is chord_lengths. Slash chords count as their root position.
  [[nodiscard]] std::vector<WeightedChord> next_chord_weights(
      Corpus corpus, Tonality tonality, KeyChord previous,
      std::optional<KeyChord> before_previous = std::nullopt) const;
  // How often each chord is entered at all, likeliest first; sums to 1.
  [[nodiscard]] std::span<const WeightedChord> chords(Corpus corpus, Tonality tonality) const noexcept;
  // Probability of `next` after `previous`, as in next_chord_weights, for scoring a given progression.
  [[nodiscard]] double chord_probability(Corpus corpus, Tonality tonality, KeyChord next, KeyChord previous,
                                         std::optional<KeyChord> before_previous = std::nullopt) const;
  [[nodiscard]] std::span<const ChordLength> chord_lengths(Corpus corpus, std::string_view metre) const noexcept;
  // Commonest first, never empty. Learned from pop, which answers for all.
  [[nodiscard]] std::span<const ChordLoop> chord_loops(Tonality tonality) const noexcept;
  // Commonest first, never empty. `final`: at the end of the tune; otherwise at the end of any phrase.
  [[nodiscard]] std::span<const Cadence> cadences(Corpus corpus, Tonality tonality, bool final) const noexcept;

  // Single styles, in the order of the file; and the families' averages.
  [[nodiscard]] std::span<const DrumPattern> drum_styles() const noexcept;
  [[nodiscard]] std::span<const DrumPattern> drum_families() const noexcept;
  // Those whose name or family is `name` (lower case, "drum and bass"); when none is, those with `name` inside their
  // name; perhaps empty. A family's average comes first.
  [[nodiscard]] std::vector<const DrumPattern*> drum_patterns(std::string_view name) const;

 private:
  friend class LearnedReader;  // learned_reader.cpp: fills the tables from JSON, checking each
  Learned() = default;

  struct Rhythm {
    std::array<std::vector<BarRhythm>, 4> bars;  // [BarPlace]
    std::vector<std::array<double, 8>> onset;    // [slot][before]
  };
  struct MelodyTable {
    std::array<double, approach_count*(2 * widest_interval + 1) * 3 * 3> step{};
    std::array<double, tonality_count * 7 * 7> degree{};
    std::map<std::string, Rhythm, std::less<>> rhythm;  // by metre
    std::array<Articulation, 16> articulation{};
    RhythmSources sources{};
    std::array<double, 4> pitch_follows{};  // lags 1, 2, 4, 8
    std::vector<ContourPrototype> contours;
    std::array<PhraseStatistics, tonality_count> phrases{};
  };
  struct ChordTable {
    struct Followers {
      double seen = 0;                                     // how often the pair was followed by any chord
      std::vector<std::pair<std::size_t, double>> counts;  // chord, how often
    };
    std::vector<WeightedChord> chords;  // the vocabulary; entries of `first` and `second` index into it
    std::vector<double> first;          // [previous][next], smoothed, rows sum to 1
    std::map<std::pair<std::size_t, std::size_t>, Followers> second;  // by [before, previous]
    std::array<std::vector<Cadence>, 2> cadences;                     // [final]
  };
  [[nodiscard]] std::optional<std::size_t> find(const ChordTable& table, KeyChord chord) const noexcept;
  [[nodiscard]] std::vector<double> following(const ChordTable& table, KeyChord previous,
                                              std::optional<KeyChord> before_previous) const;
  [[nodiscard]] const MelodyTable& melody(Corpus corpus) const noexcept;
  [[nodiscard]] const ChordTable& harmony(Corpus corpus, Tonality tonality) const noexcept;
  [[nodiscard]] const Rhythm& rhythm(Corpus corpus, std::string_view metre) const noexcept;

  std::array<MelodyTable, corpus_count> melody_;
  std::array<std::array<ChordTable, tonality_count>, corpus_count> harmony_;
  std::array<std::map<std::string, std::vector<ChordLength>, std::less<>>, corpus_count> chord_lengths_;
  std::array<std::vector<ChordLoop>, tonality_count> chord_loops_;
  std::vector<DrumPattern> drum_styles_;
  std::vector<DrumPattern> drum_families_;
};

// Reads learned/melody.json, rhythm.json, phrases.json, chords.json and drums.json below `data_dir` (the project's
// data/ folder).
[[nodiscard]] std::shared_ptr<const Learned> load_learned(const std::filesystem::path& data_dir);

}  // namespace figment::compose
