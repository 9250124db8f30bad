// The libraries are opened here, when libsndfile has refused a file: linked to, they would make every start of the
// program wait for a hundred others.
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/log.h>
}

#include <cstring>
#include <deque>

#include "audio/decoder.h"
#include "base/error.h"
#include "base/foreign_code.h"
#include "base/shared_library.h"

namespace figment::audio {
namespace {

#define FIGMENT_TEXT_(x) #x
#define FIGMENT_TEXT(x) FIGMENT_TEXT_(x)
#define FIGMENT_LIBRARY(name, major) "lib" name ".so." FIGMENT_TEXT(major), "lib" name FIGMENT_TEXT(major)

// Structs are read through the headers we were compiled with, so only that major version will do.
struct Ffmpeg {
  SharedLibrary format{FIGMENT_LIBRARY("avformat", LIBAVFORMAT_VERSION_MAJOR)};
  SharedLibrary codec{FIGMENT_LIBRARY("avcodec", LIBAVCODEC_VERSION_MAJOR)};
  SharedLibrary util{FIGMENT_LIBRARY("avutil", LIBAVUTIL_VERSION_MAJOR)};
#define FIGMENT_CALL(library, name) decltype(&::name) name = library.get<decltype(&::name)>(#name)
  FIGMENT_CALL(format, avformat_open_input);
  FIGMENT_CALL(format, avformat_close_input);
  FIGMENT_CALL(format, avformat_find_stream_info);
  FIGMENT_CALL(format, av_find_best_stream);
  FIGMENT_CALL(format, av_read_frame);
  FIGMENT_CALL(codec, avcodec_alloc_context3);
  FIGMENT_CALL(codec, avcodec_free_context);
  FIGMENT_CALL(codec, avcodec_parameters_to_context);
  FIGMENT_CALL(codec, avcodec_open2);
  FIGMENT_CALL(codec, avcodec_send_packet);
  FIGMENT_CALL(codec, avcodec_receive_frame);
  FIGMENT_CALL(codec, av_packet_alloc);
  FIGMENT_CALL(codec, av_packet_free);
  FIGMENT_CALL(codec, av_packet_unref);
  FIGMENT_CALL(util, av_frame_alloc);
  FIGMENT_CALL(util, av_frame_free);
  FIGMENT_CALL(util, av_frame_unref);
  FIGMENT_CALL(util, av_dict_set);
  FIGMENT_CALL(util, av_dict_free);
  FIGMENT_CALL(util, av_log_set_level);
  FIGMENT_CALL(util, av_strerror);
#undef FIGMENT_CALL

