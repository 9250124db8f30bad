#include "studio/out_file.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "audio/wave.h"
#include "base/error.h"

namespace figment::studio {
namespace fs = std::filesystem;

fs::path free_name(const std::string& stem, const std::string& ending, const fs::path& folder) {
  std::error_code status;
  for (int i = 1;; ++i) {
    const fs::path name = folder / (stem + (i == 1 ? "" : "-" + std::to_string(i)) + ending);
    if (!fs::exists(fs::symlink_status(name, status))) return name;
  }
}

std::string plain_word(const std::string& name, const std::string& otherwise) {
  std::string word;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 128 && std::isalnum(u) != 0) word += static_cast<char>(std::tolower(u));
    else if (!word.empty() && word.back() != '-') word += '-';
  }
  word = word.substr(0, 40);
  while (!word.empty() && word.back() == '-') word.pop_back();
  return word.empty() ? otherwise : word;
}

void check_new(const fs::path& out) {
  std::error_code status;
  if (fs::exists(out, status)) throw Error(ErrorCode::InvalidArgument, out.string() + " exists already; it is not written over", "name another with -o, or remove it first");
  const fs::path folder = out.parent_path();
  if (!folder.empty() && !fs::is_directory(folder, status)) throw Error(ErrorCode::NotFound, "there is no folder " + folder.string());
}

std::string plain_number(double x, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, x);
  std::string s = text;
  if (decimals > 0) {
    s.erase(s.find_last_not_of('0') + 1);
    if (s.back() == '.') s.pop_back();
  }
  return s;
}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  if (!path.empty()) fs::remove(path, ignored);
}

Decibels write_24_bit(const fs::path& from, const fs::path& to, float most, const Progress& progress, std::int64_t frames) {
  const audio::WaveReader reader(from);
  frames = std::min(frames, reader.frames());
  constexpr std::int64_t kPiece = 1 << 16;
  audio::AudioBuffer piece(reader.channels(), kPiece, reader.rate());
  float peak = 0;
  for (std::int64_t at = 0; at < frames; at += kPiece) {
    const audio::AudioBlock block = piece.block().part(0, std::min(kPiece, frames - at));
    reader.read(at, block);
    peak = std::max(peak, audio::peak(block));
    progress.check();
  }
  const float gain = peak > most ? most / peak : 1.0F;
  audio::WaveWriter writer(to, audio::WaveSamples::Int24, reader.rate(), reader.channels(), frames);
  for (std::int64_t at = 0; at < frames; at += kPiece) {
    const audio::AudioBlock block = piece.block().part(0, std::min(kPiece, frames - at));
    reader.read(at, block);
    block.scale(gain);
    writer.write(at, block);
    progress.check();
  }
  writer.commit();
  return to_decibels(gain);
}

}  // namespace figment::studio
