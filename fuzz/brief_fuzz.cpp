// Any bytes as a prompt: a Brief or an Error InvalidArgument, nothing else; what was read is quoted from the prompt.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "compose/brief.h"
#include "compose/vocabulary.h"

namespace {

const figment::compose::Vocabulary& vocabulary() {
  static const auto loaded = [] {
    const char* folder = std::getenv("FIGMENT_DATA");
#ifdef FIGMENT_SOURCE_DIR
    if (folder == nullptr) folder = FIGMENT_SOURCE_DIR;
#endif
    return figment::compose::load_vocabulary(std::filesystem::path(folder != nullptr ? folder : ".") / "data");
  }();
  return *loaded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view prompt(reinterpret_cast<const char*>(data), size);
  try {
    const figment::compose::Brief brief = figment::compose::read_brief(prompt, vocabulary());
    for (const figment::compose::Words& words : brief.not_understood) {
      if (words.end > size || words.begin > words.end ||
          prompt.substr(words.begin, words.end - words.begin) != words.text)
        std::abort();
    }
    (void)figment::compose::describe(brief);
    (void)figment::compose::to_json(brief);
  } catch (const figment::Error& e) {
    if (e.code() != figment::ErrorCode::InvalidArgument) std::abort();
  }
  return 0;
}
