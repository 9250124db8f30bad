#include "compose/wishes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "compose/band_part.h"
#include "compose/drums.h"
#include "compose/ensemble.h"
#include "compose/production.h"

namespace figment::compose {
namespace {

class Wisher {
 public:
  Wisher(const Style& style, const Brief& brief, const std::filesystem::path& data_dir)
      : brief_(brief), data_dir_(data_dir) {
    out_.style = std::make_shared<Style>(style);
    s_ = out_.style.get();
  }

  WishedStyle run() {
    also();
    for (const auto& w : brief_.without) exclude(w.value);
    exclude_presets();
    for (const auto& w : brief_.with) include(w.value);
    if (brief_.only) solo(brief_.only->value);
    if (brief_.ensemble) fit_ensemble(out_, brief_.ensemble->value.players);
    moods();
    for (const auto& p : brief_.production) produce(p.value, true);
    if (brief_.era) produce(brief_.era->value, false);
    if (s_->tracks.empty())
      throw Error(ErrorCode::InvalidArgument, "nothing is left to play: every part of the style was excluded",
                  "exclude fewer parts, or ask for an instrument");
    return out_;
  }

 private:
  void also() {
    for (const auto& name : brief_.also) {
      if (name.value == s_->id) continue;
      const auto other = load_style(data_dir_, name.value);
      // Whose chords? A style known for its harmony lends it; a rhythmic one lends its swing and melody instead.
      const bool harmonic = other->harmony.extensions >= s_->harmony.extensions || other->family == "jazz" ||
                            other->family == "classical";
      if (harmonic) {
        auto harmony = other->harmony;
        harmony.parallel_fifths = s_->harmony.parallel_fifths && harmony.parallel_fifths;
        s_->harmony = harmony;
        out_.remarks.push_back(fmt::format("the harmony is that of {}", other->title));
      }
      const double keep = s_->melody.density;
      s_->melody = other->melody;
      s_->melody.density = (keep + other->melody.density) / 2;
      s_->swing = (s_->swing + (other->swing_unit == s_->swing_unit ? other->swing : s_->swing)) / 2;
      if (!harmonic) out_.remarks.push_back(fmt::format("the melody leans to {}", other->title));
      // Its most typical sound joins the band.
      for (const auto& t : other->tracks) {
        if (t.role != "chords" && t.role != "lead" && t.role != "pluck") continue;
        if (std::any_of(s_->tracks.begin(), s_->tracks.end(), [&](const TrackTemplate& o) {
              return o.presets.empty() || (!t.presets.empty() && o.presets.front().value == t.presets.front().value);
            }))
          continue;
        TrackTemplate guest = t;
        guest.id = unique(other->id + "-" + t.id);
        guest.chance = 1;
        std::erase_if(guest.effects, [&](const song::Effect& e) { return !e.key.empty(); });
        s_->tracks.push_back(guest);
        break;
      }
    }
  }

  std::string unique(const std::string& id) const {
    std::string candidate = id;
    for (int n = 2;
         std::any_of(s_->tracks.begin(), s_->tracks.end(), [&](const TrackTemplate& t) { return t.id == candidate; });
         ++n)
      candidate = fmt::format("{}-{}", id, n);
    return candidate;
  }

  void exclude(const std::string& what) {
    if (what == "vocals") return;
    if (what == "drums") {
      std::erase_if(s_->tracks, [](const TrackTemplate& t) { return is_drum_role(t.role); });
      s_->grooves.clear();
      s_->fills.clear();
      std::erase(s_->transitions, "fill");
      std::erase(s_->transitions, "crash");
      return;
    }
    if (is_role(what)) {
      std::erase_if(s_->tracks, [&](const TrackTemplate& t) { return t.role == what; });
      for (auto& t : s_->tracks)
        if (t.role == "drums") out_.traits[t.id].push_back("no-" + what);
      if (what == "effects")
        std::erase_if(s_->transitions, [](const std::string& t) {
          return t != "fill" && t != "silence" && t != "stop" && t != "crash";
        });
      return;
    }
    // A kind of section: the forms go without it, as long as something is left of them.
    for (auto& f : s_->forms) {
      Form rest;
      for (const auto& section : f.value)
        if (section.kind != what) rest.push_back(section);
      if (!rest.empty()) f.value = rest;
    }
    // One drum of a kit.
    for (auto* grooves : {&s_->grooves, &s_->fills})
      for (auto& g : *grooves) std::erase_if(g.lines, [&](const auto& line) { return line.first == what; });
  }

