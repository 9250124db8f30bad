#include <algorithm>
#include <cmath>

#include "band.h"
#include "base/error.h"
#include "compose/brief.h"
#include "compose/composer.h"
#include "drummer.h"
#include "sources_impl.h"
#include "tempo_curve.h"

namespace figment::listen {
namespace {

template <class T>
compose::Asked<T> asked(T value) {
  return {std::move(value), {}};
}

Place place_of(const std::string& role) {
  if (role == "kick" || role == "snare" || role == "hats" || role == "percussion") return Place::Drums;
  if (role == "bass") return Place::Bass;
  if (role == "chords" || role == "arp" || role == "pluck") return Place::Chords;
  if (role == "lead" || role == "counter" || role == "vocals") return Place::Melody;
  return Place::Background;
}

double log_uniform(Random& r, double low, double high) { return low * std::exp(r.uniform() * std::log(high / low)); }

// A metre and a tempo a foot would tap in it.
std::pair<score::Metre, double> any_metre(Random& r, double slow, double fast) {
  static constexpr score::Metre metres[] = {{4, 4}, {3, 4}, {6, 8}, {12, 8}, {5, 4}, {7, 8}, {2, 4}};
  const score::Metre metre = metres[r.weighted(std::vector<double>{74, 8, 7, 3, 2, 3, 3})];
  double tap =
      r.chance(0.75) ? log_uniform(r, std::max(slow, 70.0), std::min(fast, 165.0)) : log_uniform(r, slow, fast);
  if (metre.compound()) tap = log_uniform(r, 50, 135);
  if (metre.unit == 8 && !metre.compound())
    return {metre, log_uniform(r, 80, 150)};  // eighths are tapped: 160 … 300 a minute
  return {metre, tap * metre.pulse().value};
}

constexpr double kLongest = 75, kShortest = 40;

int bars_for(const score::Metre& metre, double bpm, Random& r) {
  return std::max(4, static_cast<int>(std::round(r.uniform(kShortest, kLongest) * bpm / 60 / metre.bar().value)));
}

}  // namespace

Piece Sources::figment(Random random) const {
  Random& r = random;
  const auto& style = r.pick(impl_->styles);
  const std::uint64_t seed = r.next();
  compose::Brief brief;
  brief.style = asked(style.id);
  brief.length = asked(Seconds{r.uniform(100, 160)});
  if (r.chance(0.45))
    brief.tempo = asked(Bpm{std::clamp(style.usual.value * std::exp(0.13 * r.normal()), 55.0, 200.0)});
  if (r.chance(0.1)) {
    static constexpr score::Metre metres[] = {{3, 4}, {6, 8}, {12, 8}, {5, 4}, {7, 8}};
    brief.metre = asked(metres[r.weighted(std::vector<double>{3, 3, 1, 1, 1})]);
  }
  Piece piece;
  piece.source = "figment";
  piece.song = "figment " + style.id + " " + std::to_string(seed);
  compose::Composition made;
  try {
    made = compose::compose(brief, seed, impl_->library.data_dir);
  } catch (const Error&) {
    return piece;
  }
  const song::Song& song = made.song;
  piece.metre = song.metre;
  piece.tonic = song.key.tonic;
  const double bpm = song.tempo.front().tempo.value, bar = song.metre.bar().value;
  const int bars = std::min(song.bars, bars_for(song.metre, bpm, r));
  const int first = r.integer(0, song.bars - bars);
  piece.beats = bars * bar;
  const double human = song.tempo.size() > 1 ? 0.3 : 0.15;
  piece.tempo = play_tempo(bpm, piece.beats, bar, r.chance(0.35) ? choose_hands(0.6, r) : choose_hands(human, r),
                           r.fork("tempo"));
  const bool inserts = r.chance(0.6);
  for (const song::Track& track : song.tracks) {
    const auto found = made.scores.find(track.id);
    if (found == made.scores.end() || track.mute) continue;
    Part part;
    part.place = place_of(track.role);
    part.preset = track.instrument;
    part.level_db = track.loudness.value + track.gain.value;
    part.score.name = track.id;
    part.score.percussion = found->second.percussion;
    for (score::Note note : found->second.notes) {
      note.start = Beats{note.start.value - first * bar};
      if (note.start.value >= -1e-9 && note.start.value < piece.beats) {
        note.start = Beats{std::max(0.0, note.start.value)};
        part.score.notes.push_back(note);
      }
    }
    for (score::Control control : found->second.controls) {
      control.at = Beats{std::max(0.0, control.at.value - first * bar)};
      if (control.at.value < piece.beats) part.score.controls.push_back(control);
    }
    if (part.score.notes.empty()) continue;
    if (inserts) part.effects = track.effects;
    piece.parts.push_back(std::move(part));
  }
  return piece;
}

Piece Sources::jam(Random random) const {
  Random& r = random;
  Piece piece;
  piece.source = "jam";
  piece.song = "jam " + std::to_string(r.next());
  const auto [metre, bpm] = any_metre(r, 52, 205);
  piece.metre = metre;
  const int bars = bars_for(metre, bpm, r);
  piece.beats = bars * metre.bar().value;
  const double human = r.uniform();
  piece.tempo = play_tempo(bpm, piece.beats, metre.bar().value, choose_hands(0.75 * human, r), r.fork("tempo"));
  piece.tonic = r.integer(0, 11);
  const auto chords = make_chords(metre, bars, piece.tonic, r.fork("chords"));
  const double ms = r.uniform(0, 11) * human;

  double swing_unit = 0.5, swing_ratio = 0.5;
  std::vector<double> kicks;
  if (r.chance(0.7)) {
    DrumWishes wishes;
    wishes.breaks = r.chance(0.4) ? 0.25 : 0.05;
    wishes.start = r.chance(0.2) ? metre.bar().value * r.integer(2, 8) : 0;
    wishes.sparse = r.chance(0.1);
    Drumming drums = drum(metre, bars, bpm, wishes, r.fork("drums"));
    swing_unit = drums.swing_unit;
    swing_ratio = drums.swing_ratio;
    kicks = std::move(drums.kicks);
    piece.parts.push_back({Place::Drums, choose_kit(impl_->library, r), std::move(drums.score), r.uniform(-6, 3), {}});
  }
  const auto swung = [&](score::Score score) {
    for (score::Note& note : score.notes) note.start = Beats{swing(note.start.value, swing_unit, swing_ratio)};
    return score;
  };
  if (r.chance(0.85))
    piece.parts.push_back({Place::Bass,
                           choose_preset(Place::Bass, r),
                           swung(play_bass(chords, metre, 0, kicks, r.fork("bass"))),
                           r.uniform(-8, 2),
                           {}});
  const int comps = r.integer(1, 2);
  for (int i = 0; i < comps; ++i)
    piece.parts.push_back({Place::Chords,
                           choose_preset(Place::Chords, r),
                           swung(play_chords(chords, metre, 0, r.fork(static_cast<std::uint64_t>(i)))),
                           r.uniform(-10, 2),
                           {}});
  if (r.chance(0.8)) {
    const bool voice = r.chance(0.45);
    piece.parts.push_back({voice ? Place::Voice : Place::Melody,
                           voice ? "" : choose_preset(Place::Melody, r),
                           swung(play_melody(chords, metre, 0, r.fork("melody"))),
                           r.uniform(-6, 3),
                           {}});
  }
  for (Part& part : piece.parts) humanize(part.score, piece.tempo, ms, r.fork(part.score.name));
  if (r.chance(0.1)) piece.parts.push_back(surroundings(piece.beats, r));
  return piece;
}

Piece Sources::drums(Random random) const {
  Random& r = random;
  Piece piece;
  piece.source = "drums";
  piece.song = "drums " + std::to_string(r.next());
  const auto [metre, bpm] = any_metre(r, 50, 210);
  piece.metre = metre;
  const int bars = bars_for(metre, bpm, r);
  piece.beats = bars * metre.bar().value;
  piece.tempo = play_tempo(bpm, piece.beats, metre.bar().value, choose_hands(r.uniform(0, 0.5), r), r.fork("tempo"));
  DrumWishes wishes;
  wishes.breaks = r.chance(0.5) ? 0.3 : 0.05;
  wishes.sparse = r.chance(0.12);
  Drumming drums = drum(metre, bars, bpm, wishes, r.fork("drums"));
  const double ms = r.chance(0.4) ? 0 : r.uniform(1, 10);
  if (r.chance(0.25)) {
    const auto chords = make_chords(metre, bars, r.integer(0, 11), r.fork("chords"));
    score::Score bass = play_bass(chords, metre, 0, drums.kicks, r.fork("bass"));
    humanize(bass, piece.tempo, ms, r.fork("bass"));
    piece.parts.push_back({Place::Bass, choose_preset(Place::Bass, r), std::move(bass), r.uniform(-10, 0), {}});
  }
  humanize(drums.score, piece.tempo, ms, r.fork("hands"));
  if (r.chance(0.15)) piece.parts.push_back({Place::Drums, choose_kit(impl_->library, r), drums.score, -6, {}});
  piece.parts.push_back({Place::Drums, choose_kit(impl_->library, r), std::move(drums.score), 0, {}});
  return piece;
}

}  // namespace figment::listen
