// What every instrument is: events in, sound out.
//
//   Life     make_instrument(preset) → prepare → process … ; reset silences it
//   Blocks   `process` overwrites `out` (1 … max_block frames, `channels()` channels) with the sound of this block.
//            Events are sorted by `frame`, the offset inside the block, and take effect exactly there; the result does
//            not depend on how the score was cut into blocks
//   Threads  one thread at a time per object
//   Real time `process`, `reset`, `set_tempo` are noexcept, allocate, lock and log nothing; `prepare` may
//   Attack   bowed and blown sounds are heard some time after their note-on; `attack` says how long, and whoever plays a
//            score sends those notes that much earlier (render.h)
//   Level    a single note at velocity 1 peaks between -12 and -3 dBFS; chords may go above 0 dBFS (nothing clips)
//   Repeat   same preset, seed and events give the same bits

#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "audio/buffer.h"
#include "base/units.h"
#include "dsp/processor.h"

namespace figment::instruments {

struct Event {
  enum class Kind : std::uint8_t {
    NoteOn,      // note, value = velocity (0, 1], length = how long the note will sound
    NoteOff,     // note
    Bend,        // value = semitones, holds for all sounding and coming notes
    Modulation,  // value 0 … 1 (MIDI controller 1)
    Expression,  // value 0 … 1 (controller 11)
    Brightness,  // value 0 … 1 (controller 74), 0.5 = as the preset says
    Sustain,     // value >= 0.5: pedal down (controller 64)
  };
  Kind kind = Kind::NoteOn;
  std::uint8_t note = 60;  // MIDI number
  int frame = 0;
  float value = 0;
  Seconds length{0};       // NoteOn only: effects like risers need to know it beforehand
};

class Instrument {
 public:
  virtual ~Instrument() = default;

  virtual void prepare(Hertz rate, int max_block) = 0;
  virtual void process(audio::AudioBlock out, std::span<const Event> events) noexcept = 0;
  virtual void reset() noexcept = 0;
  virtual void set_tempo(Bpm) noexcept {}

  [[nodiscard]] virtual int channels() const noexcept = 0;    // 1 or 2: mono presets render half the samples
  [[nodiscard]] virtual Seconds attack(std::uint8_t /*note*/) const noexcept { return Seconds{0}; }
  [[nodiscard]] virtual Seconds tail() const noexcept = 0;    // longest sound after the last note-off
  [[nodiscard]] virtual bool sounding() const noexcept = 0;   // false: only zeros until the next event
};

}  // namespace figment::instruments
