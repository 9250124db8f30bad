// From a finished plan and its scores to the document: tracks with their places in the mix, buses, automation, master.
//
//   Automation  filter sweeps (tracks with filter_sweep open through intros and builds), a throw into the delay at
//               phrase ends of leads, reverb throws before drops, and a fade-out where the song ends in one
//   Rules       a send to a bus that the song does not have, and a ducker whose key track is missing, are left out
#pragma once

#include <map>
#include <string>

#include "compose/brief.h"
#include "compose/plan.h"
#include "score/score.h"
#include "song/song.h"

namespace figment::compose {

[[nodiscard]] song::Song write_document(const Plan& plan, const Brief& brief,
                                        const std::map<std::string, score::Score>& scores);

}  // namespace figment::compose
