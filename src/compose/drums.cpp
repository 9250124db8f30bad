#include "compose/drums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace figment::compose {
namespace {

namespace d = score::drum;

std::string_view role_of(DrumGroup group) {
  switch (group) {
    case DrumGroup::Kick:
      return "kick";
    case DrumGroup::Snare:
      return "snare";
    case DrumGroup::Hats:
      return "hats";
    case DrumGroup::Percussion:
      return "percussion";
  }
  return "percussion";
}

// A word that a track's id may contain to claim a drum for itself.
std::string_view claim_word(std::uint8_t note) {
  switch (note) {
    case d::clap:
      return "clap";
    case d::snap:
      return "snap";
    case d::rim:
      return "rim";
    case d::hat_open:
      return "open";
    case d::ride:
    case d::ride2:
    case d::ride_bell:
      return "ride";
    case d::crash:
    case d::crash2:
    case d::china:
    case d::splash:
      return "crash";
    case d::shaker:
    case d::cabasa:
    case d::maracas:
      return "shaker";
    case d::tambourine:
      return "tamb";
    case d::conga_high:
    case d::conga_low:
    case d::conga_mute:
      return "conga";
    case d::bongo_high:
    case d::bongo_low:
      return "bongo";
    case d::cowbell:
      return "cowbell";
    case d::claves:
      return "clave";
    case d::woodblock_high:
    case d::woodblock_low:
      return "wood";
    case d::guiro:
      return "guiro";
    case d::timbale_high:
    case d::timbale_low:
      return "timbal";
    case d::agogo_high:
    case d::agogo_low:
      return "agogo";
    case d::tom_floor:
    case d::tom_floor2:
    case d::tom_low:
    case d::tom_mid:
    case d::tom_mid2:
    case d::tom_high:
      return "tom";
    default:
      return "";
  }
}

bool is_tom(std::uint8_t note) { return claim_word(note) == "tom"; }

bool claims(const Member& m, std::uint8_t note) {
  const auto word = claim_word(note);
  return !word.empty() && m.id.find(word) != std::string::npos;
}

// Named after a drum: it plays this drum only.
bool is_special(const Member& m) {
  static constexpr std::array<const char*, 14> kWords{"clap", "snap",    "rim",   "open", "ride",  "crash",  "shaker",
                                                      "tamb", "cowbell", "clave", "wood", "guiro", "timbal", "agogo"};
  return std::any_of(kWords.begin(), kWords.end(), [&](const char* w) { return m.id.find(w) != std::string::npos; });
}

// Who plays a drum; nullptr when nobody does.
const Member* player(const Plan& plan, DrumGroup group, std::uint8_t note) {
  const auto of_role = [&](std::string_view role) -> const Member* {
    const Member* plain = nullptr;
    const Member* any = nullptr;
    for (const auto& m : plan.members) {
      if (m.part->role != role) continue;
      if (claims(m, note)) return &m;
      if (any == nullptr) any = &m;
      if (plain == nullptr && !is_special(m)) plain = &m;
    }
    return plain != nullptr ? plain : any;
  };
  if (const auto* m = of_role(role_of(group))) return m;
  if (const auto* m = of_role("drums")) return m;
  if (is_tom(note)) return of_role("snare");
  if (note == d::crash)  // the start of a section is heard somewhere
    for (const char* role : {"percussion", "snare"})
      if (const auto* m = of_role(role)) return m;
  return nullptr;
}

bool audible(const DrumHit& hit, double in_bar, double activity) {
  if (activity <= 0) return false;
  if (activity >= 0.99 || hit.fill) return true;
  if (hit.ornament) return activity >= 0.9;
  const double in_beat = in_bar - std::floor(in_bar + 1e-6);
  const bool on_beat = std::abs(in_beat) < 0.02, eighth = std::abs(in_beat - 0.5) < 0.02;
  if (on_beat) return true;
  if (hit.group == DrumGroup::Kick || hit.group == DrumGroup::Snare)
    return activity >= 0.5 || (eighth && activity >= 0.3);
  if (eighth) return activity >= 0.5;
  return activity >= 0.8;
}

}  // namespace

bool is_drum_role(std::string_view role) noexcept {
  return role == "kick" || role == "snare" || role == "hats" || role == "percussion" || role == "drums";
}

score::Score write_drums(const Plan& plan, const Member& member, const std::vector<DrumHit>& hits) {
  score::Score out;
  out.name = member.part->name;
  out.percussion = true;
  std::array<const Member*, 128> players{};
  std::array<bool, 128> known{};
  std::set<std::string> without(member.traits.begin(), member.traits.end());
  const bool may_bend = member.part->role == "hats";
  double bend = 0;
  const double bar_length = plan.metre.bar().value;
  for (const auto& hit : hits) {
    const auto index = static_cast<std::size_t>(hit.note);
    if (!known[index]) known[index] = true, players[index] = player(plan, hit.group, hit.note);
    if (players[index] != &member) continue;
    if (!without.empty() && without.count("no-" + std::string(role_of(hit.group))) > 0) continue;
    const int bar = std::clamp(static_cast<int>(std::floor(hit.at.value / bar_length + 1e-9)), 0, plan.bars - 1);
    double activity = member.activity[static_cast<std::size_t>(bar)];
    // A crash may end what stops playing.
    if (activity <= 0 && hit.note == d::crash && bar > 0) activity = member.activity[static_cast<std::size_t>(bar) - 1];
    if (!audible(hit, hit.at.value - bar * bar_length, activity)) continue;
    if (may_bend && hit.bend != bend) {
      bend = hit.bend;
      out.controls.push_back({hit.at, score::Controller::Bend, static_cast<float>(bend)});
    }
    score::Note n;
    n.start = hit.at;
    n.length = hit.length;
    n.pitch = hit.note;
    n.velocity = static_cast<float>(std::clamp(hit.velocity, 0.05, 1.0));
    out.notes.push_back(n);
  }
  if (bend != 0) out.controls.push_back({out.notes.back().end(), score::Controller::Bend, 0});
  return out;
}

score::Score write_drums(const Plan& plan, const Member& member) { return write_drums(plan, member, play_drums(plan)); }

}  // namespace figment::compose
