#include "neural/engines/music_engine.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "audio/resample.h"
#include "base/blas_environment.h"
#include "base/error.h"
#include "neural/encodec/decode_stream.h"
#include "neural/musicgen/chroma.h"
#include "neural/musicgen/windows.h"

namespace figment::neural {
namespace {

constexpr double kLeastTune = 0.25;                    // seconds
constexpr float kSilent = 1e-4F;                       // -80 dBFS

bool blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

std::string number(double x, int decimals = 1) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, x);
  return text;
}

// At the codec's rate, with as many channels: mono is what both sides have in common.
audio::AudioBuffer brought(audio::AudioView clip, std::int64_t rate, int channels) {
  audio::AudioBuffer mixed(channels, clip.frames(), clip.rate());
  if (channels == 1 && clip.channels() > 1) {
    for (int c = 0; c < clip.channels(); ++c) mixed.block().add(clip.only(c), 1.0F / static_cast<float>(clip.channels()));
  } else {
    for (int c = 0; c < channels; ++c) std::copy_n(clip.channel(std::min(c, clip.channels() - 1)), clip.frames(), mixed.channel(c));
  }
  const Hertz to{static_cast<double>(rate)};
  return clip.rate() == to ? std::move(mixed) : audio::resample(mixed.view(), to);
}

at::Tensor as_tensor(audio::AudioView sound) {
  at::Tensor t = at::empty({sound.channels(), 1, sound.frames()}, at::kFloat);
  for (int c = 0; c < sound.channels(); ++c) std::copy_n(sound.channel(c), sound.frames(), t[c].data_ptr<float>());
  return t;
}

// Hands decoded sound on, cut to the length that was asked for, its beginning replaced by the clip that it goes on from.
class Output {
 public:
  Output(roles::MusicFacts& facts, const roles::MusicGenerator::Sink& sink, const audio::AudioBuffer& clip) : facts_(facts), sink_(sink), clip_(clip), join_(std::llround(kJoin * facts.rate.value)) {}

  void operator()(const at::Tensor& sound) {
    const std::int64_t count = std::min(sound.size(2), facts_.frames - at_);
    if (count <= 0) return;
    audio::AudioBuffer block(facts_.channels, count, facts_.rate);
    for (int c = 0; c < facts_.channels; ++c) {
      const at::Tensor channel = sound[c][0].contiguous();
      const float* made = channel.data_ptr<float>();
      float* to = block.channel(c);
      for (std::int64_t n = 0; n < count; ++n) {
        const std::int64_t left = clip_.frames() - (at_ + n);      // of the clip, from here on
        const float share = left <= 0 ? 0.0F : std::min(1.0F, static_cast<float>(left) / static_cast<float>(join_));
        to[n] = (share > 0 ? share * clip_.channel(c)[at_ + n] : 0.0F) + (1 - share) * made[n];
      }
    }
    sink_(facts_, block.view());
    at_ += count;
  }

 private:
  roles::MusicFacts& facts_;
  const roles::MusicGenerator::Sink& sink_;
  const audio::AudioBuffer& clip_;
  std::int64_t join_, at_ = 0;
};

class MusicEngine final : public roles::MusicGenerator {
 public:
  explicit MusicEngine(const roles::NeuralRequest& request) : networks_(request), precise_(request.precision == "f32"), info_{request.engine, kMusicEngineVersion, "music from words by a neural network, --precision " + request.precision, {}} {}

  [[nodiscard]] roles::EngineInfo info() const override {
    roles::EngineInfo now = info_;
    now.weights = networks_.used();
    return now;
  }
  roles::MusicFacts generate(const roles::MusicRequest& request, const Sink& sink, const Progress& progress) override;

 private:
  [[nodiscard]] Sampling sampling_for(const roles::MusicRequest& request) const;
  [[nodiscard]] audio::AudioBuffer tune_of(const roles::MusicRequest& request) const;
  [[nodiscard]] std::vector<float> chroma_at(const audio::AudioBuffer& tune, double seconds) const;
  [[nodiscard]] std::vector<std::int32_t> codes_of(audio::AudioView clip);

  MusicNetworks networks_;
  bool precise_;                         // on LibTorch, whose matrix library may be a slow one
  roles::EngineInfo info_;
  std::string text_;                     // that text_vectors_ were made of
  std::vector<float> text_vectors_;
};

