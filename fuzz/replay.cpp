// Stands in for libFuzzer where there is none: runs every file of the folders given, then a fixed number of mutations of
// each (cuts, flips, doubled parts). Ends normally unless the target crashes; the corpus must not be empty.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  figment::Random random(1);
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string seed((std::istreambuf_iterator<char>(in)), {});
      ++files;
      run(seed);
      for (int round = 0; round < 200 && !seed.empty(); ++round) {
        std::string changed = seed;
        const auto place = [&] { return static_cast<std::size_t>(random.integer(0, static_cast<int>(changed.size()) - 1)); };
        for (int k = random.integer(1, 4); k > 0 && !changed.empty(); --k) {
          switch (random.integer(0, 3)) {
            case 0: changed[place()] = static_cast<char>(random.integer(0, 255)); break;
            case 1: changed.resize(place()); break;
            case 2: changed.insert(place(), changed.substr(place(), 40)); break;
            default: changed.erase(place(), 10); break;
          }
        }
        run(changed);
      }
    }
  }
  std::printf("%d seeds\n", files);
  return files > 0 ? 0 : 1;
}