  // Single instruments: their sounds go; a part without any other sound goes too.
  void exclude_presets() {
    if (brief_.without_presets.empty()) return;
    for (auto& t : s_->tracks)
      std::erase_if(t.presets, [&](const Weighted<std::string>& p) { return brief_.excludes_preset(p.value); });
    std::erase_if(s_->tracks, [](const TrackTemplate& t) { return t.presets.empty(); });
  }

  void include(PartWish wish) {
    if (wish.part == "vocals" || !is_role(wish.part)) return;
    for (const PartWish::Home& home : wish.home)
      if (!brief_.style && home.style == s_->id && !home.preset.empty()) wish.preset = home.preset;
    if (wish.part == "drums" &&
        std::none_of(s_->tracks.begin(), s_->tracks.end(), [](const TrackTemplate& t) { return t.role == "drums"; })) {
      // A kit for a style with a track per drum: all of them play it.
      bool any = false;
      for (auto& t : s_->tracks) {
        if (!is_drum_role(t.role)) continue;
        any = true;
        if (!wish.preset.empty()) t.presets = {{wish.preset, 1}};
        take(t, wish, false);
      }
      if (any) return;
    }
    // The first track of that role that was not yet asked for.
    TrackTemplate* place = nullptr;
    for (auto& t : s_->tracks)
      if (t.role == wish.part && std::find(out_.asked.begin(), out_.asked.end(), t.id) == out_.asked.end()) {
        const bool has = std::any_of(t.presets.begin(), t.presets.end(),
                                     [&](const Weighted<std::string>& p) { return p.value == wish.preset; });
        if (place == nullptr || has) place = &t;
        if (has) break;
      }
    if (place == nullptr) {
      TrackTemplate t = new_part(wish.part);
      // Where the role exists already, the new one plays it from beside.
      for (const auto& other : s_->tracks)
        if (other.role == wish.part) {
          t = other;
          t.pan = other.pan == 0 ? 0.3 : -other.pan;
          t.loudness = other.loudness - Decibels{2};
          break;
        }
      if (is_drum_role(wish.part))
        for (const auto& other : s_->tracks)
          if (is_drum_role(other.role) && !other.presets.empty()) t.presets = other.presets;
      t.id = unique(t.id);
      if (!wish.preset.empty()) t.presets = {{wish.preset, 1}};
      s_->tracks.push_back(t);
      place = &s_->tracks.back();
    }
    if (!wish.preset.empty() && !is_drum_role(wish.part)) {
      const bool changes = place->presets.size() != 1 || place->presets.front().value != wish.preset;
      place->presets = {{wish.preset, 1}};
      if (changes) {
        fit_range(place->part, wish.preset, data_dir_);
        const auto slash = wish.preset.find('/');
        std::string name =
            !wish.name.empty() ? wish.name : wish.preset.substr(slash == std::string::npos ? 0 : slash + 1);
        std::replace(name.begin(), name.end(), '-', ' ');
        if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
        place->name = name;
      }
    } else if (!wish.preset.empty()) {
      place->presets = {{wish.preset, 1}};
    }
    take(*place, wish, true);
  }

  // An asked part is there, can be heard in most sections, and plays as its traits say.
  void take(TrackTemplate& t, const PartWish& wish, bool everywhere) {
    out_.asked.push_back(t.id);
    t.chance = 1;
    if (everywhere) {
      t.lowest_energy = std::min(t.lowest_energy, 0.45);
      t.highest_energy = 1;
    }
    auto& traits = out_.traits[t.id];
    for (const auto& trait : wish.traits) {
      traits.push_back(trait);
      apply_trait(t, trait);
    }
  }

  static void add_effect(TrackTemplate& t, const std::string& type, std::map<std::string, double> parameters) {
    t.effects.push_back({type, std::move(parameters), {}});
  }

