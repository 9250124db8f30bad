// figment-parity [--audiocraft] DIR…
//                       computes what each fixture folder holds the reference implementation's numbers of, with the float networks,
//                       and prints how far ours are off. Exit 1 where a tolerance is exceeded or an expected tensor was not
//                       computed. The kind of a folder is told by its config.json; each form of its weights is tried. Without one,
//                       or with --audiocraft, only audiocraft's checkpoints are read, and the sizes from what lies in them.
#include <ATen/Parallel.h>

#include <cstdio>

#include "base/error.h"
#include "cases.h"
#include "storage/files.h"

namespace figment::parity {
namespace {

namespace fs = std::filesystem;
using weights::WeightFile;

nlohmann::json read_json(const fs::path& file) { return fs::exists(file) ? nlohmann::json::parse(storage::read_file(file), nullptr, false) : nlohmann::json(); }

std::shared_ptr<const WeightFile> open(const fs::path& file) { return std::make_shared<const WeightFile>(WeightFile::open(file)); }

std::string kind_of(const Fixture& fixture) {
  if (fixture.config.is_object() && fixture.config.contains("sources") && fixture.config.contains("nfft")) return "htdemucs";
  if (fixture.config.is_object()) return fixture.config.value("model_type", "");
  if (fs::exists(fixture.folder / "state_dict.bin")) return "audiocraft";
  if (fs::exists(fixture.folder / "compression_state_dict.bin")) return "encodec";
  throw Error(ErrorCode::NotFound, fixture.folder.string() + " has neither a config.json that is a JSON object nor audiocraft's checkpoints");
}

bool check(const fs::path& folder, bool only_audiocraft) {
  Fixture fixture{folder, only_audiocraft ? nlohmann::json() : read_json(folder / "config.json"), read_json(folder / "meta.json"), WeightFile::open(folder / "inputs.safetensors"), {}};
  fixture.kind = kind_of(fixture);
  bool right = true;
  const auto with = [&](const char* file, auto run) {
    if (!fs::exists(folder / file)) return;
    std::printf("\n%s with %s\n", folder.string().c_str(), file);
    Report report(folder);
    run(report, open(folder / file));
    right &= report.finish();
  };
  if (fixture.kind == "t5") {
    with("model.safetensors", [&](Report& r, auto w) { check_t5(fixture, w, r); });
    right &= check_t5_rounded(fixture, open(folder / "model.safetensors"));
  } else if (fixture.kind == "htdemucs") {
    std::vector<fs::path> files{"model.safetensors"};
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".th") files.push_back(entry.path().filename());
    for (const bool plain : {true, false})
      for (const fs::path& file : files) with(file.c_str(), [&](Report& r, auto w) { check_htdemucs(fixture, w, plain, r); });
    for (const fs::path& file : files)
      if (fs::exists(folder / file)) right &= check_htdemucs_bfloats(fixture, open(folder / file));
  } else if (fixture.kind == "encodec") {
    for (const char* file : {"model.safetensors", "compression_state_dict.bin"})
      if (fixture.config.is_object() || std::string_view(file) != "model.safetensors") with(file, [&](Report& r, auto w) { check_encodec(fixture, w, r); });
  } else if (fixture.kind == "musicgen" || fixture.kind == "musicgen_melody") {
    // The second form holds the language model only.
    for (const char* file : {"model.safetensors", "state_dict.bin"}) with(file, [&](Report& r, auto w) { check_musicgen(fixture, open(folder / "model.safetensors"), w, r); });
    right &= check_fast(fixture, open(folder / "model.safetensors"), Report(folder));
  } else if (fixture.kind == "audiocraft") {
    with("state_dict.bin", [&](Report& r, auto w) { check_musicgen(fixture, nullptr, w, r); });
    right &= check_fast(fixture, open(folder / "state_dict.bin"), Report(folder));
  } else {
    throw Error(ErrorCode::Unsupported, folder.string() + " is of the kind \"" + fixture.kind + "\"; figment-parity knows t5, encodec, musicgen, musicgen_melody and htdemucs");
  }
  return right;
}

}  // namespace
}  // namespace figment::parity

int main(int argc, char** argv) {
  const bool only_audiocraft = argc > 1 && std::string_view(argv[1]) == "--audiocraft";
  const int first = only_audiocraft ? 2 : 1;
  if (argc <= first) {
    std::fputs("figment-parity [--audiocraft] DIR…\n", stderr);
    return 2;
  }
  bool right = true;
  for (int i = first; i < argc; ++i) try {
      right &= figment::parity::check(argv[i], only_audiocraft);
    } catch (const figment::Error& e) {
      std::fprintf(stderr, "figment-parity: %s\n", e.what());
      right = false;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "figment-parity: %s: %s\n", argv[i], e.what());
      right = false;
    }
  return right ? 0 : 1;
}
