// Sound out of codes that come bit by bit: for music that is heard, and written, while it is made.
//
//   Same as  Encodec::decode of all codes at once, but for rounding (a test holds it to 1e-5)
//   Method   the decoder's first convolution and all that comes after its LSTM see a few frames around a place (as many as their
//            windows reach); the LSTM sees all before, and its state is carried. Each piece is computed with its surroundings, which
//            are cut away again
//   Delay    frames are decoded kPiece at a time, a few frames after they came
//   Cost     that of decoding plus about a seventh for the surroundings; memory for a piece, however long the music is
//   Repeat   pieces begin at multiples of kPiece, steps at those of kStep, however the codes come: the same codes give the same bits
//   Threads  one at a time

#pragma once

#include "neural/encodec/encodec.h"

namespace figment::neural {

class DecodeStream {
 public:
  static constexpr std::int64_t kPiece = 50;       // frames: a second
  static constexpr std::int64_t kStep = 10;        // frames that go through the LSTM at a time

  // `codec` must outlive it.
  explicit DecodeStream(const Encodec& codec);

  // Codes [rows, codebooks, frames] that follow; sound [rows, channels, samples] that is finished, perhaps none.
  [[nodiscard]] at::Tensor push(const at::Tensor& codes);
  // No more codes come: the rest.
  [[nodiscard]] at::Tensor finish();

 private:
  [[nodiscard]] at::Tensor advance(bool ended);

  const Encodec& codec_;
  std::size_t lstm_;                               // place of the LSTM among the decoder's layers; that of the first where it has none
  std::int64_t before_ = 0, after_ = 0;            // frames that the layers before and after it see to either side
  at::Tensor latents_, seen_;                      // what is still needed: latent vectors, and what the LSTM made of them
  std::int64_t latents_from_ = 0, seen_from_ = 0, seen_to_ = 0, came_ = 0, out_ = 0;   // frames
  at::Tensor hidden_, cell_;
};

}  // namespace figment::neural
