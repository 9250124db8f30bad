#include "analysis/harmony.h"

#include <gtest/gtest.h>

#include "analysis/test_sounds.h"

namespace figment::analysis {
namespace {

using namespace testing;

void play_chord(Samples& sound, double at, double length, const char* name, double cents = 0) {
  const score::Chord chord = score::parse_chord(name);
  tone(sound, at, length, 36 + chord.root + cents / 100);
  for (const int i : chord.intervals) tone(sound, at, length, 55 + score::pitch_class(chord.root + i - 7) + cents / 100);
}

BeatGrid grid_of(double bpm, double length) {
  BeatGrid grid;
  grid.tempo = Bpm{bpm};
  int beat = 0;
  for (double at = 0; at < length; at += 60 / bpm) {
    grid.beats.push_back(Seconds{at});
    grid.positions.push_back(beat++ % 4 + 1);
  }
  grid.beats_per_bar = 4;
  return grid;
}

struct Progression {
  const char* key;
  std::vector<const char*> chords;
};

TEST(Harmony, ChordsAndKeysOfProgressions) {
  for (const Progression& p : {Progression{"C major", {"C", "Am", "F", "G"}}, Progression{"A minor", {"Am", "F", "C", "E"}}, Progression{"F# minor", {"F#m", "D", "A", "C#"}},
                               Progression{"Eb major", {"Eb", "Bb", "Cm", "Ab"}}, Progression{"D minor", {"Dm", "Gm", "Bb", "A7"}}}) {
    Samples sound = silence(32);
    for (int i = 0; i < 16; ++i) play_chord(sound, 2.0 * i, 2.0, p.chords[static_cast<std::size_t>(i) % p.chords.size()]);
    const Harmony harmony = find_harmony(find_notes(features_of(sound)), grid_of(120, 32), Seconds{32});
    EXPECT_EQ(harmony.key.key, score::parse_key(p.key)) << p.key << " heard as " << harmony.key.key.text();
    double right = 0;
    for (int i = 0; i < 16; ++i) {
      const score::Chord wanted = score::parse_chord(p.chords[static_cast<std::size_t>(i) % p.chords.size()]);
      for (const HeardChord& c : harmony.chords) {
        const double both = std::min(c.end.value, 2.0 * i + 2) - std::max(c.start.value, 2.0 * i);
        if (both > 0 && !c.none() && c.chord.root == wanted.root && c.chord.minor() == wanted.minor()) right += both;
      }
    }
    EXPECT_GT(right, 0.93 * 32) << p.key;
  }
}

TEST(Harmony, TuningIsMeasuredAndAllowedFor) {
  for (const double cents : {-35.0, -10.0, 20.0, 40.0}) {
    Samples sound = silence(16);
    const std::vector<const char*> chords{"G", "Em", "C", "D"};
    for (int i = 0; i < 8; ++i) play_chord(sound, 2.0 * i, 2.0, chords[static_cast<std::size_t>(i) % 4], cents);
    const Tonality notes = find_notes(features_of(sound));
    EXPECT_NEAR(notes.tuning_cents, cents, 4);
    EXPECT_EQ(find_harmony(notes, grid_of(120, 16), Seconds{16}).key.key, score::parse_key("G major")) << cents;
  }
}

TEST(Harmony, DrumsAndSilenceHaveNoKey) {
  Samples drums = silence(16);
  for (int i = 0; i < 32; ++i) strike(drums, 0.5 * i, 0.6, 0.03);
  EXPECT_LT(find_harmony(find_notes(features_of(drums)), grid_of(120, 16), Seconds{16}).key.confidence, 0.3);
  const Harmony none = find_harmony(find_notes(features_of(silence(4))), {}, Seconds{4});
  EXPECT_LT(none.key.confidence, 0.05);
  EXPECT_EQ(none.tonal, 0);
}

}  // namespace
}  // namespace figment::analysis
