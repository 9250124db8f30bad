// What a MusicGen or AudioGen is made of (Copet et al. 2023, "Simple and Controllable Music Generation"; Kreuk et al. 2022, AudioGen).
//
//   From     config.json in Hugging Face's form (facebook/musicgen-small …): the three networks in one file
//   Errors   Corrupt naming the fact, what was wanted and what was found

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "neural/encodec/encodec.h"
#include "neural/musicgen/lm_settings.h"
#include "neural/t5/t5.h"

namespace figment::neural {

struct MusicgenSettings {
  LmSettings lm;                         // channels 2: twice the codebooks, left and right in turn
  T5Settings text;
  EncodecSettings codec;
  double window_seconds = 30, stride_seconds = 18;   // what the network hears at once, and how far the next window is

  [[nodiscard]] static MusicgenSettings parse(const nlohmann::json& config, const std::string& name);
};

}  // namespace figment::neural
