#include "build/stem_step.h"

#include <algorithm>
#include <memory>

#include "audio/wave.h"
#include "base/error.h"
#include "base/executor.h"
#include "build/effect_chain.h"
#include "build/mix_recipe.h"
#include "build/sound_marks.h"
#include "mix/mixer.h"
#include "storage/files.h"

namespace figment::build {
namespace {

using Digests = std::vector<Digest>;

// Lists of digests in the cache, one for each segment.
Digest sound_list(const Digest& stem_key) { return sha256("stem segments " + stem_key); }
Digest cause_list(const Digest& stem_key) { return sha256("stem causes " + stem_key); }

Digests get_list(const storage::Cache& cache, const Digest& key, std::size_t count) {
  const std::string known = cache.get(key).value_or("");
  Digests list;
  for (std::size_t s = 0; known.size() == count * 64 && s < count; ++s) list.push_back(known.substr(s * 64, 64));
  list.resize(count);
  return list;
}

void put_list(const storage::Cache& cache, const Digest& key, const Digests& list) {
  std::string all;
  for (const Digest& d : list) all += d;
  cache.put(key, all);
}

mix::Mixdown make_desk(const song::Song& song, const std::vector<TrackTake>& takes, const std::filesystem::path& scratch) {
  const score::TempoMap tempo(song.tempo);
  const auto strip_of = [&song](const std::string& id) {
    for (std::size_t i = 0; i < song.tracks.size(); ++i)
      if (song.tracks[i].id == id) return static_cast<int>(i);
    return -1;
  };

  mix::Mixdown desk;
  desk.rate = song.rate;
  desk.tempo = song.tempo.front().tempo;
  desk.frames = song_frames(song);
  desk.scratch = scratch;
  const auto unscale = static_cast<float>(to_gain(kTakeHeadroom));
  for (std::size_t i = 0; i < song.tracks.size(); ++i) {
    const song::Track& track = song.tracks[i];
    mix::Strip strip;
    strip.name = track.id;
    strip.channels = takes[i].channels;
    strip.read = [reader = std::make_shared<audio::WaveReader>(takes[i].sound), unscale](std::int64_t frame, audio::AudioBlock out) {
      reader->read(frame, out);
      out.scale(unscale);
    };
    strip.inserts = make_inserts(track.effects, own_effects(track), track.effects.size(), track.automation, tempo,
                                 song.rate, strip_of, "track \"" + track.id + "\"");
    strip.gain = fader_for(track, takes[i]);
    strip.pan = track.pan;
    strip.mute = track.mute;
    for (const song::Send& send : track.sends) {
      for (std::size_t b = 0; b < song.buses.size(); ++b)
        if (song.buses[b].id == send.to) strip.sends.push_back({b, send.level, {}});
    }
    for (const song::Automation& lane : track.automation) {
      if (lane.target == "gain_db") strip.fader = to_curve(lane.points, tempo, song.rate);
      if (lane.target == "pan") strip.pan_curve = to_curve(lane.points, tempo, song.rate);
      if (lane.target.rfind("send.", 0) == 0)
        for (mix::Strip::Send& send : strip.sends)
          if (song.buses[send.bus].id == lane.target.substr(5)) send.curve = to_curve(lane.points, tempo, song.rate);
    }
    desk.strips.push_back(std::move(strip));
  }
  for (std::size_t b = 0; b < song.buses.size(); ++b) {
    const song::Bus& bus = song.buses[b];
    mix::Return ret;
    ret.name = bus.id;
    ret.gain = bus.gain;
    ret.effects = [&song, &bus, tempo, strip_of] {
      return make_inserts(bus.effects, 0, bus.effects.size(), {}, tempo, song.rate, strip_of, "bus \"" + bus.id + "\"");
    };
    (void)ret.effects();   // what makes no sense is said before anything is made
    desk.returns.push_back(std::move(ret));
  }

  return desk;
}

std::unique_ptr<audio::WaveReader> open_stem(const std::filesystem::path& file, std::int64_t frames) {
  auto reader = std::make_unique<audio::WaveReader>(file);
  if (reader->frames() != frames)
    throw Error(ErrorCode::Corrupt, file.string() + " has " + std::to_string(reader->frames()) + " frames, not " + std::to_string(frames), "remove it, and build again");
  return reader;
}

// Fills in what is not known of a stem's segments.
void complete(Digests& digests, const audio::WaveReader& stem, std::int64_t length) {
  parallel_for(digests.size(), [&](std::size_t s) {
    if (!digests[s].empty()) return;
    const std::int64_t at = static_cast<std::int64_t>(s) * length;
    thread_local std::vector<std::byte> stored;
    stem.read_stored(at, std::min(length, stem.frames() - at), stored);
    const bool silent = std::all_of(stored.begin(), stored.end(), [](std::byte b) { return b == std::byte{0}; });
    digests[s] = silent ? kSilence : sha256({reinterpret_cast<const char*>(stored.data()), stored.size()});
  });
}

// By segment, what a bus's sound depends on: everything that is sent to it within its reach.
Digests causes_of(const song::Song& song, const std::vector<TrackTake>& takes, const mix::Mixdown& desk, std::size_t bus, const std::vector<Digests>& sounds) {
  const mix::Reach reach = mix::reach_of(desk, bus);
  const Digest settings = bus_settings(song, takes, bus);
  const std::size_t count = sounds.front().size();
  Digests causes;
  for (std::size_t s = 0; s < count; ++s) {
    std::string all = settings + " " + std::to_string(s);
    for (std::size_t i = 0; i < desk.strips.size(); ++i) {
      if (std::none_of(desk.strips[i].sends.begin(), desk.strips[i].sends.end(), [&](const auto& send) { return send.bus == bus; })) continue;
      for (std::size_t k = s > reach.before ? s - reach.before : 0; k < std::min(count, s + reach.after + 1); ++k) all += sounds[i][k];
    }
    causes.push_back(sha256(all));
  }
  return causes;
}

}  // namespace

Stems make_stems(const song::Song& song, const std::vector<TrackTake>& takes, ExportList& list,
                 const std::filesystem::path& scratch, const storage::Cache& cache, const Progress& progress) {
  const std::filesystem::path folder = list.folder() / "stems";
  const std::vector<std::string> ids = stem_ids(song);
  const std::size_t strips = song.tracks.size();
  const std::int64_t length = mix::segment_frames(song.rate), frames = song_frames(song);
  const auto count = static_cast<std::size_t>((frames + length - 1) / length);
  Stems stems;
  stems.keys = stem_keys(song, takes);
  stems.weights = stem_weights(song, takes);
  std::vector<char> wanted;
  std::vector<std::optional<Digest>> old;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    stems.files.push_back(folder / (ids[i] + ".wav"));
    old.push_back(list.key_of("stems/" + ids[i] + ".wav"));
    wanted.push_back(old[i] != stems.keys[i]);
    stems.segments.push_back(get_list(cache, sound_list(stems.keys[i]), count));
  }
  stems.made = static_cast<int>(std::count(wanted.begin(), wanted.end(), true));

