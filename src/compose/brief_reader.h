// The reader of prompts: one walk over the items, then what needs the whole prompt.
//
//   Method   read_item() looks at one item and at whatever belongs to it, and goes on behind that. What may still
//   change
//            its meaning (a second genre, a solo among other instruments, a bare number) is kept in lists and settled
//            when all items were read
//   Files    the walk itself is brief_reader.cpp; each kind of thing that a prompt speaks of has a file of its own,
//   named
//            at its functions below
//   Errors   as brief.h
//   Use      once: BriefReader(prompt, vocabulary).read()

#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "compose/brief.h"
#include "compose/brief_check.h"
#include "compose/brief_items.h"

namespace figment::compose {

class BriefReader {
 public:
  BriefReader(std::string_view prompt, const Vocabulary& vocabulary);

  Brief read();

 private:
  using NumberKind = NumberPhrase::Kind;

  // An instrument with the adjectives before it, or a voice.
  struct Group {
    std::size_t first = 0;       // item where it starts (its first adjective)
    std::size_t instrument = 0;  // item
    std::vector<std::size_t> adjectives;
  };
  struct GenreHit {
    std::string style;
    bool strong;
    bool attached;  // to an instrument
    std::size_t item;
  };
  struct MoodHit {
    std::size_t mood;
    std::size_t item;
    bool attached;
  };
  struct EraHit {
    std::string era;
    std::size_t item;
    bool attached;
  };
  struct SoloHit {
    Group group;
    std::size_t first, end;  // items
    bool section;
  };

  // ---- looking at items

  [[nodiscard]] bool has(std::size_t i, Sense sense) const { return i < items_.size() && items_[i].has(sense); }
  [[nodiscard]] bool is(std::size_t i, NumberKind kind) const { return i < items_.size() && items_[i].is(kind); }
  [[nodiscard]] bool pause(std::size_t i) const { return i >= items_.size() || items_[i].pause(); }
  [[nodiscard]] std::string text_of(std::size_t i) const {
    return i < items_.size() ? std::string(tokens_[items_[i].first].text) : std::string();
  }
  [[nodiscard]] bool is_word(std::size_t i, std::initializer_list<std::string_view> any) const {
    return std::find(any.begin(), any.end(), text_of(i)) != any.end();
  }
  [[nodiscard]] bool is_word_at(std::size_t token, std::string_view text) const { return tokens_[token].is(text); }
  [[nodiscard]] std::size_t skip_noise(std::size_t i) const {
    while (i < items_.size() && items_[i].noise()) ++i;
    return i;
  }
  [[nodiscard]] Words words(std::size_t first, std::size_t end) const;
  [[nodiscard]] Words words(std::size_t item) const { return words(item, item + 1); }

  // ---- writing into the brief

  void understood() { ++understood_; }
  void unknown(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) unknown_.insert(i);
  }
  // For fields that have one value: another is a contradiction.
  template <class T>
  void ask(std::optional<Asked<T>>& field, T value, const Words& from, const char* what) {
    understood();
    if (!field) {
      field = Asked<T>{std::move(value), {from}};
    } else if (field->value == value) {
      field->from.push_back(from);
    } else {
      throw Error(ErrorCode::InvalidArgument,
                  std::string("two different ") + what + ": " + quoted(field->from.front()) + " and " + quoted(from),
                  std::string("keep one of them"));
    }
  }
  template <class T>
  void ask_also(std::vector<Asked<T>>& field, T value, const Words& from) {
    understood();
    for (Asked<T>& asked : field) {
      if (asked.value == value) {
        asked.from.push_back(from);
        return;
      }
    }
    field.push_back({std::move(value), {from}});
  }

  // ---- brief_reader.cpp: the walk

  std::size_t read_item(std::size_t i);
  std::size_t read_plain(std::size_t i);
  void merge_unknown();
  void check_understood() const;

  // ---- brief_values.cpp: tempo, key, metre, length, loudness

