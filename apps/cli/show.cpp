#include "show.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace figment::cli {
namespace {

using nlohmann::ordered_json;

std::string clock_text(Seconds length) {
  const auto tenths = static_cast<long>(std::lround(length.value * 10));
  return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

ordered_json json_of(const build::BuildReport& r) {
  ordered_json j{{"seconds", r.length.value}, {"loudness_lufs", r.loudness.value}, {"true_peak_dbtp", r.true_peak.value},
          {"tracks_built", r.tracks_built}, {"tracks_kept", r.tracks_kept}, {"mixed", r.mixed},
          {"mastered", r.mastered}, {"files_written", r.files_written},
          {"weights", song::to_json(r.weights)}, {"no_commercial_use", ordered_json::array()}, {"sounds_with_weights", ordered_json::array()}};
  for (const auto& w : song::not_for_commerce(r.weights)) j["no_commercial_use"].push_back(w.model);
  for (const auto& s : r.sounds_with_weights) j["sounds_with_weights"].push_back({{"track", s.track}, {"sound", s.sound}, {"weights", song::to_json(s.weights)}});
  return j;
}

// What the song may not be used for, because of which sounds, and what to do.
std::string licence_text(const build::BuildReport& r) {
  const auto forbidding = song::not_for_commerce(r.weights);
  if (forbidding.empty()) return {};
  std::string out = fmt::format("  licence  no commercial use: trained weights took part in this song, {}\n", song::weights_text(forbidding));
  for (const auto& s : r.sounds_with_weights)
    if (!song::commercial_use_allowed(s.weights)) out += fmt::format("           in {} on track \"{}\"\n", s.sound, s.track);
  return out + "           to be free of it, mute or replace these sounds and build again; or ask the publisher of the weights for another licence\n";
}

}  // namespace

Meter::Meter(bool on) : on_(on), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Meter::show(double fraction, std::string_view stage) {
  if (!on_) return;
  const int percent = static_cast<int>(fraction * 100);
  if (terminal_) {
    if (percent == last_percent_ && stage == last_stage_) return;
    constexpr int kWidth = 30;
    const int filled = static_cast<int>(fraction * kWidth);
    std::string bar;
    for (int i = 0; i < kWidth; ++i) bar += i < filled ? "━" : "─";
    std::fprintf(stderr, "\r\033[K%s %3d %%  %.*s", bar.c_str(), percent, static_cast<int>(stage.size()), stage.data());
    std::fflush(stderr);
  } else {
    // A line a stage; "playing Kick", "playing Bass" are one stage.
    const std::string_view kind = stage.substr(0, stage.find(' '));
    if (last_stage_.substr(0, last_stage_.find(' ')) == kind) return;
    std::fprintf(stderr, "%3d %%  %.*s\n", percent, static_cast<int>(stage.size()), stage.data());
  }
  last_percent_ = percent;
  last_stage_ = stage;
}

void Meter::clear() {
  if (on_ && terminal_ && last_percent_ >= 0) std::fputs("\r\033[K", stderr);
  last_percent_ = -1;
}

std::string song_text(const studio::SongMade& made, bool built) {
  std::string out = fmt::format("“{}”  {}, {:g} bpm, {}, {}, {} bars, seed {}\n", made.title, made.style, made.bpm, made.key, made.metre, made.bars, made.seed);
  for (const std::string& line : made.chosen) out += "  chose  " + line + "\n";
  for (const std::string& line : made.remarks) out += "  note   " + line + "\n";
  const std::string folder = made.folder.string();
  if (built) {
    out += fmt::format("  {}  {:.1f} LUFS  {:.1f} dBTP\n", clock_text(made.build.length), made.build.loudness.value, made.build.true_peak.value);
    out += licence_text(made.build);
    out += fmt::format("{0}/export/master.wav   (.flac .mp3 .ogg, stems/, song.mid, picture.png)\n", folder);
  } else {
    out += fmt::format("{0}/song.mid   ({0}/midi/*.mid, {0}/song.json)\n", folder);
  }
  return out;
}

std::string song_json(const studio::SongMade& made, bool built) {
  ordered_json j{{"folder", made.folder.string()}, {"title", made.title}, {"style", made.style}, {"bpm", made.bpm}, {"key", made.key},
                 {"metre", made.metre}, {"bars", made.bars}, {"seed", made.seed}, {"chosen", made.chosen}, {"remarks", made.remarks}};
  if (built) j["build"] = json_of(made.build);
  return j.dump(1) + "\n";
}

std::string build_text(const build::BuildReport& r, const std::filesystem::path& folder) {
  if (r.tracks_built == 0 && !r.mixed && !r.mastered && r.files_written == 0) return folder.string() + ": nothing to do\n" + licence_text(r);
  return fmt::format("{}: {} of {} tracks played anew, {}, {}, {} files written\n  {}  {:.1f} LUFS  {:.1f} dBTP\n", folder.string(), r.tracks_built,
                     r.tracks_built + r.tracks_kept, r.mixed ? "mixed" : "mix kept", r.mastered ? "mastered" : "master kept", r.files_written,
                     clock_text(r.length), r.loudness.value, r.true_peak.value) + licence_text(r);
}

std::string licence_line(const std::vector<song::WeightsUsed>& weights) {
  return weights.empty() ? std::string() : fmt::format("  licence   trained weights took part: {}\n", song::weights_text(weights));
}

std::string build_json(const build::BuildReport& r, const std::filesystem::path& folder) {
  ordered_json j = json_of(r);
  j["folder"] = folder.string();
  return j.dump(1) + "\n";
}

std::string styles_text(const std::vector<compose::StyleInfo>& styles, const std::string& family) {
  std::string out;
  for (const auto& s : styles)
    if (family.empty() || s.family == family) out += fmt::format("{:<18} {:>4g} bpm  {:<11} {}\n", s.id, s.usual.value, s.family, s.about);
  if (out.empty()) throw Error(ErrorCode::NotFound, "no style is of family \"" + family + "\"", "see them all with: figment styles");
  return out;
}

std::string styles_json(const std::vector<compose::StyleInfo>& styles) {
  ordered_json j = ordered_json::array();
  for (const auto& s : styles) j.push_back({{"id", s.id}, {"title", s.title}, {"about", s.about}, {"family", s.family}, {"bpm", s.usual.value}});
  return j.dump(1) + "\n";
}

void show_error(const Error& e, bool json) {
  if (json) {
    std::fputs((ordered_json{{"error", {{"code", name(e.code())}, {"message", e.what()}, {"hint", e.hint()}}}}.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n").c_str(), stderr);
    return;
  }
  // Where nothing more is known than that it was stopped.
  const bool plain_stop = e.code() == ErrorCode::Cancelled && e.hint().empty();
  std::fprintf(stderr, "figment: %s\n", plain_stop ? "stopped; run the same command again to go on" : e.what());
  if (!e.hint().empty()) std::fprintf(stderr, "  %s\n", e.hint().c_str());
}

}  // namespace figment::cli
