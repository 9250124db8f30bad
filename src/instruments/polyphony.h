// Turns events into voices: allocation, stealing, mono and legato, pedal, controllers. Shared by all built-in engines
// whose sound is made of voices.
//
//   Poly     a new note takes a free voice; when all are in use the quietest released, else the oldest, fades within
//            4 ms in a spare voice, so nothing clicks
//   Mono     one note at a time, the latest; with `legato` a note that overlaps the one before slides to it over
//            `glide` without a new attack, and back when it is released first (that is how 808 slides are written).
//            A note that does not overlap always starts afresh
//   Exact    note-on and note-off act at their frame; bend and other controllers ramp over 5 ms from theirs
//   Threads  one at a time; real-time safe but for `prepare`
//
// Voice is a class with
//   void start(const NoteStart&, const Controls&) noexcept;    void retarget(float note) noexcept;
//   void release() noexcept;  void kill() noexcept;  void silence() noexcept;  bool active() const noexcept;  float
//   level() const noexcept; int render(float* left, float* right, int samples, const Controls&, std::int64_t frame)
//   noexcept;
//       adds `samples` samples (oversampled) and returns how many it was active for

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/units.h"
#include "instruments/instrument.h"
#include "instruments/output_stage.h"
#include "instruments/voice_math.h"

namespace figment::instruments {

// A controller's value over time: moves in a straight line for 5 ms after each change.
class Ramp {
 public:
  void set(float value, std::int64_t frame, std::int64_t length) noexcept {
    from_ = at(frame);
    to_ = value;
    begin_ = frame;
    length_ = length;
  }
  void jump(float value) noexcept {
    from_ = to_ = value;
    length_ = 0;
  }
  [[nodiscard]] float at(std::int64_t frame) const noexcept {
    const std::int64_t gone = frame - begin_;
    if (gone >= length_) return to_;
    return from_ + (to_ - from_) * static_cast<float>(gone) / static_cast<float>(length_);
  }
  [[nodiscard]] float target() const noexcept { return to_; }

 private:
  float from_ = 0, to_ = 0;
  std::int64_t begin_ = 0, length_ = 0;
};

struct Controls {
  Ramp bend;        // semitones
  Ramp modulation;  // 0 … 1
  Ramp brightness;  // -1 … 1
  float expression = 1;
  double tempo = 120;
  // Song time for global modulation: seconds and beats at a frame.
  std::int64_t anchor_frame = 0;
  double anchor_beats = 0;
  double rate = 44100;  // of frames
  int oversample = 1;

  [[nodiscard]] double seconds(std::int64_t frame) const noexcept { return static_cast<double>(frame) / rate; }
  [[nodiscard]] double beats(std::int64_t frame) const noexcept {
    return anchor_beats + static_cast<double>(frame - anchor_frame) / rate * tempo / 60.0;
  }
};

struct NoteStart {
  float note = 60;
  float velocity = 1;
  float glide_from = 60;     // where the pitch begins; = note for no glide
  std::uint32_t serial = 0;  // counts notes: the source of what differs from note to note
};

struct PlayMode {
  int polyphony = 8;
  bool mono = false;
  bool legato = false;
  bool always_glide = false;
  bool fixed_length = false;  // struck things: note-off does not damp

  // Reads polyphony, mono, glide from a [voice] table.
  static PlayMode read(storage::Fields& voice) {
    PlayMode mode;
    mode.mono = voice.flag_or("mono", false);
    mode.polyphony = mode.mono ? 1 : voice.integer_or("polyphony", 12, 1, 32);
    if (voice.has("glide")) {
      const auto glide = voice.one_of("glide", {"off", "legato", "always"});
      mode.legato = mode.mono && glide != "off";
      mode.always_glide = glide == "always";
    }
    mode.fixed_length = voice.flag_or("ring", false);
    return mode;
  }
};

template <class Voice>
class VoicedInstrument : public Instrument {
 public:
  VoicedInstrument(PlayMode mode, OutputStage stage) : mode_(mode), stage_(std::move(stage)) {}

  void prepare(Hertz rate, int max_block) final {
    controls_ = {};
    controls_.rate = rate.value;
    controls_.oversample = stage_.oversample();
    stage_.prepare(rate, max_block);
    slots_.clear();
    slots_.resize(static_cast<std::size_t>(mode_.polyphony) + 6);
    for (auto& slot : slots_) prepare_voice(slot.voice, rate.value * stage_.oversample());
    for (auto& side : sum_)
      side.assign(static_cast<std::size_t>(max_block) * static_cast<std::size_t>(stage_.oversample()), 0);
    ring_ = to_frames(stage_.tail(), rate).value;
    ramp_ = to_frames(Seconds{0.005}, rate).value;
    reset();
  }

