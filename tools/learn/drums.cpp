// Drum patterns of named styles, sixteenth by sixteenth.
//
// A file is a run of patterns: "name, <style>_<author> <steps>;" and then one line a step, "<number>, <notes>;" with
// General MIDI drum notes (0: none). Each pattern is one or two bars; styles of one name are counted together; a
// family's average gives every style the same say. A style's own table leans half a bar's worth on its family, so that
// a single printed bar does not read as certainty.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "corpora.h"
#include "statistics.h"

namespace figment::learn {
namespace {

using compose::drum_steps;
using compose::drum_voice_count;
using compose::DrumVoice;

constexpr double family_weight = 0.5;  // bars
using Bar = std::array<std::array<double, drum_steps>, drum_voice_count>;

DrumVoice voice_of(int note) {
  switch (note) {
    case 35:
    case 36:
      return DrumVoice::Kick;
    case 38:
    case 40:
      return DrumVoice::Snare;
    case 39:
      return DrumVoice::Clap;
    case 37:
      return DrumVoice::Rim;
    case 42:
    case 44:
      return DrumVoice::ClosedHat;
    case 46:
      return DrumVoice::OpenHat;
    case 51:
    case 53:
    case 59:
      return DrumVoice::Ride;
    case 49:
    case 52:
    case 55:
    case 57:
      return DrumVoice::Crash;
    case 41:
    case 43:
    case 45:
    case 47:
    case 48:
    case 50:
      return DrumVoice::Tom;
    default:
      return DrumVoice::Percussion;
  }
}

// What the files call a style (without the author), and what musicians call it.
struct StyleName {
  std::string_view file, name, family;
};
constexpr StyleName style_names[] = {
    {"house", "house", "house"},
    {"dirtyhouse", "dirty house", "house"},
    {"chicagohouse", "chicago house", "house"},
    {"deephouse", "deep house", "house"},
    {"slowdeephouse", "slow deep house", "house"},
    {"brithouse", "brit house", "house"},
    {"frenchhouse", "french house", "house"},
    {"simplejackinhouse", "jackin house", "house"},
    {"polishedhouse", "polished house", "house"},
    {"deeptechhouse", "deep tech house", "house"},
    {"bigroomhouse", "big room house", "house"},
    {"slowhouse", "slow house", "house"},
    {"bighouse", "big house", "house"},
    {"organichouse", "organic house", "house"},
    {"minimalhouse", "minimal house", "house"},
    {"classichouse", "classic house", "house"},
    {"housewithchords", "chord house", "house"},
    {"technoindustrial", "industrial techno", "techno"},
    {"technothumping", "thumping techno", "techno"},
    {"technogrindinganalogue", "grinding analogue techno", "techno"},
    {"technochugging", "chugging techno", "techno"},
    {"technodarkberlin", "dark berlin techno", "techno"},
    {"technoDMPS", "techno", "techno"},
    {"technohardcore", "hardcore techno", "techno"},
    {"technominimal", "minimal techno", "techno"},
    {"techno1", "techno", "techno"},
    {"breakbeat", "breakbeat", "breakbeat"},
    {"breakfunkbreak", "funk break", "breakbeat"},
    {"breakelectro(standard)", "electro break", "breakbeat"},
    {"breakbreaks(standard)", "standard break", "breakbeat"},
    {"breakhybrid", "hybrid break", "breakbeat"},
    {"breakirregular", "irregular break", "breakbeat"},
    {"breakrolling", "rolling break", "breakbeat"},
    {"breakcontemporarysnare", "contemporary snare break", "breakbeat"},
    {"breakcontemporarykick", "contemporary kick break", "breakbeat"},
    {"breakunconventional", "unconventional break", "breakbeat"},
    {"breakpolyrhythmic", "polyrhythmic break", "breakbeat"},
    {"foxtrot", "foxtrot", "ballroom"},
    {"swing", "swing", "ballroom"},
    {"march", "march", "march"},
    {"rocknroll", "rock and roll", "rock"},
    {"tango", "tango", "latin"},
    {"bossanova", "bossa nova", "latin"},
    {"beguine", "beguine", "latin"},
    {"mambo", "mambo", "latin"},
    {"rhumba", "rhumba", "latin"},
    {"samba", "samba", "latin"},
    {"habanera", "habanera", "latin"},
};

struct Style {
  std::string name, family;
  int bars = 0;
  Bar hits{};  // counts
};

// Breaks named after one record are counted together: the family's habit is wanted, not the record.
StyleName names_of(std::string_view label) {
  const std::string_view style = label.substr(0, label.rfind('_'));
  for (const StyleName& known : style_names) {
    if (style == known.file) return known;
  }
  if (style.starts_with("break")) return {style, "classic break", "breakbeat"};
  return {style, style, "other"};
}

int number_at(std::istringstream& words, const std::string& where) {
  int value = -1;
  if (!(words >> value) || value < 0 || value > 127) throw Error(ErrorCode::Corrupt, where + ": wanted a drum note");
  return value;
}

void read_patterns(const std::filesystem::path& file, std::vector<Style>& styles) {
  std::istringstream lines(read_gz(file));
  std::string line;
  Style* style = nullptr;
  int steps = 0, step = 0;
  while (std::getline(lines, line)) {
    line.erase(std::remove(line.begin(), line.end(), '\r'), line.end());
    const auto comma = line.find(',');
    if (comma == std::string::npos) continue;
    std::string rest = line.substr(comma + 1);
    rest.erase(std::remove(rest.begin(), rest.end(), ';'), rest.end());
    std::istringstream words(rest);
    if (line.starts_with("name")) {
      std::string label;
      if (!(words >> label >> steps)) throw Error(ErrorCode::Corrupt, file.string() + ": '" + line + "'");
      step = 0;
      style = nullptr;
      if (steps % drum_steps != 0) continue;  // a waltz has no sixteen steps
      const StyleName names = names_of(label);
      const auto known =
          std::find_if(styles.begin(), styles.end(), [&](const Style& s) { return s.name == names.name; });
      if (known == styles.end()) {
        styles.push_back({std::string(names.name), std::string(names.family), 0, {}});
        style = &styles.back();
      } else {
        style = &*known;
      }
      style->bars += steps / drum_steps;
    } else if (style && step < steps) {
      std::array<bool, drum_voice_count> struck{};
      while (words >> std::ws && words.peek() != EOF) {
        const int note = number_at(words, file.string());
        if (note != 0) struck[static_cast<std::size_t>(voice_of(note))] = true;
      }
      for (std::size_t voice = 0; voice < drum_voice_count; ++voice) {
        style->hits[voice][static_cast<std::size_t>(step % drum_steps)] += struck[voice] ? 1.0 : 0.0;
      }
      ++step;
    }
  }
}

nlohmann::ordered_json entry(const std::string& name, const std::string& family, int bars, const Bar& hit) {
  nlohmann::ordered_json json{{"name", name}, {"family", family}, {"bars", bars}};
  for (std::size_t voice = 0; voice < drum_voice_count; ++voice) {
    std::vector<double> row;
    for (double probability : hit[voice]) row.push_back(std::round(probability * 100) / 100);
    // A voice the style does not have is left out.
    if (*std::max_element(row.begin(), row.end()) > 0.0)
      json["hit"][std::string(compose::name(static_cast<DrumVoice>(voice)))] = row;
  }
  return json;
}

}  // namespace

nlohmann::ordered_json learn_drums(const std::filesystem::path& folder) {
  std::vector<Style> styles;
  for (const char* file : {"drum_EDM-literature-patterns.txt", "drum_FR-3-patterns.txt"})
    read_patterns(folder / file, styles);
  // A pattern without a bass drum is a percussion layer, not a beat.
  std::erase_if(styles, [](const Style& style) {
    const auto& kick = style.hits[static_cast<std::size_t>(DrumVoice::Kick)];
    return std::all_of(kick.begin(), kick.end(), [](double hits) { return hits == 0.0; });
  });
  struct Family {
    Bar sum{};
    int styles = 0, bars = 0;
  };
  std::vector<std::string> order;
  std::map<std::string, Family> families;
  for (const Style& style : styles) {
    if (!families.contains(style.family)) order.push_back(style.family);
    Family& family = families[style.family];
    ++family.styles;
    family.bars += style.bars;
    for (std::size_t voice = 0; voice < drum_voice_count; ++voice) {
      for (std::size_t step = 0; step < drum_steps; ++step)
        family.sum[voice][step] += style.hits[voice][step] / style.bars;
    }
  }
  nlohmann::ordered_json json;
  json["styles"] = nlohmann::ordered_json::array();
  json["families"] = nlohmann::ordered_json::array();
  for (const std::string& name : order) {
    Family& family = families[name];
    for (auto& voice : family.sum) {
      for (double& step : voice) step /= family.styles;
    }
    json["families"].push_back(entry(name, name, family.bars, family.sum));
  }
  for (const Style& style : styles) {
    Bar hit{};
    const Family& family = families[style.family];
    for (std::size_t voice = 0; voice < drum_voice_count; ++voice) {
      // An instrument the style does not use stays out, whatever the family does.
      const bool used = *std::max_element(style.hits[voice].begin(), style.hits[voice].end()) > 0;
      for (std::size_t step = 0; used && step < drum_steps; ++step) {
        hit[voice][step] =
            (style.hits[voice][step] + family_weight * family.sum[voice][step]) / (style.bars + family_weight);
      }
    }
    json["styles"].push_back(entry(style.name, style.family, style.bars, hit));
  }
  return json;
}

}  // namespace figment::learn
