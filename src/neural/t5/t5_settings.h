// The sizes of a T5 text encoder, and the names of the published ones.
//
//   Errors   Corrupt naming the file, the fact, what was wanted and what was found

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace figment::neural {

struct T5Settings {
  std::int64_t vocabulary = 0, width = 0, head_width = 0, inner = 0, blocks = 0, heads = 0;
  std::int64_t buckets = 32, farthest = 128;
  double epsilon = 1e-6;
  bool gated = false;

  // From config.json in Hugging Face's form. `name` stands in messages.
  [[nodiscard]] static T5Settings parse(const nlohmann::json& config, const std::string& name);
};

// How wide the vectors of a published T5 are, by its name ("t5-base", "google-t5/t5-base", "google/flan-t5-large"); 0 for other names.
[[nodiscard]] std::int64_t t5_width(std::string_view name) noexcept;

}  // namespace figment::neural
