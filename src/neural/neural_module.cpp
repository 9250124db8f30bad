// The face of the neural module (roles/neural_module.h).

#include "neural/engines/music_engine.h"
#include "neural/engines/sound_engine.h"
#include "neural/engines/stem_engine.h"
#include "roles/neural_module.h"

namespace figment::neural {
namespace {

class Module final : public roles::NeuralModule {
 public:
  std::unique_ptr<roles::MusicGenerator> music_generator(const roles::NeuralRequest& request) override { return make_music_engine(request); }
  std::unique_ptr<roles::SoundGenerator> sound_generator(const roles::NeuralRequest& request) override { return make_sound_engine(request); }
  std::unique_ptr<roles::StemSplitter> stem_splitter(const roles::NeuralRequest& request) override { return make_stem_engine(request); }
};

}  // namespace
}  // namespace figment::neural

extern "C" __attribute__((visibility("default"))) figment::roles::NeuralModule* figment_neural_module(int version) {
  static figment::neural::Module module;
  return version == figment::roles::kNeuralVersion ? &module : nullptr;
}
