#include "studio/play.h"

#include <fcntl.h>
#include <portaudio.h>
#include <unistd.h>

#include <vector>

#include "audio/file.h"
#include "base/error.h"
#include "base/shared_library.h"

namespace figment::studio {
namespace {

constexpr unsigned long kBlock = 2048;

// PortAudio, as far as it is used here.
struct PortAudio {
  SharedLibrary library{"libportaudio.so.2", "libportaudio2"};
  decltype(&::Pa_CloseStream) close_stream = library.get<decltype(&::Pa_CloseStream)>("Pa_CloseStream");
  decltype(&::Pa_GetDefaultOutputDevice) get_default_output_device = library.get<decltype(&::Pa_GetDefaultOutputDevice)>("Pa_GetDefaultOutputDevice");
  decltype(&::Pa_GetErrorText) get_error_text = library.get<decltype(&::Pa_GetErrorText)>("Pa_GetErrorText");
  decltype(&::Pa_Initialize) initialize = library.get<decltype(&::Pa_Initialize)>("Pa_Initialize");
  decltype(&::Pa_OpenDefaultStream) open_default_stream = library.get<decltype(&::Pa_OpenDefaultStream)>("Pa_OpenDefaultStream");
  decltype(&::Pa_StartStream) start_stream = library.get<decltype(&::Pa_StartStream)>("Pa_StartStream");
  decltype(&::Pa_StopStream) stop_stream = library.get<decltype(&::Pa_StopStream)>("Pa_StopStream");
  decltype(&::Pa_Terminate) terminate = library.get<decltype(&::Pa_Terminate)>("Pa_Terminate");
  decltype(&::Pa_WriteStream) write_stream = library.get<decltype(&::Pa_WriteStream)>("Pa_WriteStream");
};

const PortAudio& port_audio() {
  static const PortAudio opened;
  return opened;
}

void expect(PaError status) {
  if (status != paNoError)
    throw Error(ErrorCode::Unsupported, std::string("no sound could be played: ") + port_audio().get_error_text(status),
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
    expect(port_audio().initialize());
  }
  ~Session() { port_audio().terminate(); }
};

struct Stream {
  PaStream* stream = nullptr;
  ~Stream() {
    if (stream != nullptr) port_audio().close_stream(stream);
  }
};

}  // namespace

void play(const std::filesystem::path& sound, const Progress& progress) {
  audio::AudioReader reader(sound);
  const Session session;
  if (port_audio().get_default_output_device() == paNoDevice)
    throw Error(ErrorCode::Unsupported, "this machine has no sound device", "open " + sound.string() + " in any player");
  Stream s;
  expect(port_audio().open_default_stream(&s.stream, 0, reader.channels(), paFloat32, reader.rate().value, kBlock, nullptr, nullptr));
  expect(port_audio().start_stream(s.stream));
  audio::AudioBuffer piece(reader.channels(), kBlock, reader.rate());
  std::vector<float> interleaved(kBlock * static_cast<std::size_t>(reader.channels()));
  std::int64_t at = 0;
  for (;;) {
    const std::int64_t got = reader.read(piece.block());
    if (got == 0) break;
    for (std::int64_t n = 0; n < got; ++n)
      for (int c = 0; c < reader.channels(); ++c)
        interleaved[static_cast<std::size_t>(n * reader.channels() + c)] = piece.channel(c)[n];
    port_audio().write_stream(s.stream, interleaved.data(), static_cast<unsigned long>(got));  // an underflow is no reason to stop
    at += got;
    progress.set(std::min(1.0, static_cast<double>(at) / static_cast<double>(std::max<std::int64_t>(reader.frames(), 1))), "playing");
  }
  expect(port_audio().stop_stream(s.stream));
}

}  // namespace figment::studio
