// What sings or leads in a clip, without its drums and bass: what a network that follows a tune is to hear.
//
//   Why      MusicGen-melody was taught with tunes that a stem splitter had freed from drums and bass (Copet et al. 2023, section 3.3): the
//            loudest note of a record's mix is most often its bass's
//   Method   vocals and other of the best StemSplitter there is (studio/split_engine.h). Where less than a tenth of the clip's power is in
//            them the tune is in what would be taken out (a hummed bass line, a drum loop): the clip is heard as it is
//   Errors   those of the splitter; Cancelled
//   Threads  one, beside the splitter's
#pragma once

#include <string>
#include <vector>

#include "audio/buffer.h"
#include "base/progress.h"
#include "song/weights_used.h"

namespace figment::studio {

struct LeadingPart {
  audio::AudioBuffer sound;                    // at the splitter's rate, two channels; or the clip as it was
  std::string split_by;                        // engine; empty: the clip as it was
  std::string remark;
  std::vector<song::WeightsUsed> weights;      // of the splitter
};

[[nodiscard]] LeadingPart leading_part(audio::AudioBuffer clip, int threads, const Progress& progress);

}  // namespace figment::studio
