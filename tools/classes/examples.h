// One-shots whose class is known, because they were played here.
//
//   Drums    every kit of presets/drums and the General MIDI kits, each drum at three velocities
//   Pitched  presets of bass, keys, lead, pluck, arp, stab and pad, and General MIDI instruments, one note each
//   Noise    the noise effects (wind, sweeps, vinyl …), and shaped noise
//   Vocal    words of espeak-ng and flite, in many voices, where they are installed; choirs; vowels sung by a buzz and formants
//   Real     recordings of a list, where one is given
//   Then     equalizer, room, saturation, noise, speed and cuts drawn at random; half with a quiet other hit over the end, as
//            in loops
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "audio/buffer.h"
#include "base/random.h"
#include "sampling/one_shot.h"

namespace figment::classes {

struct Sound {
  std::vector<float> mono;
  sampling::SoundClass kind{};
  std::string source;       // sounds of one source are not split between learning and checking
  bool real = false;        // a recording of a list
};

[[nodiscard]] std::vector<Sound> play_sounds(const std::filesystem::path& data_dir);

// Lines "path <tab> class=NAME <tab> source", paths beside the list. Error Corrupt for a class that is none.
[[nodiscard]] std::vector<Sound> read_sounds(const std::filesystem::path& list);

// From the attack on, without what is silent at the end; empty for silence.
[[nodiscard]] std::vector<float> trimmed(const audio::AudioBuffer& sound);

// "closed_hat", and "hat_closed" as some lists write it; kClasses: none.
[[nodiscard]] std::size_t class_named(std::string_view name);

// The sound as somebody else may have it.
[[nodiscard]] std::vector<float> disturbed(const Sound& sound, const std::vector<Sound>& all, Random random);

}  // namespace figment::classes
