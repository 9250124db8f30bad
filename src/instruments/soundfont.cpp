#include "instruments/soundfont.h"

#include <fluidsynth.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/foreign_code.h"
#include "base/shared_library.h"
#include "instruments/voice_math.h"

namespace figment::instruments {
namespace {

namespace fs = std::filesystem;

// FluidSynth, as far as it is used here.
struct Fluid {
  SharedLibrary library{"libfluidsynth.so.3", "libfluidsynth3"};
  decltype(&::delete_fluid_settings) delete_settings = library.get<decltype(&::delete_fluid_settings)>("delete_fluid_settings");
  decltype(&::delete_fluid_synth) delete_synth = library.get<decltype(&::delete_fluid_synth)>("delete_fluid_synth");
  decltype(&::fluid_set_log_function) set_log_function = library.get<decltype(&::fluid_set_log_function)>("fluid_set_log_function");
  decltype(&::fluid_settings_setint) settings_setint = library.get<decltype(&::fluid_settings_setint)>("fluid_settings_setint");
  decltype(&::fluid_settings_setnum) settings_setnum = library.get<decltype(&::fluid_settings_setnum)>("fluid_settings_setnum");
  decltype(&::fluid_synth_all_sounds_off) all_sounds_off = library.get<decltype(&::fluid_synth_all_sounds_off)>("fluid_synth_all_sounds_off");
  decltype(&::fluid_synth_cc) cc = library.get<decltype(&::fluid_synth_cc)>("fluid_synth_cc");
  decltype(&::fluid_synth_get_active_voice_count) get_active_voice_count = library.get<decltype(&::fluid_synth_get_active_voice_count)>("fluid_synth_get_active_voice_count");
  decltype(&::fluid_synth_noteoff) noteoff = library.get<decltype(&::fluid_synth_noteoff)>("fluid_synth_noteoff");
  decltype(&::fluid_synth_noteon) noteon = library.get<decltype(&::fluid_synth_noteon)>("fluid_synth_noteon");
  decltype(&::fluid_synth_pitch_bend) pitch_bend = library.get<decltype(&::fluid_synth_pitch_bend)>("fluid_synth_pitch_bend");
  decltype(&::fluid_synth_pitch_wheel_sens) pitch_wheel_sens = library.get<decltype(&::fluid_synth_pitch_wheel_sens)>("fluid_synth_pitch_wheel_sens");
  decltype(&::fluid_synth_program_select) program_select = library.get<decltype(&::fluid_synth_program_select)>("fluid_synth_program_select");
  decltype(&::fluid_synth_set_channel_type) set_channel_type = library.get<decltype(&::fluid_synth_set_channel_type)>("fluid_synth_set_channel_type");
  decltype(&::fluid_synth_set_interp_method) set_interp_method = library.get<decltype(&::fluid_synth_set_interp_method)>("fluid_synth_set_interp_method");
  decltype(&::fluid_synth_sfload) sfload = library.get<decltype(&::fluid_synth_sfload)>("fluid_synth_sfload");
  decltype(&::fluid_synth_system_reset) system_reset = library.get<decltype(&::fluid_synth_system_reset)>("fluid_synth_system_reset");
  decltype(&::fluid_synth_write_float) write_float = library.get<decltype(&::fluid_synth_write_float)>("fluid_synth_write_float");
  decltype(&::new_fluid_settings) new_settings = library.get<decltype(&::new_fluid_settings)>("new_fluid_settings");
  decltype(&::new_fluid_synth) new_synth = library.get<decltype(&::new_fluid_synth)>("new_fluid_synth");
};

const Fluid& fluid() {
  static const Fluid opened;
  return opened;
}

struct Closer {
  void operator()(fluid_settings_t* s) const noexcept { fluid().delete_settings(s); }
  void operator()(fluid_synth_t* s) const noexcept { fluid().delete_synth(s); }
};

void silence_log() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (int level = 0; level < LAST_LOG_LEVEL; ++level) fluid().set_log_function(level, nullptr, nullptr);
  });
}

Seconds attack_of(const SoundFontSound& sound, int note) {
  double ms = sound.attack.empty() ? 0 : sound.attack.front().ms;
  for (const auto& from : sound.attack)
    if (from.note <= note) ms = from.ms;
  return std::min(Seconds{ms / 1000}, kMostAttack);
}

// FluidSynth keeps one copy of a SoundFont's samples for all synthesizers, and prepares and drops them without a lock.
std::mutex& shared_samples() {
  static std::mutex lock;
  return lock;
}

