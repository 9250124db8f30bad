#include "build/exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "audio/encode.h"
#include "audio/file.h"
#include "audio/tags.h"
#include "base/error.h"
#include "base/executor.h"
#include "build/picture.h"
#include "build/sound_marks.h"
#include "score/midi_file.h"
#include "storage/files.h"

namespace figment::build {
namespace fs = std::filesystem;
namespace {

constexpr int kExportVersion = 2;
constexpr const char* kSynthetic = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia";

audio::Tags tags_for(const song::Song& song, const std::vector<song::WeightsUsed>& weights) {
  audio::Tags tags;
  tags.title = song.title;
  tags.artist = "Figment";
  tags.genre = song.style;
  tags.bpm = song.tempo.front().tempo.value;
  tags.key = song.key.text();
  tags.comment = "Made with Figment by algorithm from: " + song.prompt;
  tags.more["DIGITALSOURCETYPE"] = kSynthetic;
  tags.more["ENCODEDBY"] = "Figment";
  mark_weights(tags, weights, true);
  return tags;
}

std::string caption_for(const song::Song& song, const MasterTake& master) {
  return fmt::format("{} · {:g} bpm · {} · {} · {} bars · {:.1f} LUFS · {:.1f} dBTP", song.style, song.tempo.front().tempo.value,
                     song.key.text(), song.metre.text(), song.bars, master.measured.value("loudness_lufs", 0.0),
                     master.measured.value("true_peak_dbtp", 0.0));
}

using EncodePieces = int (*)(const audio::WaveReader&, const fs::path&, const audio::PieceMemory&, const Progress&);

// Lossy formats know few rates; at others the whole is encoded by the library that resamples.
void encode(const fs::path& sound, const fs::path& to, EncodePieces pieces, std::optional<audio::FileFormat> at_other_rates,
            const storage::Cache& cache, const Progress& progress) {
  const audio::WaveReader in(sound);
  if (!at_other_rates || in.rate() == Hertz{44100} || in.rate() == Hertz{48000}) {
    const audio::PieceMemory memory{[&](const Digest& key) { return cache.get(key); },
                                    [&](const Digest& key, std::string_view piece) { cache.put(key, piece); }};
    (void)pieces(in, to, memory, progress);
    return;
  }
  audio::AudioWriter writer(to, *at_other_rates, in.rate(), in.channels());
  audio::AudioBuffer piece(in.channels(), 1 << 16, in.rate());
  for (std::int64_t at = 0; at < in.frames(); at += piece.frames()) {
    in.read(at, piece.block());
    writer.write(piece.view().part(0, in.frames() - at));
    progress.check();
  }
  writer.commit(audio::AudioWriter::Sync::No);
}

}  // namespace

int write_exports(const song::Song& song, const std::vector<score::Score>& scores, const std::vector<Digest>& score_digests,
                  const MasterTake& master, const storage::Cache& cache, ExportList& list, const Progress& progress) {
  const audio::Tags tags = tags_for(song, master.weights);
  std::string about = fmt::format("{} {} {} {} {} {} {}", kExportVersion, tags.title, tags.genre, tags.bpm, tags.key, tags.comment, master.digest);
  for (const auto& section : song.sections) about += fmt::format(" {} {} {} {}", section.name, section.bar, section.bars, section.energy);
  std::string notes = about;
  for (std::size_t i = 0; i < scores.size(); ++i) notes += score_digests[i] + scores[i].name;
  if (!master.weights.empty()) about += song::to_json(master.weights).dump();
  const Digest sound_key = sha256(about), notes_key = sha256("midi " + notes);

  struct Export {
    std::string file;
    Digest key;
    std::function<void(const fs::path&)> write;
  };
  const auto sound = [&](const char* file, EncodePieces pieces, std::optional<audio::FileFormat> at_other_rates) {
    return Export{file, sound_key, [&, pieces, at_other_rates](const fs::path& to) {
                    // Tagged under another name first: what stands under the final name is always whole.
                    const fs::path aside = to.parent_path() / ("unfinished-" + to.filename().string());
                    encode(master.sound, aside, pieces, at_other_rates, cache, progress);
                    audio::write_tags(aside, tags);
                    fs::rename(aside, to);
                  }};
  };
  // The slowest first, and each core takes the next when it is done, so that they end together.
  std::vector<Export> exports;
  exports.push_back(sound("master.ogg", audio::write_ogg, audio::FileFormat::Ogg));
  exports.push_back(sound("master.mp3", audio::write_mp3, audio::FileFormat::Mp3));
  exports.push_back({"picture.png", sound_key, [&](const fs::path& to) {
                       std::vector<Lufs> short_term;
                       for (const auto& l : master.measured.value("short_term_lufs", nlohmann::json::array())) short_term.push_back(Lufs{l.get<double>()});
                       draw_picture(song, master.sound, short_term, caption_for(song, master), to);
                     }});
  exports.push_back(sound("master.flac", audio::write_flac, std::nullopt));
  exports.push_back({"master.wav", sound_key, [&](const fs::path& to) {
                       const fs::path aside = to.parent_path() / ("unfinished-" + to.filename().string());
                       fs::copy_file(master.sound, aside, fs::copy_options::overwrite_existing);
                       audio::write_tags(aside, tags);
                       fs::rename(aside, to);
                     }});
  exports.push_back({"song.mid", notes_key, [&](const fs::path& to) {
                       score::MidiContext context{song.title, song.tempo, song.metre, song.key, {}};
                       for (const song::Section& s : song.sections) context.markers.push_back({song.metre.bar() * (s.bar - 1.0), s.name});
                       storage::write_file(to, score::to_midi(scores, context));
                     }});

  std::vector<Export> stale;
  for (Export& e : exports)
    if (!list.current(e.file, e.key)) stale.push_back(std::move(e));
  std::atomic<int> done{0};
  std::atomic<std::size_t> next{0};
  parallel_for(stale.size(), [&](std::size_t) {
    const std::size_t i = next++;
    stale[i].write(list.folder() / stale[i].file);
    progress.set(static_cast<double>(++done) / static_cast<double>(stale.size()), "writing files");
  });
  for (const Export& e : stale) {
    if (e.file == "song.mid") list.note(e.file, e.key, {});
    else list.note(e.file, e.key, master.digest, master.weights);
  }
  return static_cast<int>(stale.size());
}

}  // namespace figment::build
