#include "instruments/sfz.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "base/error.h"

namespace figment::instruments {
namespace {

constexpr std::size_t kMostExpanded = 16U << 20, kMostRegions = 32768, kMostPath = 1024;
constexpr std::size_t kMostDefines = 1024, kLongestDefineName = 64, kLongestDefine = 1024;
constexpr std::size_t kMostRemarks = 256, kLongestWord = 48;
constexpr double kMostFrames = 1e12, kMostSeconds = 1000;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// What a message may show of a foreign text.
std::string shown(std::string_view text) {
  std::string out;
  for (char c : text.substr(0, kLongestWord)) out += c < ' ' || c > '~' ? '?' : c;
  return text.size() > kLongestWord ? out + "…" : out;
}

// The length of "name" when text has "name=" at `at`; 0 when not.
std::size_t opcode_at(std::string_view text, std::size_t at) {
  if (at >= text.size() || !(is_letter(text[at]) || text[at] == '_')) return 0;
  std::size_t end = at;
  while (end < text.size() && is_name(text[end])) ++end;
  return end < text.size() && text[end] == '=' ? end - at : 0;
}

std::optional<double> read_number(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// "c4" = 60, "c#4", "db4", "-1", "60".
std::optional<double> read_key(std::string_view text) {
  if (const auto number = read_number(text)) return number;
  static constexpr std::array<int, 7> kSemitones{9, 11, 0, 2, 4, 5, 7};  // a … g
  if (text.empty() || lower(text[0]) < 'a' || lower(text[0]) > 'g') return std::nullopt;
  double key = kSemitones[static_cast<std::size_t>(lower(text[0]) - 'a')];
  text.remove_prefix(1);
  if (!text.empty() && (text[0] == '#' || text[0] == 'b')) {
    key += text[0] == '#' ? 1 : -1;
    text.remove_prefix(1);
  }
  const auto octave = read_number(text);
  if (!octave || *octave != std::floor(*octave)) return std::nullopt;
  return key + 12 * (*octave + 1);
}

class Parser {
 public:
  explicit Parser(const std::string& name) : name_(name) {
    cc_value_.fill(0);
    cc_value_[7] = 100, cc_value_[10] = 64, cc_value_[11] = 127;  // as MIDI instruments wake up
  }

  SfzInstrument run(std::string_view text) {
    if (text.size() > kMostSfzBytes)
      throw Error(ErrorCode::Corrupt, name_ + " has " + std::to_string(text.size()) +
                                          " bytes; an SFZ file has at most " + std::to_string(kMostSfzBytes));
    if (text.find('\0') != std::string_view::npos)
      throw Error(ErrorCode::Corrupt, name_ + " is not an SFZ file: wanted text, found a zero byte");
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const std::string plain = without_comments(text);
    for (std::size_t at = 0; at < plain.size(); ++line_) {
      std::size_t end = plain.find_first_of("\r\n", at);
      if (end == std::string::npos) end = plain.size();
      const std::string line = expand(std::string_view(plain).substr(at, end - at));
      read_line(line);
      at = end + (plain.compare(end, 2, "\r\n") == 0 ? 2 : 1);
    }
    finish_region();
    for (const auto& [where, seen] : remarks_)
      out_.remarks.push_back("line " + std::to_string(seen.line) + ": " + where +
                             (seen.times > 1 ? " (" + std::to_string(seen.times) + " times)" : ""));
    std::stable_sort(out_.remarks.begin(), out_.remarks.end(), [](const std::string& a, const std::string& b) {
      return std::stoi(a.substr(5)) < std::stoi(b.substr(5));
    });
    if (more_remarks_) out_.remarks.emplace_back("and more of the kind");
    return std::move(out_);
  }

 private:
  enum class Header { None, Control, Global, Master, Group, Region, Other };
  enum class Trigger { Attack, First, Other };

  // What a header passes on to those below it.
  struct Level {
    SfzRegion region;
    Trigger trigger = Trigger::Attack;
    bool by_controller = false;
    std::array<std::uint8_t, 128> cc_low{}, cc_high = filled(127);
  };
  static std::array<std::uint8_t, 128> filled(std::uint8_t value) {
    std::array<std::uint8_t, 128> all;
    all.fill(value);
    return all;
  }
  struct Seen {
    int line = 0, times = 0;
  };
  using Setter = void (*)(Parser&, Level&);

  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const {
    throw Error(ErrorCode::Corrupt, name_ + ", line " + std::to_string(line_) + ": " + what, hint);
  }
  [[noreturn]] void wrong(const std::string& wanted) const {
    fail(opcode_ + ": wanted " + wanted + ", found \"" + shown(value_) + "\"");
  }
  void remark(const std::string& what, int line = 0) {
    const auto known = remarks_.find(what);
    if (known == remarks_.end() && remarks_.size() >= kMostRemarks) {
      more_remarks_ = true;
      return;
    }
    Seen& seen = remarks_[what];
    if (seen.times++ == 0) seen.line = line > 0 ? line : line_;
  }

  // --- text to lines -------------------------------------------------------------------------------------------

  // Comments become spaces, so that lines keep their numbers. "//" inside a word ("a//b.wav") is none.
  std::string without_comments(std::string_view text) {
    std::string out(text);
    int line = 1;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] == '\n' || (out[i] == '\r' && out.compare(i, 2, "\r\n") != 0)) ++line;
      if (out[i] != '/' || i + 1 >= out.size()) continue;
      if (out[i + 1] == '*') {
        const std::size_t end = out.find("*/", i + 2);
        line_ = line;
        if (end == std::string::npos) fail("a comment begins with /* and never ends", "close it with */");
        for (; i < end + 2; ++i) {
          if (out[i] == '\n' || (out[i] == '\r' && out.compare(i, 2, "\r\n") != 0)) ++line;
          if (out[i] != '\n' && out[i] != '\r') out[i] = ' ';
        }
        --i;
      } else if (out[i + 1] == '/' && (i == 0 || is_space(out[i - 1]) || out[i - 1] == '\n' || out[i - 1] == '\r')) {
        for (; i < out.size() && out[i] != '\n' && out[i] != '\r'; ++i) out[i] = ' ';
        --i;
      }
    }
    line_ = 1;
    return out;
  }

