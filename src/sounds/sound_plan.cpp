#include "sounds/sound_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "compose/style.h"
#include "instruments/preset.h"
#include "sounds/drum_loop.h"

namespace figment::sounds {
namespace {

using score::Controller;

constexpr double kLongest = 3600;   // seconds
// Kits for drums of which nothing is said: each a well-known family.
constexpr const char* kKits[] = {"drums/808", "drums/909", "drums/trap", "drums/house", "drums/boombap", "drums/pop", "drums/rock", "drums/funk", "drums/techno", "drums/soul"};

// The words that change the sound, added up.
struct Changes {
  double length = 1, speed = 1, semitones = 0, bright = 0, force = 0, busy = 0;
  std::optional<double> swing;
};

class Planner {
 public:
  Planner(const SoundWish& wish, const SoundTable& table, const roles::SoundRequest& request, const std::filesystem::path& data_dir)
      : wish_(wish), table_(table), request_(request), data_dir_(data_dir), random_(Random(request.seed).fork("sound")) {}

  SoundPlan run() {
    add_changes();
    auto& facts = plan_.facts;
    facts.understood = wish_.understood;
    facts.not_understood = wish_.not_understood;
    facts.rate = request_.rate;
    for (const std::size_t s : wish_.sounds) facts.name += (facts.name.empty() ? "" : " and ") + table_.sounds()[s].name;
    const bool drums = std::all_of(wish_.sounds.begin(), wish_.sounds.end(), [&](std::size_t s) { return table_.sounds()[s].is_drum; });
    for (const std::size_t s : wish_.sounds) plan_.low_cut = plan_.low_cut == 0 ? table_.sounds()[s].low_cut : std::min(plan_.low_cut, table_.sounds()[s].low_cut);
    if (drums && wish_.loop) drum_loop();
    else sounds();
    return std::move(plan_);
  }

 private:
  void chose(std::string text) { plan_.facts.chosen.push_back(std::move(text)); }
  void remark(std::string text) { plan_.facts.remarks.push_back(std::move(text)); }

  void add_changes() {
    for (const std::size_t i : wish_.changes) {
      const ChangeWord& c = table_.changes()[i];
      changes_.length *= c.length;
      changes_.speed *= c.speed;
      changes_.semitones += c.semitones;
      changes_.bright += c.bright;
      changes_.force += c.force;
      changes_.busy += c.busy;
      if (c.swing) changes_.swing = c.swing;
      plan_.effects.insert(plan_.effects.end(), c.effects.begin(), c.effects.end());
    }
    changes_.force = std::clamp(changes_.force, -0.8, 1.0);
  }

  [[nodiscard]] std::optional<Seconds> asked_length(Bpm tempo, score::Metre metre) const {
    if (request_.length) return request_.length;
    if (wish_.length) return wish_.length;
    if (wish_.bars) return Seconds{*wish_.bars * metre.bar().value * 60 / tempo.value};
    return {};
  }

  // Bend and brightness at the start: what words and the seed do to a whole instrument.
  void colour(score::Score& score, double semitones, Random random) const {
    const double bend = std::clamp(semitones, -12.0, 12.0);
    for (score::Control& c : score.controls)
      if (c.kind == Controller::Bend) c.value = static_cast<float>(std::clamp(c.value + bend, -12.0, 12.0));
    if (bend != 0) score.controls.insert(score.controls.begin(), {Beats{0}, Controller::Bend, static_cast<float>(bend)});
    const double octaves = changes_.bright + random.uniform(-0.25, 0.25);
    score.controls.insert(score.controls.begin(), {Beats{0}, Controller::Brightness, static_cast<float>(std::clamp(0.5 + octaves / 4, 0.0, 1.0))});
  }

  [[nodiscard]] std::optional<int> tonic() const {
    if (wish_.pitch_class) return wish_.pitch_class;
    if (wish_.note) return score::pitch_class(static_cast<int>(std::lround(*wish_.note)));
    return {};
  }

  [[nodiscard]] std::string kit(const std::string& of_style) {
    if (wish_.kit && !(table_.kits()[*wish_.kit].era && !wish_.style.empty())) return random_.fork("kit").pick(table_.kits()[*wish_.kit].presets);
    if (!of_style.empty()) return of_style;
    const std::vector<std::string> kits(std::begin(kKits), std::end(kKits));
    return random_.fork("kit").pick(kits);
  }

