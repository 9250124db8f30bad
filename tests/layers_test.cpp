// The table in ARCHITECTURE.md is the law: every folder it names exists, every folder of src/ is in it, and every
// #include of ours goes where it allows.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace {
namespace fs = std::filesystem;

const fs::path kRoot = FIGMENT_SOURCE_DIR;

struct Room {
  int layer = 0;
  std::set<std::string> may;
};

std::map<std::string, Room> read_table() {
  std::map<std::string, Room> rooms;
  std::ifstream in(kRoot / "ARCHITECTURE.md");
  const std::regex row(R"(^\| (\d) \| `(\S+)` \|.*\| ([^|]+) \|$)");
  for (std::string line; std::getline(in, line);) {
    std::smatch m;
    if (!std::regex_match(line, m, row)) continue;
    Room room{std::stoi(m[1]), {}};
    std::stringstream list(m[3] == "nothing of ours" ? std::string() : m[3].str());
    for (std::string word; std::getline(list, word, ',');) room.may.insert(std::regex_replace(word, std::regex(" "), ""));
    rooms[m[2]] = room;
  }
  return rooms;
}

std::vector<std::string> violations(const std::map<std::string, Room>& rooms, const std::string& folder, const std::string& text) {
  std::vector<std::string> found;
  const std::regex include(R"re(#include "([a-z_]+)/[^"]+")re");
  const std::string own = fs::path(folder).filename();
  for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
    const std::string room = (*it)[1];
    if (room == own) continue;
    const auto target = rooms.find("src/" + room);
    if (target == rooms.end() || !rooms.at(folder).may.contains(room) || target->second.layer >= rooms.at(folder).layer)
      found.push_back((*it)[0]);
  }
  return found;
}

TEST(Layers, EveryFolderIsOnTheMapAndEveryPlaceOnTheMapExists) {
  const auto rooms = read_table();
  ASSERT_GE(rooms.size(), 13U);
  for (const auto& [folder, room] : rooms) {
    EXPECT_TRUE(fs::is_directory(kRoot / folder)) << folder;
    for (const std::string& below : room.may) EXPECT_TRUE(rooms.contains("src/" + below)) << folder << " names " << below;
  }
  for (const auto& entry : fs::directory_iterator(kRoot / "src"))
    EXPECT_TRUE(rooms.contains("src/" + entry.path().filename().string())) << entry.path();
}

TEST(Layers, IncludesGoDownAndOnlyWhereTheTableAllows) {
  const auto rooms = read_table();
  int files = 0;
  for (const auto& [folder, room] : rooms) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      ++files;
      std::ifstream in(entry.path());
      const std::string text((std::istreambuf_iterator<char>(in)), {});
      for (const std::string& bad : violations(rooms, folder, text)) ADD_FAILURE() << entry.path() << ": " << bad;
    }
  }
  EXPECT_GT(files, 100);
}

TEST(Layers, AWrongIncludeWouldBeSeen) {
  const auto rooms = read_table();
  EXPECT_EQ(violations(rooms, "src/dsp", "#include \"song/song.h\"\n").size(), 1U);
  EXPECT_EQ(violations(rooms, "src/base", "#include \"audio/buffer.h\"\n").size(), 1U);
  EXPECT_TRUE(violations(rooms, "src/dsp", "#include \"audio/buffer.h\"\n#include \"dsp/eq.h\"\n").empty());
}

}  // namespace
