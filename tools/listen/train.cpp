// figment-train-beats EXAMPLES WEIGHTS [EPOCHS]: learns what analysis/beat_network.h computes from examples that
// figment-listen made. The last tenth of the examples is never learned from; its loss and F-measure are printed.
//
//   Library  LibTorch, only here
//   Method   Adam, binary cross-entropy against targets that are 1 on the beat's frame and 1/2 beside it; crops of 20 s; each
//            crop is played faster or slower by up to a sixth, loses up to a fifth of its bands, and has its bands weighed
//            anew, so that no single band or level is relied on
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

namespace {

constexpr int kBands = 96, kChannels = 32, kBlocks = 10, kKernel = 5, kCrop = 2048, kBatch = 8;

struct Example {
  std::vector<std::uint8_t> features;
  std::int64_t frames = 0;
  std::vector<std::pair<double, int>> beats;
};

std::vector<Example> read(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".features") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Example> examples;
  for (auto file : files) {
    Example e;
    std::ifstream in(file, std::ios::binary);
    std::uint32_t frames = 0;
    in.read(reinterpret_cast<char*>(&frames), 4);
    e.frames = frames;
    e.features.resize(static_cast<std::size_t>(frames) * kBands);
    in.read(reinterpret_cast<char*>(e.features.data()), static_cast<std::streamsize>(e.features.size()));
    if (!in) continue;
    std::ifstream beats(file.replace_extension(".beats"));
    double at = 0;
    int position = 0;
    while (beats >> at >> position) e.beats.emplace_back(at, position);
    if (e.frames > 600 && e.beats.size() > 8) examples.push_back(std::move(e));
  }
  return examples;
}

struct BlockImpl : torch::nn::Module {
  torch::nn::Conv1d wide{nullptr}, mix{nullptr};
  std::int64_t dilation;
  explicit BlockImpl(int d) : dilation(d) {
    wide = register_module("wide", torch::nn::Conv1d(torch::nn::Conv1dOptions(kChannels, kChannels, kKernel).dilation(d)));
    mix = register_module("mix", torch::nn::Conv1d(torch::nn::Conv1dOptions(kChannels, kChannels, 1)));
  }
  // The dilated convolution as one matrix product: LibTorch's own takes five times as long on a CPU.
  torch::Tensor forward(const torch::Tensor& x) {
    const std::int64_t length = x.size(2);
    const torch::Tensor padded = torch::constant_pad_nd(x, {2 * dilation, 2 * dilation});
    std::vector<torch::Tensor> taps;
    for (int k = 0; k < kKernel; ++k) taps.push_back(padded.narrow(2, k * dilation, length));
    const torch::Tensor weight = wide->weight.permute({0, 2, 1}).reshape({kChannels, kKernel * kChannels});
    const torch::Tensor y = torch::matmul(weight, torch::cat(taps, 1)) + wide->bias.unsqueeze(1);
    return x + torch::matmul(mix->weight.squeeze(2), torch::leaky_relu(y, 0.1)) + mix->bias.unsqueeze(1);
  }
};
TORCH_MODULE(Block);

struct NetImpl : torch::nn::Module {
  torch::nn::Conv1d in{nullptr}, out{nullptr};
  std::vector<Block> blocks;
  torch::nn::Dropout dropout{torch::nn::DropoutOptions(0.1)};
  NetImpl() {
    in = register_module("in", torch::nn::Conv1d(torch::nn::Conv1dOptions(kBands, kChannels, 3).padding(1)));
    for (int b = 0; b < kBlocks; ++b) blocks.push_back(register_module("block" + std::to_string(b), Block(1 << b)));
    register_module("dropout", dropout);
    out = register_module("out", torch::nn::Conv1d(torch::nn::Conv1dOptions(kChannels, 2, 1)));
    torch::NoGradGuard guard;
    out->bias.fill_(-3.5);   // most frames are no beats
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::leaky_relu(in(x), 0.1);
    for (Block& b : blocks) x = b(x);
    return out(dropout(x));
  }
};
TORCH_MODULE(Net);

struct Crop {
  torch::Tensor x, target, mask;
};

