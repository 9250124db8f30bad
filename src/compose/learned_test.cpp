#include "compose/learned.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "score/chord.h"

namespace figment::compose {
namespace {

constexpr Corpus all_corpora[] = {Corpus::Pop, Corpus::Folk, Corpus::Chorale};
constexpr Tonality both[] = {Tonality::Major, Tonality::Minor};
constexpr const char* metres[] = {"4/4", "2/4", "3/4", "6/8", "7/8"};

const Learned& tables() {
  static const std::shared_ptr<const Learned> learned =
      load_learned(std::filesystem::path(FIGMENT_SOURCE_DIR) / "data");
  return *learned;
}

template <class List>
double total(const List& list) {
  double sum = 0;
  for (const auto& entry : list) {
    if constexpr (requires { entry.probability; })
      sum += entry.probability;
    else
      sum += entry;
  }
  return sum;
}

// ---- Terms -------------------------------------------------------------------------------------------------------

TEST(LearnedTerms, BeatsAreFeltAsMusiciansCountThem) {
  EXPECT_EQ(beat_strength("4/4", 0), BeatStrength::Strong);
  EXPECT_EQ(beat_strength("4/4", 8), BeatStrength::Strong);
  EXPECT_EQ(beat_strength("4/4", 4), BeatStrength::Medium);
  EXPECT_EQ(beat_strength("4/4", -4), BeatStrength::Medium);
  EXPECT_EQ(beat_strength("4/4", 18), BeatStrength::Weak);
  EXPECT_EQ(beat_strength("3/4", 4), BeatStrength::Medium);
  EXPECT_EQ(beat_strength("3/4", 12), BeatStrength::Strong);
  EXPECT_EQ(beat_strength("6/8", 6), BeatStrength::Strong);
  EXPECT_EQ(beat_strength("6/8", 4), BeatStrength::Weak);
}

TEST(LearnedTerms, ScaleStepsIgnoreAlterations) {
  EXPECT_EQ(diatonic_steps(0, 12, Tonality::Major), 7);
  EXPECT_EQ(diatonic_steps(0, -1, Tonality::Major), -1);
  EXPECT_EQ(diatonic_steps(4, 7, Tonality::Major), 2);
  EXPECT_EQ(diatonic_steps(0, -1, Tonality::Minor), -1);  // raised seventh
  EXPECT_EQ(diatonic_steps(0, -2, Tonality::Minor), -1);  // natural seventh
  EXPECT_EQ(diatonic_steps(-13, 14, Tonality::Major), 16);
  EXPECT_TRUE(scale_place(11, Tonality::Minor).diatonic);
  EXPECT_FALSE(scale_place(4, Tonality::Minor).diatonic);
  EXPECT_EQ(scale_place(-1, Tonality::Major).degree, 6);
}

TEST(LearnedTerms, NumeralsAreThoseTheScoreReads) {
  for (const Tonality tonality : both) {
    const score::Key key{9, tonality == Tonality::Major ? score::Mode::Major : score::Mode::Minor};
    for (const WeightedChord& entry : tables().chords(Corpus::Pop, tonality)) {
      const std::string text = numeral(entry.chord, tonality);
      const score::Chord read = score::parse_roman(text, key);
      EXPECT_EQ(read.root, (9 + entry.chord.root) % 12) << text;
      const auto wanted = tones(entry.chord.kind);
      EXPECT_EQ(read.intervals, std::vector<int>(wanted.begin(), wanted.end())) << text;
    }
  }
}

// ---- Melody ------------------------------------------------------------------------------------------------------

double moves(Corpus corpus, Approach previous, int low, int high) {
  double sum = 0;
  for (int interval = low; interval <= high; ++interval) {
    for (const BeatStrength strength : {BeatStrength::Strong, BeatStrength::Medium, BeatStrength::Weak}) {
      for (const ToneKind kind : {ToneKind::ChordTone, ToneKind::Diatonic}) {
        sum += tables().melody_step_weight(corpus, previous, interval, strength, kind);
      }
    }
  }
  return sum;
}

TEST(LearnedMelody, AfterALeapItTurnsBack) {
  // Post-skip reversal: the best known regularity of melodies everywhere.
  for (const Corpus corpus : all_corpora) {
    EXPECT_GT(moves(corpus, Approach::LeapUp, -7, -1), 2 * moves(corpus, Approach::LeapUp, 1, 7));
    EXPECT_GT(moves(corpus, Approach::LeapDown, 1, 7), 2 * moves(corpus, Approach::LeapDown, -7, -1));
  }
}

TEST(LearnedMelody, StepsAreCommonerThanLeaps) {
  for (const Corpus corpus : all_corpora) {
    for (const Approach previous : {Approach::StepUp, Approach::StepDown, Approach::Repeat}) {
      EXPECT_GT(moves(corpus, previous, -1, 1), 2 * (moves(corpus, previous, -7, -3) + moves(corpus, previous, 3, 7)));
    }
  }
}

TEST(LearnedMelody, StepwiseMotionGoesOnInItsDirection) {
  // Within the folk dances; pop turns round neighbour notes as often.
  EXPECT_GT(moves(Corpus::Folk, Approach::StepUp, 1, 2), moves(Corpus::Folk, Approach::StepUp, -2, -1));
  EXPECT_GT(moves(Corpus::Folk, Approach::StepDown, -2, -1), moves(Corpus::Folk, Approach::StepDown, 1, 2));
}

TEST(LearnedMelody, StrongBeatsPreferChordTonesMoreThanWeakOnesDo) {
  for (const Corpus corpus : {Corpus::Pop, Corpus::Folk}) {
    const auto weight = [&](Approach previous, int interval, BeatStrength strength, ToneKind kind) {
      return tables().melody_step_weight(corpus, previous, interval, strength, kind);
    };
    for (const Approach previous : {Approach::StepUp, Approach::StepDown, Approach::Repeat}) {
      double strong = 0, weak = 0;
      for (const int step : {-1, 1}) {
        const auto preference = [&](BeatStrength strength) {
          return weight(previous, step, strength, ToneKind::ChordTone) /
                 weight(previous, step, strength, ToneKind::Diatonic);
        };
        EXPECT_GT(preference(BeatStrength::Strong), 1.2);
        EXPECT_GT(weight(previous, step, BeatStrength::Strong, ToneKind::Diatonic),
                  10 * weight(previous, step, BeatStrength::Strong, ToneKind::Chromatic));
        strong += preference(BeatStrength::Strong);
        weak += preference(BeatStrength::Weak);
      }
      EXPECT_GT(strong, weak);
    }
  }
}

TEST(LearnedMelody, LeadingNotesRiseAndFourthsFallInMajor) {
  for (const Corpus corpus : all_corpora) {
    const auto liking = [corpus](int from, int to) {
      return tables().degree_weight(corpus, Tonality::Major, from, to);
    };
    for (int to = 1; to < 7; ++to) EXPECT_GT(liking(6, 0), liking(6, to)) << to;
    EXPECT_GT(liking(3, 2), liking(3, 4));
    EXPECT_GT(liking(3, 2), 1.3);
    for (int from = 0; from < 7; ++from) {
      double mean = 0;
      for (int to = 0; to < 7; ++to) mean += liking(from, to) / 7;
      EXPECT_NEAR(mean, 1.0, 0.01);
    }
    EXPECT_EQ(liking(-1, 7), liking(6, 0));
  }
}

TEST(LearnedMelody, PopIsHalfPentatonic) {
  for (const int from : {0, 1, 2, 4, 5}) {
    for (const int shunned : {3, 6}) {
      EXPECT_LT(tables().degree_weight(Corpus::Pop, Tonality::Major, from, shunned), 0.5);
    }
  }
}

TEST(LearnedMelody, EveryWeightCanBeDrawnFrom) {
  for (const Corpus corpus : all_corpora) {
    for (std::size_t previous = 0; previous < approach_count; ++previous) {
      for (const BeatStrength strength : {BeatStrength::Strong, BeatStrength::Medium, BeatStrength::Weak}) {
        double largest = 0;
        for (int interval = -7; interval <= 7; ++interval) {
          for (const ToneKind kind : {ToneKind::ChordTone, ToneKind::Diatonic, ToneKind::Chromatic}) {
            const double weight =
                tables().melody_step_weight(corpus, static_cast<Approach>(previous), interval, strength, kind);
            EXPECT_GT(weight, 0.0);
            largest = std::max(largest, weight);
          }
        }
        EXPECT_EQ(largest, 1.0);
      }
    }
    EXPECT_EQ(tables().melody_step_weight(corpus, Approach::None, 8, BeatStrength::Weak, ToneKind::ChordTone), 0.0);
  }
}

// ---- Rhythm ------------------------------------------------------------------------------------------------------

TEST(LearnedRhythm, BarsFitTheirMetreAndProbabilitiesSumToOne) {
  for (const Corpus corpus : all_corpora) {
    for (const char* metre : metres) {
      const auto bars = tables().bar_rhythms(corpus, metre);
      const std::string_view name = metre;
      const int slots = name == "2/4" ? 8 : name == "3/4" || name == "6/8" ? 12 : 16;
      ASSERT_GE(bars.size(), 10U);
      EXPECT_NEAR(total(bars), 1.0, 1e-9);
      for (std::size_t i = 0; i < bars.size(); ++i) {
        EXPECT_LT(bars[i].onsets.back(), slots);
        EXPECT_TRUE(std::is_sorted(bars[i].onsets.begin(), bars[i].onsets.end(), std::less_equal<>()));
        if (i > 0) {
          EXPECT_GE(bars[i - 1].probability, bars[i].probability);
        }
      }
      for (int slot = 0; slot < slots; ++slot) {
        for (unsigned before = 0; before < 8; ++before) {
          const double p = tables().onset_probability(corpus, metre, slot, before);
          EXPECT_TRUE(p >= 0.0 && p <= 1.0);
        }
      }
    }
    const RhythmSources sources = tables().rhythm_sources(corpus);
    EXPECT_NEAR(sources.lag1 + sources.lag2 + sources.lag4 + sources.lag8 + sources.fresh, 1.0, 1e-9);
  }
}

TEST(LearnedRhythm, PhrasesRunInTheirMiddleAndRestAtTheirEnd) {
  for (const Corpus corpus : {Corpus::Pop, Corpus::Folk}) {
    for (const char* metre : metres) {
      const auto mean_onsets = [&](BarPlace place) {
        const auto bars = tables().bar_rhythms(corpus, metre, place);
        EXPECT_NEAR(total(bars), 1.0, 1e-9);
        double onsets = 0;
        for (const BarRhythm& bar : bars) onsets += bar.probability * static_cast<double>(bar.onsets.size());
        return onsets;
      };
      EXPECT_GT(mean_onsets(BarPlace::Inside), 1.3 * mean_onsets(BarPlace::Closing)) << metre;
      EXPECT_GT(mean_onsets(BarPlace::Opening), mean_onsets(BarPlace::Closing)) << metre;
      // The last note comes early enough to rest on: the bar's last quarter is free of onsets more often than not.
      const auto closing = tables().bar_rhythms(corpus, metre, BarPlace::Closing);
      EXPECT_LT(closing[0].onsets.back(), 12);
    }
  }
}

TEST(LearnedRhythm, AJigIsAJigAndAWaltzIsAWaltz) {
  const auto commonest = [](Corpus corpus, const char* metre) { return tables().bar_rhythms(corpus, metre)[0].onsets; };
  EXPECT_EQ(commonest(Corpus::Folk, "6/8"), (std::vector<int>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(commonest(Corpus::Folk, "3/4"), (std::vector<int>{0, 4, 8}));
  EXPECT_EQ(commonest(Corpus::Folk, "4/4"), (std::vector<int>{0, 2, 4, 6, 8, 10, 12, 14}));  // a reel
}

TEST(LearnedRhythm, NotesStartOnBeatsRatherThanBetween) {
  for (const Corpus corpus : {Corpus::Pop, Corpus::Folk}) {
    for (int beat = 0; beat < 16; beat += 4) {
      EXPECT_GT(tables().onset_probability(corpus, "4/4", beat, 0),
                tables().onset_probability(corpus, "4/4", beat + 1, 0));
      EXPECT_GT(tables().onset_probability(corpus, "4/4", beat, 0),
                tables().onset_probability(corpus, "4/4", beat + 3, 0));
    }
  }
  // Pop sings in sixteenths and across the beat; dance tunes keep to their eighths.
  EXPECT_GT(tables().onset_probability(Corpus::Pop, "4/4", 7, 2),
            10 * tables().onset_probability(Corpus::Folk, "4/4", 7, 2));
}

TEST(LearnedRhythm, BarsRepeatOtherBarsAndTheTuneComesBackWithTheLongestOne) {
  for (const Corpus corpus : {Corpus::Pop, Corpus::Folk}) {
    EXPECT_GT(1.0 - tables().rhythm_sources(corpus).fresh, 0.3);
    for (const auto& [shorter, longer] : {std::pair{1, 2}, {2, 4}, {4, 8}}) {
      EXPECT_LT(tables().pitch_follows_rhythm(corpus, shorter), tables().pitch_follows_rhythm(corpus, longer));
    }
  }
}

TEST(LearnedRhythm, SungNotesFillMostOfTheirTime) {
  for (int slots = 1; slots <= 16; ++slots) {
    const Articulation sung = tables().articulation(Corpus::Pop, slots);
    EXPECT_GT(sung.mean, 0.6);
    EXPECT_LE(sung.mean, 1.0);
    EXPECT_EQ(tables().articulation(Corpus::Folk, slots).mean, 1.0);
  }
}

// ---- Phrases -----------------------------------------------------------------------------------------------------

TEST(LearnedPhrases, DistributionsSumToOne) {
  for (const Corpus corpus : all_corpora) {
    for (const Tonality tonality : both) {
      const PhraseStatistics& phrases = tables().phrases(corpus, tonality);
      for (const double sum : {total(phrases.half_bars), total(phrases.apex), total(phrases.range),
                               total(phrases.start_degree), total(phrases.inner_degree), total(phrases.final_degree)}) {
        EXPECT_NEAR(sum, 1.0, 1e-9);
      }
    }
    EXPECT_NEAR(total(tables().contour_prototypes(corpus)), 1.0, 1e-9);
    EXPECT_GE(tables().contour_prototypes(corpus).size(), 8U);
  }
}

TEST(LearnedPhrases, TunesEndOnTheTonic) {
  for (const Corpus corpus : all_corpora) {
    for (const Tonality tonality : both) {
      const auto& final = tables().phrases(corpus, tonality).final_degree;
      const auto& inner = tables().phrases(corpus, tonality).inner_degree;
      EXPECT_GT(final[0], 0.5);
      EXPECT_GT(final[0], inner[0]);
      EXPECT_LT(final[6], 0.05);  // nobody ends on the leading note
    }
  }
}

TEST(LearnedPhrases, OutlinesFallMoreThanTheyRise) {
  // The arch and the falling line are the commonest contours of song (Huron 1996): on average a phrase ends lower
  // than it was in its middle.
  for (const Corpus corpus : all_corpora) {
    double middle = 0, end = 0;
    for (const ContourPrototype& contour : tables().contour_prototypes(corpus)) {
      middle += contour.probability * (contour.shape[3] + contour.shape[4]) / 2;
      end += contour.probability * contour.shape[7];
    }
    EXPECT_GT(middle, end + 0.1);
  }
}

// ---- Harmony -----------------------------------------------------------------------------------------------------

constexpr KeyChord tonic{0, ChordKind::Major}, dominant{7, ChordKind::Major}, dominant7{7, ChordKind::Dominant7},
    subdominant{5, ChordKind::Major};

TEST(LearnedChords, WhatFollowsSumsToOneAndIsNeverTheSame) {
  for (const Corpus corpus : all_corpora) {
    for (const Tonality tonality : both) {
      const auto vocabulary = tables().chords(corpus, tonality);
      EXPECT_NEAR(total(vocabulary), 1.0, 1e-9);
      for (const WeightedChord& previous : vocabulary) {
        const auto first = tables().next_chord_weights(corpus, tonality, previous.chord);
        EXPECT_NEAR(total(first), 1.0, 1e-9);
        for (const WeightedChord& before : vocabulary) {
          const auto second = tables().next_chord_weights(corpus, tonality, previous.chord, before.chord);
          EXPECT_NEAR(total(second), 1.0, 1e-9);
          for (const WeightedChord& next : second) EXPECT_NE(next.chord, previous.chord);
        }
      }
    }
  }
}

TEST(LearnedChords, TheDominantGoesHome) {
  for (const Corpus corpus : all_corpora) {
    EXPECT_EQ(tables().next_chord_weights(corpus, Tonality::Major, dominant)[0].chord, tonic);
    EXPECT_EQ(tables().next_chord_weights(corpus, Tonality::Major, dominant7)[0].chord, tonic);
  }
  EXPECT_GT(tables().chord_probability(Corpus::Folk, Tonality::Major, tonic, dominant7), 0.8);
  const KeyChord minor_tonic{0, ChordKind::Minor};
  EXPECT_EQ(tables().next_chord_weights(Corpus::Chorale, Tonality::Minor, dominant)[0].chord, minor_tonic);
}

TEST(LearnedChords, TheSecondOrderKnowsMoreThanTheFirst) {
  // Coming from ii, V is a cadence and resolves; after I it may go anywhere.
  const KeyChord two{2, ChordKind::Minor};
  EXPECT_GT(tables().chord_probability(Corpus::Pop, Tonality::Major, tonic, dominant, two),
            tables().chord_probability(Corpus::Pop, Tonality::Major, tonic, dominant, tonic));
}

TEST(LearnedChords, UnknownChordsAreAnsweredByTheirRelatives) {
  const KeyChord odd{6, ChordKind::Augmented};
  EXPECT_NEAR(total(tables().next_chord_weights(Corpus::Folk, Tonality::Minor, odd)), 1.0, 1e-9);
  const auto major7 = tables().next_chord_weights(Corpus::Folk, Tonality::Major, {5, ChordKind::Major7});
  EXPECT_EQ(major7[0].chord, tables().next_chord_weights(Corpus::Folk, Tonality::Major, subdominant)[0].chord);
}

TEST(LearnedChords, LengthsAreWholeBarsOrHalves) {
  for (const Corpus corpus : all_corpora) {
    for (const char* metre : metres) EXPECT_NEAR(total(tables().chord_lengths(corpus, metre)), 1.0, 1e-9);
  }
  const auto commonest = [](Corpus corpus, const char* metre) {
    const auto lengths = tables().chord_lengths(corpus, metre);
    return std::max_element(lengths.begin(), lengths.end(),
                            [](const auto& a, const auto& b) { return a.probability < b.probability; })
        ->beats;
  };
  EXPECT_EQ(commonest(Corpus::Pop, "4/4"), 2.0);
  EXPECT_EQ(commonest(Corpus::Folk, "3/4"), 3.0);
  EXPECT_EQ(commonest(Corpus::Folk, "6/8"), 1.5);
  EXPECT_EQ(commonest(Corpus::Chorale, "4/4"), 1.0);
}

TEST(LearnedChords, LoopsFillTheirBars) {
  for (const Tonality tonality : both) {
    const auto loops = tables().chord_loops(tonality);
    ASSERT_GE(loops.size(), 10U);
    EXPECT_NEAR(total(loops), 1.0, 1e-9);
    for (const ChordLoop& loop : loops) {
      ASSERT_EQ(loop.chords.size(), loop.beats.size());
      const double beats = total(loop.beats);
      EXPECT_TRUE(beats == 8.0 || beats == 16.0);
    }
  }
  const auto holds = [](Tonality tonality, std::vector<KeyChord> chords) {
    const auto loops = tables().chord_loops(tonality);
    return std::any_of(loops.begin(), loops.end(), [&](const ChordLoop& loop) { return loop.chords == chords; });
  };
  constexpr KeyChord six{9, ChordKind::Minor};
  EXPECT_TRUE(holds(Tonality::Major, {tonic, six, subdominant, dominant}));  // the fifties' progression
  EXPECT_TRUE(holds(Tonality::Major, {tonic, dominant, six, subdominant}));  // the four chords of pop
  EXPECT_TRUE(holds(Tonality::Minor, {{0, ChordKind::Minor}, {10, ChordKind::Major}, {8, ChordKind::Major}, dominant}));
}

TEST(LearnedChords, TunesCloseWithAuthenticCadences) {
  for (const Corpus corpus : all_corpora) {
    const Cadence& final = tables().cadences(corpus, Tonality::Major, true)[0];
    EXPECT_EQ(final.chords[2], tonic);
    EXPECT_EQ(final.chords[1].root, 7);
    for (const Tonality tonality : both) {
      for (const bool last : {false, true}) EXPECT_NEAR(total(tables().cadences(corpus, tonality, last)), 1.0, 1e-9);
    }
  }
  // Bach closes minor chorales in major (the Picardy third).
  EXPECT_EQ(tables().cadences(Corpus::Chorale, Tonality::Minor, true)[0].chords[2], tonic);
}

// ---- Drums -------------------------------------------------------------------------------------------------------

TEST(LearnedDrums, FourOnTheFloorAndBackbeat) {
  const auto house = tables().drum_patterns("house");
  ASSERT_GT(house.size(), 10U);
  EXPECT_EQ(house[0]->family, "house");
  for (const std::size_t pattern : {std::size_t{0}, std::size_t{1}}) {  // the family and plain house
    EXPECT_EQ(house[pattern]->name, "house");
    for (std::size_t quarter = 0; quarter < 16; quarter += 4)
      EXPECT_GT((*house[pattern])[DrumVoice::Kick][quarter], 0.8);
  }
  const DrumPattern& breaks = *tables().drum_patterns("breakbeat").at(0);
  EXPECT_GT(breaks[DrumVoice::Snare][4], 0.6);
  EXPECT_GT(breaks[DrumVoice::Snare][12], 0.6);
  EXPECT_LT(breaks[DrumVoice::Kick][4], 0.2);
  EXPECT_GT(breaks[DrumVoice::Kick][0], 0.8);
}

TEST(LearnedDrums, OpenHatsAnswerTheKickInHouse) {
  const DrumPattern& house = *tables().drum_patterns("house").at(0);
  for (std::size_t beat = 0; beat < 16; beat += 4) {
    EXPECT_GT(house[DrumVoice::OpenHat][beat + 2], 2 * house[DrumVoice::OpenHat][beat]);
  }
}

TEST(LearnedDrums, NamesAreFoundWhollyThenInPart) {
  EXPECT_EQ(tables().drum_patterns("french house").size(), 1U);
  EXPECT_EQ(tables().drum_patterns("french").at(0)->name, "french house");
  EXPECT_EQ(tables().drum_patterns("latin").at(0)->name, "latin");
  EXPECT_TRUE(tables().drum_patterns("polka").empty());
  EXPECT_TRUE(tables().drum_patterns("").empty());
  EXPECT_GE(tables().drum_styles().size(), 40U);
}

}  // namespace
}  // namespace figment::compose
