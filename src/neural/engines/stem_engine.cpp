#include "neural/engines/stem_engine.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/memory.h"
#include "neural/engines/device.h"
#include "neural/fast/bfloats.h"
#include "neural/htdemucs/bag.h"
#include "neural/htdemucs/htdemucs.h"
#include "neural/htdemucs/htdemucs_table.h"
#include "neural/htdemucs/plain_htdemucs.h"

namespace figment::neural {
namespace {

constexpr std::uint64_t kBeside = 150'000'000;         // the sound on its way, LibTorch's own
constexpr int kAtOnceOnGpu = 4;
constexpr int kVersion = 1;                            // raised when the same request may give another result

std::uint64_t weight_bytes(const HtdemucsSettings& s, bool bfloats) {
  std::uint64_t numbers = 0;
  for (const weights::TensorSpec& row : htdemucs_table(s)) {
    std::uint64_t size = 1;
    for (const std::int64_t n : row.shape) size *= static_cast<std::uint64_t>(n);
    numbers += size;
  }
  return numbers * (bfloats ? 2 : 4);
}

std::uint64_t space_bytes(const HtdemucsSettings& s) {
  const auto n = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
  std::uint64_t numbers = 0, frequencies = n(s.nfft / 2), places = n(s.segment);
  for (std::int64_t level = 0; level <= s.depth; ++level) {
    const std::uint64_t channels = level == 0 ? 4 : n(s.width(level - 1));
    numbers += (frequencies + 4) * n(s.frames() + 2) * channels + places * channels;
    if (level == 1) numbers += frequencies * n(s.frames()) * channels;                  // what the decoder has in hand
    frequencies /= n(s.stride), places /= n(s.stride);
  }
  numbers += n(s.nfft / 2) * n(s.frames()) * 4 * s.sources.size() + n(s.segment) * 2 * s.sources.size();
  return numbers * 4;
}

class StemEngine final : public roles::StemSplitter {
 public:
  explicit StemEngine(const roles::NeuralRequest& request) : request_(request) {
    if (request.models.empty()) throw Error(ErrorCode::InvalidArgument, "no folder was given for " + request.engine);
    const bool cuda = device_named(request.device) != c10::kCPU;
    const bool bfloats = !cuda && request.precision != "f32" && has_bfloats();
    if (request.precision == "bf16" && !bfloats) throw Error(ErrorCode::Unsupported, cuda ? "precision bf16 is for the processor; a GPU splits in float32" : "this processor does not multiply bfloat16 numbers", "--precision f32");
    if (request_.threads < 1) request_.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    at::set_num_threads(request_.threads);
    precision_ = bfloats ? "bf16" : "f32";

    const std::vector<BagMember> bag = read_bag(request.models.front().folder);
    std::vector<Weights> files;
    std::uint64_t wanted = kBeside;
    for (const BagMember& member : bag) {
      files.push_back(std::make_shared<const weights::WeightFile>(weights::WeightFile::open(member.file)));
      const HtdemucsSettings settings = HtdemucsSettings::of(*files.back());
      if (files.size() == 1) settings_ = settings, wanted += space_bytes(settings);
      if (settings.sources != settings_.sources || settings.segment != settings_.segment || settings.rate != settings_.rate)
        throw Error(ErrorCode::Corrupt, member.file.string() + " splits into other stems, or segments of another length, than " + bag.front().file.string(), "networks that work together are of one form");
      if (!member.say.empty() && member.say.size() != settings.sources.size()) throw Error(ErrorCode::Corrupt, member.file.string() + " has the say about " + std::to_string(member.say.size()) + " stems in its list, and splits into " + std::to_string(settings.sources.size()));
      wanted += weight_bytes(settings, bfloats);
    }
    for (std::size_t s = 0; s < settings_.sources.size(); ++s)
      if (std::none_of(bag.begin(), bag.end(), [&](const BagMember& m) { return m.say.empty() || m.say[s] > 0; })) throw Error(ErrorCode::Corrupt, request.models.front().folder.string() + ": no network has a say about " + settings_.sources[s]);
    if (const std::uint64_t free = available_memory(); !cuda && wanted > free) throw Error(ErrorCode::OutOfMemory, request.engine + " takes about " + size_text(wanted) + " of memory, " + size_text(free) + " are free", "close other programs; --engine builtin takes less");
    for (std::size_t m = 0; m < bag.size(); ++m) {
      const HtdemucsSettings settings = HtdemucsSettings::of(*files[m]);
      Member member;
      member.say = bag[m].say.empty() ? std::vector<double>(settings_.sources.size(), 1.0) : bag[m].say;
      if (cuda) member.plain = std::make_unique<PlainHtdemucs>(settings, files[m], true);
      else member.fast = std::make_unique<Htdemucs>(settings, *files[m], bfloats, !members_.empty() && settings == settings_ ? members_.front().fast->space() : nullptr);
      members_.push_back(std::move(member));
    }
  }

