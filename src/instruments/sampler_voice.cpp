#include "instruments/sampler_voice.h"

#include <algorithm>
#include <cmath>

namespace figment::instruments {
namespace {

constexpr double kBendSeconds = 0.005;
constexpr double kSlowest = 1.0 / 1024, kFastest = 256;
constexpr int kReach = Interpolator::kReach;

std::uint64_t whole(std::int64_t frames) { return static_cast<std::uint64_t>(frames) << 32; }

}  // namespace

void SamplerVoice::start(const PlayedRegion& region, int key, float gain, float bend) noexcept {
  region_ = &region;
  key_ = key;
  position_ = whole(region.begin);
  looping_ = region.loop != PlayedRegion::Loop::None;
  leave_loop_ = ended_ = false;
  bend_ = bend_target_ = bend;
  bend_chunks_ = 0;
  wait_ = std::llround(region.delay_s * static_cast<double>(rate_));
  eg_wait_ = std::llround(region.eg_delay_s * static_cast<double>(rate_));
  envelope_.start(region.envelope, rate_);
  gain_left_ = gain * region.gain * region.left;
  gain_right_ = gain * region.gain * region.right;
  fade_total_ = fade_left_ = 0;
  read_ = kChunk;
  set_step();
}

void SamplerVoice::set_step() noexcept {
  const double ratio =
      region_->sample->rate / static_cast<double>(rate_) * region_->speed(key_, static_cast<double>(bend_));
  step_ = static_cast<std::uint64_t>(std::llround(std::clamp(ratio, kSlowest, kFastest) * 4294967296.0));
}

void SamplerVoice::bend(float semitones) noexcept {
  if (semitones == bend_target_) return;
  bend_target_ = semitones;
  bend_chunks_ = std::max(1, static_cast<int>(kBendSeconds * static_cast<double>(rate_) / kChunk));
}

void SamplerVoice::release() noexcept {
  if (region_ == nullptr) return;
  if (wait_ > 0 || eg_wait_ > 0) return stop();  // it has not begun
  envelope_.release();
  leave_loop_ = region_->loop == PlayedRegion::Loop::Sustain;
}

void SamplerVoice::fade_out(float seconds) noexcept {
  if (region_ == nullptr || fade_total_ > 0) return;
  fade_total_ = fade_left_ = std::max(16, static_cast<int>(seconds * rate_));
}

// The last frames of a region that would end with a step.
void SamplerVoice::fade_end(std::uint64_t position, float* left, float* right, int frames) const noexcept {
  const float scale = 1.0F / static_cast<float>(region_->fade);
  for (int n = 0; n < frames; ++n, position += step_) {
    const auto left_over = static_cast<double>(whole(region_->end) - position) / 4294967296.0;
    const float gain = std::clamp(static_cast<float>(left_over) * scale, 0.0F, 1.0F);
    left[n] *= gain;
    right[n] *= gain;
  }
}

void SamplerVoice::render() noexcept {
  read_ = 0;
  if (bend_chunks_ > 0) {
    bend_ += (bend_target_ - bend_) / static_cast<float>(bend_chunks_--);
    set_step();
  }
  const PlayedRegion& region = *region_;
  const Sample& sample = *region.sample;
  const Interpolator& interpolator = Interpolator::shared();
  // What ends near zero rings out in the kernel.
  const std::int64_t stop = region.fade > 0 ? region.end : region.end + kReach;
  const std::int64_t length = region.loop_end - region.loop_begin;
  for (int done = 0; done < kChunk;) {
    auto at = static_cast<std::int64_t>(position_ >> 32);
    // The seam goes on kReach frames after the loop's end, so after the jump all that the kernel sees lies in the loop.
    if (looping_ && at >= region.loop_end + kReach) {
      const std::int64_t rounds = (at - region.loop_end - kReach) / length + 1;
      position_ -= whole(rounds * length);
      at -= rounds * length;
    }
    // Out of the loop where sample and seam are the same, in short loops at once.
    if (looping_ && leave_loop_ && (at < region.loop_end - kReach || length <= 4 * kReach)) {
      if (at >= region.loop_end) {
        const std::int64_t rounds = (at - region.loop_end) / length + 1;
        position_ -= whole(rounds * length);
        at -= rounds * length;
      }
      looping_ = false;
    }
    const bool in_seam = looping_ && at >= region.loop_end - kReach;
    const std::int64_t limit = in_seam ? region.loop_end + kReach : looping_ ? region.loop_end - kReach : stop;
    if (at >= limit) {  // the end
      for (auto& side : chunk_) std::fill(side.begin() + done, side.end(), 0.0F);
      ended_ = true;
      return;
    }
    const std::uint64_t room = (whole(limit) - position_ + step_ - 1) / step_;
    const int count = static_cast<int>(std::min<std::uint64_t>(room, static_cast<std::uint64_t>(kChunk - done)));
    float* const left = chunk_[0].data() + done;
    float* const right = chunk_[1].data() + done;
    // In the seam positions count from its own first frame.
    const std::uint64_t from = in_seam ? position_ - whole(region.seam->first) : position_;
    for (int c = 0; c < sample.channels; ++c)
      interpolator.read(in_seam ? region.seam->data[static_cast<std::size_t>(c)].data() : sample.channel(c), from,
                        step_, c == 0 ? left : right, count);
    if (sample.channels == 1) std::copy_n(left, count, right);
    if (!looping_ && region.fade > 0 &&
        at + static_cast<std::int64_t>((step_ * kChunk) >> 32) >= region.end - region.fade)
      fade_end(position_, left, right, count);
    position_ += step_ * static_cast<std::uint64_t>(count);
    done += count;
  }
}

void SamplerVoice::add(float* left, float* right, int frames) noexcept {
  if (wait_ > 0) {
    const auto skipped = static_cast<int>(std::min<std::int64_t>(wait_, frames));
    wait_ -= skipped;
    frames -= skipped;
    left += skipped;
    if (right != nullptr) right += skipped;
  }
  while (frames > 0 && active()) {
    if (read_ >= kChunk) {
      if (ended_) return stop();
      render();
    }
    int count = std::min(frames, kChunk - read_);
    std::array<float, kChunk> gain;
    if (eg_wait_ > 0) {
      count = static_cast<int>(std::min<std::int64_t>(count, eg_wait_));
      eg_wait_ -= count;
      std::fill_n(gain.begin(), count, 0.0F);
    } else {
      count = envelope_.fill(gain.data(), count);
      if (count == 0) return stop();
    }
    if (fade_total_ > 0) {
      count = std::min(count, fade_left_);
      for (int n = 0; n < count; ++n) {
        const float fade = static_cast<float>(fade_left_ - n) / static_cast<float>(fade_total_);
        gain[static_cast<std::size_t>(n)] *= fade * fade;
      }
      fade_left_ -= count;
    }
    const float* l = chunk_[0].data() + read_;
    const float* r = chunk_[1].data() + read_;
    if (right == nullptr) {
      for (int n = 0; n < count; ++n) left[n] += gain_left_ * gain[static_cast<std::size_t>(n)] * l[n];
    } else {
      for (int n = 0; n < count; ++n) {
        left[n] += gain_left_ * gain[static_cast<std::size_t>(n)] * l[n];
        right[n] += gain_right_ * gain[static_cast<std::size_t>(n)] * r[n];
      }
      right += count;
    }
    if (fade_total_ > 0 && fade_left_ <= 0) return stop();
    read_ += count;
    frames -= count;
    left += count;
  }
}

}  // namespace figment::instruments
