#include "studio/split_stems.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "audio/sound_stream.h"
#include "audio/spool.h"
#include "audio/tags.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/memory.h"
#include "build/sound_marks.h"
#include "separation/split_run.h"
#include "song/recipe.h"
#include "storage/files.h"
#include "studio/out_file.h"
#include "studio/split_journal.h"
#include "studio/split_report_json.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBlock = 1 << 15;
constexpr double kRead = 0.04, kSplit = 0.9, kMeasured = 0.94;   // of the work
constexpr double kMostWave = 4.2e9;                  // bytes of samples in a WAV file
constexpr std::uintmax_t kSpareSpace = 64U << 20;
constexpr float kStep24 = 1.0F / 8388608.0F;

// What becomes of a sound's samples as integers of 24 bits without clipping.
struct Extremes {
  float high = 0, low = 0;
  void add(audio::AudioView sound) {
    for (int c = 0; c < sound.channels(); ++c)
      for (std::int64_t i = 0; i < sound.frames(); ++i) high = std::max(high, sound.channel(c)[i]), low = std::min(low, sound.channel(c)[i]);
  }
  [[nodiscard]] bool fit() const { return high < 1 - kStep24 / 2 && low >= -1; }
};

std::string minutes(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const std::string s = std::to_string(whole % 60);
  return std::to_string(whole / 60) + ":" + (s.size() < 2 ? "0" : "") + s;
}

class Job {
 public:
  Job(roles::StemSplitter& splitter, const StemsWish& wish) : splitter_(splitter), wish_(wish), shape_(splitter.shape()), rate_(shape_.rate) {
    for (const std::string& stem : splitter.stems())
      if (wish.two_stems.empty() || stem == wish.two_stems) made_.push_back(stem);
    files_ = made_;
    if (!wish.two_stems.empty()) files_.push_back("no_" + wish.two_stems);
  }

  Splitted run(const Progress& progress) {
    const auto begun = std::chrono::steady_clock::now();
    SplitJournal journal(wish_.dir);
    journal_ = &journal;
    try {
      read_record(progress.part(0, kRead));
      open_journal();
      if (journal.done() < frames_) take_apart(progress.part(kRead, kSplit));
      if (journal.decision().is_null()) measure(progress.part(kSplit, kMeasured));
      spool_.reset();
      write_files(progress.part(kMeasured, 1));
    } catch (const Error& e) {
      // What an earlier run has left stays, and so does what this one has finished.
      const bool nothing = opened_ ? journal.done() == 0 : SplitJournal::unfinished(wish_.dir).value_or(Digest()).empty();
      if (nothing) journal.give_up();
      if (!opened_ || journal.done() == 0 || (e.code() != ErrorCode::Io && e.code() != ErrorCode::Cancelled)) throw;
      const std::string kept = minutes(static_cast<double>(journal.done()) / rate_.value) + " of " + minutes(static_cast<double>(frames_) / rate_.value) + " are finished and kept in " + journal.folder().string();
      if (e.code() == ErrorCode::Cancelled) throw Error(e.code(), "stopped; " + kept, "run the same command again to go on");
      throw Error(e.code(), std::string(e.what()) + "; " + kept, "about " + size_text(still_wanted()) + " are still wanted on that disk: free some, and run the same command again to go on");
    }
    finish(journal);
    result_.took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return std::move(result_);
  }

 private:
  [[nodiscard]] double wave_bytes(bool floating) const { return static_cast<double>(own_frames_) * channels_ * (floating ? 4 : 3); }

  // Bytes from here on: the record at the engine's rate, stems as they come, then one file after the other in their place.
  [[nodiscard]] std::uintmax_t still_wanted() const {
    const double raw = static_cast<double>(frames_) * channels_ * 4, there = raw * (frames_ > 0 ? static_cast<double>(journal_->done()) / static_cast<double>(frames_) : 0);
    double used = static_cast<double>(made_.size()) * (raw - there), most = used + raw;
    for (std::size_t f = 0; f < files_.size(); ++f) {
      used += wave_bytes(false);
      most = std::max(most, used);
      if (f < made_.size()) used -= raw;
    }
    return static_cast<std::uintmax_t>(most) + kSpareSpace;
  }

