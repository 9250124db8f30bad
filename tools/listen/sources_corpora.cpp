#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "band.h"
#include "base/error.h"
#include "corpora.h"
#include "drummer.h"
#include "instruments/preset.h"
#include "sources_impl.h"
#include "tempo_curve.h"

namespace figment::listen {
namespace {

int pitch_class(std::string_view text, std::size_t& used) {
  static constexpr std::array<int, 7> natural{9, 11, 0, 2, 4, 5, 7};  // A … G
  if (text.empty() || text[0] < 'A' || text[0] > 'G')
    throw Error(ErrorCode::Corrupt, "wanted a note name, found '" + std::string(text) + "'");
  int value = natural[static_cast<std::size_t>(text[0] - 'A')];
  for (used = 1; used < text.size() && (text[used] == '#' || text[used] == 'b'); ++used)
    value += text[used] == '#' ? 1 : 11;
  return value % 12;
}

// "C#:maj7/5"; without classes for "N".
Chord parse_chord(std::string_view text) {
  Chord chord;
  if (text == "N" || text == "X") return chord;
  std::size_t used = 0;
  const int root = pitch_class(text, used);
  text.remove_prefix(used);
  if (text.starts_with(":")) text.remove_prefix(1);
  text = text.substr(0, text.find_first_of("/("));
  const bool minor = text.starts_with("min") || text.starts_with("dim") || text.starts_with("hdim");
  const int third = text == "sus2" ? 2 : (text == "sus4" ? 5 : (minor ? 3 : 4));
  const int fifth = text.starts_with("dim") || text.starts_with("hdim") ? 6 : (text == "aug" ? 8 : 7);
  chord.classes = {root, (root + third) % 12, (root + fifth) % 12};
  if (text.ends_with("7")) chord.classes.push_back((root + (text.starts_with("maj") ? 11 : 10)) % 12);
  chord.bass = root;
  return chord;
}

void find_stretches(PopSong& song, const std::vector<double>& downbeats) {
  for (std::size_t i = 0; i + 1 < downbeats.size();) {
    const double spacing = downbeats[i + 1] - downbeats[i];
    std::size_t end = i + 1;
    while (end + 1 < downbeats.size() && std::abs(downbeats[end + 1] - downbeats[end] - spacing) < 1e-3) ++end;
    PopSong::Stretch stretch;
    stretch.from = downbeats[i];
    stretch.to = downbeats[end];
    stretch.bar_line = stretch.from;
    if (spacing == 2) {
      // Which half bar begins the bar: chords change with the bar more often than within it.
      std::array<double, 2> changes{};
      for (const Chord& chord : song.chords) {
        const double at = (chord.start - stretch.from) / 2;
        if (at < -1e-3 || chord.start > stretch.to || std::abs(at - std::round(at)) > 0.1) continue;
        changes[static_cast<std::size_t>(std::lround(at)) % 2] += chord.end - chord.start >= 4 - 1e-3 ? 2.0 : 1.0;
      }
      const double both = changes[0] + changes[1];
      stretch.bars_known = both >= 8 && std::abs(changes[0] - changes[1]) > 0.3 * both;
      if (changes[1] > changes[0]) stretch.bar_line += 2;
      song.stretches.push_back(stretch);
    } else if (spacing == 3 && end - i >= 16) {
      stretch.bar = 3;
      stretch.bars_known = true;
      song.stretches.push_back(stretch);
    }
    i = end;
  }
}

// From `from` on; chords are cut where they begin before.
std::vector<Chord> moved(const std::vector<Chord>& chords, double from, double length) {
  std::vector<Chord> out;
  for (Chord chord : chords) {
    chord.start = std::max(0.0, chord.start - from);
    chord.end = std::min(length, chord.end - from);
    if (!chord.classes.empty() && chord.end > chord.start + 0.1) out.push_back(std::move(chord));
  }
  return out;
}

void add_band(Piece& piece, const Library& library, const std::vector<Chord>& chords, double bpm, double ms, bool comp,
              Random random) {
  Random& r = random;
  // Bars are counted from before the beginning, so that the first whole or broken bar is played.
  const double bar = piece.metre.bar().value;
  const double lead_in = std::fmod(bar - std::fmod(piece.bar_line, bar), bar);
  std::vector<double> kicks;
  double unit = 0.5, ratio = 0.5;
  if (r.chance(0.65)) {
    DrumWishes wishes;
    wishes.breaks = 0.1;
    wishes.start = r.chance(0.25) ? bar * r.integer(2, 8) : 0;
    wishes.sparse = r.chance(0.1);
    Drumming drums =
        drum(piece.metre, static_cast<int>(std::ceil((piece.beats + lead_in) / bar)), bpm, wishes, r.fork("drums"));
    if (drums.swing_ratio > 0.56) {
      unit = drums.swing_unit;
      ratio = drums.swing_ratio;
    }
    std::erase_if(drums.score.notes, [&](const score::Note& note) {
      return note.start.value < lead_in || note.start.value >= piece.beats + lead_in;
    });
    for (score::Note& note : drums.score.notes) note.start = Beats{note.start.value - lead_in};
    for (const double kick : drums.kicks)
      if (kick >= lead_in) kicks.push_back(kick - lead_in);
    piece.parts.push_back({Place::Drums, choose_kit(library, r), std::move(drums.score), r.uniform(-6, 4), {}});
  }
  const auto swung = [&](score::Score score) {
    for (score::Note& note : score.notes)
      note.start = Beats{std::max(0.0, swing(note.start.value + lead_in, unit, ratio) - lead_in)};
    return score;
  };
  for (Part& part : piece.parts)
    if (part.place != Place::Drums && ratio > 0.5) part.score = swung(std::move(part.score));
  const double origin = -lead_in;
  if (r.chance(0.75))
    piece.parts.push_back({Place::Bass,
                           choose_preset(Place::Bass, r),
                           swung(play_bass(chords, piece.metre, origin, kicks, r.fork("bass"))),
                           r.uniform(-8, 2),
                           {}});
  if (comp || r.chance(0.4))
    piece.parts.push_back({Place::Chords,
                           choose_preset(Place::Chords, r),
                           swung(play_chords(chords, piece.metre, origin, r.fork("chords"))),
                           r.uniform(-9, 1),
                           {}});
  if (r.chance(0.25)) {
    score::Score pad;
    pad.name = "pad";
    for (const Chord& chord : chords)
      for (const int c : chord.classes) add_note(pad, chord.start, chord.end - chord.start, 54 + c, 0.6);
    piece.parts.push_back(
        {Place::Background, choose_preset(Place::Background, r), std::move(pad), r.uniform(-14, -4), {}});
  }
  for (Part& part : piece.parts) humanize(part.score, piece.tempo, ms, r.fork(part.score.name));
  if (r.chance(0.1)) piece.parts.push_back(surroundings(piece.beats, r));
}

}  // namespace

bool kept_for_judging(std::string_view id) noexcept {
  for (const std::string_view kept : {"037", "101", "222", "333", "512"})
    if (id == kept) return true;
  return false;
}

std::vector<PopSong> read_pop_songs(const std::filesystem::path& folder) {
  std::vector<PopSong> songs;
  const std::string text = learn::read_gz(folder / "pop909.jsonl.gz");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) continue;
    const nlohmann::json json = nlohmann::json::parse(line);
    PopSong song;
    song.id = json.at("id").get<std::string>();
    if (kept_for_judging(song.id)) continue;
    song.bpm = json.at("bpm").get<double>();
    for (const char* name : {"melody", "bridge", "piano"}) {
      PopSong::Track track;
      track.name = track.score.name = name;
      for (const auto& note : json.at(name))
        add_note(track.score, note.at(0).get<double>(), note.at(1).get<double>(), note.at(2).get<int>(),
                 note.at(3).get<double>() / 127);
      song.tracks.push_back(std::move(track));
    }
    if (song.id != "369") {  // its chords are wrong
      for (const auto& item : json.at("chords")) {
        Chord chord = parse_chord(item.at(2).get<std::string>());
        chord.start = item.at(0).get<double>();
        chord.end = item.at(1).get<double>();
        if (!chord.classes.empty()) song.chords.push_back(std::move(chord));
      }
    }
    find_stretches(song, json.at("downbeats").get<std::vector<double>>());
    if (!song.stretches.empty() && song.bpm > 30 && song.bpm < 250) songs.push_back(std::move(song));
  }
  return songs;
}

