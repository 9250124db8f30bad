#include "neural/text/tokenizer.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"

namespace figment::neural {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int64_t>;

const fs::path kTokenizer = fs::path(FIGMENT_SOURCE_DIR) / "tests" / "data" / "tokenizer";

class TokenizerFolder : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::path(testing::TempDir()) / ("tokenizer" + std::to_string(getpid()));

  [[nodiscard]] std::string error_of() const {
    try {
      const Tokenizer tokenizer(folder_);
    } catch (const Error& e) {
      return std::string(name(e.code())) + ": " + e.what();
    }
    return "";
  }
};

// Expected numbers: SentencePiece's Python binding, and the end of the text.
TEST(Tokenizer, FindsThePiecesThatTheReferenceFinds) {
  const Tokenizer tokenizer(kTokenizer);
  EXPECT_EQ(tokenizer.size(), 300);
  EXPECT_EQ(tokenizer.ids("melancholic 2000s trap, 140 bpm"), (Ids{84, 8, 10, 52, 89, 7, 10, 107, 29, 20, 20, 20, 4, 3, 98, 200, 6, 25, 70, 20, 47, 27, 23, 1}));
  EXPECT_EQ(tokenizer.ids("  deep   house\tRhodes "), (Ids{3, 90, 8, 27, 3, 19, 7, 123, 8, 3, 2, 19, 7, 90, 4, 1}));
  EXPECT_EQ(tokenizer.ids("80er Synthwave, ﬁne – Ｆｕｌｌ width"), (Ids{46, 20, 44, 153, 32, 67, 74, 252, 8, 6, 59, 73, 8, 3, 2, 184, 40, 10, 10, 82, 15, 21, 74, 1}));
  EXPECT_EQ(tokenizer.ids("日本"), (Ids{3, 2, 1}));
}

TEST(Tokenizer, TakesMarksInTheTextForLetters) { EXPECT_EQ(Tokenizer(kTokenizer).ids("</s> <pad>"), (Ids{3, 2, 4, 2, 3, 2, 27, 127, 2, 1})); }

TEST(Tokenizer, OfNothingGivesTheEndAlone) {
  EXPECT_EQ(Tokenizer(kTokenizer).ids(""), Ids{1});
  EXPECT_EQ(Tokenizer(kTokenizer).ids(" \t\n "), Ids{1});
}

TEST_F(TokenizerFolder, WithoutAModelIsNamed) { EXPECT_NE(error_of().find("not found: the tokenizer " + (folder_ / "spiece.model").string()), std::string::npos) << error_of(); }

TEST_F(TokenizerFolder, WithAnotherFileOfThatNameIsCorrupt) {
  std::ofstream(folder_ / "spiece.model") << "this is a text, no model";
  EXPECT_NE(error_of().find("is no SentencePiece model"), std::string::npos) << error_of();
}

TEST_F(TokenizerFolder, WithAFileThatWasCutShortIsCorrupt) {
  std::string bytes(static_cast<std::size_t>(fs::file_size(kTokenizer / "spiece.model")), 0);
  std::ifstream(kTokenizer / "spiece.model", std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  for (const double share : {0.0, 0.01, 0.5, 0.99}) {
    std::ofstream(folder_ / "spiece.model", std::ios::binary) << bytes.substr(0, static_cast<std::size_t>(share * static_cast<double>(bytes.size())));
    EXPECT_NE(error_of().find("corrupt"), std::string::npos) << share << ": " << error_of();
  }
}

}  // namespace
}  // namespace figment::neural
