#include "base/shared_library.h"

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace figment {

SharedLibrary::SharedLibrary(const char* file, const char* package)
    : file_(file), package_(package), handle_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr)
    throw Error(ErrorCode::NotFound, std::string("the library ") + file + " cannot be opened: " + ::dlerror(), std::string("apt install ") + package);
}

void* SharedLibrary::find(const char* name) const {
  void* function = ::dlsym(handle_, name);
  if (function == nullptr)
    throw Error(ErrorCode::NotFound, std::string("the library ") + file_ + " has no " + name, std::string("apt install --reinstall ") + package_);
  return function;
}

}  // namespace figment
