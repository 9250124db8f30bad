// Against a real server that does everything wrong a server can do.
#include "models/download.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "models/test_server.h"
#include "storage/files.h"
#include "storage/test_folder.h"

namespace figment::models {
namespace {

using storage::testing::code_of;
using storage::testing::Folder;
using testing::Answer;
using testing::Asked;
using testing::file_answer;
using testing::Server;

std::string download_content(std::size_t size = 300'000) {
  std::string content(size, '\0');
  std::uint32_t x = 7;
  for (char& c : content) c = static_cast<char>((x = x * 1664525U + 1013904223U) >> 24);
  return content;
}

// One download into a folder; waits are noted, not slept.
struct DownloadBench {
  Folder folder;
  std::vector<double> waits;
  std::function<void(std::uint64_t, std::uint64_t)> report = [](std::uint64_t, std::uint64_t) {};
  Progress progress;
  Download what;

  explicit DownloadBench(const std::string& url, const Digest& sha256 = {}) {
    ::setenv("no_proxy", "*", 1);
    what = {url, "secret", folder.path() / "m/file.bin", folder.path() / "n/file.bin.json", sha256, 0, ""};
  }
  Downloaded run() { return download(what, {4, [this](double s) { waits.push_back(s); }}, report, progress); }
  [[nodiscard]] std::string got() const { return storage::read_file(what.to); }
  [[nodiscard]] std::filesystem::path part() const { return what.to.string() + ".part"; }
  [[nodiscard]] bool nothing_there() const { return !std::filesystem::exists(what.to); }
};

// The file, but for a line that drops after 100,000 bytes, and at once when it is asked to go on.
Answer cut_short(const Asked& asked, const std::string& content, bool broken) {
  Answer answer = file_answer(asked, content);
  if (broken) answer.drop_after = asked.from() == 0 ? 100'000 : 0;
  return answer;
}

std::string message_of(DownloadBench& bench) {
  try {
    static_cast<void>(bench.run());
  } catch (const Error& e) {
    return std::string(e.what()) + " | " + e.hint();
  }
  return "no error";
}

TEST(Download, AFileComesWholeAndHashed) {
  const std::string content = download_content();
  const Server server([&](const Asked& asked) { return file_answer(asked, content); });
  DownloadBench bench(server.url() + "/f", sha256(content));
  const Downloaded done = bench.run();
  EXPECT_EQ(bench.got(), content);
  EXPECT_EQ(done.sha256, sha256(content));
  EXPECT_TRUE(done.verified);
  EXPECT_EQ(done.size, content.size());
  EXPECT_FALSE(std::filesystem::exists(bench.part()));
  EXPECT_EQ(server.asked().at(0).header("authorization"), "Bearer secret");
  static_cast<void>(bench.run());
  EXPECT_EQ(server.asked().size(), 1U) << "what is there and right is not fetched again";
}

TEST(Download, ADroppedConnectionIsTakenUpWhereItBroke) {
  const std::string content = download_content();
  const Server server([&](const Asked& asked) {
    Answer a = file_answer(asked, content);
    if (asked.count < 3) a.drop_after = 70'000;
    return a;
  });
  DownloadBench bench(server.url() + "/f", sha256(content));
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  ASSERT_EQ(server.asked().size(), 4U);
  EXPECT_EQ(server.asked()[0].header("range"), "");
  EXPECT_EQ(server.asked()[1].header("range"), "bytes=70000-");
  EXPECT_EQ(server.asked()[1].header("if-range"), "\"one\"");
  EXPECT_EQ(server.asked()[3].header("range"), "bytes=210000-");
}

TEST(Download, TriesThatBringNothingEndAndTheirWaitsGrow) {
  const Server server([&](const Asked&) {
    Answer a;
    a.status = 503;
    return a;
  });
  DownloadBench bench(server.url() + "/f");
  std::string told;
  bench.progress = Progress([&](double, std::string_view stage) { told += std::string(stage) + "\n"; });
  const std::string message = message_of(bench);
  EXPECT_NE(message.find("503"), std::string::npos) << message;
  ASSERT_EQ(bench.waits.size(), 3U);
  EXPECT_LT(bench.waits[0], bench.waits[1]);
  EXPECT_NE(told.find("failed (503); trying again in"), std::string::npos) << told;
  EXPECT_LT(bench.waits[1], bench.waits[2]);
  EXPECT_EQ(server.asked().size(), 4U);
  EXPECT_TRUE(bench.nothing_there());
}

TEST(Download, AnInterruptedOneGoesOnInTheNextRun) {
  const std::string content = download_content();
  std::atomic<bool> broken{true};
  const Server server([&](const Asked& asked) { return cut_short(asked, content, broken); });
  DownloadBench bench(server.url() + "/f", sha256(content));
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.run()); }), ErrorCode::Remote);
  EXPECT_EQ(std::filesystem::file_size(bench.part()), 100'000U);
  EXPECT_EQ(downloaded_so_far(bench.what.to), 100'000U);
  broken = false;
  const std::size_t before = server.asked().size();
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  ASSERT_EQ(server.asked().size(), before + 1);
  EXPECT_EQ(server.asked().back().from(), 100'000U);
}

TEST(Download, StoppedByTheUserThePartIsKept) {
  const std::string content = download_content(4'000'000);
  const Server server([&](const Asked& asked) { return file_answer(asked, content); });
  DownloadBench bench(server.url() + "/f", sha256(content));
  bench.report = [&](std::uint64_t done, std::uint64_t) {
    if (done > 1'000'000) bench.progress.cancel();
  };
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.run()); }), ErrorCode::Cancelled);
  EXPECT_GT(std::filesystem::file_size(bench.part()), 1'000'000U);
  EXPECT_TRUE(bench.nothing_there());
  bench.progress = Progress();
  bench.report = [](std::uint64_t, std::uint64_t) {};
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  EXPECT_GT(server.asked().back().from(), 1'000'000U);
}

