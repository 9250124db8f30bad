#include "cases.h"
#include "neural/encodec/encodec.h"

namespace figment::parity {

using neural::Encodec;
using neural::EncodecSettings;

void check_encodec(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, Report& report) {
  EncodecSettings settings = encodec_settings(fixture);
  if (weights->find("best_state.quantizer.vq.layers.0._codebook.embed") != nullptr) settings.names = neural::EncodecNames::Audiocraft;
  const std::string where = settings.names == neural::EncodecNames::Audiocraft ? "best_state." : "";
  // The same weights, padded in other ways.
  EncodecSettings zeros = settings, causal = settings;
  zeros.padding = neural::Padding::Zeros;
  causal.causal = true;
  const Encodec plain(settings, weights, where), padded(zeros, weights, where), streaming(causal, weights, where);
  const auto probe = [&](const std::string& prefix) { return [&report, prefix](const std::string& what, const at::Tensor& value) { report.compare(prefix + what, value); }; };

  const auto all_of = [&](const Encodec& codec, const std::string& prefix, const at::Tensor& audio, std::int64_t codebooks) {
    const at::Tensor latents = codec.to_latents(audio, probe(prefix)), codes = codec.quantize(latents, codebooks), quantized = codec.dequantize(codes);
    report.compare(prefix + "latents", latents);
    report.compare(prefix + "codes", codes);
    report.compare(prefix + "quantized", quantized);
    report.compare(prefix + "decoded", codec.from_latents(quantized, probe(prefix)));
  };
  for (const auto& [name, tensor] : fixture.inputs.tensors()) {
    const std::string prefix = name.substr(0, name.find('.') + 1);
    const at::Tensor value = stored(fixture.inputs, name);
    if (name.ends_with(".audio")) {
      all_of(plain, prefix, value, 0);
      if (prefix == "a.") {
        all_of(padded, "c.", value, 0);
        all_of(streaming, "d.", value, 0);
        if (report.expects("f.codes")) all_of(plain, "f.", value, report.expected("f.codes").size(1));
      }
    } else if (name.ends_with(".codes")) {
      const at::Tensor quantized = plain.dequantize(value);
      report.compare(prefix + "quantized", quantized);
      report.compare(prefix + "decoded", plain.from_latents(quantized));
      report.compare("c.decoded_from_" + prefix.substr(0, prefix.size() - 1), padded.decode(value));
      report.compare("d.decoded_from_" + prefix.substr(0, prefix.size() - 1), streaming.decode(value));
    }
  }
}

}  // namespace figment::parity
