#include <zlib.h>

#include <memory>

#include "base/error.h"
#include "corpora.h"

namespace figment::learn {

std::string read_gz(const std::filesystem::path& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rb"), gzclose);
  if (!stream) throw Error(ErrorCode::NotFound, file.string() + ": cannot be opened", "name the folder of the corpora");
  constexpr std::size_t chunk = 1 << 20, limit = std::size_t{1} << 28;
  std::string text;
  for (;;) {
    const std::size_t before = text.size();
    if (before > limit) throw Error(ErrorCode::Corrupt, file.string() + ": wanted at most 256 MiB, found more");
    text.resize(before + chunk);
    const int got = gzread(stream.get(), text.data() + before, static_cast<unsigned>(chunk));
    if (got < 0) throw Error(ErrorCode::Corrupt, file.string() + ": broken compression");
    text.resize(before + static_cast<std::size_t>(got));
    if (got == 0) return text;
  }
}

}  // namespace figment::learn
