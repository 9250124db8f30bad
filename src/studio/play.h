// Plays a sound file on the default device.
//
//   Library  PortAudio, opened only here, so that a machine without sound devices is no problem for anything else
//   Errors   Unsupported where there is no sound device
#pragma once

#include <filesystem>

#include "base/progress.h"

namespace figment::studio {

void play(const std::filesystem::path& sound, const Progress& progress);

}  // namespace figment::studio
