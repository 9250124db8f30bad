#include "studio/neural_engines.h"

#include <dlfcn.h>

#include <algorithm>

#include "base/blas_environment.h"
#include "base/error.h"
#include "base/modules.h"
#include "models/store.h"
#include "studio/data_dir.h"

namespace figment::studio {
namespace {

constexpr const char* kInstall = "apt install libtorch1.13 libopenblas0-openmp libhwy1 libsentencepiece0 libyaml-cpp0.7";

roles::NeuralModule& open_module() {
  const auto file = find_module("figment-neural");
  prepare_blas();                        // before LibTorch comes with the module
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw Error(ErrorCode::NotFound, std::string("neural engines want LibTorch and what belongs to it, and it cannot be opened: ") + ::dlerror(), kInstall);
  const auto open = reinterpret_cast<roles::OpenNeuralModule>(::dlsym(handle, roles::kNeuralSymbol));
  roles::NeuralModule* module = open != nullptr ? open(roles::kNeuralVersion) : nullptr;
  if (module == nullptr) throw Error(ErrorCode::Unsupported, file.string() + " belongs to another figment than this one", "build or install both together");
  return *module;
}

roles::NeuralModule& module() {
  static roles::NeuralModule& opened = open_module();
  return opened;
}

roles::NeuralRequest request_for(const NeuralWish& wish, const std::string& what) {
  const models::Catalogue catalogue = models::Catalogue::load(find_data_dir() / "data" / "models.toml");
  const models::Store store(models::Store::usual_root());
  const models::KnownModel* known = catalogue.find(wish.engine);
  if ((known == nullptr && !store.find(wish.engine)) || (known != nullptr && known->makes != what)) {
    std::vector<std::string> names = neural_engines(what);
    if (what != "music") names.insert(names.begin(), "builtin");
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    const std::string like = models::nearest(wish.engine, names);
    throw Error(ErrorCode::NotFound, "there is no engine \"" + wish.engine + "\" that makes " + what + (like.empty() ? "" : "; did you mean " + like + "?"), "there are: " + all);
  }
  roles::NeuralRequest request;
  request.engine = wish.engine;
  request.precision = wish.precision;
  request.threads = wish.threads;
  request.device = wish.device;
  const auto take = [&](const std::string& name) {
    const models::Manifest m = store.find(name).value();
    request.models.push_back({name, store.root() / name});
    request.weights.push_back({name, m.licence, m.commercial_use, m.weights_sha256()});
  };
  (void)store.folder(wish.engine, catalogue);      // or says how to get it
  take(wish.engine);
  // What it needs; what a model of the user's own needs is found by looking into those that are parts of others. What is missing is for
  // the engine to say: a model may hold everything itself.
  if (known != nullptr) {
    for (const models::KnownModel* need : catalogue.with_needs(wish.engine))
      if (need != known && store.find(need->name)) take(need->name);
  } else {
    for (const models::KnownModel& part : catalogue.models())
      if (part.makes.empty() && store.find(part.name)) take(part.name);
  }
  return request;
}

}  // namespace

std::vector<std::string> neural_engines(const std::string& what) {
  const models::Catalogue catalogue = models::Catalogue::load(find_data_dir() / "data" / "models.toml");
  const models::Store store(models::Store::usual_root());
  std::vector<std::string> here, elsewhere;
  const std::vector<std::string> installed = store.installed();
  for (const std::string& name : installed)
    if (const models::KnownModel* known = catalogue.find(name); known == nullptr || known->makes == what) here.push_back(name);
  for (const models::KnownModel& known : catalogue.models())
    if (known.makes == what && std::find(here.begin(), here.end(), known.name) == here.end()) elsewhere.push_back(known.name);
  here.insert(here.end(), elsewhere.begin(), elsewhere.end());
  return here;
}

bool neural_installed(const std::string& engine) { return models::Store(models::Store::usual_root()).find(engine).has_value(); }

std::unique_ptr<roles::MusicGenerator> neural_music(const NeuralWish& wish) {
  const roles::NeuralRequest request = request_for(wish, "music");
  return module().music_generator(request);
}

std::unique_ptr<roles::SoundGenerator> neural_sounds(const NeuralWish& wish) {
  const roles::NeuralRequest request = request_for(wish, "sound");
  return module().sound_generator(request);
}

std::unique_ptr<roles::StemSplitter> neural_splitter(const NeuralWish& wish) {
  const roles::NeuralRequest request = request_for(wish, "stems");
  return module().stem_splitter(request);
}

}  // namespace figment::studio
