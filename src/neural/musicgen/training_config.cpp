#include "neural/musicgen/training_config.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

#include "base/error.h"

namespace figment::neural {
namespace {

constexpr int kMostReferences = 16;      // in all, that one value is found through
constexpr std::size_t kMostItems = 64, kLongestValue = 256, kShown = 60;

// yaml-cpp's tags of scalars that had none in the text.
bool unquoted(const YAML::Node& node) { return node.IsScalar() && node.Tag() == "?"; }
bool quoted(const YAML::Node& node) { return node.IsScalar() && (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str"); }

// Of "${a.b}" the path a.b; nothing for other texts, and for those that name one of OmegaConf's functions or a relative path.
std::optional<std::string_view> reference(std::string_view text) {
  if (text.size() < 4 || text.size() > kLongestValue || !text.starts_with("${") || !text.ends_with('}')) return std::nullopt;
  const std::string_view path = text.substr(2, text.size() - 3);
  const auto usual = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  if (path.front() == '.' || !std::all_of(path.begin(), path.end(), usual)) return std::nullopt;
  return path;
}

template <typename Number>
std::optional<Number> parsed(const YAML::Node& node) {
  if (!unquoted(node)) return std::nullopt;
  const std::string& text = node.Scalar();
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string shown(std::string text) {
  if (text.size() > kShown) text = text.substr(0, kShown) + "…";
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

std::string plain(double x) {
  std::string text = std::to_string(x);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string described(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "nothing";
  if (node.IsMap()) return "a group";
  if (node.IsSequence()) return "a list";
  return unquoted(node) ? shown(node.Scalar()) : "\"" + shown(node.Scalar()) + "\"";
}

}  // namespace

struct TrainingConfig::Tree {
  YAML::Node root;

  // Undefined where there is none.
  [[nodiscard]] YAML::Node at(std::string_view path, const TrainingConfig& config) const {
    int references = 0;
    return at(path, config, references);
  }

  // `references` were followed so far.
  [[nodiscard]] YAML::Node at(std::string_view path, const TrainingConfig& config, int& references) const {
    YAML::Node node = root;
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t dot = std::min(path.find('.', from), path.size());
      if (!node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
      // As a constant: looking a name up must not add it.
      const YAML::Node& map = node;
      const YAML::Node item = map[std::string(path.substr(from, dot - from))];
      if (!item.IsDefined()) return YAML::Node(YAML::NodeType::Undefined);
      node.reset(item);
      if (node.IsScalar()) {
        if (const auto other = reference(node.Scalar())) {
          if (++references > kMostReferences) throw Error(ErrorCode::Corrupt, config.name_ + " says of " + shown(std::string(path)) + " what refers to itself, or to more than " + std::to_string(kMostReferences) + " others");
          const YAML::Node target = at(*other, config, references);
          if (!target.IsDefined()) return target;
          node.reset(target);
        }
      }
      from = dot + 1;
    }
    return node;
  }
};

TrainingConfig TrainingConfig::parse(std::string_view text, std::string name) {
  if (text.size() > kLongest) throw Error(ErrorCode::Corrupt, name + " has a training configuration of " + std::to_string(text.size()) + " bytes; wanted are at most " + std::to_string(kLongest));
  auto tree = std::make_shared<Tree>();
  try {
    tree->root = YAML::Load(std::string(text));
  } catch (const YAML::Exception& e) {
    throw Error(ErrorCode::Corrupt, name + " has a training configuration that is no YAML: " + shown(e.msg) + (e.mark.is_null() ? "" : ", line " + std::to_string(e.mark.line + 1)), "it may be incomplete: get it again");
  }
  if (!tree->root.IsMap()) throw Error(ErrorCode::Corrupt, name + " has a training configuration that is no group of named values", "it may come from another program than audiocraft");
  return {std::move(tree), std::move(name)};
}

void TrainingConfig::fail(std::string_view path, const std::string& wanted) const {
  throw Error(ErrorCode::Corrupt, name_ + " says of " + std::string(path) + " " + found(path) + "; wanted is " + wanted);
}

std::string TrainingConfig::found(std::string_view path) const { return described(tree_->at(path, *this)); }

bool TrainingConfig::has(std::string_view path) const {
  const YAML::Node node = tree_->at(path, *this);
  return node.IsDefined() && !node.IsNull() && !(node.IsScalar() && node.Scalar() == "???");
}

std::int64_t TrainingConfig::whole(std::string_view path, std::int64_t least, std::int64_t most, std::optional<std::int64_t> otherwise) const {
  if (otherwise && !has(path)) return *otherwise;
  const auto value = parsed<std::int64_t>(tree_->at(path, *this));
  if (!value || *value < least || *value > most) fail(path, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return *value;
}

double TrainingConfig::number(std::string_view path, double least, double most, std::optional<double> otherwise) const {
  if (otherwise && !has(path)) return *otherwise;
  const auto value = parsed<double>(tree_->at(path, *this));
  if (!value || !std::isfinite(*value) || *value < least || *value > most) fail(path, "a number from " + plain(least) + " to " + plain(most));
  return *value;
}

bool TrainingConfig::yes(std::string_view path, std::optional<bool> otherwise) const {
  if (otherwise && !has(path)) return *otherwise;
  const YAML::Node node = tree_->at(path, *this);
  if (unquoted(node)) {
    const std::string& word = node.Scalar();
    for (const char* yes : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
      if (word == yes) return true;
    for (const char* no : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
      if (word == no) return false;
  }
  fail(path, "true or false");
}

std::string TrainingConfig::text(std::string_view path, std::optional<std::string> otherwise) const {
  if (otherwise && !has(path)) return *otherwise;
  const YAML::Node node = tree_->at(path, *this);
  if (!has(path) || (!unquoted(node) && !quoted(node)) || node.Scalar().size() > kLongestValue) fail(path, "a text of at most " + std::to_string(kLongestValue) + " bytes");
  return node.Scalar();
}

std::vector<std::int64_t> TrainingConfig::wholes(std::string_view path, std::int64_t least, std::int64_t most) const {
  const YAML::Node node = tree_->at(path, *this);
  const std::string wanted = "a list of 1 to " + std::to_string(kMostItems) + " whole numbers from " + std::to_string(least) + " to " + std::to_string(most);
  if (!node.IsDefined() || !node.IsSequence() || node.size() == 0 || node.size() > kMostItems) fail(path, wanted);
  std::vector<std::int64_t> all;
  for (const YAML::Node& item : node) {
    const auto value = parsed<std::int64_t>(item);
    if (!value || *value < least || *value > most) throw Error(ErrorCode::Corrupt, name_ + " says of " + std::string(path) + " a list with " + described(item) + " in it; wanted is " + wanted);
    all.push_back(*value);
  }
  return all;
}

std::vector<std::string> TrainingConfig::texts(std::string_view path) const {
  if (!has(path)) return {};
  const YAML::Node node = tree_->at(path, *this);
  const std::string wanted = "a list of at most " + std::to_string(kMostItems) + " short texts";
  if (!node.IsSequence() || node.size() > kMostItems) fail(path, wanted);
  std::vector<std::string> all;
  for (const YAML::Node& item : node) {
    if ((!unquoted(item) && !quoted(item)) || item.Scalar().size() > kLongestValue) throw Error(ErrorCode::Corrupt, name_ + " says of " + std::string(path) + " a list with " + described(item) + " in it; wanted is " + wanted);
    all.push_back(item.Scalar());
  }
  return all;
}

std::vector<std::string> TrainingConfig::names(std::string_view path) const {
  if (!has(path)) return {};
  const YAML::Node node = tree_->at(path, *this);
  const std::string wanted = "a group of at most " + std::to_string(kMostItems) + " named values";
  if (!node.IsMap() || node.size() > kMostItems) fail(path, wanted);
  std::vector<std::string> all;
  for (const auto& item : node) {
    if (!item.first.IsScalar() || item.first.Scalar().size() > kLongestValue) fail(path, wanted);
    all.push_back(item.first.Scalar());
  }
  return all;
}

}  // namespace figment::neural
