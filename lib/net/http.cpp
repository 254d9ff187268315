#include "net/http.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <utility>

#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/curl_library.hpp"
#include "net/http_curl.hpp"
#include "net/url.hpp"

namespace aiops::net {
namespace {

constexpr int kMaxRedirects = 5;
constexpr int kPollMilliseconds = 100;         // how soon a stop is noticed
constexpr Nanos kPatience = 5 * kSecond;       // with a server, once a stop was requested
constexpr std::size_t kPauseAt = 1024 * 1024;  // bytes waiting to be read: the server has to wait
constexpr CurlLong kReceiveBuffer = 256 * 1024;

using Steady = std::chrono::steady_clock;

CurlLong milliseconds(Nanos duration) {
  return static_cast<CurlLong>(std::max<Nanos>(1, duration / kMillisecond));
}

}  // namespace

struct Client::Impl {
  explicit Impl(HttpOptions given) : options(std::move(given)) {
    for (const std::string* file : {&options.ca_file, &options.client_cert, &options.client_key}) {
      if (file->empty() || access(file->c_str(), R_OK) == 0) continue;
      throw UsageError(fmt::format("{} cannot be read: expected a PEM file", *file));
    }
    multi = curl.multi_init();
    easy = curl.easy_init();
    if (multi == nullptr || easy == nullptr) throw BackendError("libcurl cannot be started");
  }
  ~Impl() {
    end();
    curl.easy_cleanup(easy);
    curl.multi_cleanup(multi);
  }

