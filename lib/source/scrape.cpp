#include "source/scrape.hpp"

#include <fmt/core.h>

#include <deque>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/http.hpp"
#include "net/url.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kAccept =
    "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

// "http://shop:8080/metrics": "shop:8080", as Prometheus' label instance has it.
std::string instance_of(std::string_view url) {
  const auto scheme = url.find("://");
  std::string_view host = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  return std::string(host.substr(0, host.find_first_of("/?#")));
}

class Target {
 public:
  Target(const ScrapeOptions& options, const ServerOptions& server, Manifest& manifest,
         Diagnostics& diagnostics)
      : manifest_(manifest),
        diagnostics_(diagnostics),
        url_(net::checked_base_url(server.url)),
        environment_(server.environment),
        part_(manifest.parts.size()),
        client_(server.http),
        page_(page_options(options, url_, environment_), part_) {
    Manifest::Part part;
    part.name = url_;
    part.environment = environment_;
    manifest.parts.push_back(std::move(part));
    manifest.url += (manifest.url.empty() ? "" : " ") + url_;
  }

  // One scrape at this time.
  void scrape(Nanos time, Nanos interval, SeriesBook& book, SampleFrame& frame) {
    const SampleFrame::Mark mark = frame.mark();
    std::string why;
    try {
      read(time, book, frame);
    } catch (const net::HttpError& error) {
      why = error.what();
    } catch (const FrameFull&) {
      why = fmt::format("{}: the page has more samples than fit into {} bytes", url_,
                        thousands(frame.memory()));
    }
    if (!why.empty()) frame.rewind(mark);
    page_.add("up", time, why.empty() ? 1 : 0, book, frame);
    account(time, interval, why);
  }

  // A time at which it should have been scraped, and was not.
  void missed(Nanos time, Nanos interval, const std::string& why) { account(time, interval, why); }

 private:
  static PageOptions page_options(const ScrapeOptions& options, const std::string& url,
                                  const std::string& environment) {
    PageOptions page = options.page;
    page.constants.emplace_back("instance", instance_of(url));
    if (!environment.empty()) page.constants.emplace_back("environment", environment);
    return page;
  }

  void read(Nanos time, SeriesBook& book, SampleFrame& frame) {
    ++manifest_.parts[part_].requests;
    net::Request request;
    request.url = url_;
    request.headers.emplace_back(kAccept);
    net::Response response = client_.send(request);
    manifest_.note_clock(client_.clock_skew());
    if (response.code() >= 300) throw net::refused(response, "");
    const std::string type = response.header("content-type");
    if (type.starts_with("text/html"))
      throw net::HttpError(
          fmt::format("{}: the answer is a page (HTML), not one of metrics; is the URL right?", url_), 200,
          false);
    page_.begin(time, type.starts_with("application/openmetrics-text"), book, frame);
    for (std::string_view bytes = response.read(); !bytes.empty(); bytes = response.read()) page_.take(bytes);
    if (!page_.end())
      throw net::HttpError(fmt::format("{}: the page ends without # EOF: it was cut short", url_), 200, true);
    tell_problems();
    if (page_.samples() == 0 && page_.wrong_lines() != 0)
      throw net::HttpError(fmt::format("{}: no line is one of metrics", url_), 200, false);
  }

  // Lines that cannot be read are the same ones each time: they are told when they change.
  void tell_problems() {
    if (page_.wrong_lines() == 0) return;
    manifest_.cut(fmt::format("{}: lines that cannot be read were left out; the first{}", url_,
                              page_.problems().front()));
    if (page_.problems() == told_) return;
    told_ = page_.problems();
    for (const std::string& problem : told_) diagnostics_.warn(url_ + problem);
    if (page_.wrong_lines() > told_.size())
      diagnostics_.warn(
          fmt::format("{}: {} in all cannot be read", url_, count(page_.wrong_lines(), "line")));
  }

  void account(Nanos time, Nanos interval, const std::string& why) {
    Manifest::Part& part = manifest_.parts[part_];
    if (why.empty()) {
      if (down_) diagnostics_.info(fmt::format("{} answers again", url_));
      down_ = false;
      return;
    }
    ++part.gap_steps;
    if (down_ && missing_ != kNone) {
      manifest_.missing[missing_].to = time;
      return;
    }
    ++part.gaps;
    down_ = true;
    missing_ = manifest_.missing.size();
    manifest_.missing.push_back({time, time, why, environment_});
    diagnostics_.warn(fmt::format("{}; tried again in {}", why, format_duration(interval)));
  }

  static constexpr std::size_t kNone = ~std::size_t{0};
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  std::string url_, environment_;
  std::size_t part_;
  net::Client client_;
  MetricsPage page_;
  std::vector<std::string> told_;
  bool down_ = false;
  std::size_t missing_ = kNone;
};

}  // namespace

Status scrape(ScrapeOptions options, Manifest& manifest, Diagnostics& diagnostics) {
  manifest.source = "scrape";
  manifest.asked_for = "target";
  std::deque<Target> targets;
  for (const ServerOptions& server : options.targets)
    targets.emplace_back(options, server, manifest, diagnostics);
  SampleOutput output(options.output, nullptr, manifest);
  SeriesBook book;
  SampleFrame frame(options.memory);
  const Nanos begin = now() / kMillisecond * kMillisecond;
  manifest.start = begin;
  Nanos due = begin;
  for (std::uint64_t i = 0; options.count == 0 || i < options.count; ++i) {
    if (!sleep_unless_stopped(std::max<Nanos>(0, due - now()))) break;
    frame.clear();
    try {
      // Times to the millisecond, of the moment of the scrape itself: rates are over the time that passed.
      for (Target& target : targets)
        target.scrape(now() / kMillisecond * kMillisecond, options.interval, book, frame);
    } catch (const Error& error) {
      if (error.status() != Status::interrupted) throw;
      break;
    }
    output.write(frame);
    output.flush();
    manifest.end = due;
    for (due += options.interval; due + options.interval / 2 < now(); due += options.interval, ++i) {
      for (Target& target : targets)
        target.missed(due, options.interval, "the scrape before took longer than the interval");
    }
  }
  output.close();
  return manifest.status();
}

}  // namespace aiops::source
