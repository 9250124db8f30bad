#include "models/store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "models/store_lock.h"
#include "models/test_server.h"
#include "storage/data_file.h"
#include "storage/files.h"
#include "storage/test_folder.h"
#include "weights/test_files.h"

namespace figment::models {
namespace {

namespace fs = std::filesystem;
using storage::testing::code_of;
using storage::testing::Folder;
using testing::Answer;
using testing::Asked;
using testing::file_answer;
using testing::Server;

// A safetensors file with one tensor of so many numbers.
std::string tiny_weights(int numbers = 4000) {
  const std::string data(static_cast<std::size_t>(numbers) * 4, '\1');
  return weights::testing::safetensors("{\"w\":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(numbers) + "],\"data_offsets\":[0," + std::to_string(data.size()) + "]}}", data);
}

// Two models, one of which needs the other, and a hub that has them.
struct StoreBench {
  Folder folder;
  Store store{folder.path() / "store"};
  std::map<std::string, std::string> files{{"small/config.json", "{}"}, {"small/model.safetensors", tiny_weights()}, {"text/model.safetensors", tiny_weights(7)}};
  std::function<std::optional<Answer>(const Asked&, const std::string& file)> instead = [](const Asked&, const std::string&) { return std::nullopt; };
  Server server{[this](const Asked& asked) { return answer(asked); }};
  Catalogue catalogue;
  Hub hub;
  Progress progress;

