#include "base/hash.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace figment {
namespace {

// Vectors of FIPS 180-4 (NIST's examples).
TEST(Hash, IsSha256) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hash, PiecesAreTheWhole) {
  Sha256 hash;
  hash.add("a");
  hash.add("");
  hash.add("bc");
  EXPECT_EQ(hash.finish(), sha256("abc"));
}

TEST(Hash, AFileIsItsBytes) {
  const auto file =
      std::filesystem::temp_directory_path() / ("figment-hash-test-" + sha256(::testing::TempDir()).substr(0, 12));
  const std::string bytes = std::string(300'000, 'x') + std::string(1, '\0') + "end";
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_EQ(sha256_file(file), sha256(bytes));
  std::filesystem::remove(file);
  try {
    (void)sha256_file(file);
    FAIL() << "a file that is not there has no digest";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::Io);
    EXPECT_NE(std::string(e.what()).find(file.filename().string()), std::string::npos);
  }
}

TEST(Hash, OnlyDigestsAreDigests) {
  EXPECT_TRUE(is_digest(sha256("x")));
  EXPECT_FALSE(is_digest(""));
  EXPECT_FALSE(is_digest(sha256("x").substr(1)));
  EXPECT_FALSE(is_digest(sha256("x") + "0"));
  EXPECT_FALSE(is_digest(std::string(63, 'a') + "A"));
  EXPECT_FALSE(is_digest(std::string(63, 'a') + "/"));
  EXPECT_FALSE(is_digest("../" + std::string(61, 'a')));
}

}  // namespace
}  // namespace figment
