// Speed, as ratios against a peer in the same run. Every line: name, ours, the peer's, ratio (ours / peer), the peer.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "score/midi_file.h"
#include "song/song_file.h"
#include "storage/files.h"

namespace {
namespace fs = std::filesystem;

struct Run {
  double wall = 0, cpu = 0;
  long peak_kib = 0;
  int code = -1;
};

// Runs a program to its end; its output is thrown away.
Run run(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::sync();   // what earlier runs left to be written is not this run's work
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr || std::freopen("/dev/null", "w", stderr) == nullptr) _exit(126);
    ::execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  Run result;
  result.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  result.peak_kib = usage.ru_maxrss;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

void line(const std::string& name, const std::string& ours, const std::string& peer, const std::string& ratio, const std::string& who) {
  fmt::print("{:<44} {:>12} {:>12} {:>8}   {}\n", name, ours, peer, ratio, who);
  std::fflush(stdout);
}

std::string seconds(double s) { return fmt::format("{:.2f} s", s); }
std::string ratio(double a, double b) { return b > 0 ? fmt::format("{:.2f}", a / b) : "-"; }

}  // namespace

int main() {
  std::string name = (fs::temp_directory_path() / "figment-bench-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  const std::string program = FIGMENT_PROGRAM;
  const std::string prompt = "disco, 120 bpm, A minor, 90 bars";   // 3:00, ten tracks
  line("name", "ours", "peer", "ratio", "peer is");

  const Run full = run({program, "song", prompt, "--seed", "3", "-q", "-o", (folder / "song").string()});
  if (full.code != 0) {
    std::fprintf(stderr, "bench: figment song failed with %d\n", full.code);
    return 1;
  }
  const auto song = figment::song::load(folder / "song");
  const double length = 180;
  line(fmt::format("prompt to all exports, 3:00, {} tracks", song.tracks.size()), seconds(full.wall), seconds(length), ratio(full.wall, length), "the song's own length");
  line("  processor time of it", seconds(full.cpu), "-", "-", "-");
  line("  highest memory", fmt::format("{:.0f} MB", static_cast<double>(full.peak_kib) / 1024), "1000 MB", ratio(static_cast<double>(full.peak_kib) / 1024, 1000), "the limit we set ourselves");

  const Run one = run({program, "song", prompt, "--seed", "3", "-q", "--threads", "1", "-o", (folder / "one").string()});
  line("the same on one core", seconds(one.wall), seconds(full.wall), ratio(one.wall, full.wall), "all cores");

  // One drum hit, a little softer.
  const fs::path midi = folder / "song" / song.track("hats")->midi;
  auto notes = figment::score::parse_midi(figment::storage::read_file(midi), midi.string());
  notes.tracks.front().notes[notes.tracks.front().notes.size() / 2].velocity = 0.3F;
  figment::storage::write_file(midi, figment::score::to_midi(notes.tracks, notes.context));
  const Run rebuild = run({program, "build", (folder / "song").string(), "-q"});
  line("rebuild after changing one drum hit", seconds(rebuild.wall), seconds(full.wall), ratio(rebuild.wall, full.wall), "the full build");
  const Run nothing = run({program, "build", (folder / "song").string(), "-q"});
  line("rebuild after changing nothing", seconds(nothing.wall), seconds(full.wall), ratio(nothing.wall, full.wall), "the full build");

  const Run help = run({program, "--help"});
  line("figment --help", fmt::format("{:.0f} ms", help.wall * 1000), "50 ms", ratio(help.wall, 0.05), "the limit we set ourselves");

  const std::string font = "/usr/share/sounds/sf2/FluidR3_GM.sf2";
  const Run fluid = run({"fluidsynth", "-ni", "-g", "0.5", "-F", (folder / "fluid.wav").string(), font, (folder / "song" / "export" / "song.mid").string()});
  const bool there = fluid.code == 0 && fs::exists(folder / "fluid.wav");
  line("the same notes, played, mixed and mastered", seconds(full.wall), there ? seconds(fluid.wall) : "-", there ? ratio(full.wall, fluid.wall) : "-",
       there ? "fluidsynth's command line, playing only" : "fluidsynth is not installed");

  // Sound that comes in. Nothing that was heard before is kept.
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  const std::string sound = (folder / "song" / "export" / "master.wav").string();
  const Run heard = run({program, "analyze", sound, "-q"});
  line("analysing 3:00", seconds(heard.wall), seconds(length / 60), ratio(heard.wall, length / 60), "a sixtieth of its length");
  fs::remove_all(folder / "cache");
  const Run fitted = run({program, "fit", sound, "--bpm", "126", "-q", "-o", (folder / "fitted.wav").string()});
  const Run stretched = run({"rubberband", "-3", "-q", "-t", "0.952381", sound, (folder / "stretched.wav").string()});
  const bool rubber = stretched.code == 0;
  line("fitting it to another tempo, analysis and all", seconds(fitted.wall), rubber ? seconds(stretched.wall) : "-", rubber ? ratio(fitted.wall, stretched.wall) : "-",
       rubber ? "rubberband's command line (-3), stretching only" : "rubberband is not installed");
  const Run chopped = run({program, "chop", sound, "-q", "-o", (folder / "pack").string()});
  line("chopping it into a pack", seconds(chopped.wall), seconds(length), ratio(chopped.wall, length), "its own length");
  line("  highest memory of the three", fmt::format("{:.0f} MB", static_cast<double>(std::max({heard.peak_kib, fitted.peak_kib, chopped.peak_kib})) / 1024), "600 MB",
       ratio(static_cast<double>(std::max({heard.peak_kib, fitted.peak_kib, chopped.peak_kib})) / 1024, 600), "the limit we set ourselves");
  if (heard.code != 0 || fitted.code != 0 || chopped.code != 0) std::fprintf(stderr, "bench: analyze, fit or chop failed\n");
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return 0;
}
