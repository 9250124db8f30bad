// The builtin SoundGenerator: sounds made by Figment's own instruments and effects, without any download.
//
//   Words    data/sounds.toml (docs/howto/add-a-sound.md)
//   Steps    sound_prompt.h reads, sound_plan.h chooses, sound_render.h plays
//   Version  raised whenever the same request may give another sound
//   Cost     loading the words 10 ms; a second of sound about 10 ms; rain about 1/100 of its length
#pragma once

#include <filesystem>
#include <memory>

#include "roles/sound_generator.h"

namespace figment::sounds {

// `data_dir` holds data/, presets/, styles/. Error NotFound, Corrupt for data files that are missing or broken.
[[nodiscard]] std::unique_ptr<roles::SoundGenerator> make_builtin_sounds(const std::filesystem::path& data_dir);

}  // namespace figment::sounds
