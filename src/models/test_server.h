// A real HTTP server on this machine that does what a test tells it to, mistakes included.
//
//   Use      Server server([](const Asked& asked) { Answer a; a.body = "…"; return a; });  then server.url()
//   Threads  one for all connections, one after the other; the handler runs there
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace figment::models::testing {

struct Asked {
  std::string path;
  std::map<std::string, std::string> headers;   // names in small letters
  int count = 0;                                // of requests before this one

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found != headers.end() ? found->second : "";
  }
  // Of "Range: bytes=N-"; 0 without.
  [[nodiscard]] std::size_t from() const { return header("range").starts_with("bytes=") ? std::stoul(header("range").substr(6)) : 0; }
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<std::size_t> drop_after;        // cut the connection after so many bytes of the body
  std::optional<std::size_t> said_length;       // another Content-Length than the body's
  bool no_length = false;                       // none: the body ends with the connection
};

class Server {
 public:
  using Handler = std::function<Answer(const Asked&)>;

  explicit Server(Handler handler) : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 16);
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    stopping_ = true;
    // A connection of our own wakes the thread from accept.
    const int knock = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    ::connect(knock, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(knock);
    thread_.join();
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const { return "http://" + host + ":" + std::to_string(port_); }
  [[nodiscard]] std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (stopping_) {
        if (connection >= 0) ::close(connection);
        return;
      }
      if (connection < 0) continue;
      answer(connection);
      ::close(connection);
    }
  }

  void answer(int connection) {
    std::string text;
    char block[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(connection, block, sizeof block, 0);
      if (got <= 0) return;
      text.append(block, static_cast<std::size_t>(got));
    }
    Asked asked;
    asked.path = text.substr(text.find(' ') + 1);
    asked.path = asked.path.substr(0, asked.path.find(' '));
    for (std::size_t at = text.find("\r\n") + 2; at < text.size() && text[at] != '\r';) {
      const std::size_t end = text.find("\r\n", at), colon = text.find(':', at);
      std::string name = text.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      asked.headers[name] = text.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    {
      const std::lock_guard lock(mutex_);
      asked.count = static_cast<int>(asked_.size());
      asked_.push_back(asked);
    }
    const Answer a = handler_(asked);
    std::string head = "HTTP/1.1 " + std::to_string(a.status) + " So\r\nConnection: close\r\n";
    if (!a.no_length) head += "Content-Length: " + std::to_string(a.said_length.value_or(a.body.size())) + "\r\n";
    for (const auto& [name, value] : a.headers) head += name + ": " + value + "\r\n";
    const std::string whole = head + "\r\n" + a.body.substr(0, a.drop_after.value_or(a.body.size()));
    for (std::size_t at = 0; at < whole.size();) {
      const ssize_t sent = ::send(connection, whole.data() + at, whole.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
    ::shutdown(connection, SHUT_WR);
    while (::recv(connection, block, sizeof block, 0) > 0) {}   // until the other side has read it all
  }

  Handler handler_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

// A file as a good server gives it: whole, or from where it is asked for while the ETag is the same.
inline Answer file_answer(const Asked& asked, const std::string& content, const std::string& etag = "\"one\"") {
  Answer a;
  a.headers.emplace_back("ETag", etag);
  const std::size_t from = asked.from();
  if (from == 0 || (!asked.header("if-range").empty() && asked.header("if-range") != etag)) {
    a.body = content;
  } else if (from >= content.size()) {
    a.status = 416;
  } else {
    a.status = 206;
    a.body = content.substr(from);
    a.headers.emplace_back("Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(content.size() - 1) + "/" + std::to_string(content.size()));
  }
  return a;
}

}  // namespace figment::models::testing
