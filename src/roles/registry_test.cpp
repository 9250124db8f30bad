#include "roles/registry.h"

#include <gtest/gtest.h>

#include "roles/composer.h"

namespace figment::roles {
namespace {

struct Silence final : Composer {
  EngineInfo info() const override { return {"silence", 1, "writes nothing", {}}; }
  Result compose(const std::string& prompt, std::uint64_t seed) override {
    Result result;
    result.song.prompt = prompt;
    result.song.seed = seed;
    return result;
  }
};

TEST(Registry, MakesTheEngineOfThatNameOnlyWhenAsked) {
  int made = 0;
  Registry<Composer> composers;
  composers.add("silence", [&] { ++made; return std::make_unique<Silence>(); });
  EXPECT_EQ(made, 0);
  EXPECT_EQ(composers.make("silence")->compose("x", 7).song.seed, 7U);
  EXPECT_EQ(made, 1);
}

TEST(Registry, AnUnknownNameListsTheKnownOnes) {
  Registry<Composer> composers;
  composers.add("silence", [] { return std::make_unique<Silence>(); });
  try {
    (void)composers.make("mozart");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::NotFound);
    EXPECT_NE(e.hint().find("silence"), std::string::npos);
  }
}

}  // namespace
}  // namespace figment::roles