  // Takes #define and #include out of a line and puts values in for names.
  std::string expand(std::string_view line) {
    std::string out;
    std::size_t i = 0;
    const auto word = [&] {
      while (i < line.size() && is_space(line[i])) ++i;
      const std::size_t from = i;
      while (i < line.size() && !is_space(line[i])) ++i;
      return line.substr(from, i - from);
    };
    while (i < line.size()) {
      const bool first = out.empty() || is_space(out.back());
      if (first && line[i] == '#' && line.substr(i).starts_with("#define") && i + 7 < line.size() &&
          is_space(line[i + 7])) {
        i += 7;
        const std::string_view name = word();
        define(name, word());
      } else if (first && line[i] == '#' && line.substr(i).starts_with("#include")) {
        remark("#include is not followed: put what it names into this file");
        break;
      } else if (line[i] == '$') {
        const auto known = defined_at(line, i + 1);
        out += known == defines_.end() ? "$" : known->second;
        i += 1 + (known == defines_.end() ? 0 : known->first.size());
      } else {
        out += line[i++];
      }
      if (out.size() + expanded_ > kMostExpanded)
        fail("with all #define put in there are more than " + std::to_string(kMostExpanded) + " bytes");
    }
    expanded_ += out.size();
    return out;
  }

  void define(std::string_view name, std::string_view value) {
    if (name.size() < 2 || name[0] != '$' || !std::all_of(name.begin() + 1, name.end(), is_name))
      fail("#define: wanted $NAME and a value, found \"" + shown(name) + "\"");
    name.remove_prefix(1);
    if (name.size() > kLongestDefineName || value.size() > kLongestDefine)
      fail("#define $" + shown(name) + ": names have at most " + std::to_string(kLongestDefineName) +
           " letters, values " + std::to_string(kLongestDefine));
    std::string full;
    for (std::size_t i = 0; i < value.size() && full.size() <= kLongestDefine;) {
      const auto known = value[i] == '$' ? defined_at(value, i + 1) : defines_.end();
      if (known == defines_.end()) {
        full += value[i++];
      } else {
        full += known->second;
        i += 1 + known->first.size();
      }
    }
    full.resize(std::min(full.size(), kLongestDefine));
    defines_[std::string(name)] = full;
    if (defines_.size() > kMostDefines) fail("more than " + std::to_string(kMostDefines) + " #defines");
  }

