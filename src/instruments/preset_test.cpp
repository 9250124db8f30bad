#include "instruments/preset.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/executor.h"
#include "base/random.h"
#include "instruments/soundfont.h"
#include "instruments/test_tools.h"

namespace figment::instruments {
namespace {

using namespace testing;

// Drums and effects have their own tests.
std::vector<PresetInfo> pitched(bool soundfonts) {
  std::vector<PresetInfo> out;
  for (auto& info : list_presets(data_dir()))
    if (info.engine != "drums" && info.engine != "fx" && (info.engine == "soundfont") == soundfonts)
      out.push_back(info);
  return out;
}
bool kit(const PresetInfo& info) { return info.name.rfind("gm/kit-", 0) == 0; }

void check_sound(const PresetInfo& info) {
  SCOPED_TRACE(info.name);
  const auto instrument = make_instrument(data_dir(), info.name, 3);
  const double tail = instrument->tail().value;
  const double lead = 0.1;  // room to begin early
  const double each = lead + 1.0 + std::min(tail, 2.0);
  std::vector<int> pitches{info.lowest, (info.lowest + info.highest) / 2, info.highest};
  // Opening a SoundFont anew for every note would take longer than all the playing: these play in a row.
  const bool in_a_row = info.engine == "soundfont";
  audio::AudioBuffer row;
  if (in_a_row) {
    std::vector<score::Note> notes;
    for (int& pitch : pitches) {
      if (kit(info)) pitch = pitch < 50 ? 36 : 38;
      notes.push_back(note(lead + each * static_cast<double>(notes.size()), 1, pitch));
    }
    row = play(*instrument, notes, each * 3);
  }
  for (std::size_t i = 0; i < pitches.size(); ++i) {
    const int pitch = pitches[i];
    const auto frames = static_cast<std::int64_t>(each * 44100);
    audio::AudioBuffer sound = in_a_row ? audio::AudioBuffer(row.channels(), frames, Hertz{44100})
                                        : play(*instrument, {note(0, 1, pitch)}, each);
    if (in_a_row) sound.block().copy_from(row.view().part(static_cast<std::int64_t>(i) * frames, frames));
    for (int c = 0; c < sound.channels(); ++c)
      for (std::int64_t n = 0; n < sound.frames(); ++n) ASSERT_TRUE(std::isfinite(sound.channel(c)[n])) << pitch;
    const double peak = peak_db(sound.view());
    EXPECT_GE(peak, kit(info) ? -20 : -12.5) << pitch;
    EXPECT_LE(peak, -2.5) << pitch;
    if (tail < 1.9) {
      EXPECT_FALSE(instrument->sounding()) << pitch;
      EXPECT_LT(peak_db(sound.view().part(sound.frames() - 441, 441)), -80) << pitch;
    }
  }
}

TEST(Presets, EveryOneLoadsAndSoundsAtItsLevel) {
  const auto all = pitched(false);
  EXPECT_GE(all.size(), 85U);
  for (const auto& info : all) check_sound(info);
}

TEST(Presets, EveryGeneralMidiOneLoadsAndSoundsAtItsLevel) {
  const auto all = pitched(true);
  EXPECT_GE(all.size(), 85U);
  for (const auto& info : all) check_sound(info);
}

TEST(Presets, FamiliesOthersRelyOnAreThere) {
  std::set<std::string> names;
  for (const auto& info : list_presets(data_dir())) {
    names.insert(info.name);
    EXPECT_FALSE(info.title.empty()) << info.name;
    EXPECT_FALSE(info.about.empty()) << info.name;
  }
  for (const char* name : {"bass/808", "bass/reese", "keys/rhodes", "keys/dark-bells", "lead/supersaw", "pad/warm",
                           "pluck/guitar", "stab/house", "arp/trance", "gm/grand-piano", "gm/kit-jazz"})
    EXPECT_TRUE(names.contains(name)) << name;
}

// Blocks of any size, and any seed twice, give the same bits.
TEST(Presets, SoundDoesNotDependOnHowItIsCut) {
  Random random(5);
  auto infos = pitched(false);
  for (const auto& info : pitched(true))
    if (info.name == "gm/strings" || info.name == "gm/kit-room") infos.push_back(info);
  for (const auto& info : infos) {
    SCOPED_TRACE(info.name);
    const int middle = (info.lowest + info.highest) / 2;
    Event on, off, bend, next;
    on.note = static_cast<std::uint8_t>(middle), on.value = 0.9F, on.frame = 101;
    next = on, next.note += 5, next.frame = 5003;
    off = on, off.kind = Event::Kind::NoteOff, off.frame = 5507;
    bend.kind = Event::Kind::Bend, bend.value = 1, bend.frame = 3001;
    auto last = next;
    last.kind = Event::Kind::NoteOff, last.frame = 9001;
    const std::vector<Event> all{on, bend, next, off, last};
    constexpr std::int64_t kFrames = 16384;
    const auto render = [&](Instrument& instrument, bool random_cuts) {
      instrument.prepare(Hertz{44100}, 512);
      instrument.set_tempo(Bpm{133});
      audio::AudioBuffer sound(instrument.channels(), kFrames, Hertz{44100});
      for (std::int64_t at = 0; at < kFrames;) {
        const std::int64_t count = std::min<std::int64_t>(kFrames - at, random_cuts ? random.integer(1, 300) : 512);
        std::vector<Event> events;
        for (Event e : all)
          if (e.frame >= at && e.frame < at + count) {
            e.frame -= static_cast<int>(at);
            events.push_back(e);
          }
        instrument.process(sound.block().part(at, count), events);
        at += count;
      }
      return sound;
    };
    const auto a = make_instrument(data_dir(), info.name, 9), b = make_instrument(data_dir(), info.name, 9);
    const auto whole = render(*a, false), cut = render(*b, true), again = render(*a, false);
    for (int c = 0; c < whole.channels(); ++c)
      for (std::int64_t n = 0; n < kFrames; ++n) {
        ASSERT_EQ(whole.channel(c)[n], cut.channel(c)[n]) << "cut, frame " << n;
        ASSERT_EQ(whole.channel(c)[n], again.channel(c)[n]) << "again, frame " << n;
      }
  }
}

TEST(Presets, PluckedStringsAndPureTonesAreInTune) {
  for (const char* name : {"pluck/nylon", "pluck/harp", "pluck/guitar", "pluck/koto", "keys/clav", "keys/marimba",
                           "keys/kalimba", "bass/chip", "lead/talkbox", "lead/flute"}) {
    for (const auto& info : pitched(false)) {
      if (info.name != name) continue;
      const auto instrument = make_instrument(data_dir(), name, 2);
      const int pitch = (info.lowest + info.highest) / 2;
      const auto sound = play(*instrument, {note(0, 1, pitch)}, 0.8);
      EXPECT_NEAR(cents_off(sound.view(), note_frequency(pitch).value, 0.12, 0.2), 0, 1) << name;
    }
  }
}

TEST(Presets, UnknownNamesSuggestNearOnes) {
  try {
    (void)make_instrument(data_dir(), "bass/800", 1);
    FAIL() << "found a preset that is not there";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::NotFound);
    EXPECT_NE(e.hint().find("bass/808"), std::string::npos) << e.hint();
  }
  for (const char* name :
       {"", "/", "bass/", "../styles/trap", "bass/../keys/rhodes", "gm/kazoo", "gm/../gm", "BASS/808"})
    EXPECT_THROW(make_instrument(data_dir(), name, 1), Error) << name;
}

TEST(Presets, FingerprintFollowsTheContent) {
  const auto root = std::filesystem::path(::testing::TempDir()) / "figment-preset-test";
  std::filesystem::create_directories(root / "presets" / "bass");
  const auto write = [&](const std::string& more) {
    std::ofstream(root / "presets" / "bass" / "one.toml")
        << "engine = \"synth\"\ntitle = \"t\"\nabout = \"a\"\nrange = [20, 60]\n"
        << more << "[[osc]]\nwave = \"saw\"\n";
  };
  write("");
  const auto first = preset_fingerprint(root, "bass/one");
  EXPECT_EQ(first, preset_fingerprint(root, "bass/one"));
  write("gain_db = 1\n");
  EXPECT_NE(first, preset_fingerprint(root, "bass/one"));
  write("gian_db = 1\n");
  EXPECT_THROW(make_instrument(root, "bass/one", 1), Error);
  std::filesystem::remove_all(root);
}

class SoundFontPlace {
 public:
  explicit SoundFontPlace(const std::string& path) { setenv("FIGMENT_SOUNDFONT", path.c_str(), 1); }
  ~SoundFontPlace() { unsetenv("FIGMENT_SOUNDFONT"); }
};

TEST(SoundFont, MissingOrBrokenFilesAreNamed) {
  {
    const SoundFontPlace place("/nowhere/no.sf2");
    try {
      (void)make_soundfont({});
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::NotFound);
      EXPECT_NE(std::string(e.what()).find("/nowhere/no.sf2"), std::string::npos);
      EXPECT_NE(e.hint().find("fluid-soundfont-gm"), std::string::npos);
    }
  }
  const auto file = std::filesystem::path(::testing::TempDir()) / "figment-broken.sf2";
  std::ofstream(file) << "RIFFxxxxsfbk this is no SoundFont";
  const SoundFontPlace place(file.string());
  EXPECT_THROW(make_soundfont({}), Error);
  std::filesystem::remove(file);
}