class SoundFont final : public Instrument {
 public:
  ~SoundFont() override {
    const std::lock_guard guard(shared_samples());
    synth_.reset();
  }
  explicit SoundFont(const SoundFontSound& sound) : sound_(sound), file_(find_soundfont()) {
    for (int note = 0; note < 128; ++note) attack_[static_cast<std::size_t>(note)] = attack_of(sound_, note);
    silence_log();
    open(44100);
  }

  void prepare(Hertz rate, int) override {
    // A used synthesizer never quite forgets (voices' filters, the order of voices): start from a new one.
    if (used_ || std::abs(rate.value - rate_) > 1e-9) open(rate.value);
    quiet_after_ = static_cast<std::int64_t>(rate_ * 0.05);
    reset();
  }

  void process(audio::AudioBlock out, std::span<const Event> events) noexcept override {
    std::int64_t at = 0;
    for (const Event& event : events) {
      const std::int64_t frame = std::clamp<std::int64_t>(event.frame, at, out.frames());
      write(out.part(at, frame - at));
      at = frame;
      handle(event);
    }
    write(out.part(at, out.frames() - at));
  }

  void reset() noexcept override {
    fluid().all_sounds_off(synth_.get(), 0);
    {
      // A reset drops the program's samples and takes them up again.
      const std::lock_guard guard(shared_samples());
      fluid().system_reset(synth_.get());
      fluid().program_select(synth_.get(), 0, id_, sound_.bank, sound_.program);
    }
    fluid().pitch_wheel_sens(synth_.get(), 0, 48);
    fluid().cc(synth_.get(), 0, 7, 127);
    // FluidSynth keeps what is left of its last 64 frames; run to the next boundary so that every start is the same.
    std::array<float, 64> waste_left, waste_right;
    fluid().all_sounds_off(synth_.get(), 0);
    const auto rest = static_cast<int>((64 - written_ % 64) % 64);
    for (int block = 0; block < 2; ++block)
      fluid().write_float(synth_.get(), block == 0 ? rest : 64, waste_left.data(), 0, 1, waste_right.data(), 0, 1);
    written_ = 0;
    quiet_ = 0;
    sounding_ = false;
  }

  [[nodiscard]] int channels() const noexcept override { return 2; }
  [[nodiscard]] Seconds attack(std::uint8_t note) const noexcept override {
    return attack_[std::min<std::size_t>(note, 127)];
  }
  [[nodiscard]] Seconds tail() const noexcept override { return Seconds{sound_.release_s}; }
  [[nodiscard]] bool sounding() const noexcept override { return sounding_; }

 private:
  void open(double rate) {
    const std::lock_guard guard(shared_samples());
    rate_ = rate;
    used_ = false;
    written_ = 0;
    synth_.reset();
    settings_.reset(fluid().new_settings());
    auto* s = settings_.get();
    fluid().settings_setnum(s, "synth.sample-rate", rate);
    fluid().settings_setint(s, "synth.reverb.active", 0);
    fluid().settings_setint(s, "synth.chorus.active", 0);
    fluid().settings_setint(s, "synth.dynamic-sample-loading", 1);
    fluid().settings_setint(s, "synth.lock-memory", 0);  // nothing here needs samples pinned
    fluid().settings_setint(s, "synth.polyphony", 96);
    fluid().settings_setint(s, "synth.cpu-cores", 1);
    fluid().settings_setint(s, "synth.threadsafe-api", 0);  // one thread at a time is our own rule
    fluid().settings_setint(s, "synth.midi-channels", 16);
    fluid().settings_setnum(s, "synth.gain", 1.0);
    synth_.reset(fluid().new_synth(s));
    if (synth_ == nullptr)
      throw Error(ErrorCode::OutOfMemory, "FluidSynth could not start at " + std::to_string(rate) + " Hz");
    id_ = fluid().sfload(synth_.get(), file_.string().c_str(), 0);
    if (id_ == FLUID_FAILED)
      throw Error(ErrorCode::Corrupt, "cannot read the SoundFont " + file_.string(),
                  "apt install --reinstall fluid-soundfont-gm, or set FIGMENT_SOUNDFONT to another .sf2 file");
    fluid().set_interp_method(synth_.get(), -1, FLUID_INTERP_4THORDER);
    if (sound_.bank == 128) fluid().set_channel_type(synth_.get(), 0, CHANNEL_TYPE_DRUM);
    if (fluid().program_select(synth_.get(), 0, id_, sound_.bank, sound_.program) != FLUID_OK)
      throw Error(ErrorCode::NotFound,
                  "the SoundFont " + file_.string() + " has no program " + std::to_string(sound_.program) +
                      " in bank " + std::to_string(sound_.bank),
                  "set FIGMENT_SOUNDFONT to a complete General MIDI SoundFont");
  }

