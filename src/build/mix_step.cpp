#include "build/mix_step.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>

#include "audio/wave.h"
#include "base/error.h"
#include "base/executor.h"
#include "build/effect_chain.h"
#include "build/segments.h"
#include "mix/mixer.h"
#include "storage/files.h"

namespace figment::build {
namespace {

constexpr int kVersion = 3;

nlohmann::json json_of(const std::vector<song::Effect>& effects, std::size_t first) {
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = first; i < effects.size(); ++i)
    list.push_back({{"type", effects[i].type}, {"parameters", effects[i].parameters}, {"key", effects[i].key}});
  return list;
}

nlohmann::json json_of(const song::Track& track, const TrackTake& take) {
  nlohmann::json s{{"id", track.id},     {"fader_db", fader_for(track, take).value}, {"pan", track.pan},
                   {"mute", track.mute}, {"effects", json_of(track.effects, own_effects(track))}};
  for (const song::Send& send : track.sends) s["sends"].push_back({send.to, send.level.value});
  for (const song::Automation& lane : track.automation)
    for (const auto& point : lane.points) s["automation"][lane.target].push_back({point.at.value, point.value});
  return s;
}

std::vector<std::string> stem_ids(const song::Song& song) {
  std::vector<std::string> ids;
  for (const song::Track& track : song.tracks) ids.push_back(track.id);
  for (const song::Bus& bus : song.buses) ids.push_back(bus.id);
  return ids;
}

std::filesystem::path stem_file(const std::filesystem::path& folder, const std::string& id) { return folder / (id + ".wav"); }

// Under which the cache holds the digests of a stem's segments.
Digest segments_key(const Digest& stem_key) { return sha256("stem segments " + stem_key); }
const Digest kSilent(64, '0');   // of a segment that holds only zeros

}  // namespace

Decibels fader_for(const song::Track& track, const TrackTake& take) noexcept {
  if (take.loudness <= Lufs{-120}) return Decibels{-120};
  const Lufs wanted = kMixReference + track.loudness;
  return Decibels{std::clamp(std::round(2 * gain_between(take.loudness, wanted).value) / 2, -60.0, 40.0)} + track.gain;
}

song::Recipe mix_recipe(const song::Song& song, const std::vector<TrackTake>& takes) {
  song::Recipe recipe;
  recipe.engine = "builtin.mix";
  recipe.version = kVersion;
  auto& p = recipe.parameters;
  for (const auto& t : song.tempo) p["tempo"].push_back({t.at.value, t.tempo.value});
  for (std::size_t i = 0; i < song.tracks.size(); ++i) {
    p["strips"].push_back(json_of(song.tracks[i], takes[i]));
    recipe.inputs.push_back({"take", "track " + song.tracks[i].id, takes[i].digest});
  }
  for (const song::Bus& bus : song.buses)
    p["buses"].push_back({{"id", bus.id}, {"gain_db", bus.gain.value}, {"effects", json_of(bus.effects, 0)}});
  return recipe;
}

std::vector<Digest> stem_keys(const song::Song& song, const std::vector<TrackTake>& takes) {
  nlohmann::json common{{"version", kVersion}, {"frames", song_frames(song)}, {"rate_hz", song.rate.value}};
  for (const auto& t : song.tempo) common["tempo"].push_back({t.at.value, t.tempo.value});
  const auto heard = [&](const std::vector<song::Effect>& effects) {
    nlohmann::json list = nlohmann::json::array();
    for (const song::Effect& effect : effects)
      for (std::size_t i = 0; i < song.tracks.size(); ++i)
        if (song.tracks[i].id == effect.key) list.push_back(takes[i].digest);
    return list;
  };
  std::vector<Digest> keys;
  for (std::size_t i = 0; i < song.tracks.size(); ++i)
    keys.push_back(sha256(nlohmann::json{common, json_of(song.tracks[i], takes[i]), takes[i].digest, heard(song.tracks[i].effects)}.dump()));
  for (const song::Bus& bus : song.buses) {
    nlohmann::json senders = nlohmann::json::array();
    for (std::size_t i = 0; i < song.tracks.size(); ++i)
      for (const song::Send& send : song.tracks[i].sends)
        if (send.to == bus.id) senders.push_back(keys[i]);
    keys.push_back(sha256(nlohmann::json{common, bus.id, bus.gain.value, json_of(bus.effects, 0), heard(bus.effects), senders}.dump()));
  }
  return keys;
}

