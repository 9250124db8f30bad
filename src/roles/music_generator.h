// The MusicGenerator role: words to music, some seconds of it.
//
//   Stream   the music comes in blocks while it is made. Its facts (rate, channels, length asked for) are complete before the first
//            block; a generation that is stopped hands over what is finished before it throws Cancelled
//   Repeat   same request, same bits, on the same machine and with as many threads; another seed is other music to the same words
//   Level    as the engine makes it: samples may lie beyond ±1
//   Errors   InvalidArgument for a prompt, a length, a clip or a tune that the engine can do nothing with; OutOfMemory before work
//            begins where it is foreseen; those of weight files; Cancelled
//   Threads  one call at a time per object
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audio/buffer.h"
#include "base/progress.h"
#include "base/units.h"
#include "roles/engine.h"

namespace figment::roles {

struct MusicRequest {
  std::string prompt;
  Seconds length{30};              // in all, a clip to go on from included
  std::uint64_t seed = 0;
  std::optional<audio::AudioBuffer> melody;     // a tune to follow, any rate and channels
  std::optional<audio::AudioBuffer> go_on;      // the result begins with this clip and goes on from it
  std::optional<double> temperature, top_p, guidance;   // absent: as the engine's authors set it
  std::optional<int> top_k;
};

struct MusicFacts {
  Hertz rate{44100};
  int channels = 1;
  std::int64_t frames = 0;         // as asked for; a generation that is stopped has fewer
  std::string text;                // what the network was told
  std::vector<std::string> remarks;
};

class MusicGenerator {
 public:
  using Sink = std::function<void(const MusicFacts& facts, audio::AudioView block)>;   // the view is good during the call

  virtual ~MusicGenerator() = default;
  [[nodiscard]] virtual EngineInfo info() const = 0;
  virtual MusicFacts generate(const MusicRequest& request, const Sink& sink, const Progress& progress) = 0;
};

}  // namespace figment::roles
