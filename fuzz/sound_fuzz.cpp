// Any bytes as a prompt for a sound: a wish or an Error InvalidArgument, nothing else; what was read is quoted from the
// prompt. Any bytes as a table of sounds: a table or an Error Corrupt.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "compose/vocabulary.h"
#include "sounds/sound_prompt.h"
#include "sounds/sound_table.h"

namespace {

std::filesystem::path data_folder() {
  const char* folder = std::getenv("FIGMENT_DATA");
#ifdef FIGMENT_SOURCE_DIR
  if (folder == nullptr) folder = FIGMENT_SOURCE_DIR;
#endif
  return folder != nullptr ? folder : ".";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto vocabulary = figment::compose::load_vocabulary(data_folder() / "data");
  static const figment::sounds::SoundTable table{data_folder()};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const figment::sounds::SoundWish wish = figment::sounds::read_sound_prompt(text, table, *vocabulary);
    if (wish.sounds.empty()) std::abort();
    for (const auto& words : wish.understood)
      if (text.find(words.text) == std::string_view::npos) std::abort();
  } catch (const figment::Error& e) {
    if (e.code() != figment::ErrorCode::InvalidArgument) std::abort();
  }
  try {
    const figment::sounds::SoundTable any(text, "fuzz.toml");
  } catch (const figment::Error& e) {
    if (e.code() != figment::ErrorCode::Corrupt && e.code() != figment::ErrorCode::InvalidArgument) std::abort();
  }
  return 0;
}
