#include "compose/brief_check.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "compose/vocabulary.h"

namespace figment::compose {
namespace {

[[noreturn]] void contradiction(const std::string& what, const Words& a, const Words& b) {
  throw Error(ErrorCode::InvalidArgument, what + ": " + quoted(a) + " and " + quoted(b), "leave one of them out");
}

bool plays_in(const std::string& joined, std::string_view part) {
  const std::string list = "+" + joined + "+";
  if (list.find("+" + std::string(part) + "+") != std::string::npos) return true;
  return drum_part(part) && list.find("+drums+") != std::string::npos;
}

void check_excluded(Brief& brief) {
  // "no drums, only hi-hats": the solo says which of them stays.
  if (brief.only) {
    std::erase_if(brief.without, [&](const Asked<std::string>& asked) {
      return asked.value == "drums" && !plays_in(brief.only->value, "drums") &&
             (plays_in(brief.only->value, "hats") || plays_in(brief.only->value, "kick") ||
              plays_in(brief.only->value, "snare") || plays_in(brief.only->value, "percussion"));
    });
  }
  for (const Asked<std::string>& excluded : brief.without) {
    if (brief.only && plays_in(brief.only->value, excluded.value)) {
      contradiction("a solo of what is excluded", brief.only->from.front(), excluded.from.front());
    }
    for (const Asked<PartWish>& wish : brief.with) {
      const bool same = wish.value.part == excluded.value || wish.value.name == excluded.value ||
                        (excluded.value == "drums" && drum_part(wish.value.part));
      if (same) contradiction("asked for and excluded at once", wish.from.front(), excluded.from.front());
    }
    if (excluded.value == "vocals" && brief.vocals) {
      contradiction("vocals asked for and excluded at once", brief.vocals->from.front(), excluded.from.front());
    }
    if (brief.style && brief.style->value == excluded.value) {
      contradiction("a style asked for and excluded at once", brief.style->from.front(), excluded.from.front());
    }
    for (const Asked<SectionWish>& section : brief.structure) {
      if (section.value.kind == excluded.value) {
        contradiction("a section asked for and excluded at once", section.from.front(), excluded.from.front());
      }
    }
  }
}

void check_only(const Brief& brief) {
  if (!brief.only) return;
  for (const Asked<PartWish>& wish : brief.with) {
    if (!plays_in(brief.only->value, wish.value.part)) {
      contradiction("nothing but one part, and another part", brief.only->from.front(), wish.from.front());
    }
  }
}

void check_ensemble(const Brief& brief) {
  if (!brief.ensemble) return;
  const EnsembleWish& ensemble = brief.ensemble->value;
  if (brief.only) contradiction("an ensemble, and a solo", brief.ensemble->from.front(), brief.only->from.front());
  int players = 0;
  bool drums = false;
  std::string names;
  for (const Asked<PartWish>& wish : brief.with) {
    const std::string& part = wish.value.part;
    if (part == "texture" || part == "effects") continue;  // nobody plays them
    if (drum_part(part) && std::exchange(drums, true)) continue;
    names += (players++ > 0 ? ", " : "") + (drum_part(part) ? std::string("drums") : wish.value.name);
  }
  if (players <= ensemble.players) return;
  throw Error(ErrorCode::InvalidArgument,
              quoted(brief.ensemble->from.front()) + " is " + std::to_string(ensemble.players) +
                  " players, but those named are " + std::to_string(players) + ": " + names,
              "leave some of them out, or ask for a bigger ensemble");
}

void check_length(Brief& brief) {
  if (brief.bars && brief.length) {
    // Both may be said where they agree to within a bar; the bars are the exact ones.
    const double beats = brief.metre ? brief.metre->value.bar().value : 4.0;
    const double bar = brief.tempo ? beats * 60.0 / brief.tempo->value.value : 0.0;
    if (!(std::abs(bar * brief.bars->value - brief.length->value.value) <= bar)) {
      contradiction("two different lengths", brief.bars->from.front(), brief.length->from.front());
    }
    brief.bars->from.insert(brief.bars->from.end(), brief.length->from.begin(), brief.length->from.end());
    brief.length.reset();
  }
}

void check_sections(const Brief& brief) {
  int total = 0;
  bool all = !brief.structure.empty() && brief.whole_structure;
  for (std::size_t i = 0; i < brief.structure.size(); ++i) {
    const Asked<SectionWish>& section = brief.structure[i];
    const int bars = section.value.bars.value_or(1);
    total += bars;
    all = all && section.value.bars.has_value();
    const int end = section.value.bar.value_or(1) - 1 + bars;
    if (brief.bars && end > brief.bars->value) {
      contradiction("a section beyond the song's end", section.from.front(), brief.bars->from.front());
    }
    if (brief.length && section.value.at && section.value.at->value >= brief.length->value.value) {
      contradiction("a section beyond the song's end", section.from.front(), brief.length->from.front());
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (section.value.bar && brief.structure[k].value.bar == section.value.bar) {
        contradiction("two sections in one place", brief.structure[k].from.front(), section.from.front());
      }
    }
  }
  if (brief.bars && (all ? total != brief.bars->value : total > brief.bars->value)) {
    throw Error(ErrorCode::InvalidArgument,
                "the sections add up to " + std::to_string(total) + " bars, but " + quoted(brief.bars->from.front()) +
                    " was asked for",
                "leave the length out, or make the sections fit");
  }
}

}  // namespace

std::string quoted(const Words& words) { return "“" + words.text + "”"; }

bool drum_part(std::string_view part) {
  return part == "drums" || part == "kick" || part == "snare" || part == "hats" || part == "percussion";
}

bool Brief::excludes(std::string_view part) const {
  if (only && !plays_in(only->value, part)) return true;
  return std::any_of(without.begin(), without.end(), [&](const Asked<std::string>& asked) {
    return asked.value == part || (asked.value == "drums" && drum_part(part));
  });
}

bool Brief::excludes_preset(std::string_view preset) const {
  return std::find(without_presets.begin(), without_presets.end(), preset) != without_presets.end();
}

void check_brief(Brief& brief, const Vocabulary&) {
  check_excluded(brief);
  check_only(brief);
  check_ensemble(brief);
  check_length(brief);
  check_sections(brief);
}

}  // namespace figment::compose
