#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "statistics.h"

namespace figment::learn {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t width = 120;

bool plain(const Json& json) { return !json.is_structured(); }

// In one line, with a space after each comma and colon.
std::string in_line(const Json& json) {
  if (plain(json)) return json.dump();
  std::string out(1, json.is_object() ? '{' : '[');
  for (const auto& [key, value] : json.items()) {
    if (out.size() > 1) out += ", ";
    if (json.is_object()) out += Json(key).dump() + ": ";
    out += in_line(value);
  }
  return out + (json.is_object() ? '}' : ']');
}

void write(const Json& json, std::size_t indent, std::string& out) {
  const std::string inner(indent + 1, ' ');
  const std::size_t used = out.size() - (out.rfind('\n') + 1);
  if (const std::string line = in_line(json); plain(json) || used + line.size() < width) {
    out += line;
  } else if (json.is_object()) {
    out += "{\n";
    bool first = true;
    for (const auto& [key, value] : json.items()) {
      if (!first) out += ",\n";
      first = false;
      out += inner + Json(key).dump() + ": ";
      write(value, indent + 1, out);
    }
    out += "\n" + std::string(indent, ' ') + "}";
  } else {
    // A list: as many entries a line as fit, an entry that is itself a list of plain values counting as one word.
    const bool flat = std::all_of(json.begin(), json.end(), [](const Json& entry) {
      return plain(entry) || (entry.is_array() && std::all_of(entry.begin(), entry.end(), plain));
    });
    if (!flat) {
      out += "[\n";
      for (std::size_t i = 0; i < json.size(); ++i) {
        out += inner;
        write(json[i], indent + 1, out);
        out += i + 1 < json.size() ? ",\n" : "\n" + std::string(indent, ' ');
      }
      out += "]";
      return;
    }
    out += "[";
    std::size_t column = out.size() - (out.rfind('\n') + 1);
    for (std::size_t i = 0; i < json.size(); ++i) {
      const std::string word = in_line(json[i]) + (i + 1 < json.size() ? ", " : "");
      if (column + word.size() > width) {
        while (out.back() == ' ') out.pop_back();
        out += "\n" + inner;
        column = inner.size();
      }
      out += word;
      column += word.size();
    }
    out += "]";
  }
}

}  // namespace

const char* name(Corpus corpus) { return corpus == Corpus::Pop ? "pop" : corpus == Corpus::Folk ? "folk" : "chorale"; }

const char* name(Tonality tonality) { return tonality == Tonality::Major ? "major" : "minor"; }

double rounded(double value, int digits) {
  if (value == 0.0 || !std::isfinite(value)) return 0.0;
  const double scale = std::pow(10.0, digits - 1 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

std::vector<double> distribution(const std::vector<double>& counts, double prior) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0) + prior * static_cast<double>(counts.size());
  std::vector<double> result;
  result.reserve(counts.size());
  for (double count : counts) result.push_back(std::round((count + prior) / total * 1e4) / 1e4);
  return result;
}

std::string readable(const Json& json) {
  std::string out;
  write(json, 0, out);
  return out + "\n";
}

}  // namespace figment::learn
