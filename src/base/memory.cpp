#include "base/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

namespace figment {
namespace {

std::optional<std::uint64_t> number_in(const char* file) {
  std::ifstream in(file);
  std::uint64_t n = 0;
  return in >> n ? std::optional(n) : std::nullopt;      // "max" is no number
}

}  // namespace

std::uint64_t available_memory() {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemAvailable:")) {
      std::uint64_t kilobytes = 0;
      if (std::istringstream(line.substr(13)) >> kilobytes) least = kilobytes << 10;
    }
  const auto most = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
  if (most && used) least = std::min(least, *most > *used ? *most - *used : 0);
  rlimit addresses{};
  if (::getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY)
    if (const auto pages = number_in("/proc/self/statm")) {
      const std::uint64_t taken = *pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
      least = std::min(least, addresses.rlim_cur > taken ? addresses.rlim_cur - taken : 0);
    }
  return least;
}

std::string size_text(std::uint64_t bytes) {
  char text[32];
  if (bytes >= 999'500'000) std::snprintf(text, sizeof text, "%.1f GB", static_cast<double>(bytes) / 1e9);
  else if (bytes >= 999'500) std::snprintf(text, sizeof text, "%.0f MB", static_cast<double>(bytes) / 1e6);
  else if (bytes >= 1000) std::snprintf(text, sizeof text, "%.0f kB", static_cast<double>(bytes) / 1e3);
  else std::snprintf(text, sizeof text, "%u bytes", static_cast<unsigned>(bytes));
  return text;
}

}  // namespace figment
