#include "source/otlp_listener.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "source/protozero.hpp"

#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/gzip.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kJson = "application/json", kProtobuf = "application/x-protobuf";

// google.rpc.Status, as OTLP wants errors.
net::HttpAnswer failure(int code, std::string_view what, bool json) {
  constexpr int kInvalid = 3, kUnavailable = 14;
  const int status = code == 503 ? kUnavailable : kInvalid;
  net::HttpAnswer answer;
  answer.code = code;
  answer.content_type = json ? kJson : kProtobuf;
  if (json) {
    answer.body = fmt::format("{{\"code\":{},\"message\":{}}}", status, json_string(what));
  } else {
    protozero::pbf_writer writer(answer.body);
    writer.add_int32(1, status);
    writer.add_string(2, what.data(), what.size());
  }
  if (code == 503) answer.retry_after = kSecond;
  return answer;
}

bool blocks(int fd) {
  struct stat status {};
  return fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
}

}  // namespace

OtlpListener::OtlpListener(const OtlpListenerOptions& options, OtlpRecords& records, record::Sink& sink,
                           int out, std::string name, Manifest& manifest, Diagnostics& diagnostics)
    : options_(options),
      records_(records),
      sink_(sink),
      out_(out),
      name_(std::move(name)),
      manifest_(manifest),
      diagnostics_(diagnostics),
      server_(options.server, *this) {
#ifdef F_SETPIPE_SZ
  if (blocks(out)) fcntl(out, F_SETPIPE_SZ, 1 << 20);
#endif
}

void OtlpListener::run() {
  diagnostics_.info(
      fmt::format("listening on {} (POST /v1/metrics, /v1/logs, /v1/traces)", server_.address()));
  if (!server_.address().starts_with("127.") && !server_.address().starts_with("[::1]")) {
    diagnostics_.warn(
        "whoever reaches this address may send: there are no credentials; the loopback is safer");
  }
  server_.run(options_.grace);
  if (!pending_.empty()) write_all(out_, std::string_view(pending_).substr(written_), name_);
  if (refused_ != 0)
    diagnostics_.warn(fmt::format("{} refused, which their senders were told", count(refused_, "request")));
  if (busy_ != 0) {
    diagnostics_.warn(fmt::format("{} sent away with 503, for the output took nothing for {}",
                                  count(busy_, "request"), format_duration(options_.busy_time)));
  }
}

net::HttpAnswer OtlpListener::refusal(int code, const std::string& reason) {
  ++refused_;
  return failure(code, reason, true);
}

void OtlpListener::request(net::HttpServer::Ticket ticket, net::IncomingRequest request) {
  const bool json = request.content_type == kJson;
  const auto refuse = [&](int code, std::string_view what) {
    ++refused_;
    server_.answer(ticket, failure(code, what, request.content_type != kProtobuf));
  };
  for (const Signal signal : {Signal::metrics, Signal::logs, Signal::traces}) {
    if (request.path.compare(0, 4, "/v1/") != 0 || request.path.substr(4) != name_of(signal)) continue;
    if (request.method != "POST") return refuse(405, "expected POST");
    if (!json && request.content_type != kProtobuf) {
      return refuse(415, "expected Content-Type application/json or application/x-protobuf");
    }
    if (!request.encoding.empty() && request.encoding != "gzip") {
      return refuse(415, "expected Content-Encoding gzip, or none");
    }
    queue_.push_back({ticket, signal, json, std::move(request), now()});
    return pump();
  }
  refuse(404, "expected /v1/metrics, /v1/logs or /v1/traces");
}

void OtlpListener::gone(net::HttpServer::Ticket ticket) {
  std::erase_if(queue_, [ticket](const Waiting& waiting) { return waiting.ticket == ticket; });
}

void OtlpListener::tick() {
  pump();
  while (!queue_.empty() && now() - queue_.front().since > options_.busy_time) {
    const Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    server_.answer(waiting.ticket, failure(503, "the reader of the output is too slow", waiting.json));
  }
}

bool OtlpListener::writable() const {
  pollfd polled{out_, POLLOUT, 0};
  return ::poll(&polled, 1, 0) > 0;
}

// True if the records of a request, which are about as large as itself, are likely to fit into the pipe: a
// request whose records are there in part can no longer be sent away.
bool OtlpListener::has_room(const Waiting& waiting) const {
  if (!writable()) return false;
#ifdef F_GETPIPE_SZ
  const int capacity = fcntl(out_, F_GETPIPE_SZ);
  int held = 0;
  if (capacity > 0 && ioctl(out_, FIONREAD, &held) == 0) {
    const std::size_t packed = waiting.request.encoding.empty() ? 1 : 8, binary = waiting.json ? 1 : 4;
    const std::size_t wanted = waiting.request.body.size() * packed * binary + 2 * PIPE_BUF;
    return static_cast<std::size_t>(capacity - held) >=
           std::min(wanted, static_cast<std::size_t>(capacity) / 2);
  }
#endif
  return true;
}

// Writes what can be written without waiting; true if all is written.
bool OtlpListener::write_pending() {
  const std::size_t piece = blocks(out_) ? PIPE_BUF : std::size_t{1} << 20;  // so much fits where any does
  while (written_ < pending_.size()) {
    if (!writable()) return false;
    const ssize_t n = ::write(out_, pending_.data() + written_, std::min(piece, pending_.size() - written_));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0 && errno == EPIPE) throw ClosedPipe();
    if (n < 0) throw OutputError(fmt::format("{}: {}", name_, std::strerror(errno)));
    written_ += static_cast<std::size_t>(n);
  }
  pending_.clear();
  written_ = 0;
  return true;
}

// Works on the requests that wait, as far as the output takes their records.
void OtlpListener::pump() {
  while (write_pending()) {
    if (const auto ticket = std::exchange(current_, 0); ticket != 0) server_.answer(ticket, answer_);
    if (queue_.empty() || !has_room(queue_.front())) return;
    Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    take(std::move(waiting));
  }
}

void OtlpListener::take(Waiting waiting) {
  sink_.buffer().clear();
  answer_ = net::HttpAnswer();
  const std::vector<Manifest::Part> before = manifest_.parts;
  if (!decode(waiting, answer_)) {
    sink_.buffer().clear();
    manifest_.parts = before;
    ++refused_;
  }
  current_ = waiting.ticket;
  pending_.swap(sink_.buffer());
}

// False if the request as a whole is none.
bool OtlpListener::decode(const Waiting& waiting, net::HttpAnswer& answer) {
  std::string body = waiting.request.body;
  if (waiting.request.encoding == "gzip") {
    auto content = net::gunzip(body, options_.content);
    if (!content) {
      answer = failure(400, fmt::format("no gzip, or more than {} in it", count(options_.content, "byte")),
                       waiting.json);
      return false;
    }
    body = std::move(*content);
  }
  records_.take_rejected();
  try {
    if (waiting.json) {
      const std::size_t size = body.size();
      body.resize(size + OtlpJson::kPadding);
      json_.read(std::string_view(body).substr(0, size), records_);
    } else {
      read_otlp_protobuf(waiting.signal, body, records_);
    }
  } catch (const OtlpError& error) {
    records_.take_rejected();
    answer = failure(400, error.what(), waiting.json);
    return false;
  }
  const OtlpRecords::Rejected rejected = records_.take_rejected();
  for (Manifest::Part& part : manifest_.parts) part.requests += part.name == name_of(waiting.signal);
  answer.content_type = waiting.json ? kJson : kProtobuf;
  answer.body = otlp_answer(waiting.signal, rejected.items, rejected.what, waiting.json);
  return true;
}

}  // namespace aiops::source