  StoreBench() {
    ::setenv("no_proxy", "*", 1);
    hub = {server.url(), "secret"};
    catalogue = Catalogue::parse(storage::parse_toml(R"(
[[model]]
name = "small"
what = "music"
repository = "them/small"
licence = "CC-BY-NC-4.0"
commercial_use = false
needs = ["text"]
files = [ { name = "config.json", size = 2 }, { name = "extra/more.json", size = 2, optional = true }, { name = "model.safetensors", size = 16000, sha256 = ")" + sha256(files["small/model.safetensors"]) + R"(" } ]
[[model]]
name = "text"
what = "text"
repository = "them/text"
licence = "Apache-2.0"
commercial_use = true
files = [ { name = "model.safetensors", size = 100 } ]
)", "test"), "test");
  }
  Answer answer(const Asked& asked) {
    // /them/NAME/resolve/REVISION/FILE
    const std::string rest = asked.path.substr(6), name = rest.substr(0, rest.find('/'));
    const std::string after = rest.substr(rest.find("/resolve/") + 9), file = name + after.substr(after.find('/'));
    if (auto told = instead(asked, file)) return *told;
    Answer a;
    a.status = 404;
    if (files.contains(file)) {
      a = file_answer(asked, files[file]);
      a.headers.emplace_back("X-Repo-Commit", std::string(40, 'c'));
    }
    return a;
  }
  bool pull(const std::string& name) { return store.pull(catalogue.at(name), hub, progress, {3, [](double) {}}); }
  // Nothing that begins with other than a dot, unless named.
  [[nodiscard]] std::vector<std::string> seen() const {
    std::vector<std::string> names;
    if (fs::exists(store.root()))
      for (const auto& entry : fs::directory_iterator(store.root()))
        if (const std::string name = entry.path().filename(); name.front() != '.') names.push_back(name);
    return names;
  }
};

TEST(Store, AModelIsPulledAndItsManifestSaysEverything) {
  StoreBench bench;
  EXPECT_TRUE(bench.pull("small"));
  const auto manifest = bench.store.find("small");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->licence, "CC-BY-NC-4.0");
  EXPECT_FALSE(manifest->commercial_use);
  EXPECT_EQ(manifest->commit, std::string(40, 'c'));
  ASSERT_EQ(manifest->files.size(), 2U) << "the optional one is not there";
  EXPECT_EQ(manifest->files[1].sha256, sha256(bench.files["small/model.safetensors"]));
  EXPECT_TRUE(manifest->files[1].verified);
  EXPECT_FALSE(manifest->files[0].verified) << "its hash was only learned";
  // After the first file all are asked for by commit, so that they are of one state.
  EXPECT_EQ(manifest->files[1].source, bench.server.url() + "/them/small/resolve/" + std::string(40, 'c') + "/model.safetensors");
  EXPECT_EQ(manifest->weights_sha256(), manifest->files[1].sha256);
  EXPECT_EQ(storage::read_file(bench.store.root() / "small/model.safetensors"), bench.files["small/model.safetensors"]);
  EXPECT_FALSE(fs::exists(bench.store.root() / ".pull/small"));
  EXPECT_FALSE(fs::exists(bench.store.root() / ".notes/small"));
  const std::size_t asked = bench.server.asked().size();
  EXPECT_FALSE(bench.pull("small")) << "it is there";
  EXPECT_EQ(bench.server.asked().size(), asked);
  EXPECT_TRUE(bench.store.verify("small", bench.progress).problems.empty());
}

TEST(Store, FilesAtAPlainAddressComeWithoutTheHubsToken) {
  StoreBench bench;
  const std::string weights = tiny_weights(9);
  Server plain{[&](const Asked& asked) { return file_answer(asked, weights); }};
  const auto catalogue = [&](const Digest& digest) {
    return Catalogue::parse(storage::parse_toml("[[model]]\nname = \"apart\"\nwhat = \"x\"\nurl = \"" + plain.url() + "/nets\"\nlicence = \"MIT\"\ncommercial_use = true\n" +
                                                    "files = [ { name = \"1-2.safetensors\", size = 100, sha256 = \"" + digest + "\" } ]\n", "test"), "test");
  };
  const Catalogue wrong = catalogue(std::string(64, 'a')), right = catalogue(sha256(weights));
  EXPECT_EQ(code_of([&] { bench.store.pull(wrong.at("apart"), bench.hub, bench.progress, {1, [](double) {}}); }), ErrorCode::Remote) << "another file than the one that is known";
  EXPECT_FALSE(bench.store.find("apart"));
  EXPECT_TRUE(bench.store.pull(right.at("apart"), bench.hub, bench.progress, {1, [](double) {}}));
  const auto manifest = bench.store.find("apart");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->files[0].source, plain.url() + "/nets/1-2.safetensors");
  EXPECT_TRUE(manifest->files[0].verified);
  for (const Asked& asked : plain.asked()) {
    EXPECT_EQ(asked.path, "/nets/1-2.safetensors");
    EXPECT_EQ(asked.header("authorization"), "") << "who the user is at the Hub is nobody else's business";
  }
  EXPECT_TRUE(bench.server.asked().empty());
}

TEST(Store, WhateverGoesWrongNothingHalfIsSeenAndTheNextPullGoesOn) {
  StoreBench bench;
  int broken = 1;
  bench.instead = [&](const Asked& asked, const std::string& file) -> std::optional<Answer> {
    if (file != "small/model.safetensors" || broken == 0) return std::nullopt;
    Answer a = file_answer(asked, bench.files[file]);
    a.drop_after = asked.from() == 0 ? 9000 : 0;
    return a;
  };
  EXPECT_EQ(code_of([&] { bench.pull("small"); }), ErrorCode::Remote);
  EXPECT_TRUE(bench.seen().empty());
  EXPECT_FALSE(bench.store.find("small"));
  EXPECT_EQ(bench.store.unfinished(bench.catalogue.at("small")), 9002U);
  broken = 0;
  const std::size_t before = bench.server.asked().size();
  EXPECT_TRUE(bench.pull("small"));
  EXPECT_EQ(bench.seen(), std::vector<std::string>{"small"});
  for (std::size_t n = before; n < bench.server.asked().size(); ++n) EXPECT_EQ(bench.server.asked()[n].path.find("config.json"), std::string::npos) << "that one had come";
  EXPECT_EQ(bench.server.asked().back().from(), 9000U);
  EXPECT_TRUE(bench.store.verify("small", bench.progress).problems.empty());
}

