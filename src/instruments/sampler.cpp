#include "instruments/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "instruments/one_shots.h"
#include "instruments/sampler_regions.h"

namespace figment::instruments {
namespace {

constexpr std::size_t kVoices = 80;
constexpr int kLiveVoices = 64;  // the others are for those that fade out
constexpr float kCutSeconds = 0.006F, kChokeSeconds = 0.01F;

float velocity_of(const SfzRegion& r, float velocity) {
  const auto track = static_cast<float>(r.veltrack);
  const float squared = velocity * velocity;
  return track >= 0 ? 1 - track * (1 - squared) : 1 + track * squared;
}

class Sampler final : public OneShots<SamplerVoice, kVoices> {
 public:
  Sampler(SamplerRegions regions, std::uint64_t seed)
      : regions_(std::move(regions)), random_(Random(seed).fork("sampler")), sequence_(regions_.told.size(), 0) {
    (void)Interpolator::shared();
    for (std::size_t i = 0; i < regions_.told.size(); ++i) {
      const SfzRegion& r = regions_.told[i];
      for (int key = r.lokey; key <= r.hikey; ++key)
        of_key_[static_cast<std::size_t>(key)].push_back(static_cast<std::uint32_t>(i));
      if (first_switch_ < 0) first_switch_ = r.sw_default;
      for (int key = std::max(r.sw_lokey, 0); key <= r.sw_hikey; ++key) switches_[static_cast<std::size_t>(key)] = true;
    }
    reset();
  }

  void prepare(Hertz rate, int /*max_block*/) override {
    rate_ = static_cast<float>(rate.value);
    for (SamplerVoice& voice : voices_) voice.prepare(rate_);
    reset();
  }

  void reset() noexcept override {
    silence();
    std::fill(sequence_.begin(), sequence_.end(), 0U);
    notes_on_.fill(0);
    notes_off_.fill(0);
    for (Playing& p : playing_) p = {};
    note_count_ = 0;
    bend_ = 0;
    pedal_ = false;
    switch_ = first_switch_;
  }

  [[nodiscard]] int channels() const noexcept override { return regions_.stereo ? 2 : 1; }
  [[nodiscard]] Seconds attack(std::uint8_t note) const noexcept override {
    return regions_.attack[std::min<std::size_t>(note, 127)];
  }
  [[nodiscard]] Seconds tail() const noexcept override { return regions_.tail; }

 private:
  enum class Key : std::uint8_t { Held, Pedal, Released };
  struct Playing {
    Key key = Key::Released;
    std::uint8_t note = 0;
    std::uint32_t which = 0;   // of the notes of its key
    std::uint32_t serial = 0;  // of all notes
    std::size_t region = 0;
  };

  void take(const Event& event) noexcept override {
    const std::uint8_t note = std::min<std::uint8_t>(event.note, 127);
    switch (event.kind) {
      case Event::Kind::NoteOn:
        if (event.value > 0) note_on(note, std::min(event.value, 1.0F));
        break;
      case Event::Kind::NoteOff:
        note_off(note);
        break;
      case Event::Kind::Bend:
        bend_ = std::clamp(event.value, -48.0F, 48.0F);
        for (SamplerVoice& voice : voices_)
          if (voice.active()) voice.bend(bend_);
        break;
      case Event::Kind::Sustain:
        pedal_ = event.value >= 0.5F;
        for (std::size_t i = 0; !pedal_ && i < kVoices; ++i)
          if (voices_[i].active() && playing_[i].key == Key::Pedal) let_go(i);
        break;
      case Event::Kind::Expression:  // OneShots' own
      case Event::Kind::Modulation:
      case Event::Kind::Brightness:
        break;
    }
  }

  void let_go(std::size_t i) noexcept {
    playing_[i].key = Key::Released;
    if (!voices_[i].region()->one_shot) voices_[i].release();
  }

