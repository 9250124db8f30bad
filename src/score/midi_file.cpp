#include "score/midi_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>

#include "base/error.h"

namespace figment::score {
namespace {

constexpr std::size_t kMostNotes = 1'000'000;
constexpr std::uint64_t kMostTicks = 1ULL << 28;
constexpr double kBendRange = 12.0;

// ---- writing -------------------------------------------------------------------------------------------------------

std::int64_t ticks(Beats at) { return std::llround(at.value * kTicksPerBeat); }

void put_number(std::string& out, std::uint32_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

void put_length(std::string& out, std::uint32_t value) {
  std::array<char, 5> digits{};
  int count = 0;
  do {
    digits[static_cast<std::size_t>(count++)] = static_cast<char>(value & 0x7F);
    value >>= 7;
  } while (value != 0);
  while (count-- > 0) out += static_cast<char>(digits[static_cast<std::size_t>(count)] | (count > 0 ? 0x80 : 0));
}

struct RawEvent {
  std::int64_t at;
  int order;          // within one tick: meta, controllers, note-offs, note-ons
  std::string bytes;
};

std::string meta(int type, std::string_view data) {
  std::string out = {static_cast<char>(0xFF), static_cast<char>(type)};
  put_length(out, static_cast<std::uint32_t>(data.size()));
  return out += data;
}

std::string chunk(std::vector<RawEvent> events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const RawEvent& a, const RawEvent& b) { return std::tie(a.at, a.order) < std::tie(b.at, b.order); });
  std::string body;
  std::int64_t now = 0;
  for (const RawEvent& event : events) {
    put_length(body, static_cast<std::uint32_t>(event.at - now));
    now = event.at;
    body += event.bytes;
  }
  put_length(body, 0);
  body += meta(0x2F, "");
  std::string out = "MTrk";
  put_number(out, static_cast<std::uint32_t>(body.size()), 4);
  return out + body;
}

int controller_number(Controller kind) {
  switch (kind) {
    case Controller::Modulation: return 1;
    case Controller::Expression: return 11;
    case Controller::Brightness: return 74;
    case Controller::Sustain: return 64;
    case Controller::Bend: break;
  }
  return -1;
}

int seven_bit(float value) { return std::clamp(static_cast<int>(std::lround(value * 127.0F)), 0, 127); }
int bend_value(float semitones) {
  return std::clamp(static_cast<int>(std::lround(8192.0 + semitones / kBendRange * 8192.0)), 0, 16383);
}
float bend_semitones(int value) { return static_cast<float>((value - 8192) / 8192.0 * kBendRange); }

std::string message(int status, int a, int b) {
  return {static_cast<char>(status), static_cast<char>(a & 0x7F), static_cast<char>(b & 0x7F)};
}

std::string track_chunk(const Score& unsorted, int channel) {
  const Score score = quantized(unsorted);
  std::vector<RawEvent> events;
  events.push_back({0, 0, meta(0x03, score.name)});
  const bool bends = std::any_of(score.controls.begin(), score.controls.end(),
                                 [](const Control& c) { return c.kind == Controller::Bend; });
  if (bends) {
    const int status = 0xB0 | channel;
    for (const auto& [number, value] : {std::pair{101, 0}, {100, 0}, {6, static_cast<int>(kBendRange)}, {38, 0}, {101, 127}, {100, 127}})
      events.push_back({0, 1, message(status, number, value)});
  }
  for (const Control& control : score.controls) {
    const std::int64_t at = ticks(control.at);
    if (control.kind == Controller::Bend) {
      const int value = bend_value(control.value);
      events.push_back({at, 2, message(0xE0 | channel, value & 0x7F, value >> 7)});
    } else {
      events.push_back({at, 2, message(0xB0 | channel, controller_number(control.kind), seven_bit(control.value))});
    }
  }
  for (const Note& note : score.notes) {
    events.push_back({ticks(note.start), 4, message(0x90 | channel, note.pitch, std::max(1, seven_bit(note.velocity)))});
    events.push_back({ticks(note.end()), 3, message(0x80 | channel, note.pitch, 64)});
  }
  return chunk(std::move(events));
}

// ---- reading -------------------------------------------------------------------------------------------------------

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name, std::size_t base) : bytes_(bytes), name_(name), base_(base) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::Corrupt, name_ + ": byte " + std::to_string(base_ + at_) + ": " + what,
                "export the file again from the program that wrote it");
  }
  [[nodiscard]] bool done() const { return at_ >= bytes_.size(); }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  std::uint32_t number(int count) {
    if (left() < static_cast<std::size_t>(count)) fail("the file ends in the middle of a number");
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) value = (value << 8) | static_cast<unsigned char>(bytes_[at_++]);
    return value;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint8_t peek() const {
    if (done()) fail("the file ends in the middle of an event");
    return static_cast<std::uint8_t>(bytes_[at_]);
  }
  std::uint32_t length() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const std::uint8_t b = byte();
      value = (value << 7) | (b & 0x7F);
      if ((b & 0x80) == 0) return value;
    }
    fail("a variable-length number has more than four bytes");
  }
  std::string_view take(std::size_t count) {
    if (left() < count) fail("wanted " + std::to_string(count) + " bytes, found " + std::to_string(left()));
    const std::string_view part = bytes_.substr(at_, count);
    at_ += count;
    return part;
  }
  [[nodiscard]] std::size_t offset() const { return base_ + at_; }

 private:
  std::string_view bytes_;
  const std::string& name_;
  std::size_t base_;
  std::size_t at_ = 0;
};

