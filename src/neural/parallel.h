// Work of our own kernels, shared out among as many threads as LibTorch may use.
//
//   Why      OpenMP gives each thread its part beforehand and waits for all: on a busy machine for the one that the system holds back.
//            Here whoever is free takes the next part (fast/thread_team.h)
//   Threads  each calling thread has a team of its own, made at its first call; its threads sleep when there is nothing to do

#pragma once

#include <algorithm>
#include <cstdint>

#include "neural/fast/thread_team.h"

namespace figment::neural {

// Of the calling thread.
[[nodiscard]] ThreadTeam& team_here();

// work(i) for each i of 0 … count - 1.
template <typename Work>
void for_each_part(std::int64_t count, const Work& work) {
  team_here().run(count, [&](std::int64_t i, int) { work(i); });
}

// work(first, last) for stretches of 0 … count, each `grain` long but for the last.
template <typename Work>
void for_each_stretch(std::int64_t count, std::int64_t grain, const Work& work) {
  for_each_part((count + grain - 1) / grain, [&](std::int64_t i) { work(i * grain, std::min(count, (i + 1) * grain)); });
}

}  // namespace figment::neural
