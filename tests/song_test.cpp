// Whole songs: what every build must keep true.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "audio/file.h"
#include "audio/tags.h"
#include "base/error.h"
#include "base/executor.h"
#include "base/hash.h"
#include "build/provenance.h"
#include "score/midi_file.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "studio/make_song.h"
#include "workbench.h"

namespace figment {
namespace {

using testing::Folder;

constexpr const char* kPrompt = "house, 124 bpm, A minor, 8 bars";

class BuiltSong : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    made_ = new studio::SongMade(studio::make_song({kPrompt, *folder_ / "song", 5, "builtin"}, Progress()));
  }
  static void TearDownTestSuite() {
    delete made_;
    delete folder_;
  }
  static std::filesystem::path song() { return *folder_ / "song"; }
  static inline Folder* folder_ = nullptr;
  static inline studio::SongMade* made_ = nullptr;
};

// Every file below export/stems by name and content.
std::map<std::string, Digest> stems_of(const std::filesystem::path& song) {
  std::map<std::string, Digest> found;
  for (const auto& entry : std::filesystem::directory_iterator(song / "export" / "stems")) found[entry.path().filename()] = sha256_file(entry.path());
  return found;
}

TEST_F(BuiltSong, ObeysThePromptExactly) {
  EXPECT_DOUBLE_EQ(made_->bpm, 124);
  EXPECT_EQ(made_->key, "A minor");
  EXPECT_EQ(made_->bars, 8);
  const audio::AudioReader reader(song() / "export" / "master.wav");
  EXPECT_NEAR(static_cast<double>(reader.frames()) / reader.rate().value, 8 * 4 * 60.0 / 124, 1.0 / 44100);
}

TEST_F(BuiltSong, IsAsLoudAsAskedAndBelowItsCeilingByAnotherJudge) {
  if (!testing::have_ffmpeg()) GTEST_SKIP() << "ffmpeg is not installed";
  const auto loudness = testing::ffmpeg_loudness(song() / "export" / "master.wav");
  EXPECT_NEAR(loudness.integrated, -14, 0.3);
  EXPECT_LE(loudness.true_peak, -0.95);  // ffmpeg prints one decimal
}

TEST_F(BuiltSong, StemsAddUpToTheMix) {
  const auto mix = nlohmann::json::parse(testing::read_text(song() / "export" / "exports.json"));
  std::string take;
  audio::AudioBuffer sum;
  for (const auto& [file, entry] : mix.at("files").items()) {
    if (file.rfind("stems/", 0) != 0) continue;
    take = entry.at("take").get<std::string>();
    const audio::AudioBuffer stem = audio::read_audio(song() / "export" / file);
    if (sum.empty()) sum = audio::AudioBuffer(2, stem.frames(), stem.rate());
    ASSERT_EQ(stem.frames(), sum.frames()) << file;
    sum.block().add(stem.view());
  }
  audio::AudioBuffer whole = audio::read_audio(song() / "takes" / take.substr(0, 2) / (take + ".wav"));
  const float loudest = audio::peak(whole.view());
  ASSERT_GT(loudest, 0.01F);
  sum.block().add(whole.view(), -1.0F);
  EXPECT_LT(to_decibels(audio::peak(sum.view()) / loudest).value, -90);
}

TEST_F(BuiltSong, TheDocumentComesBackFromDiskAsItWas) {
  const song::Song document = song::load(song());
  EXPECT_FALSE(document.brief.empty());
  EXPECT_EQ(song::from_json(song::to_json(document), "again"), document);
}

TEST_F(BuiltSong, ASecondBuildDoesNothing) {
  const auto again = studio::build_song(song(), Progress());
  EXPECT_EQ(again.tracks_built, 0);
  EXPECT_FALSE(again.mixed);
  EXPECT_FALSE(again.mastered);
  EXPECT_EQ(again.files_written, 0);
}

TEST_F(BuiltSong, ALostExportIsMadeAgainAndNothingElse) {
  const Digest before = sha256_file(song() / "export" / "master.wav");
  std::filesystem::remove(song() / "export" / "master.wav");
  const auto again = studio::build_song(song(), Progress());
  EXPECT_EQ(again.files_written, 1);
  EXPECT_FALSE(again.mixed);
  EXPECT_EQ(sha256_file(song() / "export" / "master.wav"), before);
}

