#include "build/master_step.h"

#include "audio/wave.h"
#include "build/segments.h"
#include "mix/balance.h"

namespace figment::build {
namespace {

constexpr int kMasterVersion = 6;

nlohmann::json json_of(const analysis::Loudness& l) {
  return {{"loudness_lufs", l.integrated.value}, {"loudest_momentary_lufs", l.loudest_momentary.value},
          {"range_lu", l.range}, {"true_peak_dbtp", l.true_peak.value}, {"sample_peak_dbfs", l.sample_peak.value}};
}

// Music that ends fades over its last moment; a loop of a few bars keeps its end.
Seconds fade_out_for(const song::Song& song) { return Seconds{song.bars > 8 ? 1.2 : 0.01}; }

}  // namespace

song::Recipe master_recipe(const song::Song& song, const MixTake& mix, const std::filesystem::path& data_dir) {
  song::Recipe recipe;
  recipe.engine = "builtin.master";
  recipe.version = kMasterVersion;
  const auto& m = song.master;
  recipe.parameters = {{"target_lufs", m.target.value}, {"ceiling_dbtp", m.ceiling.value}, {"balance", m.balance},
                       {"balance_levels", mix::load_balance(data_dir, m.balance)}, {"punch", m.punch},
                       {"width", m.width}, {"warmth", m.warmth}, {"fade_out_s", fade_out_for(song).value}};
  recipe.inputs.push_back({"take", "mix", mix.digest});
  recipe.weights = mix.weights;
  return recipe;
}

MasterTake make_master(const song::Song& song, const song::Recipe& recipe, const MixTake& mix, storage::TakeStore& store,
                       const storage::Cache& cache, const std::filesystem::path& data_dir, bool& built,
                       const Progress& progress) {
  const Digest key = recipe.key();
  built = false;
  if (const auto found = store.find(key)) {
    try {
      return {found->take, found->sound, nlohmann::json::parse(store.record(found->take)).at("measured"), recipe.weights};
    } catch (const std::exception&) {
      // A damaged record: build again.
    }
  }
  built = true;

  mix::MasterSettings settings;
  settings.target = song.master.target;
  settings.ceiling = song.master.ceiling;
  settings.balance = mix::load_balance(data_dir, song.master.balance);
  settings.punch = song.master.punch;
  settings.width = song.master.width;
  settings.warmth = song.master.warmth;
  settings.fade_out = fade_out_for(song);
  const auto aside = store.workspace("master");
  const audio::WaveReader sound(mix.sound);
  audio::WaveWriter writer(aside, audio::WaveSamples::Int24, song.rate, 2, sound.frames());
  const Segments segments(store, cache);
  const mix::MasterMemory memory{&cache, mix.segments, [&](const Digest& segment) { return segments.find(segment); }};
  const mix::MasterReport report = mix::master(sound, mix.tally, settings, writer, memory, aside.parent_path(), progress);
  writer.commit();

  MasterTake take;
  take.weights = recipe.weights;
  take.measured = json_of(report.after);
  take.measured["before"] = {{"loudness_lufs", report.before.value}};
  take.measured["equalizer_db"] = report.equalizer_db;
  take.measured["gain_db"] = report.gain_db;
  take.measured["mono_loss_db"] = report.mono_loss_db;
  take.measured["width"] = report.width;
  take.measured["third_octaves_db"] = report.spectrum_after;
  take.measured["spectrum_slope_db_per_octave"] =
      analysis::slope(report.spectrum_after, Hertz{100}, Hertz{10000}) - 3;  // of the power density
  for (Lufs l : report.short_term) take.measured["short_term_lufs"].push_back(l.value);
  take.digest = store.keep(aside, ".wav", nlohmann::json{{"recipe", recipe.to_json()}, {"measured", take.measured}}.dump(1) + "\n");
  for (std::size_t i = 0; i < report.segments.size(); ++i)
    segments.note(report.segments[i], take.digest, static_cast<std::int64_t>(i) * mix::segment_frames(song.rate));
  store.remember(key, take.digest, ".wav");
  take.sound = store.find(key)->sound;
  return take;
}

}  // namespace figment::build