  void note_on(std::uint8_t note, float velocity) noexcept {
    if (switches_[note]) switch_ = note;
    const std::uint32_t serial = note_count_++;
    const std::uint32_t which = notes_on_[note]++;
    const double draw = random_.fork(serial).uniform();
    const int step = std::clamp(static_cast<int>(std::lround(velocity * 127)), 1, 127);
    for (std::size_t i = 0; i < kVoices; ++i)
      if (voices_[i].active() && playing_[i].note == note && playing_[i].key != Key::Released) let_go(i);
    for (const std::uint32_t index : of_key_[note]) {
      const SfzRegion& r = regions_.told[index];
      if (step < r.lovel || step > r.hivel || (r.sw_last >= 0 && r.sw_last != switch_)) continue;
      const auto turn = static_cast<int>(sequence_[index]++ % static_cast<std::uint32_t>(r.seq_length));
      if (turn + 1 != r.seq_position || draw < r.lorand || draw >= r.hirand) continue;
      choke(r.group, serial);
      const std::size_t slot = free_voice();
      voices_[slot].start(regions_.played[index], note, velocity_of(r, velocity), bend_);
      playing_[slot] = {Key::Held, note, which, serial, index};
    }
  }

  // Ends what is off_by this group, but for what the same note began.
  void choke(std::int64_t group, std::uint32_t serial) noexcept {
    if (group == 0) return;
    for (std::size_t i = 0; i < kVoices; ++i) {
      if (!voices_[i].active() || playing_[i].serial == serial) continue;
      const SfzRegion& r = regions_.told[playing_[i].region];
      if (r.off_by != group) continue;
      if (r.off_mode == SfzRegion::Off::Normal) {
        playing_[i].key = Key::Released;
        voices_[i].release();
      } else {
        voices_[i].fade_out(kChokeSeconds);
      }
    }
  }

  std::size_t free_voice() noexcept {
    int live = 0;
    std::size_t victim = kVoices, free = kVoices, fading = kVoices;
    const auto sooner = [&](std::size_t a, std::size_t b) {  // a gives way before b
      const bool gone = playing_[a].key == Key::Released, other_gone = playing_[b].key == Key::Released;
      if (gone != other_gone) return gone;
      return playing_[a].serial < playing_[b].serial;
    };
    for (std::size_t i = 0; i < kVoices; ++i) {
      if (!voices_[i].active()) {
        if (free == kVoices) free = i;
      } else if (voices_[i].fading()) {
        if (fading == kVoices || playing_[i].serial < playing_[fading].serial) fading = i;
      } else {
        ++live;
        if (victim == kVoices || sooner(i, victim)) victim = i;
      }
    }
    if (live >= kLiveVoices) voices_[victim].fade_out(kCutSeconds);
    // More than sixteen steals within 6 ms: the first that fades anyway.
    return free < kVoices ? free : fading < kVoices ? fading : victim;
  }

  // The n-th note-off of a key belongs to its n-th note-on.
  void note_off(std::uint8_t note) noexcept {
    if (notes_off_[note] == notes_on_[note]) return;
    const std::uint32_t which = notes_off_[note]++;
    for (std::size_t i = 0; i < kVoices; ++i) {
      if (!voices_[i].active() || playing_[i].note != note || playing_[i].which != which ||
          playing_[i].key != Key::Held)
        continue;
      if (pedal_)
        playing_[i].key = Key::Pedal;
      else
        let_go(i);
    }
  }

  const SamplerRegions regions_;
  const Random random_;
  std::array<std::vector<std::uint32_t>, 128> of_key_;  // regions
  std::array<bool, 128> switches_{};
  int first_switch_ = -1, switch_ = -1;
  std::vector<std::uint32_t> sequence_;  // notes so far that a region could play
  std::array<std::uint32_t, 128> notes_on_{}, notes_off_{};
  std::array<Playing, kVoices> playing_{};
  std::uint32_t note_count_ = 0;
  float bend_ = 0;
  bool pedal_ = false;
};

}  // namespace

std::unique_ptr<Instrument> make_sampler(const std::filesystem::path& sfz_file, std::uint64_t seed,
                                         const std::filesystem::path& root) {
  return std::make_unique<Sampler>(load_regions(sfz_file, root), seed);
}

std::vector<std::filesystem::path> sfz_samples(const std::filesystem::path& sfz_file,
                                               const std::filesystem::path& root) {
  return open_sfz(sfz_file, root).samples;
}

Digest sampler_fingerprint(const std::filesystem::path& sfz_file, const std::filesystem::path& root) {
  const SfzFile opened = open_sfz(sfz_file, root);
  const auto folder = std::filesystem::absolute(sfz_file).parent_path();
  Sha256 hash;
  hash.add("sampler " + std::to_string(kSamplerVersion) + "\n" + sha256(opened.text) + "\n");
  for (const auto& sample : opened.samples)
    hash.add(sample.lexically_relative(folder).generic_string() + " " + sha256_file(sample) + "\n");
  return hash.finish();
}

}  // namespace figment::instruments
