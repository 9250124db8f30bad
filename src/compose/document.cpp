#include "compose/document.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "compose/arrangement.h"
#include "compose/drums.h"
#include "compose/form.h"

namespace figment::compose {
namespace {

Lufs loudness_target(const Brief& brief) {
  if (!brief.loudness) return Lufs{-14};
  const std::string& word = brief.loudness->value;
  if (word == "club") return Lufs{-8};
  if (word == "podcast") return Lufs{-16};
  if (word == "streaming" || word.empty()) return Lufs{-14};
  char* end = nullptr;
  double number = std::strtod(word.c_str(), &end);
  if (end == word.c_str() || !std::isfinite(number)) return Lufs{-14};
  if (number > 0) number = -number;
  return Lufs{std::clamp(number, -30.0, -5.0)};
}

class Writer {
 public:
  Writer(const Plan& plan, const Brief& brief, const std::map<std::string, score::Score>& scores)
      : plan_(plan), scores_(scores) {
    for (const auto& p : brief.production) fade_in_ = fade_in_ || p.value == "fade-in";
  }

  void tracks(song::Song& song) {
    for (const auto& bus : plan_.style->mix.buses) song.buses.push_back(bus);
    for (const auto& m : plan_.members) {
      const auto found = scores_.find(m.id);
      if (found == scores_.end() || found->second.notes.empty()) continue;
      song.tracks.push_back(track(m, song));
    }
    // Keys name tracks of this song; a ducker without its key would do nothing.
    for (auto& t : song.tracks) {
      std::size_t index = 0;
      for (auto e = t.effects.begin(); e != t.effects.end();) {
        bool drop = false;
        if (!e->key.empty() && song.track(e->key) == nullptr) {
          // A kit on one track stands in for its kick.
          const bool kit = e->key == "kick" && song.track("drums") != nullptr;
          if (kit)
            e->key = "drums";
          else
            drop = true;
        }
        if (e->key == t.id) drop = true;
        if (drop) {
          e = t.effects.erase(e);
          shift_automation(t, index);
        } else {
          ++e;
          ++index;
        }
      }
    }
  }

 private:
  static void shift_automation(song::Track& t, std::size_t removed) {
    for (auto& a : t.automation) {
      const auto dot = a.target.find('.');
      if (dot == std::string::npos || a.target.empty() || std::isdigit(static_cast<unsigned char>(a.target[0])) == 0)
        continue;
      const auto index = static_cast<std::size_t>(std::atoi(a.target.c_str()));
      if (index > removed) a.target = std::to_string(index - 1) + a.target.substr(dot);
    }
  }

  song::Track track(const Member& m, const song::Song& song) {
    song::Track t;
    t.id = m.id;
    t.name = m.part->name;
    t.role = m.part->role;
    t.instrument = m.preset;
    t.midi = "midi/" + m.id + ".mid";
    t.loudness = m.part->loudness;
    t.pan = m.part->pan;
    t.effects = m.part->effects;
    for (const auto& s : m.part->sends)
      if (std::any_of(song.buses.begin(), song.buses.end(), [&](const song::Bus& b) { return b.id == s.to; }))
        t.sends.push_back(s);
    if (plan_.room_for_voice && (t.role == "lead" || t.role == "counter")) t.loudness = t.loudness - Decibels{2};
    if (m.part->filter_sweep) sweep(m, t);
    throws(m, t);
    levels(m, t);
    return t;
  }

