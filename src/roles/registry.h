// Finds an Engine of a Role by its name.
//
//   Engines register a maker, so nothing is loaded before it is asked for.
//   Threads  fill it before threads start; finding is then free of races
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"

namespace figment::roles {

template <class Role>
class Registry {
 public:
  using Make = std::function<std::unique_ptr<Role>()>;

  void add(const std::string& engine, Make make) { makers_[engine] = std::move(make); }

  // Error NotFound with the names there are.
  [[nodiscard]] std::unique_ptr<Role> make(const std::string& engine) const {
    const auto it = makers_.find(engine);
    if (it != makers_.end()) return it->second();
    std::string known;
    for (const auto& [name, maker] : makers_) known += (known.empty() ? "" : ", ") + name;
    throw Error(ErrorCode::NotFound, "there is no engine called \"" + engine + "\"", "there are: " + known);
  }

 private:
  std::map<std::string, Make> makers_;
};

}  // namespace figment::roles
