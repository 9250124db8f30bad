#include "mixture.h"

#include <algorithm>

#include "audio/file.h"
#include "audio/wave.h"
#include "base/error.h"
#include "storage/files.h"

namespace figment::stems {
namespace fs = std::filesystem;
namespace {

constexpr Decibels kPeak{-1};

audio::AudioBuffer in_two_channels(audio::AudioBuffer sound) {
  if (sound.channels() == 2) return sound;
  if (sound.channels() > 2) throw Error(ErrorCode::Unsupported, "a stem of " + std::to_string(sound.channels()) + " channels; wanted two");
  audio::AudioBuffer two(2, sound.frames(), sound.rate());
  two.block().copy_from(sound.view());
  return two;
}

bool silent(audio::AudioView sound) { return audio::peak(sound) == 0; }

}  // namespace

std::optional<audio::AudioBuffer> read_stem(const fs::path& folder, const std::string& stem) {
  for (const char* ending : {".wav", ".flac"})
    if (const fs::path file = folder / (stem + ending); fs::exists(file)) return in_two_channels(audio::read_audio(file));
  return std::nullopt;
}

Mixture read_mixture(const fs::path& folder) {
  Mixture mixture;
  mixture.name = folder.filename().string();
  auto mix = read_stem(folder, "mix");
  if (!mix) throw Error(ErrorCode::NotFound, folder.string() + " has no mix.wav", "a mixture is a folder of mix.wav, drums.wav, bass.wav, other.wav, vocals.wav");
  mixture.mix = std::move(*mix);
  for (std::size_t s = 0; s < kStems.size(); ++s) {
    auto stem = read_stem(folder, kStems[s]);
    if (!stem) continue;
    if (stem->frames() != mixture.mix.frames() || stem->rate() != mixture.mix.rate())
      throw Error(ErrorCode::Corrupt, folder.string() + ": " + kStems[s] + " has " + std::to_string(stem->frames()) + " frames, its mix " + std::to_string(mixture.mix.frames()));
    if (!silent(stem->view())) mixture.stems[s] = std::move(*stem);
  }
  return mixture;
}

void write_mixture(const fs::path& folder, FourStems stems) {
  const std::int64_t frames = stems[0].frames();
  const Hertz rate = stems[0].rate();
  audio::AudioBuffer mix(2, frames, rate);
  float loudest = 0;
  for (const auto& stem : stems) {
    mix.block().add(stem.view());
    loudest = std::max(loudest, audio::peak(stem.view()));
  }
  loudest = std::max(loudest, audio::peak(mix.view()));
  if (loudest == 0) throw Error(ErrorCode::InvalidArgument, folder.string() + " would be silent");
  const auto gain = static_cast<float>(to_gain(kPeak) / static_cast<double>(loudest));
  for (auto& stem : stems) {
    stem.block().scale(gain);
    audio::to_24_bit(stem.block());
  }
  // Sums of multiples of 2^-23 below 1 are exact.
  mix.block().clear();
  for (int c = 0; c < 2; ++c)
    for (std::int64_t n = 0; n < frames; ++n) {
      double sum = 0;
      for (const auto& stem : stems) sum += static_cast<double>(stem.channel(c)[n]);
      mix.channel(c)[n] = static_cast<float>(sum);
    }
  storage::make_folder(folder);
  const auto write = [&](const std::string& name, audio::AudioView sound) {
    audio::WaveWriter writer(folder / (name + ".wav"), audio::WaveSamples::Int24, rate, 2, frames);
    writer.write(0, sound);
    writer.commit();
  };
  write("mix", mix.view());
  for (std::size_t s = 0; s < kStems.size(); ++s) write(kStems[s], stems[s].view());
}

std::vector<fs::path> find_mixtures(const fs::path& root, const std::string& only) {
  if (!fs::is_directory(root)) throw Error(ErrorCode::NotFound, root.string() + " is no folder");
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (!entry.is_directory() || entry.path().filename().string().find(only) == std::string::npos) continue;
    if (fs::exists(entry.path() / "mix.wav") || fs::exists(entry.path() / "mix.flac")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace figment::stems
