#include "song/song_file.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "storage/data_file.h"
#include "storage/files.h"

namespace figment::song {
namespace {

using nlohmann::ordered_json;
using storage::Fields;

constexpr const char* kFormat = "figment song";
constexpr double kFar = 1e6;  // beats; a day at any tempo

ordered_json json_of(const std::vector<Effect>& effects) {
  ordered_json list = ordered_json::array();
  for (const Effect& effect : effects) {
    ordered_json e{{"type", effect.type}};
    if (!effect.key.empty()) e["key"] = effect.key;
    e["parameters"] = effect.parameters;
    list.push_back(std::move(e));
  }
  return list;
}

std::vector<Effect> effects_from(const nlohmann::json& list, const std::string& where) {
  std::vector<Effect> effects;
  for (const auto& item : list) {
    Fields f(item, where + " " + std::to_string(effects.size() + 1));
    Effect effect;
    effect.type = f.text("type");
    effect.key = f.text_or("key", "");
    const auto& parameters = f.object_or_empty("parameters");
    Fields p(parameters, f.where("parameters"));
    for (const auto& [name, value] : parameters.items()) effect.parameters[name] = p.number(name, -1e9, 1e9);
    f.done();
    effects.push_back(std::move(effect));
  }
  return effects;
}

ordered_json json_of(const std::vector<Clip>& clips) {
  ordered_json list = ordered_json::array();
  for (const Clip& clip : clips) {
    ordered_json c{{"sound", clip.sound}, {"sha256", clip.sha256}, {"bar", clip.bar}, {"bars", clip.bars}};
    if (!clip.warp.points.empty()) {
      ordered_json points = ordered_json::array();
      for (const score::WarpPoint& p : clip.warp.points) points.push_back(ordered_json::array({p.source.value, p.beat.value}));
      c["warp"] = std::move(points);
      c["circular"] = clip.warp.circular;
    }
    c["semitones"] = clip.semitones;
    c["keep_formants"] = clip.keep_formants;
    c["gain_db"] = clip.gain.value;
    list.push_back(std::move(c));
  }
  return list;
}

std::vector<Clip> clips_from(const nlohmann::json& list, const std::string& where) {
  std::vector<Clip> clips;
  for (const auto& item : list) {
    Fields f(item, where + " " + std::to_string(clips.size() + 1));
    Clip clip;
    clip.sound = f.text("sound");
    clip.sha256 = f.text("sha256");
    clip.bar = f.integer("bar", 1, 20000);
    clip.bars = f.integer("bars", 1, 20000);
    for (const auto& p : f.list_or_empty("warp")) {
      if (!p.is_array() || p.size() != 2 || !p[0].is_number() || !p[1].is_number()) f.fail("warp", "pairs of [second of the sound, beat]");
      clip.warp.points.push_back({Seconds{p[0].get<double>()}, Beats{p[1].get<double>()}});
    }
    clip.warp.circular = f.flag_or("circular", false);
    clip.semitones = f.number_or("semitones", 0, -48, 48);
    clip.keep_formants = f.flag_or("keep_formants", false);
    clip.gain = Decibels{f.number_or("gain_db", 0, -120, 24)};
    f.done();
    clips.push_back(std::move(clip));
  }
  return clips;
}

ordered_json json_of(const Track& track) {
  ordered_json t{{"id", track.id}, {"name", track.name}, {"role", track.role}};
  if (track.clips.empty()) {
    t["instrument"] = track.instrument;
    t["midi"] = track.midi;
  } else {
    t["clips"] = json_of(track.clips);
  }
  t["loudness"] = track.loudness.value;
  t["gain_db"] = track.gain.value;
  t["pan"] = track.pan;
  t["mute"] = track.mute;
  t["effects"] = json_of(track.effects);
  t["sends"] = ordered_json::array();
  for (const Send& send : track.sends) t["sends"].push_back({{"to", send.to}, {"level_db", send.level.value}});
  t["automation"] = ordered_json::array();
  for (const Automation& lane : track.automation) {
    ordered_json points = ordered_json::array();
    for (const AutomationPoint& p : lane.points) points.push_back(ordered_json::array({p.at.value, p.value}));
    t["automation"].push_back({{"target", lane.target}, {"points", std::move(points)}});
  }
  return t;
}

Track track_from(const nlohmann::json& item, const std::string& where) {
  Fields f(item, where);
  Track track;
  track.id = f.text("id");
  track.name = f.text_or("name", track.id);
  track.role = f.text("role");
  if (f.has("clips")) {
    track.clips = clips_from(f.list("clips"), f.where("clips"));
    if (track.clips.empty()) f.fail("clips", "at least one clip");
  } else {
    track.instrument = f.text("instrument");
    track.midi = f.text("midi");
  }
  track.loudness = Decibels{f.number_or("loudness", -6, -60, 12)};
  track.gain = Decibels{f.number_or("gain_db", 0, -120, 24)};
  track.pan = f.number_or("pan", 0, -1, 1);
  track.mute = f.flag_or("mute", false);
  track.effects = effects_from(f.list_or_empty("effects"), f.where("effects"));
  for (const auto& s : f.list_or_empty("sends")) {
    Fields send(s, f.where("sends"));
    track.sends.push_back({send.text("to"), Decibels{send.number("level_db", -120, 24)}});
    send.done();
  }
  for (const auto& a : f.list_or_empty("automation")) {
    Fields lane(a, f.where("automation"));
    Automation automation{lane.text("target"), {}};
    for (const auto& p : lane.list("points")) {
      if (!p.is_array() || p.size() != 2 || !p[0].is_number() || !p[1].is_number())
        lane.fail("points", "pairs of [beat, value]");
      automation.points.push_back({Beats{p[0].get<double>()}, p[1].get<double>()});
    }
    lane.done();
    track.automation.push_back(std::move(automation));
  }
  f.done();
  return track;
}

}  // namespace

std::string to_json(const Song& song) {
  ordered_json j{{"format", kFormat},   {"version", Song::kVersion},     {"title", song.title},
                 {"prompt", song.prompt}, {"style", song.style},         {"seed", song.seed},
                 {"composer", song.composer}, {"rate_hz", song.rate.value}, {"metre", song.metre.text()},
                 {"key", song.key.text()},    {"bars", song.bars}};
  if (!song.brief.empty()) j["brief"] = ordered_json::parse(song.brief, nullptr, false);
  if (song.reference) j["reference"] = {{"sound", song.reference->sound}, {"sha256", song.reference->sha256}};
  for (const score::TempoChange& t : song.tempo) j["tempo"].push_back({{"at", t.at.value}, {"bpm", t.tempo.value}});
  j["sections"] = ordered_json::array();
  for (const Section& s : song.sections)
    j["sections"].push_back({{"name", s.name}, {"kind", s.kind}, {"bar", s.bar}, {"bars", s.bars}, {"energy", s.energy}});
  j["chords"] = ordered_json::array();
  for (const score::ChordSpan& c : song.chords)
    j["chords"].push_back({{"at", c.start.value}, {"length", c.length.value}, {"chord", c.chord.text(song.key.prefers_flats())}});
  j["tracks"] = ordered_json::array();
  for (const Track& t : song.tracks) j["tracks"].push_back(json_of(t));
  j["buses"] = ordered_json::array();
  for (const Bus& b : song.buses)
    j["buses"].push_back({{"id", b.id}, {"name", b.name}, {"gain_db", b.gain.value}, {"effects", json_of(b.effects)}});
  j["master"] = {{"target_lufs", song.master.target.value}, {"ceiling_dbtp", song.master.ceiling.value},
                 {"balance", song.master.balance},          {"punch", song.master.punch},
                 {"width", song.master.width},              {"warmth", song.master.warmth}};
  return j.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Song from_json(std::string_view text, const std::string& name) {
  const nlohmann::json j = storage::parse_json(text, name);
  Fields f(j, name);
  if (f.text_or("format", "") != kFormat) f.fail("format", std::string("\"") + kFormat + "\"");
  const int version = f.integer("version", 1, 1 << 20);
  if (version > Song::kVersion)
    throw Error(ErrorCode::Unsupported, name + " is of format version " + std::to_string(version) + "; this Figment reads " +
                                            std::to_string(Song::kVersion), "use a newer Figment");
  Song song;
  song.title = f.text_or("title", "");
  song.prompt = f.text_or("prompt", "");
  song.style = f.text_or("style", "");
  const auto& seed = f.any("seed");
  if (!seed.is_number_unsigned()) f.fail("seed", "a whole number from 0 up");
  song.seed = seed.get<std::uint64_t>();
  song.composer = f.text_or("composer", "");
  if (f.has("brief")) song.brief = ordered_json(f.any("brief")).dump();
  if (f.has("reference")) {
    Fields r(f.object("reference"), f.where("reference"));
    song.reference = Example{r.text("sound"), r.text("sha256")};
    r.done();
  }
  song.rate = Hertz{f.number_or("rate_hz", 44100, 8000, 192000)};
  try {
    song.metre = score::parse_metre(f.text("metre"));
    song.key = score::parse_key(f.text("key"));
  } catch (const Error& e) {
    throw Error(ErrorCode::Corrupt, name + ": " + e.what(), e.hint());
  }
  song.bars = f.integer("bars", 1, 20000);
  song.tempo.clear();
  for (const auto& item : f.list("tempo")) {
    Fields t(item, f.where("tempo"));
    song.tempo.push_back({Beats{t.number("at", 0, kFar)}, Bpm{t.number("bpm", 10, 999)}});
    t.done();
  }
  for (const auto& item : f.list_or_empty("sections")) {
    Fields s(item, f.where("sections"));
    Section section{s.text("name"), s.text("kind"), s.integer("bar", 1, 20000), s.integer("bars", 1, 20000),
                    s.number_or("energy", 0.5, 0, 1)};
    s.done();
    song.sections.push_back(std::move(section));
  }
  for (const auto& item : f.list_or_empty("chords")) {
    Fields c(item, f.where("chords"));
    score::ChordSpan span;
    span.start = Beats{c.number("at", 0, kFar)};
    span.length = Beats{c.number("length", 0, kFar)};
    try {
      span.chord = score::parse_chord(c.text("chord"));
    } catch (const Error& e) {
      throw Error(ErrorCode::Corrupt, c.where("chord") + ": " + e.what(), e.hint());
    }
    c.done();
    song.chords.push_back(std::move(span));
  }
  for (const auto& item : f.list("tracks"))
    song.tracks.push_back(track_from(item, f.where("tracks " + std::to_string(song.tracks.size() + 1))));
  for (const auto& item : f.list_or_empty("buses")) {
    Fields b(item, f.where("buses"));
    Bus bus;
    bus.id = b.text("id");
    bus.name = b.text_or("name", bus.id);
    bus.gain = Decibels{b.number_or("gain_db", 0, -120, 24)};
    bus.effects = effects_from(b.list_or_empty("effects"), b.where("effects"));
    b.done();
    song.buses.push_back(std::move(bus));
  }
  if (f.has("master")) {
    Fields m(f.object("master"), f.where("master"));
    song.master.target = Lufs{m.number_or("target_lufs", -14, -40, -5)};
    song.master.ceiling = Decibels{m.number_or("ceiling_dbtp", -1, -20, 0)};
    song.master.balance = m.text_or("balance", "pop");
    song.master.punch = m.number_or("punch", 0.5, 0, 1);
    song.master.width = m.number_or("width", 1, 0, 2);
    song.master.warmth = m.number_or("warmth", 0.2, 0, 1);
    m.done();
  }
  f.done();
  check(song);
  return song;
}

Song load(const std::filesystem::path& folder) {
  const auto file = folder / "song.json";
  std::error_code status;
  if (!std::filesystem::exists(file, status))
    throw Error(ErrorCode::NotFound, "no song at " + folder.string() + ": there is no song.json in it",
                "make one with: figment song \"PROMPT\" -o " + folder.string());
  return from_json(storage::read_file(file, 16U << 20), file.string());
}

void save(const Song& song, const std::filesystem::path& folder) {
  check(song);
  storage::make_folder(folder);
  storage::write_file(folder / "song.json", to_json(song));
}

}  // namespace figment::song