std::vector<Chorale> read_chorale_songs(const std::filesystem::path& folder) {
  std::vector<Chorale> out;
  const nlohmann::json json = nlohmann::json::parse(learn::read_gz(folder / "jsb-chorales-quarter.json.gz"));
  for (const char* part : {"train", "valid", "test"}) {
    for (const auto& song : json.at(part)) {
      Chorale chorale{song.get<std::vector<std::vector<int>>>()};
      if (chorale.steps.size() >= 24) out.push_back(std::move(chorale));
    }
  }
  return out;
}

Sources::Sources(const Library& library) : impl_(std::make_unique<Impl>()) {
  impl_->library = library;
  impl_->styles = compose::list_styles(library.data_dir);
  impl_->pop = read_pop_songs(library.corpora);
  learn::Corpora corpora;
  learn::read_folk(library.corpora, corpora);
  for (learn::Passage& passage : corpora.passages)
    if (passage.bars_known && !passage.chords.empty() && passage.notes.size() >= 24)
      impl_->folk.push_back(std::move(passage));
  impl_->chorales = read_chorale_songs(library.corpora);
}
Sources::~Sources() = default;

Piece Sources::pop(Random random) const {
  Random& r = random;
  const PopSong& song = r.pick(impl_->pop);
  Piece piece;
  piece.source = "pop";
  piece.song = "pop " + song.id;
  const PopSong::Stretch& stretch = r.pick(song.stretches);
  const double bpm = std::clamp(song.bpm * std::exp(0.12 * r.normal()), 60.0, 185.0);
  const double length = std::min(stretch.to - stretch.from, std::round(r.uniform(45, 80) * bpm / 60));
  if (length < 24) return piece;
  const double from = stretch.from + std::floor(r.uniform() * (stretch.to - stretch.from - length));
  piece.metre = {static_cast<int>(stretch.bar), 4};
  piece.bars_known = stretch.bars_known;
  piece.bar_line = std::fmod(stretch.bar_line - from + 1024 * stretch.bar, stretch.bar);
  piece.beats = length;
  const double human = r.uniform(0.1, 1);
  piece.tempo = play_tempo(bpm, length, stretch.bar, choose_hands(human, r), r.fork("tempo"));
  const int shift = r.integer(-5, 5);
  for (const PopSong::Track& track : song.tracks) {
    score::Score score;
    score.name = track.name;
    for (score::Note note : track.score.notes) {
      note.start = Beats{note.start.value - from};
      if (note.start.value < -0.1 || note.start.value >= length) continue;
      note.start = Beats{std::max(0.0, note.start.value)};
      note.pitch = static_cast<std::uint8_t>(std::clamp(note.pitch + shift, 0, 127));
      score.notes.push_back(note);
    }
    if (score.notes.empty()) continue;
    Part part;
    part.score = std::move(score);
    if (track.name == "piano") {
      static const std::vector<std::string> pianos{"gm/grand-piano", "gm/grand-piano", "gm/bright-piano",
                                                   "gm/e-piano",     "keys/rhodes",    "keys/felt"};
      part.place = Place::Chords;
      part.preset = r.chance(0.6) ? r.pick(pianos) : choose_preset(Place::Chords, r);
      part.level_db = r.uniform(-6, 1);
    } else {
      const bool voice = track.name == "melody" && r.chance(0.55);
      part.place = voice ? Place::Voice : Place::Melody;
      if (!voice) part.preset = choose_preset(Place::Melody, r);
      part.level_db = track.name == "melody" ? r.uniform(-4, 4) : r.uniform(-10, 0);
    }
    piece.parts.push_back(std::move(part));
  }
  auto chords = moved(song.chords, from, length);
  for (Chord& chord : chords) {
    for (int& c : chord.classes) c = (c + shift + 12) % 12;
    chord.bass = (chord.bass + shift + 12) % 12;
  }
  if (r.chance(0.3)) {
    for (Part& part : piece.parts) humanize(part.score, piece.tempo, r.uniform(0, 8), r.fork(part.score.name));
  } else {
    add_band(piece, impl_->library, chords, bpm, r.uniform(0, 9), false, r.fork("band"));
  }
  return piece;
}

