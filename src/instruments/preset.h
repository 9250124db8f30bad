// Instrument presets: data files a musician can read and write.
//
// `presets/FAMILY/NAME.toml`, named "FAMILY/NAME" in songs and styles ("bass/808", "drums/trap"). Each file says
//
//   engine = "synth" | "fm" | "pluck" | "drums" | "fx" | "soundfont"
//   title  = "Sliding 808"
//   about  = "one line: what it sounds like, what it is for"
//   range  = [28, 60]              # MIDI notes it sounds good in
//   gain_db = 0                    # level trim
//
// and then the engine's own tables (docs/howto/add-an-instrument.md). Unknown keys are errors that name the file and
// the key, so a typo is never silent.
//
// "gm/NAME" needs no file per sound: presets/gm.toml maps names to General MIDI programs of the SoundFont.
// "sfz:PATH" is no preset but an SFZ file inside the song's folder: the song's own samples (sampler.h). They lie beside
// the file, in its parent folder or below, and always inside the song's folder.

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "instruments/instrument.h"

namespace figment::instruments {

struct PresetInfo {
  std::string name;    // "bass/808"
  std::string engine;  // "synth"
  std::string title, about;
  int lowest = 0, highest = 127;
};

// All presets below `data_dir`/presets, sorted by name.
[[nodiscard]] std::vector<PresetInfo> list_presets(const std::filesystem::path& data_dir);

// `tonic`: the song's, a pitch class; only kits of the drum engine care (tuned_to_key). `song_folder`: only "sfz:" asks.
// Error NotFound (with the nearest known names), Corrupt (file, key, wanted, found); of sampler.h; InvalidArgument for
// "sfz:" without a song's folder.
[[nodiscard]] std::unique_ptr<Instrument> make_instrument(const std::filesystem::path& data_dir,
                                                          const std::string& preset, std::uint64_t seed,
                                                          std::optional<int> tonic = {},
                                                          const std::filesystem::path& song_folder = {});

// Whether the preset sounds otherwise in another key.
[[nodiscard]] bool tuned_to_key(const std::string& preset);

// Changes whenever the sound of the preset may change: engine version plus the preset's content (plus the SoundFont's
// name and size; plus every sample's bytes). Part of every Recipe.
[[nodiscard]] Digest preset_fingerprint(const std::filesystem::path& data_dir, const std::string& preset,
                                        const std::filesystem::path& song_folder = {});

// The files that an "sfz:" plays, sorted; none for presets.
[[nodiscard]] std::vector<std::filesystem::path> preset_samples(const std::string& preset, const std::filesystem::path& song_folder);

}  // namespace figment::instruments
