#include "studio/leading_part.h"

#include <algorithm>

#include "audio/resample.h"
#include "separation/split_run.h"
#include "studio/split_engine.h"

namespace figment::studio {
namespace {

constexpr double kLeast = 0.1;           // of the clip's power

double power(audio::AudioView sound) {
  double sum = 0;
  for (int c = 0; c < sound.channels(); ++c)
    for (std::int64_t i = 0; i < sound.frames(); ++i) sum += static_cast<double>(sound.channel(c)[i]) * static_cast<double>(sound.channel(c)[i]);
  return sum;
}

}  // namespace

LeadingPart leading_part(audio::AudioBuffer clip, int threads, const Progress& progress) {
  NeuralWish wish;
  wish.threads = threads;
  const SplitEngine engine = split_engine(wish);
  const std::vector<std::string>& stems = engine.splitter->stems();
  separation::SplitRun run;
  for (const std::string& stem : stems) run.wanted.push_back(stem != "drums" && stem != "bass");
  if (std::count(run.wanted.begin(), run.wanted.end(), true) == 0 || clip.empty()) return {std::move(clip), {}, {}, {}};

  const Hertz rate = engine.splitter->shape().rate;
  audio::AudioBuffer mix(2, clip.frames(), clip.rate());
  for (int c = 0; c < 2; ++c) std::copy_n(clip.channel(std::min(c, clip.channels() - 1)), clip.frames(), mix.channel(c));
  if (clip.rate() != rate) mix = audio::resample(mix.view(), rate);
  const separation::ReadSound read = separation::read_from(mix.view());
  run.frames = mix.frames();
  run.level = separation::measure_level(read, run.frames, progress.quiet());
  LeadingPart part{audio::AudioBuffer(2, mix.frames(), rate), engine.splitter->info().name, {}, engine.splitter->info().weights};
  separation::split_sound(
      *engine.splitter, run, read,
      [&](std::int64_t frame, std::span<const audio::AudioView> made) {
        for (const audio::AudioView& stem : made)
          if (!stem.empty()) part.sound.block().part(frame, stem.frames()).add(stem);
      },
      progress);
  if (power(part.sound.view()) < kLeast * power(mix.view())) return {std::move(clip), {}, "the tune was heard in the whole clip: without its drums and bass hardly anything is left of it", {}};
  part.remark = "the tune was heard without the clip's drums and bass, which were taken out by " + (part.split_by == "builtin" ? std::string("the built-in splitter (figment models pull htdemucs gets a better one)") : part.split_by);
  return part;
}

}  // namespace figment::studio
