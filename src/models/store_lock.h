// One model is changed by one process at a time.
//
//   Method   flock on ROOT/.locks/NAME, which the system drops when its process ends, however it ends
//   Errors   Io; Cancelled while it waits
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/progress.h"

namespace figment::models {

class StoreLock {
 public:
  // Waits until it has the lock. `wait` (a second of it) is for tests; empty: sleeps.
  StoreLock(const std::filesystem::path& root, const std::string& name, const Progress& progress, const std::function<void(double)>& wait = {});
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  int handle_ = -1;
};

}  // namespace figment::models
