// A large file, downloaded so that nothing that has come is ever lost and nothing wrong is ever kept.
//
//   Method     bytes go to NAME.part beside the file and are hashed as they come; whole, hashed and synced it gets its name. What is
//              there is continued by a Range request, with If-Range where the server gave a strong ETag; a server that sends the
//              whole file, or another one, is believed and the part begun anew
//   Hash       `sha256` where known; else what the Hub says (X-Linked-Etag); a file that turns out wrong is thrown away, and where
//              part of it was of an earlier try, fetched anew once
//   Tries      dropped connections, 408, 429 and 5xx are tried again with growing waits (Retry-After is obeyed), until `tries` in a
//              row brought nothing new
//   Note       what a part belongs to (URL, ETag, size, hash) is kept in `note`; when the file is whole, too
//   Errors     Remote: what the server did wrong, and for 401, 403 and 404 what to do; for pages in place of files; for wrong
//              lengths and hashes. Io: disk full; the part is kept. Cancelled: the part is kept
//   Threads    one download a file at a time: the caller holds a lock

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/hash.h"
#include "base/progress.h"

namespace figment::models {

struct Download {
  std::string url, token;
  std::filesystem::path to, note;
  Digest sha256;                        // empty: learned
  std::uint64_t most = 0;               // more bytes than this are a mistake; 0: any number
  std::string page;                     // where a person reads of it, for messages; may be empty
};

struct Downloaded {
  std::string url, etag, commit;        // commit: of the repository, where the server says so
  std::uint64_t size = 0;
  Digest sha256;
  bool verified = false;                // against a hash known beforehand, not only learned
};

struct Retry {
  int tries = 6;
  std::function<void(double seconds)> wait;   // empty: sleeps, and wakes when cancelled
};

// `report`: bytes that are there, and in all (0: not known yet). Error NotFound, instead of Remote, for 404.
[[nodiscard]] Downloaded download(const Download& what, const Retry& retry, const std::function<void(std::uint64_t done, std::uint64_t all)>& report, const Progress& progress);

// How much of it is there already.
[[nodiscard]] std::uint64_t downloaded_so_far(const std::filesystem::path& to);

// Sleeps, and wakes with Error Cancelled.
void wait_for(double seconds, const Progress& progress);

}  // namespace figment::models
