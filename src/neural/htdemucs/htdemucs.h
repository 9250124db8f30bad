// HTDemucs (Rouard, Massa, Défossez 2022, "Hybrid Transformers for Music Source Separation") on our own kernels: the form that processors run.
//
//   Why      LibTorch's convolutions write every intermediate to memory, hundreds of MB of them, and its attention a matrix of tokens by
//            tokens; here what belongs to one frequency, or to a block of tokens, stays in the cache until it is finished
//   Parts    layers.h (encoder, decoder), transformer.h, spectrogram.h; plain_htdemucs.h is what it is held against
//   Shapes   mix [2, segment] to stems [sources, 2, segment]
//   Exact    float32; sums in another order than LibTorch's: equal to about 1e-6 of the scale. With bfloats (fast/bfloats.h)
//            the large products take bfloat16 numbers: about 40 dB below the stems lies the error then
//   Memory   the weights in the kernels' order (the file is needed for loading only), and for the published sizes 160 MB of working space,
//            which is made for the first segment and kept; networks of the same sizes may share it
//   Cost     331 GFLOP a segment of the published sizes
//   Threads  one call at a time per object; as many threads as LibTorch may use. Same bits with any number of them

#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "base/progress.h"
#include "neural/htdemucs/htdemucs_settings.h"
#include "neural/htdemucs/layers.h"
#include "neural/htdemucs/transformer.h"
#include "neural/tensors.h"

namespace figment::neural {

class Htdemucs {
 public:
  struct Space;
  // Error Corrupt naming missing or wrong tensors. `bfloats`: where the processor has them. `space`: of another network of these sizes, which
  // then must not work at the same time.
  Htdemucs(const HtdemucsSettings& settings, const weights::WeightFile& weights, bool bfloats = false, std::shared_ptr<Space> space = nullptr);

  // Error Cancelled, within a few tenths of a second.
  [[nodiscard]] at::Tensor split(const at::Tensor& mix, const Probe& probe = {}, const Progress& progress = {});
  [[nodiscard]] const HtdemucsSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] const std::shared_ptr<Space>& space();    // made here, where it is not yet

  // What a layer of the encoder made, with silence around it; then with the decoder's result added to it.
  // Spectrogram: [edge + frequencies + edge][1 + frames + 1][channels]; waveform: [edge + places + 2 · edge + stride][channels].
  struct Held {
    std::vector<float> x;
    std::int64_t frequencies = 0, places = 0, channels = 0;
  };
  struct Space {
    explicit Space(const HtdemucsSettings& settings);
    std::vector<Held> held, held_t;                    // by level: 0 is the input, i what layer i - 1 made
    std::vector<float> strip, few_t, tokens, tokens_t;
    // The decoder's results, where level 1 lay, which is not wanted any more then.
    [[nodiscard]] std::vector<float>& spectrogram() { return held[1].x; }
    [[nodiscard]] std::vector<float>& waveform() { return held_t[1].x; }
  };

 private:
  void silence_edges();
  void hear(const at::Tensor& mix);
  void encode_spectrogram(std::size_t layer);
  void encode_waveform(std::size_t layer);
  void meet(const Probe& probe);
  void decode_spectrogram(std::size_t layer);
  void decode_waveform(std::size_t layer);
  [[nodiscard]] at::Tensor sound();
  [[nodiscard]] float* row(Held& held, std::int64_t frequency) const;   // its first frame
  [[nodiscard]] float* place(Held& held, std::int64_t place) const;
  [[nodiscard]] at::Tensor seen(bool time, std::size_t layer);          // for probes, as the reference has it

  HtdemucsSettings settings_;
  std::int64_t frames_, edge_;
  std::vector<EncoderLayer> encoder_, tencoder_;
  std::vector<DecoderLayer> decoder_, tdecoder_;
  std::vector<float> embedding_;                       // [frequencies][channels], scaled
  CrossTransformer transformer_;
  PackedMatrix up_, down_, up_t_, down_t_;             // empty where the transformer is as wide as the last layer

  std::shared_ptr<Space> space_;
  double mean_ = 0, spread_ = 1, mean_t_ = 0, spread_t_ = 1;
};

}  // namespace figment::neural
