#include "score/tempo_map.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"

namespace figment::score {

TempoMap::TempoMap(Bpm constant) : TempoMap(std::vector<TempoChange>{{Beats{0}, constant}}) {}

TempoMap::TempoMap(std::vector<TempoChange> changes) : changes_(std::move(changes)) {
  const auto fail = [](const std::string& what, const char* hint) {
    throw Error(ErrorCode::InvalidArgument, "tempo map: " + what, hint);
  };
  if (changes_.empty() || changes_.front().at != Beats{0}) {
    fail("no tempo at the song's start", "the first tempo change must be at beat 0");
  }
  starts_.reserve(changes_.size());
  Seconds now{0};
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const TempoChange& change = changes_[i];
    // Written so that NaN fails too.
    if (!(change.tempo.value >= 10 && change.tempo.value <= 999)) {
      fail("a tempo of " + std::to_string(change.tempo.value) + " BPM", "tempos are from 10 to 999 BPM");
    }
    if (i > 0) {
      const TempoChange& before = changes_[i - 1];
      if (!(change.at > before.at)) {
        fail("the change at beat " + std::to_string(change.at.value) + " is not after the one before it",
             "tempo changes must be in rising order");
      }
      now += Seconds{(change.at - before.at).value * 60.0 / before.tempo.value};
    }
    starts_.push_back(now);
  }
}

Seconds TempoMap::seconds(Beats at) const noexcept {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), at,
                                      [](Beats when, const TempoChange& change) { return when < change.at; });
  const auto index = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - changes_.begin(), 1) - 1);
  return starts_[index] + Seconds{(at - changes_[index].at).value * 60.0 / changes_[index].tempo.value};
}

Beats TempoMap::beats(Seconds at) const noexcept {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), at);
  const auto index = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - starts_.begin(), 1) - 1);
  return changes_[index].at + Beats{(at - starts_[index]).value * changes_[index].tempo.value / 60.0};
}

Bpm TempoMap::tempo(Beats at) const noexcept {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), at,
                                      [](Beats when, const TempoChange& change) { return when < change.at; });
  return after == changes_.begin() ? changes_.front().tempo : std::prev(after)->tempo;
}

}  // namespace figment::score
