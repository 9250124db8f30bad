#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "corpora.h"

namespace figment::learn {
namespace {

constexpr double tiny = 1e-3;

struct Key {
  int tonic;
  Tonality tonality;
};

struct Song {
  std::string id;
  std::vector<Note> melody;
  std::vector<ChordSpan> chords;
  std::vector<double> downbeats;
  std::vector<std::pair<double, Key>> keys;  // from this beat on
};

int pitch_class(std::string_view text, std::size_t& used) {
  static constexpr std::array<int, 7> natural{9, 11, 0, 2, 4, 5, 7};  // A … G
  if (text.empty() || text[0] < 'A' || text[0] > 'G')
    throw Error(ErrorCode::Corrupt, "wanted a note name, found '" + std::string(text) + "'");
  int value = natural[static_cast<std::size_t>(text[0] - 'A')];
  for (used = 1; used < text.size() && (text[used] == '#' || text[used] == 'b'); ++used)
    value += text[used] == '#' ? 1 : 11;
  return value % 12;
}

// "C#:maj7/5"; nothing for "N".
std::optional<std::pair<int, ChordKind>> parse_chord(std::string_view text) {
  if (text == "N" || text == "X") return std::nullopt;
  std::size_t used = 0;
  const int root = pitch_class(text, used);
  text.remove_prefix(used);
  if (text.starts_with(":")) text.remove_prefix(1);
  text = text.substr(0, text.find_first_of("/("));
  static constexpr std::pair<std::string_view, ChordKind> names[] = {{"maj", ChordKind::Major},
                                                                     {"", ChordKind::Major},
                                                                     {"min", ChordKind::Minor},
                                                                     {"dim", ChordKind::Diminished},
                                                                     {"aug", ChordKind::Augmented},
                                                                     {"sus2", ChordKind::Suspended2},
                                                                     {"sus4", ChordKind::Suspended4},
                                                                     {"7", ChordKind::Dominant7},
                                                                     {"maj7", ChordKind::Major7},
                                                                     {"min7", ChordKind::Minor7},
                                                                     {"hdim7", ChordKind::HalfDiminished7},
                                                                     {"dim7", ChordKind::Diminished7},
                                                                     {"maj6", ChordKind::Major6},
                                                                     {"min6", ChordKind::Minor6},
                                                                     {"minmaj7", ChordKind::Minor}};
  for (const auto& [name, kind] : names) {
    if (text == name) return std::pair{root, kind};
  }
  throw Error(ErrorCode::Corrupt, "unknown chord quality '" + std::string(text) + "'");
}

Song parse_song(const nlohmann::json& line) {
  Song song;
  song.id = line.at("id").get<std::string>();
  for (const auto& note : line.at("melody")) {
    const Note read{note.at(0).get<double>(), note.at(1).get<double>(), note.at(2).get<int>()};
    if (!std::isfinite(read.start) || !(read.length > 0) || read.pitch < 0 || read.pitch > 127) {
      throw Error(ErrorCode::Corrupt, "song " + song.id + ": bad note");
    }
    // One voice: of notes together the higher is the melody.
    if (!song.melody.empty() && read.start < song.melody.back().start + tiny) {
      if (read.pitch > song.melody.back().pitch) song.melody.back() = read;
    } else {
      song.melody.push_back(read);
    }
  }
  if (song.id != "369") {  // its chords are wrong
    for (const auto& chord : line.at("chords")) {
      if (const auto read = parse_chord(chord.at(2).get<std::string>())) {
        song.chords.push_back({chord.at(0).get<double>(), chord.at(1).get<double>(), read->first, read->second});
      }
    }
  }
  song.chords = joined(std::move(song.chords));
  song.downbeats = line.at("downbeats").get<std::vector<double>>();
  for (const auto& key : line.at("keys")) {
    const auto name = key.at(1).get<std::string>();
    std::size_t used = 0;
    const int tonic = pitch_class(name, used);
    song.keys.push_back({key.at(0).get<double>(), {tonic, name.ends_with("min") ? Tonality::Minor : Tonality::Major}});
  }
  if (!song.keys.empty()) song.keys.front().first = -1e9;
  return song;
}

// Checks a key label against what is played, and settles major against relative minor by the tonic chords' time.
// False when the scale does not fit.
bool settle_key(const Passage& passage, Key& key, int& corrected) {
  double inside = 0, all = 0;
  for (const Note& note : passage.notes) {
    all += note.length;
    if (compose::scale_place(note.pitch - key.tonic, key.tonality).diatonic) inside += note.length;
  }
  for (const ChordSpan& chord : passage.chords) {
    const double length = 0.5 * (chord.end - chord.start);
    all += length;
    if (compose::scale_place(chord.root - key.tonic, key.tonality).diatonic) inside += length;
  }
  if (all <= 0 || inside < 0.85 * all) return false;
  const int major = key.tonality == Tonality::Major ? key.tonic : (key.tonic + 3) % 12;
  const int minor = (major + 9) % 12;
  double major_time = 0, minor_time = 0, total = 0;
  for (const ChordSpan& chord : passage.chords) {
    const double length = chord.end - chord.start;
    const bool small_third = compose::tones(chord.kind)[1] == 3;
    total += length;
    if (chord.root == major && !small_third) major_time += length;
    if (chord.root == minor && small_third) minor_time += length;
  }
  if (passage.chords.empty()) return true;
  // How a song ends weighs as much as an eighth of its time.
  const ChordSpan& last = passage.chords.back();
  if (passage.ends_song && last.root == major) major_time += total / 8;
  if (passage.ends_song && last.root == minor) minor_time += total / 8;
  const Tonality heard = major_time > minor_time ? Tonality::Major : Tonality::Minor;
  const bool clear = std::max(major_time, minor_time) > 1.25 * std::min(major_time, minor_time);
  if (clear && heard != key.tonality) {
    key = {heard == Tonality::Major ? major : minor, heard};
    ++corrected;
  }
  return true;
}

// Which half bar begins the bar. Chords change with the bar more often than within it.
void find_bars(Passage& passage, double first, std::size_t half_bars) {
  std::array<double, 2> changes{};
  for (const ChordSpan& chord : passage.chords) {
    const double at = (chord.start - first) / 2.0;
    if (at < -tiny || at > static_cast<double>(half_bars) || std::abs(at - std::round(at)) > 0.1) continue;
    // A chord that lasts a whole bar or longer says more than one of half a bar.
    changes[static_cast<std::size_t>(std::lround(at)) % 2] += chord.end - chord.start >= 4 - tiny ? 2.0 : 1.0;
  }
  const double both = changes[0] + changes[1];
  passage.bars_known = both >= 8 && std::abs(changes[0] - changes[1]) > 0.2 * both;
  passage.first_bar = first + (changes[1] > changes[0] ? 2.0 : 0.0);
}

// A phrase ends where the voice waits: two beats to the next note, or a beat of rest.
void add_phrases(Passage& passage) {
  const auto& notes = passage.notes;
  std::size_t first = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const bool last = i + 1 == notes.size();
    const double wait = last ? 1e9 : notes[i + 1].start - notes[i].start;
    if (last || wait >= 2 - tiny || (wait - notes[i].length >= 1 - tiny && wait >= 1.5 - tiny)) {
      if (i >= first + 3) passage.phrases.push_back({first, i, last && passage.ends_song});
      first = i + 1;
    }
  }
}

void add_song(const Song& song, Corpora& into) {
  // Stretches of evenly spaced downbeats.
  bool any = false;
  for (std::size_t i = 0; i + 1 < song.downbeats.size();) {
    const double spacing = song.downbeats[i + 1] - song.downbeats[i];
    std::size_t end = i + 1;
    while (end + 1 < song.downbeats.size() && std::abs(song.downbeats[end + 1] - song.downbeats[end] - spacing) < tiny)
      ++end;
    const double from = i == 0 ? -1e9 : song.downbeats[i];
    const bool last_stretch = end + 1 == song.downbeats.size();
    const double to = last_stretch ? 1e9 : song.downbeats[end];
    for (std::size_t k = 0; k < song.keys.size(); ++k) {
      const double begin = std::max(from, song.keys[k].first);
      const double stop = std::min(to, k + 1 < song.keys.size() ? song.keys[k + 1].first : 1e9);
      Passage passage;
      passage.corpus = Corpus::Pop;
      passage.song = song.id;
      passage.ends_song = stop > 1e8;
      for (const Note& note : song.melody) {
        if (note.start > begin - tiny && note.start < stop - tiny) passage.notes.push_back(note);
      }
      for (const ChordSpan& chord : song.chords) {
        if (chord.start > begin - tiny && chord.start < stop - tiny) passage.chords.push_back(chord);
      }
      if (passage.notes.size() < 16) continue;
      Key key = song.keys[k].second;
      if (!settle_key(passage, key, into.pop_modes_corrected)) continue;
      passage.tonic = key.tonic;
      passage.tonality = key.tonality;
      if (spacing == 2) {
        passage.metre = "4/4";
        find_bars(passage, song.downbeats[i], end - i);
      } else {
        passage.metre = spacing == 3 ? "3/4" : "";
        passage.bar_beats = spacing;
        passage.bars_known = spacing == 3 && end - i >= 16;
        passage.first_bar = song.downbeats[i];
      }
      add_phrases(passage);
      into.passages.push_back(std::move(passage));
      any = true;
    }
    i = end;
  }
  ++into.pop_songs;
  if (!any) ++into.pop_songs_without_key;
}

}  // namespace

void read_pop(const std::filesystem::path& folder, Corpora& into) {
  const auto file = folder / "pop909.jsonl.gz";
  const std::string text = read_gz(file);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at)
      add_song(parse_song(nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(at),
                                      text.begin() + static_cast<std::ptrdiff_t>(end))),
               into);
    at = end + 1;
  }
}

}  // namespace figment::learn
