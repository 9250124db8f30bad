// How much memory this process may still take before the system has to push others', or it, out.
//
//   Method   the least of: MemAvailable of /proc/meminfo, what the control group's memory.max leaves, what the limit on addresses
//            (ulimit -v) leaves. What of these cannot be read sets no limit
//   Threads  free. Cost: reading three small files

#pragma once

#include <cstdint>
#include <string>

namespace figment {

[[nodiscard]] std::uint64_t available_memory();          // bytes
[[nodiscard]] std::string size_text(std::uint64_t bytes);     // "841 MB", "3.7 GB"; of memory and of files

}  // namespace figment