  void check_space() const {
    std::error_code status;
    const auto space = fs::space(wish_.dir, status);
    const std::uintmax_t wanted = still_wanted();
    if (!status && space.available < wanted)
      throw Error(ErrorCode::Io, "the disk of " + wish_.dir.string() + " is too full for the stems of " + wish_.file.string() + ": " + size_text(wanted) + " are wanted, " + size_text(space.available) + " are free",
                  "free some, or choose a folder on another disk with -o");
  }

  void read_record(const Progress& progress) {
    audio::SoundStream own(wish_.file);
    channels_ = own.channels();
    own_rate_ = own.rate();
    own_frames_ = own.expected();
    frames_ = static_cast<std::int64_t>(std::llround(static_cast<double>(own_frames_) * (rate_ / own_rate_)));
    const auto fits = [&] {
      if (wave_bytes(false) > kMostWave)
        throw Error(ErrorCode::InvalidArgument, wish_.file.string() + " is " + minutes(static_cast<double>(own_frames_) / own_rate_.value) + " long: more than a WAV file holds", "cut it in two");
    };
    fits();
    if (own_frames_ > 0) check_space();
    audio::SoundStream stream(wish_.file, rate_);
    spool_ = std::make_unique<audio::Spool>(journal_->folder(), channels_, rate_);
    std::int64_t frames = 0;
    for (audio::AudioView view = stream.read(1 << 16); !view.empty(); view = stream.read(1 << 16)) {
      spool_->write(frames, view);
      frames += view.frames();
      progress.set(frames_ > 0 ? std::min(1.0, static_cast<double>(frames) / static_cast<double>(frames_)) : 0, "reading");
    }
    frames_ = frames;
    own_frames_ = stream.facts().frames;
    fits();
    const audio::SourceFacts& facts = stream.facts();
    if (!facts.trouble.empty()) result_.remarks.push_back("read as far as it goes: " + facts.trouble);
    if (facts.repaired > 0) result_.remarks.push_back(std::to_string(facts.repaired) + " samples are no numbers, or far beyond full scale; they were put right before the split");
    if (facts.channels > 2) result_.remarks.push_back("its " + std::to_string(facts.channels) + " channels were folded to two");
    if (own_rate_ > rate_ * 1.01) result_.remarks.push_back("the engine works at " + plain_number(rate_.value, 0) + " Hz: what the record has above " + plain_number(0.455 * rate_.value / 1000, 0) + " kHz is in " + (wish_.two_stems.empty() ? "no stem" : files_.back() + " only"));
    if (frames_ == 0) throw Error(ErrorCode::Corrupt, wish_.file.string() + " is too short to be split: " + std::to_string(own_frames_) + " frames");
  }

  void read_mix(std::int64_t frame, audio::AudioBlock out) const {
    if (channels_ == 2) return spool_->read(frame, out);
    spool_->read(frame, audio::AudioBlock(out.channel(0), out.frames(), 1, out.frames(), out.rate()));
    std::copy(out.channel(0), out.channel(0) + out.frames(), out.channel(1));
  }

  void open_journal() {
    const roles::EngineInfo info = splitter_.info();
    SplitPlan plan;
    plan.source = wish_.source;
    plan.source_name = wish_.file.filename().string();
    plan.engine = info.name;
    plan.device = wish_.device;
    plan.precision = shape_.precision;
    plan.version = info.version;
    for (const song::WeightsUsed& w : info.weights) plan.weights.push_back(w.sha256);
    plan.stems = made_;
    plan.two_stems = wish_.two_stems;
    plan.overlap = wish_.overlap;
    plan.shifts = wish_.shifts;
    plan.seed = wish_.shifts > 0 ? wish_.seed : 0;
    plan.channels = channels_;
    plan.rate_hz = rate_.value;
    plan.frames = frames_;
    journal_->open(plan);
    opened_ = true;
    if (!journal_->anew().empty()) result_.remarks.push_back(journal_->anew());
    result_.resumed = static_cast<double>(journal_->done()) / rate_.value;
    check_space();
  }

