#include "instruments/samples.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace figment::instruments {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;
constexpr double kLongestSeconds = 600, kLowestRate = 1000, kHighestRate = 768000;

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// What lies at `path` but for the case of its letters; empty when nothing does.
fs::path in_any_case(const fs::path& folder, const fs::path& relative) {
  fs::path found = folder;
  std::error_code error;
  for (const fs::path& part : relative) {
    if (fs::exists(found / part, error)) {
      found /= part;
      continue;
    }
    const std::string wanted = lowered(part.string());
    std::vector<std::string> alike;
    for (fs::directory_iterator it(found, error), end; !error && it != end; it.increment(error))
      if (std::string name = it->path().filename().string(); lowered(name) == wanted) alike.push_back(std::move(name));
    if (alike.empty()) return {};
    found /= *std::min_element(alike.begin(), alike.end());
  }
  return found;
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

// What the header promises, checked.
Sample look_at(const fs::path& file) {
  const audio::AudioReader reader(file);
  Sample sample;
  sample.file = file;
  sample.rate = reader.rate().value;
  sample.channels = reader.channels();
  sample.frames = reader.frames();
  sample.chunk = reader.sampler_chunk();
  if (sample.channels > 2)
    throw Error(ErrorCode::Unsupported,
                file.string() + " has " + std::to_string(sample.channels) + " channels; a sampler plays one or two",
                "mix it down to stereo");
  if (!(sample.rate >= kLowestRate && sample.rate <= kHighestRate))
    throw Error(ErrorCode::Unsupported, file.string() + " has a rate of " + std::to_string(std::lround(sample.rate)) +
                                            " Hz; a sampler plays 1000 to 768000");
  if (sample.frames < 1) throw Error(ErrorCode::Corrupt, file.string() + " holds no sound at all");
  if (const double seconds = static_cast<double>(sample.frames) / sample.rate; seconds > kLongestSeconds)
    throw Error(ErrorCode::Unsupported,
                file.string() + " lasts " + duration(seconds) + "; a sample lasts at most 10 min",
                "cut it to what is played");
  return sample;
}

std::int64_t bytes_of(const Sample& s) { return s.stride() * s.channels * static_cast<std::int64_t>(sizeof(float)); }

float peak_of(const Sample& s, std::int64_t begin, std::int64_t end) {
  float peak = 0;
  for (int c = 0; c < s.channels; ++c)
    for (std::int64_t n = begin; n < end; ++n) peak = std::max(peak, std::abs(s.channel(c)[n]));
  return peak;
}

void read_into(Sample& sample) {
  audio::AudioReader reader(sample.file);
  sample.data.assign(static_cast<std::size_t>(sample.stride() * sample.channels), 0.0F);
  const audio::AudioBlock block(sample.data.data() + Sample::kBefore, sample.stride(), sample.channels, sample.frames,
                                Hertz{sample.rate});
  if (reader.channels() != sample.channels || reader.read(block) != sample.frames)
    throw Error(ErrorCode::Corrupt, sample.file.string() + " changed while it was read");
  for (float v : sample.data)
    if (!std::isfinite(v))
      throw Error(ErrorCode::Corrupt, sample.file.string() + " holds samples that are not numbers (NaN or infinite)",
                  "write it again from the program it comes from");
  for (std::int64_t n = 0; n < sample.frames; n += Sample::kPeakBlock)
    sample.peaks.push_back(peak_of(sample, n, std::min(n + Sample::kPeakBlock, sample.frames)));
}

}  // namespace

float Sample::peak(std::int64_t begin, std::int64_t end) const noexcept {
  const std::int64_t first = (begin + kPeakBlock - 1) / kPeakBlock, last = end / kPeakBlock;  // whole blocks
  if (first >= last) return peak_of(*this, begin, end);
  const float whole = *std::max_element(peaks.begin() + first, peaks.begin() + last);
  return std::max({whole, peak_of(*this, begin, first * kPeakBlock), peak_of(*this, last * kPeakBlock, end)});
}

fs::path find_sample(const fs::path& folder, const fs::path& root, const std::string& relative,
                     const std::string& where) {
  std::string tidy = relative;
  std::replace(tidy.begin(), tidy.end(), '\\', '/');
  const bool drive = tidy.size() > 1 && tidy[1] == ':';
  const fs::path place = (folder / tidy).lexically_normal();
  const fs::path from_root = place.lexically_relative(root.lexically_normal());
  if (tidy.empty() || drive || fs::path(tidy).is_absolute() || from_root.empty() || *from_root.begin() == "..")
    throw Error(ErrorCode::Corrupt, where + ": the sample \"" + relative + "\" lies outside " + root.string(),
                "paths of samples are relative to the SFZ file; move the samples beside it");
  std::error_code error;
  if (fs::is_regular_file(place, error)) return place;
  const fs::path found = in_any_case(root, from_root);
  if (!found.empty() && fs::is_regular_file(found, error)) return found;
  throw Error(ErrorCode::NotFound, where + ": no sample at " + place.string(),
              "put the file there, or correct sample= (or default_path=)");
}

std::vector<Sample> load_samples(const std::vector<fs::path>& files) {
  std::vector<Sample> samples;
  samples.reserve(files.size());
  std::int64_t total = 0;
  for (const fs::path& file : files) {
    samples.push_back(look_at(file));
    total += bytes_of(samples.back());
  }
  if (total > kMostBytes) {
    const auto& biggest = *std::max_element(samples.begin(), samples.end(),
                                            [](const Sample& a, const Sample& b) { return bytes_of(a) < bytes_of(b); });
    throw Error(ErrorCode::Unsupported,
                std::to_string(files.size()) + " samples take " + std::to_string(total >> 20) +
                    " MiB of memory; an instrument has at most " + std::to_string(kMostBytes >> 20) +
                    ". The biggest is " + biggest.file.string() + " (" + std::to_string(bytes_of(biggest) >> 20) +
                    " MiB)",
                "leave out regions the song does not play");
  }
  for (Sample& sample : samples) read_into(sample);
  return samples;
}

}  // namespace figment::instruments
