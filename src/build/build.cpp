#include "build/build.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "base/error.h"
#include "base/executor.h"
#include "build/exports.h"
#include "build/master_step.h"
#include "build/mix_recipe.h"
#include "build/mix_step.h"
#include "build/track_step.h"
#include "score/midi_file.h"
#include "song/song_file.h"
#include "storage/cache.h"
#include "storage/files.h"

namespace figment::build {
namespace fs = std::filesystem;
namespace {

// All notes of a MIDI file as one score; a DAW may have split or joined its tracks.
score::Score notes_of(const fs::path& file, const song::Track& track, Digest& digest) {
  const std::string bytes = storage::read_file(file);
  digest = sha256(bytes);
  score::Score all;
  for (score::Score& part : score::parse_midi(bytes, file.string()).tracks) {
    all.percussion = all.percussion || part.percussion;
    all.notes.insert(all.notes.end(), part.notes.begin(), part.notes.end());
    all.controls.insert(all.controls.end(), part.controls.begin(), part.controls.end());
  }
  all.name = track.name;
  all.sort();
  return all;
}

// Where on the tracks that are heard there are sounds which trained weights took part in.
std::vector<SoundWithWeights> sounds_with_weights(const song::Song& song, const std::vector<std::vector<PlacedClip>>& clips, const std::vector<TrackTake>& takes) {
  std::vector<SoundWithWeights> found;
  const auto add = [&](const song::Track& track, const std::string& sound, const std::vector<song::WeightsUsed>& weights) {
    const bool known = std::any_of(found.begin(), found.end(), [&](const SoundWithWeights& f) { return f.track == track.id && f.sound == sound; });
    if (!weights.empty() && !known) found.push_back({track.id, sound, weights});
  };
  for (std::size_t i = 0; i < song.tracks.size(); ++i) {
    const song::Track& track = song.tracks[i];
    if (track.mute) continue;
    for (const PlacedClip& clip : clips[i]) add(track, clip.recipe.inputs.front().name, clip.recipe.weights);
    if (track.clips.empty()) add(track, track.instrument.substr(track.instrument.find(':') + 1), takes[i].weights);
  }
  return found;
}

// A Take that was found may have been made, to the same bits, of sounds that did not tell their weights. Now it is known.
void tell_weights(storage::TakeStore& store, const Digest& take, const song::Recipe& recipe) {
  if (recipe.weights.empty()) return;
  nlohmann::json record;
  try {
    record = nlohmann::json::parse(store.record(take));
    if (song::weights_told(record.at("recipe")) == recipe.weights) return;
  } catch (const std::exception&) {
    return;   // a damaged record: `why` says so
  }
  record["recipe"] = recipe.to_json();
  store.keep_record(take, record.dump(1) + "\n");
}

}  // namespace

BuildReport build(const fs::path& folder, const fs::path& data_dir, const Progress& progress) {
  const song::Song song = song::load(folder);
  const std::size_t count = song.tracks.size();
  storage::TakeStore store(folder / "takes");
  BuildReport report;
  report.length = to_seconds(Frames{song_frames(song)}, song.rate);
  progress.set(0, "reading the song");
  const fs::path export_folder = folder / "export";
  storage::make_folder(export_folder);
  ExportList list(export_folder);
  if (!store.of_this_boot()) {   // the power may have failed before all was on the disk
    progress.set(0, "checking what is there");
    store.remove_damaged();
    list.forget_all();
  }
  store.note_boot();

  std::vector<TrackMaterial> materials(count);
  std::vector<std::vector<PlacedClip>> clips(count);
  for (std::size_t i = 0; i < count; ++i) {
    const song::Track& track = song.tracks[i];
    if (track.clips.empty()) materials[i].notes = notes_of(storage::path_inside(folder, track.midi), track, materials[i].midi_digest);
    else clips[i] = place_clips(folder, song, track);
  }

  // Tracks of clips, then those with the most notes first, so that the cores end together.
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { 
    const auto weight = [&](std::size_t k) { return clips[k].empty() ? materials[k].notes.notes.size() : std::numeric_limits<std::size_t>::max(); };
    return weight(a) > weight(b);
  });
  std::vector<TrackTake> takes(count);
  std::vector<song::Recipe> recipes(count);
  std::atomic<int> built{0}, done{0};
  parallel_for(count, [&](std::size_t k) {
    const std::size_t i = order[k];
    for (const PlacedClip& clip : clips[i]) materials[i].clips.push_back({clip.frame, clip.frames, clip.gain, make_clip_take(clip, store, progress.quiet())});
    recipes[i] = track_recipe(song, song.tracks[i], materials[i], data_dir, folder);
    bool fresh = false;
    takes[i] = make_track_take(song, song.tracks[i], materials[i], recipes[i], store, data_dir, folder, fresh, progress.quiet());
    built += fresh ? 1 : 0;
    progress.part(0.02, 0.5).set(static_cast<double>(++done) / static_cast<double>(count), "playing " + song.tracks[i].name);
  });
  // After all were made: two tracks may hold one Take.
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t c = 0; c < clips[i].size(); ++c) tell_weights(store, materials[i].clips[c].take.digest, clips[i][c].recipe);
    tell_weights(store, takes[i].digest, recipes[i]);
  }
  report.sounds_with_weights = sounds_with_weights(song, clips, takes);
  report.tracks_built = built;
  report.tracks_kept = static_cast<int>(count) - built;

  std::vector<std::string> files{"master.wav", "master.flac", "master.mp3", "master.ogg", "picture.png", "song.mid"};
  std::vector<std::string> stems;
  for (const std::string& id : stem_ids(song)) stems.push_back("stems/" + id + ".wav");
  files.insert(files.end(), stems.begin(), stems.end());
  list.forget_others(files);

  const storage::Cache cache(folder / "takes" / "pieces");
  const Stems sounds = make_stems(song, takes, list, store.workspace("sends").parent_path(), cache, progress.part(0.5, 0.66));
  const song::Recipe mixing = mix_recipe(song, takes);
  const MixTake mix = make_mix(song, mixing, sounds, store, cache, report.mixed, progress.part(0.66, 0.7));
  tell_weights(store, mix.digest, mixing);
  report.mixed = report.mixed || sounds.made > 0;
  if (report.mixed) {
    for (std::size_t i = 0; i < stems.size(); ++i) list.note(stems[i], sounds.keys[i], mix.digest, sounds.weights[i]);
    list.save();
  }

  const song::Recipe mastering = master_recipe(song, mix, data_dir);
  const MasterTake master = make_master(song, mastering, mix, store, cache, data_dir, report.mastered, progress.part(0.7, 0.88));
  tell_weights(store, master.digest, mastering);
  report.weights = master.weights;
  report.loudness = Lufs{master.measured.value("loudness_lufs", -200.0)};
  report.true_peak = Decibels{master.measured.value("true_peak_dbtp", -200.0)};

  std::vector<score::Score> scores;
  std::vector<Digest> digests;
  for (std::size_t i = 0; i < count; ++i) {
    if (!song.tracks[i].clips.empty()) continue;   // no notes
    scores.push_back(std::move(materials[i].notes));
    digests.push_back(materials[i].midi_digest);
  }
  report.files_written = write_exports(song, scores, digests, master, cache, list, progress.part(0.88, 1));
  if (report.files_written > 0) list.save();
  progress.set(1, "done");
  return report;
}

}  // namespace figment::build