Crop crop(const Example& e, std::int64_t start, std::int64_t length, double speed, std::mt19937* random) {
  Crop c{torch::zeros({kBands, length}), torch::zeros({2, length}), torch::ones({2, length})};
  auto x = c.x.accessor<float, 2>();
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> weight(kBands, 1.0F);
  if (random != nullptr) {
    // A smooth curve over the bands of each kind.
    const float a = 0.5F * (uniform(*random) - 0.5F), b = 0.5F * (uniform(*random) - 0.5F), whole = 0.8F + 0.35F * uniform(*random);
    for (int k = 0; k < kBands; ++k) {
      const float place = k < 24 ? static_cast<float>(k) / 24 : static_cast<float>(k - 24) / 72;
      weight[static_cast<std::size_t>(k)] = whole * (1 + a * std::cos(3.14159F * place) + b * std::cos(6.28318F * place));
    }
    const auto mask = [&](int first, int count, int most) {
      const int size = static_cast<int>(uniform(*random) * static_cast<float>(most)), at = first + static_cast<int>(uniform(*random) * static_cast<float>(count - size));
      for (int k = at; k < at + size; ++k) weight[static_cast<std::size_t>(k)] = 0;
    };
    if (uniform(*random) < 0.5F) mask(0, 24, 7);
    if (uniform(*random) < 0.5F) mask(24, 72, 20);
  }
  for (std::int64_t t = 0; t < length; ++t) {
    const double at = static_cast<double>(start) + static_cast<double>(t) * speed;
    const auto low = static_cast<std::int64_t>(at);
    const auto share = static_cast<float>(at - static_cast<double>(low));
    if (low < 0 || low + 1 >= e.frames) continue;
    const std::uint8_t* now = e.features.data() + low * kBands;
    for (int k = 0; k < kBands; ++k) x[k][t] = weight[static_cast<std::size_t>(k)] / 255.0F * (static_cast<float>(now[k]) * (1 - share) + static_cast<float>(now[k + kBands]) * share);
  }
  auto y = c.target.accessor<float, 2>();
  auto m = c.mask.accessor<float, 2>();
  const double last = e.beats.back().first * 100 + 60, first = e.beats.front().first * 100 - 60;
  for (std::int64_t t = 0; t < length; ++t) {
    const double at = static_cast<double>(start) + static_cast<double>(t) * speed;
    if (at > last || at < first) m[0][t] = m[1][t] = 0.2F;    // before and after the music: silence, mostly
  }
  for (const auto& [at, position] : e.beats) {
    const double frame = (at * 100 - static_cast<double>(start)) / speed;
    const auto centre = static_cast<std::int64_t>(std::llround(frame));
    for (std::int64_t t = centre - 1; t <= centre + 1; ++t) {
      if (t < 0 || t >= length) continue;
      const float value = t == centre ? 1.0F : 0.5F;
      y[0][t] = std::max(y[0][t], value);
      if (position == 1) y[1][t] = std::max(y[1][t], value);
      if (position == 0) m[1][t] = 0;
    }
  }
  return c;
}

double f_measure(const std::vector<double>& truth, const std::vector<double>& found) {
  std::size_t hits = 0, at = 0;
  for (const double t : truth) {
    while (at < found.size() && found[at] < t - 7) ++at;
    if (at < found.size() && found[at] <= t + 7) ++hits, ++at;
  }
  return truth.empty() ? 0 : 2.0 * static_cast<double>(hits) / static_cast<double>(truth.size() + found.size());
}

void write_half(std::ofstream& out, const torch::Tensor& tensor) {
  const torch::Tensor half = tensor.detach().contiguous().to(torch::kHalf);
  out.write(reinterpret_cast<const char*>(half.data_ptr()), static_cast<std::streamsize>(half.numel() * 2));
}

