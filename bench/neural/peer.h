// PyTorch as a peer: a process that runs one thing when it is told to, and says how long it took.

#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace figment::bench {

class Peer {
 public:
  // `what`: codec, text, lm or stems (bench/neural/peer.py). Not there where Debian's python3-torch is not installed.
  Peer(const std::string& what, int threads);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] bool there() const noexcept { return there_; }
  // Milliseconds (of "memory": MB); 0 where it is not there.
  [[nodiscard]] double ask(const std::string& line);

 private:
  pid_t child_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
  bool there_ = false;
};

}  // namespace figment::bench
