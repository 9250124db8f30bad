#include "compose/composer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "compose/arrangement.h"
#include "compose/bass.h"
#include "compose/comping.h"
#include "compose/document.h"
#include "compose/drums.h"
#include "compose/effects.h"
#include "compose/form.h"
#include "compose/groove.h"
#include "compose/harmony.h"
#include "compose/lead.h"
#include "compose/plan.h"
#include "compose/theme.h"
#include "compose/title.h"
#include "compose/wishes.h"

namespace figment::compose {
namespace {

bool said(const Brief& brief, std::string_view production) {
  return std::any_of(brief.production.begin(), brief.production.end(),
                     [&](const Asked<std::string>& p) { return p.value == production; });
}

class Composer {
 public:
  Composer(const Brief& brief, std::uint64_t seed, const std::filesystem::path& data_dir, std::shared_ptr<const Reference> reference)
      : brief_(brief), seed_(seed), data_dir_(data_dir), random_(seed) {
    plan_.reference = std::move(reference);
  }

  Composition run() {
    plan_.random = random_;
    plan_.learned = load_learned(data_dir_ / "data");
    plan_.chooser = std::make_shared<LearnedChooser>();
    choose_style_and_wishes();
    choose_metre();
    choose_tempo();
    choose_key();
    plan_.swing = brief_.swing ? brief_.swing->value : plan_.style->swing;
    plan_.swing_unit = plan_.style->swing_unit == 8 ? 8 : 16;
    choose_feel();
    plan_.room_for_voice = brief_.vocals && !brief_.vocals->value.empty();
    if (said(brief_, "fade-out")) plan_.ending = "fade";
    if (said(brief_, "loopable")) plan_.ending = "none";
    form();
    members();
    arrange(plan_);
    effect_members();
    const bool given = plan_.reference && !plan_.reference->chords.empty() && plan_.reference->bars > 0;
    plan_.chords = given ? chords_like(plan_) : std::vector<score::ChordSpan>{};
    if (plan_.chords.empty()) plan_.chords = write_harmony(plan_);
    else say_chords();
    plan_.theme = write_theme(plan_);
    if (plan_.reference)
      if (Motif hook = hook_like(plan_); !hook.notes.empty()) plan_.theme.hook = std::move(hook);
    parts();
    document();
    return std::move(out_);
  }

 private:
  void chose(const std::string& line) { out_.chosen.push_back(line); }

  void choose_style_and_wishes() {
    std::string why;
    Brief wanted = brief_;
    if (!wanted.tempo && plan_.reference && plan_.reference->tempo) wanted.tempo = Asked<Bpm>{*plan_.reference->tempo, {}};
    const std::string id = choose_style(wanted, data_dir_, random_, why);
    const auto style = load_style(data_dir_, id);
    wished_ = apply_wishes(*style, brief_, data_dir_);
    plan_.style = wished_.style;
    // One seed shall not give every style the same key and title.
    random_ = random_.fork(style->id);
    plan_.random = random_;
    if (!brief_.style) chose(fmt::format("style {}: {}", style->title, why));
    for (const auto& r : wished_.remarks) out_.remarks.push_back(r);
  }

