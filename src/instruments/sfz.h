// Reads SFZ instruments: which sample sounds on which key, how fast, how loud, how long.
//
//   Format   SFZ 1 and the parts of SFZ 2 that packs of one-shots and multisamples use (sfzformat.com). Headers
//            <control>, <global>, <master>, <group>, <region>; // and /* */ comments; #define $NAME value. A value of
//            `sample` or `default_path` may hold spaces: it runs up to the next opcode or the line's end
//   Opcodes  sample, default_path, key, lokey, hikey, pitch_keycenter, pitch_keytrack, tune, transpose, volume,
//            amplitude, pan, lovel, hivel, amp_veltrack, delay, offset, end, loop_mode, loop_start, loop_end,
//            ampeg_delay/attack/hold/decay/sustain/release, group, off_by, off_mode, seq_length, seq_position, lorand,
//            hirand, trigger, sw_lokey/hikey/last/default, set_ccN, loccN, hiccN
//   Others   real files hold hundreds of opcodes: what is not played is a remark, once for each name, never an error.
//            Regions that sound at note-offs or by a controller are left out; loccN and hiccN are decided once, with
//            the controllers at set_ccN (else 0). #include is refused
//   Hostile  at most 4 MiB of text (16 MiB after #define), 32768 regions, 1024 bytes a path, 1024 #defines.
//            Error Corrupt names the line, the opcode, what was wanted and what was found; a number beyond its range is
//            taken as the nearest within it, with a remark
//   Threads  free: no state. Touches no files

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace figment::instruments {

struct SfzRegion {
  enum class Loop : std::uint8_t { AsSample, None, OneShot, Continuous, Sustain };
  enum class Off : std::uint8_t { Fast, Normal };
  static constexpr int kKeyOfSample = -1;

  int line = 0;        // of its <region>
  std::string sample;  // relative to the SFZ's folder, default_path in front, "/" between folders

  // When it sounds.
  int lokey = 0, hikey = 127;            // MIDI notes
  int lovel = 0, hivel = 127;            // MIDI velocities
  int seq_length = 1, seq_position = 1;  // round robin: of seq_length notes the seq_position-th
  double lorand = 0, hirand = 1;         // of a draw from 0 to 1
  int sw_lokey = -1, sw_hikey = -1;      // keys that switch; -1: none
  int sw_last = -1, sw_default = -1;     // sounds while this one is the last pressed; the one at the start
  std::int64_t group = 0, off_by = 0;    // a note of `group` ends the regions that are off_by it; 0: none
  Off off_mode = Off::Fast;

  // How high.
  int keycenter = 60;              // the key that plays the sample as recorded, or kKeyOfSample
  double keytrack = 100;           // cents a key
  double tune = 0, transpose = 0;  // cents, semitones

  // How loud.
  double volume_db = 0, amplitude = 1;
  double pan = 0;       // -1 left … 1 right
  double veltrack = 1;  // 1: velocity squared … 0: always the same … -1: softer when hit harder

  // From where to where; frames of the sample.
  double delay_s = 0;  // before it begins
  std::int64_t offset = 0;
  std::optional<std::int64_t> end;  // the last frame played; none: the sample's
  Loop loop = Loop::AsSample;
  std::optional<std::int64_t> loop_start, loop_end;  // both played; none: the sample's own

  // Envelope.
  double eg_delay_s = 0, attack_s = 0, hold_s = 0, decay_s = 0, release_s = 0.001;
  double sustain = 1;
};

struct SfzInstrument {
  std::vector<SfzRegion> regions;    // in the file's order; all have a sample, a key and a velocity that play them
  std::vector<std::string> remarks;  // what was left out, in the file's order
};

inline constexpr std::size_t kMostSfzBytes = 4U << 20;

// `name` is for messages. Error Corrupt.
[[nodiscard]] SfzInstrument parse_sfz(std::string_view text, const std::string& name);

}  // namespace figment::instruments
