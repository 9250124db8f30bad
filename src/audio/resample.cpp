#include "audio/resample.h"

#include <soxr.h>

#include <string>

#include "base/error.h"
#include "base/foreign_code.h"
#include "base/shared_library.h"

namespace figment::audio {
namespace {

// Opened when it is needed: most commands do not, and the OpenMP library it brings along reads its settings when it is loaded, which
// the neural module must be able to choose before (base/blas_environment.h).
struct Soxr {
  SharedLibrary library{"libsoxr.so.0", "libsoxr0"};
  decltype(&::soxr_io_spec) io_spec = library.get<decltype(&::soxr_io_spec)>("soxr_io_spec");
  decltype(&::soxr_quality_spec) quality_spec = library.get<decltype(&::soxr_quality_spec)>("soxr_quality_spec");
  decltype(&::soxr_runtime_spec) runtime_spec = library.get<decltype(&::soxr_runtime_spec)>("soxr_runtime_spec");
  decltype(&::soxr_create) create = library.get<decltype(&::soxr_create)>("soxr_create");
  decltype(&::soxr_process) process = library.get<decltype(&::soxr_process)>("soxr_process");
  decltype(&::soxr_delete) destroy = library.get<decltype(&::soxr_delete)>("soxr_delete");
};

const Soxr& soxr() {
  static const Soxr opened;
  return opened;
}

}  // namespace

Resampler::Resampler(Hertz from, Hertz to, int channels) : from_(from), to_(to), channels_(channels) {
  if (from == to) return;
  soxr_error_t error = nullptr;
  const soxr_io_spec_t io = soxr().io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
  const soxr_quality_spec_t quality = soxr().quality_spec(SOXR_20_BITQ, 0);
  const soxr_runtime_spec_t runtime = soxr().runtime_spec(1);
  soxr_ = soxr().create(from.value, to.value, static_cast<unsigned>(channels), &error, &io, &quality, &runtime);
  if (error != nullptr || soxr_ == nullptr)
    throw Error(ErrorCode::Unsupported, "cannot turn " + std::to_string(from.value) + " Hz into " + std::to_string(to.value) + " Hz: " +
                                            (error != nullptr ? error : "soxr gives no reason"));
}

Resampler::~Resampler() {
  if (soxr_ != nullptr) soxr().destroy(static_cast<soxr_t>(soxr_));
}

AudioView Resampler::push(AudioView piece) {
  if (soxr_ == nullptr) return piece;
  const bool last = piece.empty();
  const auto room = static_cast<std::int64_t>(static_cast<double>(last ? 8192 : piece.frames()) * (to_ / from_)) + 8192;
  if (out_.frames() < room) out_ = AudioBuffer(channels_, room, to_);
  std::vector<const float*> in(static_cast<std::size_t>(channels_));
  std::vector<float*> out(static_cast<std::size_t>(channels_));
  std::int64_t made = 0, taken = 0;
  before_foreign_code();
  for (;;) {
    for (int c = 0; c < channels_; ++c) {
      in[static_cast<std::size_t>(c)] = last ? nullptr : piece.channel(c) + taken;
      out[static_cast<std::size_t>(c)] = out_.channel(c) + made;
    }
    std::size_t used = 0, got = 0;
    soxr().process(static_cast<soxr_t>(soxr_), last ? nullptr : static_cast<soxr_in_t>(in.data()), static_cast<std::size_t>(piece.frames() - taken), &used,
                 static_cast<soxr_out_t>(out.data()), static_cast<std::size_t>(out_.frames() - made), &got);
    taken += static_cast<std::int64_t>(used);
    made += static_cast<std::int64_t>(got);
    if (got == 0 && (last || taken == piece.frames() || used == 0)) break;
    if (made == out_.frames()) {
      AudioBuffer larger(channels_, 2 * out_.frames(), to_);
      larger.block().copy_from(out_.view());
      out_ = std::move(larger);
    }
  }
  return out_.view().part(0, made);
}

AudioBuffer resample(AudioView sound, Hertz to) {
  Resampler resampler(sound.rate(), to, sound.channels());
  std::vector<AudioBuffer> pieces;
  std::int64_t total = 0;
  const auto keep = [&](AudioView view) {
    AudioBuffer piece(view.channels(), view.frames(), to);
    piece.block().copy_from(view);
    total += view.frames();
    pieces.push_back(std::move(piece));
  };
  keep(resampler.push(sound));
  if (sound.rate() != to) keep(resampler.push({}));
  AudioBuffer whole(sound.channels(), total, to);
  std::int64_t at = 0;
  for (const AudioBuffer& piece : pieces) {
    whole.block().part(at, piece.frames()).copy_from(piece.view());
    at += piece.frames();
  }
  return whole;
}

}  // namespace figment::audio
