#include "build/mix_recipe.h"

#include <algorithm>
#include <cmath>

#include "build/effect_chain.h"

namespace figment::build {
namespace {

constexpr int kMixVersion = 4;

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

// What a strip's stem depends on: all of this but what is sent elsewhere.
nlohmann::json stem_json_of(const song::Track& track, const TrackTake& take) {
  nlohmann::json s = json_of(track, take);
  s.erase("sends");
  for (const song::Automation& lane : track.automation)
    if (lane.target.rfind("send.", 0) == 0) s["automation"].erase(lane.target);
  return s;
}

}  // namespace

Decibels fader_for(const song::Track& track, const TrackTake& take) noexcept {
  if (take.loudness <= Lufs{-120}) return Decibels{-120};
  const Lufs wanted = kMixReference + track.loudness;
  return Decibels{std::clamp(std::round(2 * gain_between(take.loudness, wanted).value) / 2, -60.0, 40.0)} + track.gain;
}

song::Recipe mix_recipe(const song::Song& song, const std::vector<TrackTake>& takes) {
  song::Recipe recipe;
  recipe.engine = "builtin.mix";
  recipe.version = kMixVersion;
  auto& p = recipe.parameters;
  for (const auto& t : song.tempo) p["tempo"].push_back({t.at.value, t.tempo.value});
  for (std::size_t i = 0; i < song.tracks.size(); ++i) {
    p["strips"].push_back(json_of(song.tracks[i], takes[i]));
    recipe.inputs.push_back({"take", "track " + song.tracks[i].id, takes[i].digest});
    if (!song.tracks[i].mute) song::unite(recipe.weights, takes[i].weights);
  }
  for (const song::Bus& bus : song.buses)
    p["buses"].push_back({{"id", bus.id}, {"gain_db", bus.gain.value}, {"effects", json_of(bus.effects, 0)}});
  return recipe;
}

std::vector<std::string> stem_ids(const song::Song& song) {
  std::vector<std::string> ids;
  for (const song::Track& track : song.tracks) ids.push_back(track.id);
  for (const song::Bus& bus : song.buses) ids.push_back(bus.id);
  return ids;
}

std::vector<std::vector<song::WeightsUsed>> stem_weights(const song::Song& song, const std::vector<TrackTake>& takes) {
  std::vector<std::vector<song::WeightsUsed>> weights(song.tracks.size() + song.buses.size());
  for (std::size_t i = 0; i < song.tracks.size(); ++i) {
    if (song.tracks[i].mute) continue;
    weights[i] = takes[i].weights;
    for (std::size_t b = 0; b < song.buses.size(); ++b)
      for (const song::Send& send : song.tracks[i].sends)
        if (send.to == song.buses[b].id) song::unite(weights[song.tracks.size() + b], takes[i].weights);
  }
  return weights;
}

namespace {

nlohmann::json common_of(const song::Song& song) {
  nlohmann::json common{{"version", kMixVersion}, {"frames", song_frames(song)}, {"rate_hz", song.rate.value}};
  for (const auto& t : song.tempo) common["tempo"].push_back({t.at.value, t.tempo.value});
  return common;
}

// The Takes that drive effects.
nlohmann::json heard(const song::Song& song, const std::vector<TrackTake>& takes, const std::vector<song::Effect>& effects) {
  nlohmann::json list = nlohmann::json::array();
  for (const song::Effect& effect : effects)
    for (std::size_t i = 0; i < song.tracks.size(); ++i)
      if (song.tracks[i].id == effect.key) list.push_back(takes[i].digest);
  return list;
}

}  // namespace

Digest bus_settings(const song::Song& song, const std::vector<TrackTake>& takes, std::size_t bus) {
  const song::Bus& b = song.buses[bus];
  nlohmann::json settings{common_of(song), b.id, b.gain.value, json_of(b.effects, 0), heard(song, takes, b.effects)};
  for (const song::Track& track : song.tracks) {
    nlohmann::json sent{track.id};
    for (const song::Send& send : track.sends)
      if (send.to == b.id) sent.push_back(send.level.value);
    for (const song::Automation& lane : track.automation)
      if (lane.target == "send." + b.id)
        for (const auto& point : lane.points) sent.push_back({point.at.value, point.value});
    if (sent.size() > 1) settings.push_back(sent);
  }
  return sha256(settings.dump());
}

std::vector<Digest> stem_keys(const song::Song& song, const std::vector<TrackTake>& takes) {
  std::vector<Digest> keys;
  for (std::size_t i = 0; i < song.tracks.size(); ++i)
    keys.push_back(sha256(nlohmann::json{common_of(song), stem_json_of(song.tracks[i], takes[i]), takes[i].digest, heard(song, takes, song.tracks[i].effects)}.dump()));
  for (std::size_t b = 0; b < song.buses.size(); ++b) {
    nlohmann::json senders = nlohmann::json::array();
    for (std::size_t i = 0; i < song.tracks.size(); ++i)
      for (const song::Send& send : song.tracks[i].sends)
        if (send.to == song.buses[b].id) senders.push_back(keys[i]);
    keys.push_back(sha256(nlohmann::json{bus_settings(song, takes, b), senders}.dump()));
  }
  return keys;
}

}  // namespace figment::build
