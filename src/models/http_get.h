// One file asked for over HTTP.
//
//   Method     libcurl, opened when the first request is made (base/shared_library.h), so that nothing else waits for it. Proxies and
//              certificates as libcurl finds them (https_proxy, SSL_CERT_FILE …)
//   Redirects  followed here, at most kMostRedirects. The token goes only to the server (scheme, host and port) that was asked
//              first; a step from https to http is refused; only http and https are spoken
//   Waits      30 s for a connection, a minute without a byte
//   Errors     Remote for redirects that make no sense; NotFound where libcurl is missing; Cancelled; whatever the callbacks throw.
//              A connection that fails or is cut is no Error but a `problem`: the caller may try again
//   Threads    free

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/progress.h"

namespace figment::models {

inline constexpr int kMostRedirects = 8;

struct HttpRequest {
  std::string url;
  std::string token;             // sent as "Authorization: Bearer …"; empty: none
  std::uint64_t from = 0;        // ask for the bytes from here on
  std::string if_range;          // … but only while the file is still this one (a strong ETag)
};

struct HttpHead {
  int status = 0;
  std::map<std::string, std::string> headers;   // names in small letters; of the last answer
  std::map<std::string, std::string> first;     // of the first, which on the Hub says more than the storage behind it

  [[nodiscard]] std::string header(const std::string& name) const;
};

struct HttpOutcome {
  HttpHead head;
  std::string problem;           // empty: the answer came whole
};

// `on_head` hears of the last answer's status and headers before any of its bytes; `on_bytes` gets the bytes of answers 200 and 206.
[[nodiscard]] HttpOutcome http_get(const HttpRequest& request, const std::function<void(const HttpHead&)>& on_head, const std::function<void(std::string_view)>& on_bytes, const Progress& progress);

}  // namespace figment::models
