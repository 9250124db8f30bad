// Facts out of a network's config.json, checked: numbers that a network's shapes are made of must be there and sensible.
//
//   Errors   Corrupt naming the file, the fact, what was wanted and what was found

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"

namespace figment::neural {

class Facts {
 public:
  Facts(const nlohmann::json& json, std::string name) : json_(json), name_(std::move(name)) {
    if (!json_.is_object()) fail("is no JSON object");
  }

  [[nodiscard]] std::int64_t whole(const char* key, std::int64_t least, std::int64_t most) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(std::string("does not say \"") + key + "\"");
    return checked(key, *found, least, most);
  }
  [[nodiscard]] std::int64_t whole(const char* key, std::int64_t least, std::int64_t most, std::int64_t otherwise) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? otherwise : checked(key, *found, least, most);
  }
  [[nodiscard]] double number(const char* key, double otherwise) const {
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return otherwise;
    if (!found->is_number()) fail(std::string("says of \"") + key + "\" no number");
    return found->get<double>();
  }
  [[nodiscard]] std::string text(const char* key, const std::string& otherwise) const {
    const auto found = json_.find(key);
    return found != json_.end() && found->is_string() ? found->get<std::string>() : otherwise;
  }
  [[nodiscard]] bool yes(const char* key, bool otherwise) const {
    const auto found = json_.find(key);
    return found != json_.end() && found->is_boolean() ? found->get<bool>() : otherwise;
  }
  [[nodiscard]] std::vector<std::int64_t> list(const char* key, std::int64_t least, std::int64_t most) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_array() || found->empty() || found->size() > 16) fail(std::string("says of \"") + key + "\" no list of 1 to 16 numbers");
    std::vector<std::int64_t> all;
    for (const auto& item : *found) all.push_back(checked(key, item, least, most));
    return all;
  }
  [[noreturn]] void fail(const std::string& problem) const { throw Error(ErrorCode::Corrupt, name_ + " " + problem); }

 private:
  const nlohmann::json& json_;
  std::string name_;

  [[nodiscard]] std::int64_t checked(const char* key, const nlohmann::json& value, std::int64_t least, std::int64_t most) const {
    if (!value.is_number_integer() || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
      fail(std::string("says \"") + key + "\": " + value.dump() + "; wanted is a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return value.get<std::int64_t>();
  }
};

}  // namespace figment::neural
