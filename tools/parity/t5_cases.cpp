#include <ATen/ATen.h>

#include <cstdio>

#include "cases.h"
#include "neural/fast/bfloats.h"
#include "neural/t5/t5.h"

namespace figment::parity {

void check_t5(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, Report& report) {
  const neural::T5Encoder t5(neural::T5Settings::parse(fixture.config, "config.json"), std::move(weights));
  constexpr std::string_view kIds = ".input_ids";
  for (const auto& [name, tensor] : fixture.inputs.tensors()) {
    if (!name.ends_with(kIds)) continue;
    const std::string prefix = name.substr(0, name.size() - kIds.size() + 1);
    const at::Tensor mask = stored(fixture.inputs, prefix + "attention_mask");
    (void)t5.encode(stored(fixture.inputs, name), mask, [&](const std::string& what, const at::Tensor& value) {
      if (!report.expects(prefix + what)) return;
      // Of long texts only the first row of the position bias is kept.
      if (what == "position_bias") return report.compare(prefix + what, report.expected(prefix + what).dim() == 3 ? value.select(2, 0) : value);
      report.compare(prefix + what, value, mask.unsqueeze(-1));
    });
  }
}

bool check_t5_rounded(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights) {
  if (!neural::has_bfloats()) {
    std::printf("\nt5 rounded to bfloat16: not on this processor\n");
    return true;
  }
  constexpr double kWanted = 0.999;
  const neural::T5Encoder t5(neural::T5Settings::parse(fixture.config, "config.json"), std::move(weights), "", true);
  const Report report(fixture.folder);
  double least = 1;
  for (const auto& [name, tensor] : fixture.inputs.tensors()) {
    if (!name.ends_with(".input_ids")) continue;
    const std::string prefix = name.substr(0, name.find('.') + 1);
    if (!report.expects(prefix + "last_hidden_state")) continue;
    const at::Tensor mask = stored(fixture.inputs, prefix + "attention_mask"), wanted = report.expected(prefix + "last_hidden_state"), got = t5.encode(stored(fixture.inputs, name), mask);
    const at::Tensor cosine = (wanted * got).sum(-1) / (wanted.norm(2, -1) * got.norm(2, -1));
    least = std::min(least, at::where(mask > 0, cosine, at::ones_like(cosine)).min().item<double>());
  }
  std::printf("\nt5 rounded to bfloat16: least cosine of a token's vector %.6f, wanted %.3f  %s\n", least, kWanted, least >= kWanted ? "ok" : "WRONG");
  return least >= kWanted;
}

}  // namespace figment::parity
