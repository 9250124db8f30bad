// The licence of every trained weight that touched a song follows the sound: into records, exports, packs and instruments.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "audio/file.h"
#include "audio/tags.h"
#include "base/hash.h"
#include "base/random.h"
#include "build/sound_marks.h"
#include "storage/files.h"
#include "workbench.h"

namespace figment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Folder;
using testing::Outcome;
using testing::read_text;
using testing::run_in;
using Weights = std::vector<song::WeightsUsed>;

const song::WeightsUsed kModel{"musicgen-small", "CC-BY-NC-4.0", false, "ab"}, kTextModel{"t5-base", "Apache-2.0", true, "cd"};
const Weights kBoth{kModel, kTextModel};
constexpr const char* kSaid = "musicgen-small (CC-BY-NC-4.0, no commercial use)";

// Two bars of kick, snare and hat at 120 bpm.
audio::AudioBuffer drum_loop() {
  audio::AudioBuffer sound(2, 4 * 44100, Hertz{44100});
  Random random(9);
  for (int eighth = 0; eighth < 16; ++eighth) {
    const std::int64_t first = eighth * 11025;
    for (std::int64_t n = 0; n < 8820; ++n) {
      const double t = static_cast<double>(n) / 44100, noise = random.uniform(-1, 1);
      double x = 0.12 * noise * std::exp(-t / 0.01);
      if (eighth % 2 == 0) x += 0.7 * std::sin(2 * M_PI * (50 * t + 2.4 * (1 - std::exp(-t / 0.02)))) * std::exp(-t / 0.06);
      if (eighth % 4 == 2) x += 0.45 * noise * std::exp(-t / 0.05);
      for (int c = 0; c < 2; ++c) sound.channel(c)[first + n] = static_cast<float>(x);
    }
  }
  return sound;
}

std::string neural_recipe(const Weights& weights) {
  return json{{"engine", "musicgen-small"}, {"version", 1}, {"parameters", {{"prompt", "a dusty break"}}}, {"seed", 4}, {"inputs", json::array()}, {"weights", song::to_json(weights)}}.dump();
}

// A file as a neural engine writes it.
void write_neural(const fs::path& file, const std::string& recipe) {
  fs::create_directories(file.parent_path());
  audio::write_audio(file, drum_loop().view(), audio::FileFormat::Wav24);
  audio::Tags tags;
  tags.more["FIGMENT_RECIPE"] = recipe;
  audio::write_tags(file, tags);
}

std::string source_type(const fs::path& file) {
  const audio::Tags tags = audio::read_tags(file);
  const auto found = tags.more.find("DIGITALSOURCETYPE");
  return found == tags.more.end() ? "" : found->second.substr(found->second.rfind('/') + 1);
}

// By engine: how many records of takes tell of weights, and how many of none.
std::map<std::string, std::pair<int, int>> records_of(const fs::path& song) {
  std::map<std::string, std::pair<int, int>> found;
  for (const auto& entry : fs::recursive_directory_iterator(song / "takes")) {
    if (entry.path().extension() != ".json" || !is_digest(entry.path().stem().string()) || entry.path().parent_path().filename() == "steps") continue;
    const json recipe = json::parse(read_text(entry.path())).at("recipe");
    auto& [with, without] = found[recipe.at("engine").get<std::string>()];
    ++(recipe.contains("weights") ? with : without);
  }
  return found;
}

json json_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.text;
  return json::parse(outcome.text);
}

void set_track(const fs::path& song, const std::string& id, const std::function<void(json&)>& change) {
  json document = json::parse(read_text(song / "song.json"));
  for (auto& track : document.at("tracks"))
    if (track.at("id") == id) change(track);
  storage::write_file(song / "song.json", document.dump(1));
}

class Licence : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    write_neural(*folder_ / "break.wav", neural_recipe(kBoth));
    made_ = run_in(*folder_, "song 'techno, 120 bpm, 4 bars' --seed 2 -q -o plain").code;
  }
  static void TearDownTestSuite() { delete folder_; }
  void SetUp() override { ASSERT_EQ(made_, 0); }
  // A copy of the song that no weights took part in.
  static fs::path song(const std::string& name) {
    fs::copy(*folder_ / "plain", *folder_ / name, fs::copy_options::recursive);
    return *folder_ / name;
  }
  static inline Folder* folder_ = nullptr;
  static inline int made_ = -1;
};

