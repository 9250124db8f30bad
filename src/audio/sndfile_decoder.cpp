#include <sndfile.h>

#include <algorithm>

#include "audio/decoder.h"
#include "base/foreign_code.h"

namespace figment::audio {
namespace {

// "WAV, 16 bit" of libsndfile's "WAV (Microsoft)" and "Signed 16 bit PCM".
std::string describe(SNDFILE* file, int format) {
  const auto name = [&](int part) {
    SF_FORMAT_INFO info{};
    info.format = part;
    return sf_command(file, SFC_GET_FORMAT_INFO, &info, sizeof info) == 0 && info.name != nullptr ? std::string(info.name) : std::string();
  };
  std::string type = name(format & SF_FORMAT_TYPEMASK), samples = name(format & SF_FORMAT_SUBMASK);
  type = type.substr(0, type.find(" ("));
  for (const char* word : {"Signed ", "Unsigned ", " PCM"}) {
    if (const auto at = samples.find(word); at != std::string::npos) samples.erase(at, std::string(word).size());
  }
  return samples.empty() || samples == type ? type : type + ", " + samples;
}

class SndfileDecoder final : public Decoder {
 public:
  explicit SndfileDecoder(SNDFILE* file, const SF_INFO& info) : file_(file) {
    rate = Hertz{static_cast<double>(info.samplerate)};
    channels = info.channels;
    frames = info.frames;
    format = describe(file, info.format);
  }
  ~SndfileDecoder() override { sf_close(file_); }
  SndfileDecoder(const SndfileDecoder&) = delete;
  SndfileDecoder& operator=(const SndfileDecoder&) = delete;

  std::int64_t read(float* interleaved, std::int64_t count) override {
    before_foreign_code();
    const std::int64_t got = sf_readf_float(file_, interleaved, count);
    if (got < count && sf_error(file_) != SF_ERR_NO_ERROR) trouble = sf_strerror(file_);
    return got;
  }
  std::optional<SamplerChunk> sampler_chunk() const override {
    SF_INSTRUMENT found{};
    if (sf_command(file_, SFC_GET_INSTRUMENT, &found, sizeof found) != SF_TRUE) return std::nullopt;
    SamplerChunk chunk;
    chunk.key = std::clamp<int>(found.basenote, 0, 127);
    // libsndfile counts the end as the first frame that is not played.
    if (const auto& loop = found.loops[0]; found.loop_count > 0 && loop.mode == SF_LOOP_FORWARD && loop.end > loop.start)
      chunk.loop = SamplerChunk::Loop{loop.start, static_cast<std::int64_t>(loop.end) - 1};
    return chunk;
  }
  bool seek(std::int64_t frame) override { return sf_seek(file_, frame, SEEK_SET) == frame; }

 private:
  SNDFILE* file_;
};

}  // namespace

std::unique_ptr<Decoder> open_with_sndfile(const std::filesystem::path& file, std::string& reason) {
  SF_INFO info{};
  before_foreign_code();
  SNDFILE* handle = sf_open(file.c_str(), SFM_READ, &info);
  if (handle == nullptr) {
    reason = sf_strerror(nullptr);
    while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
    return nullptr;
  }
  return std::make_unique<SndfileDecoder>(handle, info);
}

}  // namespace figment::audio