TEST(Download, AServerThatIgnoresRangeIsFetchedAnew) {
  const std::string content = download_content();
  const Server server([&](const Asked& asked) {
    Answer a;
    a.body = content;
    a.headers.emplace_back("ETag", "\"one\"");
    if (asked.count == 0) a.drop_after = 200'000;
    return a;
  });
  DownloadBench bench(server.url() + "/f", sha256(content));
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  EXPECT_EQ(server.asked().at(1).from(), 200'000U);
}

TEST(Download, AFileThatChangedMeanwhileIsNotPatchedTogether) {
  const std::string old = download_content(), now = download_content(300'001).substr(1);
  for (const bool heeds_if_range : {true, false}) {
    const Server server([&](const Asked& asked) {
      if (asked.count == 0) {
        Answer a = file_answer(asked, old, "\"old\"");
        a.drop_after = 100'000;
        return a;
      }
      Asked careless = asked;
      if (!heeds_if_range) careless.headers.erase("if-range");
      return file_answer(careless, now, "\"new\"");
    });
    DownloadBench bench(server.url() + "/f");
    const Downloaded done = bench.run();
    EXPECT_EQ(bench.got(), now) << heeds_if_range;
    EXPECT_EQ(done.sha256, sha256(now));
    EXPECT_FALSE(done.verified);
  }
}

TEST(Download, WithoutHashAndStrongETagHalvesAreNotJoined) {
  const std::string content = download_content();
  const Server server([&](const Asked& asked) {
    Answer a = file_answer(asked, content, "W/\"weak\"");
    if (asked.count == 0) a.drop_after = 100'000;
    return a;
  });
  DownloadBench bench(server.url() + "/f");
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  EXPECT_EQ(server.asked().at(1).header("range"), "");
}

TEST(Download, WrongBytesAreThrownAway) {
  const std::string content = download_content();
  std::string wrong = content;
  wrong[1234] ^= 1;
  const Server server([&](const Asked& asked) { return file_answer(asked, wrong); });
  DownloadBench bench(server.url() + "/f", sha256(content));
  const std::string message = message_of(bench);
  EXPECT_NE(message.find("wrong bytes"), std::string::npos) << message;
  EXPECT_NE(message.find(sha256(content)), std::string::npos) << message;
  EXPECT_TRUE(bench.nothing_there());
  EXPECT_EQ(downloaded_so_far(bench.what.to), 0U);
}

TEST(Download, ADamagedPartOfAnEarlierTryIsFetchedAnewOnce) {
  const std::string content = download_content();
  std::atomic<bool> broken{true};
  const Server server([&](const Asked& asked) { return cut_short(asked, content, broken); });
  DownloadBench bench(server.url() + "/f", sha256(content));
  EXPECT_EQ(code_of([&] { static_cast<void>(bench.run()); }), ErrorCode::Remote);
  std::fstream(bench.part(), std::ios::in | std::ios::out | std::ios::binary).seekp(50).write("damage", 6);
  broken = false;
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  EXPECT_EQ(server.asked().back().from(), 0U);
}

TEST(Download, TheHubsHashIsLearnedAndHeldAgainst) {
  const std::string content = download_content();
  for (const bool lies : {false, true}) {
    const Server server([&](const Asked& asked) {
      if (asked.path == "/f") {
        Answer a;
        a.status = 302;
        a.headers = {{"Location", "/storage"}, {"X-Linked-Etag", "\"" + sha256(lies ? "else" : content) + "\""}, {"X-Linked-Size", std::to_string(content.size())}, {"X-Repo-Commit", std::string(40, 'a')}};
        return a;
      }
      return file_answer(asked, content);
    });
    DownloadBench bench(server.url() + "/f");
    if (lies) {
      EXPECT_NE(message_of(bench).find("wrong bytes"), std::string::npos);
      continue;
    }
    const Downloaded done = bench.run();
    EXPECT_TRUE(done.verified);
    EXPECT_EQ(done.commit, std::string(40, 'a'));
    EXPECT_EQ(server.asked().at(1).header("authorization"), "Bearer secret") << "the same server";
  }
}

TEST(Download, AnotherFileThanTheOneKnownIsRefusedBeforeItComes) {
  const Server server([&](const Asked& asked) {
    Answer a = file_answer(asked, download_content());
    a.headers.emplace_back("X-Linked-Etag", sha256("newer"));
    return a;
  });
  DownloadBench bench(server.url() + "/f", sha256("known"));
  EXPECT_NE(message_of(bench).find("another file"), std::string::npos);
  EXPECT_EQ(downloaded_so_far(bench.what.to), 0U);
}

TEST(Download, TheTokenStaysWithTheServerItIsFor) {
  const std::string content = download_content();
  const Server storage([&](const Asked& asked) { return file_answer(asked, content); });
  for (const char* host : {"127.0.0.1", "localhost"}) {   // another port; another host, too
    const Server hub([&](const Asked&) {
      Answer a;
      a.status = 307;
      a.headers.emplace_back("Location", storage.url(host) + "/signed?x=1");
      return a;
    });
    DownloadBench bench(hub.url() + "/f", sha256(content));
    static_cast<void>(bench.run());
    EXPECT_EQ(hub.asked().at(0).header("authorization"), "Bearer secret");
    EXPECT_EQ(storage.asked().back().header("authorization"), "") << host;
    EXPECT_EQ(storage.asked().back().path, "/signed?x=1");
  }
}

TEST(Download, RedirectsInACircleAndToElsewhereEnd) {
  for (const char* place : {"/f", "file:///etc/passwd", "ftp://127.0.0.1/x"}) {
    const Server server([&](const Asked&) {
      Answer a;
      a.status = 302;
      a.headers.emplace_back("Location", place);
      return a;
    });
    DownloadBench bench(server.url() + "/f");
    EXPECT_EQ(code_of([&] { static_cast<void>(bench.run()); }), ErrorCode::Remote) << place;
    EXPECT_LE(server.asked().size(), 9U);
    EXPECT_TRUE(bench.nothing_there());
  }
}

TEST(Download, RefusalsSayWhatToDo) {
  struct Case {
    int status;
    ErrorCode code;
    const char* hint;
  };
  for (const Case& c : {Case{401, ErrorCode::Remote, "HF_TOKEN"}, Case{403, ErrorCode::Remote, "licence"}, Case{404, ErrorCode::NotFound, "not there"}, Case{400, ErrorCode::Remote, "400"}}) {
    const Server server([&](const Asked&) {
      Answer a;
      a.status = c.status;
      a.body = "<html>no</html>";
      a.headers.emplace_back("Content-Type", "text/html");
      return a;
    });
    DownloadBench bench(server.url() + "/f");
    EXPECT_EQ(code_of([&] { static_cast<void>(bench.run()); }), c.code) << c.status;
    EXPECT_NE(message_of(bench).find(c.hint), std::string::npos) << message_of(bench);
    EXPECT_TRUE(bench.waits.empty()) << "asking again does not help";
    EXPECT_TRUE(bench.nothing_there());
  }
}

TEST(Download, WhoIsAskedToComeLaterDoes) {
  const std::string content = download_content();
  const Server server([&](const Asked& asked) {
    if (asked.count > 0) return file_answer(asked, content);
    Answer a;
    a.status = 429;
    a.headers.emplace_back("Retry-After", "17");
    return a;
  });
  DownloadBench bench(server.url() + "/f", sha256(content));
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  EXPECT_EQ(bench.waits, std::vector<double>{17});
}

TEST(Download, AServerErrorOnceIsForgiven) {
  const std::string content = download_content();
  const Server server([&](const Asked& asked) {
    if (asked.count > 0) return file_answer(asked, content);
    Answer a;
    a.status = 500;
    a.body = "sorry";
    return a;
  });
  DownloadBench bench(server.url() + "/f", sha256(content));
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
}

TEST(Download, APageIsNoFile) {
  const Server server([&](const Asked&) {
    Answer a;
    a.body = "<html>Please log in to the airport's network</html>";
    a.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
    return a;
  });
  DownloadBench bench(server.url() + "/f");
  EXPECT_NE(message_of(bench).find("web page"), std::string::npos);
  EXPECT_TRUE(bench.nothing_there());
}

TEST(Download, LiesAboutTheLengthAreNotBelieved) {
  const std::string content = download_content();
  {  // more promised than there is: it never becomes whole
    const Server server([&](const Asked& asked) {
      Answer a = file_answer(asked, content);
      a.said_length = a.status == 206 ? 999'999 - asked.from() : 999'999;
      return a;
    });
    DownloadBench bench(server.url() + "/f");
    EXPECT_EQ(code_of([&] { static_cast<void>(bench.run()); }), ErrorCode::Remote);
    EXPECT_TRUE(bench.nothing_there());
  }
  {  // two lengths
    const Server server([&](const Asked& asked) {
      Answer a = file_answer(asked, content);
      a.headers.emplace_back("X-Linked-Size", "77");
      return a;
    });
    DownloadBench bench(server.url() + "/f");
    EXPECT_NE(message_of(bench).find("how long"), std::string::npos);
  }
  {  // no length, and no end
    const Server server([&](const Asked&) {
      Answer a;
      a.body = content;
      a.no_length = true;
      return a;
    });
    DownloadBench bench(server.url() + "/f");
    bench.what.most = 100'000;
    EXPECT_NE(message_of(bench).find("more than"), std::string::npos);
    EXPECT_TRUE(bench.nothing_there());
  }
  {  // another part than was asked for
    const Server server([&](const Asked& asked) {
      Answer a = file_answer(asked, content);
      if (asked.count == 0) a.drop_after = 100'000;
      else a.headers.back().second = "bytes 5-299999/300000";
      return a;
    });
    DownloadBench bench(server.url() + "/f", sha256(content));
    EXPECT_NE(message_of(bench).find("another part"), std::string::npos);
  }
}

TEST(Download, AFileWithoutAKnownLengthIsTakenAtItsHash) {
  const std::string content = download_content();
  const Server server([&](const Asked&) {
    Answer a;
    a.body = content;
    a.no_length = true;
    return a;
  });
  DownloadBench bench(server.url() + "/f", sha256(content));
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
}

TEST(Download, AFullDiskKeepsWhatHasComeAndSaysSo) {
  const std::string content = download_content();
  const Server server([&](const Asked& asked) { return file_answer(asked, content); });
  DownloadBench bench(server.url() + "/f", sha256(content));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100'000;
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of(bench);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("what has come is kept"), std::string::npos) << message;
  EXPECT_EQ(std::filesystem::file_size(bench.part()), 100'000U);
  static_cast<void>(bench.run());
  EXPECT_EQ(bench.got(), content);
  EXPECT_EQ(server.asked().back().from(), 100'000U);
}

TEST(Download, NobodyThereIsSaidAfterSomeTries) {
  std::string url;
  {
    const Server server([](const Asked&) { return Answer{}; });
    url = server.url() + "/f";
  }
  DownloadBench bench(url);
  EXPECT_NE(message_of(bench).find("4 tries"), std::string::npos);
}

}  // namespace
}  // namespace figment::models