  static std::size_t on_body(char* bytes, std::size_t, std::size_t n, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    if (impl.body.size() >= kPauseAt) {
      impl.paused = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    impl.body.append(bytes, n);
    impl.arrived = true;
    return n;
  }

  static std::size_t on_header(char* bytes, std::size_t, std::size_t n, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    impl.arrived = true;
    const std::string_view line = trim(std::string_view(bytes, n));
    if (line.starts_with("HTTP/")) {
      impl.headers.clear();
      impl.head_complete = false;
    } else if (line.empty()) {
      CurlLong code = 0;
      impl.curl.easy_getinfo(impl.easy, CURLINFO_RESPONSE_CODE, &code);
      impl.head_complete = code >= 200;  // what comes before is interim
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      impl.keep_header(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
    return n;
  }

  void keep_header(std::string_view name, std::string_view value) {
    std::string key(name);
    for (char& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (key == "content-type" || key == "retry-after" || key == "date") headers[key] = std::string(value);
  }

  // at_home: the URL has the origin that the caller asked for; only there do credentials go.
  void begin(const Request& request, bool at_home, bool fresh = false) {
    end();
    curl.easy_reset(easy);
    body.clear();
    headers.clear();
    error[0] = '\0';
    head_complete = done = paused = taken = false;
    after_stop = request.after_stop;
    result = CURLE_OK;
    where = request.secret_url ? origin(request.url) : shown(request.url);
    set_options(request, at_home);
    curl.easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    progress = begun = Steady::now();
    curl.multi_add_handle(multi, easy);
    running = true;
  }

  void set_options(const Request& request, bool at_home) {
    curl.easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl.easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<CurlLong>(CURL_HTTP_VERSION_1_1));
    curl.easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
    curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
    curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
    curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl.easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl.easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl.easy_setopt(easy, CURLOPT_USERAGENT, "aiops");
    if (!options.use_proxy) curl.easy_setopt(easy, CURLOPT_PROXY, "");
    if (options.compress) curl.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    set_tls(request.url, at_home);
    if (!request.body.empty()) {
      curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl.easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    }
    if (!request.method.empty()) curl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set_headers(request, at_home);
  }

  void set_tls(const std::string& url, bool at_home) {
    if (!options.ca_file.empty()) curl.easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    if (!at_home) return;  // who we are is for the server that was asked for
    if (!options.client_cert.empty()) {
      const std::string& key = options.client_key.empty() ? options.client_cert : options.client_key;
      curl.easy_setopt(easy, CURLOPT_SSLCERT, options.client_cert.c_str());
      curl.easy_setopt(easy, CURLOPT_SSLKEY, key.c_str());
    }
    if (options.server_name.empty()) return;
    // The name goes into the URL, and the connection to where the URL led.
    const auto [renamed, route] = renamed_host(url, options.server_name);
    curl.slist_free_all(routes);
    routes = curl.slist_append(nullptr, route.c_str());
    curl.easy_setopt(easy, CURLOPT_URL, renamed.c_str());
    curl.easy_setopt(easy, CURLOPT_CONNECT_TO, routes);
  }

  void set_headers(const Request& request, bool at_home) {
    const bool accepts = std::any_of(request.headers.begin(), request.headers.end(),
                                     [](const std::string& header) { return header.starts_with("Accept:"); });
    curl_slist* list = accepts ? nullptr : curl.slist_append(nullptr, "Accept: application/json");
    list = curl.slist_append(list, "Expect:");  // no extra round trip before a body is sent
    if (!request.body.empty()) {
      list = curl.slist_append(list, ("Content-Type: " + request.content_type).c_str());
    }
    if (at_home) {  // these may be credentials as well
      if (!options.credentials.empty()) {
        list = curl.slist_append(list, ("Authorization: " + options.credentials.authorization()).c_str());
      }
      for (const std::string& header : options.headers) list = curl.slist_append(list, header.c_str());
      for (const std::string& header : request.headers) list = curl.slist_append(list, header.c_str());
    }
    curl.slist_free_all(sent);
    sent = list;
    curl.easy_setopt(easy, CURLOPT_HTTPHEADER, sent);
  }

  // Takes the exchange down; a connection in the middle of an answer is closed with it.
  void end() {
    if (running) curl.multi_remove_handle(multi, easy);
    running = false;
    curl.slist_free_all(std::exchange(sent, nullptr));
    curl.slist_free_all(std::exchange(routes, nullptr));
  }

  // Lets curl work until something has come, or the answer is over.
  void pump() {
    if (stop_requested() && !after_stop) throw Error(Status::interrupted, "interrupted");
    arrived = false;
    int active = 0;
    const CURLMcode code = curl.multi_perform(multi, &active);
    if (code != CURLM_OK) throw HttpError(fmt::format("{}: {}", where, curl.multi_strerror(code)), 0, false);
    int left = 0;
    while (const CURLMsg* message = curl.multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) {
        done = true;
        result = message->data.result;
      }
    }
    if (arrived) progress = Steady::now();
    if (done) return;
    check_whole();
    if (arrived) return;
    const Nanos patience =
        stop_requested() ? std::min(options.idle_timeout, kPatience) : options.idle_timeout;
    if (Steady::now() - progress > std::chrono::nanoseconds(patience)) {
      throw HttpError(fmt::format("{}: {} within {}", where, head_complete ? "no further data" : "no answer",
                                  format_duration(patience)),
                      0, true);
    }
    curl.multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
  }

  // Who sends a byte now and then would never be given up.
  void check_whole() {
    const Steady::time_point now = Steady::now();
    if (stop_requested() && stopped == Steady::time_point()) stopped = now;
    const bool stopping = stopped != Steady::time_point();
    if ((options.whole_timeout <= 0 || now - begun <= std::chrono::nanoseconds(options.whole_timeout)) &&
        (!stopping || now - stopped <= std::chrono::nanoseconds(kPatience))) {
      return;
    }
    throw HttpError(fmt::format("{}: the answer has no end within {}", where,
                                format_duration(stopping ? kPatience : options.whole_timeout)),
                    0, true);
  }

  void check_result() const {
    if (!done || result == CURLE_OK) return;
    CurlLong system_error = 0;
    curl.easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    throw HttpError(fmt::format("{}: {}", where, describe(result, error, system_error, options)), 0,
                    is_transient(result));
  }

  // Keeps to requests_per_second.
  void await_turn() {
    if (options.requests_per_second <= 0) return;
    const auto wait = next_request - Steady::now();
    if (wait.count() > 0 &&
        !sleep_unless_stopped(std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count())) {
      throw Error(Status::interrupted, "interrupted");
    }
    next_request = std::max(next_request, Steady::now()) +
                   std::chrono::nanoseconds(static_cast<Nanos>(1e9 / options.requests_per_second));
  }

  void note_clock(Nanos sent_at) {
    const auto date = headers.find("date");
    if (date == headers.end()) return;
    const std::time_t theirs = curl.getdate(date->second.c_str(), nullptr);
    if (theirs < 0) return;
    // The date has whole seconds: its middle against the middle of the exchange.
    const Nanos found =
        static_cast<Nanos>(theirs) * kSecond + kSecond / 2 - (sent_at + (now() - sent_at) / 2);
    if (!skew || std::abs(found) > std::abs(*skew)) skew = found;
  }

  void exchange(const Request& request, bool at_home) {
    await_turn();
    const Nanos sent_at = now();
    begin(request, at_home);
    while (!head_complete && !done) pump();
    if (!head_complete && found_leftovers()) {
      begin(request, at_home, true);
      while (!head_complete && !done) pump();
    }
    if (!head_complete) {
      check_result();
      throw HttpError(fmt::format("{}: the connection was closed without an answer", where), 0, true);
    }
    note_clock(sent_at);
  }

  // An answer that is longer than it announced leaves bytes behind, which then stand before the next one.
  bool found_leftovers() const {
    CurlLong connections = 0;
    curl.easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
    return connections == 0 && (result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_WEIRD_SERVER_REPLY);
  }

  std::string_view read() {
    if (std::exchange(taken, true)) body.clear();  // what came along with the head has not been read yet
    progress = Steady::now();                      // the time that the caller took is not the server's
    if (paused) {
      paused = false;
      curl.easy_pause(easy, CURLPAUSE_CONT);
    }
    while (body.empty() && !done) pump();
    if (body.empty()) check_result();
    return body;
  }

  int code() const {
    CurlLong code = 0;
    curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
  }

  const CurlLibrary& curl = curl_library();
  HttpOptions options;
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  curl_slist *sent = nullptr, *routes = nullptr;
  char error[CURL_ERROR_SIZE] = {};
  std::string where, body;
  std::map<std::string, std::string, std::less<>> headers;
  Steady::time_point begun, progress, next_request;
  Steady::time_point stopped;  // when it was seen that a stop was requested
  std::optional<Nanos> skew;
  CURLcode result = CURLE_OK;
  bool head_complete = false, done = false, paused = false, running = false;
  bool arrived = false;  // since pump() was called
  bool after_stop = false;
  bool taken = false;  // body was given to the reader
};

Client::Client(HttpOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

Response Client::send(const Request& request) {
  Request current = request;
  const std::string home = origin(request.url);
  for (int hop = 0;; ++hop) {
    impl_->exchange(current, origin(current.url) == home);
    const int code = impl_->code();
    if (!impl_->options.follow_redirects || !is_redirect(code)) return Response(this);
    const char* target = nullptr;
    impl_->curl.easy_getinfo(impl_->easy, CURLINFO_REDIRECT_URL, &target);
    if (target == nullptr || hop == kMaxRedirects || !request.body.empty()) {
      throw HttpError(fmt::format("{}: {}", impl_->where,
                                  target == nullptr       ? "a redirect without a target"
                                  : !request.body.empty() ? "a POST was redirected; give the final address"
                                                          : "more than 5 redirects"),
                      code, false);
    }
    current.url = std::string(target);
  }
}

Response::~Response() {
  if (client_ != nullptr) client_->impl_->end();
}

int Response::code() const { return client_->impl_->code(); }

std::string Response::header(std::string_view name) const {
  const auto& headers = client_->impl_->headers;
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

Nanos Response::retry_after() const {
  const std::string value = header("retry-after");
  if (value.empty()) return -1;
  if (const auto seconds = parse_int(value))
    return *seconds < 0 ? -1 : std::min<Nanos>(*seconds, 1'000'000) * kSecond;
  const std::time_t date = client_->impl_->curl.getdate(value.c_str(), nullptr);
  return date < 0 ? -1 : std::max<Nanos>(0, static_cast<Nanos>(date) * kSecond - now());
}

std::optional<Nanos> Client::clock_skew() const { return impl_->skew; }

const std::string& Response::where() const { return client_->impl_->where; }

std::string_view Response::read() { return client_->impl_->read(); }

std::string Response::read_all(std::size_t limit) {
  std::string all;
  while (all.size() < limit) {
    const std::string_view bytes = read();
    if (bytes.empty()) break;
    all.append(bytes.substr(0, limit - all.size()));
  }
  return all;
}

HttpError refused(const Response& response, std::string_view detail) {
  const int code = response.code();
  std::string what = fmt::format("{}: HTTP {}", response.where(), code);
  if (!detail.empty()) what += fmt::format(": {}", printable(detail, 500));
  if (code == 401 || code == 403)
    what += "; credentials are given by a file or by the environment (see --help)";
  return HttpError(what, code, code == 408 || code == 429 || code >= 500, response.retry_after());
}

}  // namespace aiops::net
