// The verb `master`: any sound file to one that can be published.
//
//   In       whatever audio/sound_stream.h reads, 8 to 192 kHz; mono stays mono, of more than two channels a stereo sound is
//            made; rate and length stay the file's, to the frame. Samples that are no numbers are silence, direct current
//            is removed, a file cut short is mastered as far as it goes; each is said
//   Towards  without a reference: target loudness and the genre's balance (data/balance.toml), half the distance, at most
//            6 dB, and not at all where everything is within 4 dB; "auto" takes the nearest balance, and none when none is
//            near (a voice or a drum alone is no mix). With a reference: its loudness unless a target is given, its
//            third-octave spectrum (at most 18 dB up and 48 dB down; nothing is raised where the sound has nothing), its width
//   Gently   the multiband compressor works only as far as peaks stand in the way of the target; mastering that needs
//            nothing but a gain is nothing but a gain
//   Good     A sound that is at target within 0.3 LU, under the ceiling, in balance and without faults is left alone: nothing
//            is written. So is what `master` wrote itself for the same wish: it says so in its tags, and what is measured
//            must agree, so that where a target was out of reach a second run does not go further
//   Lossy    MP3 and Ogg raise peaks: what was written is decoded and measured, and made again lower until it holds
//   Short    BS.1770 knows no loudness below 0.4 s; there the plain K-weighted power is used, and said
//   Writes   24-bit WAV, FLAC, Ogg or MP3 by the name's ending, and a picture beside it. Under a name of its own only when
//            whole; stopped or failed, nothing stays. An existing file is overwritten only when asked to, input and
//            reference never
//   Errors   as SoundStream's; NotFound (an unknown genre; a folder that is not there), InvalidArgument (silent reference,
//            an output that exists), Unsupported (other rates, endings; longer than 4 GiB), Io, Cancelled
//   Scratch  a folder beside the output, removed at the end: about 20 bytes a frame and channel
//   Cost     about 1/90 of real time on two cores, with a reference 1/25; memory under 250 MB for an hour

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/measures.h"
#include "base/progress.h"
#include "song/weights_used.h"

namespace figment::studio {

struct MasterRequest {
  std::filesystem::path file, reference;   // reference: empty for none
  std::optional<Lufs> target;              // absent: the reference's, or -14
  std::optional<Decibels> ceiling;         // dBTP; absent: -1
  std::string genre;                       // a name of data/balance.toml; empty: the nearest
  std::filesystem::path out;               // empty: NAME-master.wav in the current folder, or another free name like it
  bool overwrite = false, picture = true;
};

// "streaming" is -14 LUFS, where the large services play (Spotify, YouTube, Tidal; AES TD1008 recommends -14 for music by
// the track); "club" -8, about what dance records are released at, because players of clubs do not level them; "podcast"
// -16, as Apple asks; or a number from -36 to -5. Error InvalidArgument.
[[nodiscard]] Lufs master_target(const std::string& words);

struct Mastered {
  bool nothing = false;                    // the sound was left alone
  std::string because;                     // why
  std::filesystem::path file, reference, out, picture;
  Lufs target{-14};
  Decibels ceiling{-1};
  std::string balance;                     // towards which; empty: none
  double balance_off_db = 0;               // how far the sound was from it
  std::optional<double> match_before_db, match_after_db;   // mean distance from the reference's spectrum
  analysis::Measures before, after;        // `after` as read back from the file; `before` again when there was nothing to do
  std::optional<analysis::Measures> wanted;                // of the reference
  analysis::BandLevels equalizer_db{};
  double gain_db = 0, limited_db = 0, widened = 1;
  std::vector<song::WeightsUsed> weights;  // trained weights that took part in the sound, as the result's tags say too
  std::vector<std::string> found, done, short_of;          // sentences: about the file; what was done; what could not be reached
};

[[nodiscard]] Mastered master_file(const MasterRequest& request, const Progress& progress);

}  // namespace figment::studio
