#include "storage/data_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "storage/files.h"
#include "storage/test_folder.h"

namespace figment::storage {
namespace {

using testing::code_of;
using testing::Folder;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

TEST(DataFile, TomlAndJsonBecomeTheSame) {
  const auto toml = parse_toml("a = 1\nb = [1.5, 2]\n[c]\nd = \"x\"\ne = true\n", "x.toml");
  const auto json = parse_json(R"({"a": 1, "b": [1.5, 2], "c": {"d": "x", "e": true}} // said)", "x.json");
  EXPECT_EQ(toml, json);
}

TEST(DataFile, BadTextNamesFileAndPlace) {
  EXPECT_NE(message_of([] { (void)parse_toml("a = 1\nb = = 2\n", "s.toml"); }).find("s.toml: line 2"),
            std::string::npos);
  EXPECT_NE(message_of([] { (void)parse_json("{\"a\": }", "s.json"); }).find("s.json: not valid JSON"),
            std::string::npos);
  EXPECT_EQ(code_of([] { (void)parse_toml("a = 1979-05-27\n", "s"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([] { (void)parse_toml("a = \"\xff\xfe\"\n", "s"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([] { (void)parse_json("{\"a\": \"\xff\"}", "s"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([] { (void)parse_json("", "s"); }), ErrorCode::Corrupt);
}

TEST(DataFile, DepthIsLimitedButBracketsInTextAreText) {
  const std::string deep = std::string(100'000, '[');
  EXPECT_EQ(code_of([&] { (void)parse_json(deep, "s"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)parse_json("// \"\n" + deep, "s"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)parse_toml("a = " + deep, "s"); }), ErrorCode::Corrupt);
  const auto text =
      parse_json("{\"a\": \"\\\"" + std::string(1000, '[') + "\"} /* " + std::string(100, '{') + " */", "s");
  EXPECT_EQ(text["a"].get<std::string>().size(), 1001U);
  std::string nested = std::string(64, '[') + std::string(64, ']');
  EXPECT_NO_THROW((void)parse_json(nested, "s"));
  nested = "[" + nested + "]";
  EXPECT_EQ(code_of([&] { (void)parse_json(nested, "s"); }), ErrorCode::Corrupt);
}

TEST(DataFile, FilesAreReadByTheirEnding) {
  const Folder folder;
  write_file(folder.path() / "a.toml", "x = 2\n");
  write_file(folder.path() / "a.json", "{\"x\": 2}");
  write_file(folder.path() / "a.yaml", "x: 2\n");
  EXPECT_EQ(load_data_file(folder.path() / "a.toml"), load_data_file(folder.path() / "a.json"));
  EXPECT_EQ(code_of([&] { (void)load_data_file(folder.path() / "a.yaml"); }), ErrorCode::Unsupported);
  EXPECT_EQ(code_of([&] { (void)load_data_file(folder.path() / "none.toml"); }), ErrorCode::NotFound);
  std::ofstream(folder.path() / "big.json").close();
  std::filesystem::resize_file(folder.path() / "big.json", (16U << 20) + 1);
  EXPECT_EQ(code_of([&] { (void)load_data_file(folder.path() / "big.json"); }), ErrorCode::Corrupt);
}

TEST(Fields, EveryFailureSaysFileKeyWantedAndFound) {
  const auto json = parse_toml("bpm = \"fast\"\nswing = 2.0\nname = 3\nlist = 1\nhalf = 1.5\n", "s");
  Fields f(json, "styles/x.toml");
  const std::string message = message_of([&] { (void)f.number("bpm", 20, 999); });
  for (const char* part : {"styles/x.toml", "bpm", "20", "999", "fast"})
    EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
  EXPECT_EQ(code_of([&] { (void)f.number("swing", 0, 1); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)f.number("absent", 0, 1); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)f.text("name"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)f.list("list"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)f.integer("half", 0, 9); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)f.object("swing"); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)f.flag_or("swing", true); }), ErrorCode::Corrupt);
  EXPECT_EQ(f.number_or("absent", 0.25, 0, 1), 0.25);
  EXPECT_EQ(f.number("swing", 0, 2), 2.0);
  EXPECT_EQ(code_of([] {
              const nlohmann::json list = nlohmann::json::array();
              Fields wrong(list, "x");
            }),
            ErrorCode::Corrupt);
}

TEST(Fields, ATypoIsNeverSilent) {
  const auto json = parse_toml("tempo = 120\ntepmo = 90\n", "s");
  Fields f(json, "s");
  EXPECT_EQ(f.number("tempo", 20, 999), 120);
  EXPECT_NE(message_of([&] { f.done(); }).find("tepmo"), std::string::npos);
  (void)f.any("tepmo");
  EXPECT_NO_THROW(f.done());
}

TEST(DataFile, AHeaderBeginsWithAName) {
  for (const char* text : {"[.a]", "[=]", "a = 1\n [[ .b]]", "[", "[[", "[ \n]", "[[]]", "[a.\n]", "\xEF\xBB\xBF[*]"}) {
    EXPECT_THROW((void)parse_toml(text, "t"), Error) << text;
  }
  for (const char* text : {"[a]", "[ a ]", "[[a]]", "[\"a\"]", "['a'.b]", "[-]", "x = [\n[1],\n[\"[.\"],\n[]\n]\n[a]", "x = '''\n[.a]\n'''", "\xEF\xBB\xBF[a]"}) {
    EXPECT_NO_THROW((void)parse_toml(text, "t")) << text;
  }
}

TEST(DataFile, CharactersBeyondAsciiStandInQuotesAndCommentsOnly) {
  EXPECT_EQ(parse_toml("# \xC2\xAB quoted \xC2\xBB\na = \"\xC3\xA9\"\nb = '\xC2\xAB'\nc = \"\"\"\n\xC2\xAB\"\"\"\n\"\xC3\xA9\" = 1\n", "x").at("a"), "\xC3\xA9");
  EXPECT_EQ(parse_toml("\xEF\xBB\xBF" "a = 1\n", "bom").at("a"), 1);
  for (const char* text : {"a = 1 \xC2\xAB\n", "a = \"\\\n\xC3\xA9\n", "a = [\xE3\x81\x82]\n", "\xC3\xA9 = 1\n", "a = \"x\" \xE2\x80\xA8\n"}) {
    try {
      (void)parse_toml(text, "x.toml");
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::Corrupt);
      EXPECT_NE(std::string(e.what()).find("x.toml: line 1"), std::string::npos) << e.what();
    }
  }
}

}  // namespace
}  // namespace figment::storage