  void choose_tempo() {
    const Style& s = *plan_.style;
    plan_.half_time = s.half_time;
    if (brief_.half_time) plan_.half_time = true;
    if (brief_.double_time) {
      plan_.double_time = !s.half_time;
      plan_.half_time = false;
    }
    if (brief_.tempo) {
      plan_.tempo = brief_.tempo->value;
      // A half-time style at what is already the felt tempo plays its backbeat straight.
      if (s.half_time && !brief_.half_time && plan_.tempo.value < 0.62 * s.usual.value) plan_.half_time = false;
      return;
    }
    if (plan_.reference && plan_.reference->tempo) {
      // Half of what the style calls a tempo: the same music, counted twice as fast.
      const double heard = plan_.reference->tempo->value;
      if (heard < s.slowest.value && 2 * heard >= s.slowest.value && 2 * heard <= s.fastest.value)
        plan_.reference = std::make_shared<Reference>(counted_double(*plan_.reference));
      plan_.tempo = *plan_.reference->tempo;
      chose(fmt::format("tempo {:g} bpm: {}{}", plan_.tempo.value, like(), plan_.tempo.value != heard ? ", counted twice as fast as the style does" : ""));
      return;
    }
    double lean = std::clamp(brief_.arousal, -1.0, 1.0) * 0.5;
    if (brief_.energy) lean += 0.6 * (brief_.energy->value - 0.5);
    Random own = random_.fork("tempo");
    const double room = lean < 0 ? s.usual.value - s.slowest.value : s.fastest.value - s.usual.value;
    const double spread = (s.fastest.value - s.slowest.value) / 8;
    const double t = s.usual.value + lean * room + spread * std::clamp(own.normal(), -1.5, 1.5);
    plan_.tempo = in_time(Bpm{std::round(std::clamp(t, s.slowest.value, s.fastest.value))});
    chose(fmt::format("tempo {:.0f} bpm: within the style's {:.0f} to {:.0f}{}", plan_.tempo.value, s.slowest.value,
                      s.fastest.value, std::abs(lean) > 0.1 ? ", leaning to the mood" : ""));
  }

  // Where a length in time was asked for and the tempo is ours to choose: the nearest tempo, in halves and at most 3 %
  // away, at which whole bars, best whole phrases, last that long.
  [[nodiscard]] Bpm in_time(Bpm drawn) const {
    if (!brief_.length || brief_.bars) return drawn;
    const double seconds = brief_.length->value.value, beats = plan_.metre.bar().value;
    Bpm best = drawn;
    double best_cost = 1e9;
    const int reach = static_cast<int>(std::floor(0.03 * drawn.value / 0.5));
    for (int k = -reach; k <= reach; ++k) {
      const double tempo = drawn.value + 0.5 * k, bar = beats * 60.0 / tempo;
      const auto bars = std::max(1L, std::lround(seconds / bar));
      if (std::abs(static_cast<double>(bars) * bar - seconds) > 0.05) continue;
      const double odd = bars % 8 == 0 ? 0 : bars % 4 == 0 ? 2 : bars % 2 == 0 ? 5 : 8;
      if (const double cost = std::abs(k) + odd; cost < best_cost) best_cost = cost, best = Bpm{tempo};
    }
    return best;
  }

  void choose_metre() {
    if (brief_.metre) {
      plan_.metre = brief_.metre->value;
      return;
    }
    if (plan_.reference && plan_.reference->metre) {
      plan_.metre = *plan_.reference->metre;
      chose(fmt::format("metre {}: {}", plan_.metre.text(), like()));
      return;
    }
    if (plan_.style->metres.empty()) return;
    std::vector<double> weights;
    for (const auto& m : plan_.style->metres) weights.push_back(m.weight);
    Random own = random_.fork("metre");
    plan_.metre = plan_.style->metres[plan_.chooser->choose("form.metre", weights, own)].value;
    if (!(plan_.metre == score::Metre{4, 4})) chose(fmt::format("metre {}: usual in the style", plan_.metre.text()));
  }

  void choose_key() {
    if (plan_.reference && plan_.reference->key && !(brief_.tonic && brief_.mode)) {
      plan_.key = key_like(*plan_.reference, brief_);
      chose(fmt::format("key {}: {}", plan_.key.text(), like()));
      return;
    }
    Random own = random_.fork("key");
    const int tonic = own.integer(0, 11);
    plan_.key.tonic = brief_.tonic ? brief_.tonic->value : tonic;
    if (brief_.mode) {
      plan_.key.mode = brief_.mode->value;
    } else if (!plan_.style->modes.empty()) {
      std::vector<double> weights;
      for (const auto& m : plan_.style->modes) weights.push_back(m.weight);
      plan_.key.mode = plan_.style->modes[plan_.chooser->choose("harmony.mode", weights, own)].value;
    }
    if (!brief_.tonic || !brief_.mode) {
      const bool moody = brief_.valence != 0 || brief_.darkness != 0;
      chose(fmt::format("key {}: {}{}", plan_.key.text(),
                        brief_.mode ? "the mode was asked for"
                        : moody     ? "the style's modes, weighed by the mood"
                                    : "one of the style's modes",
                        brief_.tonic ? "" : "; the tonic by chance"));
    }
  }

