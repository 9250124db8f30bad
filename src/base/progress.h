// How far long work has come, and how it is stopped.
//
// The caller makes a Progress, hands it down, and may cancel it from any thread or from a signal handler. The worker
// calls `set` now and then (it also throws Error Cancelled once cancelled) and gives parts of its range to those it
// calls. A default-made Progress is silent.
//
//   Threads  `set`, `check` and `cancel` may be called from any thread; the report function is called by one thread
//            at a time and sees fractions that never fall

#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace figment {

class Progress {
 public:
  using Report = std::function<void(double fraction, std::string_view stage)>;

  Progress();
  explicit Progress(Report report);

  // `fraction` 0 … 1 of this Progress's own range. Throws Error Cancelled.
  void set(double fraction, std::string_view stage) const;
  void check() const;  // throws Error Cancelled when cancelled

  // The sub-range from … to, for a callee.
  [[nodiscard]] Progress part(double from, double to) const;

  // The same work, but its stages are not shown: for one of many things done at once. Cancel works.
  [[nodiscard]] Progress quiet() const;

  void cancel() const noexcept;
  [[nodiscard]] bool cancelled() const noexcept;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  double from_ = 0, to_ = 1;
  bool quiet_ = false;
};

}  // namespace figment