  // A low-pass that opens through the intro and every build, and closes a little in breakdowns.
  void sweep(const Member& m, song::Track& t) {
    std::vector<song::AutomationPoint> points;
    constexpr double kOpen = 18000;
    const auto add = [&](double at, double value) {
      if (!points.empty() && at <= points.back().at.value) at = points.back().at.value + 0.01;
      points.push_back({Beats{at}, value});
    };
    for (std::size_t i = 0; i < plan_.sections.size(); ++i) {
      const auto& s = plan_.sections[i];
      const double from = plan_.bar_start(s.bar - 1).value, to = plan_.bar_start(s.bar - 1 + s.bars).value;
      bool plays = false;
      for (int b = s.bar - 1; b < s.bar - 1 + s.bars; ++b) plays = plays || m.plays(b);
      const bool rises = (s.kind == "intro" || s.kind == "build") && i + 1 < plan_.sections.size();
      if (!plays || (!rises && s.kind != "breakdown" && s.kind != "outro")) continue;
      if (points.empty() && from > 0) add(0, kOpen);
      if (from > 0) add(from, points.empty() ? kOpen : points.back().value);
      const double low = s.kind == "intro" ? 700 : s.kind == "build" ? 500 : 1500;
      if (rises || s.kind == "breakdown") {
        add(from + 0.02, low);
        // Ears hear octaves: the line through the middle is bent to rise evenly in pitch.
        for (int k = 1; k < 8; ++k) add(from + (to - from) * k / 8, low * std::pow(kOpen / low, k / 8.0));
        add(to, kOpen);
      } else {  // an outro closes
        for (int k = 1; k <= 8; ++k) add(from + (to - from) * k / 8, kOpen * std::pow(900 / kOpen, k / 8.0));
      }
    }
    if (points.empty()) return;
    t.effects.push_back({"filter", {{"cutoff_hz", points.front().value}, {"mode", 0}}, {}});
    t.automation.push_back({std::to_string(t.effects.size() - 1) + ".cutoff_hz", points});
  }

  // The last notes of a section's melody are thrown into the delay; the last beat before a drop into the reverb.
  void throws(const Member& m, song::Track& t) {
    const bool melodic = t.role == "lead" || t.role == "counter" || t.role == "pluck";
    const bool rattles = t.role == "snare";
    if (!melodic && !rattles) return;
    for (const auto& send : t.sends) {
      if ((send.to == "delay") != melodic || (send.to != "delay" && send.to != "reverb")) continue;
      std::vector<song::AutomationPoint> points;
      const double base = send.level.value, high = std::min(-4.0, base + 9);
      if (high <= base + 1) continue;
      for (std::size_t i = 0; i + 1 < plan_.sections.size(); ++i) {
        const auto& s = plan_.sections[i];
        const int last = s.bar - 2 + s.bars;
        if (!m.plays(last)) continue;
        if (rattles && plan_.sections[i + 1].energy < s.energy + 0.1 && !is_peak_kind(plan_.sections[i + 1].kind))
          continue;
        const double end = plan_.bar_start(last + 1).value;
        const double from = std::max(end - (melodic ? 2.0 : 1.0), points.empty() ? 0.0 : points.back().at.value + 0.1);
        if (from + 0.2 >= end) continue;
        points.push_back({Beats{from}, base});
        points.push_back({Beats{from + 0.1}, high});
        points.push_back({Beats{end - 0.05}, high});
        points.push_back({Beats{end}, base});
      }
      if (!points.empty()) t.automation.push_back({"send." + send.to, points});
    }
  }

  using Curve = std::vector<song::AutomationPoint>;

  // The fader: as a mixer rides it through the song, with the fades on top.
  void levels(const Member& m, song::Track& t) const {
    Curve curve = rides(m);
    if (const Curve fades = fade(ending_of(plan_) == Ending::Fade); !fades.empty())
      curve = curve.empty() ? fades : sum(curve, fades);
    if (!curve.empty()) t.automation.push_back({"gain_db", curve});
  }

