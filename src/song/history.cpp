#include "song/history.h"

#include <utility>

namespace figment::song {

void History::edit(std::string what, const std::function<void(Song&)>& change) {
  Song next = now_;
  change(next);
  if (next == now_) return;
  check(next);
  past_.push_back({std::move(what), std::exchange(now_, std::move(next))});
  if (past_.size() > kMost) past_.pop_front();
  future_.clear();
}

bool History::undo() {
  if (past_.empty()) return false;
  Edit edit = std::move(past_.back());
  past_.pop_back();
  future_.push_back({std::move(edit.what), std::exchange(now_, std::move(edit.other))});
  return true;
}

bool History::redo() {
  if (future_.empty()) return false;
  Edit edit = std::move(future_.back());
  future_.pop_back();
  past_.push_back({std::move(edit.what), std::exchange(now_, std::move(edit.other))});
  return true;
}

}  // namespace figment::song
