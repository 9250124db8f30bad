#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compose/brief.h"
#include "compose/composer.h"
#include "compose/style.h"
#include "example.h"

namespace figment::listen {
namespace {

namespace fs = std::filesystem;

bool is_drums(const std::string& role) { return role == "kick" || role == "snare" || role == "hats" || role == "percussion"; }

class OwnSongs final : public Source {
 public:
  explicit OwnSongs(const fs::path& data_dir) : data_dir_(data_dir), vocabulary_(compose::load_vocabulary(data_dir / "data")), styles_(compose::list_styles(data_dir)) {}

  Piece make(Random random) const override {
    for (;;) {
      const auto& style = styles_[static_cast<std::size_t>(random.integer(0, static_cast<int>(styles_.size()) - 1))];
      std::string prompt = style.id;
      const double bpm = std::round(std::clamp(style.usual.value * std::exp2(0.22 * random.normal()), 50.0, 210.0));
      prompt += ", " + std::to_string(static_cast<int>(bpm)) + " bpm, 48 bars";
      static const std::vector<const char*> metres{"3/4", "6/8", "12/8", "5/4", "7/8"};
      if (random.chance(0.12)) prompt += std::string(", ") + random.pick(metres);
      static const std::vector<const char*> keys{"C minor", "D minor", "E minor", "F major", "G major", "A minor", "Bb major", "F# minor", "Eb major", "A major"};
      prompt += std::string(", in ") + random.pick(keys);
      compose::Composition song;
      try {
        song = compose::compose(compose::read_brief(prompt, *vocabulary_), random.next(), data_dir_);
      } catch (const Error&) {
        continue;   // not every style knows every metre
      }
      Piece piece;
      piece.name = prompt;
      piece.bpm = bpm;
      piece.pulse = song.song.metre.pulse().value;
      piece.bar = song.song.metre.bar().value;
      const bool no_drums = random.chance(0.25), drums_only = !no_drums && random.chance(0.1);
      for (const song::Track& track : song.song.tracks) {
        const bool drums = is_drums(track.role);
        if ((drums && no_drums) || (!drums && drums_only) || track.role == "effects" || random.chance(0.12)) continue;
        piece.parts.push_back({song.scores.at(track.id), track.instrument, drums});
      }
      const double bars = song.song.bars;
      const double want = std::ceil(45.0 * bpm / 60 / piece.bar);
      const double start = std::floor(random.uniform(0, std::max(1.0, bars - want)));
      piece.begin = start * piece.bar;
      piece.end = std::min(bars, start + want) * piece.bar;
      double notes = 0;
      for (const Part& p : piece.parts)
        for (const score::Note& n : p.notes.notes) notes += n.start.value >= piece.begin && n.start.value < piece.end;
      if (notes > 0.5 * (piece.end - piece.begin)) return piece;
    }
  }

 private:
  fs::path data_dir_;
  std::shared_ptr<const compose::Vocabulary> vocabulary_;
  std::vector<compose::StyleInfo> styles_;
};

}  // namespace

std::unique_ptr<Source> own_songs(const fs::path& data_dir) { return std::make_unique<OwnSongs>(data_dir); }

std::vector<Part> borrowed_drums(const fs::path& data_dir, double beats, Random random) {
  static const OwnSongs songs(data_dir);
  for (;;) {
    Piece piece = songs.make(random.fork(random.next()));
    if (piece.bar != 4 || piece.pulse != 1) continue;
    std::vector<Part> drums;
    const double length = piece.end - piece.begin;
    for (Part& part : piece.parts) {
      if (!part.drums) continue;
      Part looped{score::Score{part.notes.name, part.notes.percussion, {}, {}}, part.preset, true};
      for (double at = 0; at < beats; at += length)
        for (const score::Note& n : part.notes.notes) {
          if (n.start.value < piece.begin || n.start.value >= piece.end || at + n.start.value - piece.begin >= beats) continue;
          score::Note copy = n;
          copy.start = Beats{at + n.start.value - piece.begin};
          looped.notes.notes.push_back(copy);
        }
      if (!looped.notes.notes.empty()) drums.push_back(std::move(looped));
    }
    if (!drums.empty()) return drums;
  }
}

}  // namespace figment::listen
