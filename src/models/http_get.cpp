#include "models/http_get.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <memory>

#include "base/error.h"
#include "base/shared_library.h"

namespace figment::models {
namespace {

// libcurl, as far as it is used here.
struct Curl {
  SharedLibrary library{"libcurl.so.4", "libcurl4"};
  decltype(&::curl_global_init) global_init = library.get<decltype(&::curl_global_init)>("curl_global_init");
  decltype(&::curl_easy_init) init = library.get<decltype(&::curl_easy_init)>("curl_easy_init");
  decltype(&::curl_easy_cleanup) cleanup = library.get<decltype(&::curl_easy_cleanup)>("curl_easy_cleanup");
  decltype(&::curl_easy_setopt) set = library.get<decltype(&::curl_easy_setopt)>("curl_easy_setopt");
  decltype(&::curl_easy_getinfo) info = library.get<decltype(&::curl_easy_getinfo)>("curl_easy_getinfo");
  decltype(&::curl_easy_perform) perform = library.get<decltype(&::curl_easy_perform)>("curl_easy_perform");
  decltype(&::curl_easy_strerror) text = library.get<decltype(&::curl_easy_strerror)>("curl_easy_strerror");
  decltype(&::curl_slist_append) append = library.get<decltype(&::curl_slist_append)>("curl_slist_append");
  decltype(&::curl_slist_free_all) free_list = library.get<decltype(&::curl_slist_free_all)>("curl_slist_free_all");
  decltype(&::curl_url) url = library.get<decltype(&::curl_url)>("curl_url");
  decltype(&::curl_url_cleanup) url_cleanup = library.get<decltype(&::curl_url_cleanup)>("curl_url_cleanup");
  decltype(&::curl_url_set) url_set = library.get<decltype(&::curl_url_set)>("curl_url_set");
  decltype(&::curl_url_get) url_get = library.get<decltype(&::curl_url_get)>("curl_url_get");
  decltype(&::curl_free) free = library.get<decltype(&::curl_free)>("curl_free");
  Curl() { global_init(CURL_GLOBAL_DEFAULT); }
};

const Curl& curl() {
  static const Curl opened;
  return opened;
}

constexpr std::size_t kMostHeaderBytes = 64 << 10;

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

// Scheme, host and port: who is spoken to.
struct Server {
  std::string scheme, host, port;
  friend bool operator==(const Server&, const Server&) = default;
};

Server server_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> parsed(curl().url(), curl().url_cleanup);
  Server server;
  const auto part = [&](CURLUPart what, unsigned flags) {
    char* text = nullptr;
    if (curl().url_get(parsed.get(), what, &text, flags) != CURLUE_OK || text == nullptr) return std::string();
    std::string value = lower(text);
    curl().free(text);
    return value;
  };
  if (parsed == nullptr || curl().url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) throw Error(ErrorCode::InvalidArgument, "\"" + url + "\" is no URL");
  server = {part(CURLUPART_SCHEME, 0), part(CURLUPART_HOST, 0), part(CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (server.scheme != "http" && server.scheme != "https") throw Error(ErrorCode::Remote, "\"" + url + "\" is neither http nor https");
  return server;
}

// What one answer fills, by way of C callbacks that must not throw.
struct Answer {
  std::map<std::string, std::string> headers;
  std::size_t header_bytes = 0;
  const std::function<void()>* begin = nullptr;                       // at the first byte of the body
  const std::function<void(std::string_view)>* on_bytes = nullptr;
  const Progress* progress = nullptr;
  bool begun = false;
  std::exception_ptr failure;
};

std::size_t take_header(char* text, std::size_t size, std::size_t count, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  const std::string_view line(text, size * count);
  if ((answer.header_bytes += line.size()) > kMostHeaderBytes) return 0;
  if (line.starts_with("HTTP/")) answer.headers.clear();   // those before were of "100 Continue" or of a proxy
  if (const std::size_t colon = line.find(':'); colon != std::string_view::npos && !line.starts_with("HTTP/"))
    answer.headers[lower(trimmed(line.substr(0, colon)))] = std::string(trimmed(line.substr(colon + 1)));
  return line.size();
}

std::size_t take_bytes(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  try {
    answer.progress->check();
    if (!answer.begun) {
      answer.begun = true;
      (*answer.begin)();
    }
    (*answer.on_bytes)({bytes, size * count});
  } catch (...) {
    answer.failure = std::current_exception();
    return 0;
  }
  return size * count;
}

int watch(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<Answer*>(user)->progress->cancelled() ? 1 : 0; }

class Transfer {
 public:
  Transfer() : handle_(curl().init(), curl().cleanup) {
    if (handle_ == nullptr) throw Error(ErrorCode::OutOfMemory, "libcurl could not be started");
  }
  ~Transfer() { curl().free_list(list_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) { curl().set(handle_.get(), option, value); }
  void header(const std::string& line) { list_ = curl().append(list_, line.c_str()); }
  CURLcode perform() {
    set(CURLOPT_HTTPHEADER, list_);
    return curl().perform(handle_.get());
  }
  [[nodiscard]] int status() const {
    long code = 0;
    curl().info(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
  }
  [[nodiscard]] std::string redirect() const {
    char* url = nullptr;
    curl().info(handle_.get(), CURLINFO_REDIRECT_URL, &url);
    return url != nullptr ? url : "";
  }

 private:
  std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)> handle_;
  curl_slist* list_ = nullptr;
};

}  // namespace

std::string HttpHead::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found != headers.end() ? found->second : "";
}

HttpOutcome http_get(const HttpRequest& request, const std::function<void(const HttpHead&)>& on_head, const std::function<void(std::string_view)>& on_bytes, const Progress& progress) {
  const Server first = server_of(request.url);
  std::string url = request.url;
  HttpOutcome outcome;
  for (int step = 0; step <= kMostRedirects; ++step) {
    progress.check();
    const Server server = server_of(url);
    Transfer transfer;
    Answer answer;
    bool told = false, wanted = false;
    const std::function<void()> begin = [&] {
      outcome.head.status = transfer.status();
      outcome.head.headers = answer.headers;
      if (step == 0) outcome.head.first = answer.headers;
      wanted = outcome.head.status == 200 || outcome.head.status == 206;
      if (outcome.head.status >= 300 && outcome.head.status < 400) return;
      told = true;
      on_head(outcome.head);
    };
    const std::function<void(std::string_view)> bytes = [&](std::string_view piece) {
      if (wanted) on_bytes(piece);
    };
    answer.begin = &begin;
    answer.on_bytes = &bytes;
    answer.progress = &progress;
    char reason[CURL_ERROR_SIZE] = "";
    transfer.set(CURLOPT_URL, url.c_str());
    transfer.set(CURLOPT_PROTOCOLS_STR, "http,https");
    transfer.set(CURLOPT_NOSIGNAL, 1L);
    transfer.set(CURLOPT_CONNECTTIMEOUT, 30L);
    transfer.set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    transfer.set(CURLOPT_LOW_SPEED_TIME, 60L);
    transfer.set(CURLOPT_USERAGENT, "figment");
    transfer.set(CURLOPT_ERRORBUFFER, static_cast<char*>(reason));
    transfer.set(CURLOPT_HEADERFUNCTION, &take_header);
    transfer.set(CURLOPT_HEADERDATA, &answer);
    transfer.set(CURLOPT_WRITEFUNCTION, &take_bytes);
    transfer.set(CURLOPT_WRITEDATA, &answer);
    transfer.set(CURLOPT_NOPROGRESS, 0L);
    transfer.set(CURLOPT_XFERINFOFUNCTION, &watch);
    transfer.set(CURLOPT_XFERINFODATA, &answer);
    transfer.set(CURLOPT_BUFFERSIZE, 512L << 10);
    if (!request.token.empty() && server == first) transfer.header("Authorization: Bearer " + request.token);
    if (request.from > 0) {
      transfer.header("Range: bytes=" + std::to_string(request.from) + "-");
      if (!request.if_range.empty()) transfer.header("If-Range: " + request.if_range);
    }
    const CURLcode code = transfer.perform();
    if (answer.failure) std::rethrow_exception(answer.failure);
    progress.check();
    if (code != CURLE_OK) {
      outcome.problem = reason[0] != 0 ? reason : curl().text(code);
      return outcome;
    }
    if (!answer.begun) begin();   // an answer without a body
    if (told) return outcome;
    const std::string next = transfer.redirect();
    if (next.empty()) throw Error(ErrorCode::Remote, url + " answers " + std::to_string(outcome.head.status) + " and names no other place");
    if (server.scheme == "https" && server_of(next).scheme != "https") throw Error(ErrorCode::Remote, url + " leads to " + next + ", which is not encrypted");
    url = next;
  }
  throw Error(ErrorCode::Remote, request.url + " leads to other places more than " + std::to_string(kMostRedirects) + " times");
}

}  // namespace figment::models
