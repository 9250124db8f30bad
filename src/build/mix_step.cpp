#include "build/mix_step.h"

#include <algorithm>
#include <optional>

#include "analysis/gated_loudness.h"
#include "audio/file.h"
#include "build/effect_chain.h"
#include "mix/mixer.h"
#include "storage/files.h"

namespace figment::build {
namespace {

constexpr int kVersion = 1;

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

}  // namespace

Decibels fader_for(const song::Track& track, const TrackTake& take) noexcept {
  if (take.loudness <= Lufs{-120}) return Decibels{-120};
  const Lufs wanted = kMixReference + track.loudness;
  return Decibels{std::clamp(gain_between(take.loudness, wanted).value, -60.0, 40.0)} + track.gain;
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

storage::TakeStore::Found make_mix(const song::Song& song, const std::vector<TrackTake>& takes,
                                   const song::Recipe& recipe, storage::TakeStore& store,
                                   const std::filesystem::path& stems_folder, const std::vector<bool>& wanted,
                                   const Progress& progress) {
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
  const auto unscale = static_cast<float>(to_gain(kTakeHeadroom));
  for (std::size_t i = 0; i < song.tracks.size(); ++i) {
    const song::Track& track = song.tracks[i];
    mix::Strip strip;
    strip.name = track.id;
    strip.channels = takes[i].channels;
    strip.read = [reader = std::make_shared<audio::AudioReader>(takes[i].sound), unscale](audio::AudioBlock out) {
      const std::int64_t got = reader->read(out);
      out.part(0, got).scale(unscale);
      out.part(got, out.frames() - got).clear();
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
  for (const song::Bus& bus : song.buses) {
    mix::Return ret;
    ret.name = bus.id;
    ret.gain = bus.gain;
    ret.effects = make_inserts(bus.effects, 0, bus.effects.size(), {}, tempo, song.rate, strip_of, "bus \"" + bus.id + "\"");
    desk.returns.push_back(std::move(ret));
  }

  storage::make_folder(stems_folder);
  std::vector<std::optional<audio::AudioWriter>> stems;
  const auto add_stem = [&](const std::string& id) {
    auto& stem = stems.emplace_back();
    if (wanted[stems.size() - 1]) stem.emplace(stems_folder / (id + ".wav"), audio::FileFormat::Wav24, song.rate, 2);
  };
  for (const song::Track& track : song.tracks) add_stem(track.id);
  for (const song::Bus& bus : song.buses) add_stem(bus.id);

  const auto aside = store.workspace("mix");
  audio::AudioWriter writer(aside, audio::FileFormat::Wav24, song.rate, 2);
  analysis::GatedLoudnessMeter meter(song.rate);
  const auto scale = static_cast<float>(to_gain(-kTakeHeadroom));
  audio::AudioBuffer scaled(2, 1 << 15, song.rate);
  desk.on_stem = [&](std::size_t stem, audio::AudioView view) {
    if (stems[stem]) stems[stem]->write(view);
  };
  desk.on_mix = [&](audio::AudioView view) {
    meter.add(view);
    const audio::AudioBlock part = scaled.block().part(0, view.frames());
    part.copy_from(view);
    part.scale(scale);
    writer.write(part);
  };
  mix::mix_down(desk, progress);
  writer.commit(audio::AudioWriter::Sync::No);
  for (auto& stem : stems)
    if (stem) stem->commit(audio::AudioWriter::Sync::No);

  const nlohmann::json record{{"recipe", recipe.to_json()},
                              {"measured", {{"channels", 2},
                                            {"frames", desk.frames},
                                            {"loudness_lufs", meter.result().value},
                                            {"scale_db", -kTakeHeadroom.value}}}};
  const Digest digest = store.keep(aside, ".wav", record.dump(1) + "\n");
  store.remember(recipe.key(), digest, ".wav");
  return *store.find(recipe.key());
}

}  // namespace figment::build
