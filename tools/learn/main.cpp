// figment-learn <corpora> <data/learned>: makes the tables the composer knows music by.
//
// Reads real music from the first folder (its layout: corpora.h) and writes melody.json, rhythm.json, phrases.json,
// chords.json and drums.json into the second. The same corpora give the same bytes. About ten seconds.

#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "corpora.h"
#include "statistics.h"

namespace figment::learn {
namespace {

using Json = nlohmann::ordered_json;

Json provenance(const Corpora& corpora, bool pop, bool folk, bool chorales) {
  Json sources = Json::array();
  if (pop) {
    sources.push_back({{"corpus", "pop"},
                       {"source", "POP909 (Wang et al., ISMIR 2020), github.com/music-x-lab/POP909-Dataset"},
                       {"licence", "MIT"},
                       {"songs", corpora.pop_songs},
                       {"songs left out for a doubtful key", corpora.pop_songs_without_key},
                       {"stretches moved to the relative key", corpora.pop_modes_corrected},
                       {"note", "song 369 without its chords"}});
  }
  if (folk) {
    sources.push_back({{"corpus", "folk"},
                       {"source", "Nottingham Music Database, cleaned, github.com/jukedeck/nottingham-dataset"},
                       {"licence", "GPL-3.0"},
                       {"tunes", corpora.folk_tunes},
                       {"tunes left out as unreadable", corpora.folk_tunes_unreadable}});
  }
  if (chorales) {
    sources.push_back({{"corpus", "chorale"},
                       {"source", "J. S. Bach's chorales in quarter notes (Boulanger-Lewandowski et al., ICML 2012)"},
                       {"licence", "music in the public domain; only statistics are kept here"},
                       {"chorales", corpora.chorales}});
  }
  return {{"sources", sources},
          {"made by", "figment-learn <corpora> data/learned"},
          {"explained in", "data/learned/README.md"}};
}

void write(const std::filesystem::path& file, Json provenance, const Json& tables) {
  Json whole{{"format", 1}, {"provenance", std::move(provenance)}};
  whole.update(tables);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << readable(whole);
  if (!out.flush()) throw Error(ErrorCode::Io, file.string() + ": cannot be written");
}

void learn(const std::filesystem::path& from, const std::filesystem::path& to) {
  Corpora corpora;
  read_pop(from, corpora);
  read_folk(from, corpora);
  read_chorales(from, corpora);
  std::filesystem::create_directories(to);
  const auto& passages = corpora.passages;
  write(to / "melody.json", provenance(corpora, true, true, true), learn_melody(passages));
  write(to / "rhythm.json", provenance(corpora, true, true, false), learn_rhythm(passages));
  write(to / "phrases.json", provenance(corpora, true, true, true), learn_phrases(passages));
  write(to / "chords.json", provenance(corpora, true, true, true), learn_chords(passages));
  const Json drums{{"sources",
                    {{{"corpus", "drums"},
                      {"source",
                       "patterns of electronic and dance styles from the drum-machine literature, collected in "
                       "github.com/GiantSteps/drum-pattern-datasets (EDM-literature, FR-3)"},
                      {"licence", "not stated; only averaged probabilities of the styles are kept here"}}}},
                   {"made by", "figment-learn <corpora> data/learned"},
                   {"explained in", "data/learned/README.md"}};
  write(to / "drums.json", drums, learn_drums(from));
}

}  // namespace
}  // namespace figment::learn

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "figment-learn <folder of corpora> <folder for the tables>\n");
    return 2;
  }
  try {
    figment::learn::learn(words[1], words[2]);
    return 0;
  } catch (const figment::Error& error) {
    std::fprintf(stderr, "figment-learn: %s\n%s\n", error.what(), error.hint().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "figment-learn: %s\n", error.what());
  }
  return 1;
}