  // The longest defined name that text continues with: $KEYS is $KEYS before it is $KEY and an S.
  std::map<std::string, std::string, std::less<>>::const_iterator defined_at(std::string_view text,
                                                                             std::size_t at) const {
    std::size_t length = 0;
    while (at + length < text.size() && length < kLongestDefineName && is_name(text[at + length])) ++length;
    for (; length > 0; --length)
      if (const auto known = defines_.find(text.substr(at, length)); known != defines_.end()) return known;
    return defines_.end();
  }

  // --- lines to headers and opcodes ----------------------------------------------------------------------------

  void read_line(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
      if (is_space(line[at])) {
        ++at;
      } else if (line.substr(at).starts_with("//")) {  // a comment behind a value
        return;
      } else if (line[at] == '<') {
        const std::size_t end = line.find('>', at);
        if (end == std::string_view::npos) fail("\"" + shown(line.substr(at)) + "\": a header ends with >");
        open(lowered(line.substr(at + 1, end - at - 1)));
        at = end + 1;
      } else if (const std::size_t length = opcode_at(line, at); length > 0) {
        opcode_ = lowered(line.substr(at, length));
        at += length + 1;
        const std::size_t end = end_of_value(line, at);
        value_ = line.substr(at, end - at);
        while (!value_.empty() && is_space(value_.back())) value_.remove_suffix(1);
        at = end;
        take();
      } else {
        const std::size_t from = at;
        while (at < line.size() && !is_space(line[at]) && (at == from || line[at] != '<')) ++at;
        remark("\"" + shown(line.substr(from, at - from)) + "\" is no header and no opcode");
      }
    }
  }

  [[nodiscard]] std::size_t end_of_value(std::string_view line, std::size_t at) const {
    const bool path = opcode_ == "sample" || opcode_ == "default_path";
    for (; at < line.size(); ++at) {
      if (!path && (is_space(line[at]) || line[at] == '<')) return at;
      if (!path && line[at] == '/' && at + 1 < line.size() && line[at + 1] == '/') return at;
      if (path && is_space(line[at]) && at + 1 < line.size() && (line[at + 1] == '<' || opcode_at(line, at + 1) > 0))
        return at;
    }
    return at;
  }

  void open(const std::string& name) {
    finish_region();
    if (name == "control") {
      header_ = Header::Control;
    } else if (name == "global") {
      header_ = Header::Global;
      global_ = {};
      parent_ = &global_;
      in_master_ = false;
    } else if (name == "master") {
      header_ = Header::Master;
      master_ = global_;
      parent_ = &master_;
      in_master_ = true;
    } else if (name == "group") {
      header_ = Header::Group;
      group_ = in_master_ ? master_ : global_;
      parent_ = &group_;
    } else if (name == "region") {
      header_ = Header::Region;
      if (++region_count_ > kMostRegions) fail("more than " + std::to_string(kMostRegions) + " regions");
      region_ = *parent_;
      region_.region.line = line_;
    } else {
      header_ = Header::Other;
      remark("<" + shown(name) + "> is not played");
    }
  }

  void take() {
    Level* level = nullptr;
    switch (header_) {
      case Header::None:
        remark(shown(opcode_) + " comes before the first header and says nothing");
        return;
      case Header::Other:
        return;
      case Header::Control:
        if (opcode_.starts_with("set_cc")) {
          if (const auto number = controller(6)) cc_value_[*number] = static_cast<std::uint8_t>(whole(0, 127));
          return;
        }
        if (opcode_ != "default_path") {
          if (!opcode_.starts_with("label_")) not_played();
          return;
        }
        level = &global_;
        break;
      case Header::Global:
        level = &global_;
        break;
      case Header::Master:
        level = &master_;
        break;
      case Header::Group:
        level = &group_;
        break;
      case Header::Region:
        level = &region_;
        break;
    }
    for (const char* prefix : {"on_locc", "on_hicc", "start_locc", "start_hicc"}) {
      if (!opcode_.starts_with(prefix)) continue;
      level->by_controller = true;
      return;
    }
    if (opcode_.starts_with("locc") || opcode_.starts_with("hicc")) {
      if (const auto number = controller(4))
        (opcode_[0] == 'l' ? level->cc_low : level->cc_high)[*number] = static_cast<std::uint8_t>(whole(0, 127));
      return;
    }
    const auto known = setters().find(opcode_);
    if (known == setters().end())
      not_played();
    else
      known->second(*this, *level);
  }

  void not_played() { remark(shown(opcode_) + " is not played"); }

  // The number of a controller behind a prefix of `length` letters; none beyond MIDI's 128.
  [[nodiscard]] std::optional<std::size_t> controller(std::size_t length) const {
    const auto number = read_number(std::string_view(opcode_).substr(length));
    if (!number || *number < 0 || *number > 127 || *number != std::floor(*number)) return std::nullopt;
    return static_cast<std::size_t>(*number);
  }

  void finish_region() {
    if (header_ != Header::Region) return;
    header_ = Header::Other;
    SfzRegion& r = region_.region;
    const auto leave_out = [&](const std::string& why) { remark("a region is left out: " + why, r.line); };
    for (std::size_t i = 0; i < 128; ++i)
      if (cc_value_[i] < region_.cc_low[i] || cc_value_[i] > region_.cc_high[i])
        return leave_out("it waits for controller " + std::to_string(i));
    if (region_.by_controller) return leave_out("controllers start it, not keys");
    if (region_.trigger == Trigger::Other) return leave_out("trigger is not attack");
    if (r.sample.empty()) return leave_out("it has no sample");
    if (r.sample[0] == '*') return leave_out(shown(r.sample) + " is a built-in wave");
    if (r.lokey > r.hikey || r.hikey < 0) return leave_out("no key is from lokey to hikey");
    if (r.lovel > r.hivel || r.hivel < 1) return leave_out("no velocity is from lovel to hivel");
    if (r.seq_position > r.seq_length) return leave_out("seq_position is beyond seq_length");
    if (r.lorand >= r.hirand) return leave_out("no draw is from lorand to hirand");
    if (r.end && *r.end < 0) return leave_out("end is -1");
    if (r.end && *r.end < r.offset) return leave_out("it ends before its offset");
    r.lokey = std::max(r.lokey, 0);
    out_.regions.push_back(r);
  }

  // --- values --------------------------------------------------------------------------------------------------

  double within(double value, double low, double high) {
    const double nearest = std::clamp(value, low, high);
    if (nearest != value)
      remark(opcode_ + "=" + shown(value_) + " is beyond its range: taken as " +
             std::to_string(nearest).substr(0, std::to_string(nearest).find('.')));
    return nearest;
  }
  double number(double low, double high) {
    const auto value = read_number(value_);
    if (!value) wrong("a number");
    return within(*value, low, high);
  }
  double whole(double low, double high) {
    const auto value = read_number(value_);
    if (!value) wrong("a whole number");
    return std::round(within(*value, low, high));
  }
  int key() {
    const auto value = read_key(value_);
    if (!value) wrong("a key (0 to 127, or a name such as c#4)");
    return static_cast<int>(std::round(within(*value, -1, 127)));
  }
  std::int64_t frames(double low) { return static_cast<std::int64_t>(whole(low, kMostFrames)); }
  double seconds() { return number(0, kMostSeconds); }

  std::string path() const {
    std::string out(value_);
    std::replace(out.begin(), out.end(), '\\', '/');
    return out;
  }
  void check_path(const std::string& whole_path) const {
    if (whole_path.size() > kMostPath)
      fail(opcode_ + ": a path of " + std::to_string(whole_path.size()) + " bytes; at most " +
           std::to_string(kMostPath));
  }

  static const std::map<std::string, Setter, std::less<>>& setters() {
    using Loop = SfzRegion::Loop;
    static const std::map<std::string, Setter, std::less<>> all{
        {"sample",
         [](Parser& p, Level& l) {
           l.region.sample = p.value_.starts_with("*") ? p.path() : p.default_path_ + p.path();
           p.check_path(l.region.sample);
         }},
        {"default_path",
         [](Parser& p, Level&) {
           p.default_path_ = p.path();
           p.check_path(p.default_path_);
         }},
        {"key", [](Parser& p, Level& l) { l.region.lokey = l.region.hikey = l.region.keycenter = p.key(); }},
        {"lokey", [](Parser& p, Level& l) { l.region.lokey = p.key(); }},
        {"hikey", [](Parser& p, Level& l) { l.region.hikey = p.key(); }},
        {"pitch_keycenter",
         [](Parser& p, Level& l) {
           l.region.keycenter = p.value_ == "sample" ? SfzRegion::kKeyOfSample : std::max(0, p.key());
         }},
        {"pitch_keytrack", [](Parser& p, Level& l) { l.region.keytrack = p.number(-1200, 1200); }},
        {"tune", [](Parser& p, Level& l) { l.region.tune = p.number(-9600, 9600); }},
        {"pitch", [](Parser& p, Level& l) { l.region.tune = p.number(-9600, 9600); }},
        {"transpose", [](Parser& p, Level& l) { l.region.transpose = p.number(-127, 127); }},
        {"volume", [](Parser& p, Level& l) { l.region.volume_db = p.number(-144, 48); }},
        {"amplitude", [](Parser& p, Level& l) { l.region.amplitude = p.number(0, 1000) / 100; }},
        {"pan", [](Parser& p, Level& l) { l.region.pan = p.number(-100, 100) / 100; }},
        {"lovel", [](Parser& p, Level& l) { l.region.lovel = static_cast<int>(p.whole(0, 127)); }},
        {"hivel", [](Parser& p, Level& l) { l.region.hivel = static_cast<int>(p.whole(0, 127)); }},
        {"amp_veltrack", [](Parser& p, Level& l) { l.region.veltrack = p.number(-100, 100) / 100; }},
        {"delay", [](Parser& p, Level& l) { l.region.delay_s = p.seconds(); }},
        {"offset", [](Parser& p, Level& l) { l.region.offset = p.frames(0); }},
        {"end", [](Parser& p, Level& l) { l.region.end = p.frames(-1); }},
        {"loop_start", [](Parser& p, Level& l) { l.region.loop_start = p.frames(0); }},
        {"loop_end", [](Parser& p, Level& l) { l.region.loop_end = p.frames(0); }},
        {"loop_mode",
         [](Parser& p, Level& l) {
           l.region.loop = p.value_ == "no_loop"           ? Loop::None
                           : p.value_ == "one_shot"        ? Loop::OneShot
                           : p.value_ == "loop_continuous" ? Loop::Continuous
                           : p.value_ == "loop_sustain"    ? Loop::Sustain
                                                           : Loop::AsSample;
           if (l.region.loop == Loop::AsSample) p.wrong("no_loop, one_shot, loop_continuous or loop_sustain");
         }},
        {"ampeg_delay", [](Parser& p, Level& l) { l.region.eg_delay_s = p.seconds(); }},
        {"ampeg_attack", [](Parser& p, Level& l) { l.region.attack_s = p.seconds(); }},
        {"ampeg_hold", [](Parser& p, Level& l) { l.region.hold_s = p.seconds(); }},
        {"ampeg_decay", [](Parser& p, Level& l) { l.region.decay_s = p.seconds(); }},
        {"ampeg_sustain", [](Parser& p, Level& l) { l.region.sustain = p.number(0, 100) / 100; }},
        {"ampeg_release", [](Parser& p, Level& l) { l.region.release_s = p.seconds(); }},
        {"group", [](Parser& p, Level& l) { l.region.group = static_cast<std::int64_t>(p.whole(-1e15, 1e15)); }},
        {"off_by", [](Parser& p, Level& l) { l.region.off_by = static_cast<std::int64_t>(p.whole(-1e15, 1e15)); }},
        {"off_mode",
         [](Parser& p, Level& l) {
           if (p.value_ != "fast" && p.value_ != "normal")
             p.remark("off_mode=" + shown(p.value_) + " is taken as fast");
           l.region.off_mode = p.value_ == "normal" ? SfzRegion::Off::Normal : SfzRegion::Off::Fast;
         }},
        {"seq_length", [](Parser& p, Level& l) { l.region.seq_length = static_cast<int>(p.whole(1, 1000)); }},
        {"seq_position", [](Parser& p, Level& l) { l.region.seq_position = static_cast<int>(p.whole(1, 1000)); }},
        {"lorand", [](Parser& p, Level& l) { l.region.lorand = p.number(0, 1); }},
        {"hirand", [](Parser& p, Level& l) { l.region.hirand = p.number(0, 1); }},
        {"trigger",
         [](Parser& p, Level& l) {
           l.trigger = p.value_ == "attack" ? Trigger::Attack : p.value_ == "first" ? Trigger::First : Trigger::Other;
           if (l.trigger == Trigger::First) p.remark("trigger=first is taken as attack");
         }},
        {"sw_lokey", [](Parser& p, Level& l) { l.region.sw_lokey = p.key(); }},
        {"sw_hikey", [](Parser& p, Level& l) { l.region.sw_hikey = p.key(); }},
        {"sw_last", [](Parser& p, Level& l) { l.region.sw_last = p.key(); }},
        {"sw_default", [](Parser& p, Level& l) { l.region.sw_default = p.key(); }},
    };
    // Older spellings of the same.
    static const std::map<std::string, Setter, std::less<>> with_aliases = [] {
      auto more = all;
      for (const auto& [alias, name] : {std::pair("loopmode", "loop_mode"), std::pair("loopstart", "loop_start"),
                                        std::pair("loopend", "loop_end"), std::pair("offby", "off_by")})
        more[alias] = all.at(name);
      return more;
    }();
    return with_aliases;
  }

  const std::string& name_;
  SfzInstrument out_;
  std::map<std::string, std::string, std::less<>> defines_;
  std::map<std::string, Seen> remarks_;
  bool more_remarks_ = false;
  std::size_t expanded_ = 0, region_count_ = 0;
  int line_ = 1;
  std::string opcode_;
  std::string_view value_;  // of the opcode being read
  std::string default_path_;
  std::array<std::uint8_t, 128> cc_value_{};
  Header header_ = Header::None;
  Level global_, master_, group_, region_;
  Level* parent_ = &global_;  // the deepest open header above regions
  bool in_master_ = false;
};

}  // namespace

SfzInstrument parse_sfz(std::string_view text, const std::string& name) { return Parser(name).run(text); }

}  // namespace figment::instruments
