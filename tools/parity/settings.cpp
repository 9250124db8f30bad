#include "base/error.h"
#include "cases.h"
#include "neural/musicgen/audiocraft_settings.h"

namespace figment::parity {

using weights::WeightFile;

neural::EncodecSettings encodec_settings(const Fixture& fixture) {
  if (fixture.config.is_object()) return neural::EncodecSettings::parse(fixture.config, "config.json");
  return neural::audiocraft_codec(WeightFile::open(fixture.folder / "compression_state_dict.bin"));
}

neural::MusicgenSettings musicgen_settings(const Fixture& fixture) {
  if (fixture.config.is_object()) return neural::MusicgenSettings::parse(fixture.config, "config.json");
  const WeightFile lm = WeightFile::open(fixture.folder / "state_dict.bin");
  const auto codec = fixture.folder / "compression_state_dict.bin";
  if (exists(codec))
    if (const WeightFile file = WeightFile::open(codec); neural::audiocraft_codec_elsewhere(file).empty()) return neural::audiocraft_settings(lm, neural::audiocraft_codec(file));
  // The codec is another folder's: what the language model says of it is enough here.
  return neural::audiocraft_settings(lm, neural::parse_audiocraft_lm(lm.text("xp.cfg").value_or(""), "state_dict.bin").codec);
}

}  // namespace figment::parity
