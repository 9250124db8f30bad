// The sampler: in tune, without aliases and clicks, loops, choke groups, round robins.

#include "instruments/sampler.h"

#include <gtest/gtest.h>

#include <fstream>
#include <numbers>

#include "audio/file.h"
#include "base/error.h"
#include "base/random.h"
#include "dsp/allocation_counter.h"
#include "instruments/interpolator.h"
#include "instruments/preset.h"
#include "instruments/soundfont.h"
#include "instruments/test_tools.h"
#include "storage/files.h"
#include "storage/test_folder.h"

namespace figment::instruments {
namespace {

using namespace testing;
using storage::testing::code_of;
using storage::testing::Folder;
namespace fs = std::filesystem;

// A pack of samples and an SFZ.
class Pack {
 public:
  // `sound(n)` or `sound(n, channel)` for each frame.
  template <class Sound>
  void sample(const std::string& name, std::int64_t frames, Sound sound, double rate = 44100, int channels = 1) const {
    audio::AudioBuffer buffer(channels, frames, Hertz{rate});
    for (int c = 0; c < channels; ++c)
      for (std::int64_t n = 0; n < frames; ++n) buffer.channel(c)[n] = static_cast<float>(sound(n, c));
    fs::create_directories(place(name).parent_path());
    audio::write_audio(place(name), buffer.view(), audio::FileFormat::WavFloat);
  }
  [[nodiscard]] fs::path place(const std::string& name) const { return folder_.path() / "pack" / name; }
  [[nodiscard]] fs::path sfz(const std::string& text, const std::string& name = "test.sfz") const {
    fs::create_directories(place(name).parent_path());
    storage::write_file(place(name), text);
    return place(name);
  }
  [[nodiscard]] std::unique_ptr<Instrument> make(const std::string& text, std::uint64_t seed = 1) const {
    return make_sampler(sfz(text), seed);
  }

 private:
  Folder folder_;
};

auto sine(double hz, double rate = 44100, double level = 0.5) {
  return
      [=](std::int64_t n, int) { return level * std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / rate); };
}
// All harmonics below `most` hertz, equally loud.
auto buzz(double hz, double most, double rate = 44100) {
  return [=](std::int64_t n, int) {
    double sum = 0;
    for (int h = 1; h * hz < most; ++h)
      sum += std::cos(2 * std::numbers::pi * h * hz * static_cast<double>(n) / rate + h * h);
    return 0.5 * sum * hz / most;
  };
}

double rms(audio::AudioView sound, int channel = 0) {
  double sum = 0;
  for (std::int64_t n = 0; n < sound.frames(); ++n) sum += std::pow(static_cast<double>(sound.channel(channel)[n]), 2);
  return std::sqrt(sum / static_cast<double>(std::max<std::int64_t>(1, sound.frames())));
}

// What tone sounds at a time, to 100 Hz.
int tone(audio::AudioView sound, double at_s) {
  const auto from = static_cast<std::int64_t>(at_s * sound.rate().value);
  int crossings = 0;
  for (std::int64_t n = from; n < from + 4410; ++n)
    crossings += sound.channel(0)[n] < 0 && sound.channel(0)[n + 1] >= 0;
  return (crossings + 5) / 10 * 100;
}

// The frequency of a pure tone: how far its phase goes between two windows.
double frequency(audio::AudioView sound, double near) {
  const double rate = sound.rate().value;
  const auto phase = [&](std::int64_t from) {
    std::complex<double> sum = 0;
    constexpr int kSize = 8192;
    for (int n = 0; n < kSize; ++n)
      sum += static_cast<double>(sound.channel(0)[from + n]) *
             (0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / kSize)) *
             std::polar(1.0, -2 * std::numbers::pi * near * static_cast<double>(from + n) / rate);
    return std::arg(sum);
  };
  constexpr std::int64_t kApart = 16384;
  return near + std::remainder(phase(2000 + kApart) - phase(2000), 2 * std::numbers::pi) / (2 * std::numbers::pi) *
                    rate / kApart;
}

TEST(Sampler, ItsOwnKeyAndRateAreTheSampleBitForBit) {
  const Pack pack;
  Random random(3);
  std::vector<float> noise;
  for (int n = 0; n < 3000; ++n) noise.push_back(static_cast<float>(random.uniform(-0.5, 0.5)));
  pack.sample("a.wav", 3000, [&](std::int64_t n, int) { return noise[static_cast<std::size_t>(n)]; });
  const auto sampler = pack.make("<region> sample=a.wav key=60 loop_mode=one_shot");
  const auto sound = play(*sampler, {note(0, 0.5, 60)}, 0.06);
  const float gain = sound.channel(0)[0] / noise[0];
  for (std::int64_t n = 0; n < 2500; ++n)
    ASSERT_FLOAT_EQ(sound.channel(0)[n], gain * noise[static_cast<std::size_t>(n)]) << n;
}

TEST(Sampler, AnOctaveUpIsTwiceTheFrequency) {
  const Pack pack;
  pack.sample("a4.wav", 100000, sine(440));
  const auto sampler = pack.make("<region> sample=a4.wav pitch_keycenter=a4");
  for (const auto& [pitch, hz] : std::vector<std::pair<int, double>>{{69, 440},
                                                                     {81, 880},
                                                                     {93, 1760},
                                                                     {57, 220},
                                                                     {76, 440 * std::exp2(7 / 12.0)},
                                                                     {68, 440 * std::exp2(-1 / 12.0)}}) {
    const auto sound = play(*sampler, {note(0, 2, pitch)}, 0.61);
    EXPECT_NEAR(1200 * std::log2(frequency(sound.view(), hz) / hz), 0, 0.01) << pitch;
    EXPECT_LT(worst_alias_db(sound.view(), 2000, hz), -80) << pitch;
  }
}

