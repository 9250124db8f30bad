// From a wish to what will be played: instruments, notes, effects, length. No sound yet.
//
//   Method   drums: a hit of a kit, or drum_loop.h; all others: notes of presets, once, held, or repeated at a rate.
//            The words that change sounds move pitch, force, rate, length and brightness, and add effects; the seed moves
//            what nobody asked for
//   Errors   NotFound (a preset or a style), InvalidArgument (two sounds of which only one is a drum cannot loop)
//   Cost     a few milliseconds
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "roles/sound_generator.h"
#include "score/tempo_map.h"
#include "sounds/sound_prompt.h"

namespace figment::sounds {

// One instrument and what it plays.
struct PlannedLayer {
  std::string preset;
  score::Score score;
  std::uint64_t seed = 0;
  std::optional<int> tonic;              // kits ring in a key
};

struct SoundPlan {
  std::vector<PlannedLayer> layers;
  score::TempoMap tempo;
  std::vector<song::Effect> effects;
  double low_cut = 0;                    // Hz, after the effects
  Frames length{0};                      // of what is played, without what rings on
  bool exact = false;                    // it is cut at `length`; else it may ring on, and ends where it has died
  bool trim_start = false;               // silence before the attack is cut away
  bool wrap = false;                     // a loop: what rings on comes back at its beginning
  Frames skip{0}, cross{0};              // a loop of a steady sound: what comes before it, and how long its ends cross
  roles::SoundFacts facts;               // without channels and frames
};

[[nodiscard]] SoundPlan plan_sound(const SoundWish& wish, const SoundTable& table, const roles::SoundRequest& request, const std::filesystem::path& data_dir);

}  // namespace figment::sounds
