#include "models/catalogue.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "models/store.h"
#include "storage/data_file.h"
#include "storage/test_folder.h"

namespace figment::models {
namespace {

using storage::testing::code_of;

Catalogue catalogue_of(const std::string& toml) { return Catalogue::parse(storage::parse_toml(toml, "test.toml"), "test.toml"); }

std::string catalogue_entry(const std::string& name, const std::string& more = "", const std::string& file = "name = \"model.safetensors\", size = 10") {
  return "[[model]]\nname = \"" + name + "\"\nwhat = \"x\"\nrepository = \"a/b\"\nlicence = \"MIT\"\ncommercial_use = true\nfiles = [ { " + file + " } ]\n" + more + "\n";
}

TEST(Catalogue, TheShippedOneIsWholeAndItsLicencesAreCareful) {
  const Catalogue catalogue = Catalogue::load(std::filesystem::path(FIGMENT_SOURCE_DIR) / "data/models.toml");
  for (const char* name : {"musicgen-small", "musicgen-medium", "musicgen-large", "musicgen-melody", "musicgen-stereo-small", "musicgen-stereo-medium", "musicgen-stereo-large", "musicgen-stereo-melody", "audiogen-medium", "encodec-32khz", "encodec-24khz", "t5-base", "t5-large", "htdemucs", "htdemucs_ft", "htdemucs_6s"})
    EXPECT_NE(catalogue.find(name), nullptr) << name;
  for (const KnownModel& model : catalogue.models()) {
    // What is not known to allow commercial use must not be listed as if it did.
    EXPECT_LE(model.commercial_use, allows_commercial_use(model.licence)) << model.name;
    EXPECT_FALSE(model.what.empty());
  }
  EXPECT_EQ(catalogue.at("musicgen-small").licence, "CC-BY-NC-4.0");
  // Demucs' files are named by the first digits of their hashes.
  for (const char* name : {"htdemucs", "htdemucs_ft", "htdemucs_6s"}) {
    EXPECT_EQ(catalogue.at(name).makes, "stems");
    EXPECT_FALSE(catalogue.at(name).commercial_use) << "its author says so";
    for (const KnownFile& file : catalogue.at(name).files) EXPECT_EQ(file.sha256.substr(0, 8), file.name.substr(9, 8)) << file.name;
  }
  const auto order = catalogue.with_needs("musicgen-small");
  ASSERT_EQ(order.size(), 3U);
  EXPECT_EQ(order.back()->name, "musicgen-small");
}

TEST(Catalogue, ATypoIsAnsweredWithTheNearestName) {
  const Catalogue catalogue = Catalogue::load(std::filesystem::path(FIGMENT_SOURCE_DIR) / "data/models.toml");
  const auto answer = [&](const char* name) {
    try {
      static_cast<void>(catalogue.at(name));
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::NotFound);
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(answer("musicgen-smal").find("did you mean musicgen-small?"), std::string::npos);
  EXPECT_NE(answer("t5base").find("did you mean t5-base?"), std::string::npos);
  EXPECT_EQ(answer("qqqqqqqqqqqqqqqqqqq").find("did you mean"), std::string::npos);
}

TEST(Catalogue, EveryMistakeIsNamed) {
  EXPECT_EQ(catalogue_of(catalogue_entry("good")).models().size(), 1U);
  for (const std::string& bad : {
           catalogue_entry("Bad Name"), catalogue_entry("../up"), catalogue_entry("a") + catalogue_entry("a"), catalogue_entry("a", "needs = [\"b\"]"), catalogue_entry("a", "needs = [\"a\"]"),
           catalogue_entry("a", "needs = [\"b\"]") + catalogue_entry("b", "needs = [\"a\"]"), catalogue_entry("a", "licens = \"x\""), catalogue_entry("a", "", "name = \"../../etc/passwd\", size = 1"),
           catalogue_entry("a", "", "name = \"/etc/passwd\", size = 1"), catalogue_entry("a", "", "name = \"x\", size = -1"), catalogue_entry("a", "", "name = \"x\", size = 1, sha256 = \"12\""),
           catalogue_entry("a", "", "name = \"manifest.json\", size = 1"), catalogue_entry("a", "", "name = \"x\", size = 1, optional = true"), catalogue_entry("a", "", "name = \"x\", size = 1 }, { name = \"x\", size = 1"),
           std::string("[[model]]\nname = \"a\"\nwhat = \"x\"\nrepository = \"a/b\"\nlicence = \"MIT\"\nfiles = [ { name = \"x\", size = 1 } ]\n"), std::string("model = 3\n")})
    EXPECT_EQ(code_of([&] { static_cast<void>(catalogue_of(bad)); }), ErrorCode::Corrupt) << bad;
}

TEST(Catalogue, FilesLieOnTheHubOrAtAPlainAddress) {
  const auto entry = [](const std::string& places) { return "[[model]]\nname = \"a\"\nwhat = \"x\"\n" + places + "\nlicence = \"MIT\"\ncommercial_use = true\nfiles = [ { name = \"x.th\", size = 1 } ]\n"; };
  EXPECT_EQ(catalogue_of(entry("url = \"https://some.where/far/away\"")).at("a").url, "https://some.where/far/away");
  for (const char* bad : {"", "repository = \"a/b\"\nurl = \"https://some.where\"", "url = \"http://some.where\"", "url = \"https://\"", "url = \"https://some.where/\"", "url = \"file:///etc\"", "url = \"https://a b\""})
    EXPECT_EQ(code_of([&] { static_cast<void>(catalogue_of(entry(bad))); }), ErrorCode::Corrupt) << bad;
}

TEST(Catalogue, SizesReadWell) {
  EXPECT_EQ(size_text(841'000'000), "841 MB");
  EXPECT_EQ(size_text(3'677'668'599), "3.7 GB");
  EXPECT_EQ(size_text(999'999'999), "1.0 GB");
  EXPECT_EQ(size_text(12), "12 bytes");
}

}  // namespace
}  // namespace figment::models