TEST(Sampler, TuneTransposeKeytrackAndBendMoveThePitch) {
  const Pack pack;
  pack.sample("a4.wav", 100000, sine(440));
  for (const auto& [opcodes, pitch, hz] :
       std::vector<std::tuple<std::string, int, double>>{{"tune=50", 69, 440 * std::exp2(0.5 / 12)},
                                                         {"transpose=-12", 69, 220.0},
                                                         {"pitch_keytrack=0", 81, 440.0},
                                                         {"pitch_keytrack=50", 81, 440 * std::exp2(0.5)}}) {
    const auto sampler = pack.make("<region> sample=a4.wav pitch_keycenter=69 " + opcodes);
    const auto sound = play(*sampler, {note(0, 2, pitch)}, 0.7);
    EXPECT_NEAR(1200 * std::log2(frequency(sound.view(), hz) / hz), 0, 0.01) << opcodes;
  }
  const auto sampler = pack.make("<region> sample=a4.wav pitch_keycenter=69");
  score::Score bent;
  bent.notes.push_back(note(0, 2, 69));
  bent.controls.push_back({Beats{0.04}, score::Controller::Bend, 3});
  const auto sound =
      render_to_buffer(*sampler, bent, score::TempoMap(Bpm{120}), Hertz{44100}, Frames{30000}, Progress());
  const double hz = 440 * std::exp2(3 / 12.0);
  EXPECT_NEAR(1200 * std::log2(frequency(sound.view(), hz) / hz), 0, 0.1);
}

TEST(Sampler, RatesOfSampleAndSongMayDiffer) {
  const Pack pack;
  for (const double recorded : {22050.0, 44100.0, 48000.0, 96000.0}) {
    pack.sample("a4.wav", static_cast<std::int64_t>(2 * recorded), sine(440, recorded), recorded);
    for (const double played : {44100.0, 48000.0}) {
      const auto sampler = pack.make("<region> sample=a4.wav pitch_keycenter=69");
      const auto sound = play(*sampler, {note(0, 2, 69)}, 0.7, Hertz{played});
      EXPECT_NEAR(1200 * std::log2(frequency(sound.view(), 440) / 440), 0, 0.001) << recorded << " " << played;
      EXPECT_LT(worst_alias_db(sound.view(), 2000, 440), -80) << recorded << " " << played;
    }
  }
}

// A sound full of harmonics up to 20 kHz, up and down: all that is heard are multiples of the new fundamental.
TEST(Sampler, NothingFoldsBack) {
  const Pack pack;
  pack.sample("buzz.wav", 150000, buzz(441, 20000));
  const auto sampler = pack.make("<region> sample=buzz.wav pitch_keycenter=60");
  double worst = -200;
  for (int pitch = 36; pitch <= 84; ++pitch) {
    if (pitch == 60) continue;
    const auto sound = play(*sampler, {note(0, 2, pitch)}, 0.45);
    const double alias = worst_alias_db(sound.view(), 2000, 441 * std::exp2((pitch - 60) / 12.0));
    EXPECT_LT(alias, -65) << pitch;
    worst = std::max(worst, alias);
  }
  RecordProperty("worst_alias_db", std::to_string(worst));
}

// The kernel: flat where it says so.
TEST(Sampler, TheTopIsKept) {
  const Pack pack;
  for (const double hz : {100.0, 5000.0, 12000.0, 15000.0}) {
    pack.sample("t.wav", 100000, sine(hz));
    const auto sampler = pack.make("<region> sample=t.wav pitch_keycenter=60 amp_veltrack=0");
    const auto as_is = play(*sampler, {note(0, 2, 60)}, 0.3), lower = play(*sampler, {note(0, 2, 59)}, 0.3);
    EXPECT_NEAR(to_decibels(rms(lower.view().part(2000, 8192)) / rms(as_is.view().part(2000, 8192))).value, 0, 0.1)
        << hz;
  }
}

TEST(Sampler, TheLoudestNotePeaksAtMinusSix) {
  const Pack pack;
  pack.sample("soft.wav", 20000, sine(440, 44100, 0.01));
  pack.sample("loud.wav", 20000, sine(440, 44100, 0.9));
  const auto one = pack.make("<region> sample=soft.wav key=60");
  EXPECT_NEAR(peak_db(play(*one, {note(0, 1, 60)}, 0.3).view()), -6, 0.1);
  const auto two = pack.make("<region> sample=soft.wav key=60 <region> sample=loud.wav key=61");
  EXPECT_NEAR(peak_db(play(*two, {note(0, 1, 61)}, 0.3).view()), -6, 0.1);
  EXPECT_NEAR(peak_db(play(*two, {note(0, 1, 60)}, 0.3).view()), -6 + 20 * std::log10(0.01 / 0.9), 0.1)
      << "what is softer in the pack stays softer";
  const auto trimmed = pack.make("<region> sample=loud.wav key=60 <region> sample=loud.wav key=61 volume=-10");
  EXPECT_NEAR(peak_db(play(*trimmed, {note(0, 1, 61)}, 0.3).view()), -16, 0.1);
  const auto layers = pack.make("<region> sample=loud.wav key=60 <region> sample=loud.wav key=60");
  EXPECT_NEAR(peak_db(play(*layers, {note(0, 1, 60)}, 0.3).view()), -3, 0.1) << "like layers are the worst case";
  const auto turns =
      pack.make("<global> seq_length=2 key=60 <region> sample=loud.wav <region> sample=loud.wav seq_position=2");
  EXPECT_NEAR(peak_db(play(*turns, {note(0, 1, 60)}, 0.3).view()), -6, 0.1) << "what takes turns does not add";
}

