#include "song/song_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "storage/files.h"

namespace figment::song {
namespace {

using nlohmann::json;

// A song with one of everything.
Song whole_song() {
  Song s;
  s.title = "Żółw „under\" \\ Ice";
  s.prompt = "dark trap\nwith bells";
  s.style = "trap";
  s.seed = 0xFFFFFFFFFFFFFFFFULL;
  s.brief = R"({"mood":["dark"],"style":"trap"})";
  s.composer = "builtin 1";
  s.rate = Hertz{48000};
  s.tempo = {{Beats{0}, Bpm{140}}, {Beats{32}, Bpm{92.37}}};
  s.metre = score::parse_metre("7/8");
  s.key = {5, score::Mode::HarmonicMinor};
  s.bars = 12;
  s.sections = {{"intro", "intro", 1, 4, 0.3}, {"chorus 1", "chorus", 5, 8, 0.1 + 0.2}};
  s.chords = {{Beats{0}, Beats{3.5}, score::parse_chord("Fm9")},
              {Beats{3.5}, Beats{7}, score::parse_chord("Db/F")},
              {Beats{10.5}, Beats{31.5}, score::parse_chord("Bbm7b5")}};
  Track kick{"kick", "Kick", "kick", "drums/trap", "midi/kick.mid", {}, Decibels{-1}, Decibels{0}, 0, false, {}, {}, {}};
  Track bass{"bass",
             "Sliding 808",
             "bass",
             "bass/808",
             "midi/bass.mid",
             {},
             Decibels{0},
             Decibels{-1.5},
             -0.25,
             true,
             {{"ducker", {{"depth_db", 5}, {"type", 2}}, "kick"}, {"saturation", {{"drive_db", 1.0 / 3}}, ""}},
             {{"reverb", Decibels{-20}}},
             {{"gain_db", {{Beats{0}, -3}, {Beats{16}, 0}}}, {"1.drive_db", {{Beats{0.1}, 1e-7}}}}};
  Track loop;
  loop.id = "loop";
  loop.name = "A loop";
  loop.role = "texture";
  loop.clips = {{"sounds/loop.wav", Digest(64, 'a'), 2, 8, {{{Seconds{0.1}, Beats{0}}, {Seconds{2.0 / 3}, Beats{1}}, {Seconds{4.2}, Beats{7}}}, true}, -1.37, true, Decibels{-2}},
                {"sounds/voice.ogg", Digest(64, '0'), 10, 3, {}, 0, false, Decibels{0}}};
  s.tracks = {kick, bass, loop};
  s.buses = {{"reverb", "Reverb", Decibels{1}, {{"reverb", {{"mix", 1}}, ""}}}};
  s.master = {Lufs{-8}, Decibels{-1.5}, "hip-hop", 0.55, 1.05, 0.3};
  return s;
}

TEST(SongFile, ComesBackAsItWas) {
  const Song song = whole_song();
  const std::string text = to_json(song);
  const Song back = from_json(text, "song.json");
  EXPECT_EQ(back, song);
  EXPECT_EQ(to_json(back), text);
  Song changed = song;
  changed.chords[1].chord = score::parse_chord("Db");
  EXPECT_FALSE(changed == back);  // the comparison sees chords
}

TEST(SongFile, FoldersAreLoadedAndSaved) {
  std::string name = (std::filesystem::temp_directory_path() / "figment-song-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  const std::filesystem::path folder = std::filesystem::path(name) / "deep" / "song";
  try {
    (void)load(folder);
    FAIL() << "there was no song";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::NotFound);
    EXPECT_NE(e.hint().find("figment song"), std::string::npos);
  }
  save(whole_song(), folder);
  EXPECT_EQ(load(folder), whole_song());
  // A song that makes no sense is not saved over one that does.
  Song broken = whole_song();
  broken.bars = 0;
  EXPECT_THROW(save(broken, folder), Error);
  EXPECT_EQ(load(folder), whole_song());
  std::filesystem::remove_all(name);
}

struct Malformed {
  const char* what;
  std::function<void(json&)> damage;
  const char* named;  // must stand in the message
};

class MalformedSong : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedSong, IsRefusedByName) {
  json j = json::parse(to_json(whole_song()));
  GetParam().damage(j);
  try {
    (void)from_json(j.dump(), "my/song.json");
    FAIL() << "accepted: " << GetParam().what;
  } catch (const Error& e) {
    EXPECT_TRUE(e.code() == ErrorCode::Corrupt || e.code() == ErrorCode::InvalidArgument) << e.what();
    EXPECT_NE(std::string(e.what()).find(GetParam().named), std::string::npos) << e.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, MalformedSong,
    ::testing::Values(
        Malformed{"another format", [](json& j) { j["format"] = "midi"; }, "format"},
        Malformed{"no format", [](json& j) { j.erase("format"); }, "format"},
        Malformed{"an unknown key", [](json& j) { j["tempi"] = 1; }, "tempi"},
        Malformed{"an unknown key of a track", [](json& j) { j["tracks"][1]["volume"] = 1; }, "volume"},
        Malformed{"a negative seed", [](json& j) { j["seed"] = -1; }, "seed"},
        Malformed{"a seed in words", [](json& j) { j["seed"] = "1"; }, "seed"},
        Malformed{"no bars", [](json& j) { j["bars"] = 0; }, "bars"},
        Malformed{"a million bars", [](json& j) { j["bars"] = 1'000'000; }, "bars"},
        Malformed{"half a bar", [](json& j) { j["bars"] = 12.5; }, "bars"},
        Malformed{"no tempo", [](json& j) { j["tempo"] = json::array(); }, "tempo"},
        Malformed{"three bpm", [](json& j) { j["tempo"][0]["bpm"] = 3; }, "bpm"},
        Malformed{"tempo as a number", [](json& j) { j["tempo"] = 140; }, "tempo"},
        Malformed{"an unknown metre", [](json& j) { j["metre"] = "4/5"; }, "4/5"},
        Malformed{"an unknown key", [](json& j) { j["key"] = "H blue"; }, "H blue"},
        Malformed{"an unknown chord", [](json& j) { j["chords"][1]["chord"] = "Qx"; }, "Qx"},
        Malformed{"chords back in time", [](json& j) { j["chords"][2]["at"] = 1; }, "chord 3"},
        Malformed{"sections with a gap", [](json& j) { j["sections"][1]["bar"] = 6; }, "chorus 1"},
        Malformed{"sections that end early", [](json& j) { j["sections"][1]["bars"] = 7; }, "12 bars"},
        Malformed{"energy above 1", [](json& j) { j["sections"][0]["energy"] = 1.5; }, "energy"},
        Malformed{"no tracks", [](json& j) { j["tracks"] = json::array(); }, "no tracks"},
        Malformed{"two tracks of one id", [](json& j) { j["tracks"][1]["id"] = "kick"; }, "kick"},
        Malformed{"an id that is a path", [](json& j) { j["tracks"][1]["id"] = "../bass"; }, "../bass"},
        Malformed{"MIDI outside", [](json& j) { j["tracks"][1]["midi"] = "../../etc/passwd"; }, "../../etc/passwd"},
        Malformed{"absolute MIDI", [](json& j) { j["tracks"][1]["midi"] = "/etc/passwd"; }, "/etc/passwd"},
        Malformed{"samples outside", [](json& j) { j["tracks"][1]["instrument"] = "sfz:../kit.sfz"; }, "../kit.sfz"},
        Malformed{"samples without a path", [](json& j) { j["tracks"][1]["instrument"] = "sfz:"; }, "the path \"\""},
        Malformed{"a clip outside", [](json& j) { j["tracks"][2]["clips"][0]["sound"] = "../loop.wav"; }, "../loop.wav"},
        Malformed{"a clip without a digest", [](json& j) { j["tracks"][2]["clips"][0]["sha256"] = "abc"; }, "sha256"},
        Malformed{"a clip beyond the end", [](json& j) { j["tracks"][2]["clips"][1]["bars"] = 4; }, "bars 10 to 13"},
        Malformed{"a warp back in time", [](json& j) { j["tracks"][2]["clips"][0]["warp"][1][0] = 9; }, "warp"},
        Malformed{"a warp of three numbers", [](json& j) { j["tracks"][2]["clips"][0]["warp"][1] = {1, 2, 3}; }, "warp"},
        Malformed{"a warp of one point", [](json& j) { j["tracks"][2]["clips"][0]["warp"] = {{0, 0}}; }, "warp"},
        Malformed{"no clips", [](json& j) { j["tracks"][2]["clips"] = json::array(); }, "clip"},
        Malformed{"clips and an instrument", [](json& j) { j["tracks"][2]["instrument"] = "bass/808"; }, "instrument"},
        Malformed{"a send to nowhere", [](json& j) { j["tracks"][1]["sends"][0]["to"] = "hall"; }, "hall"},
        Malformed{"a key to nowhere", [](json& j) { j["tracks"][1]["effects"][0]["key"] = "snare"; }, "snare"},
        Malformed{"an effect without a type", [](json& j) { j["tracks"][1]["effects"][0].erase("type"); }, "type"},
        Malformed{"a parameter in words",
                  [](json& j) { j["tracks"][1]["effects"][0]["parameters"]["depth_db"] = "deep"; }, "depth_db"},
        Malformed{"automation without points",
                  [](json& j) { j["tracks"][1]["automation"][0]["points"] = json::array(); }, "gain_db"},
        Malformed{"automation back in time", [](json& j) { j["tracks"][1]["automation"][0]["points"][1][0] = -1; },
                  "gain_db"},
        Malformed{"a point of three numbers", [](json& j) { j["tracks"][1]["automation"][0]["points"][1] = {1, 2, 3}; },
                  "points"},
        Malformed{"pan beyond the right", [](json& j) { j["tracks"][1]["pan"] = 1.01; }, "pan"},
        Malformed{"gain without end", [](json& j) { j["tracks"][1]["gain_db"] = 1e300; }, "gain_db"},
        Malformed{"a master above full scale", [](json& j) { j["master"]["ceiling_dbtp"] = 0.1; }, "ceiling_dbtp"},
        Malformed{"a target of -100", [](json& j) { j["master"]["target_lufs"] = -100; }, "target_lufs"}));

TEST(SongFile, ANewerFormatSaysSo) {
  json j = json::parse(to_json(whole_song()));
  j["version"] = Song::kVersion + 1;
  try {
    (void)from_json(j.dump(), "song.json");
    FAIL() << "a newer format was read";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::Unsupported);
  }
}

TEST(SongFile, TextThatIsNoSongIsCorrupt) {
  const std::string good = to_json(whole_song());
  for (const std::string& bad : {std::string(), std::string("[]"), std::string("null"), good.substr(0, good.size() / 2),
                                 std::string(100'000, '['), std::string("\xff\xfe")}) {
    try {
      (void)from_json(bad, "song.json");
      FAIL() << bad.substr(0, 40);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::Corrupt);
      EXPECT_NE(std::string(e.what()).find("song.json"), std::string::npos) << e.what();
    }
  }
}

}  // namespace
}  // namespace figment::song
