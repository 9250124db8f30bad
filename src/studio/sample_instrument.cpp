#include "studio/sample_instrument.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/features.h"
#include "analysis/loudness.h"
#include "audio/file.h"
#include "audio/loop_chunks.h"
#include "audio/sound_stream.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/hash.h"
#include "instruments/preset.h"
#include "instruments/render.h"
#include "instruments/sampler.h"
#include "instruments/sfz.h"
#include "sampling/sample_map.h"
#include "sampling/sustain.h"
#include "score/midi_file.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "studio/analyze.h"
#include "studio/data_dir.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

constexpr Seconds kLongestHit{10}, kLongestNote{60};
constexpr std::size_t kMostFiles = 4000;
constexpr double kSurePitch = 0.4;
constexpr std::array kAlways{36, 38, 42, 46, 49};      // a kit has at least these

bool is_drums(const song::Track& track) {
  for (const char* role : {"kick", "snare", "hats", "percussion", "drums"})
    if (track.role == role) return true;
  return false;
}

bool means(const SampleWish& wish, const song::Track& track) {
  if (!track.clips.empty()) return false;
  return wish.part == "kit" ? is_drums(track) : track.id == wish.part || (track.role == wish.part && !is_drums(track));
}

bool has_ending(const fs::path& file, std::string_view ending) {
  std::string own = file.extension().string();
  std::transform(own.begin(), own.end(), own.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return own == ending;
}

// A folder's sounds, by name.
std::vector<fs::path> sounds_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    if (!entry.is_regular_file() || !named_as_sound(entry.path())) continue;
    files.push_back(entry.path());
    if (files.size() > kMostFiles) throw Error(ErrorCode::InvalidArgument, folder.string() + " holds more than " + std::to_string(kMostFiles) + " sounds", "name a folder of the sounds that shall be played");
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The SFZ of a folder: `wanted` by name, else the only one. Empty: it has none.
fs::path sfz_in(const fs::path& folder, const std::vector<std::string>& wanted) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && has_ending(entry.path(), ".sfz")) all.push_back(entry.path());
  for (const std::string& name : wanted)
    for (const fs::path& file : all)
      if (file.filename() == name) return file;
  std::sort(all.begin(), all.end());
  if (all.size() == 1 || all.empty()) return all.empty() ? fs::path{} : all.front();
  // A pack of ours that has no such instrument is a folder of sounds.
  std::error_code status;
  if (fs::exists(folder / "pack.json", status)) return {};
  throw Error(ErrorCode::InvalidArgument, folder.string() + " holds " + std::to_string(all.size()) + " SFZ files", "name one of them, for example " + all.front().string());
}

// What is known of a pack's samples, by the SHA-256 of each. `near`: the pack, or something in it.
std::map<std::string, nlohmann::json> pack_of(const fs::path& near) {
  std::map<std::string, nlohmann::json> known;
  const fs::path at = fs::absolute(near).lexically_normal();
  for (const fs::path& folder : {at, at.parent_path(), at.parent_path().parent_path()}) {
    std::error_code status;
    if (!fs::exists(folder / "pack.json", status)) continue;
    try {
      const auto pack = nlohmann::json::parse(storage::read_file(folder / "pack.json"));
      for (const auto& sample : pack.at("samples")) known.emplace(sample.at("sha256").get<std::string>(), sample);
    } catch (const std::exception&) {
      known.clear();                     // somebody else's file of that name
    }
    break;
  }
  return known;
}

