#include "base/modules.h"

#include <vector>

#include "base/error.h"

namespace figment {
namespace fs = std::filesystem;

fs::path find_module(const std::string& name) {
  const std::string file = name + ".so";
  std::error_code status;
  const fs::path program = fs::read_symlink("/proc/self/exe", status), bin = program.parent_path(), lib = bin.parent_path() / "lib";
  std::vector<fs::path> places{bin, lib / "figment"};
  for (fs::directory_iterator it(lib, status), end; !status && it != end; it.increment(status)) places.push_back(it->path() / "figment");
  for (const fs::path& place : places)
    if (fs::exists(place / file, status)) return place / file;
  throw Error(ErrorCode::NotFound, "this figment was built without its module " + file + "; looked in " + bin.string() + " and " + (lib / "figment").string(),
              "install what it needs and build again: apt install libtorch-dev libopenblas0-openmp libhwy-dev libsentencepiece-dev libyaml-cpp-dev");
}

}  // namespace figment
