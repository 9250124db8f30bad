// One-shots whose class is known, because they were played here.
//
//   Drums    every kit of presets/drums and the General MIDI kits, each drum at three velocities
//   Pitched  presets of bass, keys, lead, pluck, arp, stab and pad, and General MIDI instruments, one note each
//   Noise    the noise effects (wind, sweeps, vinyl …), and shaped noise
//   Vocal    words of espeak-ng, in many voices, where it is installed
//   Then     equalizer, room, saturation, noise, speed and cuts drawn at random; half with a quiet other hit over the end, as
//            in loops
#pragma once

#include <filesystem>
#include <vector>

#include "base/random.h"
#include "sampling/one_shot.h"

namespace figment::classes {

struct Sound {
  std::vector<float> mono;
  sampling::SoundClass kind{};
  std::string source;       // sounds of one source are not split between learning and checking
};

[[nodiscard]] std::vector<Sound> play_sounds(const std::filesystem::path& data_dir);

// The sound as somebody else may have it.
[[nodiscard]] std::vector<float> disturbed(const Sound& sound, const std::vector<Sound>& all, Random random);

}  // namespace figment::classes
