// Counts the calls of operator new on this thread, to prove that real-time code makes none. For tests only.

#pragma once

#include <cstdint>

namespace figment::dsp::testing {

[[nodiscard]] std::uint64_t allocations() noexcept;  // so far

}  // namespace figment::dsp::testing
