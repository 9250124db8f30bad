#include "studio/data_dir.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"

namespace figment::studio {
namespace fs = std::filesystem;

fs::path find_data_dir() {
  std::vector<fs::path> places;
  if (const char* told = std::getenv("FIGMENT_DATA"); told != nullptr && *told != 0) {
    places.emplace_back(told);
  } else {
    std::error_code status;
    const fs::path program = fs::read_symlink("/proc/self/exe", status);
    if (!status) places.push_back(program.parent_path().parent_path() / "share" / "figment");
    places.emplace_back(FIGMENT_SOURCE_DIR);
  }
  std::string looked;
  for (const fs::path& place : places) {
    std::error_code status;
    if (fs::is_directory(place / "styles", status) && fs::is_directory(place / "presets", status)) return place;
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  throw Error(ErrorCode::NotFound, "Figment's styles and presets were not found; looked in " + looked,
              "set FIGMENT_DATA to the folder that holds styles/ and presets/");
}

}  // namespace figment::studio
