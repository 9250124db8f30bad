#include "sounds/sound_render.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/denormals.h"
#include "base/error.h"
#include "dsp/processor.h"
#include "instruments/preset.h"
#include "instruments/render.h"

namespace figment::sounds {
namespace {

constexpr std::int64_t kBlock = 512, kCell = 16;
constexpr double kMostRing = 20;               // seconds
constexpr double kPeak = 0.8912509;            // -1 dBFS
constexpr double kDead = 5.0e-4;               // 66 dB below the peak
constexpr double kFade = 0.005;                // seconds

// The sound of a plan from its first frame, as often as one is made.
class Stream {
 public:
  Stream(const SoundPlan& plan, const std::filesystem::path& data_dir) : plan_(plan), rate_(plan.facts.rate) {
    for (const PlannedLayer& layer : plan.layers) {
      instruments_.push_back(instruments::make_instrument(data_dir, layer.preset, layer.seed, layer.tonic));
    }
    for (const song::Effect& effect : plan.effects) add(effect);
    if (plan.low_cut > 0) add({"eq", {{"low_cut_hz", plan.low_cut}, {"low_cut_db_per_octave", 24}}, {}});
  }

  // How long it may ring on.
  [[nodiscard]] std::int64_t ring() {
    double longest = 0;
    for (const auto& instrument : instruments_) {
      instrument->prepare(rate_, static_cast<int>(kBlock));   // tails are known then
      longest = std::max(longest, instrument->tail().value);
    }
    return to_frames(Seconds{std::min(longest + ring_, kMostRing)}, rate_).value;
  }

  // `frames` frames in blocks: `take(first frame, block)`. Once.
  template <class Take>
  void play(std::int64_t frames, const Take& take, const Progress& progress) {
    const NoDenormals no_denormals;
    const std::int64_t before = latency_ + plan_.skip.value, all = frames + before;
    std::vector<instruments::ScorePlayer> players;
    players.reserve(instruments_.size());
    for (std::size_t i = 0; i < instruments_.size(); ++i) players.emplace_back(*instruments_[i], plan_.layers[i].score, plan_.tempo, rate_, Frames{all});
    audio::AudioBuffer sum(2, kBlock, rate_);
    for (std::int64_t at = 0; at < all;) {
      std::int64_t count = 0;
      for (auto& player : players) {
        const audio::AudioView block = player.next();
        if (count == 0) {
          count = block.frames();
          sum.block().part(0, count).clear();
        }
        sum.block().part(0, count).add(block);
      }
      const auto io = sum.block().part(0, count);
      for (const auto& effect : effects_) effect->process(io);
      const std::int64_t late = std::clamp<std::int64_t>(before - at, 0, count);
      if (late < count) take(at + late - before, io.part(late, count - late));
      at += count;
      progress.set(static_cast<double>(at) / static_cast<double>(all), plan_.facts.name);
    }
  }

 private:
  void add(const song::Effect& effect) {
    auto processor = dsp::make_processor(effect.type);
    for (const auto& [name, value] : effect.parameters) processor->set(name, value);
    processor->prepare({rate_, 2, static_cast<int>(kBlock), 0});
    latency_ += processor->latency().value;
    ring_ += processor->tail().value;
    effects_.push_back(std::move(processor));
  }

  const SoundPlan& plan_;
  Hertz rate_;
  std::vector<std::unique_ptr<instruments::Instrument>> instruments_;
  std::vector<std::unique_ptr<dsp::Processor>> effects_;
  std::int64_t latency_ = 0;
  double ring_ = 0;                            // of the effects
};

class Renderer {
 public:
  Renderer(const SoundPlan& plan, const std::filesystem::path& data_dir) : plan_(plan), data_dir_(data_dir), facts_(plan.facts) {}

  roles::SoundFacts run(const roles::SoundGenerator::Sink& sink, const Progress& progress) {
    measure(progress.part(0, 0.5));
    if (!(peak_ > 1e-9)) throw Error(ErrorCode::InvalidArgument, facts_.name + ": nothing of it sounds", "say it another way, or give it more time");
    facts_.frames = end_ - begin_;
    facts_.channels = same_ ? 1 : 2;
    hand_out(sink, progress.part(0.5, 1));
    return facts_;
  }

 private:
  // Frames from `length` on: crossed with the beginning, or added to it.
  void keep_ends(std::int64_t at, audio::AudioView block) {
    for (std::int64_t n = 0; n < block.frames(); ++n) {
      const std::int64_t frame = at + n;
      for (int c = 0; c < 2; ++c) {
        const float x = block.channel(c)[n];
        if (frame < head_.frames()) {
          head_.channel(c)[frame] += x * rising(frame);
        } else if (frame >= length_) {
          const std::int64_t place = (frame - length_) % length_;
          if (place < head_.frames()) head_.channel(c)[place] += x * falling(place);
        }
      }
    }
  }

