#include "score/chord.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"

namespace figment::score {
namespace {

using Intervals = std::vector<int>;
constexpr int C = 0, Db = 1, D = 2, Eb = 3, E = 4, F = 5, Gb = 6, G = 7, Ab = 8, A = 9, Bb = 10, B = 11;

TEST(Chord, SymbolsMeanWhatTheLeadSheetSays) {
  struct Case {
    const char* text;
    int root;
    Intervals intervals;
    int bass = -1;
  };
  const std::vector<Case> cases{
      {"C", C, {0, 4, 7}},
      {"Fm", F, {0, 3, 7}},
      {"F-", F, {0, 3, 7}},
      {"Dbmaj7", Db, {0, 4, 7, 11}},
      {"D♭Δ7", Db, {0, 4, 7, 11}},
      {"DbM7", Db, {0, 4, 7, 11}},
      {"G7sus4", G, {0, 5, 7, 10}},
      {"G9sus4", G, {0, 5, 7, 10, 14}},
      {"Bb/D", Bb, {0, 4, 7}, D},
      {"F#m7b5", Gb, {0, 3, 6, 10}},
      {"F#ø7", Gb, {0, 3, 6, 10}},
      {"F#ø", Gb, {0, 3, 6, 10}},
      {"Cadd9", C, {0, 4, 7, 14}},
      {"C(add9)", C, {0, 4, 7, 14}},
      {"Cm(add9)", C, {0, 3, 7, 14}},
      {"E5", E, {0, 7}},
      {"Bdim", B, {0, 3, 6}},
      {"B°7", B, {0, 3, 6, 9}},
      {"Bdim7", B, {0, 3, 6, 9}},
      {"Caug", C, {0, 4, 8}},
      {"C+", C, {0, 4, 8}},
      {"C7#5", C, {0, 4, 8, 10}},
      {"C6", C, {0, 4, 7, 9}},
      {"Am6", A, {0, 3, 7, 9}},
      {"C6/9", C, {0, 4, 7, 9, 14}},
      {"C6/E", C, {0, 4, 7, 9}, E},
      {"Cm(maj7)", C, {0, 3, 7, 11}},
      {"CmM7", C, {0, 3, 7, 11}},
      {"C9", C, {0, 4, 7, 10, 14}},
      {"Cm9", C, {0, 3, 7, 10, 14}},
      {"Cmaj9", C, {0, 4, 7, 11, 14}},
      {"Cm11", C, {0, 3, 7, 10, 14, 17}},
      {"C13", C, {0, 4, 7, 10, 14, 21}},
      {"C7b9", C, {0, 4, 7, 10, 13}},
      {"C7#9", C, {0, 4, 7, 10, 15}},
      {"C13b9", C, {0, 4, 7, 10, 13, 21}},
      {"Cmaj7#11", C, {0, 4, 7, 11, 18}},
      {"Csus2", C, {0, 2, 7}},
      {"Csus", C, {0, 5, 7}},
      {"Gb5", Gb, {0, 7}},
      {"G(b5)", G, {0, 4, 6}},
      {"C[0 1 6]", C, {0, 1, 6}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(parse_chord(c.text), (Chord{c.root, c.intervals, c.bass}))
        << c.text << " = " << parse_chord(c.text).text();
  }
}

TEST(Chord, WhateverIsWrittenIsReadBack) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    Chord chord;
    chord.root = static_cast<int>(random.uniform() * 12);
    chord.intervals = {0};
    for (int interval = 1; interval < 22; ++interval) {
      if (random.uniform() < 0.2) chord.intervals.push_back(interval);
    }
    if (random.uniform() < 0.3) chord.bass = static_cast<int>(random.uniform() * 12);
    if (chord.bass == chord.root) chord.bass = -1;
    for (const bool flats : {false, true}) EXPECT_EQ(parse_chord(chord.text(flats)), chord) << chord.text(flats);
  }
  for (const char* usual : {"Fm7", "Db/F", "Cmaj9", "Bb7sus4", "Ebm7b5", "Gdim7", "Abadd9", "C6/9", "Gbaug", "D7#9"}) {
    EXPECT_EQ(parse_chord(usual).text(), usual);
  }
}

TEST(Chord, RomanNumeralsInAKey) {
  const Key c{C, Mode::Major}, am{A, Mode::Minor}, fm{F, Mode::Minor}, dd{D, Mode::Dorian}, ep{E, Mode::Phrygian},
      ah{A, Mode::HarmonicMinor}, gx{G, Mode::Mixolydian};
  struct Case {
    const char* numeral;
    Key key;
    const char* chord;
  };
  const std::vector<Case> cases{
      {"I", c, "C"},
      {"ii", c, "Dm"},
      {"iii", c, "Em"},
      {"IV", c, "F"},
      {"V", c, "G"},
      {"vi", c, "Am"},
      {"vii°", c, "Bdim"},
      {"ii7", c, "Dm7"},
      {"V7", c, "G7"},
      {"Imaj7", c, "Cmaj7"},
      {"IVM7", c, "Fmaj7"},
      {"viiø7", c, "Bm7b5"},
      {"bVII", c, "Bb"},
      {"bVI", c, "Ab"},
      {"♭III", c, "Eb"},
      {"iv", c, "Fm"},
      {"iv6", c, "Fm6"},
      {"bII", c, "Db"},
      {"#iv°7", c, "Gbdim7"},
      {"II7", c, "D7"},
      {"V7/vi", c, "E7"},
      {"V/V", c, "D"},
      {"V7/ii", c, "A7"},
      {"vii°7/ii", c, "Dbdim7"},
      {"vii°7/V", c, "Gbdim7"},
      {"V7/IV", c, "C7"},
      {"ii7/V", c, "Am7"},
      {"iiø7/vi", c, "Bm7b5"},
      {"V7/V/V", c, "A7"},
      {"V7/bVI", c, "Eb7"},
      {"I/3", c, "C/E"},
      {"I/5", c, "C/G"},
      {"V7/7", c, "G7/F"},
      {"ii/3", c, "Dm/F"},
      {"Isus4", c, "Csus4"},
      {"Vsus2", c, "Gsus2"},
      {"Iadd9", c, "Cadd9"},
      {"I6/9", c, "C6/9"},
      {"V13", c, "G13"},
      {"V7b9", c, "G7b9"},
      {"V7#9", c, "G7#9"},
      {"ii11", c, "Dm11"},
      {"ii9", c, "Dm9"},
      {"vim9", c, "Am9"},
      {"I+", c, "Caug"},
      {"IIIaug", c, "Eaug"},
      {"I5", c, "C5"},
      {"IVm", c, "Fm"},
      {"imaj7", c, "Cmmaj7"},
      {"subV", c, ""},
      {"i", fm, "Fm"},
      {"bVI", fm, "Db"},
      {"VI", fm, "Db"},
      {"bIII", fm, "Ab"},
      {"III", fm, "Ab"},
      {"VII", fm, "Eb"},
      {"bVII", fm, "Eb"},
      {"v", fm, "Cm"},
      {"V", fm, "C"},
      {"V7", fm, "C7"},
      {"iv", fm, "Bbm"},
      {"VImaj7", fm, "Dbmaj7"},
      {"bVI7", fm, "Db7"},
      {"iiø7", fm, "Gm7b5"},
      {"ii°", fm, "Gdim"},
      {"bII", fm, "Gb"},
      {"i9", fm, "Fm9"},
      {"vii°7", fm, "Edim7"},
      {"#vii°7", fm, "Edim7"},
      {"V7/VI", fm, "Ab7"},
      {"V7/iv", fm, "F7"},
      {"V/III", fm, "Eb"},
      {"i5", fm, "F5"},
      {"i/3", fm, "Fm/Ab"},
      {"i6", am, "Am6"},
      {"vi°", am, "Gbdim"},
      {"vi", am, "Fm"},
      {"vii", am, "Gm"},
      {"IV", dd, "G"},
      {"IV7", dd, "G7"},
      {"VII", dd, "C"},
      {"bVII", dd, "C"},
      {"vi°", dd, "Bdim"},
      {"III", dd, "F"},
      {"bII", ep, "F"},
      {"vii", ep, "Dm"},
      {"VI", ep, "C"},
      {"VII", ah, "G"},
      {"vii°7", ah, "Abdim7"},
      {"VI", ah, "F"},
      {"bVII", gx, "F"},
      {"v", gx, "Dm"},
  };
  for (const Case& roman : cases) {
    if (*roman.chord == 0) {
      EXPECT_THROW((void)parse_roman(roman.numeral, roman.key), Error) << roman.numeral;
      continue;
    }
    EXPECT_EQ(parse_roman(roman.numeral, roman.key).text(), roman.chord) << roman.numeral << " in " << roman.key.text();
  }
}

TEST(Chord, DiatonicSeventhsStayInTheScale) {
  const std::vector<const char*> major{"Imaj7", "ii7", "iii7", "IVmaj7", "V7", "vi7", "viiø7"};
  const std::vector<const char*> minor{"i7", "iiø7", "IIImaj7", "iv7", "v7", "VImaj7", "VII7"};
  for (int tonic = 0; tonic < 12; ++tonic) {
    for (const Mode mode : {Mode::Major, Mode::Minor}) {
      const Key key{tonic, mode};
      for (const char* numeral : mode == Mode::Major ? major : minor) {
        for (const int pitch_class : parse_roman(numeral, key).pitch_classes()) {
          EXPECT_TRUE(key.contains(pitch_class)) << numeral << " in " << key.text();
        }
      }
    }
  }
}

TEST(Chord, NonsenseIsAnError) {
  for (const char* text :
       {"", "H", "Cfoo", "C/", "C/H", "Cadd", "Cadd8", "C[", "C[999]", "C[0 1", "c", "Csus4x", "\xff\xfe"}) {
    EXPECT_THROW((void)parse_chord(text), Error) << text;
  }
  for (const char* text : {"", "b", "Q", "VIII", "iV", "V7/", "V/V/V/V/V/V", "I/8", "V7/I/3", "Ifoo", "i°°x", "##"}) {
    EXPECT_THROW((void)parse_roman(text, Key{}), Error) << text;
  }
}

TEST(Chord, KnowsItsNotes) {
  const Chord chord = parse_chord("Fm9/Ab");
  EXPECT_TRUE(chord.minor());
  EXPECT_FALSE(parse_chord("F7").minor());
  EXPECT_FALSE(parse_chord("F5").minor());
  EXPECT_EQ(chord.bass_pitch_class(), Ab);
  EXPECT_TRUE(chord.contains(60 + G));
  EXPECT_FALSE(chord.contains(60 + A));
  EXPECT_EQ(chord.pitch_classes(), (Intervals{F, Ab, C, Eb, G}));
}

TEST(Chord, TheChordOfTheMoment) {
  const std::vector<ChordSpan> spans{{Beats{0}, Beats{4}, parse_chord("C")},
                                     {Beats{4}, Beats{2}, parse_chord("G")},
                                     {Beats{8}, Beats{4}, parse_chord("F")}};
  EXPECT_EQ(chord_at(spans, Beats{-1}), nullptr);
  EXPECT_EQ(chord_at(spans, Beats{0}), &spans[0].chord);
  EXPECT_EQ(chord_at(spans, Beats{3.999}), &spans[0].chord);
  EXPECT_EQ(chord_at(spans, Beats{4}), &spans[1].chord);
  EXPECT_EQ(chord_at(spans, Beats{6}), nullptr);
  EXPECT_EQ(chord_at(spans, Beats{12}), nullptr);
  EXPECT_EQ(chord_at({}, Beats{0}), nullptr);
}

}  // namespace
}  // namespace figment::score
