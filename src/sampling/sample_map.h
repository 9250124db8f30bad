// Which keys play which samples: SFZ files for kits and for pitched sounds.
//
//   Kits     on General MIDI's keys. What a sample is says its name (data/drum-names.toml); where that says nothing, its class
//   Pitched  each sample across the keys that are nearest to its own, one a note
//   Threads  free
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "sampling/one_shot.h"

namespace figment::sampling {

struct DrumName {
  std::string name;                          // "closed hat"
  SoundClass kind = SoundClass::Percussion;
  std::vector<int> keys;
  double step = 0;                           // semitones between keys that share a sample
  std::vector<std::string> words;
};

class DrumNames {
 public:
  explicit DrumNames(const std::filesystem::path& data_dir);     // data/drum-names.toml. Error Corrupt, NotFound

  // Nullptr where no word of it is a drum's. "Kicks/Deep_01.wav" is a kick.
  [[nodiscard]] const DrumName* of_name(const std::string& path) const;
  // Nullptr for classes that no kit holds (bass, tonal, vocal, noise). The most general drum of a class.
  [[nodiscard]] const DrumName* of_class(SoundClass kind) const;
  [[nodiscard]] const std::vector<DrumName>& all() const noexcept { return all_; }

 private:
  std::vector<DrumName> all_;
};

struct KitSample {
  std::string file;                          // as the SFZ shall name it
  const DrumName* drum = nullptr;            // never null
};

// `volumes`: dB for single keys; `only`: no region for other keys.
[[nodiscard]] std::string kit_sfz(const std::vector<KitSample>& samples, const std::map<int, double>& volumes = {}, const std::optional<std::set<int>>& only = {});

struct PitchedSample {
  std::string file;
  double note = 60;                          // MIDI note, with fraction
  std::int64_t frames = 0;
  bool loops = false;                        // between the points of its own "smpl" chunk, while the key is held
};

[[nodiscard]] std::string pitched_sfz(std::vector<PitchedSample> samples);

// The MIDI note that a file's name says ("bass_E1_dark.wav": 28), where it says one.
[[nodiscard]] std::optional<int> note_in_name(const std::string& name);

}  // namespace figment::sampling
