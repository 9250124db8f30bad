#include "instruments/drums.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "instruments/drums_parts.h"
#include "instruments/drums_spec.h"
#include "instruments/drums_test_tools.h"
#include "score/score.h"
#include "storage/data_file.h"

namespace figment::instruments {
namespace {

namespace drum = score::drum;
using namespace test_tools;  // NOLINT: a test

std::unique_ptr<Instrument> kit(const std::string& name, std::uint64_t seed = 1) {
  const auto file = data_dir() / "presets" / "drums" / (name + ".toml");
  const auto preset = storage::load_data_file(file);
  auto made = make_drum_kit(data_dir(), preset.at("kit"), file.string(), Decibels{0}, seed);
  made->prepare(Hertz{kRate}, 512);
  return made;
}

std::vector<std::string> kit_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(data_dir() / "presets" / "drums")) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<float> one_hit(const std::string& name, int note, double seconds, float velocity = 1) {
  auto made = kit(name);
  auto sound = render(*made, {hit(0, note, velocity)}, seconds);
  sound.resize(static_cast<std::size_t>(seconds * kRate));  // the left side
  return sound;
}

TEST(Drums, EightOhEightKickFallsAndSettlesAtItsTunedPitch) {
  const auto sound = one_hit("808", drum::kick, 1);
  EXPECT_NEAR(pitch_between(sound, 0.2, 0.7), 49, 0.7);
  EXPECT_GT(pitch_between(sound, 0, 0.045), 49 * 1.12);
}

TEST(Drums, EightOhEightKickRingsMuchLongerThanTheNineOhNine) {
  EXPECT_GT(decay_time(one_hit("808", drum::kick, 2), -40), 2 * decay_time(one_hit("909", drum::kick, 2), -40));
}

TEST(Drums, KicksAndTomsRingAtTheRootOrTheFifthOfTheKey) {
  for (const char* name : {"808", "techno", "trance", "phonk", "industrial", "metal"}) {
    const auto file = data_dir() / "presets" / "drums" / (std::string(name) + ".toml");
    const auto preset = storage::load_data_file(file);
    for (const int tonic : {0, 3, 6, 10}) {
      auto made = make_drum_kit(data_dir(), preset.at("kit"), file.string(), Decibels{0}, 1, tonic);
      made->prepare(Hertz{kRate}, 512);
      auto sound = render(*made, {hit(0, drum::kick, 1)}, 0.5);
      sound.resize(static_cast<std::size_t>(0.5 * kRate));
      const double pitch = 69 + 12 * std::log2(pitch_between(sound, 0.15, 0.3) / 440);
      const double from_root = std::abs(std::remainder(pitch - tonic, 12.0));
      const double from_fifth = std::abs(std::remainder(pitch - tonic - 7, 12.0));
      EXPECT_LT(std::min(from_root, from_fifth), 0.6) << name << " in " << tonic << " rings at " << pitch;
    }
  }
}

TEST(Drums, KickHasNoDirectCurrent) {
  for (const char* name : {"808", "909", "techno", "industrial", "rock"}) {
    const auto sound = one_hit(name, drum::kick, 2);
    double sum = 0;
    for (float x : sound) sum += x;
    EXPECT_LT(std::abs(sum / static_cast<double>(sound.size())), 1e-3) << name;
  }
}

TEST(Drums, ClosedHatChokesTheOpenOne) {
  for (const char* name : {"808", "909", "rock", "chiptune"}) {
    auto made = kit(name);
    const auto open = envelope(render(*made, {hit(0, drum::hat_open)}, 0.5), 0.01);
    const auto choked = envelope(render(*made, {hit(0, drum::hat_open), hit(0.05, drum::hat_pedal, 0.02F)}, 0.5), 0.01);
    EXPECT_LT(choked[15], 0.1 * open[15]) << name;
    EXPECT_GT(choked[4], 0.5 * open[4]) << name;  // not before it was struck
  }
}

TEST(Drums, HatsLiveInTheTreble) {
  for (const char* name : {"808", "909", "trap", "house", "rock"}) {
    const auto energy = spectrum(one_hit(name, drum::hat_closed, 0.3), 16384);
    EXPECT_GT(part_between(energy, 5000, 22050), 0.6) << name;
  }
  EXPECT_GT(part_between(spectrum(one_hit("808", drum::hat_closed, 0.3), 16384), 5000, 22050), 0.95);
}

TEST(Drums, SnareHasAShellAndWires) {
  for (const char* name : {"808", "909", "rock", "trap", "jazz", "boombap"}) {
    const auto energy = spectrum(one_hit(name, drum::snare, 0.4), 32768);
    EXPECT_GT(part_between(energy, 150, 270), 0.08) << name;
    EXPECT_GT(part_between(energy, 2000, 12000), 0.05) << name;
    // Noise, not tones: the geometric mean of neighbouring bins is near the arithmetic one (0.56 for white noise).
    double logs = 0, sum = 0;
    int count = 0;
    for (std::size_t i = 3000; i < 5000; ++i, ++count) {
      logs += std::log(energy[i] + 1e-30);
      sum += energy[i];
    }
    EXPECT_GT(std::exp(logs / count) / (sum / count), 0.3) << name;
  }
}

TEST(Drums, ClapIsThreeOrFourBurstsAndATail) {
  for (const char* name : {"808", "909", "trap"}) {
    const auto level = envelope(one_hit(name, drum::clap, 0.3), 0.0015);
    // A burst begins where the level doubles within two steps after having fallen.
    int bursts = 1;
    double valley = level[2];
    for (std::size_t i = 3; i < 32; ++i) {
      valley = std::min(valley, level[i]);
      if (level[i] > 1.9 * valley && level[i] > 0.2 * level[1]) {
        ++bursts;
        valley = level[i];
        i += 2;
        valley = 1;
      }
    }
    EXPECT_GE(bursts, 3) << name;
    EXPECT_LE(bursts, 5) << name;
    EXPECT_GT(level[60], 0.01 * level[0]) << name;
  }
}

// As recorded ones do: hardest where it begins, gone before the next sixteenth. A scrape at one level is heard twice.
TEST(Drums, AShortScrapeIsOneStroke) {
  for (const char* name : {"latin", "pop", "909"}) {
    const auto level = envelope(one_hit(name, 73, 0.3), 0.01);
    const double most = *std::max_element(level.begin(), level.end());
    EXPECT_GT(std::max(level[0], level[1]), 0.7 * most) << name;
    for (std::size_t i = 5; i < level.size(); ++i) EXPECT_LT(level[i], 0.25 * most) << name << " " << 10 * i << " ms";
  }
}

TEST(Drums, EveryNoteOfEveryKitSoundsAtTheRightLevel) {
  const auto names = kit_names();
  ASSERT_GE(names.size(), 38U);
  for (const auto& name : names) {
    auto made = kit(name);
    for (int note = 35; note <= 83; ++note) {
      const auto sound = render(*made, {hit(0, note)}, 0.4);
      EXPECT_GT(peak_db(sound), -12) << name << " note " << note;
      EXPECT_LT(peak_db(sound), -3) << name << " note " << note;
    }
    for (int note : {27, 34, 84, 87}) EXPECT_GT(peak_db(render(*made, {hit(0, note)}, 0.4)), -15) << name;
    EXPECT_FALSE(std::isnan(render(*made, {hit(0, 36), hit(0, 49), hit(0, 51)}, 0.2).back()));
  }
}

TEST(Drums, NothingClicksAtItsEnd) {
  for (const char* name : {"808", "909", "rock", "boombap"}) {
    auto made = kit(name);
    for (int note : {36, 38, 39, 42, 46, 49, 51, 56}) {
      const auto sound = render(*made, {hit(0, note)}, made->tail().value + 0.1);
      EXPECT_FALSE(made->sounding()) << name << " note " << note;
      auto last = sound.size();
      while (last > 0 && sound[last - 1] == 0) --last;
      float step = 0;
      for (std::size_t n = last > 200 ? last - 200 : 1; n < last; ++n)
        step = std::max(step, std::abs(sound[n] - sound[n - 1]));
      EXPECT_LT(step, 1e-3F) << name << " note " << note;
    }
  }
}

// Bands of kick, snare and hat in decibels, and how long they last.
std::vector<double> fingerprint(const std::string& name) {
  std::vector<double> out;
  for (int note : {36, 38, 42}) {
    auto made = kit(name);
    auto sound = render(*made, {hit(0, note)}, 0.7);
    sound.resize(static_cast<std::size_t>(0.7 * kRate));
    const auto energy = spectrum(sound, 32768);
    for (double low = 40; low < 20000; low *= 2.5) {
      out.push_back(std::max(-40.0, 10 * std::log10(part_between(energy, low, low * 2.5) + 1e-9)));
    }
    out.push_back(20 * std::log10(decay_time(sound, -30) + 0.02));
  }
  return out;
}

TEST(Drums, KitsDiffer) {
  std::map<std::string, std::vector<double>> prints;
  for (const auto& name : kit_names()) prints[name] = fingerprint(name);
  for (const auto& [a, x] : prints) {
    for (const auto& [b, y] : prints) {
      if (a >= b) continue;
      double most = 0;
      for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
      EXPECT_GT(most, 2.0) << a << " and " << b << " sound alike";
    }
  }
}

TEST(Drums, SoundDoesNotDependOnBlocks) {
  for (const char* name : {"trap", "rock", "lofi"}) {
    auto made = kit(name);
    std::vector<Timed> events;
    for (int i = 0; i < 24; ++i)
      events.push_back(hit(0.0613 * i, i % 5 == 0 ? 46 : 42, 0.4F + 0.02F * static_cast<float>(i)));
    for (int i = 0; i < 4; ++i) events.push_back(hit(0.37 * i, i % 2 == 0 ? 36 : 38));
    events.push_back(hit(0.1, 49));
    events.push_back(control(0.3, Event::Kind::Bend, 3));
    events.push_back(control(0.7, Event::Kind::Expression, 0.5F));
    events.push_back(control(0.9, Event::Kind::Brightness, 0.2F));
    std::stable_sort(events.begin(), events.end(), [](const Timed& a, const Timed& b) { return a.frame < b.frame; });
    const auto whole = render(*made, events, 1.6);
    EXPECT_EQ(whole, render(*made, events, 1.6, {1, 7, 64, 333, 31, 512})) << name;
    EXPECT_EQ(whole, render(*kit(name), events, 1.6)) << name;  // the same seed
    EXPECT_NE(whole, render(*kit(name, 2), events, 1.6)) << name;
  }
}

TEST(Drums, HitsAreNeverTheSameButAlike) {
  auto made = kit("rock");
  const auto sound = render(*made, {hit(0, 42), hit(0.5, 42)}, 1);
  const std::vector<float> first(sound.begin(), sound.begin() + 4000);
  const auto second_at = sound.begin() + static_cast<std::ptrdiff_t>(0.5 * kRate);
  const std::vector<float> second(second_at, second_at + 4000);
  EXPECT_NE(first, second);
  double correlation = 0, a2 = 0, b2 = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    correlation += static_cast<double>(first[i]) * second[i];
    a2 += static_cast<double>(first[i]) * first[i];
    b2 += static_cast<double>(second[i]) * second[i];
  }
  EXPECT_LT(std::abs(correlation) / std::sqrt(a2 * b2), 0.9);
  EXPECT_NEAR(10 * std::log10(a2 / b2), 0, 3);
}

