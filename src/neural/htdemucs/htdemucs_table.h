// Which tensors an HTDemucs needs.

#pragma once

#include <vector>

#include "neural/htdemucs/htdemucs_settings.h"
#include "weights/tensor_table.h"

namespace figment::neural {

[[nodiscard]] std::vector<weights::TensorSpec> htdemucs_table(const HtdemucsSettings& settings);

// Names of one layer's tensors, as demucs has them.
struct LayerNames {
  std::string conv, rewrite, dconv;       // "encoder.0.conv", "encoder.0.rewrite", "encoder.0.dconv.layers."
};
[[nodiscard]] LayerNames encoder_names(bool time, std::int64_t layer);
[[nodiscard]] LayerNames decoder_names(bool time, std::int64_t layer);
// Of the transformer: layers 0, 2, … hear themselves, 1, 3, … the other branch.
[[nodiscard]] inline bool hears_other(std::int64_t layer) { return layer % 2 == 1; }
[[nodiscard]] std::string transformer_name(bool time, std::int64_t layer);    // "crosstransformer.layers.0."

}  // namespace figment::neural
