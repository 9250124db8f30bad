// The one way in which the composer makes up its mind.
//
// Every musical choice (the next chord, the next melody step, a bar's rhythm, a drum hit) is a list of candidates with
// weights, handed to a Chooser. The default draws from the weights, which come from the tables learned from real music
// (compose/learned.h) and from the style. A network that has learned the same kind of choice draws here one day: it
// reads `what`, scores the candidates in its own way, and nothing else in the composer changes.
//
//   what     names the kind of choice, in dotted words, general before special: "chord.next", "melody.step",
//            "melody.rhythm", "drums.pattern" …; the same kind of choice always has the same name
//   weights  one per candidate, in the order the caller holds them; any scale. Zero, negative and NaN mean "never"
//   Errors   InvalidArgument when `weights` is empty
//   Repeat   same weights, same state of `random`, same answer
//   Threads  choose() is const and free of shared state: one Chooser may serve many threads, each with its own Random

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"

namespace figment::compose {

class Chooser {
 public:
  virtual ~Chooser() = default;
  // The index of the chosen candidate. When every weight is zero, all candidates are equally likely.
  [[nodiscard]] virtual std::size_t choose(std::string_view what, std::span<const double> weights,
                                           Random& random) const = 0;
};

// A draw with probability proportional to weight^(1 / temperature).
//
//   temperature 1 plays the weights as learned; below 1 prefers the likely (0 always takes the likeliest, the first of
//   equals); above 1 is more daring. A kind of choice can have its own: set_temperature("drums", 0.7) holds for every
//   `what` that is "drums" or starts with "drums."; the longest matching name wins.
class LearnedChooser final : public Chooser {
 public:
  explicit LearnedChooser(double temperature = 1.0);  // 0 … 10, else InvalidArgument

  void set_temperature(std::string_view kind, double temperature);
  [[nodiscard]] double temperature(std::string_view what) const noexcept;

  [[nodiscard]] std::size_t choose(std::string_view what, std::span<const double> weights,
                                   Random& random) const override;

 private:
  double temperature_;
  std::map<std::string, double, std::less<>> by_kind_;
};

}  // namespace figment::compose
