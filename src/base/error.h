// The one exception type.
//
// Thrown where the problem is known, caught once, in the app. `what()` names the object, what was wanted and what was
// found; `hint()` says what the user can do, and may be empty. Our own bugs are asserts, never Errors.

#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace figment {

enum class ErrorCode {
  InvalidArgument,  // the caller asked for something that makes no sense
  NotFound,         // a named thing does not exist
  Corrupt,          // a file or message breaks its own format
  Unsupported,      // well-formed, but beyond what this version does
  Cancelled,        // the user stopped it
  OutOfMemory,
  Io,               // the operating system refused to read or write
  Remote,           // another machine failed or lied
};

// "invalid argument", "not found" …
[[nodiscard]] std::string_view name(ErrorCode code) noexcept;

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string hint = {});

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorCode code_;
  std::string hint_;
};

}  // namespace figment
