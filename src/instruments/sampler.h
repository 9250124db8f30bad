// Plays a user's own samples: one-shots, kits, multisampled instruments, as an SFZ file maps them (sfz.h).
//
//   Pitch    band-limited at any key, bend and sample rate (interpolator.h); at its own key and rate a sample is played
//            bit for bit
//   Level    one gain for the whole instrument: the loudest note at velocity 1 peaks at -6 dBFS. Regions that sound
//            together are added as if unlike (root of the sum of squares). What is louder or softer within the pack
//            stays so
//   Attack   leading silence (up to 40 dB below the peak, at most a second), and then the rise until the note is heard
//            to begin (tools/attack), at most kMostAttack. The middle one of a key's regions speaks for the key
//   Notes    a note-off ends the regions its own note-on began. A key struck again lets the older sound go, as a damper
//            would; one-shots ring on. A note of `group` ends what is off_by it within 10 ms
//   Chance   lorand and hirand: one draw a note, by the seed and the number of the note
//   Voices   64 regions at once; then a released or the oldest one fades within 6 ms. Modulation and brightness are
//            not listened to
//   Pack     samples may lie in the SFZ's folder, its parent, and below ("../Samples/kick.wav" is common)
//   Errors   of sfz.h and samples.h; Corrupt for a file that plays nothing, offsets beyond a sample
//   Memory   the samples, decoded; once for every instrument made

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "instruments/instrument.h"

namespace figment::instruments {

inline constexpr int kSamplerVersion = 1;  // raise when the sound of any SFZ may change

// `root`: samples must lie below it; empty: the parent of the SFZ's folder.
[[nodiscard]] std::unique_ptr<Instrument> make_sampler(const std::filesystem::path& sfz_file, std::uint64_t seed,
                                                       const std::filesystem::path& root = {});

// The files it plays, sorted. Error NotFound, Corrupt.
[[nodiscard]] std::vector<std::filesystem::path> sfz_samples(const std::filesystem::path& sfz_file,
                                                             const std::filesystem::path& root = {});

// Changes whenever the sound may: engine version, the bytes of the SFZ and of every sample, and where they lie from it.
[[nodiscard]] Digest sampler_fingerprint(const std::filesystem::path& sfz_file, const std::filesystem::path& root = {});

}  // namespace figment::instruments