TEST(Sampler, VelocityIsSquared) {
  const Pack pack;
  pack.sample("a.wav", 20000, sine(440));
  const auto level = [&](const std::string& opcodes, float velocity) {
    const auto sampler = pack.make("<region> sample=a.wav key=60 " + opcodes);
    return peak_db(play(*sampler, {note(0, 1, 60, velocity)}, 0.3).view());
  };
  EXPECT_NEAR(level("", 0.5F) - level("", 1), 40 * std::log10(0.5), 0.05);
  EXPECT_NEAR(level("amp_veltrack=0", 0.5F) - level("amp_veltrack=0", 1), 0, 0.05);
  EXPECT_NEAR(level("amp_veltrack=50", 0.5F) - level("amp_veltrack=50", 1), 20 * std::log10(1 - 0.5 * 0.75), 0.05);
}

TEST(Sampler, VelocityChoosesTheLayer) {
  const Pack pack;
  pack.sample("soft.wav", 20000, sine(500));
  pack.sample("hard.wav", 20000, sine(1000));
  const auto sampler = pack.make("<region> sample=soft.wav key=60 hivel=63 <region> sample=hard.wav key=60 lovel=64");
  for (const auto& [velocity, hz] : {std::pair(0.2F, 500), {63.0F / 127, 500}, {64.0F / 127, 1000}, {1.0F, 1000}}) {
    const auto sound = play(*sampler, {note(0, 1, 60, velocity)}, 0.6);
    EXPECT_EQ(tone(sound.view(), 0.05), hz) << velocity;
  }
}

TEST(Sampler, PanIsEqualPowerAndTheMiddleIsMono) {
  const Pack pack;
  pack.sample("a.wav", 20000, sine(440));
  EXPECT_EQ(pack.make("<region> sample=a.wav")->channels(), 1);
  const auto left = pack.make("<region> sample=a.wav key=60 pan=-100 <region> sample=a.wav key=61 pan=50");
  ASSERT_EQ(left->channels(), 2);
  const auto sound = play(*left, {note(0, 1, 60)}, 0.2);
  EXPECT_LT(rms(sound.view(), 1), 1e-6);
  const auto right = play(*left, {note(0, 1, 61)}, 0.2);
  EXPECT_NEAR(std::hypot(rms(right.view(), 0), rms(right.view(), 1)), rms(sound.view(), 0), 0.001);
  EXPECT_GT(rms(right.view(), 1), rms(right.view(), 0));
  pack.sample(
      "s.wav", 20000, [](std::int64_t n, int c) { return c == 0 ? 0 : sine(440)(n, 0); }, 44100, 2);
  const auto stereo = pack.make("<region> sample=s.wav key=60");
  const auto wide = play(*stereo, {note(0, 1, 60)}, 0.2);
  EXPECT_EQ(rms(wide.view(), 0), 0);
  EXPECT_GT(rms(wide.view(), 1), 0.1);
}

double biggest_step(audio::AudioView sound, std::int64_t from, std::int64_t to) {
  double most = 0;
  for (std::int64_t n = from; n < to; ++n)
    most = std::max(most,
                    std::abs(static_cast<double>(sound.channel(0)[n + 1]) - static_cast<double>(sound.channel(0)[n])));
  return most;
}

// A sine of whole periods, looped: a sine for ever, at any speed, from a loop of one period to a long one.
TEST(Sampler, LoopsAreSeamless) {
  const Pack pack;
  pack.sample("a.wav", 30000, sine(441));  // 100 frames a period
  for (const auto& loop :
       {"loop_start=1000 loop_end=1099", "loop_start=1000 loop_end=1299", "loop_start=2000 loop_end=9999",
        "loop_start=0 loop_end=29999", "loop_start=100 loop_end=199"}) {
    const auto sampler =
        pack.make(std::string("<region> sample=a.wav pitch_keycenter=60 loop_mode=loop_continuous ") + loop);
    for (const int pitch : {48, 60, 61, 72, 91}) {
      const double hz = 441 * std::exp2((pitch - 60) / 12.0);
      const auto sound = play(*sampler, {note(0, 5, pitch)}, 3);
      const double level = std::sqrt(2) * rms(sound.view().part(1000, 100000));
      EXPECT_LT(biggest_step(sound.view(), 200, 130000), 1.001 * level * 2 * std::sin(std::numbers::pi * hz / 44100))
          << loop << " " << pitch;
      EXPECT_LT(worst_alias_db(sound.view(), 100000, hz), -75) << loop << " " << pitch;
      EXPECT_NEAR(peak_db(sound.view().part(120000, 4410)), -6, 0.1) << loop << " " << pitch;
    }
  }
}

// As the spec says, both ends of a loop are played: one frame less or more would be out of tune.
TEST(Sampler, LoopEndsAreInclusive) {
  const Pack pack;
  pack.sample("a.wav", 1000, sine(441));
  const auto sampler =
      pack.make("<region> sample=a.wav pitch_keycenter=60 loop_mode=loop_continuous loop_start=0 loop_end=99");
  const auto sound = play(*sampler, {note(0, 5, 60)}, 1);
  EXPECT_NEAR(frequency(sound.view(), 441), 441, 0.001);
}