TEST(Drums, SofterHitsAreQuieterAndDarker) {
  for (const char* name : {"rock", "jazz", "909"}) {
    const auto loud = one_hit(name, drum::snare, 0.4, 1), soft = one_hit(name, drum::snare, 0.4, 0.3F);
    EXPECT_LT(peak_db(soft), peak_db(loud) - 8) << name;
    EXPECT_LT(centroid(spectrum(soft, 32768)), centroid(spectrum(loud, 32768))) << name;
  }
}

TEST(Drums, BendTransposes) {
  auto made = kit("808");
  const auto up = render(*made, {control(0, Event::Kind::Bend, 12), hit(0, drum::kick)}, 0.6);
  EXPECT_NEAR(pitch_between(up, 0.2, 0.5), 98, 1.5);
  const auto later = render(*made, {hit(0, drum::kick), control(0.25, Event::Kind::Bend, 12)}, 0.6);
  EXPECT_NEAR(pitch_between(later, 0.1, 0.24), 49, 1.5);
  EXPECT_NEAR(pitch_between(later, 0.27, 0.5), 98, 1.5);
  // A bell's modes, bent while they ring, keep their level: the recursion is rebuilt at the new pitch.
  auto rock = kit("rock");
  const auto straight = envelope(render(*rock, {hit(0, drum::triangle)}, 0.4), 0.02);
  const auto bent = envelope(render(*rock, {hit(0, drum::triangle), control(0.2, Event::Kind::Bend, 2)}, 0.4), 0.02);
  EXPECT_NEAR(20 * std::log10(bent[12] / straight[12]), 0, 2.5);
}

