#include "neural/encodec/decode_stream.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "neural/encodec/lstm.h"

namespace figment::neural {

DecodeStream::DecodeStream(const Encodec& codec) : codec_(codec), lstm_(0) {
  const auto& layers = codec.decoder_;
  for (std::size_t n = 0; n < layers.size(); ++n)
    if (layers[n].kind == Encodec::Kind::Lstm) lstm_ = n;
  // How far windows reach, in frames; causal ones reach as far, but only backwards.
  double rate = 1, reach = 0;                      // rate: places a frame
  for (std::size_t n = 0; n < layers.size(); ++n) {
    if (n == lstm_) before_ = static_cast<std::int64_t>(std::ceil(reach)), reach = 0;
    const auto& convolutions = layers[n].convolutions;
    if (layers[n].kind == Encodec::Kind::Transposed) {
      reach += 2 / rate;
      rate *= static_cast<double>(layers[n].transposed[0].stride);
    } else {
      for (std::size_t c = 0; c < std::min<std::size_t>(convolutions.size(), 2); ++c) reach += static_cast<double>(convolutions[c].reach() - 1) / rate;
    }
  }
  after_ = static_cast<std::int64_t>(std::ceil(reach)) + 1;
}

at::Tensor DecodeStream::push(const at::Tensor& codes) {
  const c10::InferenceMode inference;
  const at::Tensor more = codec_.dequantize(codes);
  latents_ = latents_.defined() ? at::cat({latents_, more}, 2) : more;
  came_ += codes.size(2);
  return advance(false);
}

at::Tensor DecodeStream::finish() {
  const c10::InferenceMode inference;
  return advance(true);
}

at::Tensor DecodeStream::advance(bool ended) {
  const std::span layers(codec_.decoder_);
  const auto& s = codec_.settings_;
  const bool recurrent = codec_.decoder_[lstm_].kind == Encodec::Kind::Lstm;
  const auto first = layers.first(lstm_), last = layers.subspan(lstm_ + (recurrent ? 1 : 0));
  std::vector<at::Tensor> pieces;
  const std::int64_t rows = latents_.defined() ? latents_.size(0) : 1;
  for (;;) {
    // Frames up to `to` go through the LSTM as soon as what the first layers see around them is there.
    const std::int64_t step = (seen_to_ / kStep + 1) * kStep, to = std::min(came_, step);
    const bool enough = to > seen_to_ && (ended || came_ >= step + before_);
    if (enough) {
      const std::int64_t low = std::max(latents_from_, seen_to_ - before_), high = std::min(came_, to + before_);
      at::Tensor x = latents_.slice(2, low - latents_from_, high - latents_from_);
      x = codec_.run(first, x, {}, "").slice(2, seen_to_ - low, to - low);
      if (recurrent) {
        const at::Tensor in = x.transpose(1, 2);
        if (!hidden_.defined()) hidden_ = at::zeros({s.lstm_layers, x.size(0), x.size(1)}, x.options()), cell_ = at::zeros_like(hidden_);
        x = (lstm(codec_.decoder_[lstm_].lstm, in, hidden_, cell_) + in).transpose(1, 2);
      }
      seen_ = seen_.defined() ? at::cat({seen_, x}, 2) : x;
      seen_to_ = to;
      const std::int64_t keep = std::max(latents_from_, to - before_);
      latents_ = latents_.slice(2, keep - latents_from_).clone();
      latents_from_ = keep;
    }
    const std::int64_t piece = (out_ / kPiece + 1) * kPiece, until = std::min(seen_to_, piece);
    if (until > out_ && ((ended && seen_to_ == came_) || seen_to_ >= piece + after_)) {
      const std::int64_t low = std::max(seen_from_, out_ - after_), high = std::min(seen_to_, until + after_), hop = s.hop();
      const at::Tensor sound = codec_.run(last, seen_.slice(2, low - seen_from_, high - seen_from_), {}, "");
      pieces.push_back(sound.slice(2, (out_ - low) * hop, (until - low) * hop));
      out_ = until;
      const std::int64_t keep = std::max(seen_from_, until - after_);
      seen_ = seen_.slice(2, keep - seen_from_).clone();
      seen_from_ = keep;
    } else if (!enough) {
      break;
    }
  }
  return pieces.empty() ? at::zeros({rows, s.channels, 0}) : at::cat(pieces, 2);
}

}  // namespace figment::neural