// A WAV with a smpl chunk, as samplers write them.
void write_with_loop(const fs::path& file, std::uint32_t start, std::uint32_t end, std::uint32_t key, int frames) {
  std::string body;
  const auto u32 = [&](std::uint32_t v) {
    for (int i = 0; i < 4; ++i) body += static_cast<char>(v >> (8 * i));
  };
  const auto u16 = [&](std::uint32_t v) {
    for (int i = 0; i < 2; ++i) body += static_cast<char>(v >> (8 * i));
  };
  body = "WAVEfmt ";
  u32(16), u16(1), u16(1), u32(44100), u32(88200), u16(2), u16(16);
  body += "smpl";
  u32(60), u32(0), u32(0), u32(22675), u32(key), u32(0), u32(0), u32(0), u32(1), u32(0);
  u32(0), u32(0), u32(start), u32(end), u32(0), u32(0);
  body += "data";
  u32(static_cast<std::uint32_t>(2 * frames));
  for (int n = 0; n < frames; ++n)
    u16(static_cast<std::uint16_t>(std::lround(16000 * std::sin(2 * std::numbers::pi * n / 100))));
  std::string head = "RIFF";
  for (int i = 0; i < 4; ++i) head += static_cast<char>(body.size() >> (8 * i));
  storage::write_file(file, head + body);
}

TEST(Sampler, TheSamplesOwnLoopAndKeyAreUsed) {
  const Pack pack;
  (void)pack.sfz("");
  write_with_loop(pack.place("a.wav"), 100, 399, 72, 1000);
  const auto chunk = audio::AudioReader(pack.place("a.wav")).sampler_chunk();
  ASSERT_TRUE(chunk && chunk->loop);
  EXPECT_EQ(chunk->loop->start, 100);
  EXPECT_EQ(chunk->loop->end, 399);
  EXPECT_EQ(chunk->key, 72);
  const auto sampler = pack.make("<region> sample=a.wav pitch_keycenter=sample");
  const auto sound = play(*sampler, {note(0, 5, 72)}, 1);
  EXPECT_NEAR(frequency(sound.view(), 441), 441, 0.001);
  const auto unlooped = pack.make("<region> sample=a.wav pitch_keycenter=72 loop_mode=no_loop");
  EXPECT_LT(rms(play(*unlooped, {note(0, 5, 72)}, 1).view().part(2000, 10000)), 1e-6);
}

TEST(Sampler, LoopSustainGoesOnAfterTheNote) {
  const Pack pack;
  // 441 Hz, and after the loop 882 Hz.
  pack.sample("a.wav", 60000, [](std::int64_t n, int c) { return sine(n < 20000 ? 441 : 882)(n, c); });
  const auto sampler = pack.make(
      "<region> sample=a.wav pitch_keycenter=60 loop_mode=loop_sustain loop_start=10000 loop_end=17999 "
      "ampeg_release=100");
  const auto sound = play(*sampler, {note(0, 2, 60)}, 3);
  for (const double s : {0.1, 0.45, 1.0, 1.7}) EXPECT_EQ(tone(sound.view(), s), 400) << s;
  for (const double s : {2.4, 2.7}) EXPECT_EQ(tone(sound.view(), s), 900) << s;
  EXPECT_LT(biggest_step(sound.view(), 2, 100000), 1.05 * 0.5 * 2 * std::sin(std::numbers::pi * 882 / 44100))
      << "no click";
}

TEST(Sampler, NoteOffsEndNotesAndOneShotsRingOn) {
  const Pack pack;
  pack.sample("a.wav", 44100, sine(440));
  const auto at_half = [&](const std::string& opcodes) {
    const auto sampler = pack.make("<region> sample=a.wav key=60 " + opcodes);
    const auto sound = play(*sampler, {note(0, 0.25, 60)}, 1.2);
    EXPECT_FALSE(sampler->sounding());
    return rms(sound.view().part(22050, 1000));
  };
  EXPECT_LT(at_half(""), 1e-6);
  EXPECT_GT(at_half("loop_mode=one_shot"), 0.3);
  EXPECT_GT(at_half("ampeg_release=2"), 0.01);
}

TEST(Sampler, ThePedalHolds) {
  const Pack pack;
  pack.sample("a.wav", 88200, sine(440));
  const auto sampler = pack.make("<region> sample=a.wav key=60");
  score::Score score;
  score.notes.push_back(note(0, 0.25, 60));
  score.controls.push_back({Beats{0}, score::Controller::Sustain, 1});
  score.controls.push_back({Beats{2}, score::Controller::Sustain, 0});
  const auto sound =
      render_to_buffer(*sampler, score, score::TempoMap(Bpm{120}), Hertz{44100}, Frames{60000}, Progress());
  EXPECT_GT(rms(sound.view().part(40000, 1000)), 0.3);
  EXPECT_LT(rms(sound.view().part(46000, 1000)), 1e-6);
}

TEST(Sampler, TheEnvelopeIsAsLongAsAsked) {
  const Pack pack;
  pack.sample("a.wav", 200000, sine(441));
  const auto sampler = pack.make(
      "<region> sample=a.wav key=60 ampeg_delay=0.1 ampeg_attack=0.2 ampeg_hold=0.1 ampeg_decay=0.5 ampeg_sustain=25 "
      "ampeg_release=0.3");
  const auto sound = play(*sampler, {note(0, 2, 60)}, 2.6);
  const auto db = [&](double s) {
    return to_decibels(rms(sound.view().part(static_cast<std::int64_t>(s * 44100), 400)) * std::sqrt(2)).value;
  };
  EXPECT_LT(db(0.085), -100);
  EXPECT_NEAR(db(0.31), -6, 0.2);
  EXPECT_NEAR(db(0.38), -6, 0.2);
  EXPECT_NEAR(db(1.9), -18, 0.2);
  EXPECT_NEAR(db(2.15) - db(1.9), -30, 1) << "half the release time: half of 60 dB";
}