TEST(Drums, MonoKitsRenderOneChannel) {
  EXPECT_EQ(kit("808")->channels(), 1);
  EXPECT_EQ(kit("boombap")->channels(), 1);
  EXPECT_EQ(kit("rock")->channels(), 2);
}

TEST(Drums, ManyVoicesNeverClickNorRunOut) {
  auto made = kit("rock");
  std::vector<Timed> events;
  for (int i = 0; i < 300; ++i) events.push_back(hit(0.004 * i, 35 + i % 49, 0.7F));
  const auto sound = render(*made, events, 1.5);
  EXPECT_LT(peak_db(sound), 18);
  for (float x : sound) ASSERT_TRUE(std::isfinite(x));
}

// --- what data may not say

drum_spec::Kit read(const std::string& kit_text, const std::string& voices_text = {}) {
  const auto voices = voices_text.empty() ? storage::load_data_file(drum_voices_file(data_dir()))
                                          : storage::parse_toml(voices_text, "voices");
  const auto table = storage::parse_toml(kit_text, "kit");
  return drum_spec::read_kit(voices, "voices", table, "kit");
}

void expect_corrupt(const std::string& kit_text, const std::string& names, const std::string& voices_text = {}) {
  try {
    (void)read(kit_text, voices_text);
    ADD_FAILURE() << "accepted: " << kit_text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Corrupt);
    EXPECT_NE(std::string(error.what()).find(names), std::string::npos) << error.what();
  }
}