std::vector<float> heard_mono(const audio::AudioBuffer& sound) {
  std::vector<float> mono(static_cast<std::size_t>(sound.frames()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::size_t n = 0; n < mono.size(); ++n) mono[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
  const auto frames = static_cast<std::int64_t>(mono.size());
  if (sound.rate() == analysis::kFeatureRate || mono.empty()) return mono;
  const audio::AudioBuffer resampled = audio::resample({mono.data(), frames, 1, frames, sound.rate()}, analysis::kFeatureRate);
  return {resampled.channel(0), resampled.channel(0) + resampled.frames()};
}

// The folder of an instrument while it is made; removed again unless it is kept.
class Instrument {
 public:
  Instrument(const fs::path& folder, const fs::path& source) {
    storage::make_folder(folder / "instruments");
    path_ = free_name(plain_word(source.stem().string(), "samples"), "", folder / "instruments");
    storage::make_folder(path_);
    pack_ = pack_of(source);
  }
  ~Instrument() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  Instrument(const Instrument&) = delete;
  Instrument& operator=(const Instrument&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] std::string preset(const fs::path& sfz) const { return "sfz:instruments/" + sfz.lexically_relative(path_.parent_path()).generic_string(); }

  // A name no other sample of it has.
  [[nodiscard]] std::string free_wave(const std::string& stem) const { return free_name(plain_word(stem, "sample"), ".wav", path_).filename().string(); }

  void write(const std::string& file, audio::AudioView sound, const audio::LoopChunks* chunks = nullptr) {
    audio::WaveWriter writer(path_ / file, audio::WaveSamples::Int24, sound.rate(), sound.channels(), sound.frames());
    writer.write(0, sound);
    writer.commit();
    if (chunks != nullptr) audio::write_loop_chunks(path_ / file, *chunks);
  }
  void came_from(const fs::path& own, const fs::path& source, const std::string& engine) {
    nlohmann::ordered_json& j = origins_[own.lexically_relative(path_).generic_string()];
    const Digest digest = sha256_file(source);
    j = {{"engine", engine}, {"from", source.filename().string()}, {"sha256", digest}};
    if (const auto sample = pack_.find(digest); sample != pack_.end()) j["recipe"] = sample->second.at("recipe");
  }
  void rendered_by(const std::string& own, const std::string& preset, int key) {
    origins_[own] = {{"engine", "builtin.drums"}, {"from", preset}, {"key", key}};
  }
  void keep(const std::string& stands_in) {
    storage::write_file(path_ / "origin.json", nlohmann::ordered_json{{"stands_in", stands_in}, {"samples", origins_}}.dump(1) + "\n");
    kept_ = true;
  }

 private:
  fs::path path_;
  std::map<std::string, nlohmann::json> pack_;
  nlohmann::ordered_json origins_;
  bool kept_ = false;
};

// The preset that a track plays, or that it played before samples took its place. Empty: nobody knows.
std::string preset_of(const song::Track& track, const fs::path& folder) {
  if (track.instrument.rfind("sfz:", 0) != 0) return track.instrument;
  const fs::path file = track.instrument.substr(4);
  for (fs::path above = file.parent_path(); above.has_relative_path(); above = above.parent_path()) {
    std::error_code status;
    if (!fs::exists(folder / above / "origin.json", status)) continue;
    try {
      return nlohmann::json::parse(storage::read_file(folder / above / "origin.json")).at("stands_in").get<std::string>();
    } catch (const nlohmann::json::exception&) {
      return {};
    }
  }
  return {};
}

// An SFZ and its samples, lying to each other as they did.
fs::path copy_sfz(Instrument& instrument, const fs::path& sfz) {
  const fs::path from = fs::absolute(sfz).lexically_normal(), root = from.parent_path().parent_path();
  const auto place = [&](const fs::path& file) { return instrument.path() / fs::absolute(file).lexically_normal().lexically_relative(root); };
  const auto copy = [&](const fs::path& file) {
    if (fs::exists(place(file))) return;
    storage::make_folder(place(file).parent_path());
    storage::copy_file(file, place(file));
    instrument.came_from(place(file), file, "a copy");
  };
  for (const fs::path& sample : instruments::sfz_samples(from)) copy(sample);
  copy(from);
  return place(from);
}

// ---- Kits

// The keys an SFZ plays.
std::set<int> keys_of(const fs::path& sfz) {
  std::set<int> keys;
  for (const auto& r : instruments::parse_sfz(storage::read_file(sfz), sfz.string()).regions)
    for (int k = r.lokey; k <= r.hikey; ++k) keys.insert(k);
  return keys;
}

audio::AudioBuffer hit(instruments::Instrument& kit, int key, Hertz rate, Seconds length) {
  score::Score one;
  one.percussion = true;
  one.notes.push_back({Beats{0}, Beats{0.25}, static_cast<std::uint8_t>(key), 1.0F});
  return instruments::render_to_buffer(kit, one, score::TempoMap(Bpm{120}), rate, to_frames(length, rate), Progress{});
}

Lufs level_of(audio::AudioView sound) {
  analysis::LoudnessMeter meter(sound.rate(), sound.channels());
  meter.add(sound);
  return meter.result().loudest_momentary;
}

class KitMaker {
 public:
  KitMaker(const song::Song& song, const std::string& preset, const fs::path& folder, Instrument& instrument, std::vector<std::string>& remarks)
      : song_(song), preset_(preset), folder_(folder), instrument_(instrument), remarks_(remarks), names_(find_data_dir()) {}

  std::string make(const fs::path& source, std::set<int> needed) {
    needed.insert(kAlways.begin(), kAlways.end());
    const fs::path sfz = fs::is_directory(source) ? sfz_in(source, {"kit.sfz"}) : has_ending(source, ".sfz") ? source : fs::path{};
    return sfz.empty() ? of_sounds(source, needed) : of_sfz(sfz, needed);
  }

 private:
  std::string of_sfz(const fs::path& sfz, const std::set<int>& needed) {
    const fs::path own = copy_sfz(instrument_, sfz);
    const std::set<int> has = keys_of(own);
    const auto lacking = fill(has, needed);
    if (lacking.empty()) return instrument_.preset(own);
    const std::string text = storage::read_file(own);
    const auto with = [&](const std::map<int, double>& volumes) {
      std::string all = text + "\n// What the samples lack, as the song's own kit plays it.\n<control> default_path=\n<global>\n<master>\n<group>\n";
      for (const auto& [key, file] : lacking) {
        const fs::path beside = (instrument_.path() / file).lexically_relative(own.parent_path());
        char volume[32] = "";
        if (const auto v = volumes.find(key); v != volumes.end()) std::snprintf(volume, sizeof volume, " volume=%.1f", v->second);
        all += "<region> sample=" + beside.generic_string() + " key=" + std::to_string(key) + " loop_mode=one_shot" + volume + "\n";
      }
      return all;
    };
    storage::write_file(own, with({}));
    std::set<int> filled;
    for (const auto& [key, file] : lacking) filled.insert(key);
    storage::write_file(own, with(balance(instrument_.preset(own), has, filled)));
    return instrument_.preset(own);
  }

  std::string of_sounds(const fs::path& source, const std::set<int>& needed) {
    const bool folder = fs::is_directory(source);
    std::vector<sampling::KitSample> samples;
    std::map<const sampling::DrumName*, std::size_t> count;
    const sampling::Classifier classify(find_data_dir());
    int spare = 0;
    std::vector<std::string> no_drums;
    for (const fs::path& file : folder ? sounds_in(source) : std::vector<fs::path>{source}) {
      const sampling::DrumName* drum = names_.of_name(folder ? file.lexically_relative(source.parent_path()).generic_string() : file.filename().string());
      if (drum != nullptr && count[drum] >= drum->keys.size()) {
        ++spare;
        continue;
      }
      audio::AudioBuffer sound;
      try {
        sound = audio::read_sound(file, {}, kLongestHit);
      } catch (const Error& e) {
        if (!folder) {
          if (e.code() == ErrorCode::Unsupported) throw Error(e.code(), e.what(), "cut one-shots out of it first: figment chop " + file.string());
          throw;
        }
        remarks_.push_back(std::string("left out: ") + e.what());
        continue;
      }
      if (drum == nullptr) {
        const auto mono = heard_mono(sound);
        if (mono.size() >= 64) {
          const auto p = classify(sampling::traits_of(mono.data(), static_cast<std::int64_t>(mono.size())));
          drum = names_.of_class(static_cast<sampling::SoundClass>(std::max_element(p.begin(), p.end()) - p.begin()));
        }
      }
      if (drum == nullptr || count[drum] >= drum->keys.size()) {
        drum == nullptr ? no_drums.push_back(file.filename().string()) : void(++spare);
        continue;
      }
      ++count[drum];
      const std::string own = instrument_.free_wave(drum->name + "_" + file.stem().string());
      instrument_.write(own, sound.view());
      instrument_.came_from(instrument_.path() / own, file, "a copy");
      samples.push_back({own, drum});
    }
    if (samples.empty()) throw Error(ErrorCode::InvalidArgument, "nothing in " + source.string() + " sounds or is called like a drum", "name the files after their drums (kick, snare, hat …), or cut a sound with: figment chop");
    if (!no_drums.empty()) remarks_.push_back("no drums, left out: " + no_drums.front() + (no_drums.size() > 1 ? " and " + std::to_string(no_drums.size() - 1) + " more" : ""));
    if (spare > 0) remarks_.push_back(std::to_string(spare) + " more of the same drums are not used: a kit has one sample a key");

    const fs::path sfz = instrument_.path() / "kit.sfz";
    storage::write_file(sfz, sampling::kit_sfz(samples));
    const std::set<int> has = keys_of(sfz);
    std::string filled;
    std::set<int> all = has;
    const auto lacking = fill(has, needed);
    for (const auto& [key, file] : lacking) {
      filled += "<region> sample=" + file + " key=" + std::to_string(key);
      all.insert(key);
    }
    const auto with = [&](const std::map<int, double>& volumes) {
      std::string text = sampling::kit_sfz(samples, volumes);
      if (!lacking.empty()) text += "\n// What the samples lack, as the song's own kit plays it.\n";
      for (const auto& [key, file] : lacking) {
        char volume[32] = "";
        if (const auto v = volumes.find(key); v != volumes.end()) std::snprintf(volume, sizeof volume, " volume=%.1f", v->second);
        text += "<region> sample=" + file + " key=" + std::to_string(key) + volume + "\n";
      }
      return text;
    };
    storage::write_file(sfz, with({}));
    storage::write_file(sfz, with(balance(instrument_.preset(sfz), {}, all)));
    return instrument_.preset(sfz);
  }

  // Sounds of the song's own kit for the keys that are needed and not there: key and file.
  std::map<int, std::string> fill(const std::set<int>& has, const std::set<int>& needed) {
    std::map<int, std::string> files;
    std::set<std::string> said;
    if (!preset_.empty()) {
      const auto kit = instruments::make_instrument(find_data_dir(), preset_, song_.seed, song_.key.tonic, folder_);
      for (const int key : needed) {
        if (has.count(key) != 0) continue;
        audio::AudioBuffer sound = hit(*kit, key, song_.rate, Seconds{4});
        const float loudest = audio::peak(sound.view());
        if (loudest < 1e-4F) continue;
        std::int64_t end = sound.frames();
        while (end > 1 && audio::peak(sound.view().part(end - 1, 1)) < 1e-4F * loudest) --end;
        const std::string file = instrument_.free_wave("own-kit_" + std::to_string(key));
        instrument_.write(file, sound.view().part(0, end));
        instrument_.rendered_by(file, preset_, key);
        files[key] = file;
        const auto drum = std::find_if(names_.all().begin(), names_.all().end(), [&](const auto& d) { return std::count(d.keys.begin(), d.keys.end(), key) != 0; });
        if (drum != names_.all().end()) said.insert(drum->name);
      }
    }
    if (!said.empty()) {
      std::string list;
      for (const std::string& name : said) list += (list.empty() ? "" : ", ") + name;
      remarks_.push_back("the samples have no " + list + ": played by " + preset_);
    }
    return files;
  }

  // dB for `free` keys, so that they stand to `fixed` (or, without those, to each other) as in the song's own kit.
  std::map<int, double> balance(const std::string& preset, const std::set<int>& fixed, const std::set<int>& free) {
    std::map<int, double> volumes;
    if (preset_.empty()) return volumes;
    const auto own = instruments::make_instrument(find_data_dir(), preset_, song_.seed, song_.key.tonic, folder_);
    const auto made = instruments::make_instrument(find_data_dir(), preset, song_.seed, song_.key.tonic, folder_);
    std::map<int, double> difference;                    // what would bring each to the own kit's level
    std::vector<double> anchors;
    for (const std::set<int>* set : {&fixed, &free})
      for (const int key : *set) {
        if (set == &fixed && difference.size() > 12) break;            // enough of them
        const Lufs wanted = level_of(hit(*own, key, song_.rate, Seconds{1}).view()), found = level_of(hit(*made, key, song_.rate, Seconds{1}).view());
        if (wanted.value < -90 || found.value < -90) continue;
        difference[key] = wanted.value - found.value;
        if (set == &fixed) anchors.push_back(difference[key]);
      }
    if (anchors.empty())
      for (const auto& [key, d] : difference) anchors.push_back(d);
    if (anchors.empty()) return volumes;
    std::nth_element(anchors.begin(), anchors.begin() + static_cast<std::ptrdiff_t>(anchors.size() / 2), anchors.end());
    const double middle = anchors[anchors.size() / 2];
    for (const int key : free)
      if (const auto d = difference.find(key); d != difference.end()) volumes[key] = std::clamp(d->second - middle, -30.0, 18.0);
    return volumes;
  }

  const song::Song& song_;
  const std::string& preset_;
  const fs::path& folder_;
  Instrument& instrument_;
  std::vector<std::string>& remarks_;
  sampling::DrumNames names_;
};

// ---- Notes

struct Rooted {
  double note = 0;
  std::string doubt;
};

// A sample's pitch. In doubt its maker's word, and last of all middle C.
std::optional<Rooted> root_of(const fs::path& file, const audio::AudioBuffer& sound, const std::optional<audio::SamplerChunk>& chunk, bool alone) {
  const auto mono = heard_mono(sound);
  const sampling::OneShotPitch heard = mono.size() < 64 ? sampling::OneShotPitch{} : sampling::pitch_of(mono.data(), static_cast<std::int64_t>(mono.size()));
  const auto said = sampling::note_in_name(file.stem().string());
  if (heard.sure > kSurePitch) {
    // Octaves are where ears and measures differ most: the maker's octave wins, the measured tuning stays.
    const std::optional<int> written = said ? said : chunk && chunk->key != 60 ? std::optional<int>(chunk->key) : std::nullopt;
    if (written && std::abs(std::remainder(heard.note - *written, 12)) < 0.7) return Rooted{*written + std::remainder(heard.note - *written, 12), ""};
    return Rooted{heard.note, ""};
  }
  if (said) return Rooted{static_cast<double>(*said), ""};
  if (chunk) return Rooted{static_cast<double>(chunk->key), ""};
  if (!alone) return {};
  return Rooted{60, file.filename().string() + " has no clear pitch: it is played as if it were C4; a name like \"pad_E2.wav\" says which note it is"};
}

std::string make_notes(const fs::path& source, const std::string& role, Instrument& instrument, std::vector<std::string>& remarks) {
  const bool folder = fs::is_directory(source);
  const std::vector<std::string> wanted = role == "bass" ? std::vector<std::string>{"bass.sfz", "tonal.sfz"} : std::vector<std::string>{"tonal.sfz", "bass.sfz"};
  fs::path sfz = folder ? sfz_in(source, wanted) : has_ending(source, ".sfz") ? source : fs::path{};
  if (folder && sfz.filename() == "kit.sfz") sfz.clear();
  if (!sfz.empty()) return instrument.preset(copy_sfz(instrument, sfz));

  std::vector<sampling::PitchedSample> samples;
  int unclear = 0;
  const std::vector<fs::path> files = folder ? sounds_in(source) : std::vector<fs::path>{source};
  for (const fs::path& file : files) {
    try {
      audio::AudioBuffer sound = audio::read_sound(file, {}, kLongestNote);
      const auto chunk = audio::AudioReader(file).sampler_chunk();
      const auto root = root_of(file, sound, chunk, files.size() == 1);
      if (!root) {
        ++unclear;
        continue;
      }
      if (!root->doubt.empty()) remarks.push_back(root->doubt);
      audio::LoopChunks chunks;
      chunks.rooted = true;
      chunks.root_note = static_cast<int>(std::floor(root->note));
      chunks.cents = 100 * (root->note - chunks.root_note);
      if (chunk && chunk->loop && chunk->loop->start >= 0 && chunk->loop->end > chunk->loop->start && chunk->loop->end < sound.frames()) {
        chunks.loop = {chunk->loop->start, chunk->loop->end};
      } else if (const auto loop = sampling::find_sustain_loop(sound.view(), root->note)) {
        sampling::close_sustain_loop(sound.block(), *loop);
        chunks.loop = {loop->begin, loop->end - 1};
      }
      const std::string own = instrument.free_wave(file.stem().string());
      instrument.write(own, sound.view(), &chunks);
      instrument.came_from(instrument.path() / own, file, "builtin.sample 1");
      samples.push_back({own, root->note, sound.frames(), chunks.loop.has_value()});
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Unsupported && !folder) throw Error(e.code(), e.what(), "cut notes out of it first: figment chop " + file.string());
      if (!folder) throw;
      remarks.push_back(std::string("left out: ") + e.what());
    }
  }
  if (samples.empty()) throw Error(ErrorCode::InvalidArgument, "nothing in " + source.string() + " has a clear pitch", "name the files after their notes (bass_E1.wav), or give one sample alone");
  if (unclear > 0) remarks.push_back(std::to_string(unclear) + " of " + std::to_string(files.size()) + " sounds have no clear pitch and are left out");
  const fs::path made = instrument.path() / "notes.sfz";
  storage::write_file(made, sampling::pitched_sfz(std::move(samples)));
  return instrument.preset(made);
}

void check_part(const song::Song& song, const SampleWish& wish) {
  if (std::any_of(song.tracks.begin(), song.tracks.end(), [&](const song::Track& t) { return means(wish, t); })) return;
  std::string names;
  for (const song::Track& t : song.tracks)
    if (t.clips.empty()) names += (names.empty() ? "" : ", ") + t.id;
  throw Error(ErrorCode::InvalidArgument, wish.part == "kit" ? "the song has no drums for " + wish.samples.string() + " to play" : "the song has no track \"" + wish.part + "\" for " + wish.samples.string() + " to play", "its tracks: " + names);
}

}  // namespace

