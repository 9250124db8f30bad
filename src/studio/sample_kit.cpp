#include "studio/sample_kit.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/loudness.h"
#include "audio/sound_stream.h"
#include "base/error.h"
#include "instruments/preset.h"
#include "instruments/render.h"
#include "instruments/sfz.h"
#include "sampling/sample_map.h"
#include "storage/files.h"
#include "studio/data_dir.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

constexpr Seconds kLongestHit{10};
constexpr std::array kAlways{36, 38, 42, 46, 49};      // a kit has at least these

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
  KitMaker(const song::Song& song, const std::string& preset, const fs::path& folder, SampleFolder& made, std::vector<std::string>& remarks)
      : song_(song), preset_(preset), folder_(folder), made_(made), remarks_(remarks), names_(find_data_dir()) {}

  std::string make(const fs::path& source, std::set<int> needed) {
    needed.insert(kAlways.begin(), kAlways.end());
    const fs::path sfz = fs::is_directory(source) ? sfz_in(source, {"kit.sfz"}) : is_sfz_file(source) ? source : fs::path{};
    return sfz.empty() ? of_sounds(source, needed) : of_sfz(sfz, needed);
  }

 private:
  std::string of_sfz(const fs::path& sfz, const std::set<int>& needed) {
    const fs::path own = made_.copy_sfz(sfz);
    const std::set<int> has = keys_of(own);
    const auto lacking = fill(has, needed);
    if (lacking.empty()) return made_.preset(own);
    const std::string text = storage::read_file(own);
    const auto with = [&](const std::map<int, double>& volumes) {
      std::string all = text + "\n// What the samples lack, as the song's own kit plays it.\n<control> default_path=\n<global>\n<master>\n<group>\n";
      for (const auto& [key, file] : lacking) {
        const fs::path beside = (made_.path() / file).lexically_relative(own.parent_path());
        char volume[32] = "";
        if (const auto v = volumes.find(key); v != volumes.end()) std::snprintf(volume, sizeof volume, " volume=%.1f", v->second);
        all += "<region> sample=" + beside.generic_string() + " key=" + std::to_string(key) + " loop_mode=one_shot" + volume + "\n";
      }
      return all;
    };
    storage::write_file(own, with({}));
    std::set<int> filled;
    for (const auto& [key, file] : lacking) filled.insert(key);
    storage::write_file(own, with(balance(made_.preset(own), has, filled)));
    return made_.preset(own);
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
        const auto mono = heard_mono(sound.view());
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
      const std::string own = made_.free_wave(drum->name + "_" + file.stem().string());
      made_.write(own, sound.view());
      made_.came_from(made_.path() / own, file, "a copy");
      samples.push_back({own, drum});
    }
    if (samples.empty()) throw Error(ErrorCode::InvalidArgument, "nothing in " + source.string() + " sounds or is called like a drum", "name the files after their drums (kick, snare, hat …), or cut a sound with: figment chop");
    if (!no_drums.empty()) remarks_.push_back("no drums, left out: " + no_drums.front() + (no_drums.size() > 1 ? " and " + std::to_string(no_drums.size() - 1) + " more" : ""));
    if (spare > 0) remarks_.push_back(std::to_string(spare) + " more of the same drums are not used: a kit has one sample a key");

    const fs::path sfz = made_.path() / "kit.sfz";
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
    storage::write_file(sfz, with(balance(made_.preset(sfz), {}, all)));
    return made_.preset(sfz);
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
        const std::string file = made_.free_wave("own-kit_" + std::to_string(key));
        made_.write(file, sound.view().part(0, end));
        made_.rendered_by(file, preset_, key);
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
  SampleFolder& made_;
  std::vector<std::string>& remarks_;
  sampling::DrumNames names_;
};

}  // namespace

std::string make_kit(const fs::path& source, std::set<int> needed, const song::Song& song, const std::string& own_kit, const fs::path& song_folder, SampleFolder& made, std::vector<std::string>& remarks) {
  return KitMaker(song, own_kit, song_folder, made, remarks).make(source, std::move(needed));
}

}  // namespace figment::studio
