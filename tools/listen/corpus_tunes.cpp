#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "corpora.h"
#include "example.h"
#include "instruments/preset.h"

namespace figment::listen {
namespace {

namespace fs = std::filesystem;
using learn::Passage;

score::Note note(double start, double length, int pitch, double velocity) {
  return {Beats{std::max(0.0, start)}, Beats{std::max(0.05, length)}, static_cast<std::uint8_t>(std::clamp(pitch, 0, 127)), static_cast<float>(std::clamp(velocity, 0.05, 1.0))};
}

const std::vector<int>& intervals_of(compose::ChordKind kind) {
  static const std::vector<int> major{0, 4, 7}, minor{0, 3, 7}, seventh{0, 4, 7, 10}, minor7{0, 3, 7, 10}, other{0, 7};
  switch (kind) {
    case compose::ChordKind::Major: case compose::ChordKind::Major6: case compose::ChordKind::Major7: return major;
    case compose::ChordKind::Minor: case compose::ChordKind::Minor6: return minor;
    case compose::ChordKind::Dominant7: return seventh;
    case compose::ChordKind::Minor7: return minor7;
    default: return other;
  }
}

class Tunes final : public Source {
 public:
  Tunes(const fs::path& corpora, const fs::path& data_dir) : data_dir_(data_dir) {
    learn::read_pop(corpora, corpora_);
    learn::read_folk(corpora, corpora_);
    for (const Passage& p : corpora_.passages) {
      if (!p.bars_known || p.notes.size() < 40 || p.bar_beats < 1.5) continue;
      (p.corpus == compose::Corpus::Pop ? pop_ : folk_).push_back(&p);
    }
    std::istringstream lines(learn::read_gz(corpora / "pop909.jsonl.gz"));
    for (std::string line; std::getline(lines, line);) {
      const auto song = nlohmann::json::parse(line);
      Piano& piano = pianos_[song.at("id").get<std::string>()];
      piano.bpm = song.at("bpm").get<double>();
      for (const char* track : {"piano", "bridge"})
        for (const auto& n : song.at(track)) piano.notes.push_back(note(n.at(0), n.at(1), n.at(2), n.at(3).get<double>() / 127));
    }
    for (const auto& preset : instruments::list_presets(data_dir)) {
      if (preset.name.rfind("gm/kit", 0) == 0 || preset.name.rfind("drums/", 0) == 0 || preset.name.rfind("fx/", 0) == 0) continue;
      if (preset.lowest <= 45 && preset.highest >= 76) wide_.push_back(preset.name);
      if (preset.lowest <= 62 && preset.highest >= 82) high_.push_back(preset.name);
      if (preset.lowest <= 36) low_.push_back(preset.name);
    }
  }