Sampling MusicEngine::sampling_for(const roles::MusicRequest& request) const {
  Sampling s;
  s.guidance = request.guidance.value_or(networks_.settings().guidance);
  s.temperature = request.temperature.value_or(s.temperature);
  s.top_k = request.top_k.value_or(s.top_k);
  s.top_p = request.top_p.value_or(s.top_p);
  if (!(s.temperature >= 0 && s.temperature <= 10)) throw Error(ErrorCode::InvalidArgument, "temperature: wanted 0 (always the likeliest) to 10, found " + number(s.temperature, 3));
  if (!(s.guidance >= 0 && s.guidance <= 100)) throw Error(ErrorCode::InvalidArgument, "guidance: wanted 0 to 100, found " + number(s.guidance, 3));
  if (!(s.top_p >= 0 && s.top_p <= 1) || s.top_k < 0) throw Error(ErrorCode::InvalidArgument, "top-p: wanted 0 to 1, top-k 0 or more");
  if (s.temperature == 0) s.greedy = true;
  return s;
}

audio::AudioBuffer MusicEngine::tune_of(const roles::MusicRequest& request) const {
  const MusicgenSettings& s = networks_.settings();
  if (!request.melody) return {};
  if (!s.lm.prefixed()) throw Error(ErrorCode::InvalidArgument, info_.name + " cannot follow a tune; it was not taught to", "--engine musicgen-melody can");
  audio::AudioBuffer tune = brought(request.melody->view(), s.codec.rate, 1);
  if (static_cast<double>(tune.frames()) < kLeastTune * static_cast<double>(s.codec.rate)) throw Error(ErrorCode::InvalidArgument, "the tune to follow is shorter than a quarter of a second");
  if (audio::peak(tune.view()) < kSilent) throw Error(ErrorCode::InvalidArgument, "the tune to follow is silence", "give a clip in which something sings or plays; figment analyze shows what is in it");
  return tune;
}

std::vector<float> MusicEngine::chroma_at(const audio::AudioBuffer& tune, double seconds) const {
  const MusicgenSettings& s = networks_.settings();
  if (tune.empty()) return {};
  // A window's worth from here on, the tune from its start again where it ends.
  const std::int64_t first = std::llround(seconds * static_cast<double>(s.codec.rate)), length = std::llround(s.window_seconds * static_cast<double>(s.codec.rate));
  at::Tensor heard;
  if (first == 0) {
    heard = at::from_blob(const_cast<float*>(tune.channel(0)), {std::min(tune.frames(), length)}, at::kFloat);
  } else {
    heard = at::empty({length}, at::kFloat);
    float* to = heard.data_ptr<float>();
    for (std::int64_t n = 0; n < length; ++n) to[n] = tune.channel(0)[(first + n) % tune.frames()];
  }
  const MelodyChroma chroma(static_cast<double>(s.codec.rate), s.lm.chroma);
  const at::Tensor notes = MelodyChroma::of_length(MelodyChroma::loudest_only(chroma.normalised(heard)), s.lm.chroma_length).contiguous();
  return {notes.data_ptr<float>(), notes.data_ptr<float>() + notes.numel()};
}

// Both channels' codes in turn, as the language model has them: [codebook][frame].
std::vector<std::int32_t> MusicEngine::codes_of(audio::AudioView clip) {
  const at::Tensor codes = networks_.codec().encode(as_tensor(clip), networks_.settings().codec.codebooks);      // [channels, codebooks, frames]
  return to_plain(codes.transpose(0, 1));
}