  void apply_trait(TrackTemplate& t, const std::string& trait) {
    auto& p = t.part;
    const bool bass = t.role == "bass";
    const bool chordal = t.role == "chords" || t.role == "pluck" || t.role == "pad" || t.role == "arp";
    if (trait == "sliding")
      p.slide = std::max(p.slide, 0.6), p.legato = std::max(p.legato, 1.0);
    else if (trait == "distorted")
      add_effect(t, "saturation", {{"drive_db", 18}, {"mix", 0.8}});
    else if (trait == "soft")
      p.humanize = std::min(1.0, p.humanize + 0.1), t.loudness = t.loudness - Decibels{1.5},
      add_effect(t, "eq", {{"high_shelf_db", -3}});
    else if (trait == "hard")
      add_effect(t, "saturation", {{"drive_db", 8}, {"mix", 0.6}});
    else if (trait == "dark")
      add_effect(t, "eq", {{"high_cut_hz", bass ? 3000.0 : 6500.0}});
    else if (trait == "bright")
      add_effect(t, "eq", {{"high_shelf_db", 3}});
    else if (trait == "fat")
      add_effect(t, "saturation", {{"drive_db", 6}, {"mix", 0.5}});
    else if (trait == "thin")
      add_effect(t, "eq", {{"low_cut_hz", 350}});
    else if (trait == "staccato" || trait == "tight")
      p.legato = std::min(p.legato, 0.4);
    else if (trait == "legato")
      p.legato = std::max(p.legato, 1.0);
    else if (trait == "sparse")
      p.density = std::min(p.density, 0.25);
    else if (trait == "busy" || trait == "rolling")
      p.density = std::max(p.density, 0.8);
    else if (trait == "walking" && bass)
      p.pattern = "walking", p.rhythms.clear();
    else if (trait == "octave" && bass)
      p.pattern = "octaves", p.rhythms.clear();
    else if (trait == "syncopated" && bass)
      p.pattern = "synco", p.rhythms.clear();
    else if (trait == "off-beat" && bass)
      p.pattern = "offbeat", p.rhythms.clear();
    else if (trait == "off-beat" && chordal)
      p.pattern = "offbeat", p.rhythms.clear();
    else if (trait == "arpeggiated" && chordal)
      p.pattern = "arpeggio", p.rhythms.clear();
    else if (trait == "strummed" && chordal)
      p.pattern = "strum", p.rhythms.clear();
    else if (trait == "fingerpicked" && chordal)
      p.pattern = "fingerpick", p.rhythms.clear();
    else if (trait == "tremolo" && chordal)
      p.pattern = "tremolo", p.rhythms.clear();
    else if (trait == "filtered")
      add_effect(t, "filter", {{"cutoff_hz", 1800}}), t.filter_sweep = true;
    else if (trait == "swelling")
      t.filter_sweep = true;
    else if ((trait == "low" || trait == "deep") && p.low >= 24 && p.high - p.low > 12)
      p.high -= 12;
    else if (trait == "high" && p.high - p.low > 12)
      p.low += std::min(12, p.high - p.low - 12);
    else if (trait == "detuned")
      add_effect(t, "chorus", {{"depth_ms", 3.5}, {"mix", 0.5}});
  }

  // `only` is one part, or several joined by '+'.
  void solo(const std::string& only) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= only.size();) {
      const auto to = std::min(only.find('+', from), only.size());
      if (to > from) parts.push_back(only.substr(from, to - from));
      from = to + 1;
    }
    const bool drums = std::find(parts.begin(), parts.end(), "drums") != parts.end();
    std::vector<TrackTemplate> kept;
    for (const auto& what : parts) {
      if (what == "drums") {
        for (const auto& t : s_->tracks)
          if (is_drum_role(t.role)) kept.push_back(t);
        continue;
      }
      // One track of a role is a solo; an asked one comes first.
      const TrackTemplate* best = nullptr;
      for (const auto& t : s_->tracks)
        if (t.role == what && (best == nullptr || (is_asked(t.id) && !is_asked(best->id)))) best = &t;
      if (best != nullptr) {
        kept.push_back(*best);
      } else if (is_role(what)) {
        TrackTemplate t = new_part(what);
        for (const auto& other : s_->tracks)  // the style's own kit
          if (is_drum_role(what) && is_drum_role(other.role) && !other.presets.empty()) t.presets = other.presets;
        kept.push_back(t);
      }
    }
    const std::string& what = only;
    if (kept.empty())
      throw Error(ErrorCode::InvalidArgument, fmt::format("no part of {} can play a solo of {}", s_->title, what),
                  "name an instrument such as piano, bass, drums or hi-hats");
    s_->tracks = kept;
    for (auto& t : s_->tracks) {
      t.chance = 1;
      t.lowest_energy = 0;
      t.highest_energy = 1;
      t.in.clear();
      t.out.clear();
      if (!drums && kept.size() == 1) {
        t.loudness = Decibels{-2};
        t.pan = 0;
      }
      std::erase_if(t.effects, [](const song::Effect& e) { return !e.key.empty(); });
      if (!is_asked(t.id)) out_.asked.push_back(t.id);
    }
    std::erase_if(s_->transitions, [&](const std::string& t) { return !drums || (t != "fill" && t != "crash"); });
    // A drum that plays alone needs something to play in every section.
    for (const auto& part : parts) {
      if (!is_drum_role(part)) continue;
      const auto has = [&](const Groove& g) {
        return std::any_of(g.lines.begin(), g.lines.end(),
                           [&](const auto& line) { return part == "drums" || drum_role(line.first) == part; });
      };
      std::vector<Groove> useful;
      for (const auto& g : s_->grooves)
        if (has(g)) useful.push_back(g);
      if (useful.empty()) useful = {fallback_groove(part)};
      s_->grooves = useful;
      std::erase_if(s_->fills, [&](const Groove& g) { return !has(g); });
    }
  }

