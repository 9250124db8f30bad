#include "build/provenance.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "build/exports.h"
#include "build/sound_marks.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "storage/take_store.h"

namespace figment::build {
namespace fs = std::filesystem;
namespace {

constexpr int kDeepest = 16;

std::vector<std::string> facts_of(const nlohmann::json& record) {
  std::vector<std::string> facts;
  const auto& recipe = record.at("recipe");
  const auto& p = recipe.at("parameters");
  if (p.contains("instrument")) facts.push_back("instrument " + p.at("instrument").get<std::string>());
  if (p.contains("warp")) facts.push_back(fmt::format("fitted to {:.2f} bpm by {} points", p.at("tempo").at(0).at(1).get<double>(), p.at("warp").size()));
  if (p.contains("semitones") && p.at("semitones").get<double>() != 0) facts.push_back(fmt::format("{:+.2f} semitones", p.at("semitones").get<double>()));
  if (p.contains("effects") && !p.at("effects").empty()) {
    std::string chain;
    for (const auto& e : p.at("effects")) chain += (chain.empty() ? "" : " → ") + e.at("type").get<std::string>();
    facts.push_back("effects " + chain);
  }
  if (p.contains("strips")) facts.push_back(std::to_string(p.at("strips").size()) + " tracks");
  if (p.contains("target_lufs")) facts.push_back(fmt::format("target {:g} LUFS, ceiling {:g} dBTP, balance {}", p.at("target_lufs").get<double>(), p.at("ceiling_dbtp").get<double>(), p.at("balance").get<std::string>()));
  if (recipe.value("seed", std::uint64_t{0}) != 0) facts.push_back("seed " + std::to_string(recipe.at("seed").get<std::uint64_t>()));
  const auto& measured = record.at("measured");
  if (measured.contains("loudness_lufs")) facts.push_back(fmt::format("{:.1f} LUFS", measured.at("loudness_lufs").get<double>()));
  if (measured.contains("true_peak_dbtp")) facts.push_back(fmt::format("{:.1f} dBTP", measured.at("true_peak_dbtp").get<double>()));
  return facts;
}

void tell(Origin& origin, const std::string& engine, const std::string& prompt) {
  origin.engine = engine;
  if (!prompt.empty()) origin.facts.push_back("from “" + prompt + "”");
}

// What the tags say of a file in the song's folder. Nothing where another file lies there now.
MadeBy made_by_in(const fs::path& folder, const std::string& name, const Digest& digest) {
  try {
    const fs::path file = storage::path_inside(folder, name);
    if (sha256_file(file) == digest) return made_by(file);
  } catch (const Error&) {
    // Gone, or never ours to read.
  }
  return {};
}

Origin of_file(const fs::path& folder, const std::string& name, const Digest& digest) {
  Origin origin{name, "", digest, {}, {}, {}};
  const MadeBy made = made_by_in(folder, name, digest);
  tell(origin, made.engine, made.prompt);
  origin.weights = made.weights;
  return origin;
}

// A sample of an instrument, as the instrument's origin.json tells; nothing more where somebody else laid it there.
Origin of_sample(const fs::path& folder, const std::string& name, const Digest& digest) {
  const Origin plain = of_file(folder, name, digest);
  Origin origin{name, "", digest, {}, {}, plain.weights};
  const fs::path file(name);
  for (fs::path above = file.parent_path(); above.has_relative_path(); above = above.parent_path()) {
    std::error_code status;
    if (!fs::exists(folder / above / "origin.json", status)) continue;
    try {
      const auto known = nlohmann::json::parse(storage::read_file(folder / above / "origin.json")).at("samples").at(file.lexically_relative(above).generic_string());
      origin.engine = known.at("engine").get<std::string>();
      const std::string from = known.at("from").get<std::string>();
      if (known.contains("key")) origin.facts.push_back("as " + from + " plays key " + std::to_string(known.at("key").get<int>()));
      else origin.from.push_back({from, "", known.at("sha256").get<std::string>(), {}, {}, song::weights_told(known)});
      if (known.contains("made_by")) tell(origin.from.back(), known.at("made_by").at("engine").get<std::string>(), known.at("made_by").at("prompt").get<std::string>());
      if (known.contains("recipe")) {
        const auto& recipe = known.at("recipe");
        Origin& cut = origin.from.back();
        cut.engine = recipe.at("engine").get<std::string>() + " " + std::to_string(recipe.at("version").get<int>());
        cut.facts.push_back(fmt::format("from {:.2f} s, {:.2f} s long", recipe.at("parameters").at("begin_s").get<double>(), recipe.at("parameters").at("length_s").get<double>()));
        for (const auto& input : recipe.at("inputs")) cut.from.push_back({input.at("name").get<std::string>(), "", input.at("sha256").get<std::string>(), {}, {}, {}});
      }
    } catch (const std::exception&) {
      return plain;
    }
    return origin;
  }
  return plain;
}

Origin of_take(const fs::path& folder, const storage::TakeStore& store, const std::string& name, const Digest& take, int depth) {
  Origin origin{name, "", take, {}, {}, {}};
  if (depth > kDeepest) throw Error(ErrorCode::Corrupt, "the records of " + name + " go round in a circle");
  try {
    const auto record = nlohmann::json::parse(store.record(take));
    const auto& recipe = record.at("recipe");
    origin.engine = recipe.at("engine").get<std::string>() + " " + std::to_string(recipe.at("version").get<int>());
    origin.facts = facts_of(record);
    origin.weights = song::weights_told(recipe);
    for (const auto& input : recipe.at("inputs")) {
      const auto kind = input.at("kind").get<std::string>(), input_name = input.at("name").get<std::string>();
      const auto digest = input.at("sha256").get<std::string>();
      origin.from.push_back(kind == "take" ? of_take(folder, store, input_name, digest, depth + 1) : kind == "sample" ? of_sample(folder, input_name, digest) : kind == "file" ? of_file(folder, input_name, digest) : Origin{input_name, "", digest, {}, {}, {}});
    }
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::Corrupt, "the record of take " + take + " is damaged: " + e.what(), "figment build makes it again when its .json is removed");
  }
  return origin;
}

void add_text(const Origin& origin, const std::string& lead, std::string& out) {
  out += origin.name;
  if (!origin.engine.empty()) out += "  ← " + origin.engine;
  for (const std::string& fact : origin.facts) out += "  · " + fact;
  if (!origin.weights.empty()) out += "  · weights: " + song::weights_text(origin.weights);
  if (!origin.digest.empty()) out += "  [" + origin.digest.substr(0, 12) + "]";
  out += "\n";
  for (std::size_t i = 0; i < origin.from.size(); ++i) {
    const bool last = i + 1 == origin.from.size();
    out += lead + (last ? "└─ " : "├─ ");
    add_text(origin.from[i], lead + (last ? "   " : "│  "), out);
  }
}

nlohmann::ordered_json json_of(const Origin& origin) {
  nlohmann::ordered_json j{{"name", origin.name}, {"engine", origin.engine}, {"sha256", origin.digest}, {"facts", origin.facts}, {"weights", song::to_json(origin.weights)}};
  j["from"] = nlohmann::ordered_json::array();
  for (const Origin& o : origin.from) j["from"].push_back(json_of(o));
  return j;
}

}  // namespace