  [[nodiscard]] std::string like() const { return "as in " + plan_.reference->name; }

  void choose_feel() {
    if (!plan_.reference) return;
    if (!(plan_.reference->metre && *plan_.reference->metre == plan_.metre)) {
      // Bars of another length: nothing that is counted in bars can be used.
      auto own = std::make_shared<Reference>(*plan_.reference);
      if (own->bars > 0) out_.remarks.push_back(fmt::format("{} is not in {}: its chords, groove, form and tune are not used", own->name, plan_.metre.text()));
      own->bars = 0;
      own->groove.reset();
      own->parts.clear();
      own->chords.clear();
      own->tune.clear();
      plan_.reference = own;
    }
    if (!brief_.swing && plan_.reference->swing_unit != 0) {
      plan_.swing = plan_.reference->swing;
      plan_.swing_unit = plan_.reference->swing_unit;
      chose(fmt::format("swing {:.0f} % of {}: {}", 100 * plan_.swing, plan_.swing_unit == 8 ? "eighths" : "sixteenths", like()));
    }
    if (plan_.reference->groove && !brief_.half_time && !brief_.double_time) {
      plan_.style = with_grooves_of(plan_.style, *plan_.reference);
      // The pattern is as it was heard: neither stretched nor pressed.
      plan_.half_time = plan_.style->half_time;
      plan_.double_time = false;
      chose("drums: the pattern " + like());
    }
  }

  void say_chords() {
    std::string names, last;
    int count = 0;
    for (const auto& span : plan_.chords) {
      const std::string name = span.chord.text(plan_.key.prefers_flats());
      if (name == last) continue;
      last = name;
      if (++count > 12) break;
      names += (names.empty() ? "" : " ") + name;
    }
    chose("chords " + names + (count > 12 ? " …" : "") + ": " + like());
  }

  // The reference's own form, where the brief leaves it open.
  [[nodiscard]] bool form_like() {
    if (!plan_.reference || plan_.reference->parts.empty() || !brief_.structure.empty() || brief_.only) return false;
    const auto kinds = kinds_of(*plan_.reference, *plan_.style);
    Form form;
    for (std::size_t i = 0; i < kinds.size(); ++i) form.push_back({kinds[i], plan_.reference->parts[i].bars, plan_.reference->parts[i].energy});
    auto own = std::make_shared<Style>(*plan_.style);
    own->forms = {{form, 1}};
    plan_.style = own;
    return true;
  }

  void form() {
    const Seconds bar{plan_.metre.bar().value * 60.0 / plan_.tempo.value};
    const bool alike = form_like();
    if (alike && !brief_.length && !brief_.bars) {
      Brief literal = brief_;
      const Form& form = plan_.style->forms.front().value;
      for (const FormSection& s : form) literal.structure.push_back({SectionWish{s.kind, {}, s.bars, {}}, {}});
      literal.whole_structure = true;
      plan_.sections = write_form(*plan_.style, literal, bar, *plan_.chooser, random_);
      for (std::size_t i = 0; i < std::min(form.size(), plan_.sections.size()); ++i) plan_.sections[i].energy = form[i].energy;
    } else {
      plan_.sections = write_form(*plan_.style, brief_, bar, *plan_.chooser, random_);
    }
    plan_.bars = plan_.sections.back().bar - 1 + plan_.sections.back().bars;
    std::string names;
    for (const auto& s : plan_.sections) names += fmt::format("{}{} {}", names.empty() ? "" : ", ", s.name, s.bars);
    const double seconds = plan_.bars * bar.value;
    if (plan_.sections.size() > 16) names = fmt::format("{} sections", plan_.sections.size());
    chose(fmt::format("form {} ({} bars, {}:{:02d}){}", names, plan_.bars, static_cast<int>(seconds) / 60,
                      static_cast<int>(std::lround(seconds)) % 60, alike ? ": " + like() : ""));
  }

  std::string choose_preset(const TrackTemplate& t) {
    if (t.presets.empty()) return {};
    std::vector<double> weights;
    for (const auto& p : t.presets) weights.push_back(p.weight);
    Random own = random_.fork("preset/" + t.id);
    return t.presets[plan_.chooser->choose("band.preset", weights, own)].value;
  }

