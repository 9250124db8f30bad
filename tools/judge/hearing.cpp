#include "hearing.h"

#include <aubio/aubio.h>
#include <qm-dsp/dsp/keydetection/GetKeyMode.h>
#include <qm-dsp/dsp/onsets/DetectionFunction.h>
#include <qm-dsp/dsp/tempotracking/TempoTrackV2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>

#ifdef FIGMENT_KEYFINDER
#include <keyfinder/keyfinder.h>
#endif

#include "base/random.h"

namespace figment::judge {
namespace {

constexpr int kBeatHop = 512;
constexpr unsigned kOnsetHop = 128;

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  return *middle;
}

double bpm_of(const std::vector<double>& beats) {
  const std::size_t span = std::min<std::size_t>(8, beats.size() / 2);
  if (span < 2) return 0;
  std::vector<double> lengths;
  for (std::size_t i = 0; i + span < beats.size(); ++i)
    lengths.push_back((beats[i + span] - beats[i]) / static_cast<double>(span));
  const double beat = median(lengths);
  return beat > 0 ? 60 / beat : 0;
}

using Vector = std::unique_ptr<fvec_t, decltype(&del_fvec)>;
Vector vector_of(unsigned n) { return {new_fvec(n), del_fvec}; }

// Feeds the sound hop by hop; the rest of the last hop is silence.
template <class Use>
void in_hops(const std::vector<float>& sound, unsigned hop, Use use) {
  const Vector in = vector_of(hop);
  for (std::size_t at = 0; at < sound.size(); at += hop) {
    for (unsigned i = 0; i < hop; ++i) in->data[i] = at + i < sound.size() ? sound[at + i] : 0;
    use(in.get());
  }
}

}  // namespace

std::vector<double> aubio_beats(const std::vector<float>& sound, double rate) {
  const std::unique_ptr<aubio_tempo_t, decltype(&del_aubio_tempo)> tracker(
      new_aubio_tempo("default", 2 * kBeatHop, kBeatHop, static_cast<uint_t>(rate)), del_aubio_tempo);
  const Vector out = vector_of(1);
  std::vector<double> beats;
  in_hops(sound, kBeatHop, [&](const fvec_t* in) {
    aubio_tempo_do(tracker.get(), in, out.get());
    if (out->data[0] != 0) beats.push_back(static_cast<double>(aubio_tempo_get_last(tracker.get())) / rate);
  });
  return beats;
}

std::vector<double> qm_beats(const std::vector<float>& sound, double rate) {
  DFConfig config{};
  config.stepSize = kBeatHop;
  config.frameLength = 2 * kBeatHop;
  config.DFType = DF_COMPLEXSD;
  config.dbRise = 3;
  config.adaptiveWhitening = false;
  config.whiteningRelaxCoeff = -1;
  config.whiteningFloor = -1;
  DetectionFunction detector(config);
  std::vector<double> strength, frame(2 * kBeatHop);
  for (std::size_t at = 0; at + frame.size() <= sound.size(); at += kBeatHop) {
    std::copy_n(sound.begin() + static_cast<std::ptrdiff_t>(at), frame.size(), frame.begin());
    strength.push_back(detector.processTimeDomain(frame.data()));
  }
  if (strength.size() < 400) return {};
  strength.erase(strength.begin(),
                 strength.begin() + 2);  // the first two look at what was not there, as in the plug-in
  std::vector<double> periods(strength.size()), tempi, beats;
  TempoTrackV2 tracker(static_cast<float>(rate), kBeatHop);
  tracker.calculateBeatPeriod(strength, periods, tempi);
  tracker.calculateBeats(strength, periods, beats);
  // A frame stands for the middle of its window.
  for (double& beat : beats) beat = (beat + 3) * kBeatHop / rate;
  return beats;
}

namespace {

std::vector<double> raw_onsets(const std::vector<float>& sound, double rate, bool low_pitch) {
  const std::unique_ptr<aubio_onset_t, decltype(&del_aubio_onset)> detector(
      new_aubio_onset("hfc", low_pitch ? 2048 : 512, kOnsetHop, static_cast<uint_t>(rate)), del_aubio_onset);
  aubio_onset_set_minioi_ms(detector.get(), 40);
  aubio_onset_set_silence(detector.get(), -50);
  if (low_pitch) aubio_onset_set_threshold(detector.get(), 0.3F);
  const Vector out = vector_of(1);
  std::vector<double> onsets;
  in_hops(sound, kOnsetHop, [&](const fvec_t* in) {
    aubio_onset_do(detector.get(), in, out.get());
    if (out->data[0] != 0) onsets.push_back(static_cast<double>(aubio_onset_get_last(detector.get())) / rate);
  });
  return onsets;
}

}  // namespace

std::vector<float> mono(audio::AudioView sound) {
  std::vector<float> m(static_cast<std::size_t>(sound.frames()));
  const float* left = sound.channel(0);
  const float* right = sound.channel(sound.channels() > 1 ? 1 : 0);
  for (std::size_t i = 0; i < m.size(); ++i) m[i] = 0.5F * (left[i] + right[i]);
  return m;
}

