#include "outside.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <regex>

#include "base/error.h"

namespace figment::judge {
namespace {

std::string ffmpeg(const std::filesystem::path& sound, const std::string& filter) {
  int status = 0;
  std::string said = errors_of({"ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-threads", "1", "-i",
                                sound.string(), "-af", filter, "-f", "null", "-"},
                               status);
  if (status == 127) throw Error(ErrorCode::NotFound, "ffmpeg is not installed", "install the package ffmpeg");
  if (status != 0) throw Error(ErrorCode::Corrupt, "ffmpeg could not measure " + sound.string(), said.substr(0, 300));
  return said;
}

// The number that follows the last occurrence of `label`.
double number_after(const std::string& text, const std::string& label, double otherwise) {
  const auto at = text.rfind(label);
  if (at == std::string::npos) return otherwise;
  const char* begin = text.c_str() + at + label.size();
  char* end = nullptr;
  const double value = std::strtod(begin, &end);
  return end == begin || !(value > -1000) ? otherwise : value;
}

}  // namespace

std::string errors_of(const std::vector<std::string>& command, int& status) {
  std::array<int, 2> pipe_ends{};
  if (::pipe(pipe_ends.data()) != 0) throw Error(ErrorCode::Io, "no pipe could be made", "close some programs");
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0)
    throw Error(ErrorCode::Io, "no process could be started for " + command.front(), "close some programs");
  if (child == 0) {
    ::dup2(pipe_ends[1], STDERR_FILENO);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    ::execvp(words.front(), words.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  std::string said;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = ::read(pipe_ends[0], piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    said.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(pipe_ends[0]);
  int result = 0;
  while (::waitpid(child, &result, 0) < 0 && errno == EINTR) {
  }
  status = WIFEXITED(result) ? WEXITSTATUS(result) : 128;
  return said;
}

FfmpegLoudness ffmpeg_loudness(const std::filesystem::path& sound, bool folded_to_mono) {
  const std::string fold = folded_to_mono ? "pan=stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0+0.5*c1," : "";
  std::string said = ffmpeg(sound, fold + "ebur128=peak=true");
  const auto summary = said.rfind("Summary:");
  if (summary == std::string::npos)
    throw Error(ErrorCode::Corrupt, "ffmpeg printed no loudness summary for " + sound.string(), "");
  said.erase(0, summary);
  FfmpegLoudness l;
  l.integrated_lufs = number_after(said, "I:", -200);
  l.range_lu = number_after(said, "LRA:", 0);
  l.true_peak_dbtp = number_after(said, "Peak:", -200);
  return l;
}

double ffmpeg_longest_silence(const std::filesystem::path& sound, double length_s) {
  const std::string said = ffmpeg(sound, "silencedetect=noise=-60dB:d=0.1");
  static const std::regex line("silence_(start|end): (-?[0-9.]+)");
  double start = -1, longest = 0;
  for (auto it = std::sregex_iterator(said.begin(), said.end(), line); it != std::sregex_iterator(); ++it) {
    const double at = std::strtod((*it)[2].str().c_str(), nullptr);
    if ((*it)[1] == "start") {
      start = at;
      continue;
    }
    if (start > 0.05 && at < length_s - 0.05) longest = std::max(longest, at - start);
    start = -1;
  }
  return longest;
}

}  // namespace figment::judge
