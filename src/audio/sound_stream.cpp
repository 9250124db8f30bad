#include "audio/sound_stream.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace figment::audio {
namespace {

constexpr std::int64_t kPiece = 16384;
constexpr float kMost = 64;        // +36 dBFS: what no float file of somebody sane holds
constexpr float kFold = 0.70794578F;  // -3 dB

// What channel c gives to the left and right.
std::pair<float, float> weights(int c, int channels) {
  if (channels <= 2) return {c == 0 ? 1.0F : 0.0F, c == channels - 1 ? 1.0F : 0.0F};
  if (c < 2) return {c == 0 ? 1.0F : 0.0F, c == 1 ? 1.0F : 0.0F};
  if (channels == 6 || channels == 8) {
    if (c == 2) return {kFold, kFold};
    if (c == 3) return {0.0F, 0.0F};
  }
  return c % 2 == 0 ? std::pair{kFold, 0.0F} : std::pair{0.0F, kFold};
}

}  // namespace

SoundStream::SoundStream(const std::filesystem::path& file, std::optional<Hertz> rate)
    : reader_(file), file_(file), rate_(rate.value_or(reader_.rate())), channels_(std::min(reader_.channels(), 2)) {
  facts_.format = reader_.format();
  facts_.rate = reader_.rate();
  facts_.channels = reader_.channels();
  raw_ = AudioBuffer(reader_.channels(), kPiece, reader_.rate());
  folded_ = AudioBuffer(channels_, kPiece, reader_.rate());
  if (rate_ != reader_.rate()) resampler_.emplace(reader_.rate(), rate_, channels_);
}

std::int64_t SoundStream::expected() const noexcept {
  return static_cast<std::int64_t>(std::llround(static_cast<double>(reader_.frames()) * (rate_ / reader_.rate())));
}

AudioView SoundStream::fold(std::int64_t frames) {
  const AudioBlock raw = raw_.block().part(0, frames);
  for (int c = 0; c < raw.channels(); ++c) {
    float* x = raw.channel(c);
    for (std::int64_t n = 0; n < frames; ++n) {
      if (!std::isfinite(x[n])) {
        x[n] = 0;
        ++facts_.repaired;
      } else if (std::abs(x[n]) > kMost) {
        x[n] = std::copysign(kMost, x[n]);
        ++facts_.repaired;
      }
    }
  }
  if (raw.channels() <= 2) return raw;
  const AudioBlock out = folded_.block().part(0, frames);
  out.clear();
  for (int c = 0; c < raw.channels(); ++c) {
    const auto [left, right] = weights(c, raw.channels());
    for (std::int64_t n = 0; n < frames; ++n) {
      out.channel(0)[n] += left * raw.channel(c)[n];
      out.channel(1)[n] += right * raw.channel(c)[n];
    }
  }
  return out;
}

AudioView SoundStream::read(std::int64_t most) {
  for (;;) {
    if (!waiting_.empty()) {
      const AudioView view = waiting_.part(0, most);
      waiting_ = waiting_.part(view.frames(), waiting_.frames());
      return view;
    }
    if (ended_) return {};
    const std::int64_t got = reader_.read(raw_.block());
    facts_.frames += got;
    if (got < raw_.frames()) {
      ended_ = true;
      facts_.trouble = reader_.cut_short();
      reader_.check_unchanged();
      if (facts_.frames == 0) throw Error(ErrorCode::Corrupt, file_.string() + " holds no sound" + (facts_.trouble.empty() ? "" : ": " + facts_.trouble));
    }
    const AudioView piece = fold(got);
    if (!resampler_) {
      waiting_ = piece;
    } else {
      waiting_ = piece.empty() ? AudioView() : resampler_->push(piece);
      if (ended_) {
        // The resampler's answer to its end follows what it gave for the last piece.
        folded_ = AudioBuffer(channels_, waiting_.frames(), rate_);
        folded_.block().copy_from(waiting_);
        const AudioView rest = resampler_->push({});
        AudioBuffer both(channels_, folded_.frames() + rest.frames(), rate_);
        both.block().part(0, folded_.frames()).copy_from(folded_.view());
        both.block().part(folded_.frames(), rest.frames()).copy_from(rest);
        folded_ = std::move(both);
        waiting_ = folded_.view();
      }
    }
  }
}

AudioBuffer read_sound(const std::filesystem::path& file, std::optional<Hertz> rate, Seconds most) {
  SoundStream stream(file, rate);
  const std::int64_t limit = to_frames(most, stream.rate()).value;
  std::vector<AudioBuffer> pieces;
  std::int64_t total = 0;
  for (AudioView view = stream.read(1 << 20); !view.empty(); view = stream.read(1 << 20)) {
    AudioBuffer piece(view.channels(), view.frames(), view.rate());
    piece.block().copy_from(view);
    total += view.frames();
    if (total > limit)
      throw Error(ErrorCode::Unsupported, file.string() + " is longer than " + std::to_string(static_cast<int>(most.value)) + " s");
    pieces.push_back(std::move(piece));
  }
  AudioBuffer sound(stream.channels(), total, stream.rate());
  std::int64_t at = 0;
  for (const AudioBuffer& piece : pieces) {
    sound.block().part(at, piece.frames()).copy_from(piece.view());
    at += piece.frames();
  }
  return sound;
}

}  // namespace figment::audio
