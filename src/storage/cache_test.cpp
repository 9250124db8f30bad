#include "storage/cache.h"

#include <gtest/gtest.h>

#include <fstream>

#include "storage/test_folder.h"

namespace figment::storage {
namespace {

TEST(Cache, GivesBackWhatWasPutAndNothingElse) {
  const testing::Folder folder;
  const Cache cache(folder.path() / "pieces");
  const Digest key = sha256("recipe");
  EXPECT_FALSE(cache.get(key));
  const std::string content("\0\n\xFF sound", 9);
  cache.put(key, content);
  EXPECT_EQ(cache.get(key), content);
  EXPECT_FALSE(cache.get(sha256("another recipe")));
  cache.put(key, "");
  EXPECT_EQ(cache.get(key), "");
}

TEST(Cache, DamageIsNeverBelieved) {
  const testing::Folder folder;
  const Cache cache(folder.path());
  const Digest key = sha256("recipe");
  cache.put(key, "something of some length");
  const auto file = folder.path() / key;
  const auto size = std::filesystem::file_size(file);
  for (const std::uintmax_t cut : {size - 1, std::uintmax_t{70}, std::uintmax_t{64}, std::uintmax_t{3}, std::uintmax_t{0}}) {
    cache.put(key, "something of some length");
    std::filesystem::resize_file(file, cut);
    EXPECT_FALSE(cache.get(key)) << cut;
  }
  cache.put(key, "something of some length");
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(70);
  bytes.put('!');
  bytes.close();
  EXPECT_FALSE(cache.get(key));
}

}  // namespace
}  // namespace figment::storage
