#include "studio/add_clip.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "build/sound_marks.h"
#include "sampling/warp.h"
#include "song/song_file.h"
#include "storage/files.h"
#include "studio/data_dir.h"
#include "studio/doubt.h"
#include "studio/originals.h"
#include "studio/out_file.h"

namespace figment::studio {
namespace {

namespace fs = std::filesystem;

// "bar 9", "9", "chorus", "chorus 2".
int bar_of(const std::string& at, const song::Song& song) {
  std::string_view number = at;
  if (number.starts_with("bar ")) number.remove_prefix(4);
  int bar = 0;
  const auto [end, status] = std::from_chars(number.data(), number.data() + number.size(), bar);
  if (status == std::errc() && end == number.data() + number.size()) {
    if (bar < 1 || bar > song.bars) throw Error(ErrorCode::InvalidArgument, "the song has bars 1 to " + std::to_string(song.bars) + ", not bar " + std::to_string(bar));
    return bar;
  }
  std::string names;
  for (const song::Section& section : song.sections) {
    if (section.name == at || section.kind == at) return section.bar;
    names += (names.empty() ? "" : ", ") + section.name;
  }
  throw Error(ErrorCode::InvalidArgument, "the song has no place \"" + at + "\"", "say \"bar N\", or one of its sections: " + names);
}

song::Track& track_for(song::Song& song, const AddRequest& request) {
  const auto find = [&](const std::string& id) { return std::find_if(song.tracks.begin(), song.tracks.end(), [&](const song::Track& t) { return t.id == id; }); };
  std::string id = request.track;
  if (!id.empty()) {
    if (const auto it = find(id); it != song.tracks.end()) {
      if (it->clips.empty()) throw Error(ErrorCode::InvalidArgument, "track \"" + id + "\" plays an instrument; a clip needs a track of its own", "choose another name with --track");
      return *it;
    }
    if (plain_word(id, "sound") != id) throw Error(ErrorCode::InvalidArgument, "a track is called by lower-case letters, digits and '-', not \"" + id + "\"", "for example: --track " + plain_word(id, "sound"));
  } else {
    const std::string base = plain_word(request.file.stem().string(), "sound");
    id = base;
    const auto taken = [&] { return find(id) != song.tracks.end() || std::any_of(song.buses.begin(), song.buses.end(), [&](const song::Bus& b) { return b.id == id; }); };
    for (int i = 2; taken(); ++i) id = base + "-" + std::to_string(i);
  }
  song::Track track;
  track.id = id;
  track.name = request.file.stem().string();
  track.role = request.voice ? "vocals" : "texture";
  track.loudness = Decibels{request.loudness};
  song.tracks.push_back(std::move(track));
  return song.tracks.back();
}

}  // namespace

Added add_clip(const AddRequest& request, const Progress& progress) {
  song::Song song = song::load(request.song);
  Added added;
  const int bar = bar_of(request.at, song);
  const Digest digest = [&] {
    (void)audio::SoundStream(request.file);     // what is no sound is said in the reader's words
    return sha256_file(request.file);
  }();

  const score::TempoMap tempo(song.tempo);
  const Beats begin = song.metre.bar() * static_cast<double>(bar - 1);
  song::Clip clip;
  clip.sha256 = digest;
  clip.bar = bar;
  clip.keep_formants = request.voice;
  const analysis::SoundAnalysis heard = analysis_with_tempo(request.file, request.source_bpm, progress.part(0, 0.2));
  int own_bars = 1;
  if (request.fit) {
    check_beats(heard, request.file, request.force || request.source_bpm > 0, added.remarks);
    sampling::WarpWish wish{tempo.tempo(begin), song.metre, request.source_bars};
    const sampling::WarpPlan plan = sampling::plan_warp(heard, wish);
    added.remarks.insert(added.remarks.end(), plan.remarks.begin(), plan.remarks.end());
    clip.warp = plan.warp;
    if (!request.key.empty()) clip.semitones = semitones_to(heard, request.key == "song" ? song.key : score::parse_key(request.key), added.remarks);
    own_bars = plan.bars;
    added.source_bpm = plan.source_tempo.value;
    added.confidence = heard.grid.confidence;
  } else {
    const Beats end = tempo.beats(tempo.seconds(begin) + heard.length);
    own_bars = std::max(1, static_cast<int>(std::ceil((end - begin) / song.metre.bar() - 1e-6)));
    if (!request.key.empty()) throw Error(ErrorCode::InvalidArgument, "--key is part of fitting", "add --fit");
  }
  clip.bars = request.bars > 0 ? request.bars : own_bars;
  if (!request.fit && request.bars > own_bars) {
    clip.bars = own_bars;
    added.remarks.push_back("without --fit it is not repeated: it sounds for " + std::to_string(own_bars) + " bars");
  }
  if (bar + clip.bars - 1 > song.bars) {
    clip.bars = song.bars - bar + 1;
    added.remarks.push_back("it is cut at the end of the song, after " + std::to_string(clip.bars) + " bars");
  }
  song::Track& track = track_for(song, request);
  clip.sound = keep_original(request.file, request.song, digest);
  added.track = track.id;
  added.weights = build::made_by(request.file).weights;
  added.sound = clip.sound;
  added.bar = bar;
  added.bars = clip.bars;
  added.semitones = clip.semitones;
  added.fitted = request.fit;
  added.circular = clip.warp.circular;
  track.clips.push_back(std::move(clip));
  song::save(song, request.song);
  if (request.build) {
    added.build = build::build(request.song, find_data_dir(), progress.part(0.2, 1));
    added.built = true;
  }
  return added;
}

}  // namespace figment::studio
