#include "studio/reference.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "sampling/fit.h"
#include "studio/data_dir.h"
#include "studio/doubt.h"

namespace figment::studio {
namespace {

using compose::Reference;
using sampling::SoundClass;

constexpr double kSureBeats = 0.3, kSureBars = 0.2, kSureKey = 0.3, kSureTuneKey = 0.15, kTonal = 0.33, kOneVoice = 0.5;
constexpr int kStepsPerBeat = 4;
constexpr double kOften = 0.25;              // share of bars in which a hit must stand
constexpr int kShortestForm = 24;            // bars

// Instants to beats (quarters) since the first bar line, through the beats that were heard.
class Beat {
 public:
  explicit Beat(const analysis::SoundAnalysis& heard) : grid_(heard.grid) {
    const score::Metre metre = heard.metre();
    per_tap_ = metre.bar().value / std::max(1, grid_.beats_per_bar);
    for (std::size_t i = 0; i < grid_.positions.size() && !has_; ++i)
      if (grid_.positions[i] == 1) first_ = i, has_ = true;
  }
  [[nodiscard]] bool has_bars() const { return has_; }
  [[nodiscard]] double at(Seconds when) const {
    const auto& b = grid_.beats;
    if (b.size() < 2) return 0;
    std::size_t i = static_cast<std::size_t>(std::upper_bound(b.begin(), b.end(), when) - b.begin());
    i = std::clamp<std::size_t>(i, 1, b.size() - 1);
    const double share = (when - b[i - 1]) / (b[i] - b[i - 1]);
    return (static_cast<double>(i - 1) + share - static_cast<double>(first_)) * per_tap_;
  }
  [[nodiscard]] double per_tap() const { return per_tap_; }

