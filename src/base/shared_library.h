// A shared library that is opened when it is first needed, because most commands do not need it and it brings many others
// along: FluidSynth alone loads sixty, which takes longer than printing the help.
//
//   Use      declare what is called with the types of the library's own header:
//              decltype(&::Pa_Initialize) initialize = library.get<decltype(&::Pa_Initialize)>("Pa_Initialize");
//   Errors   NotFound with the Debian package that has it
//   Threads  free once constructed; the library stays open until the program ends

#pragma once

namespace figment {

class SharedLibrary {
 public:
  SharedLibrary(const char* file, const char* package);   // file: its SONAME
  template <typename Function>
  [[nodiscard]] Function get(const char* name) const {
    return reinterpret_cast<Function>(find(name));
  }

 private:
  [[nodiscard]] void* find(const char* name) const;
  const char* file_;
  const char* package_;
  void* handle_;
};

}  // namespace figment
