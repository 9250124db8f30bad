// figment-judge-stems [options] FOLDER…     how near splitters come to the stems of FOLDER/NAME/{mix,drums,bass,other,vocals}.wav
//   --method NAME      builtin, mix, hpss, ideal (estimates.h); repeat for more   (builtin, mix, hpss)
//   --estimates DIR    stems made elsewhere: DIR/NAME/STEM.wav; repeat for more
//   --only TEXT        mixtures with this in their names
//   --full             also ISR, SIR and SAR: some five seconds more a mixture and method
//   --each             a line a mixture, method and stem before the table
//   --threads N        for the splitter   (0: all)
// The measures are BSS Eval v4 (bss_eval.h), and SDR and SI-SDR over the whole sound (measures.h); the table holds medians over mixtures.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>

#include "base/error.h"
#include "estimates.h"
#include "report.h"
#include "separation/builtin_splitter.h"

namespace {
namespace fs = std::filesystem;
using namespace figment;
using stems::FourStems, stems::Mixture;

struct Method {
  std::string name;
  std::function<FourStems(const Mixture&)> estimate;
};

struct Wish {
  std::vector<std::string> methods, estimates, folders;
  std::string only;
  bool full = false, each = false;
  int threads = 0;
};

std::optional<Wish> understand(int argc, char** argv) {
  Wish wish;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--full") wish.full = true;
    else if (word == "--each") wish.each = true;
    else if (word == "--method" && more) wish.methods.emplace_back(argv[++i]);
    else if (word == "--estimates" && more) wish.estimates.emplace_back(argv[++i]);
    else if (word == "--only" && more) wish.only = argv[++i];
    else if (word == "--threads" && more) wish.threads = std::atoi(argv[++i]);
    else if (word.rfind("--", 0) == 0) return std::nullopt;
    else wish.folders.push_back(word);
  }
  if (wish.folders.empty()) return std::nullopt;
  if (wish.methods.empty() && wish.estimates.empty()) wish.methods = {"builtin", "mix", "hpss"};
  return wish;
}

Method method_of(const std::string& name, int threads) {
  if (name == "mix") return {name, [](const Mixture& m) { return stems::mix_for_each(m.mix.view()); }};
  if (name == "hpss") return {name, [](const Mixture& m) { return stems::hpss_stems(m.mix.view()); }};
  if (name == "ideal") return {name, [](const Mixture& m) { return stems::ideal_stems(m); }};
  if (name == "builtin") {
    const std::shared_ptr<roles::StemSplitter> splitter = separation::make_builtin_splitter(threads);
    return {name, [splitter](const Mixture& m) { return stems::split_mix(m.mix.view(), *splitter, Progress()); }};
  }
  throw Error(ErrorCode::InvalidArgument, "no method is called " + name, "builtin, mix, hpss, ideal; or --estimates DIR");
}

}  // namespace

int main(int argc, char** argv) {
  const auto wish = understand(argc, argv);
  if (!wish) {
    std::fputs("figment-judge-stems [--method NAME]… [--estimates DIR]… [--only TEXT] [--full] [--each] [--threads N] FOLDER…\n", stderr);
    return 2;
  }
  try {
    std::vector<Method> methods;
    for (const std::string& name : wish->methods) methods.push_back(method_of(name, wish->threads));
    for (const std::string& folder : wish->estimates)
      methods.push_back({fs::path(folder).filename().string(), [folder](const Mixture& m) { return stems::stems_in_folder(m, folder); }});
    std::vector<stems::MethodScores> scores;
    for (const Method& method : methods) scores.push_back({method.name, {}});
    int count = 0;
    for (const std::string& root : wish->folders)
      for (const fs::path& folder : stems::find_mixtures(root, wish->only)) {
        const Mixture mixture = stems::read_mixture(folder);
        ++count;
        for (std::size_t m = 0; m < methods.size(); ++m) {
          const auto start = std::chrono::steady_clock::now();
          const std::clock_t worked = std::clock();
          const FourStems estimates = methods[m].estimate(mixture);
          const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
          const double processor = static_cast<double>(std::clock() - worked) / CLOCKS_PER_SEC;
          scores[m].mixtures.push_back({mixture.name, stems::judge_stems(mixture, estimates, wish->full), taken.count(), processor, static_cast<double>(mixture.mix.frames()) / mixture.mix.rate().value});
        }
        fmt::print(stderr, "\r{} {:<40}", count, mixture.name);
      }
    fmt::print(stderr, "\r{:60}\r", "");
    if (count == 0) throw Error(ErrorCode::NotFound, "no mixture was found", "a mixture is a folder of mix.wav, drums.wav, bass.wav, other.wav, vocals.wav");
    if (wish->each) fmt::print("{}\n", stems::lines_of(scores));
    fmt::print("{}", stems::table_of(scores, wish->full));
  } catch (const Error& e) {
    fmt::print(stderr, "figment-judge-stems: {}{}{}\n", e.what(), e.hint().empty() ? "" : "\n  ", e.hint());
    return 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "figment-judge-stems: {}\n", e.what());
    return 1;
  }
  return 0;
}
