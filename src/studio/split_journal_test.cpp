// Runs broken off at every instant that matters, and what the next one finds.
#include "studio/split_journal.h"

#include <gtest/gtest.h>

#include <fstream>

#include "storage/files.h"
#include "storage/test_folder.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;
using storage::testing::code_of;
using storage::testing::Folder;

SplitPlan plan_of_two(std::int64_t frames = 100) {
  SplitPlan plan;
  plan.source = Digest(64, 'a');
  plan.source_name = "record.wav";
  plan.engine = "toy";
  plan.device = "cpu";
  plan.stems = {"drums", "vocals"};
  plan.frames = frames;
  return plan;
}

// Frames from `at` on whose samples tell stem, channel and place.
std::vector<audio::AudioBuffer> marked(std::int64_t at, std::int64_t count) {
  std::vector<audio::AudioBuffer> stems;
  for (int s = 0; s < 2; ++s) {
    stems.emplace_back(2, count, Hertz{44100});
    for (int c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < count; ++i) stems.back().channel(c)[i] = static_cast<float>(1000 * s + 500 * c + at + i);
  }
  return stems;
}

void put(SplitJournal& journal, std::int64_t count) {
  const auto stems = marked(journal.done(), count);
  const std::vector<audio::AudioView> views{stems[0].view(), stems[1].view()};
  journal.write(views);
}

void expect_marked(const SplitJournal& journal, std::int64_t count) {
  const auto wanted = marked(0, count);
  audio::AudioBuffer got(2, count, Hertz{44100});
  for (std::size_t s = 0; s < 2; ++s) {
    journal.read(s, 0, got.block());
    for (int c = 0; c < 2; ++c)
      for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(got.channel(c)[i], wanted[s].channel(c)[i]) << "stem " << s << ", frame " << i;
  }
}

void leave_wave(const SplitJournal& journal, const std::string& name) { std::ofstream(journal.folder() / (name + ".wav")) << name; }

TEST(SplitJournal, GoesOnWhereItWas) {
  const Folder folder;
  const fs::path dir = folder.path() / "stems";
  {
    SplitJournal journal(dir);
    journal.open(plan_of_two());
    EXPECT_EQ(journal.done(), 0);
    put(journal, 30);
    put(journal, 25);
  }
  EXPECT_EQ(SplitJournal::unfinished(dir), Digest(64, 'a'));
  SplitJournal journal(dir);
  journal.open(plan_of_two());
  EXPECT_EQ(journal.anew(), "");
  EXPECT_EQ(journal.done(), 55);
  put(journal, 45);
  expect_marked(journal, 100);
}

TEST(SplitJournal, WhatWasWrittenAndNotYetSaidIsWrittenAgain) {
  const Folder folder;
  {
    SplitJournal journal(folder.path());
    journal.open(plan_of_two());
    put(journal, 30);
  }
  // Killed after the frames were on the disk, before the journal was.
  for (const char* stem : {"drums.f32", "vocals.f32"}) std::ofstream(folder.path() / kUnfinishedSplit / stem, std::ios::app) << "half a piece, and not the right one";
  SplitJournal journal(folder.path());
  journal.open(plan_of_two());
  EXPECT_EQ(journal.done(), 30);
  put(journal, 70);
  expect_marked(journal, 100);
}

TEST(SplitJournal, MoreThanThereIsIsNotBelieved) {
  const Folder folder;
  {
    SplitJournal journal(folder.path());
    journal.open(plan_of_two());
    put(journal, 30);
  }
  fs::resize_file(folder.path() / kUnfinishedSplit / "vocals.f32", 29 * 8);
  {
    SplitJournal journal(folder.path());
    journal.open(plan_of_two());
    EXPECT_EQ(journal.done(), 0);
    EXPECT_NE(journal.anew(), "");
    put(journal, 10);
  }
  for (const char* nonsense : {"", "{", "[]", "{\"format\":\"figment split\",\"version\":1,\"plan\":{}}", "{\"format\":\"figment split\",\"version\":1,\"plan\":{\"source\":7}}"}) {
    std::ofstream(folder.path() / kUnfinishedSplit / "journal.json") << nonsense;
    SplitJournal journal(folder.path());
    journal.open(plan_of_two());
    EXPECT_EQ(journal.done(), 0) << nonsense;
    put(journal, 10);
  }
}

TEST(SplitJournal, AnotherPlanBeginsAnewAndSaysWhatDiffers) {
  const Folder folder;
  {
    SplitJournal journal(folder.path());
    journal.open(plan_of_two());
    put(journal, 30);
  }
  SplitPlan other = plan_of_two();
  other.shifts = 2;
  other.weights = {Digest(64, 'b')};
  SplitJournal journal(folder.path());
  journal.open(other);
  EXPECT_EQ(journal.done(), 0);
  EXPECT_NE(journal.anew().find("shifts"), std::string::npos) << journal.anew();
  EXPECT_NE(journal.anew().find("weights"), std::string::npos) << journal.anew();
  EXPECT_EQ(journal.anew().find("overlap"), std::string::npos) << journal.anew();
}

TEST(SplitJournal, WorkOfAnotherRecordIsLeftAlone) {
  const Folder folder;
  {
    SplitJournal journal(folder.path());
    journal.open(plan_of_two());
    put(journal, 30);
  }
  {
    SplitPlan other = plan_of_two();
    other.source = Digest(64, 'c');
    SplitJournal journal(folder.path());
    EXPECT_EQ(code_of([&] { journal.open(other); }), ErrorCode::InvalidArgument);
  }
  SplitJournal journal(folder.path());
  journal.open(plan_of_two());
  EXPECT_EQ(journal.done(), 30);
}

TEST(SplitJournal, OneAtATime) {
  const Folder folder;
  const SplitJournal first(folder.path());
  EXPECT_EQ(code_of([&] { const SplitJournal second(folder.path()); }), ErrorCode::InvalidArgument);
}

TEST(SplitJournal, FilesMoveAtTheEndAlsoWhereItWasKilledBetweenThem) {
  const Folder folder;
  const fs::path dir = folder.path() / "stems";
  {
    SplitJournal journal(dir);
    journal.open(plan_of_two());
    put(journal, 100);
    journal.decide({{"float", false}});
    leave_wave(journal, "drums");
    journal.finish("drums", 0);
    EXPECT_FALSE(fs::exists(journal.folder() / "drums.f32")) << "its frames are not needed any more";
  }
  {
    SplitJournal journal(dir);
    journal.open(plan_of_two());
    EXPECT_EQ(journal.decision().at("float"), false);
    EXPECT_TRUE(journal.finished("drums"));
    EXPECT_FALSE(journal.finished("vocals"));
    leave_wave(journal, "vocals");
    journal.finish("vocals", 1);
    fs::rename(journal.folder() / "drums.wav", dir / "drums.wav");      // killed while it moved them
  }
  SplitJournal journal(dir);
  journal.open(plan_of_two());
  EXPECT_EQ(journal.anew(), "");
  journal.complete();
  EXPECT_EQ(storage::read_file(dir / "drums.wav"), "drums");
  EXPECT_EQ(storage::read_file(dir / "vocals.wav"), "vocals");
  EXPECT_FALSE(fs::exists(dir / kUnfinishedSplit));
}

TEST(SplitJournal, NothingWorthKeepingLeavesNothing) {
  const Folder folder;
  const fs::path dir = folder.path() / "stems";
  SplitJournal journal(dir);
  journal.open(plan_of_two());
  journal.give_up();
  EXPECT_FALSE(fs::exists(dir));
}

}  // namespace
}  // namespace figment::studio