TEST(Sampler, AGroupChokes) {
  const Pack pack;
  pack.sample("open.wav", 44100, sine(440));
  pack.sample("closed.wav", 2000, sine(880));
  const auto sampler = pack.make(
      "<global> loop_mode=one_shot <region> sample=open.wav key=46 group=1 off_by=1 <region> sample=closed.wav key=42 "
      "group=1 "
      "off_by=1 <region> sample=open.wav key=50");
  const auto choked = play(*sampler, {note(0, 0.1, 46), note(0.25, 0.1, 42)}, 1);
  EXPECT_GT(rms(choked.view().part(10000, 500)), 0.3);
  EXPECT_EQ(rms(choked.view().part(14000, 10000)), 0);
  EXPECT_LT(biggest_step(choked.view(), 2, 40000), 0.15) << "no click";
  const auto free = play(*sampler, {note(0, 0.1, 50), note(0.25, 0.1, 42)}, 1);
  EXPECT_GT(rms(free.view().part(14000, 10000)), 0.3);
}

TEST(Sampler, LayersOfOneNoteDoNotChokeEachOther) {
  const Pack pack;
  pack.sample("a.wav", 44100, sine(500));
  pack.sample("b.wav", 44100, sine(1500));
  const auto sampler =
      pack.make("<global> loop_mode=one_shot key=46 group=1 off_by=1 <region> sample=a.wav <region> sample=b.wav");
  const auto m = spectrum(play(*sampler, {note(0, 0.1, 46)}, 0.6).view(), 5000);
  const auto at = [&](double hz) { return m[static_cast<std::size_t>(std::lround(hz / 44100 * 16384))]; };
  EXPECT_NEAR(at(500) / at(1500), 1, 0.3);
}

// The tones of a row of notes a quarter second apart.
std::vector<int> tones(Instrument& sampler, int count, float velocity = 1) {
  std::vector<score::Note> notes;
  for (int i = 0; i < count; ++i) notes.push_back(note(0.25 * i, 0.2, 60, velocity));
  const auto sound = play(sampler, notes, 0.25 * count + 0.4);
  std::vector<int> found;
  for (int i = 0; i < count; ++i) found.push_back(tone(sound.view(), 0.25 * i + 0.01));
  return found;
}

TEST(Sampler, RoundRobinsGoRound) {
  const Pack pack;
  for (const int hz : {300, 600, 900}) pack.sample(std::to_string(hz) + ".wav", 10000, sine(hz));
  const auto sampler = pack.make(
      "<global> key=60 seq_length=3 <region> sample=300.wav seq_position=1 <region> sample=600.wav seq_position=2 "
      "<region> sample=900.wav seq_position=3");
  EXPECT_EQ(tones(*sampler, 7), (std::vector<int>{300, 600, 900, 300, 600, 900, 300}));
}

TEST(Sampler, ChanceGoesByTheSeed) {
  const Pack pack;
  for (const int hz : {300, 600}) pack.sample(std::to_string(hz) + ".wav", 10000, sine(hz));
  const std::string text = "<global> key=60 <region> sample=300.wav hirand=0.3 <region> sample=600.wav lorand=0.3";
  const auto one = tones(*pack.make(text, 1), 60), again = tones(*pack.make(text, 1), 60),
             other = tones(*pack.make(text, 2), 60);
  EXPECT_EQ(one, again);
  EXPECT_NE(one, other);
  const auto low = std::count(one.begin(), one.end(), 300);
  EXPECT_EQ(low + std::count(one.begin(), one.end(), 600), 60) << "always one of them";
  EXPECT_NEAR(static_cast<double>(low), 18, 12);
}

TEST(Sampler, KeysSwitchArticulations) {
  const Pack pack;
  for (const int hz : {300, 600}) pack.sample(std::to_string(hz) + ".wav", 10000, sine(hz));
  const auto sampler = pack.make(
      "<global> key=60 sw_lokey=24 sw_hikey=25 sw_default=24 <region> sample=300.wav sw_last=24 <region> "
      "sample=600.wav sw_last=25");
  EXPECT_EQ(tones(*sampler, 1), std::vector<int>{300});
  const auto sound = play(*sampler, {note(0, 0.1, 25), note(0.1, 0.4, 60)}, 0.6);
  EXPECT_EQ(tone(sound.view(), 0.15), 600);
}

TEST(Sampler, NothingEndsWithAClick) {
  const Pack pack;
  pack.sample("cut.wav", 10000, [](std::int64_t n, int) {
    return 0.5 * std::cos(2 * std::numbers::pi * 100 * static_cast<double>(n) / 44100);
  });
  for (const char* opcodes : {"", "end=7000", "end=7000 tune=30", "tune=-500"}) {
    const auto sampler = pack.make(std::string("<region> sample=cut.wav key=60 loop_mode=one_shot ") + opcodes);
    EXPECT_LT(biggest_step(play(*sampler, {note(0, 1, 60)}, 0.5).view(), 10, 20000), 0.03) << opcodes;
  }
}

