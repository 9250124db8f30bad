#include <algorithm>
#include <cmath>

#include "abc.h"
#include "corpora.h"

namespace figment::learn {
namespace {

constexpr double tiny = 1e-4;

std::string metre_name(const AbcSignature& signature) {
  const std::string text = std::to_string(signature.beats_per_bar) + "/" + std::to_string(signature.unit);
  if (text == "2/2") return "4/4";
  return text == "4/4" || text == "2/4" || text == "3/4" || text == "6/8" ? text : "";
}

bool aligned(double time, double origin, double bar) {
  const double bars = (time - origin) / bar;
  return std::abs(bars - std::round(bars)) * bar < tiny;
}

// Where the tune must be cut: at signatures, and where the bars stop adding up. Returns {start, a bar line}.
struct Cut {
  double start, bar_line;
};

std::vector<Cut> cuts(const AbcTune& tune) {
  std::vector<Cut> result;
  std::size_t signature = 0;
  double origin = -1;  // none yet
  double strain_start = 0;
  bool at_strain_start = true;
  for (const AbcBarLine& line : tune.bar_lines) {
    while (signature + 1 < tune.signatures.size() && tune.signatures[signature + 1].time < line.time - tiny) {
      ++signature;
      origin = -1;
      strain_start = tune.signatures[signature].time;
      at_strain_start = true;
    }
    const double bar = 4.0 * tune.signatures[signature].beats_per_bar / tune.signatures[signature].unit;
    if (origin < 0) {
      result.push_back({strain_start, line.time});
      origin = line.time;
    } else if (!aligned(line.time, origin, bar) && !line.ends_strain) {
      result.push_back({at_strain_start ? strain_start : line.time, line.time});
      origin = line.time;
    }
    at_strain_start = line.ends_strain;
    if (line.ends_strain) strain_start = line.time;
  }
  if (!result.empty()) result.front().start = 0;
  return result;
}

// The dance's phrases between two times: four bars each, their upbeats included, halved where the middle is long.
std::vector<double> phrase_starts(const Passage& passage, double from, double to) {
  std::vector<double> starts{from};
  const double bar = passage.bar_beats;
  const double first = passage.first_bar + bar * std::ceil((from - passage.first_bar) / bar - tiny);
  const double upbeat = first - from;
  std::vector<double> lengths;
  for (const Note& note : passage.notes) lengths.push_back(note.length);
  if (lengths.empty()) return starts;
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2), lengths.end());
  const double usual = lengths[lengths.size() / 2];
  for (int bars = 2; first + bars * bar - upbeat < to - bar; bars += 2) {
    const double start = first + bars * bar - upbeat;
    bool rests = bars % 4 == 0;
    if (!rests) {
      for (const Note& note : passage.notes) {
        const double end = note.start + note.length;
        if (end > start - tiny && note.start < start - tiny && note.length > std::max(1.0, 1.5 * usual) - tiny)
          rests = true;
      }
    }
    if (rests) starts.push_back(start);
  }
  return starts;
}

void add_phrases(Passage& passage, const std::vector<double>& strains, double end) {
  std::vector<double> starts;
  for (std::size_t i = 0; i < strains.size(); ++i) {
    const auto part = phrase_starts(passage, strains[i], i + 1 < strains.size() ? strains[i + 1] : end);
    starts.insert(starts.end(), part.begin(), part.end());
  }
  std::size_t note = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const double stop = i + 1 < starts.size() ? starts[i + 1] : end;
    const std::size_t first = note;
    while (note < passage.notes.size() && passage.notes[note].start < stop - tiny) ++note;
    if (note >= first + 4) passage.phrases.push_back({first, note - 1, false});
  }
  if (passage.ends_song && !passage.phrases.empty() && passage.phrases.back().last + 1 == passage.notes.size()) {
    passage.phrases.back().ends_song = true;
  }
}

void add_tune(const AbcTune& tune, Corpora& into) {
  const std::vector<Cut> parts = cuts(tune);
  std::vector<ChordSpan> chords;
  for (std::size_t i = 0; i < tune.chords.size(); ++i) {
    const double end = i + 1 < tune.chords.size() ? tune.chords[i + 1].start : tune.end;
    chords.push_back({tune.chords[i].start, end, tune.chords[i].root, tune.chords[i].kind});
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double start = parts[i].start;
    const double end = i + 1 < parts.size() ? parts[i + 1].start : tune.end;
    if (end < start + tiny) continue;
    const AbcSignature* signature = &tune.signatures.front();
    for (const AbcSignature& s : tune.signatures) {
      if (s.time <= start + tiny) signature = &s;
    }
    Passage passage;
    passage.corpus = Corpus::Folk;
    passage.song = tune.title;
    passage.metre = metre_name(*signature);
    passage.bar_beats = 4.0 * signature->beats_per_bar / signature->unit;
    passage.bars_known = !passage.metre.empty();
    passage.first_bar = parts[i].bar_line;
    passage.tonic = signature->tonic;
    passage.tonality = signature->tonality;
    passage.ends_song = i + 1 == parts.size();
    for (const Note& note : tune.notes) {
      if (note.start > start - tiny && note.start < end - tiny) passage.notes.push_back(note);
    }
    for (ChordSpan chord : chords) {
      chord.start = std::max(chord.start, start);
      chord.end = std::min(chord.end, end);
      if (chord.end > chord.start + tiny) passage.chords.push_back(chord);
    }
    passage.chords = joined(std::move(passage.chords));
    // Tunes in the relative minor or in dorian are often written with the major's signature: the last chord tells.
    if (passage.ends_song && passage.tonality == Tonality::Major && !passage.chords.empty()) {
      const ChordSpan& last = passage.chords.back();
      const int above = (last.root - passage.tonic + 12) % 12;
      if ((above == 9 || above == 2) && compose::tones(last.kind)[1] == 3) {
        passage.tonic = last.root;
        passage.tonality = Tonality::Minor;
      }
    }
    std::vector<double> strains{start};
    for (const AbcBarLine& line : tune.bar_lines) {
      if (line.ends_strain && line.time > start + tiny && line.time < end - tiny) strains.push_back(line.time);
    }
    if (passage.bars_known) add_phrases(passage, strains, end);
    if (!passage.notes.empty()) into.passages.push_back(std::move(passage));
  }
}

}  // namespace

void read_folk(const std::filesystem::path& folder, Corpora& into) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "nottingham")) {
    if (entry.path().extension() == ".abc") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    for (const AbcTune& tune : parse_abc(read_gz(file))) {
      if (tune.error.empty()) {
        add_tune(tune, into);
        ++into.folk_tunes;
      } else {
        ++into.folk_tunes_unreadable;
      }
    }
  }
}

}  // namespace figment::learn
