#include "studio/split_file.h"

#include <algorithm>

#include "base/error.h"
#include "base/executor.h"
#include "models/catalogue.h"
#include "studio/doubt.h"
#include "studio/out_file.h"
#include "studio/split_engine.h"
#include "studio/split_journal.h"
#include "studio/split_stems.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

constexpr double kMostOverlap = 0.5;
constexpr int kMostShifts = 20;
constexpr double kSureBeats = 0.25;            // below, each stem's own beats are taken

void check_request(const SplitRequest& request) {
  if (request.shifts < 0 || request.shifts > kMostShifts) throw Error(ErrorCode::InvalidArgument, "shifts: wanted 0 to " + std::to_string(kMostShifts) + ", found " + std::to_string(request.shifts));
  if (request.overlap && !(*request.overlap >= 0 && *request.overlap <= kMostOverlap)) throw Error(ErrorCode::InvalidArgument, "overlap: wanted 0 to 0.5, found " + plain_number(*request.overlap, 3));
  if (request.files.empty()) throw Error(ErrorCode::InvalidArgument, "no file to split is named");
  if (request.files.size() > 1 && !(request.into.empty() && request.chop.empty())) throw Error(ErrorCode::InvalidArgument, "--into and --chop take the stems of one record, and " + std::to_string(request.files.size()) + " files are named", "split them one after the other");
}

void check_stem(const roles::StemSplitter& splitter, const std::string& stem) {
  const std::vector<std::string>& stems = splitter.stems();
  if (stem.empty() || std::find(stems.begin(), stems.end(), stem) != stems.end()) return;
  std::string all;
  for (const std::string& name : stems) all += (all.empty() ? "" : ", ") + name;
  const std::string like = models::nearest(stem, stems);
  throw Error(ErrorCode::InvalidArgument, splitter.info().name + " makes no stem \"" + stem + "\"" + (like.empty() ? "" : "; did you mean " + like + "?"), "it makes: " + all);
}

bool holds_only_unfinished(const fs::path& dir) {
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(dir, status)) {
    if (entry.path().filename() == kUnfinishedSplit) continue;
    // Of a run that was killed while it moved its files here.
    if (entry.path().extension() == ".wav" && SplitJournal::unfinished(dir)) continue;
    return false;
  }
  return true;
}

// A folder that is new, empty, or holds this record's unfinished split.
fs::path folder_for(const SplitRequest& request, const fs::path& file, const Digest& source) {
  std::error_code status;
  const std::string stem = file.stem().string();
  if (request.out.empty()) {
    for (int i = 1;; ++i) {
      const fs::path dir = stem + "-stems" + (i == 1 ? "" : "-" + std::to_string(i));
      if (!fs::exists(fs::symlink_status(dir, status)) || SplitJournal::unfinished(dir) == source) return dir;
    }
  }
  const fs::path dir = request.files.size() == 1 ? request.out : request.out / plain_word(stem, "record");
  if (!fs::exists(dir, status)) {
    if (request.files.size() == 1 && dir.has_parent_path() && !fs::is_directory(dir.parent_path(), status)) throw Error(ErrorCode::NotFound, "there is no folder " + dir.parent_path().string());
    return dir;
  }
  if (!fs::is_directory(dir, status)) throw Error(ErrorCode::InvalidArgument, dir.string() + " is a file, not a folder", "name another with -o");
  const auto unfinished = SplitJournal::unfinished(dir);
  if (unfinished && (unfinished == source || unfinished->empty()) && holds_only_unfinished(dir)) return dir;
  if (unfinished && !unfinished->empty()) throw Error(ErrorCode::InvalidArgument, dir.string() + " holds an unfinished split of another record", "name another folder with -o, or remove that one");
  if (!fs::is_empty(dir, status)) throw Error(ErrorCode::InvalidArgument, dir.string() + " exists already and is not empty; stems are not written over it", "name another with -o, or remove it first");
  return dir;
}

void check_pack(const fs::path& pack) {
  std::error_code status;
  if (!fs::exists(pack, status)) return;
  if (!fs::is_directory(pack, status) || !fs::is_empty(pack, status)) throw Error(ErrorCode::InvalidArgument, pack.string() + " exists already; a pack is not written over it", "name another, or remove it first");
}

