// figment-stem-mixtures LIST OUT [NAME…]    composes and plays the songs of LIST (tools/stems/mixtures.txt) as mixtures: OUT/NAME/
//                                           {mix,drums,bass,other,vocals}.wav and source.json. Those already there are kept
// With names: only those of the list. FIGMENT_DATA says where styles/ is, as for figment itself.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "mixture.h"
#include "song/song_file.h"
#include "song_stems.h"
#include "storage/files.h"
#include "studio/data_dir.h"
#include "studio/make_song.h"

namespace {
namespace fs = std::filesystem;
using namespace figment;

struct Line {
  std::string name, voice, prompt;
  std::uint64_t seed = 0;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

std::vector<Line> read_list(const fs::path& file) {
  std::istringstream in(storage::read_file(file));
  std::vector<Line> lines;
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (trimmed(text).empty() || text[0] == '#') continue;
    std::vector<std::string> fields;
    std::istringstream cells(text);
    for (std::string cell; std::getline(cells, cell, '|');) fields.push_back(trimmed(cell));
    if (fields.size() != 4 || fields[1].find_first_not_of("0123456789") != std::string::npos || fields[1].empty())
      throw Error(ErrorCode::Corrupt, fmt::format("{}:{}: wanted name | seed | voice | prompt", file.string(), number));
    lines.push_back({fields[0], fields[2] == "-" ? "" : fields[2], fields[3], std::stoull(fields[1])});
  }
  return lines;
}

void make(const Line& line, const fs::path& out) {
  const fs::path aside = out / (line.name + ".part");
  fs::remove_all(aside);
  studio::SongRequest request;
  request.prompt = line.prompt;
  request.seed = line.seed;
  request.folder = aside / "song";
  storage::make_folder(aside);
  const studio::SongMade made = studio::write_midi(request, Progress());
  const song::Song song = song::load(made.folder);
  stems::write_mixture(aside, stems::play_stems(song, made.folder, studio::find_data_dir(), line.voice));
  nlohmann::json source{{"prompt", line.prompt}, {"seed", line.seed}, {"voice", line.voice}, {"style", made.style}, {"key", made.key}, {"bpm", made.bpm}, {"bars", made.bars}};
  for (const song::Track& track : song.tracks) source["tracks"][track.id] = stems::kStems[stems::stem_of(song, track)];
  storage::write_file(aside / "source.json", source.dump(1) + "\n", storage::Sync::No);
  fs::remove_all(made.folder);
  fs::rename(aside, out / line.name);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2 || words[0].front() == '-') {
    std::fputs("figment-stem-mixtures LIST OUT [NAME…]\n", stderr);
    return 2;
  }
  int failed = 0;
  try {
    for (const Line& line : read_list(words[0])) {
      if (words.size() > 2 && std::find(words.begin() + 2, words.end(), line.name) == words.end()) continue;
      if (fs::exists(fs::path(words[1]) / line.name)) continue;
      try {
        make(line, words[1]);
        fmt::print("{}\n", line.name);
        std::fflush(stdout);
      } catch (const Error& e) {
        fmt::print(stderr, "{}: {}\n", line.name, e.what());
        failed = 1;
      }
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "figment-stem-mixtures: {}\n", e.what());
    failed = 1;
  }
  return failed;
}