  [[nodiscard]] std::vector<std::uint8_t> notes_of(const std::vector<std::size_t>& sounds) const {
    std::vector<std::uint8_t> notes;
    for (const std::size_t s : sounds)
      for (const std::string& drum : table_.sounds()[s].drums) notes.push_back(*compose::drum_note(drum));
    return notes;
  }

  void drum_loop() {
    DrumLoopWish want;
    want.style = wish_.style;
    const bool whole = std::any_of(wish_.sounds.begin(), wish_.sounds.end(), [&](std::size_t s) { return table_.sounds()[s].drums.empty(); });
    if (!whole) want.drums = notes_of(wish_.sounds);
    want.without = notes_of(wish_.without);
    want.tempo = wish_.tempo;
    want.metre = wish_.metre;
    want.energy = std::clamp(0.75 + 0.4 * changes_.force, 0.1, 1.0);
    want.busy = changes_.busy;
    want.swing = changes_.swing;
    want.bars = wish_.bars.value_or(4);
    DrumLoop loop = write_drum_loop(want, request_.seed, data_dir_);
    if (const auto length = request_.length ? request_.length : wish_.length) {
      const double bar = loop.metre.bar().value * 60 / loop.tempo.value;
      want.bars = std::clamp(static_cast<int>(std::lround(length->value / bar)), 1, 4096);
      want.style = loop.style;
      loop = write_drum_loop(want, request_.seed, data_dir_);
      if (std::abs(want.bars * bar - length->value) > 0.001) remark(fmt::format("{} whole bars last {:.2f} s, the nearest to the {:g} s asked for", want.bars, want.bars * bar, length->value));
    }
    if (want.bars * loop.metre.bar().value * 60 / loop.tempo.value > kLongest) throw Error(ErrorCode::InvalidArgument, fmt::format("{} bars at {:g} bpm are longer than an hour", want.bars, loop.tempo.value));
    const double vary = random_.fork("tune").uniform(-1, 1);
    PlannedLayer layer{kit(loop.kit), std::move(loop.score), request_.seed, tonic()};
    if (layer.score.notes.empty()) throw Error(ErrorCode::InvalidArgument, fmt::format("nothing of {} is left to play", plan_.facts.name), "exclude less");
    colour(layer.score, changes_.semitones + (layer.tonic ? 0 : vary), random_.fork("colour"));
    if (changes_.force > 0)
      for (score::Note& n : layer.score.notes) n.velocity = static_cast<float>(std::min(1.0, n.velocity * (1 + 0.3 * changes_.force)));
    else
      for (score::Note& n : layer.score.notes) n.velocity = static_cast<float>(std::max(0.05, n.velocity * (1 + 0.6 * changes_.force)));
    auto& facts = plan_.facts;
    facts.kind = "loop";
    facts.bpm = loop.tempo.value;
    facts.bars = want.bars;
    facts.metre = loop.metre;
    if (wish_.style.empty()) chose("style " + loop.style);
    if (!wish_.tempo) chose(fmt::format("tempo {:g} bpm: usual in {}", loop.tempo.value, loop.style));
    if (!wish_.bars && !wish_.length && !request_.length) chose(fmt::format("{} bars", want.bars));
    chose("kit " + layer.preset);
    if (loop.swing > 0) chose(fmt::format("swing {:.0f} % of {}", 100 * loop.swing, loop.swing_unit == 8 ? "eighths" : "sixteenths"));
    plan_.tempo = score::TempoMap(loop.tempo);
    plan_.length = to_frames(Seconds{want.bars * loop.metre.bar().value * 60 / loop.tempo.value}, request_.rate);
    plan_.wrap = true;
    layer.score.name = facts.name;
    plan_.layers.push_back(std::move(layer));
  }