  void add_member(const TrackTemplate& t) {
    Member m;
    m.part = &t;
    m.id = t.id;
    m.preset = choose_preset(t);
    if (const auto joins = wished_.joins.find(t.id); joins != wished_.joins.end()) {
      m.joins = joins->second;
      for (const auto& other : plan_.members)
        if (other.id == m.joins) m.preset = other.preset;
    }
    if (const auto traits = wished_.traits.find(t.id); traits != wished_.traits.end()) m.traits = traits->second;
    plan_.members.push_back(m);
  }

  void members() {
    const Style& s = *plan_.style;
    std::vector<const TrackTemplate*> left;
    for (const auto& t : s.tracks) {
      if (t.role == "vocals" || t.role == "effects") continue;
      if (random_.fork("member/" + t.id).uniform() < t.chance)
        add_member(t);
      else
        left.push_back(&t);
    }
    // Chance never leaves a song without its ground: something low, something with chords.
    for (const char* role : {"bass", "chords"}) {
      const bool has = std::any_of(plan_.members.begin(), plan_.members.end(), [&](const Member& m) {
        return m.part->role == role || (std::string_view(role) == "chords" &&
                                        (m.part->role == "pad" || m.part->role == "pluck" || m.part->role == "arp"));
      });
      const auto spare =
          std::find_if(left.begin(), left.end(), [&](const TrackTemplate* t) { return t->role == role; });
      if (!has && spare != left.end()) {
        add_member(**spare);
        left.erase(spare);
      }
    }
    if (plan_.members.empty() && !left.empty()) add_member(*left.front());
    if (plan_.members.empty())
      throw Error(ErrorCode::InvalidArgument, "nothing is left to play: only transitions remain",
                  "exclude fewer parts, or ask for an instrument");
    // One kit for all drum tracks that draw from the same choice of kits: drums fit together.
    const Member* kit = nullptr;
    for (auto& m : plan_.members) {
      if (!is_drum_role(m.part->role)) continue;
      if (kit == nullptr) {
        kit = &m;
        continue;
      }
      const bool same = std::any_of(m.part->presets.begin(), m.part->presets.end(),
                                    [&](const Weighted<std::string>& p) { return p.value == kit->preset; });
      if (same && m.part->presets.size() > 1) m.preset = kit->preset;
    }
    std::string band;
    for (const auto& m : plan_.members) {
      if (!m.joins.empty()) continue;
      band += fmt::format("{}{} ({})", band.empty() ? "" : ", ", m.part->name, m.preset);
    }
    chose("band " + band);
  }

  // Transitions that make a sound of their own get a track each; those whose sound nobody has are left out.
  void effect_members() {
    std::set<std::string> kinds;
    for (const auto& t : plan_.transitions) kinds.insert(t.kind);
    std::vector<TrackTemplate> made;
    for (const auto& t : plan_.style->tracks) {
      if (t.role != "effects") continue;
      for (const auto& p : t.presets) {
        const std::string kind = transition_of(p.value);
        if (kind.empty() || kinds.count(kind) == 0) continue;
        const bool twice = std::any_of(made.begin(), made.end(), [&](const TrackTemplate& o) {
          return transition_of(o.presets.front().value) == kind;
        });
        if (twice) continue;
        TrackTemplate own = t;
        own.id = kind;
        own.name = kind;
        std::replace(own.name.begin(), own.name.end(), '-', ' ');
        own.name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(own.name[0])));
        own.presets = {{p.value, 1}};
        made.push_back(own);
      }
    }
    effect_parts_ = std::move(made);  // members point into it: it is not touched again
    for (const auto& t : effect_parts_) {
      if (std::any_of(plan_.members.begin(), plan_.members.end(), [&](const Member& m) { return m.id == t.id; }))
        continue;
      Member m;
      m.part = &t;
      m.id = t.id;
      m.preset = t.presets.front().value;
      m.activity.assign(static_cast<std::size_t>(plan_.bars), 1.0);
      plan_.members.push_back(m);
    }
  }

