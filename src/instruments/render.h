// Plays a whole score through an instrument.
//
//   Method   block by block (512 frames) to a sink, events at their exact frame, so memory does not grow with length
//   Attack   a note-on comes earlier by what the instrument needs to be heard (`Instrument::attack`), as players breathe
//            before the beat; never before the song's start. Its end stays where it was written, or gives way to the
//            next note of its key
//   Order    at one frame note-offs come before controllers before note-ons: a repeated note is struck again, only a
//            true overlap slides
//   Silence  the sink gets zeros; an instrument that is not sounding costs next to nothing
//   Errors   Cancelled through `progress`; InvalidArgument for a rate outside 8 … 192 kHz, a negative length, or a
//            score with a note of no time or velocity at all (NaN)
//   Threads  free: each call uses its own instrument. Holds NoDenormals

#pragma once

#include <functional>
#include <memory>

#include "audio/buffer.h"
#include "base/progress.h"
#include "base/units.h"
#include "instruments/instrument.h"
#include "score/score.h"
#include "score/tempo_map.h"

namespace figment::instruments {

// Plays a score a block at a time, for those who play several instruments at once: players of one tempo map, rate and
// length give blocks of the same sizes.
class ScorePlayer {
 public:
  // Prepares the instrument, which must outlive the player, as `tempo` must.
  ScorePlayer(Instrument& instrument, const score::Score& score, const score::TempoMap& tempo, Hertz rate, Frames length);
  ~ScorePlayer();
  ScorePlayer(ScorePlayer&&) noexcept;
  // The next block, of at most 512 frames, good until the next call; empty at the end. The caller holds NoDenormals.
  [[nodiscard]] audio::AudioView next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Prepares the instrument and streams `length` frames from the song's start. Notes that begin at or after `length` are
// left out; what sounds then is cut (ask for tail() more). The views hold at most 512 frames of `channels()` channels
// and are good only during the call.
void render_score(Instrument& instrument, const score::Score& score, const score::TempoMap& tempo, Hertz rate,
                  Frames length, const std::function<void(audio::AudioView)>& sink, const Progress& progress);

// The same into memory: for tests and short sounds.
[[nodiscard]] audio::AudioBuffer render_to_buffer(Instrument& instrument, const score::Score& score,
                                                  const score::TempoMap& tempo, Hertz rate, Frames length,
                                                  const Progress& progress);

}  // namespace figment::instruments