  // One-shots and effects: all of them at once.
  void sounds() {
    plan_.facts.kind = "one-shot";
    plan_.trim_start = true;
    // Beats are seconds, so that rates and lengths are what they say.
    plan_.tempo = score::TempoMap(Bpm{60});
    double longest = 0;   // of what is played; what rings on comes after
    const Bpm tempo = wish_.tempo.value_or(Bpm{120});
    const score::Metre metre = wish_.metre.value_or(score::Metre{});
    const auto asked = asked_length(tempo, metre);
    if (wish_.bars && !wish_.tempo && !request_.length) chose("tempo 120 bpm: nothing was said, and bars need one");
    plan_.facts.metre = metre;
    bool steady = true, repeats = false;
    for (const std::size_t s : wish_.sounds) repeats = repeats || !table_.sounds()[s].hits.empty();
    for (std::size_t i = 0; i < wish_.sounds.size(); ++i) {
      const SoundWord& word = table_.sounds()[wish_.sounds[i]];
      const double usual = word.seconds[changes_.length < 0.8 ? 0 : changes_.length > 1.5 ? 2 : 1] * (changes_.length < 0.8 ? changes_.length / 0.5 : changes_.length > 1.5 ? changes_.length / 2 : changes_.length);
      Random random = random_.fork(word.name);
      double length = asked ? asked->value : usual * (word.hits.empty() && !word.is_drum ? random.fork("length").uniform(0.88, 1.12) : 1.0);
      if (word.is_drum) {
        drum_hit(word, length, random);
      } else if (!word.hits.empty()) {
        length = repeated(word, length, asked.has_value(), random);
      } else {
        held(word, length, asked ? std::min(asked->value, word.seconds[2] * 2) : length, random);
      }
      longest = std::max(longest, length);
      steady = steady && !word.rings && word.hits.empty();
      if (!word.rings) plan_.facts.kind = "effect", plan_.trim_start = false;
    }
    plan_.length = to_frames(Seconds{std::min(longest, kLongest)}, request_.rate);
    plan_.exact = asked.has_value();
    if (plan_.exact && !(wish_.loop && repeats)) plan_.length = to_frames(*asked, request_.rate);
    if (wish_.loop) loop_of(steady, repeats);
    else if (wish_.tempo && !repeats && !wish_.bars) remark("the tempo changes nothing: this sound has none");
  }

  // A loop of an effect: whole cycles of what repeats; the ends of a steady sound cross.
  void loop_of(bool steady, bool repeats) {
    if (!steady && !repeats) {
      remark("it is struck once, so there is nothing to loop");
      return;
    }
    plan_.facts.kind = "loop";
    plan_.exact = true;
    plan_.trim_start = false;
    plan_.wrap = true;
    if (!steady) return;
    // It begins after its fade-in, and ends before its fade-out.
    plan_.cross = to_frames(Seconds{std::min(1.0, 0.25 * to_seconds(plan_.length, request_.rate).value)}, request_.rate);
    plan_.skip = to_frames(Seconds{2}, request_.rate);
    const double more = to_seconds(plan_.cross + plan_.skip, request_.rate).value + 2;
    for (PlannedLayer& layer : plan_.layers)
      for (score::Note& n : layer.score.notes) n.length += Beats{more};
  }

  void drum_hit(const SoundWord& word, double length, Random random) {
    PlannedLayer layer;
    const std::string style_kit = wish_.style.empty() ? "" : kit_of_style(wish_.style, request_.seed, data_dir_);
    layer.preset = kit(style_kit);
    layer.seed = request_.seed;
    layer.tonic = tonic();
    layer.score.name = word.name;
    layer.score.percussion = true;
    const std::string drum = word.drums.empty() ? "kick" : word.drums.front();
    layer.score.notes.push_back({Beats{0}, Beats{length}, *compose::drum_note(drum), static_cast<float>(std::clamp(0.92 + 0.5 * std::min(0.0, changes_.force), 0.1, 1.0))});
    colour(layer.score, changes_.semitones + (layer.tonic ? 0 : random.fork("tune").uniform(-word.vary, word.vary)), random.fork("colour"));
    chose("kit " + layer.preset);
    if (layer.tonic && drum != "kick" && !drum.starts_with("tom")) remark(fmt::format("{} has no pitch of its own: “{}” changes nothing", word.name, wish_.pitch_text));
    plan_.layers.push_back(std::move(layer));
  }

