#include "build/mix_step.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "audio/wave.h"
#include "base/executor.h"
#include "build/segments.h"
#include "mix/mixer.h"

namespace figment::build {

MixTake make_mix(const song::Song& song, const song::Recipe& recipe, const Stems& stems, storage::TakeStore& store,
                 const storage::Cache& cache, bool& built, const Progress& progress) {
  const Digest key = recipe.key(), tally_key = sha256("mix tally " + key);
  const std::int64_t frames = song_frames(song), length = mix::segment_frames(song.rate);
  const auto count = static_cast<std::size_t>((frames + length - 1) / length);
  std::vector<Digest> keys;
  for (std::size_t s = 0; s < count; ++s) {
    std::string all = "mix segment 1 ";
    for (const auto& stem : stems.segments) all += stem[s];
    keys.push_back(sha256(all));
  }
  built = false;
  if (const auto found = store.find(key)) {
    if (const auto bytes = cache.get(tally_key))
      if (auto tally = analysis::Tally::from_bytes(*bytes)) return {found->take, found->sound, std::move(*tally), keys, recipe.weights};
  }
  built = true;

  std::vector<std::unique_ptr<audio::WaveReader>> readers;
  for (const auto& file : stems.files) readers.push_back(std::make_unique<audio::WaveReader>(file));
  const Segments segments(store, cache);
  const auto aside = store.workspace("mix");
  audio::WaveWriter writer(aside, audio::WaveSamples::Float32, song.rate, 2, frames);
  std::vector<analysis::Tally> tallies(count);
  std::atomic<std::size_t> done{0};
  parallel_for(count, [&](std::size_t s) {
    const std::int64_t at = static_cast<std::int64_t>(s) * length, size = std::min(length, frames - at);
    const auto place = segments.find(keys[s]);
    const auto bytes = place ? cache.get(sha256("tally " + keys[s])) : std::nullopt;
    if (auto tally = bytes ? analysis::Tally::from_bytes(*bytes) : std::nullopt) {
      tallies[s] = std::move(*tally);
      writer.copy(at, size, audio::WaveReader(place->sound), place->frame);
    } else {
      audio::AudioBuffer sum(2, size, song.rate), stem(2, size, song.rate);
      for (std::size_t i = 0; i < readers.size(); ++i) {
        if (stems.segments[i][s] == kSilence) continue;
        readers[i]->read(at, stem.block());
        sum.block().add(stem.view());
      }
      tallies[s] = analysis::tally({}, sum.view());
      cache.put(sha256("tally " + keys[s]), tallies[s].to_bytes());
      writer.write(at, sum.view());
    }
    progress.set(static_cast<double>(++done) / static_cast<double>(count), "adding up");
  });
  writer.commit();

  MixTake take;
  take.segments = keys;
  take.weights = recipe.weights;
  for (const analysis::Tally& t : tallies) take.tally.append(t);
  const nlohmann::json record{{"recipe", recipe.to_json()},
                              {"measured", {{"channels", 2}, {"frames", frames}, {"loudness_lufs", take.tally.loudness().integrated.value}}}};
  take.digest = store.keep(aside, ".wav", record.dump(1) + "\n");
  for (std::size_t s = 0; s < count; ++s) segments.note(keys[s], take.digest, static_cast<std::int64_t>(s) * length);
  cache.put(tally_key, take.tally.to_bytes());
  store.remember(key, take.digest, ".wav");
  take.sound = store.find(key)->sound;
  return take;
}

}  // namespace figment::build
