#include "studio/doubt.h"

#include "base/error.h"
#include "studio/analyze.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace {

constexpr double kRefuse = 0.25, kDoubt = 0.5;
constexpr double kTonal = 0.3, kSureOfKey = 0.5;

}  // namespace

analysis::SoundAnalysis analysis_with_tempo(const std::filesystem::path& file, double bpm, const Progress& progress) {
  if (bpm <= 0) return *analyze_file(file, progress).analysis;
  analysis::BeatOptions options;
  options.known = Bpm{bpm};
  return analysis::analyse(analysis::listen(file, progress), beat_network(), options);
}

void check_beats(const analysis::SoundAnalysis& heard, const std::filesystem::path& file, bool anyway, std::vector<std::string>& remarks) {
  const std::string sure = plain_number(heard.grid.confidence, 2);
  if (heard.grid.confidence < kRefuse && !anyway)
    throw Error(ErrorCode::InvalidArgument, file.string() + ": its beats were found with a confidence of " + sure + " only, so the fit would be a guess",
                "say its tempo with --source-bpm, or fit it all the same with --force");
  if (heard.grid.confidence < kDoubt) remarks.push_back("its beats are not sure (confidence " + sure + "): listen before you use it");
}

double semitones_to(const analysis::SoundAnalysis& heard, const score::Key& key, std::vector<std::string>& remarks) {
  const analysis::HeardKey& own = heard.harmony.key;
  if (own.confidence <= kTonal) {
    remarks.emplace_back("no clear key is heard in it, so it is not transposed");
    return 0;
  }
  if (own.confidence < kSureOfKey) remarks.push_back("its key is not sure (" + own.key.text() + ", confidence " + plain_number(own.confidence, 2) + ")");
  const int step = score::pitch_class(key.relative_major().tonic - own.key.relative_major().tonic);
  return (step > 6 ? step - 12 : step) - heard.tuning_cents / 100;
}

}  // namespace figment::studio
