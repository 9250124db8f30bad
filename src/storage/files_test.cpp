#include "storage/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "storage/test_folder.h"

namespace figment::storage {
namespace {

namespace fs = std::filesystem;
using testing::code_of;
using testing::Folder;

TEST(Files, WhatIsWrittenIsRead) {
  const Folder folder;
  const std::string bytes = std::string("a\0b\n", 4) + std::string(100'000, 'x');
  write_file(folder.path() / "x.bin", bytes);
  EXPECT_EQ(read_file(folder.path() / "x.bin"), bytes);
  write_file(folder.path() / "x.bin", "short", Sync::No);
  EXPECT_EQ(read_file(folder.path() / "x.bin"), "short");
  EXPECT_FALSE(fs::exists(folder.path() / "x.bin.part"));
}

// The name always holds a whole file: the new one is another inode, so whoever has the old one open reads on in it.
TEST(Files, AFileIsReplacedNotOverwritten) {
  const Folder folder;
  const auto file = folder.path() / "song.json";
  write_file(file, "the old song");
  std::ifstream open(file);
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  write_file(file, "new");
  ASSERT_EQ(::stat(file.c_str(), &after), 0);
  EXPECT_NE(before.st_ino, after.st_ino);
  std::string old;
  std::getline(open, old);
  EXPECT_EQ(old, "the old song");
}

TEST(Files, AFailedWriteLeavesNothingAndKeepsTheOld) {
  const Folder folder;
  EXPECT_EQ(code_of([&] { write_file(folder.path() / "nowhere" / "x", "y"); }), ErrorCode::Io);
  EXPECT_FALSE(fs::exists(folder.path() / "nowhere"));
  // The target cannot be replaced: it is a folder with something in it.
  fs::create_directories(folder.path() / "taken" / "inside");
  EXPECT_EQ(code_of([&] { write_file(folder.path() / "taken", "y"); }), ErrorCode::Io);
  EXPECT_TRUE(fs::exists(folder.path() / "taken" / "inside"));
  EXPECT_FALSE(fs::exists(folder.path() / "taken.part"));
}

TEST(Files, AFullDiskSaysSo) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full here";
  const Folder folder;
  fs::create_symlink("/dev/full", folder.path() / "x.part");
  try {
    write_file(folder.path() / "x", "content");
    FAIL() << "a full disk went unnoticed";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::Io);
    EXPECT_NE(std::string(e.hint()).find("free some disk space"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder.path() / "x"));
}

TEST(Files, ReadingNamesWhatIsWrong) {
  const Folder folder;
  EXPECT_EQ(code_of([&] { (void)read_file(folder.path() / "none"); }), ErrorCode::NotFound);
  write_file(folder.path() / "big", std::string(1001, 'x'));
  EXPECT_EQ(code_of([&] { (void)read_file(folder.path() / "big", 1000); }), ErrorCode::Corrupt);
  EXPECT_EQ(read_file(folder.path() / "big", 1001).size(), 1001U);
  write_file(folder.path() / "file", "");
  EXPECT_EQ(code_of([&] { make_folder(folder.path() / "file" / "below"); }), ErrorCode::Io);
}

TEST(Files, PathsStayInside) {
  EXPECT_EQ(path_inside("/song", "midi/bass.mid"), fs::path("/song/midi/bass.mid"));
  EXPECT_EQ(path_inside("/song", "..hidden/x"), fs::path("/song/..hidden/x"));
  for (const char* bad : {"", "/etc/passwd", "..", "../x", "midi/../../x", "midi/..", "a/../b"})
    EXPECT_EQ(code_of([&] { (void)path_inside("/song", bad); }), ErrorCode::Corrupt) << bad;
  EXPECT_EQ(code_of([] { (void)path_inside("/song", std::string_view("a\0b", 3)); }), ErrorCode::Corrupt);
}

}  // namespace
}  // namespace figment::storage