void check_samples(const song::Song& song, const SampleWish& wish) {
  std::error_code status;
  if (!fs::exists(wish.samples, status)) throw Error(ErrorCode::NotFound, "no samples at " + wish.samples.string());
  check_part(song, wish);
}

bool plays_samples(const song::Song& song, const SampleWish& wish) {
  return std::all_of(song.tracks.begin(), song.tracks.end(), [&](const song::Track& t) { return !means(wish, t) || t.instrument.rfind("sfz:", 0) == 0; });
}

void play_samples(song::Song& song, const std::map<std::string, score::Score>& scores, const SampleWish& wish, const fs::path& folder, std::vector<std::string>& remarks, const Progress& progress) {
  check_samples(song, wish);
  progress.check();
  progress.set(0, "reading samples");
  std::set<int> needed;
  std::string own, role;
  bool drums = true;
  for (const song::Track& t : song.tracks) {
    if (!means(wish, t)) continue;
    drums = drums && is_drums(t);
    role = t.role;
    if (own.empty()) own = preset_of(t, folder);
    if (const auto s = scores.find(t.id); s != scores.end())
      for (const score::Note& n : s->second.notes) needed.insert(n.pitch);
  }
  Instrument instrument(folder, wish.samples);
  const std::string preset = drums ? KitMaker(song, own, folder, instrument, remarks).make(wish.samples, std::move(needed)) : make_notes(wish.samples, role, instrument, remarks);
  (void)instruments::make_instrument(find_data_dir(), preset, song.seed, song.key.tonic, folder);     // it plays, or says why not
  instrument.keep(own);
  for (song::Track& t : song.tracks)
    if (means(wish, t)) t.instrument = preset;
}

