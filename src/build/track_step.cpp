#include "build/track_step.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>

#include "analysis/gated_loudness.h"
#include "audio/wave.h"
#include "base/denormals.h"
#include "base/error.h"
#include "build/effect_chain.h"
#include "build/sound_marks.h"
#include "instruments/preset.h"
#include "instruments/render.h"

namespace figment::build {
namespace {

constexpr int kTrackVersion = 4;        // raise when the sound of any track may change
constexpr int kBlock = 512;        // as render_score delivers
constexpr std::int64_t kPiece = 16384;

// Effects after which a mono sound is no longer mono.
constexpr std::array kWidening{"chorus", "phaser", "flanger", "tremolo", "delay", "reverb", "width", "pan", "lofi"};

bool widens(const song::Effect& effect) {
  return std::find(kWidening.begin(), kWidening.end(), effect.type) != kWidening.end();
}

TrackTake from_record(const storage::TakeStore::Found& found, const storage::TakeStore& store, const song::Recipe& recipe) {
  const auto record = nlohmann::json::parse(store.record(found.take));
  const auto& measured = record.at("measured");
  return {found.take, found.sound, measured.at("channels").get<int>(), Lufs{measured.at("loudness_lufs").get<double>()}, recipe.weights};
}

// What plays: gives so many frames from the song's start, at most kBlock at a time.
using Sink = std::function<void(audio::AudioView)>;
struct Player {
  int channels = 1;
  std::function<void(std::int64_t frames, const Sink& sink, const Progress& progress)> play;
};

Player instrument_player(const song::Song& song, const song::Track& track, const score::Score& notes, const std::filesystem::path& data_dir, const std::filesystem::path& folder) {
  const std::shared_ptr<instruments::Instrument> instrument = instruments::make_instrument(data_dir, track.instrument, song.seed, song.key.tonic, folder);
  return {instrument->channels(), [&song, &notes, instrument](std::int64_t frames, const Sink& sink, const Progress& progress) {
            instruments::render_score(*instrument, notes, score::TempoMap(song.tempo), song.rate, Frames{frames}, sink, progress);
          }};
}

// Clips that are cut off end in 5 ms.
Player clip_player(const std::vector<ClipInPlace>& clips, Hertz rate) {
  int channels = 1;
  for (const ClipInPlace& c : clips) channels = std::max(channels, c.take.channels);
  return {channels, [&clips, rate, channels](std::int64_t frames, const Sink& sink, const Progress& progress) {
            const std::int64_t fade = to_frames(Seconds{0.005}, rate).value;
            std::vector<std::unique_ptr<audio::WaveReader>> readers;
            for (const ClipInPlace& c : clips) readers.push_back(std::make_unique<audio::WaveReader>(c.take.sound));
            audio::AudioBuffer block(channels, kBlock, rate), own(2, kBlock, rate);
            const auto restore = static_cast<float>(to_gain(kTakeHeadroom));
            for (std::int64_t at = 0; at < frames; at += kBlock) {
              const audio::AudioBlock out = block.block().part(0, std::min<std::int64_t>(kBlock, frames - at));
              out.clear();
              for (std::size_t i = 0; i < clips.size(); ++i) {
                const ClipInPlace& c = clips[i];
                const std::int64_t from = std::max(at, c.frame), to = std::min(at + out.frames(), c.frame + c.frames);
                if (from >= to) continue;
                const audio::AudioBlock part(own.channel(0), own.frames(), c.take.channels, to - from, rate);
                readers[i]->read(from - c.frame, part);
                if (c.frames < readers[i]->frames()) {
                  for (int ch = 0; ch < part.channels(); ++ch)
                    for (std::int64_t n = 0; n < part.frames(); ++n) {
                      const std::int64_t left = c.frame + c.frames - 1 - (from + n);
                      if (left < fade) part.channel(ch)[n] *= static_cast<float>(left) / static_cast<float>(fade);
                    }
                }
                out.part(from - at, to - from).add(part, restore * static_cast<float>(c.gain));
              }
              sink(out);
              progress.set(static_cast<double>(at) / static_cast<double>(frames), "placing clips");
            }
          }};
}

}  // namespace

namespace {

// The records of the Takes that go in.
std::map<Digest, nlohmann::json> records_of(const song::Recipe& recipe, const storage::TakeStore& store) {
  std::map<Digest, nlohmann::json> records;
  for (const song::Input& input : recipe.inputs) {
    if (input.kind != "take") continue;
    try {
      records[input.digest] = nlohmann::json::parse(store.record(input.digest));
    } catch (const std::exception&) {
      // It tells nothing, then.
    }
  }
  return records;
}

// A clip as long as the song, with nothing done to it, is the track's sound, bit for bit, and so the same Take: its record must not say
// that it was made of itself, but what that was made of.
nlohmann::json past_itself(nlohmann::json record, const Digest& take, const nlohmann::json& before) {
  nlohmann::json inputs = nlohmann::json::array();
  for (const auto& input : record.at("recipe").at("inputs"))
    if (input.at("sha256") != take) inputs.push_back(input);
  if (before.contains("recipe") && before.at("recipe").contains("inputs"))
    for (const auto& input : before.at("recipe").at("inputs"))
      if (input.is_object() && input.value("sha256", "") != take) inputs.push_back(input);
  record["recipe"]["inputs"] = std::move(inputs);
  return record;
}

}  // namespace

std::int64_t song_frames(const song::Song& song) {
  return to_frames(score::TempoMap(song.tempo).seconds(song.length()), song.rate).value;
}

song::Recipe track_recipe(const song::Song& song, const song::Track& track, const TrackMaterial& material,
                          const std::filesystem::path& data_dir, const std::filesystem::path& folder) {
  song::Recipe recipe;
  recipe.engine = "builtin.track";
  recipe.version = kTrackVersion;
  recipe.seed = song.seed;
  auto& p = recipe.parameters;
  if (track.clips.empty()) {
    p["instrument"] = track.instrument;
    p["instrument_fingerprint"] = instruments::preset_fingerprint(data_dir, track.instrument, folder);
    // By name, so that it can be told where each came from.
    for (const std::filesystem::path& sample : instruments::preset_samples(track.instrument, folder)) {
      recipe.inputs.push_back({"sample", sample.lexically_relative(std::filesystem::absolute(folder).lexically_normal()).generic_string(), sha256_file(sample)});
      song::unite(recipe.weights, made_by(sample).weights);
    }
    if (instruments::tuned_to_key(track.instrument)) p["tonic"] = song.key.tonic;
  } else {
    for (const ClipInPlace& c : material.clips) p["clips"].push_back({c.frame, c.frames, c.gain});
  }
  p["rate_hz"] = song.rate.value;
  p["frames"] = song_frames(song);
  for (const auto& t : song.tempo) p["tempo"].push_back({t.at.value, t.tempo.value});
  p["effects"] = nlohmann::json::array();
  const std::size_t own = own_effects(track);
  for (std::size_t i = 0; i < own; ++i) {
    nlohmann::json e{{"type", track.effects[i].type}, {"parameters", track.effects[i].parameters}};
    for (const song::Automation& lane : track.automation) {
      if (lane.target.rfind(std::to_string(i) + ".", 0) != 0) continue;
      for (const auto& point : lane.points) e["automation"][lane.target].push_back({point.at.value, point.value});
    }
    p["effects"].push_back(std::move(e));
  }
  if (track.clips.empty()) recipe.inputs.push_back({"score", track.midi, material.midi_digest});
  for (const ClipInPlace& c : material.clips) {
    recipe.inputs.push_back({"take", "clip at frame " + std::to_string(c.frame), c.take.digest});
    song::unite(recipe.weights, c.take.weights);
  }
  return recipe;
}

TrackTake make_track_take(const song::Song& song, const song::Track& track, const TrackMaterial& material,
                          const song::Recipe& recipe, storage::TakeStore& store,
                          const std::filesystem::path& data_dir, const std::filesystem::path& folder, bool& built,
                          const Progress& progress) {
  const Digest key = recipe.key();
  built = false;
  if (const auto found = store.find(key)) {
    try {
      return from_record(*found, store, recipe);
    } catch (const std::exception&) {
      // A damaged record: build again.
    }
  }
  built = true;

  const score::TempoMap tempo(song.tempo);
  const std::int64_t frames = song_frames(song);
  const Player player = track.clips.empty() ? instrument_player(song, track, material.notes, data_dir, folder) : clip_player(material.clips, song.rate);
  const std::size_t own = own_effects(track);
  auto inserts = make_inserts(track.effects, 0, own, track.automation, tempo, song.rate,
                              [](const std::string&) { return -1; }, "track \"" + track.id + "\"");
  const bool widened = std::any_of(track.effects.begin(), track.effects.begin() + static_cast<std::ptrdiff_t>(own), widens);
  const int channels = player.channels == 2 || widened ? 2 : 1;

  std::int64_t latency = 0;
  for (mix::Insert& insert : inserts) {
    insert.processor->set_tempo(song.tempo.front().tempo);
    for (const auto& lane : insert.lanes) insert.processor->set(lane.parameter, lane.curve.at(0));
    insert.processor->prepare({song.rate, channels, kBlock});
    latency += insert.processor->latency().value;
  }

  const auto aside = store.workspace(track.id);
  audio::WaveWriter writer(aside, audio::WaveSamples::Int24, song.rate, channels, frames);
  analysis::GatedLoudnessMeter meter(song.rate);
  const auto scale = static_cast<float>(to_gain(-kTakeHeadroom));
  float peak = 0;

  audio::AudioBuffer piece(channels, kPiece, song.rate);
  std::int64_t filled = 0, at = 0, written = 0;
  const auto flush = [&] {
    const auto skip = std::clamp<std::int64_t>(latency - (at - filled), 0, filled);
    const auto part = piece.block().part(skip, std::min(filled - skip, frames - written));
    meter.add(part);
    peak = std::max(peak, audio::peak(part));
    part.scale(scale);
    writer.write(written, part);
    written += part.frames();
    filled = 0;
  };
  player.play(
      frames + latency,
      [&](audio::AudioView view) {
        const audio::AudioBlock block = piece.block().part(filled, view.frames());
        block.copy_from(view);
        for (mix::Insert& insert : inserts) {
          for (const auto& lane : insert.lanes) insert.processor->set(lane.parameter, lane.curve.at(at));
          insert.processor->process(block);
        }
        filled += view.frames();
        at += view.frames();
        if (filled + kBlock > kPiece) flush();
      },
      progress);
  flush();
  writer.commit();

  TrackTake take;
  take.channels = channels;
  take.loudness = meter.result();
  take.weights = recipe.weights;
  if (to_decibels(peak) > kTakeHeadroom)
    throw Error(ErrorCode::Corrupt, "track \"" + track.id + "\" peaks at " + std::to_string(to_decibels(peak).value) +
                                        " dBFS; at most +12 fits",
                "lower the drive or gain of its effects");
  nlohmann::json record{{"recipe", recipe.to_json()},
                              {"measured", {{"channels", channels},
                                            {"frames", written},
                                            {"loudness_lufs", take.loudness.value},
                                            {"peak_dbfs", to_decibels(peak).value},
                                            {"scale_db", -kTakeHeadroom.value}}}};
  const auto before = records_of(recipe, store);
  take.digest = store.keep(aside, ".wav", record.dump(1) + "\n");
  if (const auto own = before.find(take.digest); own != before.end()) store.keep_record(take.digest, past_itself(std::move(record), take.digest, own->second).dump(1) + "\n");
  store.remember(key, take.digest, ".wav");
  take.sound = store.find(key)->sound;
  return take;
}

}  // namespace figment::build
