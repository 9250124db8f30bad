// From a plan to sound, twice: once to measure, once to hand out.
//
//   Method   instruments play their scores block by block, are added up, and go through the effects. The first pass finds
//            the peak, where the sound begins and has died (66 dB below its peak), whether both sides are the same, and
//            what of a loop rings on over its end; the second, the same to the bit, is scaled, folded and faded
//   Loops    what rings on comes back at the beginning, so the seam is where the sound itself goes on
//   Ends     one-shots and effects end in silence: the last sample is 0, the fade 5 ms
//   Memory   the tail of a loop, at most 20 s, and 1/16 of one-shots; independent of the length otherwise
//   Cost     twice that of the instruments
//   Errors   those of instruments; InvalidArgument when nothing sounds
#pragma once

#include <filesystem>

#include "roles/sound_generator.h"
#include "sounds/sound_plan.h"

namespace figment::sounds {

[[nodiscard]] roles::SoundFacts render_sound(const SoundPlan& plan, const std::filesystem::path& data_dir, const roles::SoundGenerator::Sink& sink, const Progress& progress);

}  // namespace figment::sounds
