#include "peer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace figment::bench {

Peer::Peer(const std::string& what, int threads) {
  int to[2], from[2];
  if (::pipe(to) != 0 || ::pipe(from) != 0) return;
  std::signal(SIGPIPE, SIG_IGN);
  const std::string count = std::to_string(threads);
  child_ = ::fork();
  if (child_ == 0) {
    ::dup2(to[0], 0), ::dup2(from[1], 1);
    for (const int end : {to[0], to[1], from[0], from[1]}) ::close(end);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(126);
    ::unsetenv("GOMP_SPINCOUNT");        // ours; PyTorch has no threads but OpenMP's, which had better stay awake
    ::setenv("MALLOC_MMAP_MAX_", "0", 1), ::setenv("MALLOC_TRIM_THRESHOLD_", "17179869184", 1);
    ::execl("/usr/bin/python3", "python3", FIGMENT_SOURCE_DIR "/bench/neural/peer.py", count.c_str(), what.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(to[0]), ::close(from[1]);
  to_ = ::fdopen(to[1], "w"), from_ = ::fdopen(from[0], "r");
  std::array<char, 64> line{};
  there_ = std::fgets(line.data(), line.size(), from_) != nullptr && std::string(line.data()) == "ready\n";
}

Peer::~Peer() {
  if (to_ != nullptr) std::fclose(to_);
  if (from_ != nullptr) std::fclose(from_);
  if (child_ > 0) ::waitpid(child_, nullptr, 0);
}

// Its threads go on looking for work for a while when they have finished, on the cores that we are measured on next.
constexpr std::chrono::milliseconds kRest{50};

double Peer::ask(const std::string& line) {
  if (!there_) return 0;
  std::fprintf(to_, "%s\n", line.c_str());
  std::fflush(to_);
  std::array<char, 64> answer{};
  if (std::fgets(answer.data(), answer.size(), from_) == nullptr) return there_ = false, 0;
  std::this_thread::sleep_for(kRest);
  return std::strtod(answer.data(), nullptr);
}

}  // namespace figment::bench