TEST(Render, RefusesNonsense) {
  const auto instrument = make_instrument(data_dir(), "lead/sine", 1);
  score::Score score;
  score.notes = {note(0, 1, 60)};
  score.notes[0].start = Beats{std::nan("")};
  EXPECT_THROW(render_to_buffer(*instrument, score, score::TempoMap(), Hertz{44100}, Frames{100}, Progress()), Error);
  score.notes.clear();
  EXPECT_THROW(render_to_buffer(*instrument, score, score::TempoMap(), Hertz{0}, Frames{100}, Progress()), Error);
  EXPECT_THROW(
      render_score(
          *instrument, score, score::TempoMap(), Hertz{44100}, Frames{-1}, [](audio::AudioView) {}, Progress()),
      Error);
  const Progress cancelled;
  cancelled.cancel();
  EXPECT_THROW(render_to_buffer(*instrument, score, score::TempoMap(), Hertz{44100}, Frames{100}, cancelled), Error);
}

TEST(SoundFont, IsOpenedByManyThreadsAtOnce) {
  // FluidSynth shares the samples between synthesizers; without a lock of ours this ends in a crash.
  const char* names[] = {"gm/grand-piano", "gm/flute", "gm/fingered-bass", "gm/jazz-guitar", "gm/alto-sax", "gm/upright-bass"};
  parallel_for(48, [&](std::size_t i) { EXPECT_NE(make_instrument(FIGMENT_SOURCE_DIR, names[i % std::size(names)], 1), nullptr); });
}

}  // namespace
}  // namespace figment::instruments
