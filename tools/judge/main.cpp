// figment-judge FOLDER…                            one line of JSON a song
// figment-judge --table JSONL --prompts FILE       the table of docs/measured.md; exit code 1 when a measure is missed
// --data DIR says where styles/ is (default: the working folder).
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "song_judge.h"
#include "suite.h"

int main(int argc, char** argv) {
  std::string data = ".", table, prompts;
  std::vector<std::string> folders;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::string* value = word == "--data"      ? &data
                         : word == "--table"   ? &table
                         : word == "--prompts" ? &prompts
                                               : nullptr;
    if (value == nullptr)
      folders.push_back(word);
    else if (i + 1 < argc)
      *value = argv[++i];
    else
      return 2;
  }
  if (folders.empty() == table.empty()) {
    std::fputs("figment-judge [--data DIR] FOLDER…\nfigment-judge --table JUDGED.jsonl --prompts PROMPTS.txt\n",
               stderr);
    return 2;
  }
  int failed = 0;
  try {
    if (!table.empty()) {
      std::ifstream in(table);
      std::vector<nlohmann::json> judged;
      for (std::string line; std::getline(in, line);) judged.push_back(nlohmann::json::parse(line));
      const auto result = figment::judge::table_of(judged, figment::judge::read_prompts(prompts));
      std::cout << result.markdown;
      return result.all_met ? 0 : 1;
    }
    for (const std::string& folder : folders) {
      try {
        std::cout << figment::judge::judge_song(folder, data).dump() << std::endl;
      } catch (const figment::Error& e) {
        std::fprintf(stderr, "%s: %s\n", folder.c_str(), e.what());
        failed = 1;
      }
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "figment-judge: %s\n", e.what());
    failed = 1;
  }
  return failed;
}