Origin origin_of(const fs::path& folder, const std::string& file) {
  const ExportList list(folder / "export");
  // "export/master.wav", "my-song/export/master.wav", "master.wav" all mean the same file.
  const std::string tidy = fs::path(file).lexically_normal().generic_string();
  std::string known;
  for (const auto& [name, entry] : list.entries()) {
    known += (known.empty() ? "" : ", ") + ("export/" + name);
    if (tidy != name && !tidy.ends_with("export/" + name)) continue;
    Origin origin{"export/" + name, "", {}, {}, {}, entry.weights};
    const storage::TakeStore store(folder / "takes");
    if (name.starts_with("stems/")) {
      // A stem is one strip of the desk: the mix step, of which one track matters.
      const std::string id = fs::path(name).stem().string();
      Origin mix = of_take(folder, store, "mix", entry.take, 0);
      std::erase_if(mix.from, [&](const Origin& o) { return o.name != "track " + id && std::any_of(mix.from.begin(), mix.from.end(), [&](const Origin& x) { return x.name == "track " + id; }); });
      mix.weights = entry.weights;
      mix.facts = {"the strip \"" + id + "\" of it"};
      origin.from.push_back(std::move(mix));
    } else if (!entry.take.empty()) {
      origin.from.push_back(of_take(folder, store, "master", entry.take, 0));
    } else {
      for (const song::Track& track : song::load(folder).tracks) {
        std::error_code status;
        if (!track.clips.empty()) continue;
        const auto midi = storage::path_inside(folder, track.midi);
        origin.from.push_back({track.midi, "", fs::exists(midi, status) ? sha256_file(midi) : Digest{}, {}, {}, {}});
      }
    }
    return origin;
  }
  throw Error(ErrorCode::NotFound, "no build of " + folder.string() + " made " + file,
              known.empty() ? "run: figment build " + folder.string() : "it made: " + known);
}

std::string tree_text(const Origin& origin) {
  std::string out;
  add_text(origin, "", out);
  return out;
}

std::string tree_json(const Origin& origin) { return json_of(origin).dump(1) + "\n"; }

}  // namespace figment::build
