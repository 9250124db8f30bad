#include "studio/split_engine.h"

#include "base/error.h"
#include "base/memory.h"
#include "models/catalogue.h"
#include "separation/builtin_splitter.h"
#include "studio/data_dir.h"

namespace figment::studio {
namespace {

constexpr const char* kBuiltin = "builtin";
constexpr const char* kBest[] = {"htdemucs", "htdemucs_ft", "htdemucs_6s"};

SplitEngine builtin(const NeuralWish& wish, std::string remark) {
  if (wish.device != "cpu") throw Error(ErrorCode::InvalidArgument, "the built-in engine works on the processor, not on " + wish.device, "a network can: figment models pull " + std::string(kBest[0]));
  SplitEngine chosen{separation::make_builtin_splitter(wish.threads), {}};
  if (!remark.empty()) chosen.remarks.push_back(std::move(remark));
  return chosen;
}

}  // namespace

SplitEngine split_engine(NeuralWish wish) {
  if (wish.engine == kBuiltin) return builtin(wish, {});
  if (!wish.engine.empty()) return {neural_splitter(wish), {}};
  std::string why;
  for (const char* name : kBest) {
    if (!neural_installed(name)) continue;
    try {
      wish.engine = name;
      return {neural_splitter(wish), {}};
    } catch (const Error& e) {
      // Without LibTorch there is still the built-in one; damaged weights and too little memory are for the user to know.
      if (e.code() != ErrorCode::NotFound && e.code() != ErrorCode::Unsupported) throw;
      why = std::string(name) + " is installed, and cannot be used: " + e.what() + (e.hint().empty() ? "" : " (" + e.hint() + ")");
      break;
    }
  }
  if (!why.empty()) return builtin(wish, "split by the built-in engine, which is modest; " + why);
  const models::Catalogue catalogue = models::Catalogue::load(find_data_dir() / "data" / "models.toml");
  const models::KnownModel& best = catalogue.at(kBest[0]);
  return builtin(wish, "split by the built-in engine, which is modest; far better: figment models pull " + best.name + " (" + size_text(best.size()) + (best.commercial_use ? "" : ", no commercial use") + "), then split again");
}

}  // namespace figment::studio
