// A network that makes sounds of words (AudioGen), as an engine of the SoundGenerator role.
//
//   Same as  the music engine, which does the work; a sound is held in memory until its level is known, so its length is limited
//   Length   kUsualSound seconds where nothing is asked for, at most kLongestSound

#pragma once

#include <memory>

#include "roles/neural_module.h"

namespace figment::neural {

inline constexpr double kUsualSound = 5, kLongestSound = 600;    // seconds

[[nodiscard]] std::unique_ptr<roles::SoundGenerator> make_sound_engine(const roles::NeuralRequest& request);

}  // namespace figment::neural
