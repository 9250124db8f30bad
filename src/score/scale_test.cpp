#include "score/scale.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace figment::score {
namespace {

constexpr std::array kAllModes{Mode::Major,        Mode::Minor,           Mode::Dorian,  Mode::Phrygian,
                               Mode::Lydian,       Mode::Mixolydian,      Mode::Locrian, Mode::HarmonicMinor,
                               Mode::MelodicMinor, Mode::PhrygianDominant};

TEST(Scale, ChurchModesAreRotationsOfTheMajorScale) {
  // D dorian, E phrygian, F lydian, G mixolydian, A minor, B locrian are the white keys.
  for (const Key key : {Key{2, Mode::Dorian}, Key{4, Mode::Phrygian}, Key{5, Mode::Lydian}, Key{7, Mode::Mixolydian},
                        Key{9, Mode::Minor}, Key{11, Mode::Locrian}}) {
    for (const int white : {60, 62, 64, 65, 67, 69, 71}) EXPECT_TRUE(key.contains(white)) << key.text() << white;
    for (const int black : {61, 63, 66, 68, 70}) EXPECT_FALSE(key.contains(black)) << key.text() << black;
    EXPECT_EQ(key.relative_major(), (Key{0, Mode::Major}));
    EXPECT_EQ(key.sharps(), 0);
  }
}

TEST(Scale, NotesOfDegrees) {
  const Key c{0, Mode::Major};
  EXPECT_EQ(c.note(0, 4), 60);
  EXPECT_EQ(c.note(7, 4), 72);
  EXPECT_EQ(c.note(-1, 4), 59);
  EXPECT_EQ(c.note(-7, 4), 48);
  EXPECT_EQ(c.note(-8, 4), 47);
  EXPECT_EQ(c.note(16, 4), 88);                             // two octaves and a third: e'''
  EXPECT_EQ((Key{9, Mode::HarmonicMinor}.note(6, 4)), 80);  // g sharp
  EXPECT_EQ((Key{9, Mode::PhrygianDominant}.note(2, 4)), 73);
}

TEST(Scale, DegreeOfInvertsNote) {
  for (const Mode mode : kAllModes) {
    for (int tonic = 0; tonic < 12; ++tonic) {
      const Key key{tonic, mode};
      for (int degree = -14; degree <= 14; ++degree) {
        int chromatic = -1;
        EXPECT_EQ(key.degree_of(key.note(degree, 4), &chromatic), ((degree % 7) + 7) % 7);
        EXPECT_EQ(chromatic, 0);
        EXPECT_TRUE(key.contains(key.note(degree, 4)));
        EXPECT_EQ(key.snap(key.note(degree, 4)), key.note(degree, 4));
      }
    }
  }
  int chromatic = 0;
  EXPECT_EQ((Key{0, Mode::Minor}.degree_of(66, &chromatic)), 3);  // f sharp: a semitone above the fourth
  EXPECT_EQ(chromatic, 1);
}

TEST(Scale, SnapTakesTheNearestAndDownWhenEqual) {
  const Key c{0, Mode::Major};
  EXPECT_EQ(c.snap(61), 60);
  EXPECT_EQ(c.snap(66), 65);
  EXPECT_EQ((Key{0, Mode::HarmonicMinor}.snap(69)), 68);  // b natural is two away
  EXPECT_EQ((Key{0, Mode::HarmonicMinor}.snap(70)), 71);
}

TEST(Scale, KeySignaturesOfTheCircleOfFifths) {
  const std::array<std::pair<const char*, int>, 16> expected{{{"C", 0},
                                                              {"G", 1},
                                                              {"D", 2},
                                                              {"A", 3},
                                                              {"E", 4},
                                                              {"B", 5},
                                                              {"F", -1},
                                                              {"Bb", -2},
                                                              {"Eb", -3},
                                                              {"Ab", -4},
                                                              {"Db", -5},
                                                              {"F minor", -4},
                                                              {"F# minor", 3},
                                                              {"C# minor", 4},
                                                              {"Eb minor", -6},
                                                              {"E phrygian dominant", 0}}};
  for (const auto& [text, sharps] : expected) EXPECT_EQ(parse_key(text).sharps(), sharps) << text;
}

TEST(Scale, KeysAreWrittenAndReadBack) {
  for (const Mode mode : kAllModes) {
    EXPECT_EQ(parse_mode(name(mode)), mode);
    for (int tonic = 0; tonic < 12; ++tonic) {
      const Key key{tonic, mode};
      EXPECT_EQ(parse_key(key.text()), key) << key.text();
      EXPECT_LE(std::abs(key.sharps()), 6);
    }
  }
  EXPECT_EQ((Key{5, Mode::Minor}.text()), "F minor");
  EXPECT_EQ((Key{6, Mode::Minor}.text()), "F# minor");
  EXPECT_EQ((Key{3, Mode::Minor}.text()), "Eb minor");
  EXPECT_EQ((Key{10, Mode::Major}.text()), "Bb major");
}

TEST(Scale, ReadsKeysAsPeopleWriteThem) {
  const std::vector<std::pair<const char*, Key>> cases{{"F# minor", {6, Mode::Minor}},
                                                       {"Dm", {2, Mode::Minor}},
                                                       {"c sharp min", {1, Mode::Minor}},
                                                       {"Eb", {3, Mode::Major}},
                                                       {"A dorian", {9, Mode::Dorian}},
                                                       {"E flat major", {3, Mode::Major}},
                                                       {"C-sharp minor", {1, Mode::Minor}},
                                                       {"B♭ Major", {10, Mode::Major}},
                                                       {"BbM", {10, Mode::Major}},
                                                       {"bbm", {10, Mode::Minor}},
                                                       {"b minor", {11, Mode::Minor}},
                                                       {"D harmonic minor", {2, Mode::HarmonicMinor}},
                                                       {"F#m", {6, Mode::Minor}},
                                                       {"Cb major", {11, Mode::Major}},
                                                       {"E aeolian", {4, Mode::Minor}},
                                                       {"G-flat", {6, Mode::Major}},
                                                       {"E Phrygian Dominant", {4, Mode::PhrygianDominant}}};
  for (const auto& [text, key] : cases) EXPECT_EQ(parse_key(text), key) << text;
}

TEST(Scale, WhatIsNoKeyIsAnError) {
  for (const char* text :
       {"", " ", "H minor", "F# blue", "minor", "Cfoo", "A dorianx", "C sharpish", "#", "Dmmm", "\xff"}) {
    EXPECT_THROW((void)parse_key(text), Error) << text;
  }
  EXPECT_THROW((void)parse_mode("sad"), Error);
}

}  // namespace
}  // namespace figment::score
