// What a MusicGen or AudioGen is made of (Copet et al. 2023, "Simple and Controllable Music Generation"; Kreuk et al. 2022, AudioGen),
// and how it is used.
//
//   From     config.json in Hugging Face's form (facebook/musicgen-small …): the three networks in one file; or audiocraft's checkpoints
//            (neural/musicgen/audiocraft_settings.h)
//   Use      sound longer than a window is made of windows that overlap: each begins `stride` after the one before, and what it shares
//            with that is its prompt
//   Errors   Corrupt naming the fact, what was wanted and what was found

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "neural/encodec/encodec_settings.h"
#include "neural/musicgen/lm_settings.h"
#include "neural/t5/t5_settings.h"

namespace figment::neural {

// What audiocraft's MusicGen and AudioGen take.
inline constexpr double kMusicgenWindow = 30, kMusicgenStride = 18, kAudiogenWindow = 10, kAudiogenStride = 2;

struct MusicgenSettings {
  LmSettings lm;                         // channels 2: twice the codebooks, left and right in turn
  T5Settings text;
  EncodecSettings codec;                 // its channels are 1 where lm.channels is 2: left and right are coded apart
  std::string text_model;                // "t5-base", "t5-large" (AudioGen), "google/flan-t5-base" …; empty where nothing tells
  double window_seconds = kMusicgenWindow;     // what the network hears at once: the longest sound that it was trained on
  double stride_seconds = kMusicgenStride;     // how far the next window is; below window_seconds
  double guidance = 3;                   // classifier-free guidance that it was meant for

  [[nodiscard]] static MusicgenSettings parse(const nlohmann::json& config, const std::string& name);
};

// Sizes that must agree: heads divide the width; codec and language model have the same codebooks. Error Corrupt. `name` stands in it.
void check_lm(const LmSettings& lm, const std::string& name);
void check_parts(const MusicgenSettings& settings, const std::string& name);

}  // namespace figment::neural
