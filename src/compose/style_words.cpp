#include "compose/style_words.h"

#include <array>

namespace figment::compose {
namespace {

using Word = std::string_view;

constexpr std::array<Word, 13> kFamilies{"hip-hop", "house", "techno",    "trance",  "bass", "rock",      "jazz",
                                         "latin",   "folk",  "classical", "ambient", "pop",  "electronic"};
constexpr std::array<Word, 10> kSections{"intro", "verse",     "pre-chorus", "chorus", "drop",
                                         "build", "breakdown", "bridge",     "solo",   "outro"};
constexpr std::array<Word, 10> kTransitions{"riser", "reverse-cymbal", "impact",   "downlifter", "silence",
                                            "fill",  "noise-sweep",    "sub-drop", "crash",      "stop"};
constexpr std::array<Word, 13> kRoles{"kick", "snare",   "hats", "percussion", "bass",    "chords", "pad",
                                      "lead", "counter", "arp",  "pluck",      "texture", "effects"};
constexpr std::array<Word, 3> kCorpora{"pop", "folk", "chorale"};
constexpr std::array<Word, 7> kVoicings{"close", "open", "shell", "drop2", "power", "unison", "spread"};

constexpr std::array<Word, 16> kBass{"roots",      "808",    "octaves", "walking", "offbeat",  "reese",
                                     "sixteenths", "acid",   "dub",     "tumbao",  "two-beat", "pedal",
                                     "synco",      "gallop", "broken",  "bounce"};
constexpr std::array<Word, 20> kChords{"pads",       "stabs",  "offbeat",  "strum",   "comp",
                                       "arpeggio",   "blocks", "alberti",  "skank",   "clave",
                                       "charleston", "pulse",  "house",    "sustain", "fingerpick",
                                       "power-chug", "broken", "ostinato", "tremolo", "trance-gate"};
constexpr std::array<Word, 20> kArpeggios{"arpeggio",   "pads",   "stabs",    "offbeat", "strum",
                                          "comp",       "blocks", "alberti",  "skank",   "clave",
                                          "charleston", "pulse",  "house",    "sustain", "fingerpick",
                                          "power-chug", "broken", "ostinato", "tremolo", "trance-gate"};
constexpr std::array<Word, 7> kLead{"hook", "riff", "improvise", "long", "call", "ostinato", "bells"};

}  // namespace

std::span<const Word> families() noexcept { return kFamilies; }
std::span<const Word> section_kinds() noexcept { return kSections; }
std::span<const Word> transition_kinds() noexcept { return kTransitions; }
std::span<const Word> roles() noexcept { return kRoles; }
std::span<const Word> corpora() noexcept { return kCorpora; }
std::span<const Word> voicings() noexcept { return kVoicings; }

std::span<const Word> patterns_of(Word role) noexcept {
  if (role == "bass") return kBass;
  if (role == "chords" || role == "pad" || role == "texture") return kChords;
  if (role == "arp" || role == "pluck") return kArpeggios;
  if (role == "lead" || role == "counter") return kLead;
  return {};
}

}  // namespace figment::compose
