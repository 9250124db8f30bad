#include "studio/split_into_song.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "mix/balance.h"
#include "sampling/warp.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "studio/data_dir.h"
#include "studio/doubt.h"
#include "studio/originals.h"
#include "studio/out_file.h"
#include "studio/record_grid.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

constexpr double kBehind = -3;             // LU: of the loudest stem, in a song that has more
constexpr double kLowest = -60;            // a track's loudness may be
constexpr double kSureKey = 0.3, kSureBeats = 0.25;
constexpr double kFaderStep = 0.5;         // dB: faders are rounded to that (build/mix_recipe.h)

bool has_song(const fs::path& folder) {
  std::error_code status;
  return fs::exists(folder / "song.json", status);
}

sampling::WarpPlan plan_for(const song::Song& song, const analysis::SoundAnalysis& heard) {
  return sampling::plan_warp(heard, {score::TempoMap(song.tempo).tempo(Beats{0}), song.metre, 0});
}

const char* role_of(const std::string& stem) {
  static const std::map<std::string, const char*> kRoles{{"drums", "percussion"}, {"bass", "bass"}, {"vocals", "vocals"}, {"guitar", "chords"}, {"piano", "chords"}};
  const auto found = kRoles.find(stem);
  return found != kRoles.end() ? found->second : "texture";
}

std::string free_id(const song::Song& song, const std::string& stem) {
  const std::string base = plain_word(stem, "stem");
  const auto taken = [&](const std::string& id) { return song.track(id) != nullptr || std::any_of(song.buses.begin(), song.buses.end(), [&](const song::Bus& b) { return b.id == id; }); };
  std::string id = base;
  for (int i = 2; taken(id); ++i) id = base + "-" + std::to_string(i);
  return id;
}

song::Song song_of(const fs::path& record, const analysis::SoundAnalysis& heard, const RecordGrid& grid) {
  song::Song song;
  song.title = record.stem().string();
  song.composer = "builtin.split 1";
  // The export formats know these rates.
  if (heard.source.rate == Hertz{48000}) song.rate = Hertz{48000};
  song.tempo = grid.tempo;
  song.metre = grid.metre;
  song.key = heard.harmony.key.key;
  song.bars = grid.bars;
  song.sections = sections_on(grid, heard.sections);
  song.chords = chords_on(grid, heard.harmony.chords);
  // A finished record: brought back to its loudness, with nothing added.
  song.master.target = Lufs{std::clamp(std::round(10 * heard.loudness.integrated.value) / 10, -30.0, -6.0)};
  song.master.balance = mix::nearest_balance(find_data_dir(), heard.spectrum).name;
  song.master.punch = 1;
  song.master.warmth = 0;
  return song;
}

}  // namespace

void check_into_song(const fs::path& folder, const fs::path& record, const analysis::SoundAnalysis& heard, bool force) {
  std::error_code status;
  if (has_song(folder)) {
    const song::Song song = song::load(folder);
    std::vector<std::string> unsaid;
    check_beats(heard, record, force, unsaid);
    (void)plan_for(song, heard);
    return;
  }
  if (fs::exists(folder, status) && (!fs::is_directory(folder, status) || !fs::is_empty(folder, status)))
    throw Error(ErrorCode::InvalidArgument, folder.string() + " exists, and is no song", "name a song's folder, or a new one");
  if (folder.has_parent_path() && !fs::is_directory(folder.parent_path(), status)) throw Error(ErrorCode::NotFound, "there is no folder " + folder.parent_path().string());
}

IntoSong split_into_song(const fs::path& folder, const fs::path& record, const std::vector<fs::path>& files, const separation::StemReport& report, const analysis::SoundAnalysis& heard, bool force, bool build,
                         const Progress& progress) {
  IntoSong into;
  into.song = folder;
  into.made = !has_song(folder);
  into.confidence = heard.grid.confidence;
  song::Song song;
  score::Warp warp;
  if (into.made) {
    const RecordGrid grid = record_grid(heard);
    song = song_of(record, heard, grid);
    warp = grid.warp;
    into.bars = grid.bars;
    into.exact = true;
    if (!grid.sure) into.remarks.emplace_back("no beat was found in it: the song counts 120 bpm from its beginning, which means nothing");
    else if (heard.grid.confidence < kSureBeats) into.remarks.push_back("its beats are not sure (confidence " + plain_number(heard.grid.confidence, 2) + "): the song's grid may lie beside them; the sound does not depend on it");
    if (!heard.grid.steady && grid.sure && heard.loop_beats == 0) into.remarks.push_back("its tempo moves: the song follows it, with " + std::to_string(song.tempo.size()) + " tempo changes");
    if (heard.harmony.key.confidence <= kSureKey) into.remarks.push_back("no clear key is heard in it; " + song.key.text() + " is a guess");
  } else {
    song = song::load(folder);
    check_beats(heard, record, force, into.remarks);
    const sampling::WarpPlan plan = plan_for(song, heard);
    into.remarks.insert(into.remarks.end(), plan.remarks.begin(), plan.remarks.end());
    warp = plan.warp;
    into.bars = std::min(plan.bars, song.bars);
    if (into.bars < plan.bars) into.remarks.push_back("cut at the end of the song, after " + std::to_string(into.bars) + " bars");
  }

  double loudest = -200;
  for (const separation::StemFacts& facts : report.stems) loudest = std::max(loudest, facts.loudness.value);
  // One offset for all that is a whole step of the faders, so that rounding them changes no balance.
  const double offset = std::round(((into.made ? 0 : kBehind) - loudest) / kFaderStep) * kFaderStep;
  const bool ours = !fs::exists(folder);
  try {
    if (into.made) {
      storage::make_folder(folder);
      const Digest digest = sha256_file(record);
      song.reference = song::Example{keep_original(record, folder, digest), digest};
    }
    for (std::size_t n = 0; n < files.size(); ++n) {
      const separation::StemFacts& facts = report.stems[n];
      if (facts.ghost == separation::Ghost::Silent || facts.loudness <= Lufs{-120}) {
        into.remarks.push_back(facts.name + " is left out: nothing is in it");
        continue;
      }
      song::Track track;
      track.id = free_id(song, facts.name);
      track.name = facts.name + (facts.ghost != separation::Ghost::No ? " (ghost)" : "");
      track.role = role_of(facts.name);
      const double place = facts.loudness.value + offset;
      track.loudness = Decibels{std::clamp(place, kLowest, 12.0)};
      if (place < kLowest) track.gain = Decibels{std::max(place - kLowest, -120.0)};
      song::Clip clip;
      clip.sha256 = sha256_file(files[n]);
      clip.sound = keep_original(files[n], folder, clip.sha256);
      clip.bars = into.bars;
      clip.warp = warp;
      into.tracks.push_back(track.id);
      track.clips.push_back(std::move(clip));
      song.tracks.push_back(std::move(track));
      progress.set(0.1 * static_cast<double>(n + 1) / static_cast<double>(files.size()), "keeping stems");
    }
    if (into.tracks.empty()) throw Error(ErrorCode::InvalidArgument, "nothing is in any of the stems of " + record.string() + ", so there is no song to make");
    song::save(song, folder);      // last: a folder with a song.json is complete
  } catch (...) {
    std::error_code ignored;
    if (ours) fs::remove_all(folder, ignored);
    throw;
  }
  into.bpm = song.tempo.front().tempo.value;
  into.key = song.key.text();
  into.metre = song.metre.text();
  if (build) {
    into.build = build::build(folder, find_data_dir(), progress.part(0.1, 1));
    into.built = true;
  }
  return into;
}

}  // namespace figment::studio
