#include "storage/take_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "storage/files.h"
#include "storage/test_folder.h"

namespace figment::storage {
namespace {

namespace fs = std::filesystem;
using testing::code_of;
using testing::Folder;

const Digest kStep = sha256("a step");

// A store with one take, made by kStep.
struct Stored {
  Folder folder;
  TakeStore store{folder.path() / "takes"};
  Digest take;
  Stored() {
    const auto work = store.workspace("bass");
    write_file(work, "the sound");
    take = store.keep(work, ".wav", "{\"peak\": 0.5}");
    store.remember(kStep, take, ".wav");
  }
  [[nodiscard]] fs::path entry() const { return folder.path() / "takes" / "steps" / (kStep + ".json"); }
};

TEST(TakeStore, WhatIsKeptIsFoundByItsContent) {
  const Stored s;
  EXPECT_EQ(s.take, sha256("the sound"));
  const auto found = s.store.find(kStep);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->take, s.take);
  EXPECT_EQ(read_file(found->sound), "the sound");
  EXPECT_EQ(s.store.record(s.take), "{\"peak\": 0.5}");
  EXPECT_FALSE(s.store.find(sha256("another step")));
  EXPECT_TRUE(fs::is_empty(s.folder.path() / "takes" / "unfinished"));
}

// Two steps that make the same sound, at the same time.
TEST(TakeStore, TakesTheSameSoundFromTwoAtOnce) {
  const Folder folder;
  TakeStore store(folder.path() / "takes");
  std::atomic<int> errors{0};
  const auto keep = [&](const std::string& step) {
    for (int round = 0; round < 300; ++round) try {
        const auto work = store.workspace("bass");
        write_file(work, "the sound", Sync::No);
        store.remember(sha256(step), store.keep(work, ".wav", "{}"), ".wav");
      } catch (const Error&) {
        ++errors;
      }
  };
  std::thread one([&] { keep("one"); }), other([&] { keep("one"); }), third([&] { keep("another"); });
  one.join(), other.join(), third.join();
  EXPECT_EQ(errors, 0);
  EXPECT_TRUE(store.find(sha256("one")));
  EXPECT_TRUE(fs::is_empty(folder.path() / "takes" / "unfinished"));
}

TEST(TakeStore, WorkspacesAreNeverTheSame) {
  const Folder folder;
  const TakeStore store(folder.path());
  EXPECT_NE(store.workspace("x"), store.workspace("x"));
}

TEST(TakeStore, ASoundThatIsGoneOrCutShortIsMadeAgain) {
  const Stored s;
  const auto sound = s.store.find(kStep)->sound;
  write_file(sound, "the sou");
  EXPECT_FALSE(s.store.find(kStep)) << "a sound cut short";
  fs::remove(sound);
  EXPECT_FALSE(s.store.find(kStep)) << "no sound";
}

TEST(TakeStore, ADamagedEntryCountsAsNotRun) {
  const Stored s;
  const std::string good = read_file(s.entry());
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"), good.substr(0, good.size() / 2),
        std::string("{\"take\": 3, \"extension\": \".wav\", \"bytes\": 9}"),
        std::string("{\"take\": \"../../../etc/passwd\", \"extension\": \".wav\", \"bytes\": 9}"),
        "{\"take\": \"" + s.take + "\", \"extension\": \"/../../x\", \"bytes\": 9}",
        "{\"take\": \"" + s.take + "\", \"extension\": \".wav\"}",
        "{\"take\": \"" + s.take + "\", \"extension\": \".wav\", \"bytes\": \"many\"}",
        std::string(5000, ' ') + good}) {
    write_file(s.entry(), bad);
    EXPECT_FALSE(s.store.find(kStep)) << bad;
  }
  write_file(s.entry(), good);
  EXPECT_TRUE(s.store.find(kStep));
}

TEST(TakeStore, RecordsAreAskedForByDigestOnly) {
  const Stored s;
  EXPECT_EQ(code_of([&] { (void)s.store.record("../" + s.take); }), ErrorCode::Corrupt);
  EXPECT_EQ(code_of([&] { (void)s.store.record(sha256("nothing")); }), ErrorCode::NotFound);
}

TEST(TakeStore, AfterAPowerFailureDamageIsFound) {
  const Stored s;
  s.store.note_boot();
  EXPECT_TRUE(s.store.of_this_boot());
  write_file(s.folder.path() / "takes" / "boot", "a run of the machine that is over");
  EXPECT_FALSE(s.store.of_this_boot());
  EXPECT_EQ(s.store.remove_damaged(), 0);
  ASSERT_TRUE(s.store.find(kStep));
  write_file(s.store.find(kStep)->sound, std::string("the \0\0\0\0\0", 9));   // the length is right, the content is not
  EXPECT_EQ(s.store.remove_damaged(), 1);
  EXPECT_FALSE(s.store.find(kStep));
  EXPECT_TRUE(TakeStore(s.folder.path() / "none yet").of_this_boot());
}

}  // namespace
}  // namespace figment::storage
