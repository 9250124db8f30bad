#include "studio/play.h"

#include <fcntl.h>
#include <portaudio.h>
#include <unistd.h>

#include <vector>

#include "audio/file.h"
#include "base/error.h"

namespace figment::studio {
namespace {

constexpr unsigned long kBlock = 2048;

void expect(PaError status) {
  if (status != paNoError)
    throw Error(ErrorCode::Unsupported, std::string("no sound could be played: ") + Pa_GetErrorText(status),
                "connect a sound device, or open the file in any player");
}

// Sound libraries complain on standard error about every device that is not there; what matters comes as an Error.
class Hushed {
 public:
  Hushed() : saved_(::dup(STDERR_FILENO)) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved_ >= 0 && nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0) ::close(nowhere);
  }
  ~Hushed() {
    if (saved_ < 0) return;
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  Hushed(const Hushed&) = delete;
  Hushed& operator=(const Hushed&) = delete;

 private:
  int saved_;
};

struct Session {
  Session() {
    const Hushed hushed;
    expect(Pa_Initialize());
  }
  ~Session() { Pa_Terminate(); }
};

struct Stream {
  PaStream* stream = nullptr;
  ~Stream() {
    if (stream != nullptr) Pa_CloseStream(stream);
  }
};

}  // namespace

void play(const std::filesystem::path& sound, const Progress& progress) {
  audio::AudioReader reader(sound);
  const Session session;
  if (Pa_GetDefaultOutputDevice() == paNoDevice)
    throw Error(ErrorCode::Unsupported, "this machine has no sound device", "open " + sound.string() + " in any player");
  Stream s;
  expect(Pa_OpenDefaultStream(&s.stream, 0, reader.channels(), paFloat32, reader.rate().value, kBlock, nullptr, nullptr));
  expect(Pa_StartStream(s.stream));
  audio::AudioBuffer piece(reader.channels(), kBlock, reader.rate());
  std::vector<float> interleaved(kBlock * static_cast<std::size_t>(reader.channels()));
  std::int64_t at = 0;
  for (;;) {
    const std::int64_t got = reader.read(piece.block());
    if (got == 0) break;
    for (std::int64_t n = 0; n < got; ++n)
      for (int c = 0; c < reader.channels(); ++c)
        interleaved[static_cast<std::size_t>(n * reader.channels() + c)] = piece.channel(c)[n];
    Pa_WriteStream(s.stream, interleaved.data(), static_cast<unsigned long>(got));  // an underflow is no reason to stop
    at += got;
    progress.set(static_cast<double>(at) / static_cast<double>(reader.frames()), "playing");
  }
  expect(Pa_StopStream(s.stream));
}

}  // namespace figment::studio