// A file that has its length but lost its content, as a power failure leaves it, is believed by nobody.
TEST_F(BuiltSong, AfterTheMachineWasRestartedNothingIsTakenOnTrust) {
  const Folder copy;
  std::filesystem::copy(song(), copy / "song", std::filesystem::copy_options::recursive);
  storage::write_file(copy / "song" / "takes" / "boot", "another run");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(copy / "song")) {
    if (entry.path().extension() != ".wav" && entry.path().extension() != ".flac") continue;
    const auto time = std::filesystem::last_write_time(entry.path());
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(50000);
    file << std::string(9000, '\0');
    file.close();
    std::filesystem::last_write_time(entry.path(), time);
  }
  (void)studio::build_song(copy / "song", Progress());
  EXPECT_EQ(stems_of(copy / "song"), stems_of(song()));
  for (const char* file : {"master.wav", "master.flac"}) EXPECT_EQ(sha256_file(copy / "song" / "export" / file), sha256_file(song() / "export" / file));
  EXPECT_EQ(studio::build_song(copy / "song", Progress()).files_written, 0);
}

TEST_F(BuiltSong, TheSameSeedGivesTheSameBitsWhateverTheThreads) {
  const ThreadLimit one(1);
  const Folder other;
  (void)studio::make_song({kPrompt, other / "song", 5, "builtin"}, Progress());
  EXPECT_EQ(sha256_file(other / "song" / "export" / "stems" / "kick.wav"), sha256_file(song() / "export" / "stems" / "kick.wav"));
  const auto wav = [](const std::filesystem::path& folder) { return audio::read_audio(folder / "export" / "master.wav"); };
  const auto a = wav(other / "song"), b = wav(song());
  ASSERT_EQ(a.frames(), b.frames());
  for (int c = 0; c < 2; ++c) EXPECT_EQ(std::memcmp(a.channel(c), b.channel(c), sizeof(float) * static_cast<std::size_t>(a.frames())), 0);
}

TEST_F(BuiltSong, ATagSaysThatItIsSynthetic) {
  for (const char* file : {"master.wav", "master.flac", "master.mp3", "master.ogg"}) {
    const audio::Tags tags = audio::read_tags(song() / "export" / file);
    EXPECT_EQ(tags.title, made_->title) << file;
    EXPECT_EQ(tags.bpm, 124) << file;
    ASSERT_TRUE(tags.more.contains("DIGITALSOURCETYPE")) << file;
    EXPECT_NE(tags.more.at("DIGITALSOURCETYPE").find("digitalsourcetype/algorithmicMedia"), std::string::npos) << file;
  }
}

TEST_F(BuiltSong, TheWholeSongIsOneMidiFile) {
  const auto midi = score::parse_midi(testing::read_text(song() / "export" / "song.mid"), "song.mid");
  EXPECT_NEAR(midi.context.tempo.front().tempo.value, 124, 1e-3);
  EXPECT_EQ(midi.context.key, (score::Key{9, score::Mode::Minor}));
  EXPECT_FALSE(midi.context.markers.empty());
  EXPECT_GE(midi.tracks.size(), 4U);
}

TEST_F(BuiltSong, WhyEndsAtTheNotes) {
  const std::string tree = build::tree_text(build::origin_of(song(), "export/master.wav"));
  for (const char* word : {"builtin.master", "builtin.mix", "track kick", "midi/kick.mid"}) EXPECT_NE(tree.find(word), std::string::npos) << tree;
  EXPECT_THROW((void)build::origin_of(song(), "export/nothing.wav"), Error);
}

// Changing one drum hit plays that track anew and no other; tracks that do not listen to it keep every sample.
TEST_F(BuiltSong, OneChangedHitChangesOneTrack) {
  const Folder copy;
  std::filesystem::copy(song(), copy / "song", std::filesystem::copy_options::recursive);
  const auto before = stems_of(copy / "song");
  const auto file = copy / "song" / "midi" / "hats.mid";
  auto midi = score::parse_midi(testing::read_text(file), "hats.mid");
  ASSERT_FALSE(midi.tracks.front().notes.empty());
  auto& hit = midi.tracks.front().notes[midi.tracks.front().notes.size() / 2];
  hit.velocity = hit.velocity > 0.5F ? 0.25F : 0.9F;
  storage::write_file(file, score::to_midi(midi.tracks, midi.context));

  const auto report = studio::build_song(copy / "song", Progress());
  EXPECT_EQ(report.tracks_built, 1);
  EXPECT_TRUE(report.mixed);
  const auto after = stems_of(copy / "song");
  const song::Song document = song::load(copy / "song");
  EXPECT_NE(after.at("hats.wav"), before.at("hats.wav"));
  for (const song::Track& track : document.tracks) {
    const bool listens = std::any_of(track.effects.begin(), track.effects.end(), [](const song::Effect& e) { return e.key == "hats"; });
    if (track.id != "hats" && !listens) {
      EXPECT_EQ(after.at(track.id + ".wav"), before.at(track.id + ".wav")) << track.id;
    }
  }
}