// The contract of every instrument: how the blocks are cut changes nothing, and twice is the same.
TEST(Sampler, SoundDoesNotDependOnHowItIsCut) {
  const Pack pack;
  pack.sample("loop.wav", 9000, buzz(220, 9000));
  pack.sample("hit.wav", 5000, buzz(333, 9000), 48000, 2);
  const auto make = [&] {
    return pack.make(
        "<region> sample=loop.wav hikey=69 loop_mode=loop_sustain loop_start=3000 loop_end=4999 ampeg_attack=0.01 "
        "ampeg_delay=0.003 "
        "ampeg_release=0.2 ampeg_decay=0.1 ampeg_sustain=70 group=1 off_by=2\n<region> sample=hit.wav lokey=70 "
        "loop_mode=one_shot "
        "end=4000 group=2 delay=0.002 pan=20 hirand=0.7\n<region> sample=hit.wav lokey=70 tune=30 lorand=0.5");
  };
  struct At {
    std::int64_t frame;
    Event event;
  };
  std::vector<At> all;
  Random random(8);
  constexpr std::int64_t kFrames = 60000;
  for (int i = 0; i < 150; ++i) {
    Event e;
    const auto frame = static_cast<std::int64_t>(random.integer(0, 50000));
    e.note = static_cast<std::uint8_t>(random.integer(58, 75));
    const int kind = random.integer(0, 9);
    e.kind = kind < 5    ? Event::Kind::NoteOn
             : kind < 7  ? Event::Kind::NoteOff
             : kind == 7 ? Event::Kind::Bend
             : kind == 8 ? Event::Kind::Sustain
                         : Event::Kind::Expression;
    e.value = static_cast<float>(e.kind == Event::Kind::Bend ? random.uniform(-5, 5) : random.uniform(0.1, 1));
    all.push_back({frame, e});
  }
  std::stable_sort(all.begin(), all.end(), [](const At& a, const At& b) { return a.frame < b.frame; });
  const auto render = [&](Instrument& instrument, int cut) {
    instrument.prepare(Hertz{44100}, 512);
    audio::AudioBuffer sound(instrument.channels(), kFrames, Hertz{44100});
    std::size_t next = 0;
    std::vector<Event> events;
    events.reserve(all.size());
    for (std::int64_t at = 0; at < kFrames;) {
      const std::int64_t count = std::min<std::int64_t>(kFrames - at, cut > 0 ? cut : random.integer(1, 300));
      events.clear();
      for (; next < all.size() && all[next].frame < at + count; ++next) {
        events.push_back(all[next].event);
        events.back().frame = static_cast<int>(all[next].frame - at);
      }
      const auto before = dsp::testing::allocations();
      instrument.process(sound.block().part(at, count), events);
      EXPECT_EQ(dsp::testing::allocations(), before);
      at += count;
    }
    return sound;
  };
  const auto a = make(), b = make();
  const auto whole = render(*a, 512), one = render(*b, 1), cut = render(*b, 0), again = render(*a, 512);
  EXPECT_GT(audio::peak(whole.view()), 0.1F);
  for (int c = 0; c < whole.channels(); ++c)
    for (std::int64_t n = 0; n < kFrames; ++n) {
      ASSERT_EQ(whole.channel(c)[n], one.channel(c)[n]) << n;
      ASSERT_EQ(whole.channel(c)[n], cut.channel(c)[n]) << n;
      ASSERT_EQ(whole.channel(c)[n], again.channel(c)[n]) << n;
    }
}

TEST(Sampler, MoreThanSixtyFourVoicesGiveWayWithoutAClick) {
  const Pack pack;
  pack.sample("a.wav", 200000, sine(50));
  const auto sampler = pack.make("<region> sample=a.wav key=60 loop_mode=one_shot");
  // One loud note, the oldest, and 63 soft ones; the next takes its place where its wave is at its top.
  std::vector<score::Note> notes{note(0, 1, 60)};
  for (int i = 1; i < 64; ++i) notes.push_back(note(0.001 * i, 1, 60, 0.02F));
  const auto before = play(*sampler, notes, 0.5);
  notes.push_back(note(0.265, 1, 60, 0.02F));
  const auto sound = play(*sampler, notes, 0.5);
  EXPECT_GT(rms(before.view().part(13000, 4410)), 0.3);
  EXPECT_LT(rms(sound.view().part(13000, 4410)), 0.05) << "the oldest gave way";
  EXPECT_LT(biggest_step(sound.view(), 2, 20000), 0.015);
  // A hundred in a row: some fade at once, none is cut.
  for (int i = 0; i < 100; ++i) notes.push_back(note(0.3 + 0.0002 * i, 0.1, 60, 0.02F));
  EXPECT_LT(biggest_step(play(*sampler, notes, 0.5).view(), 2, 20000), 0.02);
}

TEST(Sampler, LeadingSilenceIsMadeUpFor) {
  const Pack pack;
  const auto decay = [](std::int64_t n, int) {
    return std::exp(-static_cast<double>(n) / 4000) * std::cos(0.3 * static_cast<double>(n));
  };
  const auto late = [&](int by) {
    return [=](std::int64_t n, int c) { return n < by ? 0.0005 : 0.5 * decay(n - by, c); };
  };
  pack.sample("now.wav", 20000, late(0));
  pack.sample("late.wav", 20000, late(2205));
  pack.sample("later.wav", 40000, late(13230));
  const auto sampler = pack.make(
      "<global> loop_mode=one_shot <region> sample=now.wav key=60 <region> sample=late.wav key=61 <region> "
      "sample=later.wav key=62 "
      "<region> sample=late.wav lokey=63 hikey=80 pitch_keycenter=63");
  EXPECT_EQ(sampler->attack(60).value, 0);
  EXPECT_NEAR(sampler->attack(61).value, 0.05, 0.0005);
  EXPECT_NEAR(sampler->attack(62).value, 0.3, 0.0005);
  EXPECT_NEAR(sampler->attack(75).value, 0.025, 0.0005) << "an octave up it is half as long";
  EXPECT_EQ(sampler->attack(20).value, 0) << "no region";
  for (const int pitch : {60, 61, 62, 75}) {
    const auto sound = play(*sampler, {note(0.5, 0.2, pitch)}, 0.8);
    std::int64_t first = 0;
    while (first < sound.frames() && std::abs(sound.channel(0)[first]) < 0.05F) ++first;
    EXPECT_NEAR(static_cast<double>(first) / 44100, 0.5, 0.001) << pitch;
  }
}

