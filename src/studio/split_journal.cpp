#include "studio/split_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "audio/write_error.h"
#include "base/error.h"
#include "storage/files.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr const char* kJournal = "journal.json";
constexpr std::uintmax_t kMostJournal = 4U << 20;

json to_json(const SplitPlan& p) {
  return {{"source", p.source}, {"engine", p.engine}, {"device", p.device}, {"precision", p.precision}, {"version", p.version}, {"weights", p.weights}, {"stems", p.stems}, {"two_stems", p.two_stems}, {"overlap", p.overlap},
          {"shifts", p.shifts}, {"seed", p.seed}, {"channels", p.channels}, {"rate_hz", p.rate_hz}, {"frames", p.frames}};
}

// What differs, for people.
std::string difference(const json& there, const json& now) {
  std::string names;
  for (const auto& [key, value] : now.items())
    if (!there.contains(key) || there.at(key) != value) names += (names.empty() ? "" : ", ") + key;
  return names;
}

json read_journal(const fs::path& folder) {
  try {
    json j = json::parse(storage::read_file(folder / kJournal, kMostJournal));
    if (j.at("format") != "figment split" || j.at("version") != kFormat || !j.at("plan").is_object()) return {};
    return j;
  } catch (const std::exception&) {
    return {};
  }
}

void write_all(int handle, const fs::path& file, const char* bytes, std::size_t count, std::int64_t at) {
  while (count > 0) {
    const ssize_t wrote = ::pwrite(handle, bytes, count, at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) audio::cannot_write(file, wrote < 0 ? errno : ENOSPC);
    bytes += wrote;
    at += wrote;
    count -= static_cast<std::size_t>(wrote);
  }
}

void sync_file(const fs::path& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const int code = handle < 0 || ::fsync(handle) != 0 ? errno : 0;
  if (handle >= 0) ::close(handle);
  if (code != 0) audio::cannot_write(file, code);
}

}  // namespace

SplitJournal::SplitJournal(fs::path dir) : dir_(std::move(dir)) {
  storage::make_folder(folder());
  const fs::path file = folder() / "lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) audio::cannot_write(file, errno);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw Error(ErrorCode::InvalidArgument, "another figment is splitting into " + dir_.string() + " right now", "wait for it, or name another folder with -o");
  }
}

SplitJournal::~SplitJournal() {
  close_stems();
  if (lock_ >= 0) ::close(lock_);
}

void SplitJournal::close_stems() noexcept {
  for (const int handle : handles_)
    if (handle >= 0) ::close(handle);
  handles_.clear();
}

fs::path SplitJournal::raw(std::size_t stem) const { return folder() / (plan_.stems[stem] + ".f32"); }

std::optional<Digest> SplitJournal::unfinished(const fs::path& dir) {
  std::error_code status;
  if (!fs::is_directory(dir / kUnfinishedSplit, status)) return std::nullopt;
  const json j = read_journal(dir / kUnfinishedSplit);
  try {
    return j.at("plan").at("source").get<Digest>();
  } catch (const std::exception&) {
    return Digest();
  }
}