HeardTempo hear_tempo(const std::vector<float>& sound, double rate) {
  return {bpm_of(aubio_beats(sound, rate)), bpm_of(qm_beats(sound, rate))};
}

double tempo_error(double heard, double asked) noexcept {
  double best = 1;
  for (const double times : {0.5, 1.0, 2.0}) best = std::min(best, std::abs(heard / (asked * times) - 1));
  return best;
}

HeardKey hear_key(const std::vector<float>& sound, double rate) {
  GetKeyMode estimator(static_cast<int>(rate), 440, 10, 10);
  const std::size_t block = estimator.getBlockSize(), hop = estimator.getHopSize();
  std::vector<double> frame(block);
  std::array<int, 25> votes{};
  int total = 0;
  for (std::size_t at = 0; at + hop <= sound.size(); at += hop) {
    for (std::size_t i = 0; i < block; ++i) frame[i] = at + i < sound.size() ? sound[at + i] : 0;
    const int key = estimator.process(frame.data());
    if (key < 1 || key > 24) continue;
    ++votes[static_cast<std::size_t>(key)], ++total;
  }
  const auto best = std::max_element(votes.begin(), votes.end());
  const int key = static_cast<int>(best - votes.begin());
  if (total == 0) return {};
  return {{(key - 1) % 12, key > 12 ? score::Mode::Minor : score::Mode::Major}, static_cast<double>(*best) / total};
}

std::optional<score::Key> libkeyfinder_key([[maybe_unused]] const std::vector<float>& sound,
                                           [[maybe_unused]] double rate) {
#ifdef FIGMENT_KEYFINDER
  KeyFinder::AudioData audio;
  audio.setChannels(1);
  audio.setFrameRate(static_cast<unsigned>(rate));
  audio.addToSampleCount(static_cast<unsigned>(sound.size()));
  for (std::size_t i = 0; i < sound.size(); ++i) audio.setSample(static_cast<unsigned>(i), sound[i]);
  // Its keys run A major, A minor, B flat major …
  const int key = static_cast<int>(KeyFinder::KeyFinder{}.keyOfAudio(audio));
  if (key < 24) return score::Key{(key / 2 + 9) % 12, key % 2 == 1 ? score::Mode::Minor : score::Mode::Major};
#endif
  return std::nullopt;
}

KeyRelation relation(const score::Key& heard, const score::Key& asked) noexcept {
  const bool minor_heard = score::minor_third(heard.mode), minor_asked = score::minor_third(asked.mode);
  if (heard.tonic == asked.tonic && minor_heard == minor_asked) return KeyRelation::Same;
  const int signature = asked.relative_major().tonic;
  if (heard.tonic == (minor_heard ? (signature + 9) % 12 : signature)) return KeyRelation::Relative;
  if (heard.tonic == asked.tonic) return KeyRelation::Parallel;
  const int apart = (heard.tonic - asked.tonic + 12) % 12;
  return (apart == 5 || apart == 7) && minor_heard == minor_asked ? KeyRelation::Fifth : KeyRelation::Other;
}

const char* name(KeyRelation r) noexcept {
  constexpr std::array<const char*, 5> names{"same", "relative", "parallel", "fifth", "other"};
  return names[static_cast<std::size_t>(r)];
}

double onset_delay(double rate, bool low_pitch) {
  // Forty clicks of 20 ms of fading noise, at places that fall differently into the hops.
  Random random(1);
  std::vector<float> sound(static_cast<std::size_t>(rate * 21));
  std::vector<double> places;
  for (int i = 0; i < 40; ++i) {
    const auto at = static_cast<std::size_t>(rate * (0.5 + 0.5 * i) + 37 * i);
    places.push_back(static_cast<double>(at) / rate);
    for (std::size_t k = 0; k < static_cast<std::size_t>(rate * 0.02); ++k)
      sound[at + k] =
          static_cast<float>(0.5 * random.uniform(-1.0, 1.0) * std::exp(-static_cast<double>(k) / (rate * 0.004)));
  }
  const auto heard = raw_onsets(sound, rate, low_pitch);
  std::vector<double> late;
  for (const double place : places) {
    double nearest = 1;
    for (const double h : heard)
      if (std::abs(h - place) < std::abs(nearest)) nearest = h - place;
    if (std::abs(nearest) < 0.1) late.push_back(nearest);
  }
  return median(late);
}

std::vector<double> hear_onsets(const std::vector<float>& sound, double rate, bool low_pitch) {
  static std::map<std::pair<double, bool>, double> delays;
  const auto [it, fresh] = delays.try_emplace({rate, low_pitch}, 0);
  if (fresh) it->second = onset_delay(rate, low_pitch);
  const double delay = it->second;
  std::vector<double> onsets = raw_onsets(sound, rate, low_pitch);
  for (double& onset : onsets) onset -= delay;
  return onsets;
}

}  // namespace figment::judge
