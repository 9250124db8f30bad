#include "studio/originals.h"

#include "storage/files.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace fs = std::filesystem;

std::string keep_original(const fs::path& file, const fs::path& folder, const Digest& digest) {
  const fs::path sounds = folder / "sounds";
  storage::make_folder(sounds);
  for (int i = 1;; ++i) {
    const std::string name = plain_word(file.stem().string(), "sound") + (i == 1 ? "" : "-" + std::to_string(i)) + file.extension().string();
    std::error_code status;
    if (fs::exists(sounds / name, status)) {
      if (sha256_file(sounds / name) == digest) return "sounds/" + name;
      continue;
    }
    storage::copy_file(file, sounds / name);
    return "sounds/" + name;
  }
}

}  // namespace figment::studio
