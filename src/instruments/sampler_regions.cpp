#include "instruments/sampler_regions.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"
#include "instruments/soundfont.h"
#include "storage/files.h"

namespace figment::instruments {
namespace {

namespace fs = std::filesystem;

constexpr double kPeakDb = -6;
constexpr double kFadeSeconds = 0.003, kNearZero = 0.001;  // of the peak
constexpr double kShortestRelease = 0.01;
constexpr double kOnset = 0.01;                   // of the peak: 40 dB below
constexpr double kHeard = 0.0316;                 // of the power: 15 dB below (tools/attack)
constexpr double kWindow = 0.005, kLookAt = 0.4;  // seconds, as tools/attack
constexpr double kLeastAttack = 0.001, kMostSilence = 1;
// What is looked at, so that a hostile file does not keep anybody busy: frames a region, regions.
constexpr std::int64_t kMostLookedAt = 400'000;
constexpr std::size_t kMostOnsets = 8192;

std::string where(const fs::path& file, const SfzRegion& r) {
  return file.filename().string() + ", line " + std::to_string(r.line);
}

Seam unroll(const Sample& s, std::int64_t begin, std::int64_t end) {
  Seam seam;
  seam.first = end - Seam::kLength / 2;
  for (int c = 0; c < s.channels; ++c) {
    auto& data = seam.data[static_cast<std::size_t>(c)];
    data.resize(static_cast<std::size_t>(Seam::kLength));
    for (std::int64_t i = 0; i < Seam::kLength; ++i) {
      const std::int64_t n = seam.first + i;
      data[static_cast<std::size_t>(i)] = s.at(c, n < end ? n : begin + (n - begin) % (end - begin));
    }
  }
  return seam;
}

void cut_to_sample(PlayedRegion& p, const SfzRegion& r, const std::string& name) {
  const Sample& s = *p.sample;
  if (r.offset >= s.frames)
    throw Error(ErrorCode::Corrupt, name + ": offset is " + std::to_string(r.offset) + ", but " + s.file.string() +
                                        " has " + std::to_string(s.frames) + " frames");
  p.begin = r.offset;
  p.end = r.end ? std::min(*r.end + 1, s.frames) : s.frames;
}

// The SFZ's loop, else the sample's. A loop that is none (it ends before it begins) is not played.
void set_loop(PlayedRegion& p, const SfzRegion& r) {
  using Told = SfzRegion::Loop;
  const auto own = p.sample->chunk ? p.sample->chunk->loop : std::nullopt;
  const Told told = r.loop != Told::AsSample ? r.loop : own ? Told::Continuous : Told::None;
  p.one_shot = told == Told::OneShot;
  if (told != Told::Continuous && told != Told::Sustain) return;
  p.loop_begin = r.loop_start.value_or(own ? own->start : 0);
  p.loop_end = std::min(r.loop_end.value_or(own ? own->end : p.end - 1) + 1, p.end);
  if (p.loop_begin < 0 || p.loop_end - p.loop_begin < 2) return;
  p.loop = told == Told::Sustain ? PlayedRegion::Loop::Sustain : PlayedRegion::Loop::Continuous;
}

void set_fade(PlayedRegion& p, double peak) {
  const auto frames = std::max<std::int64_t>(1, std::llround(kFadeSeconds * p.sample->rate));
  const auto last = std::min(frames / 3 + 1, p.end - p.begin);
  const auto at_end = static_cast<double>(p.sample->peak(p.end - last, p.end));
  if (p.end == p.sample->frames && at_end <= kNearZero * peak) return;
  p.fade = std::max<std::int64_t>(1, std::min(frames, (p.end - p.begin) / 4));
}

PlayedRegion play(const SfzRegion& r, const Sample& sample, const std::string& name) {
  PlayedRegion p;
  p.sample = &sample;
  cut_to_sample(p, r, name);
  set_loop(p, r);
  p.keycenter = r.keycenter != SfzRegion::kKeyOfSample ? r.keycenter : sample.chunk ? sample.chunk->key : 60;
  p.keytrack = r.keytrack / 100;
  p.detune = r.transpose + r.tune / 100;
  // Equal power; in the middle both sides are as the sample is.
  const double angle = (r.pan + 1) * 0.78539816339744831;
  const double left = r.pan == 0 ? 1 : std::sqrt(2.0) * std::cos(angle);
  const double right = r.pan == 0 ? 1 : std::sqrt(2.0) * std::sin(angle);
  p.left = static_cast<float>(left);
  p.right = static_cast<float>(right);
  p.gain = static_cast<float>(std::pow(10.0, r.volume_db / 20) * r.amplitude);
  p.delay_s = r.delay_s;
  p.eg_delay_s = r.eg_delay_s;
  p.envelope.attack_s = static_cast<float>(r.attack_s);
  p.envelope.hold_s = static_cast<float>(r.hold_s);
  p.envelope.decay_s = static_cast<float>(r.decay_s);
  p.envelope.sustain = static_cast<float>(r.sustain);
  p.envelope.release_s = static_cast<float>(std::max(r.release_s, kShortestRelease));
  return p;
}

// The one gain that brings the loudest note to kPeakDb.
float level_of(const SamplerRegions& regions, const std::vector<double>& peaks) {
  // Of regions that take turns one sounds; those that do not sound with all of them.
  using Turn = std::tuple<int, int, double, double, int>;
  const auto loudest = [&](int velocity) {
    double most = 0;
    for (int key = 0; key < 128; ++key) {
      std::map<Turn, double> turns;
      double always = 0;
      for (std::size_t i = 0; i < peaks.size(); ++i) {
        const SfzRegion& r = regions.told[i];
        if (key < r.lokey || key > r.hikey || velocity < r.lovel || velocity > r.hivel) continue;
        const bool takes_turns = r.seq_length > 1 || r.lorand > 0 || r.hirand < 1 || r.sw_last >= 0;
        (takes_turns ? turns[{r.seq_length, r.seq_position, r.lorand, r.hirand, r.sw_last}] : always) +=
            peaks[i] * peaks[i];
      }
      double turn = 0;
      for (const auto& [which, sum] : turns) turn = std::max(turn, sum);
      most = std::max(most, std::sqrt(always + turn));
    }
    return most;
  };
  double most = loudest(127);
  if (most <= 0) most = peaks.empty() ? 0 : *std::max_element(peaks.begin(), peaks.end());
  return most > 1e-9 ? static_cast<float>(std::pow(10.0, kPeakDb / 20) / most) : 1.0F;
}

// Frames of the sample from where the region begins until it is heard: silence, then the rise. tools/attack's measure,
// with the envelope's attack in a straight line.
struct Onset {
  std::int64_t silence = 0, rise = 0;
};

Onset onset_of(const PlayedRegion& p, double peak, double speed, double key) {
  const Sample& s = *p.sample;
  Onset onset;
  const double rate = s.rate * speed;  // frames of the sample a second of playing
  const auto most = p.begin + std::min<std::int64_t>(kMostLookedAt, p.end - p.begin);
  const auto longest =
      p.begin + static_cast<std::int64_t>(std::min(kMostSilence * rate, static_cast<double>(most - p.begin)));
  std::int64_t at = p.begin;
  const auto loud = [&](std::int64_t n) {
    for (int c = 0; c < s.channels; ++c)
      if (std::abs(static_cast<double>(s.channel(c)[n])) > kOnset * peak) return true;
    return false;
  };
  while (at < longest && !loud(at)) ++at;
  if (at >= longest) return onset;
  onset.silence = at - p.begin;
  const double period = p.keytrack > 0 ? 1 / note_frequency(static_cast<int>(key)).value : 0;
  const auto window = static_cast<std::int64_t>(std::max(1.0, std::max(kWindow, period) * rate));
  const double attack = static_cast<double>(p.envelope.attack_s) * rate;
  const auto power = [&](std::int64_t n) {
    if (n < p.begin) return 0.0;
    double sum = 0;
    const double gain = attack > 1 ? std::min(1.0, static_cast<double>(n - p.begin) / attack) : 1;
    for (int c = 0; c < s.channels; ++c)
      sum += std::pow(
          gain * (static_cast<double>(s.channel(c)[n]) - static_cast<double>(n > p.begin ? s.channel(c)[n - 1] : 0)),
          2);
    return sum;
  };
  const auto end = at + static_cast<std::int64_t>(std::min(kLookAt * rate, static_cast<double>(most - at)));
  const std::int64_t start = std::max(p.begin, at - window);
  std::vector<double> smooth;
  smooth.reserve(static_cast<std::size_t>(end - start));
  double sum = 0, loudest = 0;
  for (std::int64_t n = start; n < end; ++n) {
    sum += power(n) - (n - window >= start ? power(n - window) : 0);
    smooth.push_back(sum);
    loudest = std::max(loudest, sum);
  }
  const auto heard = std::find_if(smooth.begin(), smooth.end(), [&](double v) { return v >= kHeard * loudest; });
  onset.rise = std::max<std::int64_t>(0, start + (heard - smooth.begin()) - at);
  return onset;
}

void measure_attacks(SamplerRegions& regions, const std::vector<double>& peaks) {
  std::array<std::vector<double>, 128> of_key;
  std::map<std::array<double, 6>, Onset> known;
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    const SfzRegion& r = regions.told[i];
    const PlayedRegion& p = regions.played[i];
    const double key = std::clamp(p.keycenter, static_cast<double>(r.lokey), static_cast<double>(r.hikey));
    const double speed = p.speed(key, 0);
    const std::array<double, 6> same{static_cast<double>(p.sample - regions.samples.data()),
                                     static_cast<double>(p.begin),
                                     static_cast<double>(p.end),
                                     key,
                                     speed,
                                     static_cast<double>(p.envelope.attack_s)};
    auto found = known.find(same);
    if (found == known.end() && known.size() >= kMostOnsets) continue;
    if (found == known.end()) found = known.emplace(same, onset_of(p, peaks[i], speed, key)).first;
    for (int k = r.lokey; k <= r.hikey; ++k) {
      const double rate = p.sample->rate * p.speed(k, 0);
      const double silence = static_cast<double>(found->second.silence) / rate;
      const double rise = std::min(kMostAttack.value, static_cast<double>(found->second.rise) / rate);
      of_key[static_cast<std::size_t>(k)].push_back(std::min(kMostSilence, silence) + rise);
    }
  }
  for (std::size_t k = 0; k < 128; ++k) {
    auto& all = of_key[k];
    if (all.empty()) continue;
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) / 2);
    std::nth_element(all.begin(), middle, all.end());
    if (*middle > kLeastAttack) regions.attack[k] = Seconds{*middle};
  }
}