// A bow: 0.1 s from nothing to full. Heard where tools/attack says, and never sent earlier than kMostAttack for it.
TEST(Sampler, SlowAttacksAreMadeUpForAsInSoundFonts) {
  const Pack pack;
  const auto swell = [](double s) {
    return [=](std::int64_t n, int c) { return std::min(1.0, static_cast<double>(n) / (s * 44100)) * sine(441)(n, c); };
  };
  pack.sample("bow.wav", 60000, swell(0.1));
  pack.sample("slow.wav", 200000, swell(2));
  const auto sampler = pack.make("<region> sample=bow.wav key=69 <region> sample=slow.wav key=70");
  // 15 dB below the top of a straight rise: 0.178 of it; the power is of the last 5 ms.
  EXPECT_NEAR(sampler->attack(69).value, 0.178 * 0.1 + 0.0025, 0.003);
  EXPECT_LE(sampler->attack(70).value, kMostAttack.value + 0.03);
}

TEST(Sampler, FilesAreFoundWhereWindowsWouldFindThem) {
  const Pack pack;
  pack.sample("Samples/Kick.WAV", 2000, sine(100));
  EXPECT_EQ(sfz_samples(pack.sfz("<region> sample=samples\\kick.wav")), std::vector{pack.place("Samples/Kick.WAV")});
  EXPECT_EQ(sfz_samples(pack.sfz("<region> sample=../Samples/Kick.WAV", "programs/kit.sfz")),
            std::vector{pack.place("Samples/Kick.WAV")});
}

TEST(Sampler, EveryBadPackIsNamed) {
  const Pack pack;
  pack.sample("a.wav", 2000, sine(100));
  pack.sample("six.wav", 200, sine(100), 44100, 6);
  pack.sample("long.wav", 60'100, sine(100), 100);  // ten minutes and a second
  pack.sample("nan.wav", 200, [](std::int64_t n, int) { return n == 100 ? std::nan("") : 0; });
  pack.sample("empty.wav", 0, sine(100));
  storage::write_file(pack.place("text.wav"), "not a sound");
  std::string cut = storage::read_file(pack.place("a.wav"));
  const auto failure = [&](const std::string& text) {
    try {
      (void)pack.make(text);
    } catch (const Error& e) {
      return std::string(name(e.code())) + ": " + e.what();
    }
    return std::string("nothing");
  };
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "plays nothing"},
           {"<region> sample=*sine", "plays nothing"},
           {"\n<region> sample=b.wav", "not found: test.sfz, line 2: no sample at "},
           {"<region> sample=../../etc/passwd",
            "corrupt: test.sfz, line 1: the sample \"../../etc/passwd\" lies outside"},
           {"<region> sample=/etc/passwd", "lies outside"},
           {"<region> sample=C:\\kick.wav", "lies outside"},
           {"<region> sample=.", "not found"},
           {"<region> sample=text.wav", "corrupt"},
           {"<region> sample=six.wav", "has 6 channels"},
           {"<region> sample=nan.wav", "not numbers"},
           {"<region> sample=empty.wav", "no sound at all"},
           {"<region> sample=a.wav offset=2000", "line 1: offset is 2000, but "},
       }) {
    EXPECT_NE(failure(text).find(part), std::string::npos) << text << ": " << failure(text);
  }
  EXPECT_EQ(code_of([&] { (void)make_sampler(pack.place("none.sfz"), 1); }), ErrorCode::NotFound);
  // Below a root of its own.
  EXPECT_EQ(code_of([&] {
              (void)make_sampler(pack.sfz("<region> sample=../pack/a.wav", "x.sfz"), 1,
                                 pack.place("x.sfz").parent_path());
            }),
            std::nullopt);
  EXPECT_EQ(code_of([&] { (void)make_sampler(pack.sfz("<region> sample=../a.wav", "in/x.sfz"), 1, pack.place("in")); }),
            ErrorCode::Corrupt);
}

