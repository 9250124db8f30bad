#include "instruments/render.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/denormals.h"
#include "base/error.h"

namespace figment::instruments {
namespace {

constexpr int kBlock = 512;

struct Timed {
  std::int64_t frame;
  int order;  // at one frame: note-offs, controllers, note-ons
  Event event;
};

Event::Kind kind_of(score::Controller kind) {
  switch (kind) {
    case score::Controller::Bend:
      return Event::Kind::Bend;
    case score::Controller::Modulation:
      return Event::Kind::Modulation;
    case score::Controller::Expression:
      return Event::Kind::Expression;
    case score::Controller::Brightness:
      return Event::Kind::Brightness;
    case score::Controller::Sustain:
      return Event::Kind::Sustain;
  }
  return Event::Kind::Modulation;
}

// Where a note begins and ends, in frames, written and played.
struct Span {
  std::int64_t written_on, written_off, on, off;
  const score::Note* note;
};

// A note that is struck early must not be ended by the one before it on the same key.
void give_way(std::vector<Span>& spans) {
  std::vector<Span*> by_key;
  by_key.reserve(spans.size());
  for (Span& span : spans) by_key.push_back(&span);
  std::stable_sort(by_key.begin(), by_key.end(), [](const Span* a, const Span* b) {
    return a->note->pitch != b->note->pitch ? a->note->pitch < b->note->pitch : a->written_on < b->written_on;
  });
  for (std::size_t i = 0; i + 1 < by_key.size(); ++i) {
    Span& one = *by_key[i];
    const Span& next = *by_key[i + 1];
    if (one.note->pitch == next.note->pitch && one.written_off <= next.written_on)
      one.off = std::max(one.on + 1, std::min(one.off, next.on));
  }
}

std::vector<Timed> events_of(const Instrument& instrument, const score::Score& score, const score::TempoMap& tempo,
                             Hertz rate, std::int64_t length) {
  std::vector<Timed> events;
  events.reserve(score.notes.size() * 2 + score.controls.size());
  std::vector<Span> spans;
  spans.reserve(score.notes.size());
  for (const auto& note : score.notes) {
    if (!std::isfinite(note.start.value) || !std::isfinite(note.length.value) || !std::isfinite(note.velocity))
      throw Error(ErrorCode::InvalidArgument,
                  "score \"" + score.name + "\": a note's start, length or velocity is not a number");
    const std::int64_t on = std::max<std::int64_t>(0, to_frames(tempo.seconds(note.start), rate).value);
    if (on >= length || note.velocity <= 0) continue;
    const std::int64_t off = std::max(on + 1, to_frames(tempo.seconds(note.end()), rate).value);
    const std::int64_t early = std::min(on, to_frames(instrument.attack(note.pitch), rate).value);
    spans.push_back({on, off, on - early, off, &note});
  }
  give_way(spans);
  for (const Span& span : spans) {
    const score::Note& note = *span.note;
    Event e;
    e.note = note.pitch;
    e.kind = Event::Kind::NoteOn;
    e.value = std::min(1.0F, note.velocity);
    e.length = Seconds{std::max(0.0, tempo.seconds(note.end()).value - tempo.seconds(note.start).value)};
    events.push_back({span.on, 2, e});
    e.kind = Event::Kind::NoteOff;
    e.value = 0;
    events.push_back({span.off, 0, e});
  }
  for (const auto& control : score.controls) {
    if (!std::isfinite(control.at.value) || !std::isfinite(control.value))
      throw Error(ErrorCode::InvalidArgument,
                  "score \"" + score.name + "\": a controller's time or value is not a number");
    Event e;
    e.kind = kind_of(control.kind);
    e.value = control.value;
    events.push_back({std::max<std::int64_t>(0, to_frames(tempo.seconds(control.at), rate).value), 1, e});
  }
  std::stable_sort(events.begin(), events.end(), [](const Timed& a, const Timed& b) {
    return a.frame != b.frame ? a.frame < b.frame : a.order < b.order;
  });
  return events;
}

}  // namespace

struct ScorePlayer::State {
  Instrument& instrument;
  const score::TempoMap& tempo;
  Hertz rate;
  std::int64_t length;
  std::vector<Timed> timed;
  audio::AudioBuffer buffer;
  std::vector<Event> events;
  std::size_t next = 0, change = 0;
  std::int64_t at = 0;
};

ScorePlayer::ScorePlayer(Instrument& instrument, const score::Score& score, const score::TempoMap& tempo, Hertz rate,
                         Frames length) {
  if (!(rate.value >= 8000 && rate.value <= 192000))
    throw Error(ErrorCode::InvalidArgument,
                "sample rate: wanted 8000 to 192000 Hz, found " + std::to_string(rate.value));
  if (length.value < 0)
    throw Error(ErrorCode::InvalidArgument, "length: wanted 0 frames or more, found " + std::to_string(length.value));
  auto timed = events_of(instrument, score, tempo, rate, length.value);
  instrument.prepare(rate, kBlock);
  state_ = std::make_unique<State>(State{instrument, tempo, rate, length.value, std::move(timed),
                                         audio::AudioBuffer(instrument.channels(), kBlock, rate), {}});
}

ScorePlayer::~ScorePlayer() = default;
ScorePlayer::ScorePlayer(ScorePlayer&&) noexcept = default;

audio::AudioView ScorePlayer::next() {
  State& s = *state_;
  if (s.at >= s.length) return {};
  std::int64_t end = std::min(s.at + kBlock, s.length);
  // A block never spans a tempo change.
  const auto& changes = s.tempo.changes();
  while (s.change < changes.size()) {
    const std::int64_t when = to_frames(s.tempo.seconds(changes[s.change].at), s.rate).value;
    if (when > s.at) {
      end = std::min(end, when);
      break;
    }
    s.instrument.set_tempo(changes[s.change++].tempo);
  }
  s.events.clear();
  for (; s.next < s.timed.size() && s.timed[s.next].frame < end; ++s.next) {
    s.events.push_back(s.timed[s.next].event);
    s.events.back().frame = static_cast<int>(s.timed[s.next].frame - s.at);
  }
  const auto block = s.buffer.block().part(0, end - s.at);
  s.instrument.process(block, s.events);
  s.at = end;
  return block;
}

void render_score(Instrument& instrument, const score::Score& score, const score::TempoMap& tempo, Hertz rate,
                  Frames length, const std::function<void(audio::AudioView)>& sink, const Progress& progress) {
  const NoDenormals no_denormals;
  ScorePlayer player(instrument, score, tempo, rate, length);
  std::int64_t at = 0;
  for (audio::AudioView block = player.next(); !block.empty(); block = player.next()) {
    sink(block);
    at += block.frames();
    progress.set(static_cast<double>(at) / static_cast<double>(length.value), score.name);
  }
}

audio::AudioBuffer render_to_buffer(Instrument& instrument, const score::Score& score, const score::TempoMap& tempo,
                                    Hertz rate, Frames length, const Progress& progress) {
  audio::AudioBuffer out(instrument.channels(), length.value, rate);
  std::int64_t at = 0;
  render_score(
      instrument, score, tempo, rate, length,
      [&](audio::AudioView view) {
        out.block().part(at, view.frames()).copy_from(view);
        at += view.frames();
      },
      progress);
  return out;
}

}  // namespace figment::instruments