  // Fewer players make a section softer, but a mix that is as loud as it gets in every bar has nothing left for the
  // chorus: calm sections are held back by some decibels, a build rises, the summit has it all.
  [[nodiscard]] Curve rides(const Member& m) const {
    if (plan_.sections.size() < 2 || m.part->role == "effects") return {};
    double summit = 0;
    for (const auto& s : plan_.sections) summit = std::max(summit, s.energy);
    const auto level = [&](const song::Section& s) { return -std::min(4.0, 5.5 * (summit - s.energy)); };
    Curve points;
    const double beat = std::min(1.0, plan_.metre.bar().value / 4);  // the ramps fit into the shortest bar
    for (std::size_t i = 0; i < plan_.sections.size(); ++i) {
      const auto& s = plan_.sections[i];
      const double from = plan_.bar_start(s.bar - 1).value, to = plan_.bar_start(s.bar - 1 + s.bars).value;
      const bool rises = (s.kind == "build" || s.kind == "pre-chorus") && i + 1 < plan_.sections.size();
      // A build of rolls and risers is loud by itself: what it leads to must still be louder.
      const double under = s.kind == "build" ? 1.2 : 0.0;
      const double start = level(s) - under - (rises ? 1.3 : 0.0), end = level(s) - under;
      const double before = points.empty() ? start : points.back().value;
      // Up at once, a sixteenth before the one; down while the last notes still ring.
      const double reached = from + (start < before ? beat : 0.0);
      if (!points.empty()) points.push_back({Beats{start < before ? from : from - beat / 4}, before});
      points.push_back({Beats{points.empty() ? 0.0 : reached}, start});
      // The point before the next section's is that section's to write.
      if (rises) points.push_back({Beats{to - beat / 2}, end});
    }
    return points;
  }

  [[nodiscard]] static double value_at(const Curve& curve, double at) {
    if (at <= curve.front().at.value) return curve.front().value;
    for (std::size_t i = 1; i < curve.size(); ++i) {
      const auto &a = curve[i - 1], &b = curve[i];
      if (at > b.at.value) continue;
      const double span = b.at.value - a.at.value;
      return span <= 0 ? b.value : a.value + (b.value - a.value) * (at - a.at.value) / span;
    }
    return curve.back().value;
  }

  // Of two broken lines, exact at the corners of both.
  [[nodiscard]] static Curve sum(const Curve& a, const Curve& b) {
    std::vector<double> corners;
    for (const auto* c : {&a, &b})
      for (const auto& p : *c) corners.push_back(p.at.value);
    std::sort(corners.begin(), corners.end());
    corners.erase(std::unique(corners.begin(), corners.end(), [](double x, double y) { return y - x < 1e-6; }),
                  corners.end());
    Curve out;
    for (const double at : corners) out.push_back({Beats{at}, value_at(a, at) + value_at(b, at)});
    return out;
  }

  [[nodiscard]] Curve fade(bool out) const {
    Curve points;
    const double end = plan_.bar_start(plan_.bars).value;
    double from = end;
    if (out) {
      const auto& s = plan_.sections.back();
      // Half of an outro; where there is none the last two bars; never so long that a short song is mostly its end.
      const int most = plan_.bars < 64 ? 4 : 8;
      const int bars = s.kind == "outro" ? std::clamp(s.bars / 2, 2, most) : 2;
      from = plan_.bar_start(plan_.bars - std::min(s.bars, bars)).value;
    }
    if (fade_in_) {
      const double to = std::min(from / 2, plan_.bar_start(std::min(plan_.bars, 4)).value);
      points = {{Beats{0}, -30}, {Beats{0.3 * to}, -12}, {Beats{0.6 * to}, -4}, {Beats{to}, 0}};
    }
    if (out) {
      points.push_back({Beats{from}, 0});
      points.push_back({Beats{from + 0.5 * (end - from)}, -5});
      points.push_back({Beats{from + 0.8 * (end - from)}, -14});
      points.push_back({Beats{end}, -36});
    }
    return points;
  }

  const Plan& plan_;
  const std::map<std::string, score::Score>& scores_;
  bool fade_in_ = false;
};

}  // namespace

song::Song write_document(const Plan& plan, const Brief& brief, const std::map<std::string, score::Score>& scores) {
  song::Song song;
  song.prompt = brief.prompt;
  song.style = plan.style->id;
  song.composer = "builtin 1";
  song.tempo = {{Beats{0}, plan.tempo}};
  song.metre = plan.metre;
  song.key = plan.key;
  song.bars = plan.bars;
  song.sections = plan.sections;
  song.chords = plan.chords;
  Writer(plan, brief, scores).tracks(song);
  song.master.target = loudness_target(brief);
  song.master.balance = plan.style->mix.balance;
  song.master.punch = plan.style->mix.punch;
  song.master.width = plan.style->mix.width;
  song.master.warmth = plan.style->mix.warmth;
  return song;
}

}  // namespace figment::compose