 private:
  const analysis::BeatGrid& grid_;
  double per_tap_ = 1;
  std::size_t first_ = 0;
  bool has_ = false;
};

// Swing taken out: where in its pair the second stands goes to the middle.
double straight(double beats, const analysis::Subdivision& s) {
  if (s.swing_unit == 0) return beats;
  const double pair = s.swing_unit == 8 ? 1 : 0.5, from = std::floor(beats / pair) * pair, x = (beats - from) / pair;
  return from + pair * (x < s.swing ? 0.5 * x / s.swing : 0.5 + 0.5 * (x - s.swing) / (1 - s.swing));
}

std::vector<score::ChordSpan> chords_of(const analysis::SoundAnalysis& heard, const Beat& beat, int bars, const score::Metre& metre) {
  const double end = metre.bar().value * bars, tap = beat.per_tap();
  std::vector<score::ChordSpan> spans;
  for (const analysis::HeardChord& c : heard.harmony.chords) {
    if (c.none()) continue;
    // Chords change on beats.
    const double from = std::max(0.0, std::round(beat.at(c.start) / tap) * tap), to = std::min(end, std::round(beat.at(c.end) / tap) * tap);
    if (to - from < tap - 1e-6) continue;
    spans.push_back({Beats{from}, Beats{to - from}, c.chord});
  }
  if (spans.empty()) return spans;
  spans.front().length += spans.front().start;
  spans.front().start = Beats{0};
  for (std::size_t i = 0; i + 1 < spans.size(); ++i) spans[i].length = spans[i + 1].start - spans[i].start;
  spans.back().length = Beats{end} - spans.back().start;
  std::erase_if(spans, [](const score::ChordSpan& s) { return s.length <= Beats{0}; });
  return spans;
}

const char* line_of(SoundClass kind) {
  switch (kind) {
    case SoundClass::Kick: return "kick";
    case SoundClass::Snare: return "snare";
    case SoundClass::Clap: return "clap";
    case SoundClass::ClosedHat: return "hat_closed";
    case SoundClass::OpenHat: return "hat_open";
    case SoundClass::Tom: return "tom_low";
    default: return nullptr;
  }
}

std::optional<compose::Groove> groove_of(const std::vector<sampling::Hit>& hits, const Beat& beat, const analysis::Subdivision& subdivision, int bars, const score::Metre& metre) {
  const auto per_bar = static_cast<int>(std::lround(metre.bar().value * kStepsPerBeat));
  if (std::abs(metre.bar().value * kStepsPerBeat - per_bar) > 1e-9 || bars < 1) return {};
  const int pattern = bars >= 4 && bars % 2 == 0 ? 2 : 1, steps = pattern * per_bar, rounds = std::max(1, bars / pattern);
  struct Step {
    int count = 0;
    double strength = 0;
  };
  std::map<std::string, std::vector<Step>> lines;
  for (const sampling::Hit& hit : hits) {
    const char* line = line_of(hit.kind);
    if (line == nullptr) continue;
    const auto step = std::lround(straight(beat.at(hit.at), subdivision) * kStepsPerBeat);
    if (step < 0 || step >= static_cast<long>(bars) * per_bar) continue;
    auto& own = lines[line];
    own.resize(static_cast<std::size_t>(steps));
    auto& s = own[static_cast<std::size_t>(step % steps)];
    ++s.count;
    s.strength += hit.strength;
  }
  const auto all = [&](const char* line) {
    int n = 0;
    if (const auto it = lines.find(line); it != lines.end())
      for (const Step& s : it->second) n += s.count;
    return n;
  };
  // A beat is made of something low and something against it.
  if (all("kick") < bars / 2 + 1 || all("snare") + all("clap") + all("hat_closed") < bars) return {};
  compose::Groove groove;
  groove.name = "reference";
  groove.metre = metre;
  groove.steps_per_beat = kStepsPerBeat;
  groove.bars = pattern;
  for (const auto& [name, own] : lines) {
    double strongest = 1e-9;
    for (const Step& s : own)
      if (s.count > 0) strongest = std::max(strongest, s.strength / s.count);
    std::vector<compose::GrooveStep> line(own.size());
    bool any = false;
    for (std::size_t i = 0; i < own.size(); ++i) {
      const double often = static_cast<double>(own[i].count) / rounds;
      if (often < kOften) continue;
      line[i].probability = often > 0.8 ? 1 : often;
      line[i].velocity = std::clamp(0.4 + 0.55 * own[i].strength / own[i].count / strongest, 0.3, 1.0);
      any = true;
    }
    if (any) groove.lines[name] = std::move(line);
  }
  // Where a kick or a snare is struck a hat is not heard: between two hats there is one.
  if (auto hats = groove.lines.find("hat_closed"); hats != groove.lines.end()) {
    auto& line = hats->second;
    const auto n = line.size();
    for (const std::size_t reach : {std::size_t{1}, std::size_t{2}}) {
      const auto before = line;
      for (std::size_t i = 0; i < n; ++i) {
        const bool covered = [&] {
          for (const char* other : {"kick", "snare", "clap"})
            if (const auto it = groove.lines.find(other); it != groove.lines.end() && it->second[i].probability > 0) return true;
          return false;
        }();
        const auto &left = before[(i + n - reach) % n], &right = before[(i + reach) % n];
        if (covered && line[i].probability == 0 && left.probability > 0.5 && right.probability > 0.5) line[i] = {1, 0.5 * (left.velocity + right.velocity), false};
      }
    }
  }
  return groove;
}

std::vector<score::Note> tune_of(const analysis::SoundAnalysis& heard, const Beat& beat, int bars, const score::Metre& metre) {
  constexpr double kGrid = 0.25;
  const double end = metre.bar().value * bars;
  double loudest = 1e-9;
  for (const auto& n : heard.melody.notes) loudest = std::max(loudest, n.level);
  std::vector<score::Note> tune;
  for (const auto& n : heard.melody.notes) {
    if (n.level < 0.05 * loudest) continue;
    const double from = std::round(straight(beat.at(n.start), heard.subdivision) / kGrid) * kGrid;
    const double to = std::max(from + kGrid, std::round(straight(beat.at(n.end), heard.subdivision) / kGrid) * kGrid);
    if (from < 0 || from >= end - 1e-9) continue;
    score::Note note{Beats{from}, Beats{std::min(to, end) - from}, static_cast<std::uint8_t>(std::clamp(std::lround(n.pitch - heard.tuning_cents / 100), 0L, 127L)),
                     static_cast<float>(std::clamp(0.5 + 0.4 * n.level / loudest, 0.3, 1.0))};
    if (!tune.empty() && tune.back().start >= note.start - Beats{1e-9}) {
      if (n.level > 0.5 * loudest) tune.back() = note;       // two in one step: the one that stays
      continue;
    }
    if (!tune.empty()) tune.back().length = std::min(tune.back().length, note.start - tune.back().start);
    tune.push_back(note);
  }
  return tune;
}

std::string confidence(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", x);
  return text;
}

}  // namespace

ReferenceHeard reference_from(const analysis::SoundAnalysis& heard, const std::vector<sampling::Hit>& hits, const std::string& name) {
  ReferenceHeard result;
  auto r = std::make_shared<Reference>();
  r->name = name;
  const auto unsure = [&](const std::string& what, double c) { result.remarks.push_back(name + ": " + what + " (confidence " + confidence(c) + "), so the song does not go by it"); };
  const bool one_voice = heard.melody.monophonic >= kOneVoice;
  if (heard.harmony.key.confidence >= (one_voice ? kSureTuneKey : kSureKey) && (heard.harmony.tonal >= kTonal || one_voice)) r->key = heard.harmony.key.key;
  else unsure("its key is unclear", heard.harmony.key.confidence);

  const analysis::BeatGrid& grid = heard.grid;
  if (grid.confidence < kSureBeats || grid.beats.size() < 4) {
    unsure("its beats are unclear", grid.confidence);
    result.reference = r;
    return result;
  }
  const Beat beat(heard);
  const score::Metre metre = heard.metre();
  const double quarters = grid.tempo.value * beat.per_tap();
  // Loops have round tempos.
  r->tempo = Bpm{std::abs(quarters - std::round(quarters)) < 0.2 ? std::round(quarters) : std::round(100 * quarters) / 100};
  if (heard.subdivision.confidence > 0.3 && heard.subdivision.parts == 2) {
    r->swing_unit = heard.subdivision.swing_unit != 0 ? heard.subdivision.swing_unit : 16;
    r->swing = heard.subdivision.swing_unit != 0 ? std::clamp((heard.subdivision.swing - 0.5) * 6, 0.0, 1.0) : 0;
  }
  if ((grid.bar_confidence < kSureBars && heard.loop_beats == 0) || !beat.has_bars()) {
    unsure("its bars are unclear", grid.bar_confidence);
    result.reference = r;
    return result;
  }
  r->metre = metre;
  // A loop that is exactly so long has all its bars; of others only whole ones count.
  const double length = heard.loop_beats > 0 ? heard.loop_beats * beat.per_tap() : beat.at(heard.length);
  r->bars = std::max(1, static_cast<int>(std::floor(length / metre.bar().value + 0.1)));
  if (r->key && heard.harmony.tonal >= kTonal) r->chords = chords_of(heard, beat, r->bars, metre);
  r->groove = groove_of(hits, beat, heard.subdivision, r->bars, metre);
  if (r->key && one_voice && heard.melody.notes.size() >= 3) r->tune = tune_of(heard, beat, r->bars, metre);
  if (heard.sections.size() >= 3 && r->bars >= kShortestForm) {
    int at = 0;
    for (const analysis::HeardSection& s : heard.sections) {
      const int end = std::clamp(static_cast<int>(std::lround(beat.at(s.end) / metre.bar().value)), at, r->bars);
      if (end == at) continue;
      r->parts.push_back({at, end - at, s.label, s.energy});
      at = end;
    }
    if (r->parts.size() < 3) r->parts.clear();
  }
  result.reference = r;
  return result;
}

ReferenceHeard hear_reference(const std::filesystem::path& file, const Progress& progress) {
  const analysis::SoundAnalysis heard = analysis_with_tempo(file, 0, progress.part(0, 0.6));
  std::vector<sampling::Hit> hits;
  if (heard.grid.confidence >= kSureBeats && !heard.attacks.empty()) {
    std::unique_ptr<audio::Spool> spool;
    const std::int64_t frames = sampling::spool_sound(file, heard.source.rate, std::filesystem::temp_directory_path(), spool, progress.part(0.6, 0.8));
    hits = sampling::hear_hits(*spool, frames, heard, sampling::Classifier(find_data_dir()), progress.part(0.8, 1));
  }
  return reference_from(heard, hits, file.filename().string());
}

}  // namespace figment::studio
