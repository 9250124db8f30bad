// Who plays when, and how one section leads into the next.
//
//   Method   A part plays in a section when the style says so by kind (in, out) or by energy. Intros and outros are
//   built
//            and dismantled in steps of four bars (drums first in club music, harmony first elsewhere). Inside sections
//            longer than eight bars one or two secondary parts are held back and enter, or leave, at each eight bars;
//            breakdowns are without kick and snare. Every boundary gets transitions from the style's list that fit the
//            direction of the energy
//   Promise  every bar has somebody playing, and every eight bars something enters, leaves or changes
//   Ending   a song that is more than a loop ends: bands hold a last chord on the last bar's downbeat, machine music
//            fades out
//   Needs    Plan: style, random, metre, tempo, bars, sections, members without activity
#pragma once

#include <map>
#include <string>

#include "compose/plan.h"
#include "score/score.h"

namespace figment::compose {

// Fills Member::activity of all members and Plan::transitions.
void arrange(Plan& plan);

// Cuts silences and stops into the finished parts, and makes the last bar an ending. Effects ring on.
void apply_breaks(const Plan& plan, std::map<std::string, score::Score>& scores);

enum class Ending { None, Hit, Fade };
[[nodiscard]] Ending ending_of(const Plan& plan);

}  // namespace figment::compose