TEST(Store, WhatIsNoWeightFileIsNotInstalled) {
  StoreBench bench;
  bench.files["text/model.safetensors"] = "this is a text, not a network";
  EXPECT_EQ(code_of([&] { bench.pull("text"); }), ErrorCode::Corrupt);
  EXPECT_TRUE(bench.seen().empty());
  bench.files["text/model.safetensors"] = tiny_weights(7);
  EXPECT_TRUE(bench.pull("text")) << "and the wrong one does not stay in the way";
}

TEST(Store, AFileThatMustBeThereAndIsNotIsNamed) {
  StoreBench bench;
  bench.files.erase("small/model.safetensors");
  EXPECT_EQ(code_of([&] { bench.pull("small"); }), ErrorCode::NotFound);
  EXPECT_TRUE(bench.seen().empty());
}

TEST(Store, AFullDiskIsSeenBeforeAnythingIsAsked) {
  StoreBench bench;
  KnownModel huge = bench.catalogue.at("text");
  huge.files[0].size = 900'000'000'000'000;
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.store.pull(huge, bench.hub, bench.progress)); }), ErrorCode::Io);
  EXPECT_TRUE(bench.server.asked().empty());
}

TEST(Store, WhoComesSecondWaitsAndFindsItDone) {
  StoreBench bench;
  auto first = std::make_optional<StoreLock>(bench.store.root(), "text", bench.progress);
  std::string said;
  const Progress told([&](double, std::string_view stage) { said += std::string(stage) + "\n"; });
  int waits = 0;
  const bool done = bench.store.pull(bench.catalogue.at("text"), bench.hub, told, {3, [&](double) {
    if (++waits < 3) return;
    first.reset();                 // the other one has finished …
    EXPECT_TRUE(bench.pull("text"));   // … what it was doing
  }});
  EXPECT_EQ(waits, 3);
  EXPECT_FALSE(done) << "nothing was left to be done";
  EXPECT_NE(said.find("another figment is working on text"), std::string::npos);
  // And who will not wait can stop.
  const StoreLock again(bench.store.root(), "small", bench.progress);
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.store.pull(bench.catalogue.at("small"), bench.hub, told, {3, [&](double) { told.cancel(); }})); }), ErrorCode::Cancelled);
}

TEST(Store, FilesOnDiskAreAddedAsCopiesOrLinks) {
  for (const bool link : {false, true}) {
    StoreBench bench;
    const fs::path mine = bench.folder.path() / "mine";
    weights::testing::write(mine / "model.safetensors", bench.files["small/model.safetensors"]);
    weights::testing::write(mine / "config.json", "{}");
    weights::testing::write(mine / "holiday.jpg", "not of it");
    const Added added = bench.store.add({"small", mine, "", link}, bench.catalogue, bench.progress);
    EXPECT_TRUE(added.remarks.empty());
    EXPECT_EQ(added.manifest.licence, "CC-BY-NC-4.0");
    EXPECT_EQ(fs::is_symlink(bench.store.root() / "small/model.safetensors"), link);
    EXPECT_FALSE(fs::exists(bench.store.root() / "small/holiday.jpg"));
    EXPECT_TRUE(bench.store.verify("small", bench.progress).problems.empty());
    bench.store.remove("small", false, bench.catalogue, bench.progress);
    EXPECT_TRUE(fs::exists(mine / "model.safetensors")) << "what is the user's stays";
    EXPECT_TRUE(bench.seen().empty());
  }
}