struct TrackReader {
  Reader reader;
  double ticks_per_beat;
  MidiContext& context;
  std::size_t& note_count;
  std::string name;
  std::map<int, Score> channels;
  std::map<int, std::vector<std::tuple<int, std::uint64_t, float>>> open;  // by channel: pitch, start in ticks, velocity

  Score& channel(int number) {
    Score& score = channels[number];
    score.percussion = number == 9;
    return score;
  }

  // Lengths are differences of whole ticks, so that what was written comes back to the bit.
  [[nodiscard]] Beats beats(std::uint64_t ticks) const { return Beats{static_cast<double>(ticks) / ticks_per_beat}; }

  void note_off(int number, int pitch, std::uint64_t now) {
    auto& sounding = open[number];
    const auto it = std::find_if(sounding.begin(), sounding.end(), [&](const auto& n) { return std::get<0>(n) == pitch; });
    if (it == sounding.end()) return;  // a stray note-off is harmless
    const std::uint64_t start = std::get<1>(*it);
    channel(number).notes.push_back({beats(start), now > start ? beats(now - start) : Beats{1.0 / kTicksPerBeat},
                                     static_cast<std::uint8_t>(pitch), std::get<2>(*it)});
    sounding.erase(it);
  }

  void read_meta(Beats now) {
    const int type = reader.byte();
    const std::string_view data = reader.take(reader.length());
    const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(data[i]); };
    if (type == 0x03 && name.empty()) {
      name = std::string(data.substr(0, 200));
    } else if (type == 0x06) {
      context.markers.push_back({now, std::string(data.substr(0, 200))});
    } else if (type == 0x51 && data.size() == 3) {
      const int micros = byte_at(0) << 16 | byte_at(1) << 8 | byte_at(2);
      if (micros > 0) context.tempo.push_back({now, Bpm{60e6 / micros}});
    } else if (type == 0x58 && data.size() >= 2 && byte_at(0) >= 1 && byte_at(0) <= 32 && byte_at(1) <= 5) {
      context.metre = {byte_at(0), 1 << byte_at(1)};
    } else if (type == 0x59 && data.size() == 2) {
      const int sharps = static_cast<signed char>(byte_at(0));
      if (sharps >= -7 && sharps <= 7) {
        const int major_tonic = pitch_class(sharps * 7);
        context.key = byte_at(1) == 0 ? Key{major_tonic, Mode::Major} : Key{(major_tonic + 9) % 12, Mode::Minor};
      }
    }
  }

  void read() {
    std::uint64_t now_ticks = 0;
    int status = 0;
    while (!reader.done()) {
      now_ticks += reader.length();
      if (now_ticks > kMostTicks) reader.fail("an event lies beyond 2^28 ticks");
      const Beats now = beats(now_ticks);
      if ((reader.peek() & 0x80) != 0) {
        status = reader.byte();
      } else if (status < 0x80 || status >= 0xF0) {
        reader.fail("a data byte stands where a status byte is needed");
      }
      if (status == 0xFF) {
        read_meta(now);
        status = 0;
        continue;
      }
      if (status == 0xF0 || status == 0xF7) {
        (void)reader.take(reader.length());
        status = 0;
        continue;
      }
      if (status >= 0xF0) reader.fail("system messages do not belong into a file");
      const int number = status & 0x0F;
      const int kind = status & 0xF0;
      const int a = reader.byte();
      const int b = kind == 0xC0 || kind == 0xD0 ? 0 : reader.byte();
      if (((a | b) & 0x80) != 0) reader.fail("a data byte is above 127");
      if (kind == 0x90 && b > 0) {
        note_off(number, a, now_ticks);  // a note struck again ends first
        if (++note_count > kMostNotes) reader.fail("more than a million notes");
        open[number].emplace_back(a, now_ticks, static_cast<float>(b) / 127.0F);
      } else if (kind == 0x80 || kind == 0x90) {
        note_off(number, a, now_ticks);
      } else if (kind == 0xE0) {
        channel(number).controls.push_back({now, Controller::Bend, bend_semitones(b << 7 | a)});
      } else if (kind == 0xB0) {
        for (const Controller c : {Controller::Modulation, Controller::Expression, Controller::Brightness, Controller::Sustain})
          if (controller_number(c) == a) channel(number).controls.push_back({now, c, static_cast<float>(b) / 127.0F});
      }
      if (channels.size() > 0 && channel(number).controls.size() > 4 * kMostNotes) reader.fail("too many controllers");
    }
    for (auto& [number, sounding] : open)
      while (!sounding.empty()) note_off(number, std::get<0>(sounding.back()), now_ticks);
  }
};

}  // namespace