  std::size_t read_number(std::size_t i);
  void read_key(const NumberPhrase& number, const Words& from);
  void swing(double amount, std::size_t i) { ask(brief_.swing, amount, words(i), "amounts of swing"); }
  void loudness(const std::string& value, const Words& from);
  void settle_numbers();

  // ---- brief_genres.cpp: styles and moods

  [[nodiscard]] bool only_influence(std::size_t i) const;
  void mood_inside(std::size_t i);
  void settle_genres();
  void settle_moods();

  // ---- brief_instruments.cpp: who plays

  [[nodiscard]] bool adjective(std::size_t i) const;
  [[nodiscard]] bool intensifier(std::size_t i) const;
  [[nodiscard]] std::optional<Group> group_at(std::size_t i) const;
  [[nodiscard]] std::vector<Group> list_at(std::size_t i, std::size_t& next,
                                           std::initializer_list<std::string_view> closing) const;
  [[nodiscard]] bool closes(std::size_t i, std::initializer_list<std::string_view> closing) const;
  [[nodiscard]] std::string trait_of(std::size_t i) const;
  [[nodiscard]] const InstrumentWord* instrument_of(const Group& group) const;
  [[nodiscard]] std::size_t split_at_genre(const Group& group) const;
  [[nodiscard]] PartWish wish_of(const Group& group, std::size_t own) const;
  void lend_adjectives(const Group& group, std::size_t own);
  std::size_t read_group(const Group& group);
  [[nodiscard]] bool only_follows(std::size_t i) const;
  [[nodiscard]] bool is_number(std::size_t i) const;
  void add_wish(const Group& group);
  void add_wish(PartWish wish, const Words& from);
  void add_vocals(const std::string& value, const Words& from);
  void settle_presets();

  // ---- brief_ensemble.cpp: how many play

  std::size_t read_ensemble(std::size_t i);
  void settle_ensemble();

  // ---- brief_solos.cpp: who plays alone

  void add_only(const std::string& part, const Words& from);
  void add_solo(const Group& group, std::size_t first, std::size_t end);
  std::size_t read_only(std::size_t i);
  std::size_t read_solo_first(std::size_t i);
  [[nodiscard]] bool solo_is_section(std::size_t first, std::size_t last) const;
  void settle_solos();

  // ---- brief_without.cpp: what is not wanted

  void exclude(const std::string& what, const Words& from) { ask_also(brief_.without, what, from); }
  void exclude(const Group& group, std::size_t start);
  std::size_t read_without(std::size_t i);
  std::size_t read_exception(std::size_t i, std::size_t before);

  // ---- brief_sections.cpp: the form

  void end_of_run();
  void add_section(const std::string& kind, std::size_t first, std::size_t end, int times = 1, SectionWish wish = {});
  std::size_t read_section(std::size_t i);
  static void place(SectionWish& wish, const NumberPhrase& number);
  std::size_t read_bars(std::size_t i);
  void read_form(const NumberPhrase& number, const Words& from);
  std::size_t read_edge(std::size_t i);

  // ---- brief_topic.cpp: what the song is about, and whom it imitates not

  [[nodiscard]] bool known(std::size_t i) const;
  std::size_t read_style_of(std::size_t i);
  std::size_t read_topic(std::size_t i);

  std::string_view prompt_;
  const Vocabulary& vocabulary_;
  Brief brief_;
  std::vector<Token> tokens_;
  std::vector<Item> items_;

  std::size_t understood_ = 0;
  std::set<std::size_t> unknown_;  // items
  std::vector<GenreHit> genres_;
  std::vector<MoodHit> moods_, not_moods_;
  std::vector<EraHit> eras_;
  std::vector<SoloHit> solos_;
  const EnsembleWord* ensemble_ = nullptr;
  std::vector<std::size_t> bare_, tempo_words_;  // items

  std::optional<std::size_t> pending_bars_, pending_place_;  // items that belong to the section that follows
  int pending_times_ = 1;
  std::size_t last_instrument_ = static_cast<std::size_t>(-2);  // item
  int run_ = 0;                                                 // sections named without a break so far
};

}  // namespace figment::compose
