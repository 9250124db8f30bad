// Who takes a mix apart: splitters, folders made elsewhere, and what a splitter is compared with.
//
//   splitter  any roles::StemSplitter; stems that are none of the four ("guitar") count as other
//   folder    FOLDER/NAME/STEM.wav or .flac. A sound up to a tenth of a second longer or shorter than the mix is cut or filled up
//   mix       the mix itself for each of the four: what a splitter that does nothing scores
//   hpss      median filtering alone, plainly: Fitzgerald 2010, "Harmonic/percussive separation using median filtering" – spectra of
//             4096 every 1024, medians of 17 frames and 17 bins, soft masks H²/(H² + P²). drums = what strikes; of what stands, bass =
//             below 150 Hz (fading from 120 to 180), vocals = the middle of the image above that up to 8 kHz, where
//             2 Re(L R*) / (|L|² + |R|²) is near 1 (fading from 0.8), as Avendano 2003 compares channels; other = what is left. Adds
//             up to the mix
//   ideal     masks of the true stems, power over the sum of powers, on the same spectra: about the most that weighting one spectrum
//             can reach (Wiener masks, as the campaigns' oracles)
//   Errors    NotFound, Corrupt for a folder's; Unsupported for another rate than the splitter's
#pragma once

#include <filesystem>

#include "base/progress.h"
#include "mixture.h"
#include "roles/stem_splitter.h"

namespace figment::stems {

[[nodiscard]] FourStems split_mix(audio::AudioView mix, roles::StemSplitter& splitter, const Progress& progress);
[[nodiscard]] FourStems stems_in_folder(const Mixture& mixture, const std::filesystem::path& folder);
[[nodiscard]] FourStems mix_for_each(audio::AudioView mix);
[[nodiscard]] FourStems hpss_stems(audio::AudioView mix);
[[nodiscard]] FourStems ideal_stems(const Mixture& mixture);

}  // namespace figment::stems
