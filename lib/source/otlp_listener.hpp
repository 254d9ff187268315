// aiops-collect otlp --listen: an OTLP/HTTP receiver. A request is answered once its records are in the
// output; while the output takes nothing, requests wait, and after busy_time they are sent away with 503.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/diagnostics.hpp"
#include "base/file.hpp"
#include "net/http_server.hpp"
#include "record/writer.hpp"
#include "source/otlp_records.hpp"

namespace aiops::source {

struct OtlpListenerOptions {
  net::HttpServerOptions server;
  std::size_t content = 64 * 1024 * 1024;  // bytes of a body, unpacked
  Nanos busy_time = 5 * kSecond;           // that a request waits for the output before it is sent away
  Nanos grace = 5 * kSecond;               // at the end, for answers
};

// One thread.
class OtlpListener : private net::HttpServer::Handler {
 public:
  // sink: of Sink::Memory, where `records` writes to; out: where its bytes go, `name` for messages. The
  // references must outlive it.
  OtlpListener(const OtlpListenerOptions& options, OtlpRecords& records, record::Sink& sink, int out,
               std::string name, Manifest& manifest, Diagnostics& diagnostics);

  // Until a stop is requested. Throws OutputError, ClosedPipe.
  void run();

 private:
  struct Waiting {
    net::HttpServer::Ticket ticket;
    Signal signal;
    bool json;
    net::IncomingRequest request;
    Nanos since;
  };

  void request(net::HttpServer::Ticket ticket, net::IncomingRequest request) override;
  void gone(net::HttpServer::Ticket ticket) override;
  net::HttpAnswer refusal(int code, const std::string& reason) override;
  int waits_for() const override { return pending_.empty() ? -1 : out_; }
  Nanos tick_time() const override { return queue_.empty() ? 100 * kMillisecond : 5 * kMillisecond; }
  void ready() override { pump(); }
  void tick() override;

  void pump();
  void take(Waiting waiting);
  bool decode(const Waiting& waiting, net::HttpAnswer& answer);
  bool write_pending();
  bool writable() const;
  bool has_room(const Waiting& waiting) const;

  OtlpListenerOptions options_;
  OtlpRecords& records_;
  record::Sink& sink_;
  int out_;
  std::string name_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  OtlpJson json_;
  net::HttpServer server_;
  std::deque<Waiting> queue_;
  std::string pending_;  // records of the request that is worked on …
  std::size_t written_ = 0;
  net::HttpServer::Ticket current_ = 0;
  net::HttpAnswer answer_;  // … and what is answered when they are written
  std::uint64_t refused_ = 0, busy_ = 0;
};

}  // namespace aiops::source