  Piece make(Random random) const override {
    const bool pop = random.chance(0.65);
    const Passage& p = *random.pick(pop ? pop_ : folk_);
    Piece piece;
    piece.name = (pop ? "pop909 " : "nottingham ") + p.song;
    piece.bar = p.bar_beats;
    piece.first_bar = p.first_bar;
    const bool compound = p.metre == "6/8";
    piece.pulse = compound ? 1.5 : 1;
    piece.bpm = pop ? pianos_.at(p.song).bpm * std::exp2(0.15 * random.normal()) : std::clamp((p.metre == "3/4" ? 130.0 : compound ? 155.0 : 108.0) * std::exp2(0.25 * random.normal()), 55.0, 230.0);
    const double start = p.notes.front().start, end = p.notes.back().start + p.notes.back().length;
    const double want = 45 * piece.bpm / 60;
    const double from = piece.first_bar + piece.bar * std::floor(std::max(0.0, random.uniform(start, std::max(start + 1, end - want)) - piece.first_bar) / piece.bar);
    piece.begin = from;
    piece.end = from + piece.bar * std::floor(std::min(want, end - from) / piece.bar);
    const double jitter = random.uniform(0.0, 0.012) * piece.bpm / 60;
    const auto loose = [&](double at) { return at + jitter * random.normal(); };

    Part melody{{"melody", false, {}, {}}, random.pick(high_), false};
    for (const learn::Note& n : p.notes) melody.notes.notes.push_back(note(loose(n.start), n.length, n.pitch, 0.7 + 0.1 * random.normal()));
    const bool with_drums = piece.bar == 4 && random.chance(pop ? 0.6 : 0.4);
    if (random.chance(0.9)) piece.parts.push_back(std::move(melody));
    if (pop) {
      Part piano{{"piano", false, {}, {}}, random.chance(0.5) ? "gm/piano" : random.pick(wide_), false};
      for (score::Note n : pianos_.at(p.song).notes) {
        n.start = Beats{std::max(0.0, loose(n.start.value))};
        piano.notes.notes.push_back(n);
      }
      if (random.chance(0.85) || piece.parts.empty()) piece.parts.push_back(std::move(piano));
    }
    // Chords after the beat alone would turn the beat round: a bass goes before them.
    const int way = random.integer(0, 3);
    const bool played = !pop || random.chance(0.3);
    if (played) piece.parts.push_back(chords(p, piece, way, random, loose));
    if (played && way == 2) piece.parts.push_back(bass(p, piece, random.integer(1, 2), random, loose));
    else if (random.chance(0.6)) piece.parts.push_back(bass(p, piece, random.integer(0, 3), random, loose));
    if (with_drums) {
      for (Part& drums : borrowed_drums(data_dir_, piece.end - piece.begin, random.fork("drums"))) {
        for (score::Note& n : drums.notes.notes) n.start += Beats{piece.begin};
        piece.parts.push_back(std::move(drums));
      }
    }
    return piece;
  }

 private:
  // Held, struck on every pulse, or after the beat as accordions do.
  template <class Loose>
  Part chords(const Passage& p, const Piece& piece, int way, Random& random, Loose loose) const {
    Part part{{"chords", false, {}, {}}, random.pick(wide_), false};
    for (const learn::ChordSpan& c : p.chords) {
      const double step = way == 0 ? c.end - c.start : way == 1 ? piece.pulse : way == 2 ? piece.pulse / 2 : piece.bar;
      for (double at = c.start; at < c.end - 0.01; at += step) {
        if (way == 2 && std::fmod(at - piece.first_bar + 1000 * piece.bar, piece.pulse) < 0.25 * piece.pulse) continue;
        for (const int i : intervals_of(c.kind)) part.notes.notes.push_back(note(loose(at), std::min(step, c.end - at) * 0.9, 55 + (c.root + i + 5) % 12, 0.55));
      }
    }
    return part;
  }
  template <class Loose>
  Part bass(const Passage& p, const Piece& piece, int way, Random& random, Loose loose) const {
    Part part{{"bass", false, {}, {}}, random.pick(low_), false};
    for (const learn::ChordSpan& c : p.chords) {
      const double step = way == 0 ? c.end - c.start : way == 1 ? piece.bar / 2 : way == 2 ? piece.pulse : piece.pulse / 2;
      for (double at = c.start; at < c.end - 0.01; at += step) {
        const bool fifth = way == 1 && std::fmod(at - piece.first_bar + 1000 * piece.bar, piece.bar) > 0.3 * piece.bar;
        part.notes.notes.push_back(note(loose(at), std::min(step, c.end - at) * 0.8, 36 + c.root % 12 - (c.root > 7 ? 12 : 0) + (fifth ? 7 : 0), 0.75));
      }
    }
    return part;
  }

  struct Piano {
    double bpm = 100;
    std::vector<score::Note> notes;
  };
  fs::path data_dir_;
  learn::Corpora corpora_;
  std::vector<const Passage*> pop_, folk_;
  std::map<std::string, Piano> pianos_;
  std::vector<std::string> wide_, high_, low_;
};

}  // namespace

std::unique_ptr<Source> corpus_tunes(const fs::path& corpora, const fs::path& data_dir) { return std::make_unique<Tunes>(corpora, data_dir); }

}  // namespace figment::listen