TEST(DrumData, MistakesAreNamed) {
  EXPECT_NO_THROW((void)read("set = \"808\""));
  expect_corrupt("set = \"807\"", "set");
  expect_corrupt("set = \"808\"\nmono = 3", "mono");
  expect_corrupt("set = \"808\"\nspeed = 3", "speed");
  expect_corrupt("set = \"808\"\n[pads]\nkik = \"kick-808\"", "kik");
  expect_corrupt("set = \"808\"\n[pads]\nkick = \"kick-807\"", "voice");
  expect_corrupt("set = \"808\"\n[pads]\nkick = 3", "kick");
  expect_corrupt("set = \"808\"\n[pads]\nkick = { tune = 99 }", "tune");
  expect_corrupt("set = \"808\"\n[pads]\nkick = { tune = nan }", "tune");
  expect_corrupt("set = \"808\"\n[pads]\nkick = { decai = 2 }", "decai");
  expect_corrupt("set = \"808\"\n[pads]\nkick = { mix_db = [0, 0, 0, 0, 0, 0, 0] }", "mix_db");
  expect_corrupt("set = \"808\"\n[pads]\nkick = { layers = [] }", "layers");
  expect_corrupt("set = \"808\"\n[pads]\nkick = { layers = [ { kind = \"tone\" } ] }", "freq");
  expect_corrupt("set = \"808\"\n[pads]\nkick = { layers = [ { kind = \"metal\", freqs = [1e9] } ] }", "freqs");
  expect_corrupt(
      "set = \"808\"\n[pads]\nkick = { layers = [ { kind = \"modes\", freq = 100, count = 1000000 , to = 3 } ] }",
      "count");
  expect_corrupt("set = \"a\"", "base", "[voice]\n[set.a]\nbase = \"b\"\n[set.b]\nbase = \"a\"");
  expect_corrupt("set = \"a\"", "kick", "[voice]\n[set.a]\n");
  expect_corrupt("set = \"a\"", "layers", "[voice.x]\nabout = \"\"\n[set.a]\nkick = \"x\"");
}

