// figment-beat-reference <weights> <example> <fixture>: the beat network once more, in LibTorch.
//
// Computes the first 300 frames of an example by LibTorch's convolutions and writes them and the result as the fixture
// that analysis_test compares our own computation with (uint32 frames; frames × 96 bytes; frames × 2 float32, beat and
// downbeat). Also compares the gradients that the trainer computes with LibTorch's own differentiation, and says how
// far they differ.

#include <torch/torch.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "example.h"
#include "training.h"

namespace figment::listen {
namespace {

using analysis::kBeatBlocks;
using analysis::kBeatChannels;
using analysis::kBeatFrontTaps;
using analysis::kBeatTaps;
constexpr long kBands = analysis::kRhythmBands, kC = static_cast<long>(kBeatChannels);

// The weights as tensors in the file's order; convolutions are [tap][in][out] there and [out][in][tap] here.
struct Tensors {
  std::vector<torch::Tensor> all;

  explicit Tensors(const std::vector<float>& weights) {
    const float* next = weights.data();
    const auto take = [&](std::vector<long> shape) {
      long count = 1;
      for (const long s : shape) count *= s;
      all.push_back(torch::from_blob(const_cast<float*>(next), shape).clone().set_requires_grad(true));
      next += count;
    };
    take({static_cast<long>(kBeatFrontTaps), kBands, kC});
    take({kC});
    take({static_cast<long>(kBeatFrontTaps), kC, kC});
    take({kC});
    for (std::size_t b = 0; b < kBeatBlocks; ++b) {
      take({static_cast<long>(kBeatTaps), kC, kC});
      take({kC});
      take({kC, kC});
      take({kC});
    }
    take({kC, 2});
    take({2});
  }

  torch::Tensor run(torch::Tensor x) const {  // [1][bands][frames] to [frames][2], before the sigmoid
    namespace F = torch::nn::functional;
    const auto rectify = [](torch::Tensor t) {
      return F::leaky_relu(t, F::LeakyReLUFuncOptions().negative_slope(analysis::kBeatLeak));
    };
    const auto convolve = [&](torch::Tensor t, std::size_t at, long dilation) {
      const auto w = all[at].permute({2, 1, 0}).contiguous();
      return F::conv1d(t, w,
                       F::Conv1dFuncOptions().bias(all[at + 1]).dilation(dilation).padding(dilation * (w.size(2) / 2)));
    };
    x = rectify(convolve(x, 0, 1));
    x = rectify(convolve(x, 2, 1));
    for (std::size_t b = 0; b < kBeatBlocks; ++b) {
      const auto inside = rectify(convolve(x, 4 + 4 * b, 1L << b));
      x = x + torch::matmul(inside.transpose(1, 2), all[6 + 4 * b]).transpose(1, 2) + all[7 + 4 * b].view({1, kC, 1});
    }
    return torch::matmul(rectify(x)[0].transpose(0, 1), all[4 + 4 * kBeatBlocks]) + all[5 + 4 * kBeatBlocks];
  }
};

int reference(const std::string& weights_file, const std::string& example_file, const std::string& fixture) {
  std::ifstream in(weights_file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  const std::vector<float> weights = analysis::read_beat_network(bytes.str(), weights_file);
  const Example example = read_example(example_file);
  const Tensors tensors(weights);
  const std::size_t frames = std::min<std::size_t>(304, example.frames / 8 * 8);
  const auto first = std::min(example.frames - frames, std::size_t{1000});

  std::vector<float> input(frames * static_cast<std::size_t>(kBands));
  for (std::size_t i = 0; i < input.size(); ++i)
    input[i] =
        static_cast<float>(example.features[first * static_cast<std::size_t>(kBands) + i]) * analysis::kBeatInputScale;
  const auto x =
      torch::from_blob(input.data(), {static_cast<long>(frames), kBands}).transpose(0, 1).unsqueeze(0).contiguous();
  const auto out = torch::sigmoid(tensors.run(x)).contiguous();
  {
    std::ofstream file(fixture, std::ios::binary);
    const auto count = static_cast<std::uint32_t>(frames);
    file.write(reinterpret_cast<const char*>(&count), 4);
    file.write(reinterpret_cast<const char*>(example.features.data() + first * static_cast<std::size_t>(kBands)),
               static_cast<std::streamsize>(frames * static_cast<std::size_t>(kBands)));
    file.write(reinterpret_cast<const char*>(out.data_ptr<float>()),
               static_cast<std::streamsize>(frames * 2 * sizeof(float)));
    if (!file.flush()) return 1;
  }

  // Gradients, with a target that rises every 50 frames.
  Target target;
  target.value.assign(2 * frames, 0.0F);
  target.weight.assign(2 * frames, 1.0F);
  for (std::size_t t = 20; t < frames; t += 50) target.value[2 * t] = target.value[2 * t + 1] = 1;
  const auto wanted = torch::from_blob(target.value.data(), {static_cast<long>(frames), 2});
  torch::binary_cross_entropy_with_logits(tensors.run(x), wanted, {}, {}, at::Reduction::Sum).backward();
  Learner learner(frames);
  learner.forward(weights, input, frames, 0, Random(0));
  std::vector<float> gradient(weights.size());
  const Losses losses = learner.backward(weights, target, gradient);
  double output_difference = 0, difference = 0, size = 0;
  for (std::size_t i = 0; i < 2 * frames; ++i)
    output_difference =
        std::max(output_difference, std::abs(static_cast<double>(learner.outputs()[i]) - out.data_ptr<float>()[i]));
  std::size_t at = 0;
  for (const auto& tensor : tensors.all) {
    const auto g = tensor.grad().contiguous();
    for (long i = 0; i < g.numel(); ++i, ++at) {
      const double theirs = g.data_ptr<float>()[i];
      difference += (theirs - gradient[at]) * (theirs - gradient[at]);
      size += theirs * theirs;
    }
  }
  std::printf("loss %.4f; outputs differ by at most %.2e, gradients by %.2e of their size\n",
              losses.beat + losses.downbeat, output_difference, std::sqrt(difference / size));
  return output_difference < 1e-4 && difference < 1e-6 * size ? 0 : 1;
}

}  // namespace
}  // namespace figment::listen

int main(int count, char** words) {
  if (count != 4) {
    std::fprintf(stderr, "figment-beat-reference <weights> <example> <fixture>\n");
    return 2;
  }
  try {
    return figment::listen::reference(words[1], words[2], words[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "figment-beat-reference: %s\n", error.what());
  }
  return 1;
}
