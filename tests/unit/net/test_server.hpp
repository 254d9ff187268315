// A server on the loopback for tests: answers each request with the bytes that the test gives, right or
// wrong, and closes the connection.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aiops::net {

class TestServer {
 public:
  // Gives the whole answer, head and body; the request is head and body too. Called on the server's thread.
  using Answer = std::function<std::string(const std::string& request)>;

  // pause: in milliseconds, before each byte of an answer; 0: it is sent as a whole.
  explicit TestServer(Answer answer, int pause = 0) : answer_(std::move(answer)), pause_(pause) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0)
      std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TestServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (int fd; (fd = accept(listener_, nullptr, nullptr)) >= 0; close(fd)) {
      const std::string request = receive(fd);
      if (request.empty()) continue;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string answer = answer_(request);
      for (std::size_t sent = 0; sent < answer.size();) {
        if (pause_ > 0) usleep(static_cast<useconds_t>(pause_) * 1000);
        const std::size_t some = pause_ > 0 ? 1 : answer.size() - sent;
        const ssize_t n = send(fd, answer.data() + sent, some, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      shutdown(fd, SHUT_WR);
    }
  }

  static std::string receive(int fd) {
    std::string request;
    char bytes[65536];
    for (;;) {
      const auto head = request.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto length = request.find("Content-Length: ");
        const std::size_t body = length < head ? std::stoul(request.substr(length + 16)) : 0;
        if (request.size() >= head + 4 + body) return request;
      }
      const ssize_t n = read(fd, bytes, sizeof bytes);
      if (n <= 0) return request;
      request.append(bytes, static_cast<std::size_t>(n));
    }
  }

  Answer answer_;
  int pause_;
  int listener_ = -1, port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

// A whole answer with the right length. more: further header lines, each with its "\r\n".
inline std::string http_answer(const std::string& body, const std::string& status = "200 OK",
                               const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
         "Connection: close\r\n\r\n" + body;
}

}  // namespace aiops::net
