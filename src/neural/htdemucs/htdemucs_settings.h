// The sizes of an HTDemucs.
//
//   From     what the published packages (.th) say of how the network was made ("kwargs"), or the same as JSON beside safetensors
//   Known    the published forms (htdemucs, htdemucs_ft, htdemucs_6s) and those between them. What other trained forms of the
//            reference have (Wiener filtering, frequency bands of their own, sparse attention, other embeddings) is Unsupported, by name
//   Errors   Corrupt naming the file, the fact, what was wanted and what was found; Unsupported

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "weights/weight_file.h"

namespace figment::neural {

struct HtdemucsSettings {
  std::vector<std::string> sources{"drums", "bass", "other", "vocals"};
  std::int64_t rate = 44100, segment = 343980;       // samples of the training length
  std::int64_t channels = 48, growth = 2, depth = 4, kernel = 8, stride = 4;
  std::int64_t nfft = 4096;
  double frequency_embedding = 0.2, embedding_scale = 10;   // 0: none
  std::int64_t dconv_depth = 2, dconv_compress = 8;
  bool dconv_in_encoder = true, dconv_in_decoder = true;
  std::int64_t bottom = 512;                          // channels of the transformer; 0: as many as the last layer has
  std::int64_t layers = 5, heads = 8, hidden = 2048;  // hidden: of the transformer's inner layers
  double longest_period = 10000, position_weight = 1;

  [[nodiscard]] std::int64_t hop() const noexcept { return nfft / 4; }
  [[nodiscard]] std::int64_t frames() const noexcept { return (segment + hop() - 1) / hop(); }   // columns of the spectrogram
  [[nodiscard]] std::int64_t width(std::int64_t layer) const noexcept;      // channels after a layer of the encoder
  [[nodiscard]] std::int64_t width() const noexcept { return bottom > 0 ? bottom : width(depth - 1); }   // of the transformer

  // `name` stands in messages.
  [[nodiscard]] static HtdemucsSettings parse(const nlohmann::json& kwargs, const std::string& name);
  // Of a package, or of a folder's config.json beside other forms of weights.
  [[nodiscard]] static HtdemucsSettings of(const weights::WeightFile& file);
  [[nodiscard]] bool operator==(const HtdemucsSettings&) const = default;
};

// "state." for a package, nothing for the tensors alone.
[[nodiscard]] std::string htdemucs_prefix(const weights::WeightFile& file);

}  // namespace figment::neural
