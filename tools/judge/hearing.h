// What qm-dsp and aubio hear in a sound: tempo, key, onsets. Nothing of ours but the averaging.
//
//   Tempo   aubio's beat tracker and qm-dsp's TempoTrackV2 on the complex-domain detection function; the tempo is the
//           median length of eight beats in a row over eight (one beat alone is known only to a hop of 11.6 ms)
//   Key     qm-dsp's GetKeyMode (Noland and Sandler 2007), as its Vamp plug-in calls it: the key that is held longest;
//           and libkeyfinder (Sha'ath 2011; what Mixxx ships) where it was found when this was built. qm-dsp follows
//           local chords and drums more, libkeyfinder was made for whole mastered tracks of dance music
//   Onsets  aubio's high-frequency-content detector, hop 128, no two within 40 ms, gated 50 dB below full scale. Its
//           window must hold a whole period: 512 frames for what is struck, 2048 (and a
//           threshold of 0.3, so that beating partials are no onsets) for what has a low pitch, kicks and toms among
//           it: a taiko's partials at 50 and 75 Hz make five onsets of every stroke in a window of 12 ms.
//           `onset_delay` is its median lateness on a click track made here, taken off every onset
#pragma once

#include <optional>
#include <vector>

#include "audio/buffer.h"
#include "score/scale.h"

namespace figment::judge {

[[nodiscard]] std::vector<float> mono(audio::AudioView sound);  // (L + R) / 2

// Seconds; none where the sound is too short for the tracker.
[[nodiscard]] std::vector<double> aubio_beats(const std::vector<float>& sound, double rate);
[[nodiscard]] std::vector<double> qm_beats(const std::vector<float>& sound, double rate);

struct HeardTempo {
  double aubio_bpm = 0, qm_bpm = 0;  // 0: too few beats found
};
[[nodiscard]] HeardTempo hear_tempo(const std::vector<float>& sound, double rate);

// Distance from the asked tempo, half and double allowed, as a fraction.
[[nodiscard]] double tempo_error(double heard, double asked) noexcept;

struct HeardKey {
  score::Key key;
  double held = 0;  // share of the time
};
[[nodiscard]] HeardKey hear_key(const std::vector<float>& sound, double rate);  // qm-dsp
[[nodiscard]] std::optional<score::Key> libkeyfinder_key(const std::vector<float>& sound,
                                                         double rate);  // nullopt: not built in

enum class KeyRelation { Same, Relative, Parallel, Fifth, Other };
// Same: tonic and third agree. Relative: the same seven notes. Otherwise what it was taken for.
[[nodiscard]] KeyRelation relation(const score::Key& heard, const score::Key& asked) noexcept;
[[nodiscard]] const char* name(KeyRelation r) noexcept;

[[nodiscard]] std::vector<double> hear_onsets(const std::vector<float>& sound, double rate, bool low_pitch);  // seconds
[[nodiscard]] double onset_delay(double rate, bool low_pitch);

}  // namespace figment::judge
