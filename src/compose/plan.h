// The skeleton that all part writers share: what is known of the song before any note is written.
//
// The composer fills it in this order, each stage reading only what stands before it:
//   1 choices    style, tempo, key, metre, swing                      (composer.cpp)
//   2 form       sections, members and the bars they play, transitions (form.h)
//   3 harmony    chords                                                (harmony.h)
//   4 theme      the motifs and the hook that lead, counter and arps develop (theme.h)
//   5 parts      one Score per member                                  (drums.h bass.h lead.h comping.h effects.h …)
//
// Part writers are pure: `Score write_…(const Plan&, const Member&)`. Chance comes from `plan.random.fork(member id)`,
// so changing one part never changes another. Notes are written straight, on the grid; `groove.h` applies swing and
// human timing afterwards, to all parts with the same swing, so that bass and kick stay locked.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "compose/chooser.h"
#include "compose/learned.h"
#include "compose/style.h"
#include "score/chord.h"
#include "score/score.h"
#include "song/song.h"

namespace figment::compose {

// One player of this song.
struct Member {
  const TrackTemplate* part = nullptr;   // from the style (or made from a wish of the brief); never null
  std::string id;                        // track id
  std::string preset;
  std::vector<double> activity;          // per bar: 0 silent … 1 full; part writers thin out below 1
  std::string joins;                     // the member on whose track its notes go: a pianist's other hand
  std::vector<std::string> traits;       // from the brief: "sliding", "dark", "soft" …
  [[nodiscard]] bool plays(int bar) const { return bar >= 0 && bar < static_cast<int>(activity.size()) && activity[static_cast<std::size_t>(bar)] > 0; }
};

// Something that leads from one section into the next.
struct Transition {
  std::string kind;      // as Style::transitions
  int bar = 0;           // 0-based bar in which it happens: the last bar before the section it leads to, except
                         // "impact", "crash", "downlifter": the first bar of that section
  Beats length{4};
};

// A short idea: onsets and scale-degree steps, the unit that melody is developed from.
struct MotifNote {
  Beats at{0};           // from the motif's start
  Beats length{1};
  int degree = 0;        // diatonic steps from the motif's anchor
  int alter = 0;         // semitones added (blue notes)
  double accent = 0.8;   // velocity
};
struct Motif {
  Beats length{4};
  std::vector<MotifNote> notes;
};
struct Theme {
  Motif hook;            // chorus / drop
  Motif verse;
  Motif contrast;        // bridge
};

struct Reference;                            // reference.h

struct Plan {
  std::shared_ptr<const Style> style;
  std::shared_ptr<const Learned> learned;
  std::shared_ptr<const Chooser> chooser;
  std::shared_ptr<const Reference> reference;   // a sound to go by; nullptr: none
  Random random{0};

  score::Key key;
  score::Metre metre;
  Bpm tempo{120};
  double swing = 0;                          // 0 … 1
  int swing_unit = 16;
  bool half_time = false;                    // the backbeat is felt at half the tempo …
  bool double_time = false;                  // … or at twice the tempo
  std::string ending;                        // "fade" "hit" "none" where the brief says so; else as the style is used to
  bool room_for_voice = false;               // a vocal was asked for: leads stay out of the verses' middle register

  int bars = 0;
  std::vector<song::Section> sections;       // cover 1 … bars without gaps
  std::vector<Member> members;
  std::vector<Transition> transitions;
  std::vector<score::ChordSpan> chords;      // cover the whole song without gaps
  Theme theme;

  [[nodiscard]] int bar_at(Beats when) const;                                                      // 0-based bar
  [[nodiscard]] Beats in_bar(Beats when) const;                                                    // since its bar began
  [[nodiscard]] score::Stress stress_at(Beats when) const;                                         // within its bar
  [[nodiscard]] Beats bar_start(int bar) const { return metre.bar() * static_cast<double>(bar); }  // 0-based bar
  [[nodiscard]] const song::Section& section_at(int bar) const;                                    // 0-based bar
  // Bars since the section began; 0 for its first.
  [[nodiscard]] int bar_in_section(int bar) const { return bar + 1 - section_at(bar).bar; }
  [[nodiscard]] bool last_bar_of_section(int bar) const { const auto& s = section_at(bar); return bar + 1 == s.bar + s.bars - 1; }
  [[nodiscard]] const Member* member(std::string_view role) const;   // first of that role, nullptr when there is none
};

}  // namespace figment::compose