// A user's own samples: in the song's folder, part of the Recipe to the last byte.
TEST_F(BuiltSong, SamplesOfOnesOwnArePlayed) {
  const Folder copy;
  const auto mine = copy / "song";
  std::filesystem::copy(song(), mine, std::filesystem::copy_options::recursive);
  const auto write_hit = [&](float level) {
    audio::AudioBuffer hit(1, 4410, Hertz{44100});
    for (std::int64_t n = 0; n < hit.frames(); ++n) hit.channel(0)[n] = level * std::exp(-0.002F * static_cast<float>(n)) * (n % 20 < 10 ? 1.0F : -1.0F);
    audio::write_audio(mine / "instruments" / "mine" / "Samples" / "hat.wav", hit.view(), audio::FileFormat::Wav24);
  };
  std::filesystem::create_directories(mine / "instruments" / "mine" / "Samples");
  write_hit(0.5F);
  storage::write_file(mine / "instruments" / "mine" / "kit.sfz", "<region> sample=Samples\\hat.wav loop_mode=one_shot pitch_keytrack=0\n");
  auto document = nlohmann::json::parse(testing::read_text(mine / "song.json"));
  for (auto& track : document["tracks"])
    if (track["id"] == "hats") track["instrument"] = "sfz:instruments/mine/kit.sfz";
  storage::write_file(mine / "song.json", document.dump());

  EXPECT_EQ(studio::build_song(mine, Progress()).tracks_built, 1);
  const auto stems = stems_of(mine);
  EXPECT_NE(stems.at("hats.wav"), stems_of(song()).at("hats.wav"));
  EXPECT_EQ(studio::build_song(mine, Progress()).tracks_built, 0);
  write_hit(-0.5F);  // the same length, other bytes
  EXPECT_EQ(studio::build_song(mine, Progress()).tracks_built, 1);
  EXPECT_NE(stems_of(mine).at("hats.wav"), stems.at("hats.wav"));
  std::filesystem::remove(mine / "instruments" / "mine" / "Samples" / "hat.wav");
  try {
    (void)studio::build_song(mine, Progress());
    ADD_FAILURE() << "built without its sample";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::NotFound);
    EXPECT_NE(std::string(e.what()).find("kit.sfz, line 1: no sample at " + (mine / "instruments" / "mine" / "Samples" / "hat.wav").string()), std::string::npos) << e.what();
  }
}

// What is built after edits, from what earlier builds left, is to the last bit of every export what is built from nothing.
TEST_F(BuiltSong, WhateverWasEditedTheResultIsThatOfBuildingFromNothing) {
  const Folder work;
  const auto edited = work / "edited";
  std::filesystem::copy(song(), edited, std::filesystem::copy_options::recursive);
  const std::vector<std::pair<const char*, std::function<void(song::Song&)>>> edits{
      {"a fader", [](song::Song& s) { s.tracks[0].gain = Decibels{-1.5}; }},
      {"a send", [](song::Song& s) { s.tracks[1].sends = {{s.buses[0].id, Decibels{-9}}}; }},
      {"an effect of a bus", [](song::Song& s) { s.buses[0].gain = Decibels{-2}; }},
      {"a fade", [](song::Song& s) { s.tracks[2].automation.push_back({"gain_db", {{Beats{8}, 0}, {Beats{16}, -12}}}); }},
      {"a look-ahead", [](song::Song& s) { s.tracks[3].effects.push_back({"limiter", {}, ""}); }},
      {"the target", [](song::Song& s) { s.master.target = Lufs{-11}; }},
      {"the fader back", [](song::Song& s) { s.tracks[0].gain = Decibels{0}; }},
      {"the length", [](song::Song& s) { s.bars = 9, s.sections.back().bars += 1; }},
  };
  for (const auto& [what, edit] : edits) {
    song::Song document = song::load(edited);
    edit(document);
    song::save(document, edited);
    (void)studio::build_song(edited, Progress());
    const auto fresh = work / "fresh";
    std::filesystem::create_directories(fresh);
    std::filesystem::copy(edited / "song.json", fresh / "song.json");
    std::filesystem::copy(edited / "midi", fresh / "midi");
    (void)studio::build_song(fresh, Progress());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(fresh / "export")) {
      if (!entry.is_regular_file() || entry.path().filename() == "exports.json") continue;
      const auto name = std::filesystem::relative(entry.path(), fresh);
      EXPECT_EQ(sha256_file(edited / name), sha256_file(entry.path())) << name << " after a change of " << what;
    }
    std::filesystem::remove_all(fresh);
  }
}

