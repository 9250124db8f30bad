// How many play: from the words to the tracks of the song.
#include "compose/ensemble.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "base/error.h"
#include "compose/composer.h"
#include "compose/drums.h"
#include "compose/test_data.h"
#include "compose/vocabulary.h"

namespace figment::compose {
namespace {

using testing::kData;
using testing::vocabulary;


Composition song_of(const std::string& prompt, std::uint64_t seed = 3) {
  return compose(read_brief(prompt, vocabulary()), seed, kData);
}

// A kit is one player, however many tracks it has.
int players(const Composition& c) {
  int count = 0;
  bool drums = false;
  for (const auto& t : c.song.tracks) {
    if (is_drum_role(t.role))
      drums = true;
    else
      ++count;
  }
  return count + (drums ? 1 : 0);
}

std::multiset<std::string> sounds(const Composition& c) {
  std::multiset<std::string> out;
  for (const auto& t : c.song.tracks)
    if (!is_drum_role(t.role)) out.insert(t.instrument);
  return out;
}

TEST(Ensemble, InEveryStyleExactlyAsManyPlay) {
  for (const auto& info : list_styles(kData)) {
    for (const int wanted : {2, 3, 4, 5}) {
      for (const int bars : {8, 40}) {
        Brief b;
        b.prompt = info.id;
        b.style = Asked<std::string>{info.id, {}};
        b.ensemble = Asked<EnsembleWish>{{"ensemble", wanted}, {}};
        b.bars = Asked<int>{bars, {}};
        const auto c = compose(b, 11, kData);
        EXPECT_EQ(players(c), wanted) << info.id << ", " << bars << " bars";
      }
    }
  }
}

TEST(Ensemble, NamedOnesHaveTheirSeats) {
  using Sounds = std::multiset<std::string>;
  EXPECT_EQ(sounds(song_of("string quartet, 24 bars")), (Sounds{"gm/violin", "gm/violin", "gm/viola", "gm/cello"}));
  EXPECT_EQ(sounds(song_of("brass quintet, 24 bars")),
            (Sounds{"gm/trumpet", "gm/trumpet", "gm/french-horn", "gm/trombone", "gm/tuba"}));
  const auto jazz = song_of("piano trio, 24 bars");
  EXPECT_EQ(jazz.song.style, "jazz");
  EXPECT_EQ(sounds(jazz), (Sounds{"gm/grand-piano", "gm/upright-bass"}));
  EXPECT_EQ(players(jazz), 3);
  EXPECT_EQ(sounds(song_of("classical piano trio, 24 bars")), (Sounds{"gm/violin", "gm/cello", "gm/grand-piano"}));
  const auto power = song_of("power trio, 24 bars");
  EXPECT_EQ(power.song.style, "rock");
  EXPECT_EQ(players(power), 3);
}

TEST(Ensemble, WhoIsNamedPlays) {
  const auto c = song_of("jazz quartet with vibraphone and trumpet, 24 bars");
  EXPECT_EQ(players(c), 4);
  EXPECT_EQ(sounds(c).count("gm/trumpet"), 1U);
  EXPECT_EQ(sounds(c).count("keys/vibes"), 1U);
}

TEST(Ensemble, APianistOfATrioPlaysTheTuneToo) {
  const auto c = song_of("jazz piano trio, 24 bars");
  for (const auto& t : c.song.tracks) {
    if (t.instrument != "gm/grand-piano") continue;
    int above = 0, below = 0;
    for (const auto& n : c.scores.at(t.id).notes) (n.pitch >= 67 ? above : below) += 1;
    EXPECT_GT(above, 20);
    EXPECT_GT(below, 20);
  }
}

TEST(Ensemble, MoreNamedThanThereAreSeatsIsAnError) {
  for (const char* prompt :
       {"trio with violin, cello, viola and harp", "duo with piano, bass and drums", "string quartet with piano",
        "trio, quartet", "string quartet, no violin", "piano trio, just piano"}) {
    try {
      (void)read_brief(prompt, vocabulary());
      ADD_FAILURE() << prompt;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InvalidArgument) << prompt;
    }
  }
  // The kit is one player; crackle and voices are none.
  EXPECT_EQ(read_brief("trio with bass, piano, kick, snare and hats", vocabulary()).ensemble->value.players, 3);
  EXPECT_EQ(read_brief("lofi duo, rhodes, bass, vinyl crackle", vocabulary()).ensemble->value.players, 2);
}

TEST(Ensemble, TheBriefSaysHowMany) {
  const std::string text = describe(read_brief("jazz trio", vocabulary()));
  EXPECT_NE(text.find("3 (trio)"), std::string::npos) << text;
  EXPECT_NE(to_json(read_brief("jazz trio", vocabulary())).find("\"players\": 3"), std::string::npos);
}

TEST(Solo, FallsOnAStyleItIsKnownFrom) {
  struct Choice {
    const char* prompt;
    std::set<std::string> styles;
  };
  const Choice cases[] = {{"hi-hat solo, 140 bpm, fast, aggressive", {"trap"}},
                        {"funk bass solo", {"funk"}},
                        {"bass solo", {"funk"}},
                        {"piano solo", {"classical-piano"}},
                        {"jazz piano solo", {"jazz"}},
                        {"guitar solo", {"rock", "folk"}},
                        {"saxophone solo", {"jazz"}},
                        {"808 solo, 140 bpm", {"trap", "drill"}},
                        {"drum solo", {"funk", "breakbeat", "rock"}},
                        {"violin solo", {"orchestral"}}};
  for (const Choice& c : cases)
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
      const auto song = song_of(std::string(c.prompt) + ", 8 bars", seed).song;
      EXPECT_TRUE(c.styles.contains(song.style)) << c.prompt << " in " << song.style;
    }
}

TEST(Solo, SoundsAsAtHome) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto song = song_of("guitar solo, 8 bars", seed).song;
    for (const auto& t : song.tracks)
      EXPECT_EQ(t.instrument, song.style == "rock" ? "gm/overdrive-guitar" : "gm/steel-guitar");
  }
}

TEST(Solo, OfHatsInTrapIsHatsAlone) {
  const auto c = song_of("2000s trap, hi-hat solo, 140 bpm, fast, aggressive");
  EXPECT_EQ(c.song.style, "trap");
  EXPECT_EQ(c.song.tempo.front().tempo.value, 140);
  ASSERT_EQ(c.song.tracks.size(), 1U);
  EXPECT_EQ(c.song.tracks.front().role, "hats");
}

}  // namespace
}  // namespace figment::compose