  void take_apart(const Progress& progress) {
    separation::SplitRun run;
    run.frames = frames_;
    run.from = journal_->done();
    run.overlap = wish_.overlap;
    run.shifts = wish_.shifts;
    run.seed = wish_.seed;
    for (const std::string& stem : splitter_.stems()) run.wanted.push_back(std::find(made_.begin(), made_.end(), stem) != made_.end());
    const separation::ReadSound read = [this](std::int64_t frame, audio::AudioBlock out) { read_mix(frame, out); };
    if (shape_.levelled) run.level = separation::measure_level(read, frames_, progress.quiet());
    const auto begun = std::chrono::steady_clock::now();
    audio::AudioBuffer mono;
    const auto say = [&](std::int64_t done) {
      const double fraction = static_cast<double>(done) / static_cast<double>(frames_);
      std::string text = "splitting " + minutes(static_cast<double>(done) / rate_.value) + " of " + minutes(static_cast<double>(frames_) / rate_.value);
      if (done > run.from) {
        const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
        text += ", about " + minutes(took * static_cast<double>(frames_ - done) / static_cast<double>(done - run.from)) + " left";
      }
      progress.set(fraction, text);
    };
    say(run.from);
    separation::split_sound(
        splitter_, run, read,
        [&](std::int64_t frame, std::span<const audio::AudioView> stems) {
          std::vector<audio::AudioView> kept;
          for (std::size_t s = 0; s < stems.size(); ++s)
            if (run.wanted[s]) kept.push_back(stems[s]);
          if (channels_ == 1) {
            const std::int64_t count = kept.front().frames();
            mono = audio::AudioBuffer(static_cast<int>(kept.size()), count, rate_);
            for (std::size_t s = 0; s < kept.size(); ++s) {
              for (std::int64_t i = 0; i < count; ++i) mono.channel(static_cast<int>(s))[i] = 0.5F * (kept[s].channel(0)[i] + kept[s].channel(1)[i]);
              kept[s] = mono.view().only(static_cast<int>(s));
            }
          }
          journal_->write(kept);
          say(frame + kept.front().frames());
        },
        progress.quiet());
  }

  // A stem at the record's rate, from front to back, as many frames as the record has.
  void play(std::size_t stem, const std::function<void(std::int64_t frame, audio::AudioBlock)>& take, const Progress& progress) const {
    audio::Resampler resampler(rate_, own_rate_, channels_);
    audio::AudioBuffer piece(channels_, kBlock, rate_), out;
    std::int64_t given = 0;
    const auto give = [&](audio::AudioView view) {
      const std::int64_t count = std::min(view.frames(), own_frames_ - given);
      if (count <= 0) return;
      if (out.frames() < count) out = audio::AudioBuffer(channels_, count, own_rate_);
      const audio::AudioBlock block = out.block().part(0, count);
      block.copy_from(view.part(0, count));
      take(given, block);
      given += count;
    };
    for (std::int64_t at = 0; at < frames_; at += kBlock) {
      const audio::AudioBlock block = piece.block().part(0, std::min(kBlock, frames_ - at));
      journal_->read(stem, at, block);
      give(resampler.push(block));
      progress.set(static_cast<double>(at) / static_cast<double>(frames_), "writing");
    }
    if (rate_ != own_rate_) give(resampler.push({}));
    // Rounding of lengths there and back may lack a frame.
    for (piece.block().clear(); given < own_frames_;) give(piece.view().part(0, own_frames_ - given));
  }

  // The record itself, read again in step.
  class Record {
   public:
    explicit Record(const fs::path& file) : stream_(file) {}
    void read(audio::AudioBlock out) {
      for (std::int64_t n = 0; n < out.frames();) {
        const audio::AudioView view = stream_.read(out.frames() - n);
        if (view.empty()) return out.part(n, out.frames()).clear();
        out.part(n, view.frames()).copy_from(view);
        n += view.frames();
      }
    }

