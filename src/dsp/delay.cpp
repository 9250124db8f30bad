#include "dsp/delay.h"

#include <array>
#include <cmath>

#include "dsp/biquad.h"
#include "dsp/delay_line.h"
#include "dsp/effect.h"
#include "dsp/envelope.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Time, Feedback, Mix, Send, PingPong, LowCut, HighCut, Ducking, Width, Count };

constexpr Parameter kTable[] = {
    {"time_beats", 0.03125, 16, 0.75, "time between echoes; 0.75 is a dotted eighth note"},
    {"feedback", 0, 0.98, 0.4, "how much of an echo comes again"},
    {"mix", 0, 1, 0.25, "0 dry … 1 echoes only (for sends)"},
    {"send", 0, 1, 1, "level into the echo; automate it for throws"},
    {"ping_pong", 0, 1, 0, "1: echoes change sides"},
    {"low_cut_hz", 10, 2000, 180, "each echo loses what is below"},
    {"high_cut_hz", 500, 22000, 5500, "each echo loses what is above"},
    {"ducking_db", 0, 30, 0, "echoes step back while the sound plays"},
    {"width", 0, 1, 1, "0 mono … 1 as wide as they are"},
};
static_assert(std::size(kTable) == Count);
constexpr double kMostSeconds = 5.9, kFadeSeconds = 0.05;

class Delay final : public Effect {
 public:
  Delay() : Effect(kTable) {}
  void set_tempo(Bpm tempo) noexcept override {
    if (tempo.value > 0) tempo_ = tempo.value;
  }
  [[nodiscard]] Seconds tail() const noexcept override {
    const double passes = 1 + std::log(1e-3) / std::log(std::clamp(value(Feedback), 1e-3, 0.98));
    return Seconds{std::min(passes * static_cast<double>(wanted()) / rate(), 60.0)};
  }

 private:
  void configure() override {
    for (Smooth* s : {&feedback_, &mix_, &send_, &width_, &ducking_, &low_, &high_}) s->prepare(rate());
    for (auto& line : lines_) line.prepare(kMostSeconds * rate() + kCell);
    fade_step_ = 1 / std::max(1.0, std::round(kFadeSeconds * rate() / kCell));
    follower_.set_times(0.005, 0.25, rate());
  }
  void clear() noexcept override {
    for (auto& line : lines_) line.clear();
    states_.fill({});
    follower_.reset();
    fade_ = 1;
    written_ = 0;
    quiet_ = 0;
  }

  [[nodiscard]] int wanted() const noexcept {
    const double frames = std::round(value(Time) * 60 / tempo_ * rate());
    return static_cast<int>(std::clamp(frames, 2.0 * kCell, std::floor(kMostSeconds * rate())));
  }

  void begin_cell(bool snap) noexcept override {
    feedback_.move(value(Feedback), snap);
    mix_.move(value(Mix), snap);
    send_.move(value(Send), snap);
    width_.move(value(Width), snap);
    ducking_.move(value(Ducking), snap);
    low_.move(std::log2(value(LowCut)), snap);
    high_.move(std::log2(std::min(value(HighCut), 0.49 * rate())), snap);
    if (snap || low_.moving() || high_.moving()) {
      filters_[0] = Biquad::high_pass(std::exp2(low_.now()), 0.7071, rate());
      filters_[1] = Biquad::low_pass(std::exp2(high_.now()), 0.7071, rate());
    }
    if (snap) frames_ = last_frames_ = wanted();
    fade_from_ = fade_;
    if (fade_ < 1) {
      fade_ = std::min(1.0, fade_ + fade_step_);
    } else if (const int now = wanted(); now != frames_) {  // not while the last change still fades
      last_frames_ = frames_;
      frames_ = now;
      fade_from_ = 0;
      fade_ = fade_step_;
    }
  }

  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float late[2][kCell], feedback[kCell], send[kCell], mix[kCell], width[kCell], duck[kCell];
    // The lines are read for the whole part before it is written: the delay is never shorter than a cell.
    for (std::size_t c = 0; c < 2; ++c) {
      for (int i = 0; i < n; ++i) late[c][i] = lines_[c].at(static_cast<std::size_t>(frames_ - 1 - i));
      if (fade_from_ >= 1) continue;
      for (int i = 0; i < n; ++i) {
        const double t = fade_from_ + (fade_ - fade_from_) * (cell.at + i + 1) / kCell;
        const float old = lines_[c].at(static_cast<std::size_t>(last_frames_ - 1 - i));
        late[c][i] = old + static_cast<float>(t) * (late[c][i] - old);
      }
    }
    Pair frames[kCell];
    to_pairs(late[0], late[1], frames, n);
    run_cascade(filters_.data(), states_.data(), 2, frames, n);
    from_pairs(frames, late[0], late[1], n);

    feedback_.fill(feedback, cell.at, n);
    send_.fill(send, cell.at, n);
    mix_.fill(mix, cell.at, n);
    width_.fill(width, cell.at, n);
    const bool cross = on(PingPong) && channels() == 2;
    float most = written_;
    for (int i = 0; i < n; ++i) {
      const float left = cross ? 0.5F * (cell.left[i] + cell.right[i]) : cell.left[i];
      const float right = cross ? 0.0F : cell.right[i];
      const float a = send[i] * left + feedback[i] * (cross ? late[1][i] : late[0][i]);
      const float b = send[i] * right + feedback[i] * (cross ? late[0][i] : late[1][i]);
      lines_[0].push(a);
      lines_[1].push(b);
      most = std::max(most, std::max(std::abs(a), std::abs(b)));
    }
    written_ = most;
    if (ducking_.moving() || ducking_.now() > 0) {
      for (int i = 0; i < n; ++i) duck[i] = follower_.follow(std::max(std::abs(cell.left[i]), std::abs(cell.right[i])));
      alignas(32) float depth[kCell];
      ducking_.fill(depth, cell.at, n);
      for (int i = 0; i < n; ++i) {
        const float loud = std::min(std::max((gain_to_db_fast(duck[i]) + 40) * (1.0F / 30), 0.0F), 1.0F);
        const float g = db_to_gain_fast(-depth[i] * loud);
        late[0][i] *= g;
        late[1][i] *= g;
      }
    }
    for (int i = 0; i < n; ++i) {
      const float mid = 0.5F * (late[0][i] + late[1][i]), side = 0.5F * (late[0][i] - late[1][i]) * width[i];
      cell.left[i] = blend(cell.left[i], mid + side, mix[i]);
      cell.right[i] = blend(cell.right[i], mid - side, mix[i]);
    }
  }

  bool settle(int) noexcept override {
    quiet_ = written_ < 1e-7F ? quiet_ + kCell : 0;
    written_ = 0;
    if (quiet_ < std::max(frames_, last_frames_) + kCell || !dsp::settle(states_.data(), 2)) return false;
    if (follower_.value() > 1e-4F) return false;
    for (auto& line : lines_) line.clear();
    follower_.reset();
    quiet_ = 0;
    return true;
  }

  Smooth feedback_, mix_, send_, width_, ducking_, low_, high_;
  std::array<DelayLine, 2> lines_;
  std::array<Biquad, 2> filters_;
  std::array<BiquadState, 2> states_;
  Envelope follower_;
  double tempo_ = 120, fade_ = 1, fade_from_ = 1, fade_step_ = 1;
  float written_ = 0;
  int frames_ = 64, last_frames_ = 64;
  int quiet_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_delay() { return std::make_unique<Delay>(); }

}  // namespace figment::dsp