TEST(Store, OtherFilesUnderAKnownNameAreSeen) {
  StoreBench bench;
  const fs::path mine = bench.folder.path() / "mine";
  weights::testing::write(mine / "config.json", "{}");
  EXPECT_EQ(code_of([&] { bench.store.add({"small", mine, "", false}, bench.catalogue, bench.progress); }), ErrorCode::NotFound) << "no weights";
  weights::testing::write(mine / "model.safetensors", tiny_weights(5));
  EXPECT_EQ(code_of([&] { bench.store.add({"small", mine, "", false}, bench.catalogue, bench.progress); }), ErrorCode::Corrupt) << "another hash";
  EXPECT_EQ(code_of([&] { bench.store.add({"small", mine, "MIT", false}, bench.catalogue, bench.progress); }), ErrorCode::InvalidArgument) << "a licence it is not under";
  fs::rename(mine / "model.safetensors", mine / "model-other.safetensors");
  const Added added = bench.store.add({"small", mine, "", false}, bench.catalogue, bench.progress);
  EXPECT_EQ(added.remarks.size(), 1U) << "another form of it: taken, and said";
}

TEST(Store, AModelOfYourOwnWantsALicence) {
  StoreBench bench;
  const fs::path mine = bench.folder.path() / "mine";
  weights::testing::write(mine / "weights.safetensors", tiny_weights(5));
  EXPECT_EQ(code_of([&] { bench.store.add({"my-band", mine, "", false}, bench.catalogue, bench.progress); }), ErrorCode::NotFound);
  EXPECT_EQ(code_of([&] { bench.store.add({"../up", mine, "MIT", false}, bench.catalogue, bench.progress); }), ErrorCode::InvalidArgument);
  EXPECT_TRUE(bench.store.add({"my-band", mine, "MIT", false}, bench.catalogue, bench.progress).manifest.commercial_use);
  EXPECT_FALSE(bench.store.add({"my-other", mine, "LicenseRef-Secret", false}, bench.catalogue, bench.progress).manifest.commercial_use);
  EXPECT_EQ(code_of([&] { bench.store.add({"my-band", mine, "MIT", false}, bench.catalogue, bench.progress); }), ErrorCode::InvalidArgument) << "it is there";
  weights::testing::write(mine / "weights.safetensors", "no weights");
  EXPECT_EQ(code_of([&] { bench.store.add({"my-third", mine, "MIT", false}, bench.catalogue, bench.progress); }), ErrorCode::Corrupt);
  EXPECT_EQ(bench.store.installed(), (std::vector<std::string>{"my-band", "my-other"}));
}

TEST(Store, EveryKindOfDamageIsFound) {
  StoreBench bench;
  bench.pull("text");
  const fs::path file = bench.store.root() / "text/model.safetensors";
  const auto problem = [&] {
    const Verified verified = bench.store.verify("text", bench.progress);
    return verified.problems.empty() ? std::string("none") : verified.problems[0];
  };
  const std::string good = storage::read_file(file);
  std::string bad = good;
  bad.back() ^= 1;
  storage::write_file(file, bad);
  EXPECT_NE(problem().find("has changed"), std::string::npos);
  storage::write_file(file, good.substr(1));
  EXPECT_NE(problem().find("bytes, not"), std::string::npos);
  fs::remove(file);
  EXPECT_NE(problem().find("is not there"), std::string::npos);
  for (const char* manifest : {"", "{", "[]", R"({"format":9,"name":"text","licence":"MIT","files":[]})", R"({"format":1,"name":"other","licence":"MIT","files":[]})",
                               R"({"format":1,"name":"text","licence":"MIT","files":[{"name":"../../x","size":1,"sha256":"00"}]})"}) {
    storage::write_file(bench.store.root() / "text/manifest.json", manifest);
    EXPECT_NE(problem(), "none") << manifest;
    EXPECT_EQ(code_of([&] { static_cast<void>(bench.store.find("text")); }), ErrorCode::Corrupt) << manifest;
  }
  EXPECT_EQ(bench.store.installed(), std::vector<std::string>{"text"}) << "it can still be named and removed";
  bench.store.remove("text", false, bench.catalogue, bench.progress);
  EXPECT_TRUE(bench.seen().empty());
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.store.verify("text", bench.progress)); }), ErrorCode::NotFound);
}