  [[nodiscard]] float rising(std::int64_t n) const noexcept { return plan_.cross.value == 0 ? 1.0F : static_cast<float>(std::sin(M_PI / 2 * static_cast<double>(n) / static_cast<double>(plan_.cross.value))); }
  [[nodiscard]] float falling(std::int64_t n) const noexcept { return plan_.cross.value == 0 ? 1.0F : static_cast<float>(std::cos(M_PI / 2 * static_cast<double>(n) / static_cast<double>(plan_.cross.value))); }

  [[nodiscard]] float fade(std::int64_t frame, std::int64_t end) const noexcept {
    const auto fade = static_cast<double>(kFade * facts_.rate.value);
    return plan_.wrap ? 1.0F : static_cast<float>(std::clamp(static_cast<double>(end - 1 - frame) / fade, 0.0, 1.0));
  }

  void measure(const Progress& progress) {
    Stream stream(plan_, data_dir_);
    length_ = plan_.length.value;
    total_ = plan_.wrap ? length_ + (plan_.cross.value > 0 ? plan_.cross.value : stream.ring()) : plan_.exact ? length_ : length_ + stream.ring() + to_frames(Seconds{0.05}, facts_.rate).value;
    if (plan_.wrap) head_ = audio::AudioBuffer(2, std::min(total_ - length_, length_), facts_.rate);
    std::vector<float> cells;
    stream.play(
        total_,
        [&](std::int64_t at, audio::AudioView block) {
          if (plan_.wrap) keep_ends(at, block);
          for (std::int64_t n = 0; n < block.frames(); ++n) {
            const std::int64_t frame = at + n;
            const float l = block.channel(0)[n], r = block.channel(1)[n];
            same_ = same_ && l == r;
            if (plan_.wrap && (frame < head_.frames() || frame >= length_)) continue;
            const float x = std::max(std::abs(l), std::abs(r)) * (plan_.exact ? fade(frame, length_) : 1.0F);
            peak_ = std::max(peak_, static_cast<double>(x));
            if (plan_.exact || plan_.wrap) continue;
            const auto cell = static_cast<std::size_t>(frame / kCell);
            if (cell >= cells.size()) cells.resize(cell + 1);
            cells[cell] = std::max(cells[cell], x);
          }
        },
        progress);
    peak_ = std::max(peak_, static_cast<double>(audio::peak(head_.view())));
    begin_ = 0;
    end_ = length_;
    if (plan_.exact || plan_.wrap) {
      // What was asked to last so long begins at once, too.
      return;
    }
    const auto heard = [&](float x) { return x > kDead * peak_; };
    const auto first = std::find_if(cells.begin(), cells.end(), heard);
    const auto last = std::find_if(cells.rbegin(), cells.rend(), heard);
    if (first == cells.end()) return;
    begin_ = plan_.trim_start ? kCell * (first - cells.begin()) : 0;
    end_ = std::min(total_, kCell * (cells.rend() - last) + to_frames(Seconds{kFade}, facts_.rate).value);
  }

  void hand_out(const roles::SoundGenerator::Sink& sink, const Progress& progress) const {
    Stream stream(plan_, data_dir_);
    audio::AudioBuffer out(facts_.channels, kBlock, facts_.rate);
    const auto gain = static_cast<float>(kPeak / peak_);
    stream.play(
        end_,
        [&](std::int64_t at, audio::AudioView block) {
          const std::int64_t from = std::clamp<std::int64_t>(begin_ - at, 0, block.frames()), count = block.frames() - from;
          if (count == 0) return;
          for (int c = 0; c < facts_.channels; ++c)
            for (std::int64_t n = 0; n < count; ++n) {
              const std::int64_t frame = at + from + n;
              const float x = plan_.wrap && frame < head_.frames() ? head_.channel(c)[frame] : block.channel(c)[from + n] * fade(frame, end_);
              out.channel(c)[n] = x * gain;
            }
          sink(facts_, out.view().part(0, count));
        },
        progress);
  }

  const SoundPlan& plan_;
  const std::filesystem::path& data_dir_;
  roles::SoundFacts facts_;
  std::int64_t length_ = 0, total_ = 0, begin_ = 0, end_ = 0;
  double peak_ = 0;
  bool same_ = true;
  audio::AudioBuffer head_;
};

}  // namespace

roles::SoundFacts render_sound(const SoundPlan& plan, const std::filesystem::path& data_dir, const roles::SoundGenerator::Sink& sink, const Progress& progress) {
  return Renderer(plan, data_dir).run(sink, progress);
}

}  // namespace figment::sounds
