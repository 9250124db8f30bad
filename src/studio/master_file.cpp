#include "studio/master_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "audio/encode.h"
#include "audio/file.h"
#include "audio/sound_stream.h"
#include "audio/spool.h"
#include "audio/tags.h"
#include "audio/wave.h"
#include "base/error.h"
#include "base/executor.h"
#include "base/hash.h"
#include "build/sound_marks.h"
#include "mix/balance.h"
#include "mix/mastering.h"
#include "studio/data_dir.h"
#include "studio/master_picture.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

using analysis::BandLevels;
using analysis::Measures;

constexpr Lufs kStreaming{-14}, kClub{-8}, kPodcast{-16};
constexpr Decibels kCeiling{-1};
constexpr double kLoudnessTolerance = 0.3, kPeakTolerance = 0.05;   // LU, dB
constexpr double kLeastCorrection = 2;      // dB: an equalizer that would do less is left out
constexpr double kUnlike = 7;               // dB of mean distance from which a sound is not of a balance's kind
constexpr double kMatchTolerance = 1.5;     // dB of mean distance from a reference
constexpr double kWidthTolerance = 2;       // dB of side against mid
constexpr double kMono = 1e-4;              // side energy / mid energy below which a sound is as good as mono
constexpr double kDeepestCut = 48;          // dB; unlike a boost a cut raises no noise
constexpr int kRounds = 6;
constexpr const char* kMark = "FIGMENT_MASTER";

// ---- Places

enum class Format { Wav, Flac, Ogg, Mp3 };

Format format_of(const fs::path& out) {
  std::string ending = out.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".wav") return Format::Wav;
  if (ending == ".flac") return Format::Flac;
  if (ending == ".ogg" || ending == ".oga") return Format::Ogg;
  if (ending == ".mp3") return Format::Mp3;
  throw Error(ErrorCode::Unsupported, "a master is written as .wav, .flac, .ogg or .mp3, not as \"" + ending + "\": " + out.string(), "choose a name with one of these endings");
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code status;
  return fs::equivalent(a, b, status) && !status;
}

// Where the result goes; all that could be in its way is found before any work is done.
fs::path place_for(const MasterRequest& request) {
  std::error_code status;
  const std::string stem = request.file.stem().string() + "-master";
  if (request.out.empty()) return free_name(stem, ".wav");
  if (fs::is_directory(request.out, status)) return free_name(stem, ".wav", request.out);
  (void)format_of(request.out);
  const fs::path folder = request.out.has_parent_path() ? request.out.parent_path() : ".";
  if (!fs::is_directory(folder, status))
    throw Error(ErrorCode::NotFound, "there is no folder " + folder.string() + " to write " + request.out.filename().string() + " into", "make the folder, or choose another place with -o");
  for (const fs::path& source : {request.file, request.reference})
    if (!source.empty() && same_file(request.out, source))
      throw Error(ErrorCode::InvalidArgument, request.out.string() + " is what the master is made from, and is never overwritten", "choose another name with -o");
  if (fs::exists(request.out, status) && !request.overwrite)
    throw Error(ErrorCode::InvalidArgument, request.out.string() + " exists already", "choose another name with -o, or allow it with --overwrite");
  return request.out;
}

