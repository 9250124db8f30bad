// The sizes of an EnCodec.
//
//   From     config.json in Hugging Face's form (here), or the training configuration in audiocraft's checkpoints
//            (neural/musicgen/audiocraft_settings.h)
//   Errors   Corrupt naming the file, the fact, what was wanted and what was found; Unsupported for the 48 kHz form

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace figment::neural {

enum class Padding { Reflect, Zeros };
enum class EncodecNames { HuggingFace, Audiocraft };

struct EncodecSettings {
  std::int64_t rate = 32000, channels = 1, filters = 64, width = 128;
  std::vector<std::int64_t> ratios{8, 5, 4, 4};       // of the decoder, first to last; the encoder's are the same backwards
  std::int64_t residual_layers = 1, kernel = 7, last_kernel = 7, residual_kernel = 3, dilation_base = 2, compress = 2, lstm_layers = 2;
  bool causal = false, convolved_shortcut = false;
  Padding padding = Padding::Reflect;
  double trim_right = 1;                               // share of a causal transposed convolution's overhang that is cut on the right
  std::int64_t codebooks = 4, codebook_size = 2048;
  EncodecNames names = EncodecNames::HuggingFace;

  [[nodiscard]] std::int64_t hop() const noexcept;
  // From config.json in Hugging Face's form. `name` stands in messages.
  [[nodiscard]] static EncodecSettings parse(const nlohmann::json& config, const std::string& name);
  [[nodiscard]] bool operator==(const EncodecSettings&) const = default;
};

// Whether a frame of sound then has at most kLongestHop samples.
inline constexpr std::int64_t kLongestHop = 1 << 16;
[[nodiscard]] bool ratios_are_sensible(const std::vector<std::int64_t>& ratios) noexcept;

}  // namespace figment::neural