  [[nodiscard]] bool is_asked(const std::string& id) const {
    return std::find(out_.asked.begin(), out_.asked.end(), id) != out_.asked.end();
  }

  static Groove fallback_groove(const std::string& role) {
    Groove g;
    g.name = "plain";
    const char* name = role == "kick"         ? "kick"
                       : role == "snare"      ? "snare"
                       : role == "percussion" ? "conga_high"
                                              : "hat_closed";
    const std::array<double, 16> kick{1, 0, 0, 0, 1, 0, 0, .2, 1, 0, 0, 0, 1, 0, .3, 0};
    const std::array<double, 16> snare{0, 0, 0, .2, 1, 0, 0, .3, 0, .2, 0, 0, 1, 0, 0, .3};
    const std::array<double, 16> hats{1, .4, 1, .6, 1, .4, 1, .6, 1, .4, 1, .6, 1, .5, 1, .7};
    const auto& steps = role == "kick" ? kick : role == "snare" ? snare : hats;
    for (const double p : steps) g.lines[name].push_back({p, p >= 1 ? 0.8 : 0.55, false});
    return g;
  }

  void moods() {
    for (auto& m : s_->modes) {
      const double sad = -1.4 * brief_.valence + 1.0 * brief_.darkness;
      m.weight *= std::exp((score::minor_third(m.value) ? 1 : -1) * std::clamp(sad, -2.0, 2.0));
      if (m.value == score::Mode::Phrygian || m.value == score::Mode::Locrian || m.value == score::Mode::HarmonicMinor)
        m.weight *= std::exp(0.8 * brief_.darkness);
      if (m.value == score::Mode::Lydian) m.weight *= std::exp(0.8 * brief_.valence - 0.8 * brief_.darkness);
    }
    if (brief_.mode_leaning) {
      double total = 0;
      for (const auto& m : s_->modes) total += m.weight;
      s_->modes.push_back({*brief_.mode_leaning, std::max(0.5, 0.8 * total)});
    }
    // Clearly sad or dark music of a style that knows major only, and the other way round.
    const bool all_major =
        std::none_of(s_->modes.begin(), s_->modes.end(), [](const auto& m) { return score::minor_third(m.value); });
    const bool all_minor =
        std::all_of(s_->modes.begin(), s_->modes.end(), [](const auto& m) { return score::minor_third(m.value); });
    double total = 0;
    for (const auto& m : s_->modes) total += m.weight;
    if (all_major && (brief_.valence < -0.3 || brief_.darkness > 0.4))
      s_->modes.push_back({score::Mode::Minor, 3 * std::max(0.1, total)});
    if (all_minor && brief_.valence > 0.5 && brief_.darkness < 0.3)
      s_->modes.push_back({score::Mode::Major, 1.5 * std::max(0.1, total)});

    const double tilt = std::clamp(-2.5 * brief_.darkness + 0.8 * brief_.valence, -3.0, 2.0);
    if (std::abs(tilt) > 0.4)
      for (auto& t : s_->tracks)
        if (!is_drum_role(t.role) && t.role != "bass" && t.role != "effects")
          t.effects.push_back({"eq", {{"high_shelf_hz", 5000}, {"high_shelf_db", std::round(10 * tilt) / 10}}, {}});
    // Calm music is played with fewer notes, agitated with more.
    const double busy = std::clamp(0.15 * brief_.arousal, -0.2, 0.2);
    s_->melody.density = std::clamp(s_->melody.density + busy, 0.05, 1.0);
  }