   private:
    audio::SoundStream stream_;
  };

  // The record minus what the other file will hold.
  void play_rest(bool floating, const std::function<void(std::int64_t, audio::AudioBlock)>& take, const Progress& progress) const {
    Record record(wish_.file);
    audio::AudioBuffer mix;
    play(0, [&](std::int64_t frame, audio::AudioBlock block) {
      if (!floating) audio::to_24_bit(block);
      if (mix.frames() < block.frames()) mix = audio::AudioBuffer(channels_, block.frames(), own_rate_);
      const audio::AudioBlock rest = mix.block().part(0, block.frames());
      record.read(rest);
      rest.add(block, -1.0F);
      take(frame, rest);
    }, progress);
  }

  void play_file(std::size_t f, bool floating, const std::function<void(std::int64_t, audio::AudioBlock)>& take, const Progress& progress) const {
    if (f < made_.size()) play(f, take, progress);
    else play_rest(floating, take, progress);
  }

  void measure(const Progress& progress) {
    const Progress report_part = progress.part(0, 0.5), peaks = progress.part(0.5, 1);
    separation::StemMeter meter(rate_, channels_, files_, true);
    audio::AudioBuffer mix(channels_, kBlock, rate_);
    std::vector<audio::AudioBuffer> stems;
    for (std::size_t f = 0; f < files_.size(); ++f) stems.emplace_back(channels_, kBlock, rate_);
    for (std::int64_t at = 0; at < frames_; at += kBlock) {
      const std::int64_t count = std::min(kBlock, frames_ - at);
      spool_->read(at, mix.block().part(0, count));
      std::vector<audio::AudioView> views;
      for (std::size_t f = 0; f < files_.size(); ++f) {
        const audio::AudioBlock block = stems[f].block().part(0, count);
        if (f < made_.size()) {
          journal_->read(f, at, block);
        } else {
          block.copy_from(mix.view().part(0, count));
          block.add(stems[0].view().part(0, count), -1.0F);
        }
        views.push_back(block);
      }
      meter.add(mix.view().part(0, count), views);
      report_part.set(static_cast<double>(at) / static_cast<double>(frames_), "measuring");
    }
    bool floating = false;
    const auto files = static_cast<double>(files_.size());
    for (std::size_t f = 0; f < files_.size() && !floating; ++f) {
      Extremes extremes;
      play_file(f, false, [&](std::int64_t, audio::AudioBlock block) { extremes.add(block); }, peaks.part(static_cast<double>(f) / files, static_cast<double>(f + 1) / files).quiet());
      floating = !extremes.fit();
      peaks.set(static_cast<double>(f + 1) / files, "measuring");
    }
    if (floating && wave_bytes(true) > kMostWave) throw Error(ErrorCode::InvalidArgument, "a stem rises above full scale, and as 32-bit float " + wish_.file.string() + " is too long for a WAV file", "turn it down before, or cut it in two");
    journal_->decide({{"float", floating}, {"report", to_json(meter.result())}});
  }

  void write_files(const Progress& progress) {
    const auto& decision = journal_->decision();
    try {
      result_.floating = decision.at("float");
      result_.report = stem_report_from(decision.at("report"));
    } catch (const std::exception&) {
      throw Error(ErrorCode::Corrupt, (journal_->folder() / "journal.json").string() + " makes no sense", "remove " + journal_->folder().string() + ", and run the same command again");
    }
    describe();
    // Of two, the rest first: it needs the frames of the other.
    std::vector<std::size_t> order;
    for (std::size_t f = files_.size(); f > 0; --f) order.push_back(f - 1);
    for (std::size_t n = 0; n < order.size(); ++n) {
      const std::size_t f = order[n];
      if (journal_->finished(files_[f])) continue;
      const Progress part = progress.part(static_cast<double>(n) / static_cast<double>(order.size()), static_cast<double>(n + 1) / static_cast<double>(order.size()));
      const fs::path path = journal_->folder() / (files_[f] + ".wav");
      audio::WaveWriter writer(path, result_.floating ? audio::WaveSamples::Float32 : audio::WaveSamples::Int24, own_rate_, channels_, own_frames_);
      play_file(f, result_.floating, [&](std::int64_t frame, audio::AudioBlock block) { writer.write(frame, block); }, part);
      writer.commit();
      tag(path, result_.report.stems[f]);
      journal_->finish(files_[f], f < made_.size() ? std::optional(f) : std::nullopt);
    }
  }