std::string to_midi(const std::vector<Score>& tracks, const MidiContext& context) {
  std::vector<RawEvent> events;
  events.push_back({0, 0, meta(0x03, context.title)});
  for (const TempoChange& change : context.tempo) {
    std::string data;
    put_number(data, static_cast<std::uint32_t>(std::lround(60e6 / change.tempo.value)), 3);
    events.push_back({ticks(change.at), 0, meta(0x51, data)});
  }
  int power = 0;
  while ((1 << power) < context.metre.unit) ++power;
  events.push_back({0, 0, meta(0x58, std::string{static_cast<char>(context.metre.beats_per_bar), static_cast<char>(power), 24, 8})});
  events.push_back({0, 0, meta(0x59, std::string{static_cast<char>(context.key.sharps()),
                                                 static_cast<char>(minor_third(context.key.mode) ? 1 : 0)})});
  for (const Marker& marker : context.markers) events.push_back({ticks(marker.at), 0, meta(0x06, marker.text)});

  std::string out = "MThd";
  put_number(out, 6, 4);
  put_number(out, 1, 2);
  put_number(out, static_cast<std::uint32_t>(tracks.size() + 1), 2);
  put_number(out, kTicksPerBeat, 2);
  out += chunk(std::move(events));
  int melodic = 0;
  for (const Score& track : tracks) {
    int channel = 9;
    if (!track.percussion) {
      channel = melodic++ % 15;
      if (channel >= 9) ++channel;
    }
    out += track_chunk(track, channel);
  }
  return out;
}

MidiContents parse_midi(std::string_view bytes, const std::string& name) {
  Reader file(bytes, name, 0);
  if (!bytes.starts_with("MThd"))
    throw Error(ErrorCode::Corrupt, name + " is not a MIDI file: it does not begin with MThd");
  if (bytes.size() < 14) file.fail("the header has " + std::to_string(bytes.size()) + " of 14 bytes: the file is cut off");
  (void)file.take(4);
  const std::uint32_t header = file.number(4);
  if (header < 6) file.fail("a header of " + std::to_string(header) + " bytes; wanted at least 6");
  const std::uint32_t type = file.number(2);
  const std::uint32_t track_count = file.number(2);
  const std::uint32_t division = file.number(2);
  (void)file.take(header - 6);
  if (type > 1) throw Error(ErrorCode::Unsupported, name + " is a type " + std::to_string(type) + " MIDI file; wanted 0 or 1");
  if ((division & 0x8000) != 0)
    throw Error(ErrorCode::Unsupported, name + " counts time in film frames", "export it with ticks per quarter note");
  if (division == 0) file.fail("0 ticks a beat");

  MidiContents contents;
  contents.context.tempo.clear();
  std::size_t notes = 0;
  for (std::uint32_t i = 0; i < track_count && !file.done(); ++i) {
    const std::string_view kind = file.take(4);
    const std::uint32_t length = file.number(4);
    const std::size_t base = file.offset();
    const std::string_view body = file.take(length);
    if (kind != "MTrk") continue;  // the standard asks readers to skip unknown chunks
    TrackReader track{Reader(body, name, base), static_cast<double>(division), contents.context, notes, {}, {}, {}};
    track.read();
    for (auto& [number, score] : track.channels) {
      score.name = track.name;
      score.sort();
      if (!score.notes.empty() || !score.controls.empty()) contents.tracks.push_back(std::move(score));
    }
  }
  auto& tempo = contents.context.tempo;
  std::stable_sort(tempo.begin(), tempo.end(), [](const TempoChange& a, const TempoChange& b) { return a.at < b.at; });
  if (tempo.empty() || tempo.front().at > Beats{0}) tempo.insert(tempo.begin(), {Beats{0}, Bpm{120}});
  return contents;
}

}  // namespace figment::score
