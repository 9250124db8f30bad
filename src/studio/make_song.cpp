#include "studio/make_song.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "build/sound_marks.h"
#include "compose/brief.h"
#include "compose/composer.h"
#include "roles/composer.h"
#include "roles/registry.h"
#include "score/midi_file.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "studio/data_dir.h"
#include "studio/music_base.h"
#include "studio/originals.h"
#include "studio/out_file.h"
#include "studio/reference.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

class BuiltinComposer final : public roles::Composer {
 public:
  BuiltinComposer(fs::path data_dir, std::shared_ptr<const compose::Reference> reference) : data_dir_(std::move(data_dir)), reference_(std::move(reference)) {}
  roles::EngineInfo info() const override { return {"builtin", 1, "composes from theory, style files and learned tables", {}}; }
  Result compose(const std::string& prompt, std::uint64_t seed) override {
    const auto vocabulary = compose::load_vocabulary(data_dir_ / "data");
    compose::Composition made = compose::compose(compose::read_brief(prompt, *vocabulary), seed, data_dir_, reference_);
    return {std::move(made.song), std::move(made.scores), std::move(made.chosen), std::move(made.remarks)};
  }

 private:
  fs::path data_dir_;
  std::shared_ptr<const compose::Reference> reference_;
};

SongMade write_document(const SongRequest& request, const Progress& progress) {
  const fs::path data_dir = find_data_dir();
  ReferenceHeard example;
  Digest example_digest;
  if (!request.reference.empty()) {
    example = hear_reference(request.reference, progress.part(0, 0.9));
    example_digest = sha256_file(request.reference);
    // The base that a song is built round is heard in it, and told with its clip.
    if (const auto weights = build::made_by(request.reference).weights; !weights.empty() && request.music.engine.empty())
      example.remarks.push_back("trained weights took part in the reference: " + song::weights_text(weights) + "; the song goes by it, but holds no sound of it");
  }
  progress.set(0.9, "composing");
  roles::Registry<roles::Composer> composers;
  composers.add("builtin", [&] { return std::make_unique<BuiltinComposer>(data_dir, example.reference); });
  const auto composer = composers.make(request.composer);

  SongMade made;
  made.seed = request.seed.value_or(seed_for(request.prompt));
  roles::Composer::Result result = composer->compose(request.prompt, made.seed);
  result.remarks.insert(result.remarks.end(), example.remarks.begin(), example.remarks.end());
  song::Song& song = result.song;
  song.prompt = request.prompt;
  song.seed = made.seed;
  song.composer = composer->info().name + " " + std::to_string(composer->info().version);
  // As the document's reader gives it back: compact, keys sorted.
  song.brief = nlohmann::json::parse(show_brief(request.prompt).json).dump();

  made.folder = request.folder.empty() ? free_name(plain_word(song.title, "song"), "") : request.folder;
  for (const SampleWish& wish : request.samples) check_samples(song, wish);
  std::error_code status;
  if (fs::exists(made.folder / "song.json", status)) {
    // The same request again continues; another one must not destroy what is there.
    const song::Song there = song::load(made.folder);
    const bool samples_there = std::all_of(request.samples.begin(), request.samples.end(), [&](const SampleWish& wish) { return plays_samples(there, wish); });
    if (!samples_there)
      throw Error(ErrorCode::InvalidArgument, made.folder.string() + " holds a song already, whose instruments are not changed by making it again", "give it the samples with: figment instrument " + made.folder.string() + " PART SAMPLES");
    if (there.prompt != song.prompt || there.seed != song.seed || (there.reference ? there.reference->sha256 : Digest{}) != example_digest)
      throw Error(ErrorCode::InvalidArgument, made.folder.string() + " already holds another song: \"" + there.title + "\"",
                  "choose another folder with -o, or rebuild that one with: figment build " + made.folder.string());
  } else {
    if (fs::exists(made.folder, status) && !fs::is_directory(made.folder, status))
      throw Error(ErrorCode::InvalidArgument, made.folder.string() + " is a file, not a folder", "choose another name with -o");
    const bool ours = !fs::exists(made.folder, status);
    storage::make_folder(made.folder / "midi");
    for (const song::Track& track : song.tracks) {
      const auto score = result.scores.find(track.id);
      if (score == result.scores.end())
        throw Error(ErrorCode::InvalidArgument, "composer \"" + request.composer + "\" wrote no notes for track \"" + track.id + "\"");
      const score::MidiContext context{track.name, song.tempo, song.metre, song.key, {}};
      storage::write_file(storage::path_inside(made.folder, track.midi), score::to_midi({score->second}, context));
    }
    if (!request.reference.empty()) song.reference = song::Example{keep_original(request.reference, made.folder, example_digest), example_digest};
    try {
      for (const SampleWish& wish : request.samples) play_samples(song, result.scores, wish, made.folder, result.remarks, progress);
    } catch (...) {
      if (ours) fs::remove_all(made.folder, status);       // no song came of it
      throw;
    }
    song::save(song, made.folder);  // last: a folder with a song.json is complete
  }
  made.title = song.title;
  made.style = song.style;
  made.key = song.key.text();
  made.metre = song.metre.text();
  made.bpm = song.tempo.front().tempo.value;
  made.bars = song.bars;
  made.chosen = std::move(result.chosen);
  made.remarks = std::move(result.remarks);
  return made;
}

