#include "compose/ensemble.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "compose/band_part.h"
#include "compose/drums.h"

namespace figment::compose {
namespace {

bool has(const std::vector<std::string>& list, const std::string& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

class Seating {
 public:
  Seating(WishedStyle& wished, int players) : wished_(wished), style_(*wished.style), players_(players) {}

  void run() {
    for (const auto& t : style_.tracks)
      if (has(wished_.asked, t.id) && played(t)) seat(t);
    // Two make music with chords and a tune; a kit and a bass come with the third.
    if (players_ > 2) {
      for (const auto& t : style_.tracks)
        if (is_drum_role(t.role) && seated_ < players_) seat(t);
      want({"bass"});
    }
    want({"chords", "pluck", "arp", "pad"});
    want({"lead"});
    want({"bass"});
    for (const char* role : {"counter", "pluck", "chords", "pad", "arp", "lead", "bass"})
      for (const auto& t : style_.tracks)
        if (t.role == role && seated_ < players_) seat(t);
    for (const char* role : {"counter", "pad", "pluck", "arp", "lead", "chords"}) {
      if (seated_ >= players_) break;
      TrackTemplate t = new_part(role);
      t.id = "guest-" + t.id;
      style_.tracks.push_back(t);
      seat(style_.tracks.back());
    }
    send_the_others_home();
    share_the_tune();
  }

 private:
  static bool played(const TrackTemplate& t) { return t.role != "texture" && t.role != "effects"; }

  void seat(const TrackTemplate& t) {
    if (has(ids_, t.id)) return;
    const bool drum = is_drum_role(t.role);
    ids_.push_back(t.id);
    if (drum && drums_) return;  // the same player
    if (drum) {
      drums_ = true;
      for (const auto& other : style_.tracks)
        if (is_drum_role(other.role)) seat_quietly(other.id);
    }
    ++seated_;
  }
  void seat_quietly(const std::string& id) {
    if (!has(ids_, id)) ids_.push_back(id);
  }

  // Somebody for one of these roles, unless one of them is there.
  void want(std::initializer_list<std::string_view> roles) {
    const auto fits = [&](const TrackTemplate& t) {
      return std::find(roles.begin(), roles.end(), t.role) != roles.end();
    };
    if (std::any_of(style_.tracks.begin(), style_.tracks.end(),
                    [&](const TrackTemplate& t) { return fits(t) && has(ids_, t.id); }))
      return;
    for (const std::string_view role : roles)
      for (const auto& t : style_.tracks)
        if (t.role == role && seated_ < players_) return seat(t);
  }

  void send_the_others_home() {
    std::erase_if(style_.tracks,
                  [&](const TrackTemplate& t) { return !has(ids_, t.id) && (played(t) || !has(wished_.asked, t.id)); });
    std::erase_if(style_.transitions,
                  [](const std::string& t) { return t != "fill" && t != "crash" && t != "silence" && t != "stop"; });
    for (auto& t : style_.tracks) {
      t.chance = 1;
      if (is_drum_role(t.role)) continue;
      t.lowest_energy = std::min(t.lowest_energy, 0.3);
      t.highest_energy = 1;
      t.out.clear();
      // Who waits for gaps in the tune may wait all song.
      const std::string& pattern = t.part.pattern;
      if (t.role == "counter" && pattern != "riff" && pattern != "ostinato" && pattern != "bells")
        t.part.pattern = "long";
    }
  }

  void share_the_tune() {
    const auto with_role = [&](std::initializer_list<std::string_view> roles) {
      return std::find_if(style_.tracks.begin(), style_.tracks.end(), [&](const TrackTemplate& t) {
        return std::find(roles.begin(), roles.end(), t.role) != roles.end();
      });
    };
    const auto player = with_role({"chords", "pluck", "arp"});
    if (player == style_.tracks.end() || with_role({"lead"}) != style_.tracks.end()) return;
    TrackTemplate tune = new_part("lead");
    tune.id = player->id + "-tune";
    tune.name = player->name;
    tune.part.low = 65;
    tune.part.high = 84;
    tune.part.legato = 0.9;
    if (player->part.low < 60) player->part.high = std::clamp(player->part.high, player->part.low + 12, 67);
    wished_.joins[tune.id] = player->id;
    style_.tracks.insert(player + 1, tune);
  }

  WishedStyle& wished_;
  Style& style_;
  int players_, seated_ = 0;
  bool drums_ = false;
  std::vector<std::string> ids_;
};

}  // namespace

void fit_ensemble(WishedStyle& wished, int players) { Seating(wished, players).run(); }

}  // namespace figment::compose
