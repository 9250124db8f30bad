#include "neural/engines/sound_engine.h"

#include "base/error.h"
#include "neural/engines/music_engine.h"

namespace figment::neural {
namespace {

constexpr float kPeak = 0.8912509F;            // -1 dBFS
constexpr std::int64_t kBlock = 4096;

class SoundEngine final : public roles::SoundGenerator {
 public:
  explicit SoundEngine(const roles::NeuralRequest& request) : music_(make_music_engine(request)) {}
  [[nodiscard]] roles::EngineInfo info() const override { return music_->info(); }

  roles::SoundFacts generate(const roles::SoundRequest& request, const Sink& sink, const Progress& progress) override {
    roles::MusicRequest wanted;
    wanted.prompt = request.prompt;
    wanted.length = request.length.value_or(Seconds{kUsualSound});
    wanted.seed = request.seed;
    if (wanted.length.value > kLongestSound) throw Error(ErrorCode::InvalidArgument, "length: wanted up to " + std::to_string(static_cast<int>(kLongestSound)) + " seconds of a sound, found " + std::to_string(static_cast<int>(wanted.length.value)), "figment generate makes longer ones");
    audio::AudioBuffer sound;
    std::int64_t at = 0;
    const roles::MusicFacts made = music_->generate(
        wanted,
        [&](const roles::MusicFacts& facts, audio::AudioView block) {
          if (at == 0) sound = audio::AudioBuffer(facts.channels, facts.frames, facts.rate);
          sound.block().part(at, block.frames()).copy_from(block);
          at += block.frames();
        },
        progress);
    if (const float peak = audio::peak(sound.view()); peak > 0) sound.block().scale(kPeak / peak);
    roles::SoundFacts facts;
    facts.name = "sound";
    facts.kind = "effect";
    facts.understood.push_back({request.prompt, "the network was told these words"});
    facts.remarks = made.remarks;
    facts.channels = made.channels;
    facts.frames = made.frames;
    facts.rate = made.rate;
    for (std::int64_t first = 0; first < facts.frames; first += kBlock) sink(facts, sound.view().part(first, kBlock));
    return facts;
  }

 private:
  std::unique_ptr<roles::MusicGenerator> music_;
};

}  // namespace

std::unique_ptr<roles::SoundGenerator> make_sound_engine(const roles::NeuralRequest& request) { return std::make_unique<SoundEngine>(request); }

}  // namespace figment::neural
