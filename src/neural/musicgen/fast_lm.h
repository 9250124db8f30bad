// MusicGen's language model as fast as memory can be read: 8- or 4-bit weights, no allocation within a step.
//
//   Same as     musicgen/float_lm.h but for rounding (cosine of the logits at least 0.999 with q8, 0.99 with q4; tests hold it to
//               that)
//   Why fast    each weight is read once a step, for the guided and the unguided branch together; queries, keys and values are one
//               matrix; keys and values of the text are made once; the unguided branch has no text, whose attention gives nothing, and is
//               left out there; a team of threads takes the parts of a layer as they come, and is not woken for each
//   Limit       memory: MusicGen-small reads 384 MB a step with q8, 350 MB with q4, and 0.1 MB for each step before (keys and
//               values in binary16)
//   q4          queries, keys and values have 4 bits, all else 8: all at 4 give a cosine of 0.97 on random weights
//   Conditions  [tokens][width] for the branch with them; melody networks a prefix for both branches
//   Threads     one caller; its own team within. Cost of making it: none where the quantized weights are kept already
//   Errors      OutOfMemory before anything is allocated; InvalidArgument for more steps than room was asked for

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "neural/fast/kernels.h"
#include "neural/fast/thread_team.h"
#include "neural/fast/weight_cache.h"
#include "neural/musicgen/generator.h"
#include "neural/musicgen/lm_weights.h"

namespace figment::neural {

class FastLm {
 public:
  // `kept`: where the quantized weights are kept; empty: nowhere.
  FastLm(const LmSettings& settings, LmWeights weights, Precision precision, const std::filesystem::path& kept, int threads, const Progress& progress);

  [[nodiscard]] const LmSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] std::int64_t weight_bytes() const noexcept { return set_.bytes; }
  [[nodiscard]] std::int64_t step_bytes() const noexcept;     // of them that each step reads

  // Vectors [count][from] times a projection of the file plus its bias: text or chroma as conditions.
  [[nodiscard]] std::vector<float> project_text(std::span<const float> hidden) const;
  [[nodiscard]] std::vector<float> project_chroma(std::span<const float> chroma) const;

 private:
  friend class FastRun;
  struct Norm {
    std::vector<float> weight, bias;
  };
  struct Layer {
    Norm self_norm, cross_norm, inner_norm;
    std::size_t qkv = 0, out = 0, cross_q = 0, cross_kv = 0, cross_out = 0, in = 0, back = 0;   // places in the set
  };
  [[nodiscard]] const QuantizedMatrix& matrix(std::size_t place) const { return set_.matrices[place]; }

  LmSettings settings_;
  LmWeights weights_;
  QuantizedSet set_;
  std::vector<Layer> layers_;
  Norm out_norm_;
  std::size_t heads_ = 0;
  std::vector<float> text_weight_, text_bias_, chroma_weight_, chroma_bias_;
  mutable ThreadTeam team_;
};

class FastRun : public StepModel {
 public:
  // Plain networks: `conditions` [tokens][width] for the guided branch. Melody networks: [2][tokens][width]. `guided` false: the
  // conditional branch alone (its logits are both). `most`: steps, the prefix not counted.
  FastRun(const FastLm& lm, std::span<const float> conditions, bool guided, std::int64_t most);

  void step(std::span<const std::int32_t> tokens, std::int64_t steps, std::span<float> conditional, std::span<float> unconditional) override;

 private:
  void chunk(std::int64_t positions);    // that many columns a branch, whose vectors lie in x_
  void layer(const FastLm::Layer& l, std::size_t number, std::int64_t positions);
  void times(const QuantizedMatrix& m, int count, float* out, std::int64_t stride, Then then);
  template <typename Work>
  void each(int count, const Work& work);          // work(column)
  void embed(std::span<const std::int32_t> tokens, std::int64_t steps, std::int64_t first, std::int64_t count);
  void add_places(std::int64_t count);
  void prepare_text(std::span<const float> conditions);

  [[nodiscard]] float* column(std::vector<float>& of, std::int64_t c, std::int64_t width) const { return of.data() + c * width; }

  const FastLm& lm_;
  std::int64_t branches_, head_width_, room_, at_ = 0, text_ = 0;
  std::vector<std::uint16_t> keys_, values_;               // [layer][branch][head][place][head_width]
  std::vector<std::uint16_t> text_keys_, text_values_;     // [layer][head][token][head_width]
  std::vector<float> x_, normed_, wide_, places_;
  std::vector<std::int16_t> numbers_;
  std::vector<Activations> activations_;
  std::vector<std::vector<float>> scores_;                 // of each thread
};

}  // namespace figment::neural