  void reset() noexcept final {
    for (auto& slot : slots_) {
      slot.voice.silence();
      slot.state = State::Idle;
    }
    stage_.rewind();
    held_count_ = 0;
    pedal_ = false;
    frame_ = 0;
    ring_end_ = 0;
    serial_ = 0;
    last_note_ = -1;
    controls_.bend.jump(0);
    controls_.modulation.jump(0);
    controls_.brightness.jump(0);
    controls_.expression = 1;
    controls_.anchor_frame = 0;
    controls_.anchor_beats = 0;
  }

  void set_tempo(Bpm tempo) noexcept final {
    controls_.anchor_beats = controls_.beats(frame_);
    controls_.anchor_frame = frame_;
    controls_.tempo = std::clamp(tempo.value, 1.0, 2000.0);
  }

  void process(audio::AudioBlock out, std::span<const Event> events) noexcept final {
    std::int64_t at = 0;
    for (const Event& event : events) {
      const std::int64_t frame = std::clamp<std::int64_t>(event.frame, at, out.frames());
      render(out.part(at, frame - at));
      at = frame;
      handle(event);
    }
    render(out.part(at, out.frames() - at));
  }

  [[nodiscard]] int channels() const noexcept final { return stage_.channels(); }
  [[nodiscard]] Seconds tail() const noexcept final { return voice_tail() + stage_.tail(); }
  [[nodiscard]] bool sounding() const noexcept final { return frame_ < ring_end_ || any_active(); }

 protected:
  virtual void prepare_voice(Voice& voice, double voice_rate) = 0;
  [[nodiscard]] virtual Seconds voice_tail() const noexcept = 0;

 private:
  enum class State : std::uint8_t { Idle, Held, Pedal, Released, Dying };
  struct Slot {
    Voice voice;
    State state = State::Idle;
    int note = 0;
    std::uint32_t serial = 0;
  };
  struct HeldNote {
    int note;
    float velocity;
  };