TEST_F(BuiltSong, AnotherSongIsNeverOverwritten) {
  try {
    (void)studio::make_song({"techno, 8 bars", song(), 1, "builtin"}, Progress());
    FAIL() << "the song was overwritten";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InvalidArgument);
    EXPECT_FALSE(e.hint().empty());
  }
  EXPECT_EQ(song::load(song()).prompt, kPrompt);
}

TEST_F(BuiltSong, AStoppedBuildGoesOn) {
  const Folder other;
  // Stop in the middle of playing the tracks.
  int calls = 0;
  Progress* self = nullptr;
  Progress stopping([&](double, std::string_view stage) {
    if (stage.rfind("playing", 0) == 0 && ++calls == 3) self->cancel();
  });
  self = &stopping;
  EXPECT_THROW((void)studio::make_song({kPrompt, other / "song", 5, "builtin"}, stopping), Error);
  const auto rest = studio::build_song(other / "song", Progress());
  EXPECT_GT(rest.tracks_kept, 0);
  EXPECT_GT(rest.tracks_built, 0);
  EXPECT_EQ(sha256_file(other / "song" / "export" / "stems" / "kick.wav"), sha256_file(song() / "export" / "stems" / "kick.wav"));
}

TEST_F(BuiltSong, HostileDocumentsAreNamed) {
  const Folder copy;
  std::filesystem::copy(song(), copy / "song", std::filesystem::copy_options::recursive);
  const std::string good = testing::read_text(copy / "song" / "song.json");
  const auto fails_with = [&](const std::string& text, const std::string& word) {
    storage::write_file(copy / "song" / "song.json", text);
    try {
      (void)studio::build_song(copy / "song", Progress());
      ADD_FAILURE() << "accepted: " << word;
    } catch (const Error& e) {
      EXPECT_NE((e.what() + e.hint()).find(word), std::string::npos) << e.what();
    }
  };
  const auto with = [&](auto change) {
    auto document = nlohmann::json::parse(good);
    change(document);
    return document.dump();
  };
  fails_with("", "song.json");
  fails_with(good.substr(0, good.size() / 2), "not valid JSON");
  fails_with(with([](auto& j) { j["version"] = 999; }), "newer Figment");
  fails_with(with([](auto& j) { j["tracks"][0]["midi"] = "../../etc/passwd"; }), "leaves the song's folder");
  fails_with(with([](auto& j) { j["tracks"][0]["midi"] = "midi/none.mid"; }), "none.mid");
  fails_with(with([](auto& j) { j["tracks"][0]["instrument"] = "bass/8o8"; }), "8o8");
  fails_with(with([](auto& j) { j["tracks"][0]["instrument"] = "sfz:none.sfz"; }), "no SFZ file at ");
  fails_with(with([](auto& j) { j["tracks"][0]["instrument"] = "sfz:/etc/kit.sfz"; }), "leaves the song's folder");
  fails_with(with([](auto& j) { j["tracks"][0]["effects"] = {{{"type", "eqq"}}}; }), "eqq");
  fails_with(with([](auto& j) { j["tracks"][0]["effects"] = {{{"type", "eq"}, {"parameters", {{"bell9_db", 3}}}}}; }), "bell9_db");
  fails_with(with([](auto& j) { j["tracks"][1]["id"] = j["tracks"][0]["id"]; }), "two tracks");
  fails_with(with([](auto& j) { j["tempo"][0]["bpm"] = 3; }), "bpm");
  fails_with(with([](auto& j) { j["tempoo"] = 3; }), "tempoo");
  fails_with(with([](auto& j) { j["bars"] = 100000000; }), "bars");
  fails_with(with([](auto& j) { j["sections"][0]["bars"] = 7; }), "section");
  storage::write_file(copy / "song" / "song.json", good);
  storage::write_file(copy / "song" / "midi" / "kick.mid", "MThd not midi");
  try {
    (void)studio::build_song(copy / "song", Progress());
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("kick.mid"), std::string::npos);
  }
}

}  // namespace
}  // namespace figment
