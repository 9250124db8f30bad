// figment-parity DIR…   computes what each fixture folder holds the reference implementation's numbers of, with the float networks,
//                       and prints how far ours are off. Exit 1 where a tolerance is exceeded or an expected tensor was not
//                       computed. The kind of a folder is told by its config.json; each form of its weights is tried.
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

bool check(const fs::path& folder) {
  Fixture fixture{folder, read_json(folder / "config.json"), read_json(folder / "meta.json"), WeightFile::open(folder / "inputs.safetensors"), {}};
  if (!fixture.config.is_object()) throw Error(ErrorCode::NotFound, folder.string() + " has no config.json that is a JSON object");
  fixture.kind = fixture.config.value("model_type", "");
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
  } else if (fixture.kind == "encodec") {
    for (const char* file : {"model.safetensors", "compression_state_dict.bin"}) with(file, [&](Report& r, auto w) { check_encodec(fixture, w, r); });
  } else if (fixture.kind == "musicgen" || fixture.kind == "musicgen_melody") {
    // The second form holds the language model only.
    for (const char* file : {"model.safetensors", "state_dict.bin"}) with(file, [&](Report& r, auto w) { check_musicgen(fixture, open(folder / "model.safetensors"), w, r); });
    right &= check_fast(fixture, open(folder / "model.safetensors"), Report(folder));
  } else {
    throw Error(ErrorCode::Unsupported, folder.string() + " is of the kind \"" + fixture.kind + "\"; figment-parity knows t5, encodec, musicgen and musicgen_melody");
  }
  return right;
}

}  // namespace
}  // namespace figment::parity

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("figment-parity DIR…\n", stderr);
    return 2;
  }
  bool right = true;
  for (int i = 1; i < argc; ++i) try {
      right &= figment::parity::check(argv[i]);
    } catch (const figment::Error& e) {
      std::fprintf(stderr, "figment-parity: %s\n", e.what());
      right = false;
    } catch (const std::exception& e) {
      std::fprintf(stderr, "figment-parity: %s: %s\n", argv[i], e.what());
      right = false;
    }
  return right ? 0 : 1;
}
