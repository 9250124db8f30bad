// Reading and writing sound files, piece by piece.
//
//   Formats  written: WAV 24-bit, WAV float, FLAC 24-bit, Ogg Vorbis, MP3; read: whatever libsndfile reads
//   Hostile  every length and count in a header is checked before memory is asked for; NaN and infinite samples are
//            read as they are (callers that care test for them)
//   Safety   a writer writes beside the target and renames on `commit`, so a crash or a full disk never leaves half a
//            file under the final name; without `commit` the destructor removes what was written. Synced files also
//            survive a power failure; what can be made again need not wait for the disk
//   Memory   one block; hour-long files are fine
//   Threads  one thread at a time per object

#pragma once

#include <filesystem>
#include <memory>
#include <optional>

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
  // Error NotFound, Corrupt (not a sound file, or broken), Unsupported (more than 64 channels).
  explicit AudioReader(const std::filesystem::path& file);
  ~AudioReader();
  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;

  [[nodiscard]] Hertz rate() const noexcept;
  [[nodiscard]] int channels() const noexcept;
  [[nodiscard]] std::int64_t frames() const noexcept;  // as the header says
  [[nodiscard]] std::optional<SamplerChunk> sampler_chunk() const;

  // Fills `out` (same channel count; its rate is ignored) and returns the frames read; fewer than asked only at the end. The rest of
  // `out` is left alone. Error Corrupt when the file ends before its header said.
  std::int64_t read(AudioBlock out);
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

// Whole files in memory, for short sounds and tests.
[[nodiscard]] AudioBuffer read_audio(const std::filesystem::path& file);
void write_audio(const std::filesystem::path& file, AudioView sound, FileFormat format);

}  // namespace figment::audio
