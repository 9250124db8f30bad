#include "dsp/transient.h"

#include <cmath>

#include "dsp/effect.h"
#include "dsp/envelope.h"
#include "dsp/fast_math.h"

namespace figment::dsp {
namespace {

enum : std::size_t { Attack, Sustain, Output, Count };

constexpr Parameter kTable[] = {
    {"attack", -1, 1, 0.4, "-1 softens … 1 sharpens what is struck"},
    {"sustain", -1, 1, 0, "-1 shortens … 1 lengthens what rings"},
    {"output_db", -24, 24, 0, "level afterwards"},
};
static_assert(std::size(kTable) == Count);
constexpr float kMostDb = 18, kFloor = 1e-5F;

class Transient final : public Effect {
 public:
  Transient() : Effect(kTable) {}

 private:
  void configure() override {
    for (Smooth* s : {&attack_, &sustain_, &output_}) s->prepare(rate());
    fast_.set_times(0.0005, 0.040, rate());
    slow_rise_.set_times(0.025, 0.040, rate());
    slow_fall_.set_times(0.0005, 0.350, rate());
    keep_ = static_cast<float>(one_pole_keep(0.0008, rate()));
  }
  void clear() noexcept override {
    fast_.reset();
    slow_rise_.reset();
    slow_fall_.reset();
    gain_ = 0;
  }
  void begin_cell(bool snap) noexcept override {
    attack_.move(value(Attack), snap);
    sustain_.move(value(Sustain), snap);
    output_.move(value(Output), snap);
  }
  void run(const Cell& cell) noexcept override {
    const int n = cell.frames;
    alignas(32) float fast[kCell], rise[kCell], fall[kCell], attack[kCell], sustain[kCell], output[kCell];
    for (int i = 0; i < n; ++i) {
      const float x = std::max(std::abs(cell.left[i]), std::abs(cell.right[i]));
      fast[i] = fast_.follow(x);
      rise[i] = slow_rise_.follow(x);
      fall[i] = slow_fall_.follow(x);
    }
    attack_.fill(attack, cell.at, n);
    sustain_.fill(sustain, cell.at, n);
    output_.fill(output, cell.at, n);
    for (int i = 0; i < n; ++i) {
      // The floor keeps noise at -100 dBFS from being called a transient.
      const float f = gain_to_db_fast(fast[i] + kFloor), r = gain_to_db_fast(rise[i] + kFloor),
                  s = gain_to_db_fast(fall[i] + kFloor);
      const float struck = std::max(f - r, 0.0F), ringing = std::max(s - f, 0.0F);
      const float db = attack[i] * struck + 0.8F * sustain[i] * ringing;
      fast[i] = std::min(std::max(db, -kMostDb), kMostDb);
    }
    float gain = gain_;
    for (int i = 0; i < n; ++i) {
      gain = fast[i] + (gain - fast[i]) * keep_;
      rise[i] = gain + output[i];
    }
    gain_ = gain;
    for (int i = 0; i < n; ++i) {
      const float g = db_to_gain_fast(rise[i]);
      cell.left[i] *= g;
      cell.right[i] *= g;
    }
  }
  bool settle(int) noexcept override {
    if (fast_.value() > 1e-7F || slow_rise_.value() > 1e-7F || slow_fall_.value() > 1e-7F) return false;
    clear();
    return true;
  }

  Smooth attack_, sustain_, output_;
  Envelope fast_, slow_rise_, slow_fall_;
  float keep_ = 0, gain_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_transient() { return std::make_unique<Transient>(); }

}  // namespace figment::dsp