// As analysis/beat_network.h reads it.
void save(Net& net, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  out.write("FGBEATS1", 8);
  for (const std::int32_t n : {kBands, kChannels, kBlocks, kKernel}) out.write(reinterpret_cast<const char*>(&n), 4);
  write_half(out, net->in->weight);
  write_half(out, net->in->bias);
  for (Block& b : net->blocks)
    for (const torch::Tensor& t : {b->wide->weight, b->wide->bias, b->mix->weight, b->mix->bias}) write_half(out, t);
  write_half(out, net->out->weight);
  write_half(out, net->out->bias);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "figment-train-beats EXAMPLES WEIGHTS [EPOCHS]\n"), 2;
  const int epochs = argc > 3 ? std::atoi(argv[3]) : 30;
  torch::manual_seed(1);
  std::mt19937 random(1);
  std::vector<Example> all = read(argv[1]);
  const std::size_t held = all.size() / 10;
  std::vector<Example> validation(std::make_move_iterator(all.end() - static_cast<std::ptrdiff_t>(held)), std::make_move_iterator(all.end()));
  all.resize(all.size() - held);
  std::printf("%zu examples to learn from, %zu held back\n", all.size(), validation.size());

  Net net;
  const std::string kept = std::string(argv[2]) + ".pt";
  if (std::filesystem::exists(kept)) torch::load(net, kept);
  torch::optim::AdamW adam(net->parameters(), torch::optim::AdamWOptions(2e-3).weight_decay(1e-3));
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  double best = 1e9;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const double rate = 3e-3 * 0.5 * (1 + std::cos(3.14159 * epoch / epochs)) + 2e-5;
    for (auto& group : adam.param_groups()) static_cast<torch::optim::AdamWOptions&>(group.options()).lr(epoch == 0 ? 1e-3 : rate);
    std::shuffle(order.begin(), order.end(), random);
    net->train();
    double sum = 0;
    int steps = 0;
    for (std::size_t i = 0; i + kBatch <= order.size(); i += kBatch) {
      std::vector<torch::Tensor> xs, ys, ms;
      for (std::size_t k = i; k < i + kBatch; ++k) {
        const Example& e = all[order[k]];
        std::uniform_real_distribution<double> uniform(0, 1);
        const double speed = std::exp2(0.45 * (uniform(random) - 0.5));
        const std::int64_t span = static_cast<std::int64_t>(kCrop * speed);
        const std::int64_t start = static_cast<std::int64_t>(uniform(random) * static_cast<double>(std::max<std::int64_t>(e.frames - span, 0) + 200)) - 100;
        const Crop c = crop(e, start, kCrop, speed, &random);
        xs.push_back(c.x), ys.push_back(c.target), ms.push_back(c.mask);
      }
      const torch::Tensor y = net->forward(torch::stack(xs));
      const torch::Tensor loss = torch::binary_cross_entropy_with_logits(y, torch::stack(ys), torch::stack(ms));
      adam.zero_grad();
      loss.backward();
      torch::nn::utils::clip_grad_norm_(net->parameters(), 1.0);
      adam.step();
      sum += loss.item<double>();
      ++steps;
    }
    net->eval();
    torch::NoGradGuard guard;
    double held_sum = 0, f = 0, down_f = 0;
    int downs = 0;
    for (const Example& e : validation) {
      const Crop c = crop(e, 0, e.frames, 1, nullptr);
      const torch::Tensor y = net->forward(c.x.unsqueeze(0));
      held_sum += torch::binary_cross_entropy_with_logits(y[0], c.target, c.mask).item<double>();
      const torch::Tensor p = torch::sigmoid(y[0]);
      for (int head = 0; head < 2; ++head) {
        const auto a = p.accessor<float, 2>();
        std::vector<double> found, truth;
        for (std::int64_t t = 1; t + 1 < e.frames; ++t)
          if (a[head][t] > 0.25F && a[head][t] >= a[head][t - 1] && a[head][t] > a[head][t + 1] && (found.empty() || static_cast<double>(t) - found.back() > 12)) found.push_back(static_cast<double>(t));
        for (const auto& [at, position] : e.beats)
          if (head == 0 || position == 1) truth.push_back(at * 100);
        if (head == 0) f += f_measure(truth, found);
        else if (!truth.empty()) down_f += f_measure(truth, found), ++downs;
      }
    }
    const double held_loss = held_sum / static_cast<double>(validation.size());
    std::printf("epoch %2d  loss %.4f  held %.4f  beats F %.3f  downbeats F %.3f\n", epoch, sum / steps, held_loss, f / static_cast<double>(validation.size()), down_f / std::max(downs, 1));
    std::fflush(stdout);
    if (held_loss < best) {
      best = held_loss;
      save(net, argv[2]);
      torch::save(net, kept);
    }
  }
  return 0;
}
