#include "neural/parallel.h"

#include <ATen/Parallel.h>

#include <memory>

namespace figment::neural {

ThreadTeam& team_here() {
  static thread_local std::unique_ptr<ThreadTeam> team;
  const int threads = at::get_num_threads();
  if (team == nullptr || team->size() != threads) team = std::make_unique<ThreadTeam>(threads);
  return *team;
}

}  // namespace figment::neural
