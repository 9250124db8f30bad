// A folder for one test, programs run as a user would run them, and other people's judges.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

namespace figment::testing {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "figment-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Outcome {
  int code = -1;
  std::string text;   // standard output and standard error together
};

inline Outcome shell(const std::string& command) {
  Outcome outcome;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> block{};
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), pipe)) outcome.text.append(block.data(), got);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {(std::istreambuf_iterator<char>(in)), {}};
}

// figment, run inside a folder with a cache of its own. Decoders warn on standard error; JSON is read from standard output alone, and what
// went wrong from standard error.
inline Outcome run_in(const Folder& folder, const std::string& arguments) {
  const bool json = arguments.find("--json") != std::string::npos;
  const std::string said = folder.path().string() + ".stderr";      // beside the folder, whose files tests count
  Outcome outcome = shell("cd '" + folder.path().string() + "' && { XDG_CACHE_HOME='" + (folder / "cache").string() + "' " FIGMENT_PROGRAM " " + arguments + (json ? " 2>'" + said + "'" : "") + "; }");
  if (json && outcome.code != 0) outcome.text += read_text(said);
  std::error_code ignored;
  std::filesystem::remove(said, ignored);
  return outcome;
}

inline bool have_ffmpeg() { return shell("ffmpeg -version").code == 0; }

struct FfmpegLoudness {
  double integrated = 0, true_peak = 0;
};

// The last summary of ffmpeg's ebur128 filter.
inline FfmpegLoudness ffmpeg_loudness(const std::filesystem::path& file) {
  const std::string text = shell("ffmpeg -hide_banner -nostats -i '" + file.string() + "' -af ebur128=peak=true -f null -").text;
  const std::string summary = text.substr(text.rfind("Summary:") == std::string::npos ? 0 : text.rfind("Summary:"));
  FfmpegLoudness result;
  std::smatch m;
  if (std::regex_search(summary, m, std::regex(R"(I:\s+(-?[0-9.]+) LUFS)"))) result.integrated = std::stod(m[1]);
  if (std::regex_search(summary, m, std::regex(R"(Peak:\s+(-?[0-9.]+) dBFS)"))) result.true_peak = std::stod(m[1]);
  return result;
}

}  // namespace figment::testing