// Headers that promise more than a sampler takes are refused before anything is read.
TEST(Sampler, TooLongAndTooMuchAreRefused) {
  const Pack pack;
  (void)pack.sfz("");
  const auto promise = [&](const std::string& name, double rate, std::int64_t frames) {
    // A sparse file: zeros that take no disk.
    pack.sample(name, 16, sine(100), rate, 2);
    std::string head = storage::read_file(pack.place(name));
    const auto data = head.find("data");
    const auto put = [&](std::size_t at, std::uint32_t v) {
      for (int i = 0; i < 4; ++i) head[at + static_cast<std::size_t>(i)] = static_cast<char>(v >> (8 * i));
    };
    put(data + 4, static_cast<std::uint32_t>(frames * 8));
    put(4, static_cast<std::uint32_t>(frames * 8 + static_cast<std::int64_t>(data)));
    storage::write_file(pack.place(name), head.substr(0, data + 8));
    fs::resize_file(pack.place(name), data + 8 + static_cast<std::uintmax_t>(frames) * 8);
  };
  promise("long.wav", 8000, 8000 * 601);
  promise("big1.wav", 192000, 192000 * 500);
  promise("big2.wav", 192000, 192000 * 510);
  const auto message = [&](const std::string& text) {
    try {
      (void)pack.make(text);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(message("<region> sample=long.wav").find("lasts 10 min 1 s; a sample lasts at most 10 min"),
            std::string::npos)
      << message("<region> sample=long.wav");
  const auto both = message("<region> sample=big1.wav <region> sample=big2.wav");
  EXPECT_NE(both.find("2 samples take 1479 MiB"), std::string::npos) << both;
  EXPECT_NE(both.find("big2.wav (747 MiB)"), std::string::npos) << both;
}

TEST(Sampler, TheFingerprintSeesEveryByte) {
  const Pack pack;
  pack.sample("a.wav", 2000, sine(100));
  pack.sample("b.wav", 2000, sine(200));
  pack.sample("unused.wav", 2000, sine(300));
  const auto file = pack.sfz("<region> sample=a.wav\n<region> sample=b.wav");
  const auto first = sampler_fingerprint(file);
  EXPECT_EQ(first, sampler_fingerprint(file));
  pack.sample("unused.wav", 2000, sine(301));
  EXPECT_EQ(first, sampler_fingerprint(file));
  pack.sample("b.wav", 2000, sine(201));
  const auto second = sampler_fingerprint(file);
  EXPECT_NE(first, second);
  pack.sample("b.wav", 2000, sine(200));
  EXPECT_EQ(first, sampler_fingerprint(file));
  (void)pack.sfz("<region> sample=a.wav\n<region> sample=b.wav volume=1");
  EXPECT_NE(first, sampler_fingerprint(file));
  fs::remove(pack.place("b.wav"));
  EXPECT_EQ(code_of([&] { (void)sampler_fingerprint(file); }), ErrorCode::NotFound);
}

// As songs name it: relative to their folder, and never out of it.
TEST(Sampler, SongsNameItByItsPath) {
  const Pack pack;  // the pack is the song
  pack.sample("samples/a.wav", 2000, sine(100));
  (void)pack.sfz("<region> sample=../samples/a.wav", "instruments/kit.sfz");
  (void)pack.sfz("<region> sample=samples/a.wav", "top.sfz");
  (void)pack.sfz("<region> sample=../pack/samples/a.wav", "round.sfz");
  (void)pack.sfz("<region> sample=../../pack/samples/a.wav", "instruments/round.sfz");
  (void)pack.sfz("<region> sample=../../samples/a.wav", "a/b/deep.sfz");
  pack.sample("../outside.wav", 2000, sine(100));
  (void)pack.sfz("<region> sample=../outside.wav", "out.sfz");
  const fs::path song = pack.place("");
  for (const auto& folder : {song, song.parent_path()}) {  // with and without a slash at its end
    for (const char* good : {"sfz:instruments/kit.sfz", "sfz:top.sfz", "sfz:./instruments/kit.sfz"}) {
      EXPECT_NE(make_instrument(data_dir(), good, 1, {}, folder), nullptr) << good;
      EXPECT_TRUE(is_digest(preset_fingerprint(data_dir(), good, folder))) << good;
    }
    EXPECT_EQ(code_of([&] { (void)make_instrument(data_dir(), "sfz:a/b/deep.sfz", 1, {}, folder); }),
              ErrorCode::Corrupt);
    EXPECT_EQ(code_of([&] { (void)make_instrument(data_dir(), "sfz:out.sfz", 1, {}, folder); }), ErrorCode::Corrupt);
    EXPECT_EQ(code_of([&] { (void)make_instrument(data_dir(), "sfz:../pack/top.sfz", 1, {}, folder); }),
              ErrorCode::Corrupt);
    EXPECT_EQ(code_of([&] { (void)make_instrument(data_dir(), "sfz:none.sfz", 1, {}, folder); }), ErrorCode::NotFound);
    EXPECT_EQ(code_of([&] { (void)make_instrument(data_dir(), "sfz:samples", 1, {}, folder); }), ErrorCode::NotFound);
    // Out and back in is inside.
    for (const char* round : {"sfz:round.sfz", "sfz:instruments/round.sfz"})
      EXPECT_EQ(code_of([&] { (void)make_instrument(data_dir(), round, 1, {}, folder); }), std::nullopt) << round;
  }
  EXPECT_EQ(code_of([&] { (void)make_instrument(data_dir(), "sfz:top.sfz", 1); }), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of([&] { (void)preset_fingerprint(data_dir(), "sfz:top.sfz"); }), ErrorCode::InvalidArgument);
}

// The plain version: every tap computed where it is needed, in double.
TEST(Interpolator, IsAWindowedSinc) {
  Random random(4);
  std::vector<float> sound(3000);
  for (float& v : sound) v = static_cast<float>(random.uniform(-1, 1));
  const auto& fast = Interpolator::shared();
  for (const double speed : {0.3, 0.9999, 1.05, 1.7, 2.0, 5.3, 16.0}) {
    const double stretch = speed <= 1 ? 1 : std::exp2(std::ceil(12 * std::log2(speed) - 0.01) / 12);
    std::array<float, 16> out{};
    const auto position = static_cast<std::uint64_t>(1400.37 * 4294967296.0),
               step = static_cast<std::uint64_t>(speed * 4294967296.0);
    fast.read(sound.data(), position, step, out.data(), 16);
    for (int n = 0; n < 16; ++n) {
      const double at = static_cast<double>(position) / 4294967296.0 + n * static_cast<double>(step) / 4294967296.0;
      double sum = 0, weights = 0;
      for (int k = static_cast<int>(at) - 300; k < static_cast<int>(at) + 300; ++k) {
        const double t = (k - at) / stretch, x = t / 16;
        if (std::abs(x) >= 1) continue;
        const double y = std::numbers::pi * 0.865 * t;
        const double w =
            (std::abs(y) < 1e-9 ? 1 : std::sin(y) / y) * std::cyl_bessel_i(0.0, 6.76 * std::sqrt(1 - x * x));
        sum += w * static_cast<double>(sound[static_cast<std::size_t>(k)]);
        weights += w;
      }
      EXPECT_NEAR(static_cast<double>(out[static_cast<std::size_t>(n)]), sum / weights, 1e-4) << speed << " " << n;
    }
  }
}

}  // namespace
}  // namespace figment::instruments
