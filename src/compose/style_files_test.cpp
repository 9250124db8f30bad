// Every file in styles/ is loaded and asked what its genre would ask.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "compose/style.h"
#include "compose/style_words.h"
#include "compose/test_data.h"
#include "score/chord.h"

namespace figment::compose {
namespace {

using testing::kData;

const std::vector<std::shared_ptr<const Style>>& styles() {
  static const auto all = [] {
    std::vector<std::shared_ptr<const Style>> out;
    for (const StyleInfo& info : list_styles(kData)) out.push_back(load_style(kData, info.id));
    return out;
  }();
  return all;
}

const Style& style(const std::string& id) {
  for (const auto& s : styles())
    if (s->id == id) return *s;
  throw Error(ErrorCode::NotFound, "no style " + id);
}

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_drums(const std::string& role) {
  return role == "kick" || role == "snare" || role == "hats" || role == "percussion";
}

bool has_drums(const Style& s) {
  return std::any_of(s.tracks.begin(), s.tracks.end(), [](const auto& t) { return is_drums(t.role) && t.chance > 0; });
}

double energy_of(const Style& s, const FormSection& section) {
  return section.energy >= 0 ? section.energy : s.energy.at(section.kind);
}

// Hits at a step of the groove's first bar by any of these drums, surely there.
bool hits(const Groove& g, std::size_t step, const std::vector<std::string>& drums, double loud = 0.5) {
  return std::any_of(drums.begin(), drums.end(), [&](const std::string& drum) {
    const auto line = g.lines.find(drum);
    return line != g.lines.end() && step < line->second.size() && line->second[step].probability >= 1 &&
           line->second[step].velocity > loud;
  });
}

const std::vector<std::string> kBackbeat{"snare", "snare2", "clap", "rim", "snap"};

TEST(StyleFiles, ThereIsOneForEveryGenreTheReaderKnows) {
  EXPECT_GE(styles().size(), 60U);
  for (const char* id :
       {"trap",      "drill",         "boom-bap",  "lofi",      "house",     "deep-house", "techno",     "acid",
        "trance",    "drum-and-bass", "jungle",    "dubstep",   "uk-garage", "breakbeat",  "synthwave",  "ambient",
        "downtempo", "trip-hop",      "reggaeton", "afrobeats", "dancehall", "pop",        "rock",       "metal",
        "punk",      "funk",          "disco",     "soul",      "jazz",      "blues",      "bossa-nova", "country",
        "folk",      "orchestral",    "cinematic", "chiptune",  "hyperpop"})
    EXPECT_NO_THROW((void)style(id)) << id;
}

TEST(StyleFiles, EveryChordParsesInEveryModeOfItsStyle) {
  for (const auto& s : styles())
    for (const Progression& p : s->harmony.progressions)
      for (const auto& mode : s->modes)
        for (const std::string& numeral : p.numerals)
          EXPECT_NO_THROW((void)score::parse_roman(numeral, score::Key{9, mode.value})) << s->id << " " << numeral;
}

TEST(StyleFiles, EverySectionHasChordsInEveryMode) {
  for (const auto& s : styles())
    for (const auto& mode : s->modes)
      for (const auto& form : s->forms)
        for (const FormSection& section : form.value) {
          const int minor = score::minor_third(mode.value) ? 1 : 0;
          const bool any =
              std::any_of(s->harmony.progressions.begin(), s->harmony.progressions.end(), [&](const Progression& p) {
                return (p.kinds.empty() || has(p.kinds, section.kind)) && (p.minor < 0 || p.minor == minor);
              });
          EXPECT_TRUE(any) << s->id << ": " << section.kind << " in " << score::name(mode.value);
        }
}

TEST(StyleFiles, EveryStyleHasContrastAndAChoiceOfForms) {
  for (const auto& s : styles()) {
    EXPECT_GE(s->forms.size(), 2U) << s->id;
    for (const auto& form : s->forms) {
      std::set<std::string> kinds;
      double low = 1, high = 0;
      for (const FormSection& section : form.value) {
        kinds.insert(section.kind);
        low = std::min(low, energy_of(*s, section));
        high = std::max(high, energy_of(*s, section));
      }
      EXPECT_TRUE(kinds.contains("verse") || kinds.contains("drop")) << s->id;
      EXPECT_GE(kinds.size(), 3U) << s->id;
      EXPECT_GE(high - low, 0.25) << s->id << ": nothing rises";
    }
  }
}

// A form lasts about as long as the style says, so that a song without a wish needs no violence to fit.
TEST(StyleFiles, FormsLastAboutTheUsualLength) {
  for (const auto& s : styles())
    for (const auto& form : s->forms) {
      int bars = 0;
      for (const FormSection& section : form.value) bars += section.bars;
      const double seconds = bars * s->metres[0].value.bar().value * 60 / s->usual.value;
      EXPECT_GT(seconds, 0.5 * s->usual_length.value) << s->id << " " << bars << " bars";
      EXPECT_LT(seconds, 1.7 * s->usual_length.value) << s->id << " " << bars << " bars";
    }
}

TEST(StyleFiles, EverySectionWithDrumsHasAGroove) {
  for (const auto& s : styles()) {
    if (!has_drums(*s)) continue;
    EXPECT_GE(s->grooves.size(), 2U) << s->id;
    for (const auto& form : s->forms)
      for (const FormSection& section : form.value) {
        const double energy = energy_of(*s, section);
        const bool drums_play = std::any_of(s->tracks.begin(), s->tracks.end(), [&](const TrackTemplate& t) {
          return (t.role == "kick" || t.role == "snare") && t.chance > 0.5 && energy >= t.lowest_energy &&
                 energy <= t.highest_energy && !has(t.out, section.kind);
        });
        if (!drums_play) continue;
        const bool any = std::any_of(s->grooves.begin(), s->grooves.end(), [&](const Groove& g) {
          return g.metre == s->metres[0].value && (g.kinds.empty() || has(g.kinds, section.kind)) &&
                 energy >= g.lowest_energy && energy <= g.highest_energy;
        });
        EXPECT_TRUE(any) << s->id << ": " << section.kind << " at " << energy;
      }
  }
}

TEST(StyleFiles, EveryDrumLineHasAPlayer) {
  for (const auto& s : styles()) {
    std::set<std::string> players;
    for (const TrackTemplate& t : s->tracks)
      if (t.chance > 0) players.insert(t.role);
    for (const auto* grooves : {&s->grooves, &s->fills})
      for (const Groove& g : *grooves)
        for (const auto& [drum, line] : g.lines) {
          if (s->id == "ambient") continue;  // its few drums are thinned on purpose: no snare or hat player
          EXPECT_TRUE(players.contains(std::string(drum_role(drum)))) << s->id << " " << g.name << ": " << drum;
        }
  }
}

// A line of many equal hits is a machine gun.
TEST(StyleFiles, HatsBreathe) {
  for (const auto& s : styles())
    for (const Groove& g : s->grooves)
      for (const auto& [drum, line] : g.lines) {
        if (!drum.starts_with("hat_closed") && drum != "shaker") continue;
        std::set<double> velocities;
        std::size_t count = 0;
        for (const GrooveStep& step : line) {
          if (step.probability <= 0) continue;
          ++count;
          velocities.insert(step.velocity * step.probability + (step.roll ? 10 : 0));
        }
        const auto per_bar = count / static_cast<std::size_t>(g.bars);
        EXPECT_TRUE(per_bar <= 8 || velocities.size() >= 2U) << s->id << " " << g.name << " " << drum;
      }
}

TEST(StyleFiles, BandsAreOfAGoodSize) {
  for (const auto& s : styles()) {
    std::size_t sure = 0;
    for (const TrackTemplate& t : s->tracks) sure += t.chance >= 0.5 ? 1 : 0;
    EXPECT_GE(sure, 3U) << s->id;
    EXPECT_LE(s->tracks.size(), 16U) << s->id;
    const bool bass = std::any_of(s->tracks.begin(), s->tracks.end(), [](const auto& t) { return t.role == "bass"; });
    EXPECT_TRUE(bass) << s->id;
  }
}

// The ground of every mix: the lows belong to kick and bass.
TEST(StyleFiles, EverythingButKickAndBassIsLowCut) {
  for (const auto& s : styles())
    for (const TrackTemplate& t : s->tracks) {
      if (t.role == "kick" || t.role == "bass") continue;
      const bool cut = std::any_of(t.effects.begin(), t.effects.end(), [](const song::Effect& e) {
        return e.type == "eq" && e.parameters.contains("low_cut_hz") && e.parameters.at("low_cut_hz") >= 30;
      });
      EXPECT_TRUE(cut) << s->id << " " << t.id;
    }
}

TEST(StyleFiles, KickAndBassStayDryInDanceMusic) {
  for (const auto& s : styles()) {
    const bool dance = s->family == "house" || s->family == "techno" || s->family == "trance" || s->family == "bass" ||
                       s->family == "hip-hop";
    if (!dance) continue;
    for (const TrackTemplate& t : s->tracks) {
      if (t.role != "kick" && t.role != "bass") continue;
      for (const song::Send& send : t.sends) EXPECT_NE(send.to, "reverb") << s->id << " " << t.id;
      EXPECT_EQ(t.pan, 0) << s->id << " " << t.id;
    }
  }
}

// ---- What the genres are known by ----------------------------------------------------------------------------------

// Usual tempi as encyclopedias of the genres give them (quarter notes a minute, the faster count where two are usual).
TEST(StyleFiles, TempiAreThoseOfTheGenre) {
  struct Range {
    const char* id;
    double low, high;
  };
  for (const Range& r : {Range{"house", 115, 130},      Range{"deep-house", 110, 125},
                         Range{"tech-house", 120, 130}, Range{"progressive-house", 122, 130},
                         Range{"techno", 120, 150},     Range{"dub-techno", 110, 130},
                         Range{"trance", 125, 150},     Range{"psytrance", 135, 150},
                         Range{"hardstyle", 145, 160},  Range{"drum-and-bass", 165, 185},
                         Range{"jungle", 150, 170},     Range{"dubstep", 132, 142},
                         Range{"uk-garage", 128, 135},  Range{"trap", 110, 150},
                         Range{"drill", 138, 146},      Range{"boom-bap", 80, 100},
                         Range{"lofi", 60, 90},         Range{"trip-hop", 60, 110},
                         Range{"synthwave", 80, 120},   Range{"reggaeton", 85, 105},
                         Range{"amapiano", 108, 116},   Range{"dancehall", 90, 110},
                         Range{"reggae", 60, 90},       Range{"disco", 110, 130},
                         Range{"punk", 140, 220},       Range{"bossa-nova", 110, 140},
                         Range{"waltz", 84, 190},       Range{"lullaby", 50, 90}})
    EXPECT_TRUE(style(r.id).usual >= Bpm{r.low} && style(r.id).usual <= Bpm{r.high})
        << r.id << " " << style(r.id).usual.value;
}

TEST(StyleFiles, FourOnTheFloorIsOnAllFour) {
  for (const char* id : {"house", "deep-house", "tech-house", "progressive-house", "trance", "psytrance", "disco",
                         "eurodance", "hardstyle", "dub-techno", "acid"}) {
    int loud = 0;
    for (const Groove& g : style(id).grooves) {
      const auto kick = g.lines.find("kick");
      if (kick == g.lines.end() || has(g.kinds, "breakdown")) continue;
      ++loud;
      for (std::size_t beat = 0; beat < 4; ++beat)
        EXPECT_TRUE(hits(g, beat * 4, {"kick"})) << id << " " << g.name << " beat " << beat + 1;
    }
    EXPECT_GE(loud, 2) << id;
  }
}

TEST(StyleFiles, HalfTimeHasItsBackbeatOnThree) {
  for (const auto& s : styles()) {
    if (!s->half_time) continue;
    for (const Groove& g : s->grooves) {
      if (has(g.kinds, "build")) continue;  // snare climbs have no backbeat
      EXPECT_TRUE(hits(g, 8, kBackbeat)) << s->id << " " << g.name;
      EXPECT_FALSE(hits(g, 4, {"snare", "clap"}, 0.7)) << s->id << " " << g.name;
      EXPECT_FALSE(hits(g, 12, {"snare", "clap"}, 0.9)) << s->id << " " << g.name;
    }
  }
  for (const char* id : {"trap", "drill", "dubstep"}) EXPECT_TRUE(style(id).half_time) << id;
}

TEST(StyleFiles, BackbeatsAreOnTwoAndFour) {
  for (const char* id : {"house", "boom-bap", "lofi", "synthwave", "breakbeat", "drum-and-bass", "uk-garage", "disco"})
    for (const Groove& g : style(id).grooves) {
      const bool snare = g.lines.contains("snare") || g.lines.contains("clap");
      if (!snare || has(g.kinds, "build") || has(g.kinds, "breakdown")) continue;
      EXPECT_TRUE(hits(g, 4, kBackbeat) && hits(g, 12, kBackbeat)) << id << " " << g.name;
    }
}

TEST(StyleFiles, TheDembowIsThreeThreeTwo) {
  const Groove& g = style("reggaeton").grooves[0];
  for (const std::size_t step : {3U, 6U, 11U, 14U}) EXPECT_TRUE(hits(g, step, {"snare"})) << step;
  for (const std::size_t step : {0U, 4U, 8U, 12U}) {
    EXPECT_TRUE(hits(g, step, {"kick"})) << step;
    EXPECT_FALSE(hits(g, step, {"snare"})) << step;
  }
}

TEST(StyleFiles, TheOneDropDropsTheOne) {
  const Groove& g = style("reggae").grooves[0];
  EXPECT_EQ(g.name, "one drop");
  EXPECT_FALSE(hits(g, 0, {"kick"}));
  EXPECT_TRUE(hits(g, 8, {"kick"}));
  EXPECT_TRUE(hits(g, 8, kBackbeat));
}

TEST(StyleFiles, TwoStepLeavesOutTheThirdBeatsKick) {
  const Groove& garage = style("uk-garage").grooves[0];
  EXPECT_EQ(garage.name, "two-step");
  EXPECT_TRUE(hits(garage, 0, {"kick"}));
  EXPECT_FALSE(hits(garage, 8, {"kick"}));
  const Groove& dnb = style("drum-and-bass").grooves[0];
  EXPECT_TRUE(hits(dnb, 0, {"kick"}) && hits(dnb, 10, {"kick"})) << "the break's second kick is late";
  EXPECT_FALSE(hits(dnb, 8, {"kick"}));
}

TEST(StyleFiles, BossaAndSalsaKeepTheClave) {
  // The bossa clave: three then two, the last of the two late.
  const std::set<std::size_t> bossa{0, 3, 6, 10, 13, 18, 21, 24, 27, 30};
  const auto& rim = style("bossa-nova").grooves[0].lines.at("rim");
  std::size_t in_common = 0, all = 0;
  for (std::size_t i = 0; i < rim.size(); ++i) {
    if (rim[i].probability <= 0) continue;
    ++all;
    in_common += bossa.contains(i) ? 1 : 0;
  }
  EXPECT_GE(in_common, 9U);
  EXPECT_GE(all, 9U);
  const auto& claves = style("latin").grooves[0].lines.at("claves");
  for (const std::size_t step : {0U, 3U, 6U}) EXPECT_GT(claves[step].probability, 0) << "the three side";
}

TEST(StyleFiles, JazzRidesAndClosesTheHatOnTwoAndFour) {
  const Style& jazz = style("jazz");
  EXPECT_GE(jazz.swing, 0.6);
  EXPECT_EQ(jazz.swing_unit, 8);
  const Groove& g = jazz.grooves[0];
  ASSERT_EQ(g.steps_per_beat, 2);
  for (const std::size_t beat : {0U, 1U, 2U, 3U}) EXPECT_TRUE(hits(g, beat * 2, {"ride"})) << beat;
  EXPECT_TRUE(hits(g, 3, {"ride"}) && hits(g, 7, {"ride"})) << "the skip before one and three";
  EXPECT_TRUE(hits(g, 2, {"hat_pedal"}) && hits(g, 6, {"hat_pedal"}));
  EXPECT_EQ(std::find_if(jazz.tracks.begin(), jazz.tracks.end(), [](const auto& t) { return t.role == "bass"; })
                ->part.pattern,
            "walking");
}

TEST(StyleFiles, TheBluesHasTwelveBars) {
  const Style& blues = style("blues");
  for (const Progression& p : blues.harmony.progressions) {
    if (!has(p.kinds, "verse")) continue;
    EXPECT_DOUBLE_EQ(static_cast<double>(p.numerals.size()) * p.each.value, 48) << p.numerals[0];
    const auto root = [&](std::size_t bar) {
      return score::parse_roman(p.numerals[bar], score::Key{0, score::Mode::Mixolydian}).root;
    };
    EXPECT_EQ(root(0), 0);
    EXPECT_EQ(root(4), 5) << "the fourth bar of the second line goes to IV";
    EXPECT_EQ(root(10), 0);
  }
  for (const auto& form : blues.forms)
    for (const FormSection& section : form.value)
      EXPECT_TRUE((section.kind != "verse" && section.kind != "solo") || section.bars % 12 == 0) << section.bars;
}

TEST(StyleFiles, TheWaltzIsInThree) {
  const Style& waltz = style("waltz");
  ASSERT_EQ(waltz.metres.size(), 1U);
  EXPECT_EQ(waltz.metres[0].value, (score::Metre{3, 4}));
  for (const Groove& g : waltz.grooves) {
    EXPECT_TRUE(hits(g, 0, {"kick"})) << g.name;
    EXPECT_TRUE(hits(g, 4, {"snare"}) && hits(g, 8, {"snare"})) << g.name;
    EXPECT_FALSE(hits(g, 4, {"kick"}) || hits(g, 8, {"kick"})) << g.name;
  }
}

TEST(StyleFiles, DiscoBassPlaysOctavesAndHouseBassAnswersTheKick) {
  const auto bass = [](const char* id) -> const TrackTemplate& {
    const Style& s = style(id);
    return *std::find_if(s.tracks.begin(), s.tracks.end(), [](const auto& t) { return t.role == "bass"; });
  };
  EXPECT_EQ(bass("disco").part.pattern, "octaves");
  EXPECT_EQ(bass("house").part.pattern, "offbeat");
  EXPECT_EQ(bass("trap").part.pattern, "808");
  EXPECT_GT(bass("trap").part.slide, 0.2);
  EXPECT_EQ(bass("drum-and-bass").part.pattern, "reese");
  EXPECT_EQ(bass("acid").part.pattern, "acid");
  EXPECT_EQ(bass("latin").part.pattern, "tumbao");
  // The kick pumps it.
  for (const char* id : {"house", "techno", "trance", "trap", "drum-and-bass"})
    EXPECT_TRUE(std::any_of(bass(id).effects.begin(), bass(id).effects.end(), [](const song::Effect& e) {
      return e.type == "ducker" && e.key == "kick";
    })) << id;
}

TEST(StyleFiles, QuietStylesHaveNoDrums) {
  EXPECT_FALSE(has_drums(style("classical-piano")));
  EXPECT_FALSE(has_drums(style("lullaby")));
}

}  // namespace
}  // namespace figment::compose
