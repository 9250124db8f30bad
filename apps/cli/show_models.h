// Neural models as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "studio/models.h"

namespace figment::cli {

[[nodiscard]] std::string models_text(const studio::ModelList& list);
[[nodiscard]] std::string models_json(const studio::ModelList& list);

[[nodiscard]] std::string pulled_text(const std::vector<studio::Pulled>& pulled);
[[nodiscard]] std::string pulled_json(const std::vector<studio::Pulled>& pulled);

[[nodiscard]] std::string model_added_text(const models::Added& added);
[[nodiscard]] std::string model_added_json(const models::Added& added);

[[nodiscard]] std::string verified_text(const std::vector<models::Verified>& verified);
[[nodiscard]] std::string verified_json(const std::vector<models::Verified>& verified);

[[nodiscard]] std::string removed_text(const studio::RemovedModel& removed);
[[nodiscard]] std::string removed_json(const studio::RemovedModel& removed);

}  // namespace figment::cli
