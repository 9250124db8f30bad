// MusicGen and its kin as an engine of the MusicGenerator role.
//
//   Source   Copet et al. 2023, "Simple and Controllable Music Generation"; Kreuk et al. 2022, "AudioGen"
//   Length   up to kLongest; beyond the network's window by windows that overlap (musicgen/windows.h)
//   Go on    the clip's end goes in as codes; the result begins with the clip itself, at the network's rate and channels, and the made
//            part takes over within the clip's last kJoin seconds
//   Tune     only networks that were taught to follow one; a clip longer than a window moves along with the windows, a shorter one is
//            repeated, as audiocraft does
//   Level    as decoded
//   Version  raised whenever the same request may give other codes

#pragma once

#include <memory>

#include "neural/engines/music_networks.h"
#include "roles/music_generator.h"

namespace figment::neural {

inline constexpr int kMusicEngineVersion = 1;
inline constexpr double kLongest = 3600, kShortest = 0.1, kJoin = 0.02;    // seconds

[[nodiscard]] std::unique_ptr<roles::MusicGenerator> make_music_engine(const roles::NeuralRequest& request);

}  // namespace figment::neural
