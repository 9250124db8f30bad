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
[[nodiscard]] std::string memory_text(std::uint64_t bytes);   // "710 MB", "3.9 GB"

}  // namespace figment
