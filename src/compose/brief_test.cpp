#include "compose/brief.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/random.h"
#include "compose/test_data.h"
#include "compose/vocabulary.h"

namespace figment::compose {
namespace {

using testing::vocabulary;

Brief read(std::string_view prompt) { return read_brief(prompt, vocabulary()); }

std::string plain(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

// Everything a brief asks for in one line, so that a table can state the whole of it.
std::string summary(const Brief& brief) {
  std::string out;
  const auto say = [&](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  const auto list = [&](const char* what, const std::vector<Asked<std::string>>& values) {
    std::string all;
    for (const auto& value : values) all += (all.empty() ? "" : ", ") + value.value;
    if (!all.empty()) say(std::string(what) + " " + all);
  };
  if (brief.style) say(brief.style->value);
  list("also", brief.also);
  if (brief.tempo) say(plain(brief.tempo->value.value) + " bpm");
  if (brief.half_time) say("half-time");
  if (brief.double_time) say("double-time");
  if (brief.tonic) say(score::Key{brief.tonic->value, brief.mode->value}.text());
  if (!brief.tonic && brief.mode) say(std::string(name(brief.mode->value)));
  if (brief.metre) say(brief.metre->value.text());
  if (brief.length) say(plain(brief.length->value.value) + " s");
  if (brief.bars) say(std::to_string(brief.bars->value) + " bars");
  list("mood", brief.moods);
  if (brief.era) say(brief.era->value);
  if (brief.ensemble) say(std::to_string(brief.ensemble->value.players) + " players");
  if (brief.only) say("only " + brief.only->value);
  std::string with;
  for (const auto& asked : brief.with) {
    with += with.empty() ? "" : ", ";
    for (const std::string& trait : asked.value.traits) with += trait + " ";
    with += asked.value.name + (asked.value.preset.empty() ? "" : " = " + asked.value.preset);
  }
  if (!with.empty()) say("with " + with);
  list("without", brief.without);
  std::string sections;
  for (const auto& asked : brief.structure) {
    sections += (sections.empty() ? "" : " ") + asked.value.kind;
    if (asked.value.bars) sections += "*" + std::to_string(*asked.value.bars);
    if (asked.value.bar) sections += "@" + std::to_string(*asked.value.bar);
    if (asked.value.at) sections += "@" + plain(asked.value.at->value) + "s";
  }
  if (!sections.empty()) say((brief.whole_structure ? "form " : "section ") + sections);
  list("made", brief.production);
  if (brief.swing) say("swing " + plain(brief.swing->value));
  if (brief.vocals) say("voice " + brief.vocals->value);
  if (brief.topic) say("about " + brief.topic->value);
  if (brief.loudness) say("loud " + brief.loudness->value);
  std::string unknown;
  for (const Words& words : brief.not_understood) unknown += (unknown.empty() ? "" : " | ") + words.text;
  if (!unknown.empty()) say("? " + unknown);
  return out;
}

struct Case {
  const char* prompt;
  const char* expected;
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    try {
      EXPECT_EQ(summary(read(c.prompt)), c.expected) << c.prompt;
    } catch (const Error& e) {
      ADD_FAILURE() << c.prompt << ": " << e.what();
    }
  }
}

TEST(Brief, WholePrompts) {
  expect_all({
      {"melancholic 2000s trap, 140 bpm, F minor, dark bells, sliding 808, about 2 minutes",
       "trap; 140 bpm; F minor; 120 s; mood melancholic; 2000s; with dark bells = keys/dark-bells, sliding 808 = "
       "bass/808"},
      {"lofi hip hop, 82 bpm, rainy night, soft felt piano, vinyl crackle, 2 minutes",
       "lofi; 82 bpm; 120 s; mood rainy; with felt piano = keys/felt, vinyl crackle = fx/vinyl"},
      {"dark drill 142bpm C# minor sliding 808s no melody",
       "drill; 142 bpm; C# minor; mood dark; with sliding 808 = bass/808; without lead"},
      {"Deep House at 122, warm pads, in Am, 64 bars",
       "deep-house; 122 bpm; A minor; 64 bars; with warm pad = pad/warm"},
      {"drum & bass 174 BPM reese bass F# minor", "drum-and-bass; 174 bpm; F# minor; with reese = bass/reese"},
      {"acid techno 135 bpm 303 line, hypnotic, 3:30",
       "acid; 135 bpm; 210 s; mood hypnotic; with acid bass = bass/acid"},
      {"uplifting trance, 138bpm, Bm, supersaw lead, drop at 1:30",
       "trance; 138 bpm; B minor; mood uplifting; with supersaw = lead/supersaw; section drop@90s"},
      {"one and a half minutes of bossa nova in G with nylon guitar",
       "bossa-nova; G major; 90 s; with nylon guitar = gm/nylon-guitar"},
      {"make me a happy pop song about summer love with female vocals",
       "pop; mood happy; voice female vocals; about summer love"},
      {"country ballad 3/4 with fiddle and banjo, female vocals, lyrics about losing a dog",
       "country; 3/4; with fiddle = gm/fiddle, banjo = gm/banjo; voice female vocals, lyrics; about losing a dog"},
      {"epic orchestral trailer, building, choir, taiko drums, 90 seconds",
       "epic-trailer; 90 s; mood epic, powerful-build; with choir = gm/choir, taiko = gm/taiko"},
      {"trap with dark bells; the drop hits at bar 9; ends with a fade out",
       "trap; mood dark; with dark bells = keys/dark-bells; section drop@9; made fade-out"},
      {"hard techno w/o melody w/ rumble kick 145",
       "techno; 145 bpm; mood hard; with rumble = bass/rumble; without lead"},
      {"chiptune 8-bit 150bpm", "chiptune; 150 bpm"},
      {"90s boom bap, 90 s", "boom-bap; 90 s; 1990s"},
      {"instrumental r&b at 70", "rnb; 70 bpm; without vocals"},
      {"drumless boom bap 88 bpm", "boom-bap; 88 bpm; without drums"},
      {"I want an aggressive phonk track, 808 cowbells, distorted bass, loud, key of C# minor",
       "phonk; C# minor; mood aggressive; with cowbell, distorted bass = bass/808-distorted; made loud; loud club"},
      {"Please write a calm piano piece for sleeping, 60 bpm, 3 minutes, no drums",
       "classical-piano; 60 bpm; 180 s; mood calm; without drums; ? sleeping"},
      {"synthwave, 1985, 100 bpm, gated reverb, arpeggios, A minor, 4/4",
       "synthwave; 100 bpm; A minor; 4/4; 1980s; with arpeggio; made gated, wet"},
      {"sad guitar trap 150 bpm", "trap; 150 bpm; mood sad; with sad guitar = gm/steel-guitar"},
      {"dark trap piano 140", "trap; 140 bpm; mood dark; with trap piano = gm/grand-piano"},
      {"uk garage 132, swung, pitched vocal chops, organ bass, G minor",
       "uk-garage; 132 bpm; G minor; with house organ = keys/organ-house; swing 0.6; voice vocal chops"},
      {"jungle 165bpm amen break, ragga samples, deep sub",
       "jungle; also dancehall; 165 bpm; with deep sub bass = bass/sub; ? samples"},
      {"progressive house festival banger 128 bpm big drop at bar 33 F minor supersaws",
       "progressive-house; 128 bpm; F minor; mood banger; with supersaw = lead/supersaw; section drop@33"},
  });
}

TEST(Brief, Genres) {
  expect_all({
      {"Lo-Fi", "lofi; made lo-fi"},
      {"lofi beats", "lofi"},
      {"boom-bap", "boom-bap"},
      {"old school hip-hop", "boom-bap"},
      {"UK Drill", "drill"},
      {"drum n bass", "drum-and-bass"},
      {"DnB", "drum-and-bass"},
      {"d&b", "drum-and-bass"},
      {"drum 'n' bass", "drum-and-bass"},
      {"R&B", "rnb"},
      {"r'n'b", "rnb"},
      {"rock'n'roll", "rock"},
      {"K-Pop", "k-pop"},
      {"psy-trance", "psytrance"},
      {"2-step", "uk-garage"},
      {"two step garage", "uk-garage"},
      {"reggaetón", "reggaeton"},
      {"afro beats", "afrobeats"},
      {"Italo Disco", "disco"},
      {"goa", "psytrance"},
      {"neo-soul", "soul"},
      {"bebop", "jazz"},
      {"viennese waltz", "waltz"},
      {"nocturne", "classical-piano"},
      {"video game music", "cinematic"},
      {"game boy", "chiptune"},
      {"jazzy house", "house; also jazz"},
      {"house with jazz chords", "house; also jazz; with jazz chords"},
      {"jazz house", "house; also jazz"},
      {"lo-fi house beat", "lofi"},
      {"lo-fi indie rock", "indie-rock; made lo-fi"},
      {"acoustic pop", "pop"},
      {"acoustic folk with strings", "folk; with strings = gm/strings"},
      {"trap, jazz", "trap; also jazz"},
      {"techno influenced by dub", "techno; also reggae"},
      {"melencholic sythwave", "synthwave; mood melancholic"},
      {"orchestral metal", "metal; also orchestral"},
      {"techno with swing", "techno; swing 0.6"},
      {"swing", "swing"},
      {"in the style of deep house", "deep-house"},
  });
}

TEST(Brief, Tempo) {
  expect_all({
      {"techno 140 bpm", "techno; 140 bpm"},
      {"techno 140BPM", "techno; 140 bpm"},
      {"techno at 92", "techno; 92 bpm"},
      {"techno around 120", "techno; 120 bpm"},
      {"techno ~128", "techno; 128 bpm"},
      {"techno, ~ 128 bpm", "techno; 128 bpm"},
      {"techno tempo 100", "techno; 100 bpm"},
      {"techno, tempo: 100", "techno; 100 bpm"},
      {"bpm: 90, trap", "trap; 90 bpm"},
      {"BPM = 174 jungle", "jungle; 174 bpm"},
      {"trap 90-100 bpm", "trap; 95 bpm"},
      {"trap 90 to 100 bpm", "trap; 95 bpm"},
      {"trap 92.5 bpm", "trap; 92.5 bpm"},
      {"trap 140 F minor", "trap; 140 bpm; F minor"},
      {"trap 70/140 bpm", "trap; 140 bpm; half-time"},
      {"trap, 140 bpm half-time", "trap; 140 bpm; half-time"},
      {"dubstep with a half time feel, 140 bpm", "dubstep; 140 bpm; half-time"},
      {"punk double-time 100 bpm", "punk; 100 bpm; double-time"},
      {"one hundred and twenty bpm house", "house; 120 bpm"},
      {"ninety beats per minute funk", "funk; 90 bpm"},
      {"a hundred and ten bpm disco", "disco; 110 bpm"},
      {"trap 140 bpm, really 140 bpm", "trap; 140 bpm"},
      {"140 b.p.m. trap", "trap; 140 bpm"},
      {"allegro string quartet",
       "orchestral; 132 bpm; 4 players; with violin = gm/violin, second violin = gm/violin, double-stops viola = "
       "gm/viola, cello = gm/cello"},
      {"♩=96 waltz", "waltz; 96 bpm"},
      {"808 trap", "trap; with 808 = bass/808"},
      {"fast metal", "metal; mood fast"},
  });
}

TEST(Brief, KeysAndModes) {
  expect_all({
      {"trap in F# minor", "trap; F# minor"},
      {"trap F#m", "trap; F# minor"},
      {"trap, f# min", "trap; F# minor"},
      {"trap in Dm", "trap; D minor"},
      {"trap in dm", "trap; D minor"},
      {"in the key of E flat major, soul", "soul; Eb major"},
      {"soul in Bb", "soul; Bb major"},
      {"Bb soul", "soul; Bb major"},
      {"soul, Bbm", "soul; Bb minor"},
      {"soul, B♭ minor", "soul; Bb minor"},
      {"c-sharp minor techno", "techno; C# minor"},
      {"C sharp minor techno", "techno; C# minor"},
      {"folk, A dorian", "folk; A dorian"},
      {"D harmonic minor metal", "metal; D harmonic minor"},
      {"E phrygian dominant metal", "metal; E phrygian dominant"},
      {"phrygian techno", "techno; phrygian"},
      {"techno in a minor key", "techno; minor"},
      {"minor key techno", "techno; minor"},
      {"key: G, folk", "folk; G major"},
      {"key of e, blues", "blues; E major"},
      {"folk in C at 90", "folk; 90 bpm; C major"},
      {"house 124 8A", "house; 124 bpm; A minor"},
      {"house, 4B", "house; Ab major"},
      {"a minor mood, trip hop", "trip-hop; minor"},
      {"trip hop in a minor", "trip-hop; A minor"},
      {"A minor trip hop", "trip-hop; A minor"},
      {"in A minor mood, trip hop", "trip-hop; A minor"},
      {"a major pop hit", "pop; ? major | hit"},
      {"D minor, dorian, folk", "folk; D dorian"},
      {"FM bass techno", "techno; with fm bass = bass/fm"},
      {"trap, 140, C", "trap; 140 bpm; C major"},
      {"ambient in lydian", "ambient; lydian"},
  });
}

TEST(Brief, LengthMetreAndEra) {
  expect_all({
      {"8 bars of trap", "trap; 8 bars"},
      {"an eight bar trap loop", "trap; 8 bars"},
      {"16-bar house loop", "house; 16 bars"},
      {"two minutes of house", "house; 120 s"},
      {"house, 2 min", "house; 120 s"},
      {"house, 1m30s", "house; 90 s"},
      {"house, 1 minute and 30 seconds", "house; 90 s"},
      {"house, 2:30", "house; 150 s"},
      {"house, 2:30 min", "house; 150 s"},
      {"a two-minute house track", "house; 120 s"},
      {"house for 45s", "house; 45 s"},
      {"house, half a minute", "house; 30 s"},
      {"house, a minute and a half", "house; 90 s"},
      {"house, 2.5 minutes", "house; 150 s"},
      {"house, 2-3 minutes", "house; 150 s"},
      {"length: 90 seconds, house", "house; 90 s"},
      {"sixteen measures of house", "house; 16 bars"},
      {"80s disco", "disco; 1980s"},
      {"80's disco", "disco; 1980s"},
      {"1970s disco", "disco; 1970s"},
      {"early 2000s trance", "trance; 2000s"},
      {"y2k pop", "pop; 2000s"},
      {"eighties pop", "pop; 1980s"},
      {"a 60s long soul clip", "soul; 60 s; ? clip"},
      {"rock in 7/8", "rock; 7/8"},
      {"6/8 gospel", "gospel; 6/8"},
      {"time signature 5/4, jazz", "jazz; 5/4"},
      {"jazz in waltz time", "jazz; 3/4"},
      {"techno in common time", "techno; 4/4"},
      {"12/8 blues shuffle", "blues; 12/8"},
      {"8 bars at 120 bpm of house, 16 seconds", "house; 120 bpm; 8 bars"},
  });
}

TEST(Brief, InstrumentsOnlyAndWithout) {
  expect_all({
      {"hi-hat solo", "only hats; with hi-hats"},
      {"hi-hat solo, trap, 140 bpm, 8 bars", "trap; 140 bpm; 8 bars; only hats; with hi-hats"},
      {"only hi-hats", "only hats; with hi-hats"},
      {"just the drums, house", "house; only drums; with drums"},
      {"drums only", "only drums; with drums"},
      {"bass only, funk", "funk; only bass; with bass"},
      {"nothing but hats", "only hats; with hi-hats"},
      {"just piano", "only chords+lead; with piano = gm/grand-piano, piano = gm/grand-piano"},
      {"solo violin", "only lead; with violin = gm/violin"},
      {"drums and bass only", "only drums+bass; with drums, bass"},
      {"only drums, bass and congas", "only drums+bass+percussion; with drums, bass, congas"},
      {"house, no drums", "house; without drums"},
      {"house without bass", "house; without bass"},
      {"ambient without drums or bass", "ambient; without drums, bass"},
      {"no drums, bass or vocals, ambient", "ambient; without drums, bass, vocals"},
      {"no drums, soft piano and strings", "with felt piano = keys/felt, strings = gm/strings; without drums"},
      {"pop, no guitar", "pop; without guitar"},
      {"trap without 808s", "trap; without 808"},
      {"no drums except hi-hats, techno", "techno; with hi-hats; without kick, snare, percussion"},
      {"no drums, only hi-hats", "only hats; with hi-hats"},
      {"house, no vocals", "house; without vocals"},
      {"a cappella gospel", "gospel; only vocals; voice a cappella"},
      {"house, no intro", "house; without intro"},
      {"folk, not sad, no reverb", "folk; mood not sad; made dry"},
      {"rock with distorted guitars", "rock; with distorted guitar = gm/distortion-guitar"},
      {"rock with a guitar solo at bar 33", "rock; with solo guitar = gm/overdrive-guitar; section solo@33"},
      {"smooth jazz with a sax solo", "jazz; mood chill; with solo saxophone = gm/tenor-sax; section solo"},
      {"disco with slap bass, strings and horns",
       "disco; with slap bass = gm/slap-bass, strings = pad/strings, brass = gm/brass"},
      {"trap with rolling hi-hats and a soft pad", "trap; mood gentle; with rolling hi-hats, soft pad"},
      {"techno, 909 kick", "techno; with kick"},
      {"jazz with walking bass and brushed drums", "jazz; with upright bass = gm/upright-bass, brushed drums"},
      {"rhodes, wurlitzer and organ soul",
       "soul; with rhodes = keys/rhodes, wurlitzer = keys/wurli, organ = keys/organ-drawbar"},
      {"trap, violin & piano", "trap; with violin = gm/violin, piano = gm/grand-piano"},
      {"piano only in the intro, pop", "pop; with piano = gm/grand-piano; section intro"},
  });
}

TEST(Brief, Structure) {
  expect_all({
      {"intro verse chorus verse chorus bridge chorus outro",
       "form intro verse chorus verse chorus bridge chorus outro"},
      {"pop: intro, verse, pre-chorus, chorus, outro", "pop; form intro verse pre-chorus chorus outro"},
      {"intro > build > drop > breakdown > build > drop > outro, house",
       "house; form intro build drop breakdown build drop outro"},
      {"intro 8 bars, verse 16 bars, chorus 8 bars, rock", "rock; form intro*8 verse*16 chorus*8"},
      {"intro (8 bars), verse (16 bars), chorus (8 bars)", "form intro*8 verse*16 chorus*8"},
      {"8 bar intro, 16 bar verse, 8 bar chorus", "form intro*8 verse*16 chorus*8"},
      {"intro 8 verse 16 chorus 8 outro 4", "form intro*8 verse*16 chorus*8 outro*4"},
      {"verse 1, chorus, verse 2, chorus x2", "form verse chorus verse chorus chorus"},
      {"drop at bar 17, dubstep", "dubstep; section drop@17"},
      {"dubstep, the drop comes in at bar 17", "dubstep; section drop@17"},
      {"house, drop at 1:00", "house; section drop@60s"},
      {"house with a 16 bar intro", "house; section intro*16"},
      {"pop ABAB", "pop; form verse chorus verse chorus"},
      {"jazz AABA 32 bars", "jazz; 32 bars; form verse verse bridge verse"},
      {"trance with a long breakdown", "trance; section breakdown"},
  });
}

TEST(Brief, MoodProductionVoiceLoudness) {
  expect_all({
      {"happy, energetic, bright pop", "pop; mood happy, energetic, bright; made bright"},
      {"wide and punchy house", "house; made wide, punchy"},
      {"dry, distorted techno", "techno; made dry, distorted"},
      {"techno -9 LUFS", "techno; loud -9"},
      {"techno, club master", "techno; loud club"},
      {"techno mastered for streaming", "techno; loud streaming"},
      {"techno, club master, -9 LUFS", "techno; loud -9"},
      {"trap with a female singer", "trap; voice female vocals"},
      {"boom bap, rapper, choir vocals", "boom-bap; voice rap, choir vocals"},
      {"straight funk", "funk; swing 0"},
      {"funk with a shuffle feel", "funk; swing 1"},
      {"folk song about the sea", "folk; about the sea"},
  });
}

TEST(Brief, NamesAreNotImitated) {
  expect_all({
      {"in the style of Daft Punk, disco, 120 bpm", "disco; 120 bpm; ? in the style of Daft Punk"},
      {"Drake type beat, 90 bpm", "90 bpm; ? Drake"},
      {"house like Daft Punk", "house; ? Daft Punk"},
      {"inspired by Zyxwv Qwert, techno", "techno; ? inspired by Zyxwv Qwert"},
      {"techno zorgle blimp", "techno; ? zorgle blimp"},
  });
}

TEST(Brief, WordsInPassingAreNoOrders) {
  expect_all({
      {"\"Sunday morning\", folk", "folk; ? Sunday morning"},
      {"trance, no kick until the drop", "trance; ? no kick until the drop"},
      {"metal in drop D, 180 bpm", "metal; 180 bpm"},
      {"house track, bass and drums only for 16 bars", "house; 16 bars; only bass+drums; with bass, drums"},
      {"dark ambient drone", "ambient; mood dark; with ambient drone = pad/drone"},
      {"I don't want drums, ambient", "ambient; without drums"},
      {"Techno. 140. Dark. No melody. Just kick, bass and hats.",
       "techno; 140 bpm; mood dark; only kick+bass+hats; with kick, bass, hi-hats; without lead"},
      {"drum and bass, no bass", "drum-and-bass; without bass"},
      {"drums and bass", "with drums, bass"},
      {"a jazz-influenced trap beat", "trap; also jazz"},
      {"dark trap piano 140 bpm", "trap; 140 bpm; mood dark; with trap piano = gm/grand-piano"},
  });
}

TEST(Brief, NothingButTheThingItselfLeavesAllOpen) {
  EXPECT_EQ(summary(read("make me a song")), "");
  EXPECT_EQ(summary(read("a beat please")), "");
}

TEST(Brief, MoodsHaveDirections) {
  const Brief sad = read("sad lofi"), happy = read("happy house"), dark = read("sinister ambient"),
              calm = read("calm ambient");
  EXPECT_LT(sad.valence, -0.3);
  EXPECT_GT(happy.valence, 0.5);
  EXPECT_GT(dark.darkness, 0.5);
  EXPECT_LT(calm.arousal, -0.5);
  EXPECT_GT(read("not sad lofi").valence, 0);
  EXPECT_LT(calm.energy->value, 0.3);
  EXPECT_GT(read("aggressive metal").energy->value, 0.8);
  EXPECT_EQ(dark.mode_leaning, score::Mode::Phrygian);
}

TEST(Brief, Contradictions) {
  struct Wrong {
    const char* prompt;
    std::vector<const char*> names;  // words the message must quote
  };
  const std::vector<Wrong> cases{
      {"trap 120 bpm 130 bpm", {"120 bpm", "130 bpm"}},
      {"90 bpm trap at 120 bpm", {"90 bpm", "at 120 bpm"}},
      {"F minor trap in G major", {"F minor", "in G major"}},
      {"A major phrygian", {"A major", "phrygian"}},
      {"techno in 4/4 and 3/4", {"4/4", "3/4"}},
      {"house, 2 minutes, 3 minutes", {"2 minutes", "3 minutes"}},
      {"house, 8 bars, 16 bars", {"8 bars", "16 bars"}},
      {"house, 8 bars, 10 minutes", {"8 bars", "10 minutes"}},
      {"no drums, drum solo", {"no drums", "drum solo"}},
      {"house without drums, punchy kick", {"without drums", "punchy kick"}},
      {"no piano, felt piano? no, piano", {"no piano", "piano"}},
      {"only hi-hats, no hi-hats", {"only hi-hats", "no hi-hats"}},
      {"only piano, with drums", {"only piano", "drums"}},
      {"lofi, no vocals, female singer", {"no vocals", "female singer"}},
      {"trap but no trap", {"trap", "no trap"}},
      {"3 bpm techno", {"3 bpm"}},
      {"3000 bpm techno", {"3000 bpm"}},
      {"tempo 3", {"tempo 3"}},
      {"trap -140 bpm", {"-140 bpm"}},
      {"0 bpm", {"0 bpm"}},
      {"ten hours of ambient", {"ten hours"}},
      {"ambient, 10 hours", {"10 hours"}},
      {"ambient, 99999999999999999999 minutes", {"99999999999999999999 minutes"}},
      {"house, 0 bars", {"0 bars"}},
      {"house, 100000 bars", {"100000 bars"}},
      {"house, 0 seconds", {"0 seconds"}},
      {"house, drop at bar 0", {"at bar 0"}},
      {"8 bars of dubstep, drop at bar 17", {"drop at bar 17", "8 bars"}},
      {"8 bars of trap, 16 bar intro", {"16 bar intro", "8 bars"}},
      {"intro 8 bars, verse 8 bars, chorus 8 bars, rock, 64 bars", {"64 bars"}},
      {"drop at bar 9 and chorus at bar 9", {"drop at bar 9", "chorus at bar 9"}},
      {"house in 4/5 time", {"4/5"}},
      {"house, 0 LUFS", {"0 LUFS"}},
      {"techno, no kick, 909 kick", {"no kick", "909 kick"}},
      {"straight shuffle funk", {"straight", "shuffle"}},
  };
  for (const Wrong& wrong : cases) {
    try {
      ADD_FAILURE() << wrong.prompt << " was read as " << summary(read(wrong.prompt));
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InvalidArgument) << wrong.prompt;
      EXPECT_FALSE(e.hint().empty()) << wrong.prompt;
      for (const char* words : wrong.names) {
        EXPECT_NE(std::string(e.what()).find(words), std::string::npos) << wrong.prompt << ": " << e.what();
      }
    }
  }
}

TEST(Brief, NonsenseIsAnErrorWithAHint) {
  for (const std::string& prompt :
       {std::string(), std::string(" \t\n"), std::string("asdf qwer zxcv"), std::string("the of a"),
        std::string("!!!???"), std::string("🙂🙂🙂"), std::string("\0\0", 2), std::string("Привет"),
        std::string(5000, 'a'), std::string("trap \xff\xfe"), std::string("\xc0\xaf house"),
        std::string("house \xe2\x99"), std::string("\xed\xa0\x80 trap")}) {
    try {
      (void)read(prompt);
      ADD_FAILURE() << prompt;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InvalidArgument);
      EXPECT_FALSE(e.hint().empty());
    }
  }
}

std::vector<Words> all_words(const Brief& brief) {
  std::vector<Words> out = brief.not_understood;
  const auto add = [&](const auto& field) { out.insert(out.end(), field.from.begin(), field.from.end()); };
  const auto add_optional = [&](const auto& field) {
    if (field) {
      EXPECT_FALSE(field->from.empty());
      add(*field);
    }
  };
  const auto add_list = [&](const auto& list) {
    for (const auto& one : list) {
      EXPECT_FALSE(one.from.empty());
      add(one);
    }
  };
  add_optional(brief.style);
  add_list(brief.also);
  add_optional(brief.tempo);
  add_optional(brief.tonic);
  add_optional(brief.mode);
  add_optional(brief.metre);
  add_optional(brief.length);
  add_optional(brief.bars);
  add_list(brief.moods);
  add_optional(brief.energy);
  add_optional(brief.era);
  add_list(brief.with);
  add_list(brief.without);
  add_optional(brief.only);
  add_list(brief.structure);
  add_list(brief.production);
  add_optional(brief.swing);
  add_optional(brief.vocals);
  add_optional(brief.topic);
  add_optional(brief.loudness);
  return out;
}

TEST(Brief, AnyMixtureOfKnownWordsIsReadOrRefusedAndEveryQuoteStandsInThePrompt) {
  std::vector<std::string> pieces;
  for (const auto& [key, phrase] : vocabulary().phrases()) pieces.push_back(phrase.text);
  std::sort(pieces.begin(), pieces.end());
  for (const char* extra :
       {"140 bpm", "at 92",   "F# minor", "Bbm",  "8 bars", "2:30", "90 s", "80s",  "7/8",       ",",
        ",",       ".",       "(",        ")",    "-",      "/",    ":",    "x2",   "at bar 17", "16 bar",
        "no",      "without", "only",     "solo", "and",    "or",   "with", "17",   "808",       "808s",
        "-9 LUFS", "~",       "é",        "C#",   "in",     "a",    "A",    "ABAB", "zzz"}) {
    pieces.insert(pieces.end(), 20, extra);
  }
  Random random(42);
  int readable = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string prompt;
    const int count = 1 + static_cast<int>(random.uniform() * 9);
    for (int i = 0; i < count; ++i) {
      prompt += pieces[static_cast<std::size_t>(random.uniform() * static_cast<double>(pieces.size()))];
      if (random.uniform() < 0.9) prompt += ' ';
    }
    try {
      const Brief brief = read(prompt);
      ++readable;
      for (const Words& words : all_words(brief)) {
        ASSERT_LT(words.begin, words.end) << prompt;
        ASSERT_LE(words.end, prompt.size()) << prompt;
        ASSERT_EQ(words.text, prompt.substr(words.begin, words.end - words.begin)) << prompt;
      }
      ASSERT_FALSE(brief.length && brief.bars) << prompt;
      ASSERT_TRUE(nlohmann::json::accept(to_json(brief))) << prompt;
      ASSERT_FALSE(describe(brief).empty());
    } catch (const Error& e) {
      ASSERT_EQ(e.code(), ErrorCode::InvalidArgument) << prompt;
    }
  }
  EXPECT_GT(readable, 10000);
}