  // Recipe, weights, and what else people are told.
  void describe() {
    const roles::EngineInfo info = splitter_.info();
    origin_ = build::made_by(wish_.file);
    result_.engine = info.name;
    result_.version = info.version;
    result_.weights = info.weights;
    song::unite(result_.weights, origin_.weights);
    result_.rate = own_rate_.value;
    result_.channels = channels_;
    result_.frames = own_frames_;
    result_.seconds = static_cast<double>(own_frames_) / own_rate_.value;
    song::Recipe recipe;
    recipe.engine = info.name == "builtin" ? "builtin.split" : info.name;
    recipe.version = info.version;
    recipe.parameters = {{"verb", "split"}, {"overlap", wish_.overlap}, {"shifts", wish_.shifts}, {"rate_hz", own_rate_.value}, {"engine_rate_hz", rate_.value}};
    if (!wish_.two_stems.empty()) recipe.parameters["two_stems"] = wish_.two_stems;
    if (wish_.device != "cpu") recipe.parameters["device"] = wish_.device;
    if (shape_.precision != "f32") recipe.parameters["precision"] = shape_.precision;
    if (wish_.shifts > 0) recipe.seed = wish_.seed;
    recipe.inputs = {{"file", wish_.file.filename().string(), wish_.source}};
    recipe.weights = result_.weights;
    recipe_ = recipe.to_json();
    result_.recipe = recipe_.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (result_.floating) result_.remarks.emplace_back("a stem rises above full scale, so all of them are 32-bit float; nothing was turned down");
  }

  void tag(const fs::path& path, const separation::StemFacts& facts) const {
    nlohmann::json recipe = recipe_;
    recipe["parameters"]["stem"] = facts.name;
    audio::Tags tags;
    tags.title = wish_.file.stem().string() + " (" + facts.name + ")";
    tags.comment = facts.name + " of " + wish_.file.filename().string() + ", split by Figment with " + result_.engine;
    if (facts.ghost != separation::Ghost::No) {
      tags.comment += ". " + facts.remark;
      tags.more["FIGMENT_GHOST"] = separation::name(facts.ghost);
    }
    tags.more["ENCODEDBY"] = "Figment";
    tags.more["FIGMENT_RECIPE"] = recipe.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    // A record that no network made is of other sounds as well.
    build::mark_weights(tags, result_.weights, origin_.weights.empty() || origin_.composite);
    audio::write_tags(path, tags);
  }

  void finish(SplitJournal& journal) {
    for (std::size_t f = 0; f < files_.size(); ++f) {
      const fs::path inside = journal.folder() / (files_[f] + ".wav"), final = wish_.dir / (files_[f] + ".wav");
      std::error_code status;
      result_.stems.push_back({final, sha256_file(fs::exists(inside, status) ? inside : final), result_.report.stems[f]});
    }
    journal.complete();
    result_.source = wish_.file;
    result_.folder = wish_.dir;
  }

  roles::StemSplitter& splitter_;
  const StemsWish& wish_;
  roles::SplitShape shape_;
  Hertz rate_, own_rate_{};
  int channels_ = 2;
  std::int64_t frames_ = 0, own_frames_ = 0;
  std::vector<std::string> made_, files_;      // what the engine makes; what is written
  std::unique_ptr<audio::Spool> spool_;
  SplitJournal* journal_ = nullptr;
  bool opened_ = false;
  build::MadeBy origin_;
  nlohmann::json recipe_;
  Splitted result_;
};

}  // namespace

Splitted split_stems(roles::StemSplitter& splitter, const StemsWish& wish, const Progress& progress) { return Job(splitter, wish).run(progress); }

}  // namespace figment::studio
