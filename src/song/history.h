// Edits of a song, so that they can be undone.
//
//   Method   an edit is a function on the document; it works on a copy, which is checked (song::check) and becomes the
//            document only when it makes sense. Documents hold no sound and no notes, a few dozen kilobytes, so the past is
//            kept as it was: whole documents, the last kMost of them
//   Errors   Corrupt from song::check, and whatever the edit throws: the document is then as before
//   Threads  one thread at a time

#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "song/song.h"

namespace figment::song {

class History {
 public:
  static constexpr std::size_t kMost = 200;

  explicit History(Song song) : now_(std::move(song)) {}

  [[nodiscard]] const Song& now() const noexcept { return now_; }

  // `what` names the edit for people: "turn bass down". An edit that changes nothing is not remembered.
  void edit(std::string what, const std::function<void(Song&)>& change);

  // False when there is nothing to undo, or redo. A new edit forgets what could be redone.
  bool undo();
  bool redo();

  // What undo, or redo, would do next; empty for nothing.
  [[nodiscard]] std::string undo_name() const { return past_.empty() ? "" : past_.back().what; }
  [[nodiscard]] std::string redo_name() const { return future_.empty() ? "" : future_.back().what; }

 private:
  struct Edit {
    std::string what;
    Song other;   // the document on the other side of the edit
  };
  Song now_;
  std::deque<Edit> past_;
  std::vector<Edit> future_;
};

}  // namespace figment::song
