// What every effect is: prepare, process, reset, and parameters by name.
//
//   Life     construct → set parameters → prepare → process … → reset → process … ; prepare again for a new format
//   Blocks   `process` works in place on 1 … max_block frames of exactly `channels` channels; the result does not
//            depend on how the sound was cut into blocks (a test proves it for each)
//   Threads  one thread at a time per object
//   Real time `process`, `reset`, `set` and `set_tempo` are noexcept, allocate, lock and log nothing; `prepare` may
//   Parameters are a constant table per type. A change is smoothed where a jump would click. Values outside
//            [low, high] are clamped; NaN is ignored
//
// A processor that looks at another track (a ducker) reads `key`: same rate and frames as `io`, 1 or 2 channels, or
// empty when there is none; all others ignore it.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "audio/buffer.h"
#include "base/units.h"

namespace figment::dsp {

struct Format {
  Hertz rate{44100};
  int channels = 2;
  int max_block = 512;
  std::int64_t start = 0;   // the frame of the song at which the first block begins: what swings by itself (an LFO)
                            // starts as if it had swung since frame 0, so that a part of a song sounds as in the whole
};

struct Parameter {
  const char* name;     // "cutoff_hz": the field's own word, with the unit at the end where there is one
  double low, high;     // what is allowed
  double normal;        // where it stands when nothing is said
  const char* what;     // one line for people
};

class Processor {
 public:
  virtual ~Processor() = default;

  virtual void prepare(const Format& format) = 0;
  virtual void process(audio::AudioBlock io, audio::AudioView key) noexcept = 0;
  virtual void reset() noexcept = 0;  // as after prepare: silence inside, parameters kept

  [[nodiscard]] virtual std::span<const Parameter> parameters() const noexcept = 0;
  virtual void set(std::size_t parameter, double value) noexcept = 0;
  virtual void set_tempo(Bpm) noexcept {}  // for those that think in beats

  // How many frames later a sound comes out than it went in; how long it may ring on after the input ends.
  [[nodiscard]] virtual Frames latency() const noexcept { return Frames{0}; }
  [[nodiscard]] virtual Seconds tail() const noexcept { return Seconds{0}; }

  void process(audio::AudioBlock io) noexcept { process(io, {}); }
  // Error InvalidArgument when there is no parameter of that name (the message lists those there are).
  void set(std::string_view parameter, double value);
};

// Every effect by its name in documents ("eq", "compressor", "reverb" …).
struct ProcessorType {
  const char* name;
  const char* what;  // one line for people
  std::unique_ptr<Processor> (*make)();
};
[[nodiscard]] std::span<const ProcessorType> processor_types() noexcept;

// Error NotFound with the known names.
[[nodiscard]] std::unique_ptr<Processor> make_processor(std::string_view name);

}  // namespace figment::dsp
