#include "studio/sample_notes.h"

#include <cmath>
#include <optional>

#include "audio/file.h"
#include "audio/sound_stream.h"
#include "base/error.h"
#include "sampling/sample_map.h"
#include "sampling/sustain.h"
#include "storage/files.h"

namespace figment::studio {
namespace fs = std::filesystem;
namespace {

constexpr Seconds kLongestNote{60};
constexpr double kSurePitch = 0.4;

struct Rooted {
  double note = 0;
  std::string doubt;
};

// A sample's pitch. In doubt its maker's word, and last of all middle C.
std::optional<Rooted> root_of(const fs::path& file, const audio::AudioBuffer& sound, const std::optional<audio::SamplerChunk>& chunk, bool alone) {
  const auto mono = heard_mono(sound.view());
  const sampling::OneShotPitch heard = mono.size() < 64 ? sampling::OneShotPitch{} : sampling::pitch_of(mono.data(), static_cast<std::int64_t>(mono.size()));
  const auto said = sampling::note_in_name(file.stem().string());
  if (heard.sure > kSurePitch) {
    // Octaves are where ears and measures differ most: the maker's octave wins, the measured tuning stays.
    const std::optional<int> written = said ? said : chunk && chunk->key != 60 ? std::optional<int>(chunk->key) : std::nullopt;
    if (written && std::abs(std::remainder(heard.note - *written, 12)) < 0.7) return Rooted{*written + std::remainder(heard.note - *written, 12), ""};
    return Rooted{heard.note, ""};
  }
  if (said) return Rooted{static_cast<double>(*said), ""};
  if (chunk) return Rooted{static_cast<double>(chunk->key), ""};
  if (!alone) return {};
  return Rooted{60, file.filename().string() + " has no clear pitch: it is played as if it were C4; a name like \"pad_E2.wav\" says which note it is"};
}

}  // namespace

std::string make_notes(const fs::path& source, const std::string& role, SampleFolder& made, std::vector<std::string>& remarks) {
  const bool folder = fs::is_directory(source);
  const std::vector<std::string> wanted = role == "bass" ? std::vector<std::string>{"bass.sfz", "tonal.sfz"} : std::vector<std::string>{"tonal.sfz", "bass.sfz"};
  fs::path sfz = folder ? sfz_in(source, wanted) : is_sfz_file(source) ? source : fs::path{};
  if (folder && sfz.filename() == "kit.sfz") sfz.clear();
  if (!sfz.empty()) return made.preset(made.copy_sfz(sfz));

  std::vector<sampling::PitchedSample> samples;
  int unclear = 0;
  const std::vector<fs::path> files = folder ? sounds_in(source) : std::vector<fs::path>{source};
  for (const fs::path& file : files) {
    try {
      audio::AudioBuffer sound = audio::read_sound(file, {}, kLongestNote);
      const auto chunk = audio::AudioReader(file).sampler_chunk();
      const auto root = root_of(file, sound, chunk, files.size() == 1);
      if (!root) {
        ++unclear;
        continue;
      }
      if (!root->doubt.empty()) remarks.push_back(root->doubt);
      audio::LoopChunks chunks;
      chunks.rooted = true;
      chunks.root_note = static_cast<int>(std::floor(root->note));
      chunks.cents = 100 * (root->note - chunks.root_note);
      if (chunk && chunk->loop && chunk->loop->start >= 0 && chunk->loop->end > chunk->loop->start && chunk->loop->end < sound.frames()) {
        chunks.loop = {chunk->loop->start, chunk->loop->end};
      } else if (const auto loop = sampling::find_sustain_loop(sound.view(), root->note)) {
        sampling::close_sustain_loop(sound.block(), *loop);
        chunks.loop = {loop->begin, loop->end - 1};
      }
      const std::string own = made.free_wave(file.stem().string());
      made.write(own, sound.view(), &chunks);
      made.came_from(made.path() / own, file, "builtin.sample 1");
      samples.push_back({own, root->note, sound.frames(), chunks.loop.has_value()});
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Unsupported && !folder) throw Error(e.code(), e.what(), "cut notes out of it first: figment chop " + file.string());
      if (!folder) throw;
      remarks.push_back(std::string("left out: ") + e.what());
    }
  }
  if (samples.empty()) throw Error(ErrorCode::InvalidArgument, "nothing in " + source.string() + " has a clear pitch", "name the files after their notes (bass_E1.wav), or give one sample alone");
  if (unclear > 0) remarks.push_back(std::to_string(unclear) + " of " + std::to_string(files.size()) + " sounds have no clear pitch and are left out");
  const fs::path sfz_file = made.path() / "notes.sfz";
  storage::write_file(sfz_file, sampling::pitched_sfz(std::move(samples)));
  return made.preset(sfz_file);
}

}  // namespace figment::studio
