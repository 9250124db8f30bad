#include "compose/brief_reader.h"

#include <algorithm>
#include <iterator>

namespace figment::compose {
namespace {

constexpr std::size_t kLongestPrompt = 4000;

}  // namespace

BriefReader::BriefReader(std::string_view prompt, const Vocabulary& vocabulary)
    : prompt_(prompt), vocabulary_(vocabulary) {
  brief_.prompt = prompt;
  tokens_ = tokenize(prompt);
  items_ = find_items(prompt, tokens_, vocabulary);
}

Brief BriefReader::read() {
  for (std::size_t i = 0; i < items_.size();) i = std::max(i + 1, read_item(i));
  settle_solos();  // lends genres: "jazz piano solo"
  settle_genres();
  settle_ensemble();
  settle_presets();
  settle_moods();
  settle_numbers();
  end_of_run();
  merge_unknown();
  check_brief(brief_, vocabulary_);
  check_understood();
  return std::move(brief_);
}

Words BriefReader::words(std::size_t first, std::size_t end) const {
  Words out;
  out.begin = tokens_[items_[first].first].begin;
  out.end = tokens_[items_[end - 1].end - 1].end;
  out.text = std::string(prompt_.substr(out.begin, out.end - out.begin));
  for (std::size_t i = first; i < end; ++i) {
    if (items_[i].slip) out.read_as = items_[i].phrase->text;
  }
  return out;
}

// Reads the item and whatever belongs to it; returns the next item to read.
std::size_t BriefReader::read_item(std::size_t i) {
  const Item& here = items_[i];
  if (here.pause()) {
    if (here.sign == '.') end_of_run();
    return i + 1;
  }
  if (here.kind == Item::Kind::Unknown) {
    unknown(i, i + 1);
    return i + 1;
  }
  if (here.kind == Item::Kind::Number) return read_number(i);
  if (here.has(Sense::Name)) {
    unknown(i, i + 1);
    return i + 1;
  }
  if (here.has(Sense::StyleOf)) return read_style_of(i);
  if (here.has(Sense::About)) return read_topic(i);
  // "a pop song about …"
  if (text_of(i) == "about" && here.noise() && i > 0 && !items_[i - 1].pause() && !items_[i - 1].noise() &&
      i + 1 < items_.size() && items_[i + 1].kind != Item::Kind::Number) {
    return read_topic(i);
  }
  if (here.has(Sense::Except)) return read_without(i);
  if (here.has(Sense::Only)) {
    if (const std::size_t next = read_only(i); next > i) return next;
  }
  if (here.has(Sense::Without)) return read_without(i);
  if (here.has(Sense::Begin) || here.has(Sense::Finish)) return read_edge(i);
  if (here.has(Sense::Solo)) return read_solo_first(i);
  if (here.has(Sense::Ensemble)) return read_ensemble(i);
  if (here.has(Sense::Section)) return read_section(i);
  if (const std::optional<Group> group = group_at(i)) return read_group(*group);
  return read_plain(i);
}

// Words about the whole song. A phrase may mean several things at once.
std::size_t BriefReader::read_plain(std::size_t i) {
  const Item& here = items_[i];
  const Words from = words(i);
  bool taken = false;
  for (const Meaning& meaning : here.phrase->meanings) {
    switch (meaning.sense) {
      case Sense::Genre:
      case Sense::Flavour:
        genres_.push_back({meaning.value, meaning.sense == Sense::Genre && !only_influence(i), false, i});
        mood_inside(i);
        break;
      case Sense::Mood:
        moods_.push_back({meaning.index, i, false});
        break;
      case Sense::Production:
        ask_also(brief_.production, meaning.value, from);
        break;
      case Sense::Era:
        eras_.push_back({meaning.value, i, false});
        break;
      case Sense::Vocals:
        add_vocals(meaning.value, from);
        break;
      case Sense::HalfTime:
        brief_.half_time = true;
        break;
      case Sense::DoubleTime:
        brief_.double_time = true;
        break;
      case Sense::Swing:
        if (here.has(Sense::Genre)) continue;  // settled with the genres
        swing(std::stod(meaning.value), i);
        break;
      case Sense::Tempo:
        tempo_words_.push_back(i);
        break;
      case Sense::Metre:
        ask(brief_.metre, score::parse_metre(meaning.value), from, "metres");
        break;
      case Sense::Loudness:
        loudness(meaning.value, from);
        break;
      case Sense::LeavesOut:
        exclude(meaning.value, from);
        break;
      case Sense::VoicesAlone:
        add_vocals(meaning.value, from);
        add_only("vocals", from);
        break;
      case Sense::Trait:
        if (here.phrase->meanings.size() > 1) continue;
        // "808 sliding": it colours what stands before it.
        if (i > 0 && !brief_.with.empty() && last_instrument_ + 1 == i) {
          brief_.with.back().value.traits.push_back(meaning.value);
        } else {
          ask_also(brief_.production, meaning.value, from);
        }
        break;
      case Sense::Request:
        break;
      default:
        continue;
    }
    taken = true;
    understood();
  }
  if (taken && !here.has(Sense::Request)) end_of_run();
  return i + 1;
}

void BriefReader::merge_unknown() {
  for (auto at = unknown_.begin(); at != unknown_.end();) {
    auto last = at;
    while (std::next(last) != unknown_.end() && *std::next(last) == *last + 1) ++last;
    brief_.not_understood.push_back(words(*at, *last + 1));
    at = std::next(last);
  }
}

void BriefReader::check_understood() const {
  if (understood_ > 0) return;
  std::string unknown_words;
  for (const Words& w : brief_.not_understood) {
    if (unknown_words.size() > 60) break;
    unknown_words += (unknown_words.empty() ? "" : ", ") + quoted(w);
  }
  throw Error(ErrorCode::InvalidArgument,
              unknown_words.empty() ? "the prompt says nothing about music"
                                    : "nothing of the prompt was understood: " + unknown_words,
              "say a genre, a mood, a tempo or an instrument: \"dark trap, 140 bpm, F minor, bells\"");
}

Brief read_brief(std::string_view prompt, const Vocabulary& vocabulary) {
  if (prompt.size() > kLongestPrompt) {
    throw Error(ErrorCode::InvalidArgument,
                "the prompt has " + std::to_string(prompt.size()) + " bytes, wanted at most 4000",
                "say it in fewer words; lyrics belong in a file of their own");
  }
  const bool blank = std::all_of(prompt.begin(), prompt.end(), [](unsigned char c) { return c <= ' '; });
  if (blank) {
    throw Error(ErrorCode::InvalidArgument, "the prompt is empty",
                "say what you want: \"dark trap, 140 bpm, F minor, bells\"");
  }
  return BriefReader(prompt, vocabulary).read();
}

}  // namespace figment::compose