std::vector<SplitPack> chop_stems(const SplitRequest& request, const Splitted& made, const analysis::SoundAnalysis& heard, std::vector<std::string>& remarks, const Progress& progress) {
  std::vector<SplitPack> packs;
  const auto count = static_cast<double>(made.stems.size());
  for (std::size_t n = 0; n < made.stems.size(); ++n) {
    const SplitStem& stem = made.stems[n];
    if (stem.facts.ghost != separation::Ghost::No) {
      remarks.push_back(stem.facts.name + " is not chopped: " + stem.facts.remark);
      continue;
    }
    ChopRequest chop;
    chop.file = stem.file;
    chop.pack = request.chop / stem.facts.name;
    // All by the beats of the whole record: a stem alone may hide them.
    if (heard.grid.confidence >= kSureBeats) chop.grid = heard.grid;
    try {
      packs.push_back({stem.facts.name, chop_file(chop, progress.part(static_cast<double>(n) / count, static_cast<double>(n + 1) / count))});
      if (packs.back().made.entries.empty()) {
        remarks.push_back(stem.facts.name + " is not chopped: nothing in it begins clearly, or lasts for a bar");
        std::error_code ignored;
        fs::remove_all(packs.back().made.pack, ignored);
        packs.pop_back();
      }
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Cancelled || e.code() == ErrorCode::Io || e.code() == ErrorCode::OutOfMemory) throw;
      remarks.push_back(stem.facts.name + " is not chopped: " + e.what());
    }
  }
  return packs;
}

Splitted split_one(const SplitRequest& request, roles::StemSplitter& splitter, const fs::path& file, const Progress& progress) {
  StemsWish wish;
  wish.file = file;
  (void)audio::SoundStream(file);              // what is no sound is said in the reader's words
  wish.source = sha256_file(file);
  wish.dir = folder_for(request, file, wish.source);
  wish.two_stems = request.two_stems;
  wish.device = request.engine.device;
  wish.shifts = request.shifts;
  wish.overlap = request.overlap.value_or(splitter.shape().overlap);
  wish.seed = request.seed;

  const bool more = !request.into.empty() || !request.chop.empty();
  if (!request.chop.empty()) check_pack(request.chop);
  std::optional<analysis::SoundAnalysis> heard;
  if (more) {
    heard = analysis_with_tempo(file, request.source_bpm, progress.part(0, 0.05));
    if (!request.into.empty()) check_into_song(request.into, file, *heard, request.force || request.source_bpm > 0);
  }
  Splitted made = split_stems(splitter, wish, progress.part(more ? 0.05 : 0, more ? 0.8 : 1));
  if (!more) return made;
  try {
    if (!request.chop.empty()) made.packs = chop_stems(request, made, *heard, made.remarks, progress.part(0.8, request.into.empty() ? 1 : 0.9));
    if (!request.into.empty()) {
      std::vector<fs::path> files;
      for (const SplitStem& stem : made.stems) files.push_back(stem.file);
      made.song = split_into_song(request.into, file, files, made.report, *heard, request.force || request.source_bpm > 0, request.build, progress.part(request.chop.empty() ? 0.8 : 0.9, 1));
    }
  } catch (const Error& e) {
    throw Error(e.code(), std::string(e.what()) + "; the stems are finished, in " + made.folder.string(), e.hint());
  }
  return made;
}

}  // namespace

std::vector<Splitted> split_files(const SplitRequest& request, const Progress& progress) {
  check_request(request);
  const SplitEngine engine = split_engine(request.engine);
  check_stem(*engine.splitter, request.two_stems);
  std::vector<Splitted> results;
  const auto count = static_cast<double>(request.files.size());
  for (std::size_t i = 0; i < request.files.size(); ++i) {
    try {
      results.push_back(split_one(request, *engine.splitter, request.files[i], progress.part(static_cast<double>(i) / count, static_cast<double>(i + 1) / count)));
      results.back().remarks.insert(results.back().remarks.begin(), engine.remarks.begin(), engine.remarks.end());
    } catch (const Error& e) {
      if (request.files.size() == 1 || e.code() == ErrorCode::Cancelled || e.code() == ErrorCode::Io) throw;
      Splitted failed;
      failed.source = request.files[i];
      failed.problem = e.what();
      results.push_back(std::move(failed));
    }
  }
  return results;
}

}  // namespace figment::studio
