// The vocabulary of the learned tables: scale places, beat strengths, chord kinds and their names.
#include <cassert>

#include "compose/learned.h"

namespace figment::compose {
namespace {

struct KindFacts {
  std::string_view name;
  bool minor_third;          // written in lower case as a numeral
  std::string_view suffix;   // after the numeral
  std::array<int, 4> tones;  // semitones above the root
  std::size_t count;
};

// In the order of ChordKind.
constexpr std::array<KindFacts, chord_kind_count> kinds{{
    {"maj", false, "", {0, 4, 7}, 3},
    {"min", true, "", {0, 3, 7}, 3},
    {"dim", true, "°", {0, 3, 6}, 3},
    {"aug", false, "+", {0, 4, 8}, 3},
    {"sus2", false, "sus2", {0, 2, 7}, 3},
    {"sus4", false, "sus4", {0, 5, 7}, 3},
    {"7", false, "7", {0, 4, 7, 10}, 4},
    {"maj7", false, "maj7", {0, 4, 7, 11}, 4},
    {"min7", true, "7", {0, 3, 7, 10}, 4},
    {"hdim7", true, "ø7", {0, 3, 6, 10}, 4},
    {"dim7", true, "°7", {0, 3, 6, 9}, 4},
    {"6", false, "6", {0, 4, 7, 9}, 4},
    {"min6", true, "6", {0, 3, 7, 9}, 4},
}};

const KindFacts& facts(ChordKind kind) noexcept {
  assert(static_cast<std::size_t>(kind) < kinds.size());
  return kinds[static_cast<std::size_t>(kind)];
}

constexpr int floor_div(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

constexpr std::array<ScalePlace, 12> major_places{{{0, 0, true},
                                                   {0, 1, false},
                                                   {1, 0, true},
                                                   {2, -1, false},
                                                   {2, 0, true},
                                                   {3, 0, true},
                                                   {3, 1, false},
                                                   {4, 0, true},
                                                   {5, -1, false},
                                                   {5, 0, true},
                                                   {6, -1, false},
                                                   {6, 0, true}}};
constexpr std::array<ScalePlace, 12> minor_places{{{0, 0, true},
                                                   {1, -1, false},
                                                   {1, 0, true},
                                                   {2, 0, true},
                                                   {2, 1, false},
                                                   {3, 0, true},
                                                   {3, 1, false},
                                                   {4, 0, true},
                                                   {5, 0, true},
                                                   {5, 1, true},
                                                   {6, 0, true},
                                                   {6, 1, true}}};

}  // namespace

BeatStrength beat_strength(std::string_view metre, int slot) noexcept {
  const bool compound = metre == "6/8";
  const int pulse = compound ? 6 : 4;
  const int bar = metre == "2/4" ? 8 : compound || metre == "3/4" ? 12 : 16;
  slot -= bar * floor_div(slot, bar);
  if (slot % pulse != 0) return BeatStrength::Weak;
  const int pulses = bar / pulse;
  const bool middle = pulses % 2 == 0 && slot / pulse == pulses / 2;
  return slot == 0 || middle ? BeatStrength::Strong : BeatStrength::Medium;
}

ScalePlace scale_place(int semitones, Tonality tonality) noexcept {
  const auto pitch_class = static_cast<std::size_t>(semitones - 12 * floor_div(semitones, 12));
  return (tonality == Tonality::Major ? major_places : minor_places)[pitch_class];
}

int diatonic_steps(int from_semitones, int to_semitones, Tonality tonality) noexcept {
  const auto height = [tonality](int semitones) {
    return 7 * floor_div(semitones, 12) + scale_place(semitones, tonality).degree;
  };
  return height(to_semitones) - height(from_semitones);
}

Approach approach(int diatonic_interval) noexcept {
  switch (diatonic_interval) {
    case 0:
      return Approach::Repeat;
    case 1:
      return Approach::StepUp;
    case 2:
      return Approach::ThirdUp;
    case -1:
      return Approach::StepDown;
    case -2:
      return Approach::ThirdDown;
    default:
      return diatonic_interval > 0 ? Approach::LeapUp : Approach::LeapDown;
  }
}

std::string_view name(ChordKind kind) noexcept { return facts(kind).name; }

std::span<const int> tones(ChordKind kind) noexcept {
  const KindFacts& known = facts(kind);
  return {known.tones.data(), known.count};
}

std::string numeral(KeyChord chord, Tonality tonality) {
  static constexpr std::array<std::string_view, 12> in_major{"I",   "bII", "II",  "bIII", "III",  "IV",
                                                             "#IV", "V",   "bVI", "VI",   "bVII", "VII"};
  static constexpr std::array<std::string_view, 12> in_minor{"I",   "bII", "II", "III", "#III", "IV",
                                                             "#IV", "V",   "VI", "#VI", "VII",  "#VII"};
  assert(chord.root >= 0 && chord.root < 12);
  const auto root = static_cast<std::size_t>(chord.root);
  std::string text((tonality == Tonality::Major ? in_major : in_minor)[root]);
  if (facts(chord.kind).minor_third) {
    for (char& letter : text) {
      if (letter == 'I') letter = 'i';
      if (letter == 'V') letter = 'v';
    }
  }
  return text.append(facts(chord.kind).suffix);
}

std::string_view name(DrumVoice voice) noexcept {
  static constexpr std::array<std::string_view, drum_voice_count> names{
      "kick", "snare", "clap", "rim", "closed_hat", "open_hat", "ride", "crash", "tom", "percussion"};
  return names[static_cast<std::size_t>(voice)];
}

}  // namespace figment::compose
