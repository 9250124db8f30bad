#include "song/song.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "storage/files.h"

namespace figment::song {
namespace {

[[noreturn]] void wrong(const std::string& what, const std::string& hint = {}) {
  throw Error(ErrorCode::Corrupt, "song: " + what, hint);
}

void need(bool truth, const std::string& what) {
  if (!truth) wrong(what);
}

bool within(double value, double low, double high) { return std::isfinite(value) && value >= low && value <= high; }

bool is_id(const std::string& id) {
  return !id.empty() && id.size() <= 40 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void check_effects(const Song& song, const std::vector<Effect>& effects, const std::string& where) {
  need(effects.size() <= 32, where + " has " + std::to_string(effects.size()) + " effects; at most 32");
  for (const Effect& effect : effects) {
    need(!effect.type.empty() && effect.type.size() <= 40, where + " has an effect without a type");
    for (const auto& [name, value] : effect.parameters)
      need(std::isfinite(value), where + ": " + effect.type + "." + name + " is not a finite number");
    if (!effect.key.empty() && song.track(effect.key) == nullptr)
      wrong(where + ": " + effect.type + " listens to track \"" + effect.key + "\", which does not exist");
  }
}

void check_clips(const Song& song, const Track& track, const std::string& where) {
  need(track.clips.size() <= 4096, where + " has " + std::to_string(track.clips.size()) + " clips; at most 4096");
  for (std::size_t i = 0; i < track.clips.size(); ++i) {
    const Clip& clip = track.clips[i];
    const std::string which = where + ", clip " + std::to_string(i + 1);
    (void)storage::path_inside(".", clip.sound);
    need(is_digest(clip.sha256), which + ": sha256 must be 64 hexadecimal digits");
    need(clip.bar >= 1 && clip.bars >= 1 && clip.bar + clip.bars - 1 <= song.bars,
         which + " lies on bars " + std::to_string(clip.bar) + " to " + std::to_string(clip.bar + clip.bars - 1) + " of a song of " + std::to_string(song.bars));
    need(clip.warp.points.empty() || score::makes_sense(clip.warp), which + ": the warp's points must rise from beat 0");
    need(within(clip.semitones, -48, 48), which + ": semitones must be from -48 to 48");
    need(within(clip.gain.value, -120, 24), which + ": gain must be from -120 to 24 dB");
  }
}

void check_track(const Song& song, const Track& track) {
  const std::string where = "track \"" + track.id + "\"";
  need(track.clips.empty() || (track.midi.empty() && track.instrument.empty()), where + " has both clips and an instrument; one of them can play");
  if (track.clips.empty()) (void)storage::path_inside(".", track.midi);
  check_clips(song, track, where);
  if (track.instrument.rfind("sfz:", 0) == 0) (void)storage::path_inside(".", track.instrument.substr(4));
  need(within(track.loudness.value, -60, 12), where + ": loudness must be from -60 to 12");
  need(within(track.gain.value, -120, 24), where + ": gain must be from -120 to 24 dB");
  need(within(track.pan, -1, 1), where + ": pan must be from -1 to 1");
  check_effects(song, track.effects, where);
  for (const Send& send : track.sends) {
    if (std::none_of(song.buses.begin(), song.buses.end(), [&](const Bus& b) { return b.id == send.to; }))
      wrong(where + " sends to bus \"" + send.to + "\", which does not exist");
    need(within(send.level.value, -120, 24), where + ": the level of send \"" + send.to + "\" must be from -120 to 24 dB");
  }
  for (const Automation& lane : track.automation) {
    need(!lane.points.empty(), where + ": automation of \"" + lane.target + "\" has no points");
    for (std::size_t i = 0; i < lane.points.size(); ++i) {
      need(within(lane.points[i].at.value, 0, 1e6) && std::isfinite(lane.points[i].value),
           where + ": automation of \"" + lane.target + "\" has a point that is not a finite number");
      need(i == 0 || lane.points[i].at >= lane.points[i - 1].at,
           where + ": automation of \"" + lane.target + "\" goes back in time");
    }
  }
}

}  // namespace

const Track* Song::track(const std::string& id) const noexcept {
  for (const Track& t : tracks)
    if (t.id == id) return &t;
  return nullptr;
}

void check(const Song& song) {
  if (song.reference) {
    (void)storage::path_inside(".", song.reference->sound);
    need(is_digest(song.reference->sha256), "the reference's sha256 must be 64 hexadecimal digits");
  }
  need(song.bars >= 1 && song.bars <= 20000, "bars must be from 1 to 20000, found " + std::to_string(song.bars));
  need(within(song.rate.value, 8000, 192000), "rate must be from 8000 to 192000 Hz");
  need(song.metre.beats_per_bar >= 1 && song.metre.beats_per_bar <= 32 && song.metre.unit >= 1 && song.metre.unit <= 32,
       "metre " + song.metre.text() + " makes no sense");
  (void)score::TempoMap(song.tempo);  // checks itself
  int bar = 1;
  for (const Section& section : song.sections) {
    need(section.bar == bar, "section \"" + section.name + "\" begins at bar " + std::to_string(section.bar) +
                                 "; the one before it ends before bar " + std::to_string(bar));
    need(section.bars >= 1 && section.bars <= song.bars, "section \"" + section.name + "\" has " +
                                                             std::to_string(section.bars) + " bars");
    need(within(section.energy, 0, 1), "section \"" + section.name + "\": energy must be from 0 to 1");
    bar += section.bars;
  }
  need(song.sections.empty() || bar == song.bars + 1,
       "the sections end before bar " + std::to_string(bar) + ", the song has " + std::to_string(song.bars) + " bars");
  for (std::size_t i = 0; i < song.chords.size(); ++i)
    need(within(song.chords[i].start.value, 0, 1e6) && within(song.chords[i].length.value, 0, 1e6) &&
             (i == 0 || song.chords[i].start >= song.chords[i - 1].start),
         "chord " + std::to_string(i + 1) + " goes back in time or is endless");
  need(!song.tracks.empty(), "there are no tracks");
  need(song.tracks.size() <= 256, "more than 256 tracks");
  std::set<std::string> ids;
  for (const Bus& bus : song.buses) {
    need(is_id(bus.id), "bus \"" + bus.id + "\": an id has lower-case letters, digits and '-' only");
    need(ids.insert(bus.id).second, "two tracks or buses are called \"" + bus.id + "\"");
    need(within(bus.gain.value, -120, 24), "bus \"" + bus.id + "\": gain must be from -120 to 24 dB");
    check_effects(song, bus.effects, "bus \"" + bus.id + "\"");
  }
  for (const Track& track : song.tracks) {
    need(is_id(track.id), "track \"" + track.id + "\": an id has lower-case letters, digits and '-' only");
    need(ids.insert(track.id).second, "two tracks or buses are called \"" + track.id + "\"");
  }
  for (const Track& track : song.tracks) check_track(song, track);
  need(within(song.master.target.value, -40, -5), "master: the target must be from -40 to -5 LUFS");
  need(within(song.master.ceiling.value, -20, 0), "master: the ceiling must be from -20 to 0 dBTP");
  need(within(song.master.punch, 0, 1) && within(song.master.width, 0, 2) && within(song.master.warmth, 0, 1),
       "master: punch and warmth must be from 0 to 1, width from 0 to 2");
}

}  // namespace figment::song
