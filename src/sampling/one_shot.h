// What a one-shot is: kick, snare, bass note …
//
//   Method   118 numbers that describe how a sound begins, where its energy lies in its first 25 ms, up to 0.1 s and up to 0.4 s,
//            how fast its lows, mids and highs die, the shape of its spectrum and how that moves, and whether it has a pitch
//            that stands, glides or wavers; several networks of one hidden layer say how likely each class is: their mean
//   Learned  from the drum kits and instruments Figment itself plays, the General MIDI kits and choirs of FluidR3, espeak-ng
//            and flite for voices, and recordings in the public domain (CC0; one-shots.json and THIRD_PARTY.md name them),
//            each coloured, cut and disturbed at random (tools/classes). No recording of a user or of a test set
//   Classes  Bass: pitched, below about 110 Hz, standing; what glides down and dies is a kick or a tom. Percussion: all that
//            is struck and none of the others (rim, cowbell, conga, shaker, tambourine, snap). Vocal: spoken, sung, choirs
//   Threads  const after loading. Cost: about 2 ms a sound
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "audio/buffer.h"

namespace figment::sampling {

enum class SoundClass { Kick, Snare, Clap, ClosedHat, OpenHat, Cymbal, Tom, Percussion, Bass, Tonal, Vocal, Noise };
inline constexpr std::size_t kClasses = 12;

[[nodiscard]] std::string_view name(SoundClass c) noexcept;        // "kick", "closed_hat": as in file names
[[nodiscard]] bool pitched(SoundClass c) noexcept;                 // bass, tonal

inline constexpr std::size_t kTraits = 118;
inline constexpr std::size_t kAlikeTraits = 59;                    // the first ones: those that tell sounds of one class apart
using Traits = std::array<float, kTraits>;

struct OneShotPitch {
  double note = 0;            // MIDI note with fraction; 0: none
  double sure = 0;            // 0 … 1
};

// Of a mono sound at analysis::kFeatureRate that begins with its attack.
[[nodiscard]] Traits traits_of(const float* mono, std::int64_t frames);
[[nodiscard]] OneShotPitch pitch_of(const float* mono, std::int64_t frames);

class Classifier {
 public:
  // Text as tools/classes writes it: {"classes": […], "mean": […], "scale": […], "networks": [{"hidden": [[…]], …}, …]}.
  // Error Corrupt.
  explicit Classifier(const std::filesystem::path& data_dir);      // data/learned/one-shots.json
  explicit Classifier(std::string_view json);

  // How likely each class is; they add up to 1.
  [[nodiscard]] std::array<double, kClasses> operator()(const Traits& traits) const;
  // How unlike two sounds are: mean difference of their traits, each against how much it usually varies.
  [[nodiscard]] double distance(const Traits& a, const Traits& b) const noexcept;

 private:
  void read(std::string_view json);
  struct Network {
    std::vector<Traits> hidden;
    std::vector<float> hidden_bias;
    std::array<std::vector<float>, kClasses> out;
    std::array<float, kClasses> out_bias{};
  };
  Traits mean_{}, scale_{};
  std::vector<Network> networks_;
};

}  // namespace figment::sampling