  [[nodiscard]] std::string words(int code) const {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return text;
  }
};

const Ffmpeg& ffmpeg() {
  static const Ffmpeg libraries = [] {
    Ffmpeg made;
    made.av_log_set_level(AV_LOG_QUIET);
    return made;
  }();
  return libraries;
}

// Containers that hold their sound themselves. Playlists and streaming manifests are not among them: they would make a
// file from outside open others.
constexpr const char* kContainers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpegts,mpeg,mpegvideo,wav,w64,aiff,caf,aac,ac3,eac3,dts,dtshd,truehd,mlp,"
    "mp3,mp2,ogg,flac,amr,amrnb,amrwb,ape,wv,tta,tak,shn,mpc,mpc8,dsf,iff,au,voc,rm,nut,mxf,gxf,wtv,dv,rso,sox,adx,aa,aax,swf,"
    "apc,qcp,oma,bit,gsm,loas,latm,sbc,aptx,xa,ea,bink,smk,4xm,roq,vqf,ircam,avr,svx,pvf,sds,paf,nistsphere,wve,epaf,brstm,bfstm";

float sample(const AVFrame& frame, int channel, int n, int channels) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = format >= AV_SAMPLE_FMT_U8P && format != AV_SAMPLE_FMT_S64;
  const std::uint8_t* data = frame.extended_data[planar ? channel : 0];
  const std::size_t at = planar ? static_cast<std::size_t>(n) : static_cast<std::size_t>(n) * static_cast<std::size_t>(channels) + static_cast<std::size_t>(channel);
  const auto value = [&](auto type) {
    decltype(type) v;
    std::memcpy(&v, data + at * sizeof v, sizeof v);
    return v;
  };
  switch (format) {
    case AV_SAMPLE_FMT_U8: case AV_SAMPLE_FMT_U8P: return static_cast<float>(value(std::uint8_t{}) - 128) / 128.0F;
    case AV_SAMPLE_FMT_S16: case AV_SAMPLE_FMT_S16P: return static_cast<float>(value(std::int16_t{})) / 32768.0F;
    case AV_SAMPLE_FMT_S32: case AV_SAMPLE_FMT_S32P: return static_cast<float>(value(std::int32_t{}) / 2147483648.0);
    case AV_SAMPLE_FMT_FLT: case AV_SAMPLE_FMT_FLTP: return value(float{});
    case AV_SAMPLE_FMT_DBL: case AV_SAMPLE_FMT_DBLP: return static_cast<float>(value(double{}));
    case AV_SAMPLE_FMT_S64: case AV_SAMPLE_FMT_S64P: return static_cast<float>(static_cast<double>(value(std::int64_t{})) / 9223372036854775808.0);
    default: return 0;
  }
}

class FfmpegDecoder final : public Decoder {
 public:
  // Throws std::string: the reason.
  explicit FfmpegDecoder(const std::filesystem::path& file) : file_(file) { open(); }
  ~FfmpegDecoder() override { close(); }
  FfmpegDecoder(const FfmpegDecoder&) = delete;
  FfmpegDecoder& operator=(const FfmpegDecoder&) = delete;

  std::int64_t read(float* interleaved, std::int64_t count) override {
    std::int64_t done = 0;
    const auto width = static_cast<std::size_t>(channels);
    while (done < count) {
      if (used_ == ready_.size() && !decode()) break;
      const std::size_t take = std::min(ready_.size() - used_, static_cast<std::size_t>(count - done) * width);
      std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(used_), take, interleaved + static_cast<std::size_t>(done) * width);
      used_ += take;
      done += static_cast<std::int64_t>(take / width);
    }
    return done;
  }

  // From the start: exact in every container, and rarely asked for.
  bool seek(std::int64_t frame) override {
    try {
      close();
      open();
    } catch (const std::string&) {
      return false;
    }
    std::vector<float> thrown(static_cast<std::size_t>(4096) * static_cast<std::size_t>(channels));
    while (frame > 0) {
      const std::int64_t got = read(thrown.data(), std::min<std::int64_t>(frame, 4096));
      if (got == 0) return false;
      frame -= got;
    }
    return true;
  }

 private:
  void open() {
    const Ffmpeg& f = ffmpeg();
    before_foreign_code();
    AVDictionary* options = nullptr;
    f.av_dict_set(&options, "protocol_whitelist", "file", 0);
    f.av_dict_set(&options, "format_whitelist", kContainers, 0);
    const int status = f.avformat_open_input(&container_, ("file:" + file_.string()).c_str(), nullptr, &options);
    f.av_dict_free(&options);
    if (status < 0) throw f.words(status);
    try {
      open_stream();
    } catch (...) {
      close();
      throw;
    }
  }