TEST(Brief, AnyBytesAreReadOrRefused) {
  Random random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string prompt = round % 2 == 0 ? "trap, 140 bpm, F# minor, no drums, intro 8 bars, 2:30" : "";
    for (int i = static_cast<int>(random.uniform() * 12); i > 0; --i) {
      const auto at = static_cast<std::size_t>(random.uniform() * static_cast<double>(prompt.size() + 1));
      prompt.insert(at, 1, static_cast<char>(random.uniform() * 256));
    }
    try {
      const Brief brief = read(prompt);
      for (const Words& words : all_words(brief))
        ASSERT_EQ(words.text, prompt.substr(words.begin, words.end - words.begin));
    } catch (const Error& e) {
      ASSERT_EQ(e.code(), ErrorCode::InvalidArgument);
    }
  }
}

TEST(Brief, EveryPhraseOfTheVocabularyIsReachable) {
  int checked = 0;
  for (const auto& [key, phrase] : vocabulary().phrases()) {
    const std::vector<Token> tokens = tokenize(phrase.text);
    std::size_t length = 0;
    const Phrase* found = vocabulary().match(tokens, 0, length);
    ASSERT_EQ(found, &phrase) << phrase.text;
    EXPECT_EQ(length, tokens.size()) << phrase.text;
    if (const Meaning* genre = phrase.get(Sense::Genre)) {
      const Brief brief = read(phrase.text);
      ASSERT_TRUE(brief.style) << phrase.text;
      EXPECT_EQ(brief.style->value, genre->value) << phrase.text;
    }
    if (const Meaning* instrument = phrase.get(Sense::Instrument); instrument != nullptr && !phrase.has(Sense::Genre)) {
      const Brief brief = read("house, " + phrase.text);
      const bool there = std::any_of(brief.with.begin(), brief.with.end(),
                                     [&](const auto& asked) { return asked.value.name == instrument->value; });
      EXPECT_TRUE(there) << phrase.text;
    }
    ++checked;
  }
  EXPECT_GT(checked, 2500);
}