  score::Score write(const Member& m, const std::vector<DrumHit>& hits) {
    const std::string& role = m.part->role;
    if (is_drum_role(role)) return write_drums(plan_, m, hits);
    if (role == "bass") return write_bass(plan_, m, hits);
    if (role == "lead") return write_lead(plan_, m);
    if (role == "counter") return write_counter(plan_, m);
    if (role == "arp") return write_arp(plan_, m);
    if (role == "effects") return write_effects(plan_, m);
    if (role == "texture" && m.preset.rfind("fx/", 0) == 0) return write_texture(plan_, m);
    return write_chords(plan_, m);
  }

  void parts() {
    const auto hits = play_drums(plan_);
    for (const auto& m : plan_.members) {
      score::Score s = write(m, hits);
      if (plan_.reference && &m == plan_.member("lead") && play_tune(plan_, m, s)) chose(fmt::format("tune {} notes in the peaks: {}", plan_.reference->tune.size(), like()));
      s.name = m.part->name;
      scores_[m.id] = std::move(s);
    }
    join_hands();
    apply_breaks(plan_, scores_);
    for (const auto& m : plan_.members) {
      auto& s = scores_[m.id];
      s = score::quantized(with_groove(plan_, m, std::move(s)));
    }
  }

  // One player's hands are one track. Where both want the same key, the tune has it.
  void join_hands() {
    for (const auto& m : plan_.members) {
      if (m.joins.empty()) continue;
      auto& tune = scores_[m.id].notes;
      auto& both = scores_[m.joins].notes;
      std::erase_if(both, [&](const score::Note& n) {
        return std::any_of(tune.begin(), tune.end(), [&](const score::Note& t) {
          return t.pitch == n.pitch && t.start < n.start + n.length && n.start < t.start + t.length;
        });
      });
      both.insert(both.end(), tune.begin(), tune.end());
      std::stable_sort(both.begin(), both.end(),
                       [](const score::Note& a, const score::Note& b) { return a.start < b.start; });
      scores_.erase(m.id);
    }
    std::erase_if(plan_.members, [](const Member& m) { return !m.joins.empty(); });
  }

  void document() {
    song::Song song = write_document(plan_, brief_, scores_);
    song.seed = seed_;
    double energy = 0;
    for (const auto& s : plan_.sections) energy += s.energy * s.bars / plan_.bars;
    song.title = invent_title(brief_, score::minor_third(plan_.key.mode), energy, data_dir_, random_);
    song.brief = to_json(brief_);
    for (const auto& t : song.tracks) out_.scores[t.id] = std::move(scores_[t.id]);
    if (song.tracks.empty())
      throw Error(ErrorCode::InvalidArgument, "the parts asked for have nothing to play",
                  "ask for a longer song or other parts");
    if (plan_.room_for_voice)
      out_.remarks.push_back(fmt::format(
          "vocals ({}) are kept in the brief; there is no voice yet, so the arrangement leaves room for one",
          brief_.vocals->value));
    if (!brief_.not_understood.empty()) {
      std::string words;
      for (const Words& word : brief_.not_understood) words += (words.empty() ? "“" : ", “") + word.text + "”";
      out_.remarks.push_back("not understood: " + words);
    }
    if (brief_.length) {
      const double got = plan_.bars * plan_.metre.bar().value * 60.0 / plan_.tempo.value;
      if (std::abs(got - brief_.length->value.value) > 0.05)
        out_.remarks.push_back(fmt::format("{} whole bars last {:.1f} s, the nearest to the {:.1f} s asked for",
                                           plan_.bars, got, brief_.length->value.value));
    }
    out_.song = std::move(song);
  }

  const Brief& brief_;
  std::uint64_t seed_;
  std::filesystem::path data_dir_;
  Random random_;
  Plan plan_;
  WishedStyle wished_;
  std::vector<TrackTemplate> effect_parts_;
  std::map<std::string, score::Score> scores_;
  Composition out_;
};

}  // namespace

Composition compose(const Brief& brief, std::uint64_t seed, const std::filesystem::path& data_dir, std::shared_ptr<const Reference> reference) {
  return Composer(brief, seed, data_dir, std::move(reference)).run();
}

}  // namespace figment::compose