  void open_stream() {
    const Ffmpeg& f = ffmpeg();
    int status = f.avformat_find_stream_info(container_, nullptr);
    if (status < 0) throw f.words(status);
    const AVCodec* codec = nullptr;
    stream_ = f.av_find_best_stream(container_, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
    if (stream_ < 0 || codec == nullptr) throw std::string("there is no sound in it that can be decoded");
    const AVStream& stream = *container_->streams[stream_];
    context_ = f.avcodec_alloc_context3(codec);
    if (context_ == nullptr) throw std::string("out of memory");
    if ((status = f.avcodec_parameters_to_context(context_, stream.codecpar)) < 0 || (status = f.avcodec_open2(context_, codec, nullptr)) < 0)
      throw f.words(status);
    packet_ = f.av_packet_alloc();
    frame_ = f.av_frame_alloc();
    if (packet_ == nullptr || frame_ == nullptr) throw std::string("out of memory");
    channels = stream.codecpar->ch_layout.nb_channels;
    rate = Hertz{static_cast<double>(stream.codecpar->sample_rate)};
    exact = false;
    const double seconds = stream.duration > 0 ? static_cast<double>(stream.duration) * stream.time_base.num / stream.time_base.den
                           : container_->duration > 0 ? static_cast<double>(container_->duration) / AV_TIME_BASE : 0;
    frames = seconds < 1e7 ? static_cast<std::int64_t>(seconds * rate.value) : 0;
    std::string container = container_->iformat->name;
    container = container.substr(0, container.find(','));
    format = container + ", " + codec->name;
    ended_ = false;
  }

  void close() {
    const Ffmpeg& f = ffmpeg();
    before_foreign_code();
    if (frame_ != nullptr) f.av_frame_free(&frame_);
    if (packet_ != nullptr) f.av_packet_free(&packet_);
    if (context_ != nullptr) f.avcodec_free_context(&context_);
    if (container_ != nullptr) f.avformat_close_input(&container_);
    ready_.clear();
    used_ = 0;
  }

  // The next decoded samples into `ready_`; false at the end.
  bool decode() {
    const Ffmpeg& f = ffmpeg();
    before_foreign_code();
    for (;;) {
      const int got = f.avcodec_receive_frame(context_, frame_);
      if (got == 0) {
        const bool kept = keep();
        f.av_frame_unref(frame_);
        if (!kept) return false;
        if (ready_.empty()) continue;
        return true;
      }
      if (got != AVERROR(EAGAIN) || ended_) {
        if (got != AVERROR_EOF && got != AVERROR(EAGAIN)) trouble = f.words(got);
        return false;
      }
      feed();
    }
  }

  // One packet of our stream to the decoder; at the end of the file, the wish to be emptied. What cannot be decoded is
  // skipped, as players do, but not forever.
  void feed() {
    const Ffmpeg& f = ffmpeg();
    for (;;) {
      const int status = f.av_read_frame(container_, packet_);
      if (status < 0) {
        if (status != AVERROR_EOF) trouble = f.words(status);
        ended_ = true;
        f.avcodec_send_packet(context_, nullptr);
        return;
      }
      const bool ours = packet_->stream_index == stream_;
      const int sent = ours ? f.avcodec_send_packet(context_, packet_) : 0;
      f.av_packet_unref(packet_);
      if (sent < 0 && sent != AVERROR(EAGAIN)) trouble = f.words(sent);
      if (ours) return;
    }
  }

  bool keep() {
    const int found = frame_->ch_layout.nb_channels;
    if (found != channels || frame_->sample_rate != static_cast<int>(rate.value)) {
      trouble = "sample rate or channels change in the middle";
      return false;
    }
    ready_.resize(static_cast<std::size_t>(frame_->nb_samples) * static_cast<std::size_t>(channels));
    used_ = 0;
    std::size_t at = 0;
    for (int n = 0; n < frame_->nb_samples; ++n) {
      for (int c = 0; c < channels; ++c) ready_[at++] = sample(*frame_, c, n, channels);
    }
    return true;
  }

  std::filesystem::path file_;
  AVFormatContext* container_ = nullptr;
  AVCodecContext* context_ = nullptr;
  AVPacket* packet_ = nullptr;
  AVFrame* frame_ = nullptr;
  int stream_ = -1;
  bool ended_ = false;
  std::vector<float> ready_;
  std::size_t used_ = 0;
};

}  // namespace

std::unique_ptr<Decoder> open_with_ffmpeg(const std::filesystem::path& file, std::string& reason) {
  try {
    return std::make_unique<FfmpegDecoder>(file);
  } catch (const std::string& why) {
    reason = why;
  } catch (const Error& missing) {
    reason = std::string(missing.what()) + " (" + missing.hint() + ")";
  }
  return nullptr;
}

}  // namespace figment::audio
