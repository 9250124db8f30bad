// figment models, as a user meets it, against a hub on this machine.
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "models/test_server.h"
#include "weights/test_files.h"
#include "workbench.h"

namespace figment {
namespace {

using models::testing::Answer;
using models::testing::Asked;
using models::testing::Server;
using testing::Folder;
using testing::Outcome;
using testing::shell;

// A folder with a store in it, and a hub that has encodec-24khz (whose hashes the catalogue does not know).
struct ModelsBench {
  Folder folder;
  std::string weights = weights::testing::safetensors(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", std::string(8, '\1'));
  std::function<void(const Asked&)> before = [](const Asked&) {};
  Server server{[this](const Asked& asked) {
    before(asked);
    Answer a;
    if (asked.path == "/facebook/encodec_24khz/resolve/main/config.json") a.body = "{}";
    else if (asked.path == "/facebook/encodec_24khz/resolve/main/model.safetensors") a = models::testing::file_answer(asked, weights);
    else a.status = 404;
    return a;
  }};

  // $$ becomes the program's own number.
  Outcome run(const std::string& arguments) {
    return shell("cd '" + folder.path().string() + "' && { echo $$ > pid; export no_proxy='*' FIGMENT_MODELS='" + (folder / "store").string() + "' HF_ENDPOINT=" + server.url() + " HF_TOKEN=hf_x; exec " FIGMENT_PROGRAM " models " + arguments + "; }");
  }
  nlohmann::json json(const std::string& arguments) {
    const Outcome outcome = run(arguments + " --json");
    EXPECT_EQ(outcome.code, 0) << outcome.text;
    return nlohmann::json::parse(outcome.text);
  }
};

TEST(Models, AreListedWithLicencesBeforeAnyIsThere) {
  ModelsBench bench;
  const Outcome text = bench.run("");
  EXPECT_EQ(text.code, 0) << text.text;
  for (const char* word : {"musicgen-small", "CC-BY-NC-4.0, no commercial use", "needs t5-base, encodec-32khz", "841 MB", "figment models pull"}) EXPECT_NE(text.text.find(word), std::string::npos) << word;
  const auto list = bench.json("");
  EXPECT_GE(list.at("models").size(), 13U);
  EXPECT_EQ(list.at("models")[0].at("installed"), nullptr);
  EXPECT_FALSE(std::filesystem::exists(bench.folder / "store")) << "looking changes nothing";
}

TEST(Models, OneIsPulledVerifiedAndRemoved) {
  ModelsBench bench;
  const Outcome pulled = bench.run("pull encodec-24khz");
  ASSERT_EQ(pulled.code, 0) << pulled.text;
  EXPECT_NE(pulled.text.find("no licence named, no commercial use"), std::string::npos) << pulled.text;
  EXPECT_EQ(testing::read_text(bench.folder / "store/encodec-24khz/model.safetensors"), bench.weights);
  EXPECT_TRUE(bench.json("pull encodec-24khz")[0].at("was_there").get<bool>());
  EXPECT_EQ(bench.run("verify").code, 0);
  std::ofstream(bench.folder / "store/encodec-24khz/config.json") << "[]";
  const Outcome damaged = bench.run("verify encodec-24khz");
  EXPECT_EQ(damaged.code, 3) << damaged.text;
  EXPECT_NE(damaged.text.find("config.json has changed"), std::string::npos) << damaged.text;
  EXPECT_EQ(bench.run("remove encodec-24khz").code, 0);
  EXPECT_FALSE(std::filesystem::exists(bench.folder / "store/encodec-24khz"));
  EXPECT_EQ(bench.run("remove encodec-24khz").code, 3);
}

TEST(Models, StoppedByCtrlCAPullGoesOnWhenCalledAgain) {
  ModelsBench bench;
  bench.before = [&](const Asked& asked) {
    if (asked.path.ends_with("model.safetensors")) ::kill(std::stoi(testing::read_text(bench.folder / "pid")), SIGINT);
  };
  const Outcome stopped = bench.run("pull encodec-24khz");
  EXPECT_EQ(stopped.code, 130) << stopped.text;
  EXPECT_FALSE(std::filesystem::exists(bench.folder / "store/encodec-24khz"));
  bench.before = [](const Asked&) {};
  const std::size_t asked = bench.server.asked().size();
  EXPECT_EQ(bench.run("pull encodec-24khz").code, 0);
  EXPECT_EQ(bench.server.asked().size(), asked + 1) << "the first file had come";
  EXPECT_TRUE(std::filesystem::exists(bench.folder / "store/encodec-24khz/manifest.json"));
}

TEST(Models, ATypoIsAnsweredWithTheNearestName) {
  ModelsBench bench;
  const Outcome outcome = bench.run("pull musicgen-smal");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.text.find("did you mean musicgen-small?"), std::string::npos) << outcome.text;
  EXPECT_EQ(bench.run("pul x").code, 2);
  EXPECT_TRUE(bench.server.asked().empty());
}

TEST(Models, WhatTheHubLacksIsNamed) {
  ModelsBench bench;
  const Outcome outcome = bench.run("pull t5-base");
  EXPECT_EQ(outcome.code, 3) << outcome.text;
  EXPECT_NE(outcome.text.find("google-t5/t5-base"), std::string::npos) << outcome.text;
}

TEST(Models, FilesOnDiskAreAdded) {
  ModelsBench bench;
  weights::testing::write(bench.folder / "mine/model.safetensors", bench.weights);
  EXPECT_EQ(bench.run("add my-band mine").code, 3) << "without a licence";
  const auto added = bench.json("add my-band mine --licence MIT --link");
  EXPECT_TRUE(added.at("commercial_use").get<bool>());
  const auto list = bench.json("");
  EXPECT_EQ(list.at("models").back().at("name"), "my-band");
  EXPECT_TRUE(std::filesystem::is_symlink(bench.folder / "store/my-band/model.safetensors"));
}

}  // namespace
}  // namespace figment