  // The desk is set up even if nothing is wanted: what makes no sense is said before anything is made.
  mix::Mixdown desk = make_desk(song, takes, scratch);
  std::vector<std::unique_ptr<audio::WaveWriter>> writers(ids.size());
  desk.on_stem = [&](std::size_t stem, std::int64_t frame, audio::AudioView view) { writers[stem]->write(frame, view); };
  const auto begin = [&](std::size_t i) { writers[i] = std::make_unique<audio::WaveWriter>(stems.files[i], audio::WaveSamples::Int24, song.rate, 2, frames); };
  const auto finish = [&](std::size_t i) {
    writers[i]->commit();
    list.note("stems/" + ids[i] + ".wav", stems.keys[i], {});
  };
  if (stems.made > 0) storage::make_folder(folder);

  for (std::size_t i = 0; i < strips; ++i) {
    if (wanted[i] != 0) begin(i);
    else desk.strips[i].finished = [](std::int64_t, audio::AudioBlock) {};
  }
  mix::mix_strips(desk, progress.part(0, 0.6));
  for (std::size_t i = 0; i < strips; ++i)
    if (wanted[i] != 0) finish(i);
  const auto know = [&](std::size_t i) {
    if (std::none_of(stems.segments[i].begin(), stems.segments[i].end(), [](const Digest& d) { return d.empty(); })) return;
    complete(stems.segments[i], *open_stem(stems.files[i], frames), length);
    put_list(cache, sound_list(stems.keys[i]), stems.segments[i]);
  };
  for (std::size_t i = 0; i < strips; ++i) {
    know(i);
    desk.strips[i].finished = [reader = std::shared_ptr<audio::WaveReader>(open_stem(stems.files[i], frames))](std::int64_t frame, audio::AudioBlock out) { reader->read(frame, out); };
  }

  for (std::size_t b = 0; b < song.buses.size(); ++b) {
    const std::size_t i = strips + b;
    auto& made = desk.returns[b].wanted;
    made.assign(count, 0);
    if (wanted[i] == 0) continue;
    // What the file that is replaced holds of the new one.
    const Digests causes = causes_of(song, takes, desk, b, stems.segments);
    Digests old_causes(count), old_sounds(count);
    std::unique_ptr<audio::WaveReader> kept;
    if (old[i]) {
      old_causes = get_list(cache, cause_list(*old[i]), count);
      old_sounds = get_list(cache, sound_list(*old[i]), count);
      kept = std::make_unique<audio::WaveReader>(stems.files[i]);
    }
    begin(i);
    parallel_for(count, [&](std::size_t s) {
      const std::int64_t at = static_cast<std::int64_t>(s) * length;
      made[s] = old_causes[s] != causes[s] || old_sounds[s].empty();
      if (made[s] != 0) return;
      writers[i]->copy(at, std::min(length, frames - at), *kept, at);
      stems.segments[i][s] = old_sounds[s];
    });
    put_list(cache, cause_list(stems.keys[i]), causes);
  }
  mix::mix_returns(desk, progress.part(0.6, 1));
  for (std::size_t i = strips; i < ids.size(); ++i) {
    if (wanted[i] != 0) finish(i);
    know(i);
  }
  bool marked = false;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string file = "stems/" + ids[i] + ".wav";
    if (list.entries().at(file).weights == stems.weights[i]) continue;
    audio::Tags tags = stems.weights[i].empty() ? no_marks() : audio::Tags{};
    mark_weights(tags, stems.weights[i], true);
    audio::write_tags(stems.files[i], tags);
    list.note_weights(file, stems.weights[i]);
    marked = true;
  }
  if (stems.made > 0 || marked) list.save();
  return stems;
}

}  // namespace figment::build