TEST(Store, WhatAnotherModelNeedsIsNotRemovedByAccident) {
  StoreBench bench;
  bench.pull("text");
  bench.pull("small");
  EXPECT_EQ(code_of([&] { bench.store.remove("text", false, bench.catalogue, bench.progress); }), ErrorCode::InvalidArgument);
  EXPECT_GT(bench.store.remove("text", true, bench.catalogue, bench.progress), 0U);
  EXPECT_EQ(bench.seen(), std::vector<std::string>{"small"});
  EXPECT_EQ(code_of([&] { bench.store.remove("text", false, bench.catalogue, bench.progress); }), ErrorCode::NotFound);
  EXPECT_EQ(code_of([&] { bench.store.remove("../store", false, bench.catalogue, bench.progress); }), ErrorCode::NotFound);
}

TEST(Store, RemovingClearsAnUnfinishedPullToo) {
  StoreBench bench;
  bench.files.erase("small/model.safetensors");
  EXPECT_EQ(code_of([&] { bench.pull("small"); }), ErrorCode::NotFound);
  EXPECT_GT(bench.store.unfinished(bench.catalogue.at("small")), 0U);
  bench.store.remove("small", false, bench.catalogue, bench.progress);
  EXPECT_EQ(bench.store.unfinished(bench.catalogue.at("small")), 0U);
}

TEST(Store, LicencesOfAllThatTakesPartAreJoined) {
  StoreBench bench;
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.store.licence_facts("small", bench.catalogue)); }), ErrorCode::NotFound);
  bench.pull("small");
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.store.licence_facts("small", bench.catalogue)); }), ErrorCode::NotFound) << "what it needs is not there";
  bench.pull("text");
  const LicenceFacts facts = bench.store.licence_facts("small", bench.catalogue);
  EXPECT_EQ(facts.licence, "CC-BY-NC-4.0 AND Apache-2.0");
  EXPECT_FALSE(facts.commercial_use);
  EXPECT_EQ(facts.weights_sha256, sha256(bench.files["small/model.safetensors"]));
  EXPECT_TRUE(bench.store.licence_facts("text", bench.catalogue).commercial_use);
}

TEST(Store, WhatLiesWhereAModelBelongsIsLeftAlone) {
  StoreBench bench;
  weights::testing::write(bench.store.root() / "text/diary.txt", "mine");
  EXPECT_EQ(code_of([&] { bench.pull("text"); }), ErrorCode::InvalidArgument);
  EXPECT_TRUE(bench.server.asked().empty());
  EXPECT_TRUE(bench.store.installed().empty());
  EXPECT_EQ(storage::read_file(bench.store.root() / "text/diary.txt"), "mine");
}

TEST(Store, StoppedWhileItCopiesNothingIsThere) {
  StoreBench bench;
  const fs::path mine = bench.folder.path() / "mine";
  weights::testing::write(mine / "weights.safetensors", tiny_weights(900'000));
  const Progress stopped([&](double, std::string_view) { bench.progress.cancel(); });
  bench.progress = stopped;
  EXPECT_EQ(code_of([&] { bench.store.add({"my-band", mine, "MIT", false}, bench.catalogue, stopped); }), ErrorCode::Cancelled);
  EXPECT_TRUE(bench.seen().empty());
  EXPECT_FALSE(fs::exists(bench.store.root() / ".add-my-band"));
}

TEST(Store, ATokenWithALineFeedIsNoToken) {
  ::setenv("HF_TOKEN", "a\r\nX-Evil: yes", 1);
  EXPECT_EQ(code_of([] { static_cast<void>(Hub::of_environment()); }), ErrorCode::InvalidArgument);
  ::setenv("HF_TOKEN", "hf_good", 1);
  ::setenv("HF_ENDPOINT", "http://mirror/", 1);
  EXPECT_EQ(Hub::of_environment().endpoint, "http://mirror");
  ::unsetenv("HF_TOKEN");
  ::unsetenv("HF_ENDPOINT");
  EXPECT_EQ(Hub::of_environment().endpoint, "https://huggingface.co");
}

}  // namespace
}  // namespace figment::models
