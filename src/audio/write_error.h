// The Error for a sound file that could not be written: names the file and the system's reason, and what to do when the
// disk is full.
#pragma once

#include <filesystem>

namespace figment::audio {

[[noreturn]] void cannot_write(const std::filesystem::path& file, int code);   // code: as errno

}  // namespace figment::audio
