#include "sounds/builtin.h"

#include "base/error.h"
#include "compose/vocabulary.h"
#include "sounds/sound_plan.h"
#include "sounds/sound_render.h"

namespace figment::sounds {
namespace {

class BuiltinSounds final : public roles::SoundGenerator {
 public:
  explicit BuiltinSounds(std::filesystem::path data_dir) : data_dir_(std::move(data_dir)), table_(data_dir_), vocabulary_(compose::load_vocabulary(data_dir_ / "data")) {}

  [[nodiscard]] roles::EngineInfo info() const override { return {"builtin", 1, "drum synthesis, synthesizers and effects, told by words", {}}; }

  roles::SoundFacts generate(const roles::SoundRequest& request, const Sink& sink, const Progress& progress) override {
    if (!(request.rate.value >= 8000 && request.rate.value <= 192000)) throw Error(ErrorCode::InvalidArgument, "sample rate: wanted 8000 to 192000 Hz, found " + std::to_string(request.rate.value));
    if (request.length && !(request.length->value >= 0.01 && request.length->value <= 3600)) throw Error(ErrorCode::InvalidArgument, "length: wanted 0.01 to 3600 seconds, found " + std::to_string(request.length->value));
    return render_sound(plan_sound(read_sound_prompt(request.prompt, table_, *vocabulary_), table_, request, data_dir_), data_dir_, sink, progress);
  }

 private:
  std::filesystem::path data_dir_;
  SoundTable table_;
  std::shared_ptr<const compose::Vocabulary> vocabulary_;
};

}  // namespace

std::unique_ptr<roles::SoundGenerator> make_builtin_sounds(const std::filesystem::path& data_dir) { return std::make_unique<BuiltinSounds>(data_dir); }

}  // namespace figment::sounds