Piece Sources::folk(Random random) const {
  Random& r = random;
  const learn::Passage& tune = r.pick(impl_->folk);
  Piece piece;
  piece.source = "folk";
  piece.song = "folk " + tune.song;
  double bpm = 110;
  if (tune.metre == "6/8") {
    piece.metre = {6, 8};
    bpm = 1.5 * r.uniform(75, 135);
  } else if (tune.metre == "3/4") {
    piece.metre = {3, 4};
    bpm = r.uniform(85, 180);
  } else if (tune.metre == "2/4") {
    piece.metre = {2, 4};
    bpm = r.uniform(75, 135);
  } else if (r.chance(0.4)) {
    piece.metre = {2, 2};  // reels, felt in two
    bpm = 2 * r.uniform(80, 120);
  } else {
    piece.metre = {4, 4};
    bpm = r.uniform(85, 165);
  }
  const double bar = tune.bar_beats, start = tune.notes.front().start;
  double end = 0;
  for (const learn::Note& note : tune.notes) end = std::max(end, note.start + note.length);
  // Once through in whole bars, as often as there is time for.
  const double lead = std::fmod(tune.first_bar - start + 64 * bar, bar);  // the upbeat
  const double once = bar * std::floor((end - start - lead) / bar + 0.01);
  if (once < 4 * bar) return piece;
  const double wanted = r.uniform(40, 70) * bpm / 60;
  const int times = std::max(1, static_cast<int>(std::round(wanted / once)));
  piece.beats = times * once + lead;
  piece.bar_line = lead;
  piece.tempo = play_tempo(bpm, piece.beats, bar, choose_hands(r.uniform(0.2, 0.9), r), r.fork("tempo"));
  score::Score melody;
  melody.name = "melody";
  std::vector<Chord> chords;
  const int shift = r.integer(-5, 6);
  for (int k = 0; k < times; ++k) {
    for (const learn::Note& note : tune.notes) {
      const double at = note.start - start + k * once;
      if (k > 0 && note.start - start < lead - 1e-6) continue;
      if (note.start - start < once + lead - 1e-6)
        add_note(melody, at, note.length * r.uniform(0.7, 0.98), note.pitch + shift, r.uniform(0.6, 0.85));
    }
    for (const learn::ChordSpan& span : tune.chords) {
      Chord chord;
      chord.start = std::max(lead, span.start - start) + k * once;
      chord.end = std::min(once + lead, span.end - start) + k * once;
      if (chord.end < chord.start + 0.2) continue;
      for (const int i : compose::tones(span.kind)) chord.classes.push_back((span.root + i + shift + 12) % 12);
      chord.bass = chord.classes.front();
      if (!chords.empty()) chords.back().end = std::min(chords.back().end, chord.start);
      chords.push_back(std::move(chord));
    }
  }
  static const std::vector<std::string> players{
      "gm/fiddle",       "gm/violin", "gm/accordion", "gm/flute",       "gm/recorder",  "gm/whistle", "gm/banjo",
      "gm/steel-guitar", "gm/harp",   "gm/dulcimer",  "gm/grand-piano", "gm/harmonica", "gm/clarinet"};
  piece.parts.push_back(
      {Place::Melody, r.chance(0.75) ? r.pick(players) : choose_preset(Place::Melody, r), std::move(melody), 0, {}});
  if (r.chance(0.85))
    add_band(piece, impl_->library, chords, bpm, r.uniform(2, 10), r.chance(0.8), r.fork("band"));
  else
    humanize(piece.parts.front().score, piece.tempo, 8, r.fork("hands"));
  return piece;
}

