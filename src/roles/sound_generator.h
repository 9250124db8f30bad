// The SoundGenerator role: words to one sound: a one-shot, a loop, an effect.
//
//   Stream   the sound comes in blocks, so that an hour of rain needs no more memory than a second of it. Its facts
//            (length, channels, what was understood) are complete before the first block
//   Repeat   same request, same bits, on the same machine; another seed is another sound of the same kind
//   Level    sample peak at -1 dBFS
//   Errors   InvalidArgument when the prompt names no sound the engine can make (the hint lists what it knows), or
//            contradicts itself; Cancelled
//   Threads  one call at a time per object
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "base/progress.h"
#include "base/units.h"
#include "roles/engine.h"
#include "score/metre.h"

namespace figment::roles {

struct SoundRequest {
  std::string prompt;
  std::optional<Seconds> length;   // beats what the prompt says; loops take the nearest whole number of bars
  std::uint64_t seed = 0;
  Hertz rate{44100};
};

// Words of the prompt and what they were taken for.
struct UnderstoodWords {
  std::string text;                // as typed
  std::string means;               // "sound hi-hat", "tempo 140 bpm"
};

struct SoundFacts {
  std::string name;                // "hi-hat": what it is, in the engine's words
  std::string kind;                // "one-shot", "loop" or "effect"
  std::vector<UnderstoodWords> understood;
  std::vector<std::string> not_understood;   // as typed, some with the nearest known word: "snrae (snare?)"
  std::vector<std::string> chosen;           // what the engine decided by itself, for people
  std::vector<std::string> remarks;          // what was understood and could not be done
  int channels = 2;
  std::int64_t frames = 0;
  Hertz rate{44100};
  double bpm = 0;                  // 0: has none
  int bars = 0;                    // of a loop
  score::Metre metre;
  double note = 0;                 // MIDI note it sounds at, 0: none in particular
  [[nodiscard]] bool loop() const noexcept { return kind == "loop"; }
};

class SoundGenerator {
 public:
  // Called with each block, at most some thousand frames, good only during the call; all have facts.channels channels.
  using Sink = std::function<void(const SoundFacts& facts, audio::AudioView block)>;

  virtual ~SoundGenerator() = default;
  [[nodiscard]] virtual EngineInfo info() const = 0;
  virtual SoundFacts generate(const SoundRequest& request, const Sink& sink, const Progress& progress) = 0;
};

// The same into memory: for short sounds and tests.
struct GeneratedSound {
  SoundFacts facts;
  audio::AudioBuffer sound;
};
[[nodiscard]] inline GeneratedSound generate_whole(SoundGenerator& generator, const SoundRequest& request, const Progress& progress) {
  GeneratedSound out;
  std::int64_t at = 0;
  out.facts = generator.generate(
      request,
      [&](const SoundFacts& facts, audio::AudioView block) {
        if (at == 0) out.sound = audio::AudioBuffer(facts.channels, facts.frames, facts.rate);
        out.sound.block().part(at, block.frames()).copy_from(block);
        at += block.frames();
      },
      progress);
  return out;
}

}  // namespace figment::roles