struct ScratchFolder {
  fs::path path;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

SongMade make_song_round_music(SongRequest request, const Progress& progress) {
  if (!request.reference.empty()) throw Error(ErrorCode::InvalidArgument, "a song goes by one sound: either --reference or --music");
  constexpr double kMade = 0.6, kHeard = 0.7;
  const MusicBase base = make_music_base(request.music, request.music_seconds, request.prompt, request.seed.value_or(seed_for(request.prompt)), request.folder, progress.part(0, kMade));
  const ScratchFolder scratch{base.scratch};
  request.reference = base.file;
  SongMade made = write_document(request, progress.part(kMade, kHeard));
  made.remarks.insert(made.remarks.begin(), base.remarks.begin(), base.remarks.end());
  const auto remarks = add_music_base(made.folder, progress.part(kHeard, kHeard));
  made.remarks.insert(made.remarks.end(), remarks.begin(), remarks.end());
  made.build = build_song(made.folder, progress.part(kHeard, 1));
  return made;
}

}  // namespace

std::uint64_t seed_for(const std::string& prompt) {
  // Small enough to be typed again.
  return std::stoull(sha256(prompt).substr(0, 8), nullptr, 16) % 1000000;
}

SongMade make_song(const SongRequest& request, const Progress& progress) {
  if (!request.music.engine.empty()) return make_song_round_music(request, progress);
  const double listening = request.reference.empty() ? 0.05 : 0.3;
  SongMade made = write_document(request, progress.part(0, listening));
  made.build = build_song(made.folder, progress.part(listening, 1));
  return made;
}

SongMade write_midi(const SongRequest& request, const Progress& progress) {
  SongMade made = write_document(request, progress);
  const song::Song song = song::load(made.folder);
  std::vector<score::Score> scores;
  for (const song::Track& track : song.tracks) {
    const fs::path file = storage::path_inside(made.folder, track.midi);
    for (score::Score& s : score::parse_midi(storage::read_file(file), file.string()).tracks) {
      s.name = track.name;
      scores.push_back(std::move(s));
    }
  }
  score::MidiContext context{song.title, song.tempo, song.metre, song.key, {}};
  for (const song::Section& s : song.sections) context.markers.push_back({song.metre.bar() * (s.bar - 1.0), s.name});
  storage::write_file(made.folder / "song.mid", score::to_midi(scores, context));
  return made;
}

build::BuildReport build_song(const fs::path& folder, const Progress& progress) {
  return build::build(folder, find_data_dir(), progress);
}

BriefShown show_brief(const std::string& prompt) {
  const auto vocabulary = compose::load_vocabulary(find_data_dir() / "data");
  const compose::Brief brief = compose::read_brief(prompt, *vocabulary);
  return {compose::describe(brief), compose::to_json(brief)};
}

}  // namespace figment::studio
