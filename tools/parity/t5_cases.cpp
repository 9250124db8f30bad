#include "cases.h"
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

}  // namespace figment::parity