roles::MusicFacts MusicEngine::generate(const roles::MusicRequest& request, const Sink& sink, const Progress& progress) {
  const c10::InferenceMode inference;
  const MusicgenSettings& s = networks_.settings();
  if (blank(request.prompt) && !request.melody && !request.go_on) throw Error(ErrorCode::InvalidArgument, "the prompt is empty: " + info_.name + " was told nothing to make", "say what you want to hear: genre, instruments, mood, tempo");
  if (!(request.length.value >= kShortest && request.length.value <= kLongest)) throw Error(ErrorCode::InvalidArgument, "length: wanted " + number(kShortest) + " to " + number(kLongest, 0) + " seconds, found " + number(request.length.value, 2));
  const Sampling sampling = sampling_for(request);
  const audio::AudioBuffer tune = tune_of(request);

  roles::MusicFacts facts;
  facts.rate = Hertz{static_cast<double>(s.codec.rate)};
  facts.channels = static_cast<int>(s.lm.channels);
  facts.frames = std::llround(request.length.value * facts.rate.value);
  facts.text = request.prompt;
  if (precise_)
    if (const BlasReport blas = blas_report(); !blas.problem.empty()) facts.remarks.push_back(blas.problem);
  const double frame_rate = networks_.frame_rate();
  const std::int64_t frames = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(static_cast<double>(facts.frames) / static_cast<double>(s.codec.hop()))));
  const std::int64_t window = std::llround(s.window_seconds * frame_rate), stride = std::llround(s.stride_seconds * frame_rate);

  audio::AudioBuffer clip;
  std::vector<std::int32_t> prompt;
  if (request.go_on) {
    clip = brought(request.go_on->view(), s.codec.rate, facts.channels);
    // Codes stand for whole frames: what is left over after the clip's last whole one is made anew.
    const std::int64_t whole = clip.frames() / s.codec.hop();
    if (whole < 1) throw Error(ErrorCode::InvalidArgument, "the clip to go on from is shorter than a fiftieth of a second");
    if (whole >= frames) throw Error(ErrorCode::InvalidArgument, "the clip to go on from has " + number(static_cast<double>(clip.frames()) / facts.rate.value) + " s, and the result shall have " + number(request.length.value) + " s in all", "ask for more than the clip has: --seconds " + number(std::ceil(static_cast<double>(clip.frames()) / facts.rate.value) + 10, 0));
    if (audio::peak(clip.view()) < kSilent) facts.remarks.push_back("the clip to go on from is silence");
    clip = [&] {
      audio::AudioBuffer cut(clip.channels(), whole * s.codec.hop(), clip.rate());
      cut.block().copy_from(clip.view().part(0, cut.frames()));
      return cut;
    }();
    // Only the last window's worth is ever heard; codes before it only hold the place.
    const std::int64_t heard = std::min(whole, window);
    const auto known = codes_of(clip.view().part((whole - heard) * s.codec.hop(), heard * s.codec.hop()));
    prompt.assign(static_cast<std::size_t>(s.lm.codebooks * whole), 0);
    for (std::int64_t k = 0; k < s.lm.codebooks; ++k) std::copy_n(known.begin() + k * heard, heard, prompt.begin() + k * whole + whole - heard);
  }
  progress.check();
  if (blank(request.prompt)) text_vectors_.clear(), text_.clear();
  else if (text_ != request.prompt || text_vectors_.empty()) text_vectors_ = networks_.read_text(request.prompt), text_ = request.prompt;
  progress.set(0.01, "loading " + info_.name);

  const bool guided = sampling.guidance != 1 && (!text_vectors_.empty() || !tune.empty());
  const Progress loading = progress.part(0.01, 0.05), making = progress.part(0.05, 1);
  const std::int64_t given = static_cast<std::int64_t>(prompt.size()) / s.lm.codebooks;
  DecodeStream stream(networks_.codec());
  Output output(facts, sink, clip);
  const auto decode = [&](const std::vector<std::int32_t>& codes) {
    // [codebook][left, right][frame] to a row for each channel.
    const at::Tensor all = to_tensor(codes, s.lm.codebooks).reshape({s.lm.codebooks / s.lm.channels, s.lm.channels, -1});
    output(stream.push(all.transpose(0, 1).contiguous()));
  };
  if (given > 0) decode(prompt);

  LongOptions options;
  options.frames = frames;
  options.window = window, options.stride = stride;
  options.prompt = std::move(prompt);
  options.sampling = sampling;
  options.seed = request.seed;
  std::chrono::steady_clock::time_point begun;
  std::int64_t last_told = 0;
  options.on_frames = [&](std::int64_t first, std::int64_t count, const std::vector<std::int32_t>& codes) {
    if (last_told == 0) begun = std::chrono::steady_clock::now();
    decode(codes);
    const std::int64_t made = first + count;
    if (made - last_told < 10 && made < frames) return;
    last_told = made;
    // For people only: nothing that is made depends on the clock.
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(), left = made > given + 1 ? took * static_cast<double>(frames - made) / static_cast<double>(made - given) : 0;
    making.set(static_cast<double>(made - given) / static_cast<double>(frames - given), "making " + number(static_cast<double>(made) / frame_rate) + " of " + number(request.length.value) + " s" + (left >= 1 ? ", about " + number(left, 0) + " s left" : ""));
  };
  const auto model_for = [&](const Window& w) {
    // The last steps only choose late codebooks of the last frames.
    const std::int64_t most = DelayPattern{s.lm.codebooks, s.lm.channels}.steps(w.frames);
    return networks_.start(text_vectors_, chroma_at(tune, static_cast<double>(w.first) / frame_rate), guided, most, loading);
  };
  try {
    generate_long(model_for, {s.lm.codebooks, s.lm.channels}, static_cast<std::int32_t>(s.lm.card), options, making.quiet());
  } catch (const Error& e) {
    if (e.code() == ErrorCode::Cancelled) output(stream.finish());
    throw;
  } catch (const c10::Error& e) {
    // What LibTorch refuses here is memory, on the processor or on a GPU; its own words name the place in its code.
    const std::string said = e.what_without_backtrace();
    throw Error(said.find("memory") != std::string::npos ? ErrorCode::OutOfMemory : ErrorCode::Unsupported, "LibTorch gave up: " + said.substr(0, said.find('\n')), "a smaller model or --precision q4 takes less memory");
  }
  output(stream.finish());
  return facts;
}

}  // namespace

std::unique_ptr<roles::MusicGenerator> make_music_engine(const roles::NeuralRequest& request) { return std::make_unique<MusicEngine>(request); }

}  // namespace figment::neural