void make_stems(const song::Song& song, const std::vector<TrackTake>& takes, const std::vector<bool>& wanted,
                const std::filesystem::path& folder, const std::filesystem::path& scratch, const Progress& progress) {
  const score::TempoMap tempo(song.tempo);
  const auto strip_of = [&](const std::string& id) {
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
    if (!wanted[i]) {
      strip.finished = [reader = std::make_shared<audio::WaveReader>(stem_file(folder, track.id))](std::int64_t frame, audio::AudioBlock out) {
        reader->read(frame, out);
      };
    }
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
    ret.effects = [&] { return make_inserts(bus.effects, 0, bus.effects.size(), {}, tempo, song.rate, strip_of, "bus \"" + bus.id + "\""); };
    (void)ret.effects();   // what makes no sense is said before anything is made
    ret.finished = !wanted[song.tracks.size() + b];
    desk.returns.push_back(std::move(ret));
  }

  storage::make_folder(folder);
  const std::vector<std::string> ids = stem_ids(song);
  std::vector<std::unique_ptr<audio::WaveWriter>> stems(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (wanted[i]) stems[i] = std::make_unique<audio::WaveWriter>(stem_file(folder, ids[i]), audio::WaveSamples::Int24, song.rate, 2, desk.frames);
  desk.on_stem = [&](std::size_t stem, std::int64_t frame, audio::AudioView view) { stems[stem]->write(frame, view); };
  mix::mix_down(desk, progress);
  for (auto& stem : stems)
    if (stem) stem->commit();
}

MixTake make_mix(const song::Song& song, const song::Recipe& recipe, const std::vector<Digest>& stem_keys,
                 const std::filesystem::path& folder, storage::TakeStore& store, const storage::Cache& cache,
                 bool& built, const Progress& progress) {
  const Digest key = recipe.key(), tally_key = sha256("mix tally " + key);
  const std::int64_t frames = song_frames(song), length = mix::segment_frames(song.rate);
  const auto count = static_cast<std::size_t>((frames + length - 1) / length);
  built = false;
  if (const auto found = store.find(key)) {
    if (const auto bytes = cache.get(tally_key))
      if (auto tally = analysis::Tally::from_bytes(*bytes)) return {found->take, found->sound, std::move(*tally)};
  }
  built = true;

  // The digests of the stems' segments, where an earlier build noted them.
  const std::vector<std::string> ids = stem_ids(song);
  std::vector<std::unique_ptr<audio::WaveReader>> stems;
  std::vector<std::vector<Digest>> digests(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    stems.push_back(std::make_unique<audio::WaveReader>(stem_file(folder, ids[i])));
    if (stems.back()->frames() != frames)
      throw Error(ErrorCode::Corrupt, stem_file(folder, ids[i]).string() + " has " + std::to_string(stems.back()->frames()) + " frames, not " +
                                          std::to_string(frames), "remove it, and build again");
    const std::string known = cache.get(segments_key(stem_keys[i])).value_or("");
    if (known.size() == count * 64)
      for (std::size_t s = 0; s < count; ++s) digests[i].push_back(known.substr(s * 64, 64));
  }
  for (auto& d : digests) d.resize(count);

  const Segments segments(store, cache);
  const auto aside = store.workspace("mix");
  audio::WaveWriter writer(aside, audio::WaveSamples::Float32, song.rate, 2, frames);
  std::vector<Digest> keys(count);
  std::vector<analysis::Tally> tallies(count);
  std::atomic<std::size_t> done{0};
  parallel_for(count, [&](std::size_t s) {
    const std::int64_t at = static_cast<std::int64_t>(s) * length, size = std::min(length, frames - at);
    // Kept between segments: a fresh page costs as much as reading into it.
    thread_local std::vector<std::vector<std::byte>> stored;
    stored.resize(ids.size());
    std::vector<char> read(ids.size());
    std::string all = "mix segment 1 ";
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (digests[i][s].empty()) {
        stems[i]->read_stored(at, size, stored[i]);
        read[i] = 1;
        const bool silent = std::all_of(stored[i].begin(), stored[i].end(), [](std::byte b) { return b == std::byte{0}; });
        digests[i][s] = silent ? kSilent : sha256({reinterpret_cast<const char*>(stored[i].data()), stored[i].size()});
      }
      all += digests[i][s];
    }
    keys[s] = sha256(all);
    audio::AudioBuffer sum(2, size, song.rate);
    const auto place = segments.find(keys[s]);
    const auto bytes = place ? cache.get(sha256("tally " + keys[s])) : std::nullopt;
    if (auto tally = bytes ? analysis::Tally::from_bytes(*bytes) : std::nullopt) {
      tallies[s] = std::move(*tally);
      audio::WaveReader(place->sound).read(place->frame, sum.block());
    } else {
      audio::AudioBuffer stem(2, size, song.rate);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        if (digests[i][s] == kSilent) continue;
        if (read[i] == 0) stems[i]->read_stored(at, size, stored[i]);
        stems[i]->understand(stored[i], stem.block());
        sum.block().add(stem.view());
      }
      tallies[s] = analysis::tally({}, sum.view());
      cache.put(sha256("tally " + keys[s]), tallies[s].to_bytes());
    }
    writer.write(at, sum.view());
    progress.set(static_cast<double>(++done) / static_cast<double>(count), "adding up");
  });
  writer.commit();

  MixTake take;
  for (const analysis::Tally& t : tallies) take.tally.append(t);
  const nlohmann::json record{{"recipe", recipe.to_json()},
                              {"measured", {{"channels", 2}, {"frames", frames}, {"loudness_lufs", take.tally.loudness().integrated.value}}}};
  take.digest = store.keep(aside, ".wav", record.dump(1) + "\n");
  for (std::size_t s = 0; s < count; ++s) segments.note(keys[s], take.digest, static_cast<std::int64_t>(s) * length);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::string all;
    for (const Digest& d : digests[i]) all += d;
    cache.put(segments_key(stem_keys[i]), all);
  }
  cache.put(tally_key, take.tally.to_bytes());
  store.remember(key, take.digest, ".wav");
  take.sound = store.find(key)->sound;
  return take;
}

}  // namespace figment::build