  // The key and the bend that sound the asked pitch, or the usual one a little moved by the seed.
  void tune(const SoundWord& word, PlannedLayer& layer, std::uint8_t& key, Random random) {
    double note = word.note + changes_.semitones;
    if (word.hz > 0 && (wish_.note || wish_.pitch_class)) {
      const double sounds_at = 69 + 12 * std::log2(word.hz / 440);
      double target = wish_.note.value_or(0);
      if (!wish_.note) {
        const double usual = sounds_at + changes_.semitones;
        target = *wish_.pitch_class + 12 * std::round((usual - *wish_.pitch_class) / 12);
      }
      note = word.note + target - sounds_at;
      plan_.facts.note = target;
    } else {
      if (wish_.note || wish_.pitch_class) remark(fmt::format("{} has no pitch of its own: “{}” changes nothing", word.name, wish_.pitch_text));
      note += std::round(random.fork("tune").uniform(-word.vary, word.vary));
      if (word.hz > 0) plan_.facts.note = 69 + 12 * std::log2(word.hz / 440) + note - word.note;
    }
    key = static_cast<std::uint8_t>(std::clamp(std::lround(note), 0L, 127L));
    colour(layer.score, note - key, random.fork("colour"));
  }

  PlannedLayer layer_of(const SoundWord& word, Random random) {
    PlannedLayer layer;
    layer.preset = random.fork("preset").pick(word.presets);
    layer.seed = request_.seed;
    layer.score.name = word.name;
    if (word.presets.size() > 1) chose("preset " + layer.preset);
    return layer;
  }

  void held(const SoundWord& word, double length, double key_down, Random random) {
    PlannedLayer layer = layer_of(word, random);
    std::uint8_t key = 60;
    tune(word, layer, key, random);
    const double velocity = std::clamp(0.9 + (changes_.force < 0 ? 0.5 : 0.1) * changes_.force, 0.1, 1.0);
    layer.score.notes.push_back({Beats{0}, Beats{word.rings ? key_down : length}, key, static_cast<float>(velocity)});
    if (word.swell)
      for (int i = 0; i <= 200; ++i) {
        const double x = i / 200.0;
        layer.score.controls.push_back({Beats{x * length}, Controller::Expression, static_cast<float>(std::pow(std::sin(M_PI * std::pow(x, 1.3)), 1.5))});
      }
    plan_.layers.push_back(std::move(layer));
  }

  // Gives the length of whole cycles nearest to `length` where nobody asked for one.
  double repeated(const SoundWord& word, double length, bool exact, Random random) {
    PlannedLayer layer = layer_of(word, random);
    std::uint8_t key = 60;
    tune(word, layer, key, random);
    const double drift = word.human > 0 && !wish_.tempo ? random.fork("rate").uniform(-0.06, 0.06) : 0;
    const double per_minute = wish_.tempo ? wish_.tempo->value : word.per_minute * changes_.speed * (1 + drift);
    const double beat = 60 / per_minute, cycle = word.cycle * beat;
    const auto count = std::max(1L, std::lround(length / cycle));
    const double whole = static_cast<double>(count) * cycle;
    if (!exact || wish_.loop) length = whole;
    Random human = random.fork("human");
    const double velocity = std::clamp(0.95 + (changes_.force < 0 ? 0.6 : 0.05) * changes_.force, 0.1, 1.0);
    for (double start = 0; start < length - 1e-9; start += cycle)
      for (const Repeat& hit : word.hits) {
        const double late = start == 0 && hit.beat == 0 ? 0 : word.human * 0.03 * human.normal() * beat;
        const double at = std::max(0.0, start + hit.beat * beat + late);
        const double loud = velocity * hit.velocity * (1 + 0.25 * word.human * std::clamp(human.normal(), -2.0, 2.0));
        const double pitch = hit.semitones + word.human * 1.5 * human.normal();
        if (at >= length - 0.005) continue;
        layer.score.notes.push_back({Beats{at}, Beats{hit.length * beat}, static_cast<std::uint8_t>(std::clamp(std::lround(key + pitch), 0L, 127L)), static_cast<float>(std::clamp(loud, 0.05, 1.0))});
      }
    if (plan_.facts.bpm == 0) plan_.facts.bpm = wish_.tempo || word.human == 0 ? per_minute : std::round(10 * per_minute) / 10;
    chose(fmt::format("{} {:.4g} times a minute", word.name, per_minute));
    plan_.layers.push_back(std::move(layer));
    return length;
  }

  const SoundWish& wish_;
  const SoundTable& table_;
  const roles::SoundRequest& request_;
  const std::filesystem::path& data_dir_;
  Random random_;
  Changes changes_;
  SoundPlan plan_;
};

}  // namespace

SoundPlan plan_sound(const SoundWish& wish, const SoundTable& table, const roles::SoundRequest& request, const std::filesystem::path& data_dir) {
  return Planner(wish, table, request, data_dir).run();
}

}  // namespace figment::sounds