TEST_F(Licence, OfAClipIsToldByWhateverIsMadeOfIt) {
  const fs::path s = song("clip");
  const std::string kick = read_text(s / "export/stems/kick.wav");
  const Outcome added = run_in(*folder_, "add clip break.wav --track choir -q");
  ASSERT_EQ(added.code, 0) << added.text;
  EXPECT_NE(added.text.find(kSaid), std::string::npos) << added.text;
  EXPECT_NE(added.text.find("sounds/break.wav on track \"choir\""), std::string::npos) << added.text;
  EXPECT_EQ(added.text.find("t5-base"), std::string::npos) << "that one allows everything: " << added.text;

  for (const char* file : {"master.wav", "master.flac", "master.mp3", "master.ogg", "stems/choir.wav"}) {
    EXPECT_EQ(build::made_by(s / "export" / file).weights, kBoth) << file;
    EXPECT_EQ(source_type(s / "export" / file), "compositeWithTrainedAlgorithmicMedia") << file;
    const audio::Tags tags = audio::read_tags(s / "export" / file);
    EXPECT_NE(tags.comment.find(kSaid), std::string::npos) << file << ": " << tags.comment;
    EXPECT_NE(tags.more.at("LICENSE").find("CC-BY-NC-4.0"), std::string::npos) << file;
    EXPECT_TRUE(tags.more.contains("FIGMENT_WEIGHTS")) << file;
  }
  EXPECT_EQ(read_text(s / "export/stems/kick.wav"), kick) << "nothing of the clip is in it";

  auto records = records_of(s);
  EXPECT_EQ(records.at("builtin.import").second, 0);
  EXPECT_EQ(records.at("builtin.track").first, 1) << "the clip's";
  EXPECT_EQ(records.at("builtin.mix"), std::make_pair(1, 1)) << "the one before knew none";
  EXPECT_EQ(records.at("builtin.master"), std::make_pair(1, 1));

  const Outcome why = run_in(*folder_, "why clip");
  const std::string top = why.text.substr(0, why.text.find('\n'));
  EXPECT_NE(top.find("export/master.wav"), std::string::npos) << why.text;
  EXPECT_NE(top.find(std::string(kSaid) + ", t5-base (Apache-2.0)"), std::string::npos) << why.text;
  const std::string leaf = why.text.substr(why.text.find("sounds/break.wav"), 200);
  EXPECT_NE(leaf.find("musicgen-small 1"), std::string::npos) << why.text;
  EXPECT_NE(leaf.find("a dusty break"), std::string::npos) << why.text;
  const std::string drum = why.text.substr(why.text.find("track kick"));
  EXPECT_EQ(drum.substr(0, drum.find('\n')).find("weights"), std::string::npos) << why.text;
  EXPECT_EQ(json_of(run_in(*folder_, "why clip export/stems/choir.wav --json")).at("weights"), song::to_json(kBoth));
  EXPECT_EQ(json_of(run_in(*folder_, "why clip export/stems/kick.wav --json")).at("weights"), json::array());

  // Nothing to do, but it is said.
  const Digest master = sha256_file(s / "export/master.wav");
  const Outcome again = run_in(*folder_, "build clip -q");
  EXPECT_NE(again.text.find("nothing to do"), std::string::npos) << again.text;
  EXPECT_NE(again.text.find(kSaid), std::string::npos) << again.text;
  EXPECT_EQ(sha256_file(s / "export/master.wav"), master);
  const json report = json_of(run_in(*folder_, "build clip --json"));
  EXPECT_EQ(report.at("weights"), song::to_json(kBoth));
  EXPECT_EQ(report.at("no_commercial_use"), json::array({"musicgen-small"}));
  EXPECT_EQ(report.at("sounds_with_weights").at(0).at("track"), "choir");
  EXPECT_EQ(report.at("sounds_with_weights").at(0).at("sound"), "sounds/break.wav");
}

TEST_F(Licence, OfWhatIsNotHeardDoesNotCount) {
  const fs::path s = song("muted");
  ASSERT_EQ(run_in(*folder_, "add muted break.wav --track choir -q").code, 0);
  ASSERT_FALSE(build::made_by(s / "export/master.wav").weights.empty());
  set_track(s, "choir", [](json& track) { track["mute"] = true; });
  const json report = json_of(run_in(*folder_, "build muted --json"));
  EXPECT_EQ(report.at("weights"), json::array());
  EXPECT_EQ(report.at("sounds_with_weights"), json::array());
  for (const char* file : {"master.wav", "master.mp3", "stems/choir.wav"}) EXPECT_TRUE(build::made_by(s / "export" / file).weights.empty()) << file;
  EXPECT_EQ(source_type(s / "export/master.wav"), "algorithmicMedia");
  EXPECT_EQ(source_type(s / "export/stems/choir.wav"), "");
  const std::string why = run_in(*folder_, "why muted").text;
  EXPECT_EQ(why.substr(0, why.find('\n')).find("weights"), std::string::npos) << why;
}

