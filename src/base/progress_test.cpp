#include "base/progress.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/error.h"

namespace figment {
namespace {

TEST(Progress, PartsMapIntoTheirRange) {
  std::vector<double> seen;
  std::string stage;
  const Progress whole([&](double f, std::string_view s) { seen.push_back(f), stage = s; });
  const Progress half = whole.part(0.5, 1.0);
  half.part(0.0, 0.5).set(1.0, "mix");
  EXPECT_DOUBLE_EQ(seen.back(), 0.75);
  EXPECT_EQ(stage, "mix");
  half.set(2.0, "over");  // beyond its end is its end
  EXPECT_DOUBLE_EQ(seen.back(), 1.0);
}

TEST(Progress, NeverFalls) {
  std::vector<double> seen;
  const Progress p([&](double f, std::string_view) { seen.push_back(f); });
  for (const double f : {0.2, 0.6, 0.1, 0.7, 0.0}) p.set(f, "");
  EXPECT_EQ(seen, (std::vector<double>{0.2, 0.6, 0.6, 0.7, 0.7}));
}

TEST(Progress, CancelReachesEveryPartAndThrows) {
  int reports = 0;
  const Progress p([&](double, std::string_view) { ++reports; });
  const Progress part = p.part(0, 0.5), quiet = p.quiet();
  EXPECT_NO_THROW(part.check());
  std::thread([&] { p.cancel(); }).join();
  for (const Progress& each : {p, part, quiet}) {
    EXPECT_TRUE(each.cancelled());
    try {
      each.set(0.5, "late");
      FAIL() << "cancelled work goes on";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::Cancelled);
    }
  }
  EXPECT_EQ(reports, 0);
}

TEST(Progress, QuietAndDefaultAreSilent) {
  int reports = 0;
  const Progress p([&](double, std::string_view) { ++reports; });
  p.quiet().set(0.5, "hidden");
  p.quiet().part(0, 1).set(1, "hidden too");
  Progress().set(1, "nobody listens");
  EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace figment
