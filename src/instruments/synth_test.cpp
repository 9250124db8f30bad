#include "instruments/synth.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "instruments/halfband.h"
#include "instruments/test_tools.h"
#include "instruments/wavebank.h"

namespace figment::instruments {
namespace {

using namespace testing;

std::string plain(const std::string& wave, const std::string& more = "") {
  return "[voice]\nmono = true\nvelocity = 0\n[[osc]]\nwave = \"" + wave + "\"\nphase = 0\n" + more;
}

// Every wave over seven octaves: nothing but harmonics above -60 dB.
TEST(Synth, WavesDoNotAlias) {
  auto waves = wave_names();
  waves.emplace_back("pulse");
  for (const auto& wave : waves) {
    auto synth = from_text("synth", plain(wave));
    for (int pitch = 31; pitch <= 108; pitch += 11) {
      const auto sound = play(*synth, {note(0, 1, pitch)}, 0.6);
      EXPECT_LT(worst_alias_db(sound.view(), 6000, note_frequency(pitch).value), -60) << wave << " at " << pitch;
    }
  }
}

TEST(Synth, LadderAndDriveDoNotAlias) {
  const auto ladder = [](const char* wave, const char* resonance, const char* drive_db) {
    return plain(wave, std::string("[filter]\ntype = \"ladder\"\ncutoff_hz = 3000\nkey_track = 0.5\nresonance = ") +
                           resonance + "\ndrive_db = " + drive_db + "\n");
  };
  const auto worst = [](Instrument& synth, int pitch) {
    return worst_alias_db(play(synth, {note(0, 1, pitch)}, 0.6).view(), 6000, note_frequency(pitch).value);
  };
  for (const char* wave : {"saw", "square"}) {
    auto synth = from_text("synth", ladder(wave, "0.5", "3"));
    for (int pitch = 31; pitch <= 108; pitch += 7) EXPECT_LT(worst(*synth, pitch), -60) << wave << " at " << pitch;
    // Screaming: every note drives the saturator far over, and the distortion itself is as loud as the note.
    auto acid = from_text("synth", ladder(wave, "0.9", "9"));
    for (int pitch = 31; pitch <= 84; pitch += 7) EXPECT_LT(worst(*acid, pitch), -40) << wave << " at " << pitch;
  }
  auto driven = from_text("synth", plain("sine", "[drive]\ndb = 18\ntype = \"hard\"\n"));
  for (int pitch = 31; pitch <= 84; pitch += 13) {
    const auto sound = play(*driven, {note(0, 1, pitch)}, 0.6);
    EXPECT_LT(worst_alias_db(sound.view(), 6000, note_frequency(pitch).value), -60) << pitch;
  }
}

TEST(Synth, MovingWidthAndPositionDoNotClick) {
  // A slow sweep through a wavetable must not add partials between the harmonics.
  const std::string more = "[[lfo]]\nrate_hz = 0.5\n[[mod]]\nsource = \"lfo1\"\ntarget = \"position\"\namount = 0.8\n";
  auto synth = from_text("synth", plain("brass", more));
  const auto sound = play(*synth, {note(0, 1, 45)}, 0.8);
  EXPECT_LT(worst_alias_db(sound.view(), 6000, note_frequency(45).value), -50);
}

TEST(Synth, InTuneWithinOneCentAtEveryRate) {
  for (double rate : {44100.0, 48000.0, 96000.0}) {
    auto synth = from_text("synth", plain("saw"));
    for (int pitch = 28; pitch <= 100; pitch += 12) {
      const auto sound = play(*synth, {note(0, 1, pitch)}, 0.7, Hertz{rate});
      EXPECT_NEAR(cents_off(sound.view(), note_frequency(pitch).value, 0.1, 0.25), 0, 1) << pitch << " at " << rate;
    }
  }
}

TEST(Synth, UnisonIsCentred) {
  auto synth = from_text("synth", "[voice]\nvelocity = 0\n[[osc]]\nwave = \"sine\"\nunison = 7\ndetune_cents = 20\n");
  double sum = 0;
  for (int pitch = 60; pitch < 72; ++pitch) {
    const auto sound = play(*synth, {note(0, 2, pitch)}, 1.6);
    sum += cents_off(sound.view(), note_frequency(pitch).value, 0.1, 1.2);
  }
  EXPECT_NEAR(sum / 12, 0, 4);
}

TEST(Synth, NoteStartsExactlyAtItsFrame) {
  auto synth = from_text("synth", plain("square"));
  score::Score score;
  score.notes = {note(0.1, 0.5, 60)};
  const auto sound = play(*synth, score.notes, 0.3);
  const auto frame = static_cast<std::int64_t>(0.1 * 44100);
  for (std::int64_t n = 0; n < frame; ++n) ASSERT_EQ(sound.channel(0)[n], 0.0F) << n;
  EXPECT_NE(sound.channel(0)[frame + 1], 0.0F);
}

// The largest bend of the wave form: a click is a corner, a slow sine has nearly none.
double sharpest(audio::AudioView sound) {
  double most = 0;
  const float* x = sound.channel(0);
  for (std::int64_t n = 2; n < sound.frames(); ++n)
    most = std::max(most, static_cast<double>(std::abs(x[n] - 2 * x[n - 1] + x[n - 2])));
  return most;
}

TEST(Synth, StealsRetriggersAndCutsDoNotClick) {
  const std::string amp = "[amp]\nattack_s = 0.004\nrelease_s = 0.03\n";
  auto mono = from_text("synth", plain("sine", amp));
  auto poly = from_text("synth", "[voice]\npolyphony = 2\nvelocity = 0\n[[osc]]\nwave = \"sine\"\nphase = 0\n" + amp);
  std::vector<score::Note> notes;
  for (int i = 0; i < 12; ++i) notes.push_back(note(i * 0.0437, 0.3, 50 + 3 * (i % 4)));
  EXPECT_LT(sharpest(play(*mono, notes, 1).view()), 0.02);
  EXPECT_LT(sharpest(play(*poly, notes, 1).view()), 0.04);
}

TEST(Synth, OverlapSlidesWithoutANewAttack) {
  auto synth = from_text(
      "synth",
      "[voice]\nmono = true\nglide = \"legato\"\nglide_s = 0.1\nvelocity = 0\n[[osc]]\nwave = \"sine\"\nphase = 0\n"
      "[amp]\nattack_s = 0.002\ndecay_s = 1.0\nsustain = 0\n");
  const auto slid = play(*synth, {note(0, 0.6, 48), note(0.5, 1, 60)}, 1.5);
  EXPECT_NEAR(cents_off(slid.view(), note_frequency(60).value, 0.8, 0.2), 0, 1);
  EXPECT_NEAR(cents_off(slid.view(), note_frequency(48).value, 0.2, 0.15), 0, 1);
  // The decay goes on: at 0.7 s a fresh note would be much louder.
  const double before = peak_db(slid.view().part(20000, 2000)), after = peak_db(slid.view().part(30000, 2000));
  EXPECT_LT(after, before - 8);
  const auto fresh = play(*synth, {note(0, 0.4, 48), note(0.5, 1, 60)}, 1.5);
  EXPECT_GT(peak_db(fresh.view().part(23000, 4000)), before + 15);
}

TEST(Synth, ReleasedUpperNoteSlidesBack) {
  auto synth =
      from_text("synth", "[voice]\nmono = true\nglide = \"legato\"\nglide_s = 0.03\n[[osc]]\nwave = \"sine\"\n");
  const auto sound = play(*synth, {note(0, 1.5, 48), note(0.3, 0.3, 55)}, 1.4);
  EXPECT_NEAR(cents_off(sound.view(), note_frequency(55).value, 0.37, 0.1), 0, 2);
  EXPECT_NEAR(cents_off(sound.view(), note_frequency(48).value, 0.9, 0.2), 0, 1);
}

TEST(Synth, BendAndPedal) {
  auto synth = from_text("synth", plain("sine"));
  synth->prepare(Hertz{44100}, 512);
  audio::AudioBuffer sound(1, 44100, Hertz{44100});
  Event on, bend;
  on.note = 57, on.value = 1;
  bend.kind = Event::Kind::Bend, bend.value = 2;
  for (std::int64_t at = 0; at < 44100; at += 441) {
    std::vector<Event> events;
    if (at == 0) events = {on, bend};
    synth->process(sound.block().part(at, 441), events);
  }
  EXPECT_NEAR(cents_off(sound.view(), note_frequency(59).value, 0.2, 0.3), 0, 1);

  synth->reset();
  Event down, off;
  down.kind = Event::Kind::Sustain, down.value = 1;
  off.kind = Event::Kind::NoteOff, off.note = 57;
  std::vector<Event> events{down, on, off};
  for (std::int64_t at = 0; at < 44100; at += 441) {
    synth->process(sound.block().part(at, 441), events);
    events.clear();
  }
  EXPECT_GT(peak_db(sound.view().part(40000, 4000)), -10);
  down.value = 0;
  events = {down};
  for (std::int64_t at = 0; at < 44100; at += 441) {
    synth->process(sound.block().part(at, 441), events);
    events.clear();
  }
  EXPECT_FALSE(synth->sounding());
  EXPECT_EQ(audio::peak(sound.view().part(40000, 4000)), 0.0F);
}

TEST(Synth, TempoSyncedLfoFollowsTheSong) {
  auto synth = from_text("synth", plain("sine",
                                        "[[lfo]]\nwave = \"square\"\nbeats = 1\nclock = \"song\"\n"
                                        "[[mod]]\nsource = \"lfo1\"\ntarget = \"level\"\namount = -1\n"));
  const auto sound = play(*synth, {note(0, 2, 69)}, 2);  // 120 beats a minute: silent, loud, each a quarter second
  EXPECT_LT(peak_db(sound.view().part(24000, 7000)), -60);
  EXPECT_GT(peak_db(sound.view().part(35000, 7000)), -3);
}

TEST(Synth, BadPresetsAreNamed) {
  const auto message = [](const std::string& toml) {
    try {
      from_text("synth", toml);
    } catch (const Error& e) {
      return std::string(e.what()) + e.hint();
    }
    return std::string("accepted");
  };
  EXPECT_NE(message("[[osc]]\nwave = \"sow\"\n").find("\"sow\""), std::string::npos);
  EXPECT_NE(message("[[osc]]\nwave = \"saw\"\nlevle = 1\n").find("levle"), std::string::npos);
  EXPECT_NE(message("").find("oscillator"), std::string::npos);
  EXPECT_NE(message("[[osc]]\nwave = \"saw\"\n[filter]\ntype = \"low12\"\ncutoff_hz = 0\n").find("cutoff_hz"),
            std::string::npos);
  EXPECT_NE(message("[voice]\nring = true\n[[osc]]\nwave = \"saw\"\n").find("sustain"), std::string::npos);
  EXPECT_NE(
      message("[[osc]]\nwave = \"saw\"\n[[mod]]\nsource = \"lfo9\"\ntarget = \"pitch\"\namount = 1\n").find("lfo9"),
      std::string::npos);
}

TEST(Halfband, PassesLowAndStopsHigh) {
  const auto level = [](double cycles) {  // per input sample
    Halfband half;
    std::vector<float> x(8192);
    for (std::size_t n = 0; n < x.size(); ++n)
      x[n] = static_cast<float>(std::sin(2 * M_PI * cycles * static_cast<double>(n)));
    half.down(x.data(), x.data(), 4096);
    float most = 0;
    for (std::size_t n = 1000; n < 4000; ++n) most = std::max(most, std::abs(x[n]));
    return 20 * std::log10(static_cast<double>(most));
  };
  EXPECT_NEAR(level(0.01), 0, 0.05);
  EXPECT_NEAR(level(0.1937), 0, 0.1);
  for (double cycles = 0.28; cycles < 0.5; cycles += 0.013) EXPECT_LT(level(cycles), -75) << cycles;
}

}  // namespace
}  // namespace figment::instruments