  [[nodiscard]] roles::EngineInfo info() const override {
    std::vector<song::WeightsUsed> used;
    for (const song::WeightsUsed& w : request_.weights)
      if (w.model == request_.engine) used.push_back(w);
    return {request_.engine, kVersion, "HTDemucs, " + std::string(members_.size() > 1 ? std::to_string(members_.size()) + " networks, " : "") + precision_, used};
  }
  [[nodiscard]] const std::vector<std::string>& stems() const override { return settings_.sources; }
  [[nodiscard]] roles::SplitShape shape() const override { return {Hertz{static_cast<double>(settings_.rate)}, settings_.segment, 0.25, true, precision_}; }
  [[nodiscard]] int most_at_once() const override { return members_.front().plain != nullptr ? kAtOnceOnGpu : 1; }

  void split(std::span<const roles::SplitSegment> segments, const Progress& progress) override {
    const c10::InferenceMode inference;
    if (segments.empty()) return;
    const auto stems = static_cast<std::int64_t>(settings_.sources.size());
    at::Tensor mixes = at::empty({static_cast<std::int64_t>(segments.size()), 2, settings_.segment});
    for (std::size_t i = 0; i < segments.size(); ++i)
      for (int c = 0; c < 2; ++c) std::copy_n(segments[i].sound.channel(c), settings_.segment, mixes[static_cast<std::int64_t>(i)][c].data_ptr<float>());
    std::vector<double> says(settings_.sources.size());
    for (const roles::SplitSegment& segment : segments)
      for (const audio::AudioBlock& stem : segment.stems) stem.clear();
    const auto wanted = [&](std::size_t s) { return std::any_of(segments.begin(), segments.end(), [&](const roles::SplitSegment& segment) { return !segment.stems[s].empty(); }); };
    std::vector<Member*> asked;
    for (Member& member : members_) {
      bool any = false;
      for (std::size_t s = 0; s < says.size(); ++s)
        if (member.say[s] > 0 && wanted(s)) says[s] += member.say[s], any = true;
      if (any) asked.push_back(&member);
    }
    double done = 0;
    for (Member* member : asked) {
      const auto take = [&](std::size_t i, const at::Tensor& made) {
        const at::Tensor out = made.contiguous();
        for (std::int64_t s = 0; s < stems; ++s) {
          const audio::AudioBlock& to = segments[i].stems[static_cast<std::size_t>(s)];
          const double say = member->say[static_cast<std::size_t>(s)];
          if (to.empty() || !(say > 0)) continue;
          const audio::AudioView part(out.data_ptr<float>() + s * 2 * settings_.segment, settings_.segment, 2, settings_.segment, to.rate());
          to.add(part, static_cast<float>(say / says[static_cast<std::size_t>(s)]));
        }
      };
      if (member->plain != nullptr) {
        const at::Tensor made = member->plain->split(mixes.to(device_named(request_.device))).cpu();
        for (std::size_t i = 0; i < segments.size(); ++i) take(i, made[static_cast<std::int64_t>(i)]);
      } else {
        for (std::size_t i = 0; i < segments.size(); ++i) take(i, member->fast->split(mixes[static_cast<std::int64_t>(i)], {}, progress));
      }
      progress.set(++done / static_cast<double>(asked.size()), "splitting");
    }
  }

 private:
  struct Member {
    std::unique_ptr<Htdemucs> fast;
    std::unique_ptr<PlainHtdemucs> plain;
    std::vector<double> say;
  };

  roles::NeuralRequest request_;
  std::string precision_;
  HtdemucsSettings settings_;
  std::vector<Member> members_;
};

}  // namespace

std::unique_ptr<roles::StemSplitter> make_stem_engine(const roles::NeuralRequest& request) { return std::make_unique<StemEngine>(request); }

}  // namespace figment::neural