  [[nodiscard]] bool any_active() const noexcept {
    return std::any_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.state != State::Idle; });
  }

  void handle(const Event& event) noexcept {
    switch (event.kind) {
      case Event::Kind::NoteOn:
        if (event.value > 0) note_on(event.note, std::min(event.value, 1.0F));
        break;
      case Event::Kind::NoteOff:
        note_off(event.note);
        break;
      case Event::Kind::Bend:
        controls_.bend.set(std::clamp(event.value, -48.0F, 48.0F), frame_, ramp_);
        break;
      case Event::Kind::Modulation:
        controls_.modulation.set(std::clamp(event.value, 0.0F, 1.0F), frame_, ramp_);
        break;
      case Event::Kind::Brightness:
        controls_.brightness.set(std::clamp(event.value, 0.0F, 1.0F) * 2 - 1, frame_, ramp_);
        break;
      case Event::Kind::Expression:
        controls_.expression = std::clamp(event.value, 0.0F, 1.0F);
        break;
      case Event::Kind::Sustain:
        pedal_ = event.value >= 0.5F;
        if (!pedal_)
          for (auto& slot : slots_)
            if (slot.state == State::Pedal) let_go(slot);
        break;
    }
  }

  void let_go(Slot& slot) noexcept {
    slot.state = State::Released;
    if (!mode_.fixed_length) slot.voice.release();
  }

  void kill(Slot& slot) noexcept {
    slot.state = State::Dying;
    slot.voice.kill();
  }

  void note_on(int note, float velocity) noexcept {
    if (mode_.mono) {
      if (held_count_ == held_.size()) std::move(held_.begin() + 1, held_.end(), held_.begin()), --held_count_;
      held_[held_count_++] = {note, velocity};
      for (auto& slot : slots_) {
        if (slot.state != State::Held && slot.state != State::Pedal && slot.state != State::Released) continue;
        if (mode_.legato && slot.state == State::Held && held_count_ > 1) {
          slot.voice.retarget(static_cast<float>(note));
          slot.note = note;
          last_note_ = note;
          return;
        }
        kill(slot);
      }
    } else {
      int sounding = 0;
      for (auto& slot : slots_) {
        // The same key again: the older sound makes room, as a damper would.
        if ((slot.state == State::Pedal || slot.state == State::Held) && slot.note == note) let_go(slot);
        sounding += slot.state != State::Idle && slot.state != State::Dying;
      }
      if (sounding >= mode_.polyphony) kill(*victim());
    }
    Slot* free = nullptr;
    for (auto& slot : slots_)
      if (slot.state == State::Idle) {
        free = &slot;
        break;
      }
    if (free == nullptr)  // more than six steals within 4 ms: cut the quietest of the dying
      free = &*std::min_element(slots_.begin(), slots_.end(), [](const Slot& a, const Slot& b) {
        return std::pair(a.state != State::Dying, a.voice.level()) <
               std::pair(b.state != State::Dying, b.voice.level());
      });
    NoteStart start;
    start.note = static_cast<float>(note);
    start.velocity = velocity;
    start.glide_from = mode_.always_glide && last_note_ >= 0 ? static_cast<float>(last_note_) : start.note;
    start.serial = serial_++;
    free->voice.start(start, controls_);
    free->state = State::Held;
    free->note = note;
    free->serial = start.serial;
    last_note_ = note;
  }

  Slot* victim() noexcept {
    Slot* best = nullptr;
    for (auto& slot : slots_) {
      if (slot.state == State::Idle || slot.state == State::Dying) continue;
      if (best == nullptr) {
        best = &slot;
        continue;
      }
      const bool gone = slot.state == State::Released, best_gone = best->state == State::Released;
      if (gone != best_gone) {
        if (gone) best = &slot;
      } else if (gone ? slot.voice.level() < best->voice.level() : slot.serial < best->serial) {
        best = &slot;
      }
    }
    return best;
  }

  void note_off(int note) noexcept {
    if (mode_.mono) {
      for (std::size_t i = held_count_; i-- > 0;) {
        if (held_[i].note != note) continue;
        std::move(held_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  held_.begin() + static_cast<std::ptrdiff_t>(held_count_),
                  held_.begin() + static_cast<std::ptrdiff_t>(i));
        --held_count_;
        break;
      }
      for (auto& slot : slots_) {
        if (slot.state != State::Held || slot.note != note) continue;
        if (mode_.legato && held_count_ > 0) {
          slot.note = held_[held_count_ - 1].note;
          slot.voice.retarget(static_cast<float>(slot.note));
          last_note_ = slot.note;
        } else {
          release_or_hold(slot);
        }
      }
      return;
    }
    Slot* oldest = nullptr;
    for (auto& slot : slots_)
      if (slot.state == State::Held && slot.note == note && (oldest == nullptr || slot.serial < oldest->serial))
        oldest = &slot;
    if (oldest != nullptr) release_or_hold(*oldest);
  }

  void release_or_hold(Slot& slot) noexcept {
    if (pedal_)
      slot.state = State::Pedal;
    else
      let_go(slot);
  }

  void render(audio::AudioBlock out) noexcept {
    while (out.frames() > 0) {
      const bool active = any_active();
      if (!active && frame_ >= ring_end_) {
        out.clear();
        frame_ += out.frames();
        return;
      }
      // While only the output stage rings, stop exactly where its ring ends, however blocks are cut.
      const std::int64_t count = active ? out.frames() : std::min(out.frames(), ring_end_ - frame_);
      const int over = stage_.oversample();
      const auto samples = static_cast<int>(count) * over;
      for (int c = 0; c < stage_.channels(); ++c) std::fill_n(sum_[static_cast<std::size_t>(c)].data(), samples, 0.0F);
      for (auto& slot : slots_) {
        if (slot.state == State::Idle) continue;
        const int lived = slot.voice.render(sum_[0].data(), sum_[1].data(), samples, controls_, frame_);
        ring_end_ = std::max(ring_end_, frame_ + (lived + over - 1) / over + ring_);
        if (!slot.voice.active()) slot.state = State::Idle;
      }
      // Voices may have ended inside: then the ring's end may lie inside this stretch too.
      const std::int64_t sound = any_active() ? count : std::min(count, ring_end_ - frame_);
      stage_.process(sum_[0].data(), sum_[1].data(), out.part(0, sound), controls_.expression);
      frame_ += sound;
      if (frame_ >= ring_end_ && !any_active()) stage_.reset();
      out = out.part(sound, out.frames() - sound);
    }
  }

  PlayMode mode_;
  OutputStage stage_;
  Controls controls_;
  std::vector<Slot> slots_;
  std::array<std::vector<float>, 2> sum_;
  std::array<HeldNote, 32> held_{};
  std::size_t held_count_ = 0;
  bool pedal_ = false;
  int last_note_ = -1;
  std::uint32_t serial_ = 0;
  std::int64_t frame_ = 0, ring_end_ = 0, ring_ = 0, ramp_ = 0;
};

}  // namespace figment::instruments
