// Notes are heard where they are written, though strings, winds and voices take their time.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "instruments/preset.h"
#include "instruments/soundfont.h"
#include "instruments/test_tools.h"

namespace figment::instruments {
namespace {

using namespace testing;

// Writes down what it is told, and is heard 30 ms after every note-on.
class Slow final : public Instrument {
 public:
  struct Told {
    Event::Kind kind;
    int note;
    std::int64_t frame;
  };
  std::vector<Told> told;

  void prepare(Hertz, int) override {}
  void process(audio::AudioBlock out, std::span<const Event> events) noexcept override {
    for (const Event& e : events) told.push_back({e.kind, e.note, at_ + e.frame});
    at_ += out.frames();
    out.clear();
  }
  void reset() noexcept override {}
  [[nodiscard]] int channels() const noexcept override { return 1; }
  [[nodiscard]] Seconds attack(std::uint8_t) const noexcept override { return Seconds{0.03}; }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{0}; }
  [[nodiscard]] bool sounding() const noexcept override { return false; }

 private:
  std::int64_t at_ = 0;
};

std::vector<std::int64_t> frames_of(const Slow& slow, Event::Kind kind, int note) {
  std::vector<std::int64_t> frames;
  for (const auto& t : slow.told)
    if (t.kind == kind && t.note == note) frames.push_back(t.frame);
  return frames;
}

using Frames64 = std::vector<std::int64_t>;
constexpr auto kOn = Event::Kind::NoteOn;
constexpr auto kOff = Event::Kind::NoteOff;

TEST(Attack, NotesComeEarlierByIt) {
  Slow slow;
  // At 8000 Hz 30 ms are 240 frames.
  (void)play(slow, {note(0, 0.5, 60), note(0.01, 0.5, 64), note(1, 0.5, 67)}, 2, Hertz{8000});
  EXPECT_EQ(frames_of(slow, kOn, 60), Frames64{0}) << "nothing comes before the song";
  EXPECT_EQ(frames_of(slow, kOn, 64), Frames64{0});
  EXPECT_EQ(frames_of(slow, kOn, 67), Frames64{8000 - 240});
  EXPECT_EQ(frames_of(slow, kOff, 67), Frames64{12000}) << "it ends where it was written";
}

TEST(Attack, ARepeatedNoteIsNotCutByTheOneBefore) {
  Slow slow;
  (void)play(slow, {note(0.5, 0.5, 60), note(1, 0.5, 60), note(1.5, 0.25, 60)}, 2, Hertz{8000});
  EXPECT_EQ(frames_of(slow, kOn, 60), (Frames64{4000 - 240, 8000 - 240, 12000 - 240}));
  EXPECT_EQ(frames_of(slow, kOff, 60), (Frames64{8000 - 240, 12000 - 240, 14000}));
  for (std::size_t i = 1; i < slow.told.size(); ++i)
    EXPECT_NE(slow.told[i].kind, slow.told[i - 1].kind) << "on, off, on, off: " << i;
}

TEST(Attack, WhatOverlapsInTheScoreStillDoes) {
  Slow slow;
  (void)play(slow, {note(0.5, 0.75, 60), note(1, 0.5, 60)}, 2, Hertz{8000});
  EXPECT_EQ(frames_of(slow, kOff, 60), (Frames64{10000, 12000}));
}

// Power of the last 5 ms or the last period after a first difference, frame by frame: what the ear hears begin.
std::vector<double> power(audio::AudioView sound, int pitch) {
  const double period = 1 / note_frequency(pitch).value;
  const auto window = static_cast<std::int64_t>(std::max(0.005, period) * sound.rate().value);
  std::vector<double> all;
  double sum = 0;
  const auto at = [&](std::int64_t n) {
    double p = 0;
    for (int c = 0; c < sound.channels() && n > 0; ++c)
      p += std::pow(static_cast<double>(sound.channel(c)[n]) - static_cast<double>(sound.channel(c)[n - 1]), 2);
    return p;
  };
  for (std::int64_t n = 0; n < sound.frames(); ++n) {
    sum += at(n) - (n >= window ? at(n - window) : 0);
    all.push_back(std::max(0.0, sum));
  }
  return all;
}

// Within 15 dB of its maximum a tone is heard to begin (Vos and Rasch 1981).
TEST(Attack, SoundFontsAreHeardWhereTheirNotesAreWritten) {
  for (const char* name : {"gm/strings", "gm/violin", "gm/cello", "gm/clarinet", "gm/flute", "gm/brass", "gm/trombone",
                           "gm/french-horn", "gm/alto-sax", "gm/grand-piano", "gm/pizzicato"}) {
    const auto instrument = make_instrument(data_dir(), name, 1);
    PresetInfo info;
    for (auto& one : list_presets(data_dir()))
      if (one.name == name) info = one;
    for (const double share : {0.4, 0.5, 0.6, 0.7}) {
      const int pitch = info.lowest + static_cast<int>(share * (info.highest - info.lowest));
      if (instrument->attack(static_cast<std::uint8_t>(pitch)) >= kMostAttack) continue;  // a swell
      const double early = instrument->attack(static_cast<std::uint8_t>(pitch)).value;
      const auto loud = power(play(*instrument, {note(0.5, 0.5, pitch, 0.7F)}, 0.9 - early).view(), pitch);
      const double most = *std::max_element(loud.begin(), loud.end());
      const auto heard = std::find_if(loud.begin(), loud.end(), [&](double p) { return p > 0.0316 * most; });
      EXPECT_NEAR(static_cast<double>(heard - loud.begin()) / 44100, 0.5, 0.007) << name << " " << pitch;
    }
  }
}

TEST(Attack, GoesByTheKey) {
  SoundFontSound sound;
  sound.program = 48;
  sound.attack = {{40, 20}, {60, 35}, {72, 500}};
  const auto instrument = make_soundfont(sound);
  EXPECT_EQ(instrument->attack(20), Seconds{0.02});
  EXPECT_EQ(instrument->attack(59), Seconds{0.02});
  EXPECT_EQ(instrument->attack(60), Seconds{0.035});
  EXPECT_EQ(instrument->attack(127), kMostAttack) << "what takes longer is a swell";
}

}  // namespace
}  // namespace figment::instruments
