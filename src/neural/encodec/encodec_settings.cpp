#include "neural/encodec/encodec_settings.h"

#include <cmath>

#include "neural/settings.h"

namespace figment::neural {

std::int64_t EncodecSettings::hop() const noexcept {
  std::int64_t product = 1;
  for (const std::int64_t r : ratios) product *= r;
  return product;
}

bool ratios_are_sensible(const std::vector<std::int64_t>& ratios) noexcept {
  std::int64_t product = 1;
  for (const std::int64_t r : ratios) {
    if (r < 1 || r > kLongestHop / product) return false;
    product *= r;
  }
  return true;
}

EncodecSettings EncodecSettings::parse(const nlohmann::json& config, const std::string& name) {
  const Facts facts(config, name);
  EncodecSettings s;
  s.rate = facts.whole("sampling_rate", 1000, 192'000);
  s.channels = facts.whole("audio_channels", 1, 2, 1);
  s.filters = facts.whole("num_filters", 1, 4096);
  s.width = facts.whole("hidden_size", 1, 65536);
  s.ratios = facts.list("upsampling_ratios", 1, 64);
  if (!ratios_are_sensible(s.ratios)) facts.fail("says in \"upsampling_ratios\" frames of more than " + std::to_string(kLongestHop) + " samples");
  s.residual_layers = facts.whole("num_residual_layers", 1, 16, 1);
  s.kernel = facts.whole("kernel_size", 1, 255, 7);
  s.last_kernel = facts.whole("last_kernel_size", 1, 255, 7);
  s.residual_kernel = facts.whole("residual_kernel_size", 1, 255, 3);
  s.dilation_base = facts.whole("dilation_growth_rate", 1, 16, 2);
  s.compress = facts.whole("compress", 1, 64, 2);
  s.lstm_layers = facts.whole("num_lstm_layers", 0, 16, 2);
  s.causal = facts.yes("use_causal_conv", true);
  s.convolved_shortcut = facts.yes("use_conv_shortcut", true);
  s.trim_right = facts.number("trim_right_ratio", 1);
  s.codebook_size = facts.whole("codebook_size", 2, 1 << 20);
  const std::string padding = facts.text("pad_mode", "reflect"), norm = facts.text("norm_type", "weight_norm");
  if (padding != "reflect" && padding != "constant") facts.fail("says \"pad_mode\": \"" + padding + "\"; figment knows reflect and constant");
  if (norm != "weight_norm" || facts.yes("normalize", false)) throw Error(ErrorCode::Unsupported, name + " is of an EnCodec with norms of another kind than weight_norm, or with normalized pieces (48 kHz)", "use the 24 or 32 kHz one");
  s.padding = padding == "reflect" ? Padding::Reflect : Padding::Zeros;
  // Hugging Face's files leave the number of codebooks to be worked out from the highest bandwidth in kbit/s.
  const auto bandwidths = config.find("target_bandwidths");
  if (bandwidths == config.end() || !bandwidths->is_array() || bandwidths->empty() || !bandwidths->back().is_number()) facts.fail("says of \"target_bandwidths\" no list of numbers");
  const auto frames = static_cast<double>((s.rate + s.hop() - 1) / s.hop());
  s.codebooks = static_cast<std::int64_t>(std::floor(1000 * bandwidths->back().get<double>() / (frames * 10)));
  if (s.codebooks < 1 || s.codebooks > 1024) facts.fail("asks for " + std::to_string(s.codebooks) + " codebooks");
  return s;
}

}  // namespace figment::neural
