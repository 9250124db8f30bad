#include "neural/htdemucs/htdemucs_settings.h"

#include <cmath>
#include <filesystem>
#include <set>

#include "neural/settings.h"
#include "storage/files.h"
#include "weights/pickle.h"

namespace figment::neural {
namespace {

constexpr std::int64_t kLongestSegment = std::int64_t{60} * 192'000;
constexpr std::size_t kMostSources = 32;

// A value of a package as JSON; what is neither text, number, list nor dict becomes null.
nlohmann::json as_json(const weights::Value& value, int deep = 0) {
  if (deep > weights::kDeepest) return nullptr;
  if (const auto* text = value.string()) return *text;
  if (const auto* flag = std::get_if<bool>(&value.is)) return *flag;
  if (const auto* whole = std::get_if<std::int64_t>(&value.is)) return *whole;
  if (const auto* number = std::get_if<double>(&value.is)) return *number;
  if (const auto* list = value.list()) {
    nlohmann::json all = nlohmann::json::array();
    for (const weights::Value& item : list->items) all.push_back(as_json(item, deep + 1));
    return all;
  }
  if (const auto* dict = value.dict()) {
    nlohmann::json all = nlohmann::json::object();
    for (const auto& [key, item] : dict->items)
      if (const auto* word = key.string()) all[*word] = as_json(item, deep + 1);
    return all;
  }
  return nullptr;
}

// Seconds, as a number or "39/5".
double seconds_of(const nlohmann::json& kwargs, const Facts& facts) {
  const auto found = kwargs.find("segment");
  if (found == kwargs.end()) facts.fail("does not say \"segment\"");
  if (found->is_number()) return found->get<double>();
  if (found->is_string()) {
    const std::string& text = found->get_ref<const std::string&>();
    char* end = nullptr;
    const double over = std::strtod(text.c_str(), &end);
    if (*end == '\0' && !text.empty()) return over;
    if (*end == '/') {
      const double under = std::strtod(end + 1, &end);
      if (*end == '\0' && under != 0) return over / under;
    }
  }
  facts.fail("says of \"segment\" no number of seconds, but " + found->dump());
}

}  // namespace

std::int64_t HtdemucsSettings::width(std::int64_t layer) const noexcept {
  std::int64_t c = channels;
  for (std::int64_t i = 0; i < layer; ++i) c *= growth;
  return c;
}

HtdemucsSettings HtdemucsSettings::parse(const nlohmann::json& kwargs, const std::string& name) {
  const Facts facts(kwargs, name);
  HtdemucsSettings s;
  const auto sources = kwargs.find("sources");
  if (sources == kwargs.end() || !sources->is_array() || sources->empty() || sources->size() > kMostSources) facts.fail("says of \"sources\" no list of 1 to 32 names");
  s.sources.clear();
  for (const auto& source : *sources) {
    if (!source.is_string() || source.get_ref<const std::string&>().empty() || source.get_ref<const std::string&>().size() > 40 || source.get_ref<const std::string&>().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos)
      facts.fail("has a source that is called " + source.dump() + "; wanted are small letters, digits, dashes and underscores");
    s.sources.push_back(source.get<std::string>());
  }
  if (std::set<std::string>(s.sources.begin(), s.sources.end()).size() != s.sources.size()) facts.fail("has two sources of one name");
  s.rate = facts.whole("samplerate", 1000, 192'000, 44100);
  const double samples = seconds_of(kwargs, facts) * static_cast<double>(s.rate);
  if (!(samples >= 1 && samples <= static_cast<double>(kLongestSegment))) facts.fail("says of \"segment\" " + std::to_string(samples) + " samples");
  s.segment = static_cast<std::int64_t>(samples + 1e-6);
  s.channels = facts.whole("channels", 1, 4096, 48);
  s.growth = facts.whole("growth", 1, 8, 2);
  s.depth = facts.whole("depth", 1, 8, 4);
  s.kernel = facts.whole("kernel_size", 2, 64, 8);
  s.stride = facts.whole("stride", 1, 32, 4);
  s.nfft = facts.whole("nfft", 16, 1 << 16, 4096);
  s.frequency_embedding = facts.number("freq_emb", 0.2);
  s.embedding_scale = facts.number("emb_scale", 10);
  s.dconv_depth = facts.whole("dconv_depth", 0, 8, 2);
  s.dconv_compress = facts.whole("dconv_comp", 1, 64, 8);
  const std::int64_t mode = facts.whole("dconv_mode", 0, 3, 1);
  s.dconv_in_encoder = (mode & 1) != 0, s.dconv_in_decoder = (mode & 2) != 0;
  s.bottom = facts.whole("bottom_channels", 0, 1 << 14, 0);
  s.layers = facts.whole("t_layers", 1, 64, 5);
  s.heads = facts.whole("t_heads", 1, 256, 8);
  s.longest_period = facts.number("t_max_period", 10000);
  s.position_weight = facts.number("t_weight_pos_embed", 1);
  double widest = static_cast<double>(s.channels) * std::pow(static_cast<double>(s.growth), static_cast<double>(s.depth));
  if (widest > (1 << 16)) facts.fail("asks for layers " + std::to_string(widest) + " channels wide");
  s.hidden = static_cast<std::int64_t>(static_cast<double>(s.width()) * facts.number("t_hidden_scale", 4));
  if (s.hidden < 1 || s.hidden > (1 << 18)) facts.fail("says of \"t_hidden_scale\" a number that makes inner layers of " + std::to_string(s.hidden));
  if (s.width() % s.heads != 0 || s.width() % 4 != 0) facts.fail("has " + std::to_string(s.heads) + " heads and a transformer " + std::to_string(s.width()) + " wide, which do not fit");
  if (s.nfft % 4 != 0 || (s.nfft & (s.nfft - 1)) != 0) facts.fail("says \"nfft\": " + std::to_string(s.nfft) + "; wanted is a power of 2");

  // What is built in one way only.
  const auto only = [&](const char* key, bool fits, const std::string& way) {
    if (!fits) throw Error(ErrorCode::Unsupported, name + " is of a form of HTDemucs that says \"" + key + "\": " + (kwargs.contains(key) ? kwargs.at(key).dump() : "nothing") + "; figment knows " + way, "the published htdemucs, htdemucs_ft and htdemucs_6s are of the form it knows");
  };
  const auto none = [&](const char* key) {
    const auto found = kwargs.find(key);
    return found == kwargs.end() || found->is_null() || (found->is_array() && found->empty()) || (found->is_boolean() && !found->get<bool>()) || (found->is_number() && found->get<double>() == 0);
  };
  only("audio_channels", facts.whole("audio_channels", 1, 64, 2) == 2, "2");
  only("channels_time", none("channels_time"), "none");
  only("cac", facts.yes("cac", true), "true");
  only("multi_freqs", none("multi_freqs"), "none");
  only("rewrite", facts.yes("rewrite", true), "true");
  only("context", facts.whole("context", 0, 64, 1) == 1, "1");
  only("context_enc", facts.whole("context_enc", 0, 64, 0) == 0, "0");
  only("norm_starts", facts.whole("norm_starts", 0, 64, 4) >= s.depth, "norms of no layer");
  only("stride", s.kernel == 2 * s.stride && s.stride % 2 == 0, "half the kernel, and even");
  only("t_emb", facts.text("t_emb", "sin") == "sin", "\"sin\"");
  only("t_sin_random_shift", none("t_sin_random_shift"), "0");
  only("t_norm_in", facts.yes("t_norm_in", true), "true");
  only("t_norm_in_group", none("t_norm_in_group"), "false");
  only("t_group_norm", none("t_group_norm"), "false");
  only("t_norm_first", facts.yes("t_norm_first", true), "true");
  only("t_norm_out", facts.yes("t_norm_out", true), "true");
  only("t_layer_scale", facts.yes("t_layer_scale", true), "true");
  only("t_gelu", facts.yes("t_gelu", true), "true");
  only("t_cross_first", none("t_cross_first"), "false");
  only("t_sparse_self_attn", none("t_sparse_self_attn"), "false");
  only("t_sparse_cross_attn", none("t_sparse_cross_attn"), "false");
  only("use_train_segment", facts.yes("use_train_segment", true), "true");
  // Frequencies stay more than one: the branches meet in the transformer only.
  std::int64_t frequencies = s.nfft / 2;
  for (std::int64_t i = 0; i < s.depth; ++i) {
    only("depth", frequencies > s.kernel && frequencies % s.stride == 0, "as many layers as leave more frequencies than the kernel is long");
    frequencies /= s.stride;
  }
  return s;
}

HtdemucsSettings HtdemucsSettings::of(const weights::WeightFile& file) {
  if (const weights::Value* said = file.said(); said != nullptr) {
    const weights::Value* kwargs = said->find("kwargs");
    const weights::Value* klass = said->find("klass");
    const auto* of_class = klass != nullptr ? std::get_if<weights::Global>(&klass->is) : nullptr;
    if (of_class != nullptr && of_class->name != "demucs.htdemucs.HTDemucs")
      throw Error(ErrorCode::Unsupported, file.path().string() + " holds a " + of_class->name + "; wanted is a demucs.htdemucs.HTDemucs", "\"figment models pull htdemucs\" fetches one");
    if (kwargs != nullptr && kwargs->dict() != nullptr) return parse(as_json(*kwargs), file.path().string());
    throw Error(ErrorCode::Corrupt, file.path().string() + " does not say how its network was made: it has no \"kwargs\"", "wanted is a package as demucs publishes them");
  }
  const std::filesystem::path beside = (std::filesystem::is_directory(file.path()) ? file.path() : file.path().parent_path()) / "config.json";
  if (!std::filesystem::exists(beside)) throw Error(ErrorCode::NotFound, file.path().string() + " wants a config.json beside it, which tells how the network was made");
  const nlohmann::json config = nlohmann::json::parse(storage::read_file(beside), nullptr, false);
  return parse(config, beside.string());
}

std::string htdemucs_prefix(const weights::WeightFile& file) { return file.said() != nullptr ? "state." : ""; }

}  // namespace figment::neural
