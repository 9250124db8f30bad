// What the parts of figment-bench-neural share.

#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

namespace figment::bench {

inline constexpr int kRounds = 5;        // ours and theirs in turn; the least of each counts

void codec(int threads);
void text(int threads);
void stems(int threads);
void language_model(const std::string& size, const std::string& precision, std::int64_t steps, int threads);
void whole_model(const std::filesystem::path& folder);
void check_language_model(const std::string& size, const std::string& precision);

using Clock = std::chrono::steady_clock;
inline double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

inline std::filesystem::path scratch() {
  const auto folder = std::filesystem::temp_directory_path() / "figment-bench-neural";
  std::filesystem::create_directories(folder);
  return folder;
}

// As figment_bench prints: name, ours, the peer's, ratio, who the peer is.
inline void line(const std::string& name, const std::string& ours, const std::string& peer, const std::string& ratio, const std::string& who) {
  std::printf("%-44s %12s %12s %8s   %s\n", name.c_str(), ours.c_str(), peer.c_str(), ratio.c_str(), who.c_str());
  std::fflush(stdout);
}
inline std::string number(double x, int digits, const char* unit = "") {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f%s", digits, x, unit);
  return text;
}
// Milliseconds.
inline void beside(const std::string& name, double ours, double peer, int digits) {
  line(name, number(ours, digits, " ms"), peer > 0 ? number(peer, digits, " ms") : "-", peer > 0 ? number(ours / peer, 2) : "-", peer > 0 ? "PyTorch, plain modules of the same sizes" : "python3-torch is not installed");
}

// Of another process that does `work`, in MB. Before this one has threads.
template <typename Work>
double peak_memory(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? static_cast<double>(usage.ru_maxrss) / 1000 : 0;
}

}  // namespace figment::bench
