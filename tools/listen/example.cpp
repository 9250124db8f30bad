#include "example.h"

#include <cstring>
#include <fstream>

#include "analysis/features.h"
#include "base/error.h"
#include "base/random.h"

namespace figment::listen {
namespace {

constexpr char kMagic[] = "FBEAT1";

void put(std::ofstream& out, std::uint32_t value) { out.write(reinterpret_cast<const char*>(&value), 4); }
std::uint32_t get(std::ifstream& in) {
  std::uint32_t value = 0;
  in.read(reinterpret_cast<char*>(&value), 4);
  return value;
}

}  // namespace

void write_example(const std::filesystem::path& file, const Example& example) {
  const auto aside = file.string() + ".part";
  {
    std::ofstream out(aside, std::ios::binary | std::ios::trunc);
    out.write(kMagic, 6);
    put(out, static_cast<std::uint32_t>(example.frames));
    put(out, static_cast<std::uint32_t>(example.beats.size()));
    put(out, example.bars_known ? 1 : 0);
    put(out, static_cast<std::uint32_t>(example.song.size()));
    out.write(example.song.data(), static_cast<std::streamsize>(example.song.size()));
    out.write(reinterpret_cast<const char*>(example.features.data()),
              static_cast<std::streamsize>(example.features.size()));
    for (const Beat& beat : example.beats) {
      out.write(reinterpret_cast<const char*>(&beat.frame), 4);
      put(out, beat.down ? 1 : 0);
    }
    if (!out.flush()) throw Error(ErrorCode::Io, aside + ": cannot be written");
  }
  std::filesystem::rename(aside, file);
}

Example read_example(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::NotFound, file.string() + ": cannot be opened");
  char magic[6] = {};
  in.read(magic, 6);
  Example example;
  example.frames = get(in);
  const std::uint32_t beats = get(in);
  example.bars_known = get(in) != 0;
  const std::uint32_t name = get(in);
  if (!in || std::memcmp(magic, kMagic, 6) != 0 || example.frames > 1'000'000 || beats > 100'000 || name > 1000)
    throw Error(ErrorCode::Corrupt, file.string() + ": not an example");
  example.song.resize(name);
  in.read(example.song.data(), name);
  example.features.resize(example.frames * analysis::kRhythmBands);
  in.read(reinterpret_cast<char*>(example.features.data()), static_cast<std::streamsize>(example.features.size()));
  for (std::uint32_t i = 0; i < beats; ++i) {
    Beat beat;
    in.read(reinterpret_cast<char*>(&beat.frame), 4);
    beat.down = get(in) != 0;
    example.beats.push_back(beat);
  }
  if (!in) throw Error(ErrorCode::Corrupt, file.string() + ": cut short");
  return example;
}

bool for_validation(const std::string& song) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : song) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return Random(hash).uniform() < 0.1;
}

}  // namespace figment::listen
