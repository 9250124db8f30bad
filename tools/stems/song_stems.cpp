#include "song_stems.h"

#include <algorithm>
#include <set>

#include "audio/file.h"
#include "base/error.h"
#include "build/stem_step.h"
#include "score/midi_file.h"
#include "storage/files.h"

namespace figment::stems {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kDrums = 0, kBass = 1, kOther = 2, kVocals = 3;

const song::Track* voice_of(const song::Song& song) {
  for (const char* role : {"vocals", "lead"})
    for (const song::Track& track : song.tracks)
      if (track.role == role && !track.mute) return &track;
  return nullptr;
}

build::TrackMaterial material_of(const fs::path& folder, const song::Track& track) {
  build::TrackMaterial material;
  const fs::path file = storage::path_inside(folder, track.midi);
  const std::string bytes = storage::read_file(file);
  material.midi_digest = sha256(bytes);
  for (const score::Score& part : score::parse_midi(bytes, file.string()).tracks) {
    material.notes.percussion = material.notes.percussion || part.percussion;
    material.notes.notes.insert(material.notes.notes.end(), part.notes.begin(), part.notes.end());
    material.notes.controls.insert(material.notes.controls.end(), part.controls.begin(), part.controls.end());
  }
  material.notes.name = track.name;
  material.notes.sort();
  return material;
}

void stand_in_the_middle(song::Track& voice, const std::string& instrument) {
  voice.pan = 0;
  std::erase_if(voice.automation, [](const song::Automation& lane) { return lane.target == "pan"; });
  if (!instrument.empty()) voice.instrument = instrument;
}

}  // namespace

std::size_t stem_of(const song::Song& song, const song::Track& track) {
  static const std::set<std::string> drums{"kick", "snare", "hats", "percussion", "drums"};
  if (drums.contains(track.role)) return kDrums;
  if (track.role == "bass") return kBass;
  const song::Track* voice = voice_of(song);
  return voice != nullptr && voice->id == track.id ? kVocals : kOther;
}

FourStems play_stems(song::Song song, const fs::path& folder, const fs::path& data_dir, const std::string& voice) {
  std::array<int, 4> tracks{};
  std::vector<std::size_t> stem;
  for (const song::Track& track : song.tracks) {
    stem.push_back(stem_of(song, track));
    ++tracks[stem.back()];
  }
  for (std::size_t s = 0; s < kStems.size(); ++s)
    if (tracks[s] == 0) throw Error(ErrorCode::InvalidArgument, "the song “" + song.title + "” has nothing for the stem " + kStems[s], "another prompt or seed");

  storage::TakeStore store(folder / "takes");
  const storage::Cache cache(folder / "takes" / "pieces");
  std::vector<build::TrackTake> takes;
  for (std::size_t i = 0; i < song.tracks.size(); ++i) {
    if (stem[i] == kVocals) stand_in_the_middle(song.tracks[i], voice);
    const build::TrackMaterial material = material_of(folder, song.tracks[i]);
    const song::Recipe recipe = build::track_recipe(song, song.tracks[i], material, data_dir, folder);
    bool built = false;
    takes.push_back(build::make_track_take(song, song.tracks[i], material, recipe, store, data_dir, folder, built, Progress()));
  }

  FourStems result;
  for (auto& sound : result) sound = audio::AudioBuffer(2, build::song_frames(song), song.rate);
  for (std::size_t s = 0; s < kStems.size(); ++s) {
    song::Song only = song;
    for (std::size_t i = 0; i < only.tracks.size(); ++i)
      if (stem[i] != s) only.tracks[i].sends.clear();
    // One folder for all four: what is not sent does not change, and only the buses are made anew.
    build::ExportList list(folder / "export");
    const build::Stems played = build::make_stems(only, takes, list, store.workspace("sends").parent_path(), cache, Progress());
    for (std::size_t i = 0; i < played.files.size(); ++i)
      if (i >= stem.size() || stem[i] == s) result[s].block().add(audio::read_audio(played.files[i]).view());
  }
  for (std::size_t s = 0; s < kStems.size(); ++s)
    if (audio::peak(result[s].view()) == 0) throw Error(ErrorCode::InvalidArgument, "the song “" + song.title + "” is silent in the stem " + kStems[s], "another prompt or seed");
  return result;
}

}  // namespace figment::stems
