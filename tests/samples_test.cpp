// A user's own samples as the instruments of a song.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "audio/file.h"
#include "audio/wave.h"
#include "base/random.h"
#include "score/midi_file.h"
#include "workbench.h"

namespace figment {
namespace {

using nlohmann::json;
using testing::Folder;
using testing::Outcome;
using testing::read_text;
using testing::run_in;

void write(const std::filesystem::path& file, double seconds, const std::function<double(double)>& at) {
  std::filesystem::create_directories(file.parent_path());
  audio::AudioBuffer sound(1, static_cast<std::int64_t>(seconds * 44100), Hertz{44100});
  for (std::int64_t n = 0; n < sound.frames(); ++n) sound.channel(0)[n] = static_cast<float>(at(static_cast<double>(n) / 44100));
  audio::write_audio(file, sound.view(), audio::FileFormat::Wav24);
}

// A kit of three drums and a held note that is 30 cents above E2.
struct Pack {
  Folder folder;
  Pack() {
    write(folder / "my kit/Kick deep.wav", 0.3, [](double t) { return 0.9 * std::sin(2 * M_PI * (50 * t + 3 * (1 - std::exp(-t / 0.02)))) * std::exp(-t / 0.08); });
    Random random(3);
    write(folder / "my kit/Snare.wav", 0.3, [&](double t) { return 0.9 * random.uniform(-1, 1) * std::exp(-t / 0.05); });
    write(folder / "my kit/closedHat.wav", 0.1, [&](double t) { return 0.9 * random.uniform(-1, 1) * std::exp(-t / 0.01); });
    write(folder / "held.wav", 1, [](double t) {
      double x = 0;
      for (int h = 1; h <= 12; ++h) x += std::sin(2 * M_PI * h * 82.4069 * std::pow(2, 0.3 / 12) * t) / h;
      return 0.3 * x * std::min(1.0, t / 0.01);
    });
  }
};

// Share of the sound's energy at the partials of a frequency, in a window of half a second.
double at_partials(const audio::AudioBuffer& sound, std::int64_t from, double hertz) {
  const std::int64_t frames = 22050;
  double all = 1e-12, own = 0;
  for (std::int64_t n = 0; n < frames; ++n) {
    const double w = 0.5 - 0.5 * std::cos(2 * M_PI * static_cast<double>(n) / static_cast<double>(frames));
    all += w * w * sound.channel(0)[from + n] * sound.channel(0)[from + n];
  }
  for (int h = 1; h <= 6; ++h) {
    double re = 0, im = 0;
    for (std::int64_t n = 0; n < frames; ++n) {
      const double w = 0.5 - 0.5 * std::cos(2 * M_PI * static_cast<double>(n) / static_cast<double>(frames));
      const double x = w * sound.channel(0)[from + n], angle = 2 * M_PI * h * hertz * static_cast<double>(n) / sound.rate().value;
      re += x * std::cos(angle), im += x * std::sin(angle);
    }
    own += 3 * (re * re + im * im) / static_cast<double>(frames);   // a Hann window holds 3/8 of a sine's energy
  }
  return own / all;
}

TEST(Samples, ASongPlaysThemInTuneAndSaysWhereTheyCameFrom) {
  const Pack pack;
  const Outcome made = run_in(pack.folder, "song 'boom bap, 90 bpm, 4 bars, E minor' --seed 3 --kit 'my kit' --bass held.wav -o song -q --json");
  ASSERT_EQ(made.code, 0) << made.text;
  const json song = json::parse(read_text(pack.folder / "song/song.json"));
  std::string bass;
  int drums = 0;
  for (const auto& t : song.at("tracks")) {
    if (t.at("instrument") == "sfz:instruments/my-kit/kit.sfz") ++drums;
    if (t.at("role") != "bass") continue;
    bass = t.at("id").get<std::string>();
    EXPECT_EQ(t.at("instrument"), "sfz:instruments/held/notes.sfz");
  }
  EXPECT_GE(drums, 3);
  ASSERT_FALSE(bass.empty());
  // The sample's own 30 cents are taken off, its loop lies in its chunk.
  const std::string sfz = read_text(pack.folder / "song/instruments/held/notes.sfz");
  EXPECT_NE(sfz.find("pitch_keycenter=40 tune=-30 loop_mode=loop_sustain"), std::string::npos) << sfz;
  EXPECT_TRUE(audio::AudioReader(pack.folder / "song/instruments/held/held.wav").sampler_chunk()->loop);
  // Drums that the pack lacks come from the style's kit.
  EXPECT_NE(read_text(pack.folder / "song/instruments/my-kit/kit.sfz").find("sample=own-kit-46.wav key=46"), std::string::npos);

  const Outcome why = run_in(pack.folder, "why song");
  EXPECT_NE(why.text.find("kick-kick-deep.wav"), std::string::npos) << why.text;
  EXPECT_NE(why.text.find("Kick deep.wav"), std::string::npos);
  EXPECT_NE(why.text.find("as drums/"), std::string::npos);
  EXPECT_NE(why.text.find("held.wav"), std::string::npos);

  // A bass line of one long note sounds at that note, longer than the sample lasts.
  score::Score line;
  line.notes.push_back({Beats{0}, Beats{6}, 43, 0.8F});
  std::ofstream(pack.folder / "song/midi" / (bass + ".mid"), std::ios::binary) << score::to_midi({line}, score::MidiContext{bass, {{Beats{0}, Bpm{90}}}, {4, 4}, {}, {}});
  json quiet = song;
  for (auto& t : quiet.at("tracks"))
    if (t.at("id") == bass) t["effects"] = json::array();
  std::ofstream(pack.folder / "song/song.json") << quiet.dump();
  const Outcome built = run_in(pack.folder, "build song -q");
  ASSERT_EQ(built.code, 0) << built.text;
  const auto stem = audio::read_audio(pack.folder / "song/export/stems" / (bass + ".wav"));
  const double g2 = 440 * std::pow(2, (43 - 69) / 12.0);
  for (const double at : {0.5, 1.8, 2.8}) {
    const auto from = static_cast<std::int64_t>(at * 44100);
    EXPECT_GT(at_partials(stem, from, g2), 0.9) << at;
    EXPECT_LT(at_partials(stem, from, g2 * std::pow(2, 0.5 / 12)), 0.5) << at;
  }
}

TEST(Samples, AnInstrumentIsExchangedAndOnlyItsTracksArePlayedAnew) {
  const Pack pack;
  ASSERT_EQ(run_in(pack.folder, "song 'house, 124 bpm, 4 bars' --seed 1 -o song -q").code, 0);
  const json before = json::parse(read_text(pack.folder / "song/export/exports.json"));
  const Outcome set = run_in(pack.folder, "instrument song kit 'my kit' -q --json");
  ASSERT_EQ(set.code, 0) << set.text;
  const json result = json::parse(set.text.substr(set.text.find('{')));
  EXPECT_EQ(result.at("instrument"), "sfz:instruments/my-kit/kit.sfz");
  EXPECT_EQ(result.at("tracks").size(), result.at("build").at("tracks_built").get<std::size_t>());
  // Once more, by another: what that one lacks still comes from the kit the song had at first.
  write(pack.folder / "one/kick.wav", 0.2, [](double t) { return std::sin(300 * t) * std::exp(-t / 0.05); });
  const Outcome again = run_in(pack.folder, "instrument song kit one -q");
  ASSERT_EQ(again.code, 0) << again.text;
  EXPECT_NE(again.text.find("played by drums/"), std::string::npos) << again.text;
  // And back to a preset.
  EXPECT_EQ(run_in(pack.folder, "instrument song kit drums/909 -q").code, 0);
}

TEST(Samples, WhatCannotBePlayedIsRefusedBeforeAnythingIsWritten) {
  const Pack pack;
  std::ofstream(pack.folder / "words.wav") << "these are only words, many of them, and no sound at all";
  std::filesystem::create_directories(pack.folder / "empty");
  const std::pair<const char*, const char*> bad[] = {
      {"--kit nowhere", "no samples at nowhere"}, {"--samples lead", "does not say which part"}, {"--samples harp=held.wav", "no track \"harp\""},
      {"--bass empty", "nothing in empty has a clear pitch"}, {"--kit empty", "nothing in empty sounds or is called like a drum"}};
  for (const auto& [options, says] : bad) {
    const Outcome refused = run_in(pack.folder, std::string("song 'house, 4 bars' --seed 1 -o bad -q ") + options);
    EXPECT_EQ(refused.code, 3) << options << refused.text;
    EXPECT_NE(refused.text.find(says), std::string::npos) << refused.text;
    EXPECT_FALSE(std::filesystem::exists(pack.folder / "bad")) << options;
  }
  const Outcome words = run_in(pack.folder, "song 'house, 4 bars' --seed 1 -o bad -q --bass words.wav");
  EXPECT_NE(words.code, 0);
  EXPECT_NE(words.text.find("words.wav is not a sound file"), std::string::npos) << words.text;
}

}  // namespace
}  // namespace figment
