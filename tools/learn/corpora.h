// The four collections the tables are learned from, read into Passages.
//
// `folder` is laid out so: pop909.jsonl.gz, nottingham/*.abc, jsb-chorales-quarter.json.gz, drum_*.txt.
// Errors: NotFound, Corrupt, naming the file and the song.

#pragma once

#include <filesystem>
#include <string>

#include "passage.h"

namespace figment::learn {

[[nodiscard]] std::string read_gz(const std::filesystem::path& file);  // also plain files; at most 256 MiB

// POP909 (Wang et al. 2020): songs as [start, duration, pitch, velocity] in beats of the recording's beat tracking.
// Its "downbeats" are half bars; which of the two begins the bar is told by where the chords change, and where that
// says nothing the bars stay unknown. Key labels come from audio: a label whose scale the song's melody does not
// keep is dropped with its stretch, and the choice between a key and its relative is made by which tonic chord lasts.
void read_pop(const std::filesystem::path& folder, Corpora& into);

// The Nottingham collection: dance tunes in ABC. Phrases are the dance's four bars, split in two where the middle
// rests on a long note; the bar's upbeat belongs to the phrase it leads into.
void read_folk(const std::filesystem::path& folder, Corpora& into);

// Bach chorales (Boulanger-Lewandowski et al. 2012), transposed to C, in quarter notes: the highest voice is the
// melody; a vertical that is exactly a triad or seventh chord is a chord, anything else passes by. A sonority held
// for two beats or more ends a phrase (the fermatas are not in the file).
void read_chorales(const std::filesystem::path& folder, Corpora& into);

}  // namespace figment::learn