  void four_on_the_floor() {
    for (auto& g : s_->grooves) {
      if (g.lines.count("kick") == 0) continue;
      auto& kick = g.lines["kick"];
      const auto beat = static_cast<std::size_t>(std::max(1, g.steps_per_beat));
      for (std::size_t i = 0; i < kick.size(); ++i) kick[i] = i % beat == 0 ? GrooveStep{1, 1.0, false} : GrooveStep{};
    }
  }

  void produce(const std::string& word, bool say) {
    if (word == "fade-in" || word == "fade-out" || word == "loopable") return;  // the composer's and the document's
    if (word == "four-on-the-floor") return four_on_the_floor();
    const auto change = find_production(data_dir_, word);
    if (!change) {
      if (say)
        out_.remarks.push_back(fmt::format("“{}” is understood, but nothing in the mix answers to it yet", word));
      return;
    }
    apply_production(*change, *s_);
  }

  const Brief& brief_;
  const std::filesystem::path& data_dir_;
  WishedStyle out_;
  Style* s_ = nullptr;
};

}  // namespace

WishedStyle apply_wishes(const Style& style, const Brief& brief, const std::filesystem::path& data_dir) {
  return Wisher(style, brief, data_dir).run();
}

std::string choose_style(const Brief& brief, const std::filesystem::path& data_dir, const Random& random,
                         std::string& why) {
  if (brief.style) {
    why = "asked for";
    return brief.style->value;
  }
  const auto styles = list_styles(data_dir);
  if (styles.empty())
    throw Error(ErrorCode::NotFound, "no styles in " + (data_dir / "styles").string(),
                "reinstall, or set FIGMENT_DATA");
  // Moods, energy and tempo point to families; the seed picks among those that fit.
  struct Lean {
    const char* family;
    double valence, arousal, darkness;
  };
  static constexpr Lean kLeans[] = {
      {"pop", 0.5, 0.2, -0.3},      {"rock", 0.0, 0.6, 0.1},       {"hip-hop", -0.2, 0.0, 0.3},
      {"house", 0.5, 0.5, -0.2},    {"techno", -0.3, 0.6, 0.6},    {"trance", 0.5, 0.7, -0.1},
      {"bass", -0.2, 0.8, 0.5},     {"jazz", 0.2, -0.2, 0.0},      {"latin", 0.7, 0.5, -0.5},
      {"folk", 0.2, -0.4, -0.2},    {"classical", 0.0, -0.1, 0.1}, {"ambient", -0.1, -0.9, 0.2},
      {"electronic", 0.1, 0.2, 0.1}};
  // What the instruments are known from: a hi-hat solo is trap. The best home counts most.
  std::map<std::string, double> home;
  for (const auto& asked : brief.with)
    for (std::size_t rank = 0; rank < asked.value.home.size(); ++rank)
      home[asked.value.home[rank].style] += rank == 0 ? 1.0 : 0.25;
  const bool said =
      brief.valence != 0 || brief.arousal != 0 || brief.darkness != 0 || brief.energy || brief.tempo || !home.empty();
  std::vector<double> weights;
  for (const auto& s : styles) {
    double d = 0;
    for (const auto& l : kLeans) {
      if (s.family != l.family) continue;
      if (brief.valence != 0) d += std::abs(brief.valence - l.valence);
      if (brief.arousal != 0) d += 1.3 * std::abs(brief.arousal - l.arousal);
      if (brief.darkness != 0) d += std::abs(brief.darkness - l.darkness);
      if (brief.energy) d += 1.2 * std::abs(2 * brief.energy->value - 1 - l.arousal);
    }
    if (brief.tempo) d += 4 * std::abs(std::log2(brief.tempo->value.value / s.usual.value));
    double w = std::exp(-3 * d);
    // Who asks for nothing gets something everybody knows.
    if (!said) w = s.id == "pop" ? 1 : s.family == "pop" ? 0.4 : 0.02;
    // Alone, an instrument stands for its style; in a band it leans there.
    if (!home.empty()) w *= brief.only ? home[s.id] : 1 + 8 * home[s.id];
    weights.push_back(w);
  }
  Random own = random.fork("style");
  const auto& chosen = styles[own.weighted(weights)];
  why = home[chosen.id] > 0 ? "the instruments asked for are known from it"
        : said              ? "the nearest to the moods and the tempo asked for"
                            : "nothing was asked for";
  return chosen.id;
}

}  // namespace figment::compose
