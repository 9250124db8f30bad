// What AudioReader reads through: one of two libraries.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "audio/file.h"
#include "base/units.h"

namespace figment::audio {

class Decoder {
 public:
  virtual ~Decoder() = default;

  Hertz rate{};
  int channels = 0;
  std::int64_t frames = 0;   // 0: the header does not say
  bool exact = true;         // whether `frames` counts samples, or is an estimate
  std::string format;

  // Interleaved. Fewer than asked only at the end; `trouble` then says whether decoding failed there.
  virtual std::int64_t read(float* interleaved, std::int64_t count) = 0;
  // Where an earlier read has left it does not matter. False when the file cannot do that.
  virtual bool seek(std::int64_t frame) = 0;

  [[nodiscard]] virtual std::optional<SamplerChunk> sampler_chunk() const { return std::nullopt; }

  std::string trouble;
};

// nullptr and the library's reason when it does not know the file.
[[nodiscard]] std::unique_ptr<Decoder> open_with_sndfile(const std::filesystem::path& file, std::string& reason);
[[nodiscard]] std::unique_ptr<Decoder> open_with_ffmpeg(const std::filesystem::path& file, std::string& reason);

}  // namespace figment::audio
