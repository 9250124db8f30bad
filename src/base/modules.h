// Where the program's own loadable modules lie.
//
//   Looked   beside the program (a build tree), then in ../lib/figment and ../lib/*/figment of it (an installation)
//   Errors   NotFound naming the module and the places
//   Threads  free

#pragma once

#include <filesystem>
#include <string>

namespace figment {

// `name` without ending: "figment-neural".
[[nodiscard]] std::filesystem::path find_module(const std::string& name);

}  // namespace figment
