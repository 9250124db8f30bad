#include "build/sound_marks.h"

#include <exception>
#include <nlohmann/json.hpp>

#include "base/plain_text.h"

namespace figment::build {
namespace {

constexpr const char* kRecipe = "FIGMENT_RECIPE";
constexpr const char* kWeights = "FIGMENT_WEIGHTS";
constexpr const char* kSource = "DIGITALSOURCETYPE";
constexpr const char* kLicence = "LICENSE";
constexpr std::size_t kMostTag = 256U << 10;
constexpr const char* kTrained = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
constexpr const char* kComposite = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

nlohmann::json json_in(const audio::Tags& tags, const char* field) {
  const auto found = tags.more.find(field);
  if (found == tags.more.end() || found->second.size() > kMostTag) return {};
  nlohmann::json json = nlohmann::json::parse(found->second, nullptr, false);
  return json.is_discarded() ? nlohmann::json() : json;
}

std::string text_in(const nlohmann::json& object, const char* name, std::size_t most) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? plain_text(found->get<std::string>(), most) : std::string();
}

// Names of files need not be UTF-8.
std::string text_of(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

MadeBy made_by(const audio::Tags& tags) {
  MadeBy made;
  const nlohmann::json recipe = json_in(tags, kRecipe), list = json_in(tags, kWeights);
  made.weights = song::weights_told(recipe);
  song::unite(made.weights, song::weights_told({{"weights", list}}));
  made.engine = text_in(recipe, "engine", 100);
  if (!made.engine.empty() && recipe.contains("version") && recipe.at("version").is_number_integer()) made.engine += " " + recipe.at("version").dump();
  if (recipe.is_object() && recipe.contains("parameters")) made.prompt = text_in(recipe.at("parameters"), "prompt", 300);
  const auto source = tags.more.find(kSource);
  made.composite = source != tags.more.end() && source->second.find("compositeWithTrainedAlgorithmicMedia") != std::string::npos;
  return made;
}

MadeBy made_by(const std::filesystem::path& sound) {
  try {
    return made_by(audio::read_tags(sound));
  } catch (const std::exception&) {
    return {};   // no tags, or not to be read: whoever reads the sound says what is wrong with it
  }
}

void mark_weights(audio::Tags& tags, const std::vector<song::WeightsUsed>& weights, bool composite) {
  if (weights.empty()) return;
  const std::string sentence = "Trained weights took part: " + song::weights_text(weights) + ".";
  if (tags.comment.find(sentence) == std::string::npos) tags.comment += (tags.comment.empty() ? "" : tags.comment.ends_with('.') ? " " : ". ") + sentence;
  tags.more[kWeights] = text_of(song::to_json(weights));
  tags.more[kLicence] = "of the trained weights: " + song::weights_text(weights);
  tags.more[kSource] = composite ? kComposite : kTrained;
}

void mark_made_of(audio::Tags& tags, const MadeBy& other, song::Recipe recipe) {
  if (other.weights.empty()) return;
  recipe.weights = other.weights;
  tags.more[kRecipe] = text_of(recipe.to_json());
  mark_weights(tags, other.weights, other.composite);
}

audio::Tags no_marks() {
  audio::Tags tags;
  for (const char* field : {kWeights, kLicence, kSource, "COMMENT"}) tags.more[field] = "";
  return tags;
}

}  // namespace figment::build
