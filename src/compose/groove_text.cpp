#include "compose/groove_text.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "score/score.h"

namespace figment::compose {
namespace {

constexpr std::size_t kMostSteps = 1024;

constexpr double kAccent = 1.0, kNormal = 0.8, kSoft = 0.55, kGhost = 0.32;

struct Drum {
  std::string_view name;
  std::uint8_t note;
  std::string_view role;
};

namespace d = score::drum;
// clang-format off
constexpr std::array kDrums{
    Drum{"kick", d::kick, "kick"},                  Drum{"kick2", d::kick2, "kick"},
    Drum{"snare", d::snare, "snare"},               Drum{"snare2", d::snare2, "snare"},
    Drum{"clap", d::clap, "snare"},                 Drum{"rim", d::rim, "snare"},
    Drum{"snap", d::snap, "snare"},
    Drum{"hat_closed", d::hat_closed, "hats"},      Drum{"hat_open", d::hat_open, "hats"},
    Drum{"hat_pedal", d::hat_pedal, "hats"},        Drum{"ride", d::ride, "hats"},
    Drum{"ride2", d::ride2, "hats"},                Drum{"ride_bell", d::ride_bell, "hats"},
    Drum{"crash", d::crash, "hats"},                Drum{"crash2", d::crash2, "hats"},
    Drum{"china", d::china, "hats"},                Drum{"splash", d::splash, "hats"},
    Drum{"tom_floor", d::tom_floor, "percussion"},  Drum{"tom_floor2", d::tom_floor2, "percussion"},
    Drum{"tom_low", d::tom_low, "percussion"},      Drum{"tom_mid", d::tom_mid, "percussion"},
    Drum{"tom_mid2", d::tom_mid2, "percussion"},    Drum{"tom_high", d::tom_high, "percussion"},
    Drum{"tambourine", d::tambourine, "percussion"}, Drum{"cowbell", d::cowbell, "percussion"},
    Drum{"vibraslap", d::vibraslap, "percussion"},  Drum{"bongo_high", d::bongo_high, "percussion"},
    Drum{"bongo_low", d::bongo_low, "percussion"},  Drum{"conga_mute", d::conga_mute, "percussion"},
    Drum{"conga_high", d::conga_high, "percussion"}, Drum{"conga_low", d::conga_low, "percussion"},
    Drum{"timbale_high", d::timbale_high, "percussion"}, Drum{"timbale_low", d::timbale_low, "percussion"},
    Drum{"agogo_high", d::agogo_high, "percussion"}, Drum{"agogo_low", d::agogo_low, "percussion"},
    Drum{"cabasa", d::cabasa, "percussion"},        Drum{"maracas", d::maracas, "percussion"},
    Drum{"guiro", d::guiro, "percussion"},          Drum{"claves", d::claves, "percussion"},
    Drum{"woodblock_high", d::woodblock_high, "percussion"}, Drum{"woodblock_low", d::woodblock_low, "percussion"},
    Drum{"triangle_mute", d::triangle_mute, "percussion"}, Drum{"triangle", d::triangle, "percussion"},
    Drum{"shaker", d::shaker, "percussion"},
};
// clang-format on

const Drum* find_drum(std::string_view name) noexcept {
  const auto* found = std::find_if(kDrums.begin(), kDrums.end(), [&](const Drum& drum) { return drum.name == name; });
  return found == kDrums.end() ? nullptr : &*found;
}

bool is_step(char c) {
  return c == '.' || c == 'X' || c == 'x' || c == 'o' || c == 'g' || c == 'r' || (c >= '1' && c <= '9');
}

GrooveStep step_of(char c) {
  switch (c) {
    case 'X':
      return {1, kAccent, false};
    case 'x':
      return {1, kNormal, false};
    case 'o':
      return {1, kSoft, false};
    case 'g':
      return {1, kGhost, false};
    case 'r':
      return {1, kNormal, true};
    case '.':
      return {};
    default:
      return {(c - '0') / 10.0, kNormal, false};
  }
}

}  // namespace

std::string without_separators(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '|') continue;
    if (!is_step(c)) {
      const std::string shown = c >= ' ' && c <= '~' ? std::string(1, c) : "a character beyond ASCII";
      throw Error(ErrorCode::InvalidArgument,
                  "wanted steps of . X x o g r 1 … 9, with spaces and | to part them, found " + shown + " in \"" +
                      std::string(text.substr(0, 60)) + "\"");
    }
    if (out.size() == kMostSteps)
      throw Error(ErrorCode::InvalidArgument, "wanted at most " + std::to_string(kMostSteps) + " steps, found more");
    out += c;
  }
  return out;
}

std::vector<GrooveStep> parse_groove_line(std::string_view text) {
  std::vector<GrooveStep> steps;
  for (const char c : without_separators(text)) steps.push_back(step_of(c));
  return steps;
}

std::string drum_names() {
  std::string out;
  for (const Drum& drum : kDrums) out += (out.empty() ? "" : " ") + std::string(drum.name);
  return out;
}

std::optional<std::uint8_t> drum_note(std::string_view name) noexcept {
  const Drum* drum = find_drum(name);
  return drum == nullptr ? std::nullopt : std::optional<std::uint8_t>(drum->note);
}

std::string_view drum_role(std::string_view name) noexcept {
  const Drum* drum = find_drum(name);
  return drum == nullptr ? std::string_view{} : drum->role;
}

}  // namespace figment::compose
