#include "models/download.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <charconv>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "models/catalogue.h"
#include "models/hashed_file.h"
#include "models/http_get.h"
#include "storage/files.h"

namespace figment::models {
namespace fs = std::filesystem;
namespace {

constexpr double kFirstWait = 1, kLongestWait = 60, kLongestObeyedWait = 300;

// What the bytes of a part are bytes of.
struct Note {
  std::string url, etag, commit;
  std::uint64_t size = 0;
  Digest sha256;
  bool whole = false;
};

std::optional<Note> read_note(const fs::path& file) {
  try {
    const auto json = nlohmann::json::parse(storage::read_file(file, 1 << 16));
    Note note{json.at("url"), json.at("etag"), json.at("commit"), json.at("size"), json.at("sha256"), json.at("whole")};
    if (!note.sha256.empty() && !is_digest(note.sha256)) return std::nullopt;
    return note;
  } catch (const std::exception&) {
    return std::nullopt;   // none, or damaged: the part is begun anew
  }
}

void write_note(const fs::path& file, const Note& note) {
  storage::make_folder(file.parent_path());
  storage::write_file(file, nlohmann::json{{"url", note.url}, {"etag", note.etag}, {"commit", note.commit}, {"size", note.size}, {"sha256", note.sha256}, {"whole", note.whole}}.dump());
}

fs::path part_of(const fs::path& to) {
  fs::path part = to;
  part += ".part";
  return part;
}

std::string unquoted(std::string etag) {
  if (etag.starts_with("W/")) etag.erase(0, 2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return etag;
}

std::uint64_t number(std::string_view text, std::uint64_t otherwise) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? value : otherwise;
}

std::string first_header(const HttpHead& head, const std::string& name) {
  const auto found = head.first.find(name);
  return found != head.first.end() ? found->second : head.header(name);
}

// "bytes 10-99/100"
struct Range {
  std::uint64_t from = 0, all = 0;
};
std::optional<Range> range_of(std::string_view text) {
  constexpr std::uint64_t kNone = ~std::uint64_t{0};
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const std::size_t dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
  const std::uint64_t from = number(text.substr(0, dash), kNone), last = number(text.substr(dash + 1, slash - dash - 1), kNone);
  const std::uint64_t all = text.substr(slash + 1) == "*" ? 0 : number(text.substr(slash + 1), kNone);
  if (from == kNone || last == kNone || all == kNone || last < from || (all != 0 && last >= all)) return std::nullopt;
  return Range{from, all};
}

// Why another try may help.
struct TryAgain {
  std::string reason;
  double wait = 0;   // seconds the server asks for
};

class Part {
 public:
  explicit Part(fs::path file) : file_(std::move(file)), handle_(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (handle_ < 0) fail();
  }
  ~Part() { ::close(handle_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  [[nodiscard]] std::uint64_t length() const noexcept { return length_; }

  void take_up(const std::function<void(std::uint64_t)>& report) {
    std::vector<char> block(1 << 20);
    for (;;) {
      const ssize_t got = ::pread(handle_, block.data(), block.size(), static_cast<off_t>(length_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw Error(ErrorCode::Io, "cannot read " + file_.string() + ": " + std::strerror(errno));
      if (got == 0) return;
      hash_.add(std::string_view(block.data(), static_cast<std::size_t>(got)));
      length_ += static_cast<std::uint64_t>(got);
      report(length_);
    }
  }
  void begin_anew() {
    if (::ftruncate(handle_, 0) != 0) fail();
    hash_ = Sha256();
    length_ = 0;
  }
  void add(std::string_view bytes) {
    std::string_view left = bytes;
    auto at = static_cast<off_t>(length_);
    while (!left.empty()) {
      const ssize_t wrote = ::pwrite(handle_, left.data(), left.size(), at);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) fail();
      left.remove_prefix(static_cast<std::size_t>(wrote));
      at += wrote;
    }
    hash_.add(bytes);
    length_ += bytes.size();
  }
  [[nodiscard]] Digest finish() {
    if (::fsync(handle_) != 0) fail();
    Digest digest = hash_.finish();
    hash_ = Sha256();
    return digest;
  }

 private:
  [[noreturn]] void fail() const {
    const int code = errno;
    throw Error(ErrorCode::Io, "cannot write " + file_.string() + ": " + std::strerror(code),
                code == ENOSPC || code == EFBIG || code == EDQUOT ? "free some disk space, or set FIGMENT_MODELS to a folder on another disk, and run the same command again; what has come is kept" : "");
  }

  fs::path file_;
  int handle_;
  std::uint64_t length_ = 0;
  Sha256 hash_;
};

class Fetch {
 public:
  Fetch(const Download& what, const Retry& retry, const std::function<void(std::uint64_t, std::uint64_t)>& report, const Progress& progress)
      : what_(what), retry_(retry), report_(report), progress_(progress), part_(part_of(what.to)) {}

  Downloaded run() {
    if (const auto found = read_note(what_.note); found && found->url == what_.url && !found->whole && (what_.sha256.empty() || found->sha256.empty() || found->sha256 == what_.sha256)) {
      note_ = *found;
      part_.take_up([&](std::uint64_t length) {
        progress_.check();
        report_(length, note_.size);
      });
      of_earlier_ = part_.length() > 0;
    } else {
      note_.url = what_.url;
      part_.begin_anew();
    }
    std::uint64_t farthest = part_.length();
    int in_vain = 0;
    for (;;) {
      TryAgain again;
      try {
        if (attempt()) break;
      } catch (const TryAgain& e) {
        again = e;
      }
      in_vain = part_.length() > farthest ? 0 : in_vain + 1;
      farthest = std::max(farthest, part_.length());
      of_earlier_ = part_.length() > 0;
      if (in_vain >= retry_.tries)
        throw Error(ErrorCode::Remote, what_.url + ": " + again.reason + " (" + std::to_string(retry_.tries) + " tries)",
                    part_.length() > 0 ? "run the same command again later: the " + size_text(part_.length()) + " that have come are kept" : "check the connection and run the same command again later");
      const double wait = std::clamp(std::max(kFirstWait * static_cast<double>(1U << std::min(in_vain, 10)), again.wait), 0.0, again.wait > 0 ? kLongestObeyedWait : kLongestWait);
      // Said, or a user thinks that it hangs.
      progress_.set(note_.size > 0 ? static_cast<double>(part_.length()) / static_cast<double>(note_.size) : 0, again.reason + "; trying again in " + std::to_string(std::lround(wait)) + " s");
      if (retry_.wait) retry_.wait(wait);
      else wait_for(wait, progress_);
      progress_.check();
    }
    return keep();
  }

 private:
  // True when the file is whole and right. Throws TryAgain, or the Error there is no way around.
  bool attempt() {
    if (note_.size > 0 && part_.length() == note_.size) return check_hash();   // all of it came before the last try ended
    const bool strong = !note_.etag.empty() && !note_.etag.starts_with("W/");
    // Without a hash and without an ETag nobody could tell whether two halves are of one file.
    if (part_.length() > 0 && !strong && expected().empty()) part_.begin_anew();
    const HttpRequest request{what_.url, what_.token, part_.length(), strong ? note_.etag : ""};
    std::uint64_t end = 0;   // where this answer says it ends
    const auto outcome = http_get(request, [&](const HttpHead& head) { end = meet(head, request.from); }, [&](std::string_view bytes) {
      if (const std::uint64_t limit = end > 0 ? end : what_.most; limit > 0 && part_.length() + bytes.size() > limit)
        throw Error(ErrorCode::Remote, what_.url + " sends more than the " + std::to_string(limit) + " bytes it should have");
      part_.add(bytes);
      report_(part_.length(), note_.size);
    }, progress_);
    if (!outcome.problem.empty()) throw TryAgain{outcome.problem};
    if (end > 0 && part_.length() < end) throw TryAgain{"the connection ended after " + std::to_string(part_.length()) + " of " + std::to_string(end) + " bytes"};
    return check_hash();
  }

  [[nodiscard]] const Digest& expected() const { return what_.sha256.empty() ? note_.sha256 : what_.sha256; }

  // The answer's head. Returns how long the file is, 0 where nobody says.
  std::uint64_t meet(const HttpHead& head, std::uint64_t from) {
    refuse(head);
    if (head.header("content-type").starts_with("text/html"))
      throw Error(ErrorCode::Remote, what_.url + " sends a web page in place of the file", "a network that wants a login or a proxy answers so: open the address in a browser");
    Note now{what_.url, head.header("etag"), first_header(head, "x-repo-commit"), 0, unquoted(first_header(head, "x-linked-etag")), false};
    if (!is_digest(now.sha256)) now.sha256.clear();
    if (!what_.sha256.empty() && !now.sha256.empty() && now.sha256 != what_.sha256)
      throw Error(ErrorCode::Remote, what_.url + " is another file than the one Figment knows: wanted SHA-256 " + what_.sha256 + ", the server has " + now.sha256, "a newer Figment may know it");
    const std::uint64_t linked = number(first_header(head, "x-linked-size"), 0);
    if (head.status == 206) {
      const auto range = range_of(head.header("content-range"));
      if (from == 0 || !range || range->from != from) throw Error(ErrorCode::Remote, what_.url + " sends another part of the file than was asked for: wanted from " + std::to_string(from) + ", got \"" + head.header("content-range") + "\"");
      const bool other = (!now.etag.empty() && !note_.etag.empty() && now.etag != note_.etag) || (!now.sha256.empty() && !note_.sha256.empty() && now.sha256 != note_.sha256) || (range->all > 0 && note_.size > 0 && range->all != note_.size);
      if (other) {   // the server should have seen that by If-Range
        note_ = Note{what_.url, {}, {}, 0, {}, false};
        part_.begin_anew();
        throw TryAgain{"the file changed while it was fetched"};
      }
      now.size = range->all > 0 ? range->all : linked;
    } else {
      part_.begin_anew();
      of_earlier_ = false;
      const std::uint64_t said = number(head.header("content-length"), 0);
      if (said > 0 && linked > 0 && said != linked) throw Error(ErrorCode::Remote, what_.url + " does not know how long it is: " + std::to_string(linked) + " or " + std::to_string(said) + " bytes");
      now.size = said > 0 ? said : linked;
    }
    if (what_.most > 0 && now.size > what_.most) throw Error(ErrorCode::Remote, what_.url + " has " + std::to_string(now.size) + " bytes; at most " + std::to_string(what_.most) + " make sense");
    std::error_code unknown;
    if (const auto space = fs::space(what_.to.parent_path(), unknown); !unknown && now.size > part_.length() && space.available < now.size - part_.length())
      throw Error(ErrorCode::Io, "the disk of " + what_.to.parent_path().string() + " is too full: " + size_text(now.size - part_.length()) + " are to come, " + size_text(space.available) + " are free", "free some, or set FIGMENT_MODELS to a folder on another disk");
    note_ = now;
    write_note(what_.note, note_);
    return now.size;
  }

  // Answers that are no file.
  void refuse(const HttpHead& head) {
    const std::string see = what_.page.empty() ? "" : what_.page;
    switch (head.status) {
      case 200: case 206: return;
      case 401: throw Error(ErrorCode::Remote, what_.url + " wants to know who you are (401)" + (what_.token.empty() ? "" : "; it does not accept your HF_TOKEN"), "set HF_TOKEN to a token from https://huggingface.co/settings/tokens");
      case 403: throw Error(ErrorCode::Remote, what_.url + " is not open to you (403)", "read and accept the licence" + (see.empty() ? "" : " at " + see) + ", then set HF_TOKEN");
      case 404: case 410: throw Error(ErrorCode::NotFound, what_.url + " is not there (" + std::to_string(head.status) + ")", see.empty() ? "" : "it may have moved: see " + see);
      case 416:   // the part is as long as the file or longer, and not right
        part_.begin_anew();
        throw TryAgain{"what had come is not of this file (416)"};
      case 408: case 425: case 429: throw TryAgain{"the server asks to come later (" + std::to_string(head.status) + ")", static_cast<double>(number(head.header("retry-after"), 0))};
      default: break;
    }
    if (head.status >= 500) throw TryAgain{"the server failed (" + std::to_string(head.status) + ")", static_cast<double>(number(head.header("retry-after"), 0))};
    throw Error(ErrorCode::Remote, what_.url + " answers " + std::to_string(head.status));
  }

  bool check_hash() {
    digest_ = part_.finish();
    if (expected().empty() || digest_ == expected()) return true;
    const std::uint64_t length = part_.length();
    part_.begin_anew();
    if (of_earlier_) throw TryAgain{"what had come earlier was damaged"};
    throw Error(ErrorCode::Remote, what_.url + " sent wrong bytes: wanted SHA-256 " + expected() + ", got " + digest_ + " (" + std::to_string(length) + " bytes); nothing of it was kept", "try again later, or from another network");
  }

  Downloaded keep() {
    Downloaded done{what_.url, note_.etag, note_.commit, part_.length(), digest_, !expected().empty()};
    note_.size = done.size;
    note_.sha256 = done.sha256;
    note_.whole = true;
    std::error_code status;
    fs::rename(part_of(what_.to), what_.to, status);
    if (status) throw Error(ErrorCode::Io, "cannot write " + what_.to.string() + ": " + status.message());
    write_note(what_.note, note_);
    return done;
  }

  const Download& what_;
  const Retry& retry_;
  const std::function<void(std::uint64_t, std::uint64_t)>& report_;
  const Progress& progress_;
  Part part_;
  Note note_;
  Digest digest_;
  bool of_earlier_ = false;   // some of the part is of a try before this one
};

}  // namespace

Downloaded download(const Download& what, const Retry& retry, const std::function<void(std::uint64_t, std::uint64_t)>& report, const Progress& progress) {
  storage::make_folder(what.to.parent_path());
  std::error_code status;
  if (fs::is_regular_file(what.to, status)) {   // it was whole when other files of the model were not
    const auto note = read_note(what.note);
    if (note && note->whole && note->sha256 == hash_file(what.to, [&](std::uint64_t done) { report(done, note->size); }) && (what.sha256.empty() || what.sha256 == note->sha256))
      return {note->url, note->etag, note->commit, note->size, note->sha256, !what.sha256.empty()};
    fs::remove(what.to, status);
    fs::remove(what.note, status);
  }
  return Fetch(what, retry, report, progress).run();
}

std::uint64_t downloaded_so_far(const fs::path& to) {
  std::error_code status;
  const auto whole = fs::file_size(to, status);
  if (!status) return whole;
  const auto part = fs::file_size(part_of(to), status);
  return status ? 0 : part;
}

void wait_for(double seconds, const Progress& progress) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < until) {
    progress.check();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace figment::models
