#include "base/progress.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/error.h"

namespace figment {

struct Progress::Shared {
  std::atomic<bool> cancelled{false};
  std::mutex mutex;
  double highest = 0;
  Report report;
};

Progress::Progress() : shared_(std::make_shared<Shared>()) {}
Progress::Progress(Report report) : Progress() { shared_->report = std::move(report); }

void Progress::set(double fraction, std::string_view stage) const {
  check();
  if (quiet_ || !shared_->report) return;
  const std::lock_guard lock(shared_->mutex);
  shared_->highest = std::max(shared_->highest, from_ + (to_ - from_) * std::clamp(fraction, 0.0, 1.0));
  shared_->report(shared_->highest, stage);
}

void Progress::check() const {
  if (cancelled()) throw Error(ErrorCode::Cancelled, "stopped");
}

Progress Progress::part(double from, double to) const {
  Progress p = *this;
  p.from_ = from_ + (to_ - from_) * from;
  p.to_ = from_ + (to_ - from_) * to;
  return p;
}

Progress Progress::quiet() const {
  Progress p = *this;
  p.quiet_ = true;
  return p;
}

void Progress::cancel() const noexcept { shared_->cancelled.store(true, std::memory_order_relaxed); }
bool Progress::cancelled() const noexcept { return shared_->cancelled.load(std::memory_order_relaxed); }

}  // namespace figment
