#include "studio/sample_instrument.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "instruments/preset.h"
#include "score/midi_file.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "studio/data_dir.h"
#include "studio/sample_kit.h"
#include "studio/sample_notes.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

bool is_drums(const song::Track& track) {
  for (const char* role : {"kick", "snare", "hats", "percussion", "drums"})
    if (track.role == role) return true;
  return false;
}

bool means(const SampleWish& wish, const song::Track& track) {
  if (!track.clips.empty()) return false;
  return wish.part == "kit" ? is_drums(track) : track.id == wish.part || (track.role == wish.part && !is_drums(track));
}

void check_part(const song::Song& song, const SampleWish& wish) {
  if (std::any_of(song.tracks.begin(), song.tracks.end(), [&](const song::Track& t) { return means(wish, t); })) return;
  std::string names;
  for (const song::Track& t : song.tracks)
    if (t.clips.empty()) names += (names.empty() ? "" : ", ") + t.id;
  throw Error(ErrorCode::InvalidArgument, wish.part == "kit" ? "the song has no drums for " + wish.samples.string() + " to play" : "the song has no track \"" + wish.part + "\" for " + wish.samples.string() + " to play", "its tracks: " + names);
}

}  // namespace

void check_samples(const song::Song& song, const SampleWish& wish) {
  std::error_code status;
  if (!fs::exists(wish.samples, status)) throw Error(ErrorCode::NotFound, "no samples at " + wish.samples.string());
  check_part(song, wish);
}

bool plays_samples(const song::Song& song, const SampleWish& wish) {
  return std::all_of(song.tracks.begin(), song.tracks.end(), [&](const song::Track& t) { return !means(wish, t) || t.instrument.rfind("sfz:", 0) == 0; });
}

void play_samples(song::Song& song, const std::map<std::string, score::Score>& scores, const SampleWish& wish, const fs::path& folder, std::vector<std::string>& remarks, const Progress& progress) {
  check_samples(song, wish);
  progress.check();
  progress.set(0, "reading samples");
  std::set<int> needed;
  std::string own, role;
  bool drums = true;
  for (const song::Track& t : song.tracks) {
    if (!means(wish, t)) continue;
    drums = drums && is_drums(t);
    role = t.role;
    if (own.empty()) own = t.instrument.rfind("sfz:", 0) == 0 ? preset_behind(t.instrument, folder) : t.instrument;
    if (const auto s = scores.find(t.id); s != scores.end())
      for (const score::Note& n : s->second.notes) needed.insert(n.pitch);
  }
  SampleFolder made(folder, wish.samples);
  const std::string preset = drums ? make_kit(wish.samples, std::move(needed), song, own, folder, made, remarks) : make_notes(wish.samples, role, made, remarks);
  (void)instruments::make_instrument(find_data_dir(), preset, song.seed, song.key.tonic, folder);     // it plays, or says why not
  made.keep(own);
  for (song::Track& t : song.tracks)
    if (means(wish, t)) t.instrument = preset;
}

InstrumentSet set_instrument(const InstrumentRequest& request, const Progress& progress) {
  song::Song song = song::load(request.song);
  InstrumentSet set;
  const SampleWish wish{request.part, request.sound};
  for (const song::Track& t : song.tracks)
    if (means(wish, t)) set.tracks.push_back(t.id);
  check_part(song, wish);
  std::error_code status;
  const auto presets = instruments::list_presets(find_data_dir());
  const bool preset = !fs::exists(request.sound, status) && (request.sound.rfind("gm/", 0) == 0 || std::any_of(presets.begin(), presets.end(), [&](const auto& p) { return p.name == request.sound; }));
  if (preset) {
    (void)instruments::make_instrument(find_data_dir(), request.sound, song.seed, song.key.tonic, request.song);
    for (song::Track& t : song.tracks)
      if (means(wish, t)) t.instrument = request.sound;
    set.instrument = request.sound;
  } else {
    if (!preset && !fs::exists(request.sound, status)) throw Error(ErrorCode::NotFound, "\"" + request.sound + "\" is neither a file, a folder nor a preset", "name samples, or a preset like bass/808");
    std::map<std::string, score::Score> scores;
    for (const song::Track& t : song.tracks) {
      if (!means(wish, t)) continue;
      const fs::path midi = storage::path_inside(request.song, t.midi);
      for (const score::Score& s : score::parse_midi(storage::read_file(midi), midi.string()).tracks) {
        auto& notes = scores[t.id].notes;
        notes.insert(notes.end(), s.notes.begin(), s.notes.end());
      }
    }
    play_samples(song, scores, wish, request.song, set.remarks, progress.part(0, 0.2));
    set.instrument = std::find_if(song.tracks.begin(), song.tracks.end(), [&](const song::Track& t) { return t.id == set.tracks.front(); })->instrument;
  }
  song::save(song, request.song);
  if (request.build) {
    set.build = build::build(request.song, find_data_dir(), progress.part(0.2, 1));
    set.built = true;
  }
  return set;
}

}  // namespace figment::studio
