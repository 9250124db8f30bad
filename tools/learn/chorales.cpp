#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "corpora.h"

namespace figment::learn {
namespace {

using Sonority = std::vector<int>;  // MIDI notes, rising

// Exactly a triad or seventh chord, its fifth perhaps missing. Sixth chords are read as sevenths in inversion.
std::optional<std::pair<int, ChordKind>> chord_of(const Sonority& notes) {
  unsigned classes = 0;
  for (int note : notes) classes |= 1u << (note % 12);
  static constexpr ChordKind kinds[] = {ChordKind::Major,           ChordKind::Minor,      ChordKind::Dominant7,
                                        ChordKind::Minor7,          ChordKind::Major7,     ChordKind::Diminished,
                                        ChordKind::HalfDiminished7, ChordKind::Diminished7};
  for (int without_fifth = 0; without_fifth < 2; ++without_fifth) {
    for (ChordKind kind : kinds) {
      if (without_fifth && kind != ChordKind::Major && kind != ChordKind::Minor && kind != ChordKind::Dominant7)
        continue;
      // The bass first: a diminished seventh chord has no root of its own but that.
      for (int shift = 0; shift < 12; ++shift) {
        const int root = (notes.front() + shift) % 12;
        unsigned wanted = 0;
        const auto tones = compose::tones(kind);
        for (std::size_t i = 0; i < tones.size(); ++i) {
          if (!(without_fifth && i == 2)) wanted |= 1u << ((root + tones[i]) % 12);
        }
        if (classes == wanted) return std::pair{root, kind};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

void read_chorales(const std::filesystem::path& folder, Corpora& into) {
  const auto file = folder / "jsb-chorales-quarter.json.gz";
  const nlohmann::json json = nlohmann::json::parse(read_gz(file));
  for (const char* part : {"train", "valid", "test"}) {
    for (const auto& song : json.at(part)) {
      std::vector<Sonority> steps = song.get<std::vector<Sonority>>();
      std::erase_if(steps, [](const Sonority& notes) { return notes.empty(); });
      for (Sonority& notes : steps) {
        std::sort(notes.begin(), notes.end());
        if (notes.front() < 0 || notes.back() > 127)
          throw Error(ErrorCode::Corrupt, file.string() + ": not a MIDI note");
      }
      if (steps.size() < 8) continue;
      Passage passage;
      passage.corpus = Corpus::Chorale;
      passage.song = std::string(part) + " " + std::to_string(into.chorales);
      passage.metre.clear();
      passage.tonic = 0;
      passage.ends_song = true;
      int major_thirds = 0, minor_thirds = 0;
      for (const Sonority& notes : steps) {
        for (int note : notes) {
          major_thirds += note % 12 == 4;
          minor_thirds += note % 12 == 3;
        }
      }
      passage.tonality = minor_thirds > major_thirds ? Tonality::Minor : Tonality::Major;
      std::size_t phrase = 0;
      for (std::size_t i = 0; i < steps.size();) {
        std::size_t next = i + 1;
        while (next < steps.size() && steps[next] == steps[i]) ++next;
        const auto start = static_cast<double>(i), length = static_cast<double>(next - i);
        passage.notes.push_back({start, length, steps[i].back()});
        if (const auto chord = chord_of(steps[i])) {
          // What was no chord in between belongs to the one before it.
          if (!passage.chords.empty()) passage.chords.back().end = start;
          passage.chords.push_back({start, start + length, chord->first, chord->second});
        }
        const bool last = next == steps.size();
        if (last || length >= 2) {
          const std::size_t end = passage.notes.size() - 1;
          if (end >= phrase + 3) passage.phrases.push_back({phrase, end, last});
          if (end >= phrase + 3 || last) phrase = end + 1;
        }
        i = next;
      }
      passage.chords = joined(std::move(passage.chords));
      ++into.chorales;
      into.passages.push_back(std::move(passage));
    }
  }
}

}  // namespace figment::learn