double tail_of(const SfzRegion& r, const PlayedRegion& p) {
  const double slowest = std::min(p.speed(r.lokey, 0), p.speed(r.hikey, 0));
  const double all = static_cast<double>(p.end - p.begin) / (p.sample->rate * std::max(slowest, 1.0 / 1024));
  const double release = Envelope::release_time(p.envelope);
  if (p.one_shot) return p.delay_s + all;
  return p.loop == PlayedRegion::Loop::None ? std::min(all, release) : release;
}

}  // namespace

SfzFile open_sfz(const fs::path& file, const fs::path& root) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    throw Error(ErrorCode::NotFound, "no SFZ file at " + file.string(),
                "paths of instruments are relative to the song's folder");
  SfzFile opened;
  opened.text = storage::read_file(file, kMostSfzBytes);
  opened.instrument = parse_sfz(opened.text, file.filename().string());
  const auto& regions = opened.instrument.regions;
  if (regions.empty())
    throw Error(ErrorCode::Corrupt, file.string() + " plays nothing: wanted a <region> with a sample, found none",
                opened.instrument.remarks.empty() ? "" : opened.instrument.remarks.front());
  const fs::path folder = fs::absolute(file).parent_path();
  const fs::path within = root.empty() ? folder.parent_path() : fs::absolute(root);
  std::map<std::string, fs::path> found;
  for (const SfzRegion& r : regions)
    if (!found.contains(r.sample)) found[r.sample] = find_sample(folder, within, r.sample, where(file, r));
  for (const auto& [name, path] : found) opened.samples.push_back(path);
  std::sort(opened.samples.begin(), opened.samples.end());
  opened.samples.erase(std::unique(opened.samples.begin(), opened.samples.end()), opened.samples.end());
  for (const SfzRegion& r : regions)
    opened.sample_of_region.push_back(static_cast<std::size_t>(
        std::lower_bound(opened.samples.begin(), opened.samples.end(), found[r.sample]) - opened.samples.begin()));
  return opened;
}