Piece Sources::chorale(Random random) const {
  Random& r = random;
  const auto index = static_cast<std::size_t>(r.integer(0, static_cast<int>(impl_->chorales.size()) - 1));
  const Chorale& chorale = impl_->chorales[index];
  Piece piece;
  piece.source = "chorale";
  piece.song = "chorale " + std::to_string(index);
  piece.metre = {4, 4};
  piece.bars_known = false;
  const double bpm = r.uniform(60, 105);
  piece.beats = std::min(static_cast<double>(chorale.steps.size()), std::round(60 * bpm / 60));
  piece.tempo = play_tempo(bpm, piece.beats, 4, r.chance(0.7) ? Hands::Soloist : Hands::Band, r.fork("tempo"));
  static const std::vector<std::string> players{"gm/church-organ", "gm/strings",         "gm/choir",     "gm/brass",
                                                "gm/grand-piano",  "gm/harpsichord",     "gm/pizzicato", "gm/e-piano",
                                                "gm/nylon-guitar", "gm/percussive-organ"};
  Part part;
  part.preset = r.pick(players);
  part.score.name = "choir";
  const int shift = r.integer(-4, 4);
  std::vector<std::vector<int>> steps(chorale.steps.begin(),
                                      chorale.steps.begin() + static_cast<std::ptrdiff_t>(piece.beats));
  for (auto& notes : steps) std::sort(notes.begin(), notes.end());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const int pitch : steps[i]) {
      // A pitch that stays is held or sung again.
      if (i > 0 && std::find(steps[i - 1].begin(), steps[i - 1].end(), pitch) != steps[i - 1].end() &&
          r.fork(i).chance(0.6))
        continue;
      std::size_t end = i + 1;
      while (end < steps.size() && std::find(steps[end].begin(), steps[end].end(), pitch) != steps[end].end() &&
             r.fork(end).chance(0.6))
        ++end;
      add_note(part.score, static_cast<double>(i), static_cast<double>(end - i) * 0.95, pitch + shift, 0.7);
    }
  }
  humanize(part.score, piece.tempo, 8, r.fork("hands"));
  piece.parts.push_back(std::move(part));
  return piece;
}

}  // namespace figment::listen