void SplitJournal::open(const SplitPlan& plan) {
  plan_ = plan;
  const json there = read_journal(folder()), now = to_json(plan);
  const auto frame_bytes = static_cast<std::uintmax_t>(plan.channels) * sizeof(float);
  if (!there.is_null()) {
    try {
      const json& old = there.at("plan");
      if (old.at("source") != plan.source)
        throw Error(ErrorCode::InvalidArgument, dir_.string() + " holds an unfinished split of " + there.at("source_name").get<std::string>(), "name another folder with -o, or remove that one");
      if (old != now) {
        anew_ = "another run was broken off here, and differs in: " + difference(old, now) + "; begun anew";
      } else {
        done_ = there.at("done");
        decision_ = there.at("decision");
        finished_ = there.at("finished").get<std::vector<std::string>>();
        bool whole = done_ >= 0 && done_ <= plan.frames;
        for (std::size_t s = 0; s < plan.stems.size() && whole; ++s) {
          std::error_code status;
          const auto size = fs::file_size(raw(s), status);
          whole = finished(plan.stems[s]) || (!status && size >= static_cast<std::uintmax_t>(done_) * frame_bytes);
        }
        for (const std::string& name : finished_) {
          std::error_code status;
          whole = whole && (fs::is_regular_file(folder() / (name + ".wav"), status) || fs::is_regular_file(dir_ / (name + ".wav"), status));
        }
        if (!whole) anew_ = "what a broken run left here is damaged; begun anew";
      }
    } catch (const json::exception&) {
      anew_ = "what a broken run left here makes no sense; begun anew";
    }
  }
  if (there.is_null() || !anew_.empty()) {
    done_ = 0;
    decision_ = nullptr;
    finished_.clear();
    for (const auto& entry : fs::directory_iterator(folder())) {
      std::error_code ignored;
      if (entry.path().filename() != "lock") fs::remove_all(entry.path(), ignored);
    }
  }
  for (std::size_t s = 0; s < plan.stems.size(); ++s) {
    if (finished(plan.stems[s])) {
      handles_.push_back(-1);
      continue;
    }
    handles_.push_back(::open(raw(s).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (handles_.back() < 0) audio::cannot_write(raw(s), errno);
  }
  save();
}

void SplitJournal::save() const {
  const json j{{"format", "figment split"}, {"version", kFormat}, {"source_name", plan_.source_name}, {"plan", to_json(plan_)}, {"done", done_}, {"decision", decision_}, {"finished", finished_}};
  storage::write_file(folder() / kJournal, j.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

void SplitJournal::write(std::span<const audio::AudioView> stems) {
  assert(stems.size() == handles_.size());
  const auto channels = static_cast<std::size_t>(plan_.channels);
  const std::int64_t frames = stems.front().frames();
  std::vector<float> interleaved(static_cast<std::size_t>(frames) * channels);
  for (std::size_t s = 0; s < stems.size(); ++s) {
    for (std::size_t c = 0; c < channels; ++c) {
      const float* x = stems[s].channel(static_cast<int>(c));
      for (std::size_t n = 0; n < static_cast<std::size_t>(frames); ++n) interleaved[n * channels + c] = x[n];
    }
    write_all(handles_[s], raw(s), reinterpret_cast<const char*>(interleaved.data()), interleaved.size() * sizeof(float), done_ * static_cast<std::int64_t>(channels * sizeof(float)));
  }
  for (std::size_t s = 0; s < stems.size(); ++s)
    if (::fdatasync(handles_[s]) != 0) audio::cannot_write(raw(s), errno);
  done_ += frames;
  try {
    save();
  } catch (...) {
    done_ -= frames;
    throw;
  }
}

void SplitJournal::read(std::size_t stem, std::int64_t frame, audio::AudioBlock out) const {
  out.clear();
  const auto channels = static_cast<std::size_t>(plan_.channels);
  const std::int64_t count = std::clamp<std::int64_t>(done_ - frame, 0, out.frames());
  std::vector<float> interleaved(static_cast<std::size_t>(count) * channels);
  char* bytes = reinterpret_cast<char*>(interleaved.data());
  std::size_t left = interleaved.size() * sizeof(float);
  auto at = static_cast<off_t>(frame) * static_cast<off_t>(channels * sizeof(float));
  while (left > 0) {
    const ssize_t got = ::pread(handles_[stem], bytes, left, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Error(ErrorCode::Io, "cannot read " + raw(stem).string() + ": " + (got < 0 ? std::strerror(errno) : "it became shorter"));
    bytes += got;
    at += got;
    left -= static_cast<std::size_t>(got);
  }
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n) out.channel(static_cast<int>(c))[n] = interleaved[n * channels + c];
}

void SplitJournal::decide(json decision) {
  decision_ = std::move(decision);
  save();
}

bool SplitJournal::finished(const std::string& name) const { return std::find(finished_.begin(), finished_.end(), name) != finished_.end(); }

void SplitJournal::finish(const std::string& name, std::optional<std::size_t> spent) {
  sync_file(folder() / (name + ".wav"));
  storage::sync_folder(folder());
  finished_.push_back(name);
  save();
  if (!spent) return;
  ::close(std::exchange(handles_[*spent], -1));
  std::error_code ignored;
  fs::remove(raw(*spent), ignored);
}

void SplitJournal::complete() {
  for (const std::string& name : finished_) {
    const fs::path from = folder() / (name + ".wav"), to = dir_ / (name + ".wav");
    std::error_code status;
    if (!fs::exists(from, status)) continue;   // moved before the last run was broken off
    fs::rename(from, to, status);
    if (status) throw Error(ErrorCode::Io, "cannot write " + to.string() + ": " + status.message());
  }
  storage::sync_folder(dir_);
  close_stems();
  std::error_code ignored;
  fs::remove_all(folder(), ignored);
}

void SplitJournal::give_up() noexcept {
  close_stems();
  std::error_code ignored;
  fs::remove_all(folder(), ignored);
  fs::remove(dir_, ignored);                   // only where it is empty
}

}  // namespace figment::studio