TEST(Brief, ExclusionsAnswerForParts) {
  const Brief no_drums = read("house, no drums");
  for (const char* part : {"drums", "kick", "snare", "hats", "percussion"}) EXPECT_TRUE(no_drums.excludes(part));
  EXPECT_FALSE(no_drums.excludes("bass"));
  const Brief hats = read("only hi-hats");
  EXPECT_FALSE(hats.excludes("hats"));
  for (const char* part : {"kick", "snare", "bass", "lead", "pad", "chords"}) EXPECT_TRUE(hats.excludes(part));
  const Brief drums = read("drums only");
  for (const char* part : {"kick", "snare", "hats", "percussion"}) EXPECT_FALSE(drums.excludes(part));
  const Brief no_piano = read("pop, no piano");
  EXPECT_TRUE(no_piano.excludes_preset("gm/grand-piano"));
  EXPECT_TRUE(no_piano.excludes_preset("keys/felt"));
  EXPECT_FALSE(no_piano.excludes_preset("gm/violin"));
  EXPECT_FALSE(no_piano.excludes("chords"));
}

TEST(Brief, SlipsAreShown) {
  const Brief brief = read("melencholic synthwave");
  ASSERT_EQ(brief.moods.size(), 1U);
  EXPECT_EQ(brief.moods[0].from[0].text, "melencholic");
  EXPECT_EQ(brief.moods[0].from[0].read_as, "melancholic");
  EXPECT_NE(describe(brief).find("read as “melancholic”"), std::string::npos);
}

TEST(Brief, DescriptionIsAlignedAndSaysWhatIsOpen) {
  const std::string text = describe(read("reggaetón zorgle, 95 bpm, dark bells"));
  EXPECT_EQ(text,
            "style           reggaeton                           from “reggaetón”\n"
            "tempo           95 bpm                              from “95 bpm”\n"
            "mood            dark                                from “dark”\n"
            "with            dark bells (lead, keys/dark-bells)  from “dark bells”\n"
            "open            key, metre, length, structure\n"
            "not understood  “zorgle”\n");
}

}  // namespace
}  // namespace figment::compose