  void handle(const Event& event) noexcept {
    auto* s = synth_.get();
    const int note = std::min<int>(event.note, 127);
    switch (event.kind) {
      case Event::Kind::NoteOn:
        if (event.value <= 0) break;
        fluid().noteon(s, 0, note, std::clamp(static_cast<int>(std::lround(event.value * 127)), 1, 127));
        sounding_ = used_ = true;
        quiet_ = 0;
        break;
      case Event::Kind::NoteOff:
        fluid().noteoff(s, 0, note);
        break;
      case Event::Kind::Bend:
        fluid().pitch_bend(s, 0,
                               std::clamp(static_cast<int>(std::lround(8192 + event.value / 48 * 8192)), 0, 16383));
        break;
      case Event::Kind::Modulation:
        controller(1, event.value);
        break;
      case Event::Kind::Expression:
        controller(11, event.value);
        break;
      case Event::Kind::Brightness:
        controller(74, event.value);
        break;
      case Event::Kind::Sustain:
        controller(64, event.value);
        break;
    }
  }
  void controller(int number, float value) noexcept {
    fluid().cc(synth_.get(), 0, number, std::clamp(static_cast<int>(std::lround(value * 127)), 0, 127));
  }

  void write(audio::AudioBlock out) noexcept {
    const auto frames = static_cast<int>(out.frames());
    if (frames <= 0) return;
    if (!sounding_) {
      // Keep the position within FluidSynth's 64 frames, and nothing else: silence costs nothing.
      out.clear();
      const auto part = static_cast<int>((written_ + frames) % 64 - written_ % 64);
      if (part != 0) {
        std::array<float, 64> waste_left, waste_right;
        fluid().write_float(synth_.get(), (part + 64) % 64, waste_left.data(), 0, 1, waste_right.data(), 0, 1);
      }
      written_ += frames;
      return;
    }
    const float gain = db_to_gain(sound_.gain_db);
    before_foreign_code();
    fluid().write_float(synth_.get(), frames, out.channel(0), 0, 1, out.channel(1), 0, 1);
    written_ += frames;
    float* const left = out.channel(0);
    float* const right = out.channel(1);
    for (int n = 0; n < frames; ++n) {
      left[n] *= gain;
      right[n] *= gain;
    }
    // Silent once FluidSynth has had no voice for 50 ms (its buffered 64 frames are out by then).
    if (fluid().get_active_voice_count(synth_.get()) > 0)
      quiet_ = 0;
    else if ((quiet_ += frames) > quiet_after_)
      sounding_ = false;
  }

  SoundFontSound sound_;
  std::array<Seconds, 128> attack_{};
  fs::path file_;
  double rate_ = 0;
  std::unique_ptr<fluid_settings_t, Closer> settings_;
  std::unique_ptr<fluid_synth_t, Closer> synth_;  // must go before its settings
  int id_ = -1;
  std::int64_t written_ = 0, quiet_ = 0, quiet_after_ = 2205;
  bool sounding_ = false, used_ = false;
};

}  // namespace

fs::path find_soundfont() {
  std::vector<fs::path> places;
  if (const char* own = std::getenv("FIGMENT_SOUNDFONT"); own != nullptr && *own != '\0') {
    places.emplace_back(own);
  } else {
    for (const char* file :
         {"sf2/FluidR3_GM.sf2", "sf2/default-GM.sf2", "sf3/FluidR3Mono_GM.sf3", "sf3/default-GM.sf3"})
      places.emplace_back(fs::path("/usr/share/sounds") / file);
  }
  std::string looked;
  for (const auto& place : places) {
    std::error_code error;
    if (fs::is_regular_file(place, error)) return place;
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  throw Error(ErrorCode::NotFound, "no SoundFont found; looked at " + looked,
              "apt install fluid-soundfont-gm, or set FIGMENT_SOUNDFONT to a General MIDI .sf2 file");
}

std::unique_ptr<Instrument> make_soundfont(const SoundFontSound& sound) { return std::make_unique<SoundFont>(sound); }

}  // namespace figment::instruments