// --- the parts

TEST(DrumParts, SquaresAndSawsDoNotAlias) {
  constexpr std::size_t kSize = 8192;
  for (int k : {101, 371, 797, 1201}) {  // odd: harmonics that fold land on bins of their own
    const auto hertz = static_cast<float>(k * kRate / kSize);
    for (int kind = 0; kind < 3; ++kind) {
      Random random(7);
      std::vector<float> sound(kSize + 4096);
      if (kind == 0) {
        parts::SquareCluster cluster;
        cluster.start(&hertz, 1, false, static_cast<float>(kRate), random);
        for (std::size_t at = 0; at < sound.size(); at += parts::kChunk) cluster.fill(sound.data() + at);
      } else {
        parts::BlepOscillators oscillators;
        oscillators.start(1, kind == 1, random);
        const float ratio = 1, step = hertz / static_cast<float>(kRate);
        for (std::size_t at = 0; at < sound.size(); at += parts::kChunk)
          oscillators.fill(step, step, &ratio, sound.data() + at);
      }
      sound.erase(sound.begin(), sound.begin() + 4096);
      const auto energy = spectrum(sound, kSize, true);
      double worst = 0;
      for (std::size_t bin = 20; bin < 15000 * kSize / kRate; ++bin) {
        const auto off = static_cast<int>(bin) % k;
        if (off > 3 && off < k - 3) worst = std::max(worst, energy[bin]);
      }
      EXPECT_LT(10 * std::log10(worst / energy[static_cast<std::size_t>(k)]), -60)
          << "kind " << kind << ", " << hertz << " Hz";
    }
  }
}

TEST(DrumParts, FilterFourAtATimeEqualsOneAtATime) {
  using Kind = parts::Filter::Kind;
  for (Kind kind : {Kind::Lowpass, Kind::Highpass, Kind::Bandpass}) {
    for (float hz : {30.0F, 400.0F, 7000.0F, 19000.0F}) {
      Random random(3);
      parts::WhiteNoise noise;
      noise.seed(random);
      std::vector<float> in(640), out(640);
      for (std::size_t at = 0; at < in.size(); at += parts::kChunk) noise.fill(in.data() + at);
      out = in;
      parts::Filter filter;
      filter.set(kind, hz, 2, static_cast<float>(kRate));
      for (std::size_t at = 0; at < out.size(); at += parts::kChunk) filter.process(out.data() + at);
      // Zavalishin's update, in double precision.
      const double g = std::tan(M_PI * hz / kRate), k = 0.5, a1 = 1 / (1 + g * (g + k)), a2 = g * a1, a3 = g * a2;
      double s1 = 0, s2 = 0;
      for (std::size_t n = 0; n < in.size(); ++n) {
        const double v3 = in[n] - s2, band = a1 * s1 + a2 * v3, low = s2 + a2 * s1 + a3 * v3;
        s1 = 2 * band - s1;
        s2 = 2 * low - s2;
        const double y = kind == Kind::Lowpass ? low : (kind == Kind::Bandpass ? k * band : in[n] - k * band - low);
        ASSERT_NEAR(out[n], y, 2e-4) << hz << " frame " << n;
      }
    }
  }
}

TEST(DrumParts, RecursingModesEqualRotatingOnes) {
  const parts::Mode modes[] = {{330, 1, 2}, {1234, 0.7F, 1}, {5321, 0.5F, 0.4F}};
  std::vector<float> a(8192), b(8192);
  for (auto* out : {&a, &b}) {
    Random random(5);
    parts::ModalBank bank;
    bank.start(modes, 3, true, out == &a, static_cast<float>(kRate), random);
    for (std::size_t at = 0; at < out->size(); at += parts::kChunk) bank.fill(out->data() + at);
  }
  for (std::size_t n = 0; n < a.size(); ++n) ASSERT_NEAR(a[n], b[n], 2e-3) << n;
  // And the physics: 60 dB in t60.
  const auto level = envelope(a, 0.02);
  EXPECT_LT(level.back(), level.front());
}

}  // namespace
}  // namespace figment::instruments