// A folder beside the output for the time of one task: on its disk, so that the finished file only changes its name.
class Scratch {
 public:
  explicit Scratch(const fs::path& beside) {
    std::string name = ((beside.has_parent_path() ? beside.parent_path() : fs::path(".")) / ".figment-master-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw Error(ErrorCode::Io, "cannot write into " + fs::absolute(beside).parent_path().string() + ": " + std::strerror(errno), "choose another place with -o");
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void give_name(const fs::path& aside, const fs::path& name) {
  // The user's file, unlike a Take, cannot be known to be broken after a power failure.
  if (const int handle = ::open(aside.c_str(), O_RDONLY | O_CLOEXEC); handle >= 0) {
    ::fsync(handle);
    ::close(handle);
  }
  std::error_code status;
  fs::rename(aside, name, status);
  if (status) throw Error(ErrorCode::Io, "cannot write " + name.string() + ": " + status.message());
}

// ---- Sound

struct Loaded {
  std::unique_ptr<audio::Spool> sound;
  std::int64_t frames = 0;
  audio::SourceFacts facts;
};

Loaded load(const fs::path& file, const fs::path& scratch, const Progress& progress) {
  audio::SoundStream stream(file);
  const double rate = stream.rate().value;
  if (rate < 8000 || rate > 192000)
    throw Error(ErrorCode::Unsupported, fmt::format("{} is sampled at {:g} Hz; mastering works from 8000 to 192000 Hz", file.string(), rate), "convert it first, for example with: ffmpeg -i FILE -ar 48000 NEW.wav");
  Loaded loaded{std::make_unique<audio::Spool>(scratch, stream.channels(), stream.rate()), 0, {}};
  for (audio::AudioView piece = stream.read(1 << 16); !piece.empty(); piece = stream.read(1 << 16)) {
    loaded.sound->write(loaded.frames, piece);
    loaded.frames += piece.frames();
    progress.set(std::min(1.0, static_cast<double>(loaded.frames) / static_cast<double>(std::max<std::int64_t>(stream.expected(), loaded.frames))), "reading");
  }
  loaded.facts = stream.facts();
  return loaded;
}

// A mean that is no accident of a short sound or of its lows.
bool has_dc(const Measures& m) {
  if (m.length().value < 0.5) return false;
  double power = 0;
  for (const auto& part : m.outline) power += part.power / static_cast<double>(m.outline.size());
  const double dc = std::max(std::fabs(m.dc[0]), std::fabs(m.dc[1]));
  return dc > 1e-5 && dc * dc > 4e-4 * std::max(power - dc * dc, 0.0);   // -34 dB of the sound
}

void remove_dc(audio::Spool& sound, std::int64_t frames, const std::array<double, 2>& dc, const Progress& progress) {
  constexpr std::int64_t kPiece = 1 << 18;
  parallel_for(static_cast<std::size_t>((frames + kPiece - 1) / kPiece), [&](std::size_t i) {
    const std::int64_t at = static_cast<std::int64_t>(i) * kPiece;
    audio::AudioBuffer piece(sound.channels(), std::min(kPiece, frames - at), sound.rate());
    sound.read(at, piece.block());
    for (int c = 0; c < piece.channels(); ++c)
      for (std::int64_t n = 0; n < piece.frames(); ++n) piece.channel(c)[n] -= static_cast<float>(dc[static_cast<std::size_t>(c)]);
    sound.write(at, piece.view());
    progress.check();
  });
}

// MP3 knows some rates, and pieces (audio/encode.h) only the usual ones.
void check_rate(Format format, Hertz rate, const fs::path& out) {
  constexpr std::array<int, 9> kMp3{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};
  if (format == Format::Mp3 && std::find(kMp3.begin(), kMp3.end(), static_cast<int>(rate.value)) == kMp3.end())
    throw Error(ErrorCode::Unsupported, fmt::format("MP3 knows no sample rate of {:g} Hz: {}", rate.value, out.string()), "write .wav or .flac, or convert the sound to 48000 Hz first");
}

void encode(const audio::WaveReader& sound, Format format, const fs::path& to, const Progress& progress) {
  const double rate = sound.rate().value;
  const bool usual = rate == 44100 || rate == 48000 || (format == Format::Mp3 && rate == 32000);
  if (format == Format::Flac) {
    (void)audio::write_flac(sound, to, {}, progress);
  } else if (usual) {
    (void)(format == Format::Mp3 ? audio::write_mp3 : audio::write_ogg)(sound, to, {}, progress);
  } else {
    audio::AudioWriter writer(to, format == Format::Mp3 ? audio::FileFormat::Mp3 : audio::FileFormat::Ogg, sound.rate(), sound.channels());
    audio::AudioBuffer piece(sound.channels(), 1 << 16, sound.rate());
    for (std::int64_t at = 0; at < sound.frames(); at += piece.frames()) {
      sound.read(at, piece.block());
      writer.write(piece.view().part(0, sound.frames() - at));
      progress.set(static_cast<double>(at) / static_cast<double>(sound.frames()), "encoding");
    }
    writer.commit(audio::AudioWriter::Sync::No);
  }
}

// ---- The mark: what `master` says about its own work, so that it knows it again

std::string wish_of(const MasterRequest& request, const std::optional<Measures>& reference) {
  if (!reference) return request.genre.empty() ? "auto" : request.genre;
  std::string about = fmt::format("{:.1f} {:.2f}", reference->loudness.integrated.value, reference->width);
  for (const double level : reference->spectrum) about += fmt::format(" {:.0f}", level);
  return "like-" + sha256(about).substr(0, 12);
}

std::string mark_for(const Mastered& m, const std::string& wish) {
  return fmt::format("1 {:.2f} {:.2f} {} {:.2f} {:.2f}", m.target.value, m.ceiling.value, wish, m.after.loudness.integrated.value, m.after.loudness.true_peak.value);
}

bool is_marked(const fs::path& file, const Mastered& m, const std::string& wish) {
  std::string mark;
  try {
    const auto tags = audio::read_tags(file);
    if (const auto found = tags.more.find(kMark); found != tags.more.end()) mark = found->second;
  } catch (const Error&) {
    return false;
  }
  double target = 0, ceiling = 0, loudness = 0, peak = 0;
  std::array<char, 200> name{};
  if (mark.size() >= name.size() || std::sscanf(mark.c_str(), "1 %lf %lf %199s %lf %lf", &target, &ceiling, name.data(), &loudness, &peak) != 5) return false;
  const auto near = [](double a, double b, double by) { return std::fabs(a - b) <= by; };
  return near(target, m.target.value, 0.01) && near(ceiling, m.ceiling.value, 0.01) && wish == name.data() &&
         near(loudness, m.before.loudness.integrated.value, 0.15) && near(peak, m.before.loudness.true_peak.value, 0.15);
}

// ---- Decisions

double decibels_between(double width, double wanted) { return 10 * std::log10(std::max(wanted, 1e-9) / std::max(width, 1e-9)); }

bool width_matches(const Measures& m, const Measures& wanted) {
  if (m.channels == 1 || m.width < kMono) return true;       // nothing there that could be widened
  return std::max(m.width, wanted.width) < kMono || std::fabs(decibels_between(m.width, wanted.width)) <= kWidthTolerance;
}

struct Wish {
  mix::MasterSettings settings;
  bool balanced = false;               // spectrum and width are as wanted
};

// What is to be done about the balance, by genre.
Wish towards_genre(const MasterRequest& request, const Measures& m, Mastered& result) {
  Wish wish;
  const fs::path data = find_data_dir();
  const auto nearest = mix::nearest_balance(data, m.spectrum);
  result.balance = request.genre.empty() ? nearest.name : request.genre;
  const BandLevels wanted = mix::load_balance(data, result.balance);
  result.balance_off_db = mix::balance_distance(m.spectrum, wanted);
  mix::MatchTarget match;
  match.source = m.spectrum;
  match.wanted = wanted;
  match.rules = {0.5, 6, 6, true};
  const BandLevels gains = mix::match_gains(m.spectrum, m.spectrum, wanted, {}, match.rules);
  wish.balanced = std::all_of(gains.begin(), gains.end(), [](double g) { return std::fabs(g) <= kLeastCorrection; });
  if (request.genre.empty() && nearest.distance_db > kUnlike) {
    result.found.push_back(fmt::format("its spectrum is like no genre's (the nearest, {}, is {:.1f} dB off): the balance is left alone; --genre NAME sets one", nearest.name, nearest.distance_db));
    result.balance.clear();
    wish.balanced = true;
  }
  if (wish.balanced) match.rules.strength = 0;
  wish.settings.match = match;
  // Loud clubs play their lows in mono.
  if (result.target > Lufs{-11} && m.channels == 2) wish.settings.mono_below_hz = 110;
  else wish.settings.mono_below_hz = 10;
  return wish;
}

Wish towards_reference(const Measures& m, const Measures& wanted, Mastered& result) {
  Wish wish;
  mix::MatchTarget match;
  match.source = m.spectrum;
  match.wanted = wanted.spectrum;
  match.rules.cut_db = kDeepestCut;
  match.rounds = kRounds;
  wish.settings.mono_below_hz = 10;
  if (m.channels == 2 && m.width >= kMono) {
    if (wanted.channels == 1 || wanted.width < kMono) {
      wish.settings.width = 0;
    } else {
      match.width = wanted.width;
      wish.settings.width = std::clamp(std::pow(10, decibels_between(m.width, wanted.width) / 20), 0.0, 2.0);
    }
  }
  const auto off = mix::compare(m.spectrum, wanted.spectrum);
  result.match_before_db = off.mean_db;
  wish.balanced = off.mean_db <= kMatchTolerance && width_matches(m, wanted);
  if (off.mean_db <= kMatchTolerance) match.rules.strength = 0;
  if (match.rules.strength == 0) match.rounds = 1;
  wish.settings.match = match;
  return wish;
}

std::string hertz_text(int band) {
  const double f = analysis::nominal_hertz(band);
  return f >= 1000 ? fmt::format("{:g} kHz", f / 1000) : fmt::format("{:g} Hz", f);
}

std::string range_text(int from, int to) { return from == to ? hertz_text(from) : hertz_text(from) + " to " + hertz_text(to); }

// Calls say(from, to) for every run of bands that `is` true of.
template <class Is, class Say>
void runs(Is is, Say say) {
  for (int b = 0; b < analysis::kBands; ++b) {
    if (!is(static_cast<std::size_t>(b))) continue;
    int to = b;
    while (to + 1 < analysis::kBands && is(static_cast<std::size_t>(to + 1))) ++to;
    say(b, to);
    b = to;
  }
}

void say_found(const Measures& m, const audio::SourceFacts& facts, Mastered& result) {
  auto& found = result.found;
  if (!facts.trouble.empty()) found.push_back(fmt::format("the file is cut short ({}); what there is was read, {:.1f} s", facts.trouble, m.length().value));
  if (facts.channels > 2) found.push_back(fmt::format("{} channels, folded to stereo", facts.channels));
  if (facts.repaired > 0) found.push_back(fmt::format("{} samples were no numbers, or far beyond any level; they are silent now", facts.repaired));
  if (m.clipped > 0) found.push_back(fmt::format("clipped in {} places: flat tops from before, which no mastering brings back", m.clipped));
  if (m.loudness.sample_peak > Decibels{0}) found.push_back(fmt::format("peaks {:.1f} dB above full scale, in floating point; nothing of them is lost", m.loudness.sample_peak.value));
  if (m.mono_loss_db > 3) found.push_back(fmt::format("folded to mono it loses {:.1f} dB: left and right work against each other", m.mono_loss_db));
  if (m.length().value < 0.4) found.push_back("shorter than 0.4 s: BS.1770 knows no loudness for it; its plain K-weighted power is used");
}

void say_done(const mix::MasterReport& report, const mix::MasterSettings& settings, Mastered& result) {
  auto& done = result.done;
  const auto [low, high] = std::minmax_element(report.curve_db.begin(), report.curve_db.end());
  if (*high > 0.05 || *low < -0.05) {
    const auto at = [&](auto it) { return hertz_text(static_cast<int>(it - report.curve_db.begin())); };
    done.push_back(fmt::format("equalizer from {:+.1f} dB at {} to {:+.1f} dB at {}", *low, at(low), *high, at(high)));
  }
  if (settings.density > 0) done.push_back(fmt::format("multiband compressor, {:.0f} %", 100 * settings.density));
  if (std::fabs(report.widened - 1) > 0.005) done.push_back(fmt::format("side signal × {:.2f}", report.widened));
  if (settings.mono_below_hz > 10) done.push_back(fmt::format("mono below {:g} Hz", settings.mono_below_hz));
  done.push_back(fmt::format("gain {:+.1f} dB", report.gain_db));
  if (report.deepest_db > 0.05) done.push_back(fmt::format("limiter, {:.1f} dB at its deepest", report.deepest_db));
}

void say_short(Mastered& result) {
  auto& missing = result.short_of;
  const double off = result.after.loudness.integrated.value - result.target.value;
  if (std::fabs(off) > kLoudnessTolerance)
    missing.push_back(fmt::format("{:.1f} LUFS instead of {:.1f}: {}", result.after.loudness.integrated.value, result.target.value,
                                  result.limited_db > 25 ? "its peaks stand so far above its loudness that the limiter would have to take more than 30 dB"
                                                         : "the sound is too short or too uneven for a limiter to come closer"));
  if (result.after.loudness.true_peak.value > result.ceiling.value + kPeakTolerance)
    missing.push_back(fmt::format("{:.1f} dBTP instead of {:.1f}: what the encoder adds cannot be foreseen", result.after.loudness.true_peak.value, result.ceiling.value));
  if (!result.wanted) return;
  const auto before = mix::compare(result.before.spectrum, result.wanted->spectrum), after = mix::compare(result.after.spectrum, result.wanted->spectrum, result.before.spectrum);
  const double top = *std::max_element(result.wanted->spectrum.begin(), result.wanted->spectrum.end());
  // Where the reference has something to hear: in the first 45 dB.
  runs([&](std::size_t b) { return !before.counts[b] && result.wanted->spectrum[b] > top - 45; },
       [&](int from, int to) { missing.push_back("nothing of its own at " + range_text(from, to) + ": what the reference has there cannot be matched"); });
  runs([&](std::size_t b) { return before.counts[b] && std::fabs(after.difference[b]) > 3; }, [&](int from, int to) {
    double sum = 0;
    for (int b = from; b <= to; ++b) sum += after.difference[static_cast<std::size_t>(b)] / (to - from + 1);
    const bool at_limit = std::any_of(result.equalizer_db.begin() + from, result.equalizer_db.begin() + to + 1, [](double g) { return g > 17.8; });
    missing.push_back(fmt::format("{} stays {:.0f} dB {}: {}", range_text(from, to), std::fabs(sum), sum > 0 ? "short" : "above",
                                  at_limit ? "more than +18 dB would raise little but noise" : "what dynamics and limits elsewhere leave of it"));
  });
  if (result.match_after_db.value_or(0) > kMatchTolerance)
    missing.push_back(fmt::format("third octaves stay {:.1f} dB off the reference on average", *result.match_after_db));
  if (!width_matches(result.after, *result.wanted)) missing.push_back(fmt::format("width {:.2g} instead of {:.2g}", result.after.width, result.wanted->width));
  else if (result.wanted->channels == 2 && result.wanted->width >= kMono && (result.before.channels == 1 || result.before.width < kMono))
    missing.push_back("the reference is stereo; a mono sound has no width that could be raised");
}

audio::Tags tags_for(const fs::path& file, const Mastered& m, const std::string& wish) {
  audio::Tags tags;
  try {
    tags = audio::read_tags(file);
  } catch (const Error&) {
    // A kind of file without tags.
  }
  // What was said about the old level is no longer true.
  std::erase_if(tags.more, [](const auto& field) { return field.first.starts_with("REPLAYGAIN") || field.first.starts_with("R128_") || field.first == "ENCODER" || field.first == "ENCODING"; });
  tags.more[kMark] = mark_for(m, wish);
  if (m.weights.empty()) return tags;
  song::Recipe recipe;
  recipe.engine = "builtin.master-file";
  recipe.parameters = {{"target_lufs", m.target.value}, {"ceiling_dbtp", m.ceiling.value}, {"towards", wish}};
  recipe.inputs = {{"file", file.filename().string(), sha256_file(file)}};
  build::mark_made_of(tags, build::made_by(tags), std::move(recipe));
  return tags;
}

}  // namespace

Lufs master_target(const std::string& words) {
  if (words == "streaming") return kStreaming;
  if (words == "club") return kClub;
  if (words == "podcast") return kPodcast;
  double value = 0;
  const auto [end, status] = std::from_chars(words.data(), words.data() + words.size(), value);
  if (status != std::errc() || end != words.data() + words.size() || !(value >= -36 && value <= -5))
    throw Error(ErrorCode::InvalidArgument, "no target is called \"" + words + "\"", "targets: streaming (-14 LUFS), club (-8), podcast (-16), or a number from -36 to -5");
  return Lufs{value};
}

Mastered master_file(const MasterRequest& request, const Progress& progress) {
  Mastered result;
  result.file = request.file;
  result.reference = request.reference;
  result.ceiling = request.ceiling.value_or(kCeiling);
  result.weights = build::made_by(request.file).weights;
  if (!(result.ceiling >= Decibels{-20} && result.ceiling <= Decibels{0}))
    throw Error(ErrorCode::InvalidArgument, fmt::format("a ceiling of {:g} dBTP makes no sense", result.ceiling.value), "choose one from -20 to 0; usual is -1");
  if (!request.genre.empty() && !request.reference.empty())
    throw Error(ErrorCode::InvalidArgument, "a genre and a reference cannot both say what the sound should be like", "leave one of them out");
  if (!request.genre.empty()) (void)mix::load_balance(find_data_dir(), request.genre);
  const fs::path out = place_for(request);
  const Format format = format_of(out);

  // What is there, and what is wanted.
  const Scratch scratch(out);
  Loaded loaded = load(request.file, scratch.path(), progress.part(0, 0.08));
  check_rate(format, loaded.sound->rate(), out);
  result.before = result.after = analysis::measure(*loaded.sound, loaded.frames, progress.part(0.08, 0.14));
  say_found(result.before, loaded.facts, result);
  if (!request.reference.empty()) {
    const Loaded other = load(request.reference, scratch.path(), progress.part(0.14, 0.18));
    result.wanted = analysis::measure(*other.sound, other.frames, progress.part(0.18, 0.2));
    if (result.wanted->silent())
      throw Error(ErrorCode::InvalidArgument, "the reference " + request.reference.string() + " is silent: nothing above -70 LUFS", "choose another reference");
  }
  result.target = request.target.value_or(result.wanted ? result.wanted->loudness.integrated : kStreaming);

  Measures clean = result.before;
  const bool dc = has_dc(clean);
  if (dc) {
    remove_dc(*loaded.sound, loaded.frames, clean.dc, progress);
    result.done.push_back(fmt::format("direct current removed ({:.4f}{})", clean.dc[0], clean.channels == 2 ? fmt::format(", {:.4f}", clean.dc[1]) : ""));
    clean = analysis::measure(*loaded.sound, loaded.frames, progress.part(0.2, 0.24));
  }
  if (clean.silent()) {
    result.nothing = true;
    result.because = dc ? "it is silent but for direct current: nothing above -70 LUFS" : "it is silent: nothing above -70 LUFS";
    result.done.clear();
    return result;
  }

  Wish wish = result.wanted ? towards_reference(clean, *result.wanted, result) : towards_genre(request, clean, result);
  result.match_after_db = result.match_before_db;
  const bool faultless = !dc && loaded.facts.repaired == 0 && loaded.facts.channels <= 2;
  const bool loud = std::fabs(clean.loudness.integrated.value - result.target.value) <= kLoudnessTolerance;
  const bool below = clean.loudness.true_peak.value <= result.ceiling.value + kPeakTolerance;
  const std::string words = wish_of(request, result.wanted);
  if (faultless && loud && below && wish.balanced) {
    result.nothing = true;
    result.because = "it is at target already: loudness, peaks and balance";
    return result;
  }
  if (faultless && is_marked(request.file, result, words)) {
    result.nothing = true;
    result.because = "it was mastered for this before, as far as it can be";
    return result;
  }

  // How much density it takes: none where the peaks are not in the way.
  mix::MasterSettings& settings = wish.settings;
  const double over = clean.loudness.true_peak.value + result.target.value - clean.loudness.integrated.value - result.ceiling.value;
  settings.density = std::round(20 * std::clamp((over - 1) / (result.wanted ? 14 : 7), 0.0, 1.0)) / 20;
  settings.punch = result.target > Lufs{-11} ? 0.4 : 0.6;
  settings.warmth = result.wanted ? 0 : 0.1;
  settings.target = result.target;
  settings.ceiling = result.ceiling;
  settings.fade_out = Seconds{0};

  const fs::path sound = scratch.path() / "sound.wav", coded = scratch.path() / ("coded" + out.extension().string());
  fs::path finished = sound;
  constexpr int kTries = 4;
  for (int attempt = 1; attempt <= kTries; ++attempt) {
    const Progress now = progress.part(0.24 + 0.72 * (attempt - 1) / (format == Format::Wav || format == Format::Flac ? 1 : kTries),
                                       0.24 + 0.72 * attempt / (format == Format::Wav || format == Format::Flac ? 1 : kTries));
    audio::WaveWriter writer(sound, audio::WaveSamples::Int24, clean.rate, clean.channels, loaded.frames);
    const mix::MasterReport report = mix::master(*loaded.sound, loaded.frames, clean.tally, settings, writer, scratch.path(), now.part(0, 0.8));
    writer.commit();
    if (format != Format::Wav) {
      encode(audio::WaveReader(sound), format, coded, now.part(0.8, 0.9));
      finished = coded;
    }
    // What is in the file, not what should be.
    const Loaded made = load(finished, scratch.path(), now.part(0.9, 0.95));
    result.after = analysis::measure(*made.sound, made.frames, now.part(0.95, 1));
    result.equalizer_db = report.curve_db;
    result.gain_db = report.gain_db;
    result.limited_db = report.deepest_db;
    result.widened = report.widened;
    const bool lossy = format == Format::Ogg || format == Format::Mp3;
    // A tenth in hand: decoders differ, and so do meters on what an encoder adds near half the rate.
    const double above = result.after.loudness.true_peak.value - result.ceiling.value + 0.1;
    const double louder = result.after.loudness.integrated.value - result.target.value;
    if (!lossy || attempt == kTries || (above <= 0 && std::fabs(louder) <= 0.2)) {
      std::vector<std::string> before = std::move(result.done);
      result.done.clear();
      say_done(report, settings, result);
      result.done.insert(result.done.begin(), before.begin(), before.end());
      break;
    }
    settings.ceiling = Decibels{settings.ceiling.value - std::max(above + 0.05, 0.0)};
  }
  if (result.wanted) result.match_after_db = mix::compare(result.after.spectrum, result.wanted->spectrum, clean.spectrum).mean_db;
  say_short(result);

  audio::write_tags(finished, tags_for(request.file, result, words));
  progress.check();
  result.out = out;
  if (request.picture) {
    result.picture = out;
    result.picture.replace_extension();
    result.picture = free_name(result.picture.filename().string(), ".png", result.picture.parent_path());
    draw_mastering(result, scratch.path() / "picture.png");
  }
  give_name(finished, out);
  if (request.picture) give_name(scratch.path() / "picture.png", result.picture);
  progress.set(1, "mastered");
  return result;
}

}  // namespace figment::studio