InstrumentSet set_instrument(const InstrumentRequest& request, const Progress& progress) {
  song::Song song = song::load(request.song);
  InstrumentSet set;
  const SampleWish wish{request.part, request.sound};
  for (const song::Track& t : song.tracks)
    if (means(wish, t)) set.tracks.push_back(t.id);
  check_part(song, wish);
  std::error_code status;
  const auto presets = instruments::list_presets(find_data_dir());
  const bool preset = !fs::exists(request.sound, status) && (request.sound.rfind("gm/", 0) == 0 || std::any_of(presets.begin(), presets.end(), [&](const auto& p) { return p.name == request.sound; }));
  if (preset) {
    (void)instruments::make_instrument(find_data_dir(), request.sound, song.seed, song.key.tonic, request.song);
    for (song::Track& t : song.tracks)
      if (means(wish, t)) t.instrument = request.sound;
    set.instrument = request.sound;
  } else {
    if (!preset && !fs::exists(request.sound, status)) throw Error(ErrorCode::NotFound, "\"" + request.sound + "\" is neither a file, a folder nor a preset", "name samples, or a preset like bass/808");
    std::map<std::string, score::Score> scores;
    for (const song::Track& t : song.tracks) {
      if (!means(wish, t)) continue;
      const fs::path midi = storage::path_inside(request.song, t.midi);
      for (const score::Score& s : score::parse_midi(storage::read_file(midi), midi.string()).tracks) {
        auto& notes = scores[t.id].notes;
        notes.insert(notes.end(), s.notes.begin(), s.notes.end());
      }
    }
    play_samples(song, scores, wish, request.song, set.remarks, progress.part(0, 0.2));
    set.instrument = std::find_if(song.tracks.begin(), song.tracks.end(), [&](const song::Track& t) { return t.id == set.tracks.front(); })->instrument;
  }
  song::save(song, request.song);
  if (request.build) {
    set.build = build::build(request.song, find_data_dir(), progress.part(0.2, 1));
    set.built = true;
  }
  return set;
}

}  // namespace figment::studio