TEST_F(Licence, ThatAloneChangesIsWrittenAnewWithoutPlayingAnything) {
  const fs::path s = song("changed");
  ASSERT_EQ(run_in(*folder_, "add changed break.wav --track choir -q").code, 0);
  // The same sound, of weights that allow everything.
  write_neural(s / "sounds/break.wav", neural_recipe({kTextModel}));
  set_track(s, "choir", [&](json& track) { track["clips"][0]["sha256"] = sha256_file(s / "sounds/break.wav"); });
  const json report = json_of(run_in(*folder_, "build changed --json"));
  EXPECT_EQ(report.at("tracks_built"), 0);
  EXPECT_EQ(report.at("mixed"), false);
  EXPECT_EQ(report.at("mastered"), false);
  EXPECT_GE(report.at("files_written").get<int>(), 4);
  EXPECT_EQ(report.at("weights"), song::to_json({kTextModel}));
  EXPECT_EQ(report.at("no_commercial_use"), json::array());
  for (const char* file : {"master.wav", "master.flac", "master.mp3", "master.ogg", "stems/choir.wav"}) {
    EXPECT_EQ(build::made_by(s / "export" / file).weights, Weights{kTextModel}) << file;
    EXPECT_EQ(audio::read_tags(s / "export" / file).comment.find("musicgen"), std::string::npos) << file;
  }
  const Outcome why = run_in(*folder_, "why changed");
  EXPECT_EQ(why.text.find("CC-BY-NC"), std::string::npos) << why.text;
  EXPECT_EQ(run_in(*folder_, "build changed -q").text, "changed: nothing to do\n");
}

TEST_F(Licence, SongsWithoutWeightsAreAsTheyWere) {
  const fs::path s = song("without");
  for (const auto& [engine, count] : records_of(s)) EXPECT_EQ(count.first, 0) << engine;
  EXPECT_EQ(read_text(s / "export/exports.json").find("weights"), std::string::npos);
  EXPECT_EQ(source_type(s / "export/master.flac"), "algorithmicMedia");
  EXPECT_FALSE(audio::read_tags(s / "export/master.flac").more.contains("LICENSE"));
  EXPECT_EQ(source_type(s / "export/stems/kick.wav"), "");
  const Outcome built = run_in(*folder_, "build without -q");
  EXPECT_EQ(built.text.find("licence"), std::string::npos) << built.text;
}

TEST_F(Licence, FollowsThroughAPackIntoAnInstrument) {
  const fs::path s = song("kit");
  const json pack = json_of(run_in(*folder_, "chop break.wav -o pack --json"));
  EXPECT_EQ(pack.at("weights"), song::to_json(kBoth));
  ASSERT_FALSE(pack.at("samples").empty());
  for (const auto& sample : pack.at("samples")) {
    const build::MadeBy made = build::made_by(*folder_ / ("pack/" + sample.at("file").get<std::string>()));
    EXPECT_EQ(made.weights, kBoth) << sample;
    EXPECT_EQ(made.engine, "builtin.chop 1");
    EXPECT_EQ(source_type(*folder_ / ("pack/" + sample.at("file").get<std::string>())), "trainedAlgorithmicMedia");
  }
  const json listed = json::parse(read_text(*folder_ / "pack/pack.json")), &samples = listed.at("samples");
  EXPECT_EQ(samples.size(), pack.at("samples").size());
  for (const auto& sample : samples) EXPECT_EQ(sample.at("recipe").at("weights"), song::to_json(kBoth));

  const Outcome set = run_in(*folder_, "instrument kit kit pack -q");
  ASSERT_EQ(set.code, 0) << set.text;
  EXPECT_NE(set.text.find(kSaid), std::string::npos) << set.text;
  EXPECT_NE(set.text.find("instruments/pack/pack/kit.sfz on track"), std::string::npos) << set.text;
  int told = 0;
  const json origin = json::parse(read_text(s / "instruments/pack/origin.json"));
  for (const auto& [file, sample] : origin.at("samples").items()) told += sample.contains("weights") && sample.at("weights") == song::to_json(kBoth) ? 1 : 0;
  EXPECT_GE(told, 2);
  EXPECT_EQ(build::made_by(s / "export/master.mp3").weights, kBoth);
  EXPECT_GE(records_of(s).at("builtin.track").first, 2) << "kick and snare play it";
  const Outcome why = run_in(*folder_, "why kit");
  EXPECT_NE(why.text.find("builtin.chop 1"), std::string::npos) << why.text;
  EXPECT_NE(why.text.substr(why.text.find("one-shots/")).find(kSaid), std::string::npos) << why.text;
}