SamplerRegions load_regions(const fs::path& file, const fs::path& root) {
  SfzFile opened = open_sfz(file, root);
  SamplerRegions out;
  out.told = std::move(opened.instrument.regions);
  out.samples = load_samples(opened.samples);
  std::vector<double> peaks, loudness;
  for (std::size_t i = 0; i < out.told.size(); ++i) {
    const SfzRegion& r = out.told[i];
    const auto index = static_cast<std::int64_t>(opened.sample_of_region[i]);
    const Sample& sample = out.samples[opened.sample_of_region[i]];
    PlayedRegion p = play(r, sample, where(file, r));
    const auto peak = static_cast<double>(sample.peak(p.begin, p.end));
    set_fade(p, peak);
    if (p.loop != PlayedRegion::Loop::None) {
      auto seam = out.seams.find({index, p.loop_begin, p.loop_end});
      if (seam == out.seams.end())
        seam = out.seams.emplace(std::array{index, p.loop_begin, p.loop_end}, unroll(sample, p.loop_begin, p.loop_end))
                   .first;
      p.seam = &seam->second;
    }
    out.stereo = out.stereo || sample.channels == 2 || r.pan != 0;
    peaks.push_back(peak);
    // Velocity 1 is the loudest, but for a region that grows softer with it.
    const double loudest = r.veltrack < 0 ? 1 + r.veltrack : 1;
    loudness.push_back(peak * static_cast<double>(p.gain * std::max(p.left, p.right)) * loudest);
    out.tail = std::max(out.tail, Seconds{tail_of(r, p)});
    out.played.push_back(p);
  }
  const float level = level_of(out, loudness);
  for (PlayedRegion& p : out.played) p.gain *= level;
  measure_attacks(out, peaks);
  return out;
}

}  // namespace figment::instruments
