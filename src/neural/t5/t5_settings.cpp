#include "neural/t5/t5_settings.h"

#include "neural/settings.h"

namespace figment::neural {

T5Settings T5Settings::parse(const nlohmann::json& config, const std::string& name) {
  const Facts facts(config, name);
  T5Settings s;
  s.vocabulary = facts.whole("vocab_size", 2, 1'000'000);
  s.width = facts.whole("d_model", 1, 65536);
  s.head_width = facts.whole("d_kv", 1, 4096);
  s.inner = facts.whole("d_ff", 1, 262144);
  s.blocks = facts.whole("num_layers", 1, 1000);
  s.heads = facts.whole("num_heads", 1, 1024);
  s.buckets = facts.whole("relative_attention_num_buckets", 4, 1024, 32);
  s.farthest = facts.whole("relative_attention_max_distance", 2, 100'000, 128);
  s.epsilon = facts.number("layer_norm_epsilon", 1e-6);
  const std::string form = facts.text("feed_forward_proj", "relu");
  if (form != "relu" && form != "gated-gelu") facts.fail("says \"feed_forward_proj\": \"" + form + "\"; figment knows relu and gated-gelu");
  s.gated = form == "gated-gelu";
  return s;
}

std::int64_t t5_width(std::string_view name) noexcept {
  for (const std::string_view owner : {"google-t5/", "google/flan-"})
    if (name.starts_with(owner)) {
      name.remove_prefix(owner.size());
      break;
    }
  if (name == "t5-small") return 512;
  if (name == "t5-base") return 768;
  return name == "t5-large" || name == "t5-3b" || name == "t5-11b" ? 1024 : 0;
}

}  // namespace figment::neural
