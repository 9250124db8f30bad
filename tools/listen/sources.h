// Where pieces come from. Each call makes one piece; a piece without parts means: this draw came to nothing, draw
// again.
//
//   Figment   composed in every style, played in its own sounds; a stretch of the song
//   Pop       POP909: melody, bridge and piano as they were played, with or without a band around them
//   Folk      Nottingham's dance tunes: melody, chords; repeated as dances are
//   Chorale   Bach's chorales for choirs, organs and strings: no drums, bars unknown
//   Jam       a band that makes up everything, in any metre
//   Drums     drums alone, with at most a bass
#pragma once

#include <memory>
#include <string_view>

#include "piece.h"

namespace figment::listen {

// Songs that are kept for judging the result (never learned from), by POP909's numbers.
[[nodiscard]] bool kept_for_judging(std::string_view pop_id) noexcept;

class Sources {
 public:
  explicit Sources(const Library& library);
  ~Sources();

  [[nodiscard]] Piece figment(Random random) const;
  [[nodiscard]] Piece pop(Random random) const;
  [[nodiscard]] Piece folk(Random random) const;
  [[nodiscard]] Piece chorale(Random random) const;
  [[nodiscard]] Piece jam(Random random) const;
  [[nodiscard]] Piece drums(Random random) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace figment::listen
