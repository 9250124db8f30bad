#include "studio/models.h"

#include <algorithm>

#include "base/error.h"
#include "studio/data_dir.h"

namespace figment::studio {
namespace {

models::Catalogue model_catalogue() { return models::Catalogue::load(find_data_dir() / "data" / "models.toml"); }
models::Store model_store() { return models::Store(models::Store::usual_root()); }

void read_installed(ModelState& state, const models::Store& store) {
  try {
    state.installed = store.find(state.name);
    if (state.installed) state.size = state.installed->size();
  } catch (const Error& e) {
    state.damage = e.what();
  }
}

}  // namespace

ModelList list_models() {
  const models::Catalogue catalogue = model_catalogue();
  const models::Store store = model_store();
  ModelList list{store.root(), {}};
  for (const models::KnownModel& known : catalogue.models()) {
    ModelState state{known.name, known.what, known.repository, known.url, known.licence, known.licence_note, known.commercial_use, known.needs, known.size(), true, {}, {}, 0};
    read_installed(state, store);
    if (!state.installed) state.unfinished = store.unfinished(known);
    list.models.push_back(std::move(state));
  }
  for (const std::string& name : store.installed()) {
    if (catalogue.find(name) != nullptr) continue;
    ModelState state;
    state.name = name;
    state.what = "a model of yours";
    read_installed(state, store);
    if (state.installed) {
      state.licence = state.installed->licence;
      state.commercial_use = state.installed->commercial_use;
      state.needs = state.installed->needs;
    }
    list.models.push_back(std::move(state));
  }
  return list;
}

std::vector<Pulled> pull_model(const std::string& name, const Progress& progress) {
  const models::Catalogue catalogue = model_catalogue();
  const models::Store store = model_store();
  const models::Hub hub = models::Hub::of_environment();
  const auto order = catalogue.with_needs(name);
  double all = 0;
  for (const models::KnownModel* model : order) all += static_cast<double>(model->size());
  std::vector<Pulled> pulled;
  double before = 0;
  for (const models::KnownModel* model : order) {
    const double to = before + static_cast<double>(model->size());
    const bool done = store.pull(*model, hub, progress.part(before / all, to / all));
    pulled.push_back({model->name, !done, store.find(model->name).value()});
    before = to;
  }
  return pulled;
}

models::Added add_model(const models::AddRequest& request, const Progress& progress) { return model_store().add(request, model_catalogue(), progress); }

std::vector<models::Verified> verify_models(const std::string& name, const Progress& progress) {
  const models::Store store = model_store();
  const std::vector<std::string> names = name.empty() ? store.installed() : std::vector<std::string>{name};
  std::vector<models::Verified> verified;
  for (std::size_t n = 0; n < names.size(); ++n)
    verified.push_back(store.verify(names[n], progress.part(static_cast<double>(n) / static_cast<double>(names.size()), static_cast<double>(n + 1) / static_cast<double>(names.size()))));
  return verified;
}

RemovedModel remove_model(const std::string& name, bool even_if_needed, const Progress& progress) { return {name, model_store().remove(name, even_if_needed, model_catalogue(), progress)}; }

}  // namespace figment::studio
