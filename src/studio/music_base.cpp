#include "studio/music_base.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "studio/add_clip.h"
#include "studio/generate_music.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTrack = "base";
constexpr double kLoudness = -3;               // LU below the loudest element: it leads, and drums may stand out

}  // namespace

MusicBase make_music_base(const NeuralWish& neural, double seconds, const std::string& prompt, std::uint64_t seed, const fs::path& folder, const Progress& progress) {
  std::error_code status;
  if (!folder.empty() && fs::exists(folder / "song.json", status)) {
    const song::Song there = song::load(folder);
    if (there.prompt == prompt && there.seed == seed && there.reference) return {storage::path_inside(folder, there.reference->sound), {}, {}};
  }
  MusicBase base;
  const fs::path beside = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  base.scratch = beside / (".figment-base-" + std::to_string(::getpid()));
  storage::make_folder(base.scratch);
  GenerateRequest wish;
  wish.prompt = prompt;
  wish.neural = neural;
  wish.seconds = seconds;
  wish.seed = seed;
  wish.out = base.scratch / (std::string(kTrack) + ".wav");
  try {
    const auto made = generate_music(wish, progress);
    base.file = made.front().file;
    base.remarks.push_back("built round " + std::to_string(static_cast<int>(seconds)) + " s of " + neural.engine + ", made with " + song::weights_text(made.front().weights));
    progress.check();                          // a take that was stopped is no base
  } catch (...) {
    fs::remove_all(base.scratch, status);
    throw;
  }
  return base;
}

std::vector<std::string> add_music_base(const fs::path& folder, const Progress& progress) {
  const song::Song song = song::load(folder);
  if (!song.reference || std::any_of(song.tracks.begin(), song.tracks.end(), [](const song::Track& t) { return t.id == kTrack; })) return {};
  AddRequest add;
  add.song = folder;
  add.file = storage::path_inside(folder, song.reference->sound);
  add.track = kTrack;
  add.fit = true;
  add.force = true;                            // doubt is a remark here: the song follows what was heard in any case
  add.key = "song";
  add.bars = song.bars;
  add.loudness = kLoudness;
  add.build = false;
  return add_clip(add, progress).remarks;
}

}  // namespace figment::studio
