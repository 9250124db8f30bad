// Reading and writing sound files, piece by piece.
//
//   Formats  written: WAV 24-bit, WAV float, FLAC 24-bit, Ogg Vorbis, MP3; read: whatever libsndfile reads (WAV, AIFF, FLAC,
//            Ogg, Opus, MP3, CAF …), and what ffmpeg's libraries read beyond that (M4A, WMA, the sound of videos), which are
//            opened only then
//   Hostile  every length and count in a header is checked before memory is asked for; NaN and infinite samples are
//            read as they are (audio/sound_stream.h gives clean ones). ffmpeg opens no other file than the one named
//   Broken   a file that ends before its header said, or cannot be decoded to its end, is read as far as it goes;
//            `cut_short` says so. `read_audio` wants whole files
//   Safety   a writer writes beside the target and renames on `commit`, so a crash or a full disk never leaves half a
//            file under the final name; without `commit` the destructor removes what was written. Synced files also
//            survive a power failure; what can be made again need not wait for the disk
//   Memory   one block; hour-long files are fine
//   Threads  one thread at a time per object

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "audio/buffer.h"

namespace figment::audio {

// What a sound file says to samplers (WAV's smpl chunk, AIFF's INST).
struct SamplerChunk {
  int key = 60;   // the MIDI note that plays it as recorded
  struct Loop {
    std::int64_t start = 0, end = 0;  // frames, both played; may lie anywhere
  };
  std::optional<Loop> loop;  // the first, when it runs forward
};

class AudioReader {
 public:
  // Error NotFound, InvalidArgument (a folder, a device), Corrupt (not a sound file, empty, or broken), Unsupported (more than
  // 64 channels).
  explicit AudioReader(const std::filesystem::path& file);
  ~AudioReader();
  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;

  [[nodiscard]] Hertz rate() const noexcept;
  [[nodiscard]] int channels() const noexcept;
  // As the header says; of formats whose headers do not count samples, an estimate or 0.
  [[nodiscard]] std::int64_t frames() const noexcept;
  [[nodiscard]] const std::string& format() const noexcept;   // "WAV, 16 bit", "M4A, AAC"
  [[nodiscard]] std::optional<SamplerChunk> sampler_chunk() const;

  // Fills `out` (same channel count; its rate is ignored) and returns the frames read; fewer than asked only at the end. The
  // rest of `out` is left alone.
  std::int64_t read(AudioBlock out);
  // After `read` met the end: why it was not the end the header promised; empty when all is well.
  [[nodiscard]] const std::string& cut_short() const noexcept;
  // Error Corrupt when somebody has written to the file since it was opened.
  void check_unchanged() const;
  // Error Corrupt. Costs decoding from the start where the format has no index.
  void seek(std::int64_t frame);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class FileFormat { Wav24, WavFloat, Flac24, Ogg, Mp3 };

class AudioWriter {
 public:
  // Error Io when it cannot be made. Samples beyond ±1 are clipped except in WavFloat.
  AudioWriter(const std::filesystem::path& file, FileFormat format, Hertz rate, int channels);
  ~AudioWriter();
  AudioWriter(AudioWriter&&) noexcept;
  AudioWriter& operator=(AudioWriter&&) noexcept;

  void write(AudioView sound);  // Error Io (disk full …)
  enum class Sync { Yes, No };
  void commit(Sync sync = Sync::Yes);   // gives the file its name; Error Io

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whole files in memory, for short sounds and tests. Error Corrupt also for a file cut short.
[[nodiscard]] AudioBuffer read_audio(const std::filesystem::path& file);
void write_audio(const std::filesystem::path& file, AudioView sound, FileFormat format);

}  // namespace figment::audio
