#include "abc.h"

#include <gtest/gtest.h>

namespace figment::learn {
namespace {

AbcTune tune(const std::string& head, const std::string& body) {
  const auto tunes = parse_abc("X:1\nT:Test\n" + head + "\n" + body + "\n");
  EXPECT_EQ(tunes.size(), 1U);
  return tunes.empty() ? AbcTune{} : tunes.front();
}

std::vector<int> pitches(const AbcTune& read) {
  std::vector<int> result;
  for (const Note& note : read.notes) result.push_back(note.pitch);
  return result;
}

std::vector<double> lengths(const AbcTune& read) {
  std::vector<double> result;
  for (const Note& note : read.notes) result.push_back(note.length);
  return result;
}

using Pitches = std::vector<int>;
using Lengths = std::vector<double>;

TEST(Abc, OctavesAreWrittenByCaseCommaAndApostrophe) {
  EXPECT_EQ(pitches(tune("K:C", "C, C c c' B b")), (Pitches{48, 60, 72, 84, 71, 83}));
}

TEST(Abc, KeySignaturesSharpenAndFlattenInTheirOrder) {
  EXPECT_EQ(pitches(tune("K:D", "FGABcde")), (Pitches{66, 67, 69, 71, 73, 74, 76}));
  EXPECT_EQ(pitches(tune("K:Bb", "EAB")), (Pitches{63, 69, 70}));
  EXPECT_EQ(pitches(tune("K:Gm", "EAB")), pitches(tune("K:Bb", "EAB")));
  EXPECT_EQ(pitches(tune("K:Edor", "FGc")), (Pitches{66, 67, 73}));
}

TEST(Abc, AccidentalsLastToTheBarLineInEveryOctave) {
  EXPECT_EQ(pitches(tune("K:C", "^F F f|F")), (Pitches{66, 66, 78, 65}));
  EXPECT_EQ(pitches(tune("K:D", "=F F|F")), (Pitches{65, 65, 66}));
  EXPECT_EQ(pitches(tune("K:C", "_B ^^F")), (Pitches{70, 67}));
}

TEST(Abc, LengthsMultiplyTheUnit) {
  EXPECT_EQ(lengths(tune("M:4/4\nL:1/8\nK:C", "C C2 C/ C/2 C3/2 C//")), (Lengths{0.5, 1, 0.25, 0.25, 0.75, 0.125}));
  // Without L, metres below 3/4 count in sixteenths, others in eighths.
  EXPECT_EQ(lengths(tune("M:2/4\nK:C", "C")), Lengths{0.25});
  EXPECT_EQ(lengths(tune("M:6/8\nK:C", "C")), Lengths{0.5});
}

TEST(Abc, BrokenRhythmMovesTimeFromOneNoteToItsNeighbour) {
  const AbcTune dotted = tune("L:1/8\nK:C", "C>D E<F G2");
  EXPECT_EQ(lengths(dotted), (Lengths{0.75, 0.25, 0.25, 0.75, 1}));
  EXPECT_DOUBLE_EQ(dotted.notes[1].start, 0.75);
  EXPECT_DOUBLE_EQ(dotted.notes[4].start, 2.0);
}

TEST(Abc, ThreeInTheTimeOfTwo) {
  const AbcTune read = tune("L:1/8\nK:C", "(3CDE F");
  EXPECT_NEAR(read.notes[1].start, 1.0 / 3, 1e-9);
  EXPECT_NEAR(read.notes[3].start, 1.0, 1e-9);
  EXPECT_DOUBLE_EQ(read.notes[3].length, 0.5);
}

TEST(Abc, TiesJoinAcrossTheBarLineAndRestsDoNotSound) {
  const AbcTune read = tune("L:1/4\nK:C", "C4-|C2 z D");
  EXPECT_EQ(pitches(read), (Pitches{60, 62}));
  EXPECT_EQ(lengths(read), (Lengths{6, 1}));
  EXPECT_DOUBLE_EQ(read.notes[1].start, 7.0);
}

TEST(Abc, OfNotesTogetherTheHighestIsTheMelody) {
  const AbcTune read = tune("L:1/8\nK:G", "[G2B2][Ac]");
  EXPECT_EQ(pitches(read), (Pitches{71, 72}));
  EXPECT_EQ(lengths(read), (Lengths{1, 0.5}));
}

TEST(Abc, ChordSymbolsStandWhereTheyAreWritten) {
  const AbcTune read = tune("L:1/4\nK:G", "\"G\"G2\"D7/f+\"A2|\"Em\"B4");
  ASSERT_EQ(read.chords.size(), 3U);
  EXPECT_EQ(read.chords[1].root, 2);
  EXPECT_EQ(read.chords[1].kind, ChordKind::Dominant7);
  EXPECT_DOUBLE_EQ(read.chords[1].start, 2.0);
  EXPECT_EQ(read.chords[2].kind, ChordKind::Minor);
  int root = 0;
  ChordKind kind{};
  EXPECT_TRUE(parse_abc_chord("Ebd", root, kind));
  EXPECT_EQ(root, 3);
  EXPECT_EQ(kind, ChordKind::Diminished);
  EXPECT_FALSE(parse_abc_chord("From here", root, kind));
}

TEST(Abc, TheSecondEndingReplacesTheFirst) {
  const AbcTune read = tune("M:4/4\nL:1/4\nK:C", "|:CCCC|[1DDDD:|[2EEEE||");
  EXPECT_EQ(pitches(read), (Pitches{60, 60, 60, 60, 64, 64, 64, 64}));
  EXPECT_DOUBLE_EQ(read.end, 8.0);
  ASSERT_FALSE(read.bar_lines.empty());
  EXPECT_TRUE(read.bar_lines.back().ends_strain);
}

TEST(Abc, MetreAndKeyMayChangeInsideTheTune) {
  const AbcTune read = tune("M:3/4\nL:1/4\nK:G", "GFG|\nM:2/4\nK:C\nGF|");
  EXPECT_EQ(pitches(read), (Pitches{67, 66, 67, 67, 65}));
  ASSERT_EQ(read.signatures.size(), 2U);
  EXPECT_EQ(read.signatures[0].beats_per_bar, 3);
  EXPECT_EQ(read.signatures[1].beats_per_bar, 2);
  EXPECT_EQ(read.signatures[1].tonic, 0);
  EXPECT_DOUBLE_EQ(read.signatures[1].time, 3.0);
}

TEST(Abc, WhatCannotBeReadIsToldNotGuessed) {
  for (const char* body : {"[CE", "\"G C", "(2:3:4CD", "C & D", "^ C", "C/0", ">C", "C1000000000000", "!trill C"}) {
    EXPECT_FALSE(tune("K:C", body).error.empty()) << body;
  }
  EXPECT_FALSE(tune("K:H", "C").error.empty());
  EXPECT_FALSE(tune("M:0/4\nK:C", "C").error.empty());
  EXPECT_FALSE(tune("T:x", "CDE").error.empty());
  EXPECT_TRUE(parse_abc("").empty());
}

}  // namespace
}  // namespace figment::learn
