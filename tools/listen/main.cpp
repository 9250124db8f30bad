// figment-listen FOLDER FIRST COUNT [--sound] [--plain]: makes examples FIRST … FIRST + COUNT - 1.
//
//   NUMBER.features  frames (4 bytes), then the bytes of analysis::Features::rhythm
//   NUMBER.beats     a line a beat: seconds, position in the bar (0: unknown)
//   NUMBER.wav       with --sound: to listen to, and for figment-hear (examples.tsv lists them)
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "analysis/features.h"
#include "audio/file.h"
#include "base/error.h"
#include "base/executor.h"
#include "example.h"

namespace figment::listen {
namespace {

int run(int argc, char** argv) {
  if (argc < 4) throw Error(ErrorCode::InvalidArgument, "figment-listen FOLDER FIRST COUNT [--sound] [--plain]");
  const std::filesystem::path folder = argv[1];
  const int first = std::atoi(argv[2]), count = std::atoi(argv[3]);
  bool sound = false, plain = false;
  for (int i = 4; i < argc; ++i) sound = sound || std::strcmp(argv[i], "--sound") == 0, plain = plain || std::strcmp(argv[i], "--plain") == 0;
  std::filesystem::create_directories(folder);
  const char* data = std::getenv("FIGMENT_DATA");
  const std::filesystem::path data_dir = data != nullptr ? data : FIGMENT_SOURCE_DIR;
  const char* corpora = std::getenv("FIGMENT_CORPORA");
  const auto own = own_songs(data_dir);
  const auto tunes = corpora != nullptr ? corpus_tunes(corpora, data_dir) : nullptr;
  std::vector<std::string> lines(static_cast<std::size_t>(count));
  parallel_for(static_cast<std::size_t>(count), [&](std::size_t i) {
    const int number = first + static_cast<int>(i);
    Random random = Random(20260101).fork(static_cast<std::uint64_t>(number));
    const Source& source = tunes && random.chance(0.5) ? *tunes : *own;
    const Piece piece = source.make(random.fork("piece"));
    const Example example = play(piece, data_dir, random.fork("play"), plain);
    const auto features = analysis::make_features(example.mono.data(), static_cast<std::int64_t>(example.mono.size()));
    char name[32];
    std::snprintf(name, sizeof name, "%06d", number);
    std::ofstream out(folder / (std::string(name) + ".features"), std::ios::binary);
    const auto frames = static_cast<std::uint32_t>(features.rhythm_frames());
    out.write(reinterpret_cast<const char*>(&frames), 4);
    out.write(reinterpret_cast<const char*>(features.rhythm.data()), static_cast<std::streamsize>(features.rhythm.size()));
    std::ofstream beats(folder / (std::string(name) + ".beats"));
    for (const TrueBeat& b : example.beats) beats << b.at << " " << b.position << "\n";
    if (sound) audio::write_audio(folder / (std::string(name) + ".wav"), {example.mono.data(), static_cast<std::int64_t>(example.mono.size()), 1, static_cast<std::int64_t>(example.mono.size()), Hertz{44100}}, audio::FileFormat::Wav24);
    lines[i] = std::string(name) + ".wav\t" + piece.name + "\tbeats_file=" + name + ".beats\n";
  });
  if (sound) {
    std::ofstream list(folder / "examples.tsv", std::ios::app);
    for (const std::string& line : lines) list << line;
  }
  return 0;
}

}  // namespace
}  // namespace figment::listen

int main(int argc, char** argv) {
  try {
    return figment::listen::run(argc, argv);
  } catch (const figment::Error& e) {
    std::fprintf(stderr, "figment-listen: %s\n", e.what());
    return 1;
  }
}
