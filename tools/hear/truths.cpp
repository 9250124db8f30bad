#include "truths.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/error.h"

namespace figment::hear {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

// Lines of numbers separated by spaces, tabs or commas; lines that begin otherwise are headings.
std::vector<std::vector<std::string>> table(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw Error(ErrorCode::NotFound, "no file " + file.string());
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::replace(line.begin(), line.end(), '\t', ' ');
    std::istringstream words(line);
    std::vector<std::string> row;
    for (std::string word; words >> word;) row.push_back(word);
    if (!row.empty() && (std::isdigit(static_cast<unsigned char>(row[0][0])) || row[0][0] == '-' || row[0][0] == '.')) rows.push_back(row);
  }
  return rows;
}

}  // namespace

std::vector<Truth> read_truths(const std::filesystem::path& list) {
  std::ifstream in(list);
  if (!in) throw Error(ErrorCode::NotFound, "no list " + list.string());
  const char* told = std::getenv("FIGMENT_CLIPS");
  const std::filesystem::path root = told != nullptr ? std::filesystem::path(told) : list.parent_path();
  std::vector<Truth> truths;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto columns = split(line, '\t');
    if (columns.size() < 2) continue;
    Truth truth;
    truth.sound = root / columns.front();
    for (const std::string& fact : split(columns.back(), ';')) {
      const auto equals = fact.find('=');
      if (equals != std::string::npos) truth.facts[fact.substr(0, equals)] = fact.substr(equals + 1);
    }
    const auto file = [&](const char* name) { return root / truth.facts.at(name); };
    if (truth.facts.contains("bpm")) truth.bpm = std::stod(truth.facts["bpm"]);
    if (truth.facts.contains("beats_file")) {
      const auto rows = table(file("beats_file"));
      const bool downbeats_only = std::any_of(rows.begin(), rows.end(), [](const auto& r) { return r.size() > 1 && r[1].rfind("0", 0) == 0; });
      for (const auto& row : rows) {
        truth.beats.push_back(std::stod(row[0]));
        // A second column counts positions, or marks downbeats with 1 and others with 0.
        if (row.size() > 1) truth.positions.push_back(downbeats_only ? (row[1].rfind("1", 0) == 0 ? 1 : 2) : static_cast<int>(std::stod(row[1])));
      }
      if (truth.positions.size() != truth.beats.size()) truth.positions.clear();
    }
    if (truth.facts.contains("onsets_file"))
      for (const auto& row : table(file("onsets_file"))) truth.onsets.push_back(std::stod(row[0]));
    if (truth.facts.contains("chords_file"))
      for (const auto& row : table(file("chords_file")))
        if (row.size() > 2) truth.chords.push_back({std::stod(row[0]), std::stod(row[1]), row[2]});
    if (!truth.facts.empty()) truths.push_back(std::move(truth));
  }
  return truths;
}

}  // namespace figment::hear