TEST_F(Licence, FollowsIntoSamplesThatAreWrittenAnew) {
  const fs::path s = song("hits");
  write_neural(*folder_ / "loose/kick.wav", neural_recipe(kBoth));
  ASSERT_EQ(run_in(*folder_, "instrument hits kit loose -q").code, 0);
  const build::MadeBy made = build::made_by(s / "instruments/loose/kick-kick.wav");
  EXPECT_EQ(made.weights, kBoth);
  EXPECT_EQ(made.engine, "builtin.sample 1");
  EXPECT_EQ(build::made_by(s / "export/stems/kick.wav").weights, kBoth);
  const json origin = json::parse(read_text(s / "instruments/loose/origin.json")).at("samples").at("kick-kick.wav");
  EXPECT_EQ(origin.at("weights"), song::to_json(kBoth));
  const Outcome why = run_in(*folder_, "why hits export/stems/kick.wav");
  for (const char* words : {"musicgen-small 1", "a dusty break", kSaid}) EXPECT_NE(why.text.find(words), std::string::npos) << words << why.text;
}

TEST_F(Licence, FollowsThroughFittingAndMastering) {
  const json fitted = json_of(run_in(*folder_, "fit break.wav --bpm 126 -o fitted.wav --json")).at(0);
  EXPECT_EQ(fitted.at("weights"), song::to_json(kBoth));
  EXPECT_EQ(build::made_by(*folder_ / "fitted.wav").weights, kBoth);
  EXPECT_EQ(build::made_by(*folder_ / "fitted.wav").engine, "builtin.fit 2");
  const json mastered = json_of(run_in(*folder_, "master fitted.wav -t -11 -o loud.mp3 --no-picture --json"));
  EXPECT_EQ(mastered.at("weights"), song::to_json(kBoth));
  EXPECT_EQ(build::made_by(*folder_ / "loud.mp3").weights, kBoth);
  EXPECT_EQ(build::made_by(*folder_ / "loud.mp3").engine, "builtin.master-file 1");
  EXPECT_EQ(source_type(*folder_ / "loud.mp3"), "trainedAlgorithmicMedia");
  EXPECT_NE(run_in(*folder_, "master fitted.wav -t -12 -o loud2.flac --no-picture -q").text.find(kSaid), std::string::npos);

  // And a song that holds such a sound is one itself.
  (void)song("first");
  const fs::path second = song("second");
  ASSERT_EQ(run_in(*folder_, "add first loud.mp3 -q").code, 0);
  ASSERT_EQ(run_in(*folder_, "add second first/export/master.ogg --track sampled -q").code, 0);
  EXPECT_EQ(build::made_by(second / "export/master.flac").weights, kBoth);
}

TEST_F(Licence, OfAReferenceIsARemark) {
  const Outcome made = run_in(*folder_, "midi 'techno, 4 bars' --reference break.wav -o like -q");
  ASSERT_EQ(made.code, 0) << made.text;
  EXPECT_NE(made.text.find("took part in the reference: musicgen-small"), std::string::npos) << made.text;
}

TEST_F(Licence, HostileTagsStopNothing) {
  (void)song("hostile");
  json long_one = json::parse(neural_recipe(kBoth));
  long_one["parameters"]["prompt"] = std::string(1 << 20, 'x');
  const std::string tags[] = {"{", "[[[[[[", "{\"weights\": 7}", R"({"weights": [{"model": 1, "licence": [], "commercial_use": "no", "sha256": {}}]})", long_one.dump(), std::string(50000, '[')};
  int i = 0;
  for (const std::string& tag : tags) {
    const std::string name = "bad" + std::to_string(i++);
    write_neural(*folder_ / (name + ".wav"), tag);
    ASSERT_EQ(json_of(run_in(*folder_, "add hostile " + name + ".wav --no-build --json")).at("weights"), json::array());
    if (tag != "{" && tag.size() < 1000) continue;
    EXPECT_EQ(run_in(*folder_, "chop " + name + ".wav -o " + name + "-pack -q --no-loops").code, 0);
    EXPECT_EQ(run_in(*folder_, "fit " + name + ".wav --bpm 122 -q").code, 0);
    EXPECT_EQ(run_in(*folder_, "master " + name + ".wav -t -12 -o " + name + ".ogg --no-picture -q").code, 0);
  }
  const json report = json_of(run_in(*folder_, "build hostile --json"));
  EXPECT_EQ(report.at("weights"), json::array());
  EXPECT_EQ(run_in(*folder_, "why hostile").code, 0);
}

}  // namespace
}  // namespace figment
