// figment-beat-data <corpora> <folder> [count] [first] [--wav N]: makes examples for the beat network.
//
// Piece i is drawn from seed i, so that count and first make any part of one endless collection; what is already there
// is not made again. Two to three mixes of every piece. --wav also writes the sound of the first N pieces, to listen
// to.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "analysis/features.h"
#include "audio/file.h"
#include "base/error.h"
#include "base/executor.h"
#include "example.h"
#include "instruments/preset.h"
#include "sound.h"
#include "sources.h"
#include "studio/data_dir.h"

namespace figment::listen {
namespace {

Piece draw(const Sources& sources, Random random) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    Random r = random.fork(attempt);
    Piece piece;
    switch (r.weighted(std::vector<double>{30, 25, 9, 2, 20, 14})) {
      case 0:
        piece = sources.figment(r.fork("piece"));
        break;
      case 1:
        piece = sources.pop(r.fork("piece"));
        break;
      case 2:
        piece = sources.folk(r.fork("piece"));
        break;
      case 3:
        piece = sources.chorale(r.fork("piece"));
        break;
      case 4:
        piece = sources.jam(r.fork("piece"));
        break;
      default:
        piece = sources.drums(r.fork("piece"));
    }
    if (!piece.parts.empty()) return piece;
  }
}

Example label(const Piece& piece, const Stems& stems, const Mixed& mixed) {
  Example example;
  example.song = piece.song;
  example.bars_known = piece.bars_known;
  example.features = analysis::make_features(mixed.sound.data(), static_cast<std::int64_t>(mixed.sound.size())).rhythm;
  example.frames = example.features.size() / analysis::kRhythmBands;
  const double pulse = piece.metre.pulse().value, bar = piece.metre.bar().value;
  const int before = static_cast<int>(std::floor(piece.bar_line / pulse + 1e-6));
  for (int k = -before;; ++k) {
    const double at = piece.bar_line + k * pulse;
    if (at > piece.beats + 1e-6) break;
    const double seconds = piece.tempo.seconds(Beats{std::max(0.0, at)}).value;
    const double frame = mixed.at(seconds) * analysis::kRhythmRate;
    if (seconds > stems.music_ends + 0.05 || frame < mixed.lead * 100 - 1 ||
        frame >= static_cast<double>(example.frames))
      continue;
    const double bars = k * pulse / bar;
    example.beats.push_back({static_cast<float>(frame), std::abs(bars - std::round(bars)) < 1e-6});
  }
  return example;
}

void make(const std::filesystem::path& corpora, const std::filesystem::path& folder, int count, int first, int wav) {
  Library library;
  library.data_dir = studio::find_data_dir();
  library.corpora = corpora;
  for (const auto& preset : instruments::list_presets(library.data_dir))
    if (preset.engine == "drums") library.kits.push_back(preset.name);
  const Sources sources(library);
  std::filesystem::create_directories(folder);
  std::atomic<int> done{0};
  parallel_for(static_cast<std::size_t>(count), [&](std::size_t i) {
    const int index = first + static_cast<int>(i);
    char name[64];
    std::snprintf(name, sizeof name, "%06d", index);
    if (std::filesystem::exists(folder / (std::string(name) + ".done"))) return;
    const Random random = Random(20240601).fork(static_cast<std::uint64_t>(index));
    try {
      const Piece piece = draw(sources, random.fork("draw"));
      const Stems stems = play(piece, library, random.fork("play"));
      const int mixes = piece.parts.size() > 3 ? 3 : 2;
      for (int m = 0; m < mixes; ++m) {
        const Mixed mixed = mix(piece, stems, random.fork("mix").fork(static_cast<std::uint64_t>(m)));
        const Example example = label(piece, stems, mixed);
        const std::string file = std::string(for_validation(piece.song) ? "valid" : "train") + "-" + piece.source +
                                 "-" + name + "-" + std::to_string(m);
        write_example(folder / (file + ".beat"), example);
        if (static_cast<int>(i) < wav) {
          audio::AudioBuffer sound(1, static_cast<std::int64_t>(mixed.sound.size()), Hertz{kRate});
          std::copy(mixed.sound.begin(), mixed.sound.end(), sound.channel(0));
          for (const Beat& beat : example.beats) {
            const auto at = static_cast<std::int64_t>(beat.frame * 441);
            for (std::int64_t n = at; n < std::min(sound.frames(), at + 900); ++n)
              sound.channel(0)[n] +=
                  0.3F * static_cast<float>(std::sin(static_cast<double>(n - at) * (beat.down ? 0.25 : 0.15)));
          }
          audio::write_audio(folder / (file + ".wav"), sound.view(), audio::FileFormat::Wav24);
        }
      }
      std::fclose(std::fopen((folder / (std::string(name) + ".done")).c_str(), "w"));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s\n", name, error.what());
    }
    const int now = ++done;
    if (now % 10 == 0) std::fprintf(stderr, "%d of %d pieces\n", now, count);
  });
}

}  // namespace
}  // namespace figment::listen

int main(int count, char** words) {
  if (count < 3) {
    std::fprintf(stderr, "figment-beat-data <corpora> <folder> [count] [first] [--wav N]\n");
    return 2;
  }
  try {
    int wav = 0, numbers[2] = {600, 0}, n = 0;
    for (int i = 3; i < count; ++i) {
      if (std::strcmp(words[i], "--wav") == 0 && i + 1 < count)
        wav = std::atoi(words[++i]);
      else if (n < 2)
        numbers[n++] = std::atoi(words[i]);
    }
    figment::listen::make(words[1], words[2], numbers[0], numbers[1], wav);
    return 0;
  } catch (const figment::Error& error) {
    std::fprintf(stderr, "figment-beat-data: %s\n%s\n", error.what(), error.hint().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "figment-beat-data: %s\n", error.what());
  }
  return 1;
}
