#include "dsp/processor.h"

#include <array>
#include <string>

#include "base/error.h"
#include "dsp/bitcrush.h"
#include "dsp/chorus.h"
#include "dsp/clipper.h"
#include "dsp/compressor.h"
#include "dsp/delay.h"
#include "dsp/ducker.h"
#include "dsp/eq.h"
#include "dsp/exciter.h"
#include "dsp/filter.h"
#include "dsp/flanger.h"
#include "dsp/gain.h"
#include "dsp/gate.h"
#include "dsp/limiter.h"
#include "dsp/lofi.h"
#include "dsp/multiband.h"
#include "dsp/pan.h"
#include "dsp/phaser.h"
#include "dsp/reverb.h"
#include "dsp/saturation.h"
#include "dsp/tilt.h"
#include "dsp/transient.h"
#include "dsp/tremolo.h"
#include "dsp/width.h"

namespace figment::dsp {
namespace {

constexpr std::array kTypes = {
    ProcessorType{"bitcrush", "fewer bits, fewer samples", make_bitcrush},
    ProcessorType{"chorus", "several players instead of one", make_chorus},
    ProcessorType{"clipper", "rounds off peaks at a ceiling", make_clipper},
    ProcessorType{"compressor", "loud becomes less loud; soft knee, optional key", make_compressor},
    ProcessorType{"delay", "echoes in time with the song", make_delay},
    ProcessorType{"ducker", "makes room while the key sounds; the pump", make_ducker},
    ProcessorType{"eq", "low cut, low shelf, three bells, high shelf, high cut", make_eq},
    ProcessorType{"exciter", "new highs made from the sound's own", make_exciter},
    ProcessorType{"filter", "sweepable resonant low, high, band pass or notch", make_filter},
    ProcessorType{"flanger", "a sweeping comb", make_flanger},
    ProcessorType{"gain", "the fader", make_gain},
    ProcessorType{"gate", "turns down what is quiet", make_gate},
    ProcessorType{"limiter", "keeps the true peak below a ceiling", make_limiter},
    ProcessorType{"lofi", "old tape or record: wow, flutter, hiss, crackle", make_lofi},
    ProcessorType{"multiband", "compressor in three or four bands", make_multiband},
    ProcessorType{"pan", "left to right at constant power", make_pan},
    ProcessorType{"phaser", "sweeping notches", make_phaser},
    ProcessorType{"reverb", "a room", make_reverb},
    ProcessorType{"saturation", "tube, tape, hard clip or fold", make_saturation},
    ProcessorType{"tilt", "the spectrum leans to bright or dark", make_tilt},
    ProcessorType{"transient", "more or less attack and sustain", make_transient},
    ProcessorType{"tremolo", "amplitude or panorama in waves, in time", make_tremolo},
    ProcessorType{"width", "mid and side, mono lows", make_width},
};

}  // namespace

std::span<const ProcessorType> processor_types() noexcept { return kTypes; }

std::unique_ptr<Processor> make_processor(std::string_view name) {
  std::string known;
  for (const auto& type : kTypes) {
    if (name == type.name) return type.make();
    known += known.empty() ? "" : ", ";
    known += type.name;
  }
  throw Error(ErrorCode::NotFound, "there is no effect called \"" + std::string(name) + "\"",
              "known effects: " + known);
}

void Processor::set(std::string_view parameter, double value) {
  const auto table = parameters();
  std::string known;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (parameter == table[i].name) return set(i, value);
    known += known.empty() ? "" : ", ";
    known += table[i].name;
  }
  throw Error(ErrorCode::InvalidArgument,
              "there is no parameter called \"" + std::string(parameter) + "\"; there are: " + known,
              "check the spelling");
}

}  // namespace figment::dsp
