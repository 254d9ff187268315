#include "access_log.hpp"

#include <fmt/core.h>

#include <cmath>

namespace aiops::bench {
namespace {

constexpr std::size_t kPerSecond = 100;
constexpr std::size_t kFirst = 14 * 3600;  // second of the day

}  // namespace

AccessLog::AccessLog() {
  for (int i = 0; i < 5000; ++i) {
    clients_.push_back(fmt::format("{}.{}.{}.{}", 1 + random_.below(220), random_.below(256),
                                   random_.below(256), 1 + random_.below(254)));
  }
  for (int i = 0; i < 40; ++i) {
    agents_.push_back(
        fmt::format("Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36",
                    i % 3 == 0 ? "X11; Linux x86_64" : "Windows NT 10.0; Win64; x64", 90 + i % 30,
                    random_.below(6000), random_.below(200)));
  }
  for (const char* path :
       {"/api/v1/cart", "/api/v1/orders", "/api/v1/products", "/api/v1/search", "/static/app.js",
        "/static/app.css", "/", "/health", "/login", "/images/logo.png"}) {
    for (const char* part : {"", "/items", "/list", "/status", "/summary", "/history"}) {
      paths_.push_back(path == std::string_view("/") ? fmt::format("/pages{}", part)
                                                     : fmt::format("{}{}", path, part));
    }
  }
  for (int i = 0; i < 20; ++i) pages_.push_back(fmt::format("https://shop.example.com/pages/{}", i));
}

std::string_view AccessLog::pick(const std::vector<std::string>& from) {
  const double u = random_.uniform();
  return from[static_cast<std::size_t>(u * u * static_cast<double>(from.size()))];
}

void AccessLog::line(std::string& out) {
  if (lines_ % kPerSecond == 0) {
    const std::size_t second = kFirst + lines_ / kPerSecond;
    time_ = fmt::format("{:02}/Jan/2026:{:02}:{:02}:{:02} +0000", 12 + second / 86400, second / 3600 % 24,
                        second / 60 % 60, second % 60);
  }
  ++lines_;
  const double u = random_.uniform(), v = random_.uniform();
  const char* method = u < 0.85 ? "GET" : u < 0.95 ? "POST" : u < 0.98 ? "PUT" : "DELETE";
  const int status = v < 0.93 ? 200 : v < 0.96 ? 304 : v < 0.985 ? 404 : v < 0.995 ? 500 : 503;
  fmt::format_to(std::back_inserter(out), "{} - - [{}] \"{} {}", pick(clients_), time_, method, pick(paths_));
  if (random_.uniform() < 0.3) {
    fmt::format_to(std::back_inserter(out), "?page={}&q={}", random_.below(50), random_.below(1000000));
  }
  const double seconds = -0.04 * std::log(1 - random_.uniform());
  fmt::format_to(std::back_inserter(out), " HTTP/1.1\" {} {} \"{}\" \"{}\" {:.3f}\n", status,
                 static_cast<int>(200 + random_.uniform() * 30000),
                 random_.uniform() < 0.4 ? "-" : pick(pages_), pick(agents_), seconds);
}

}  // namespace aiops::bench
