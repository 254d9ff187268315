#include "source/prometheus.hpp"

#include <fmt/core.h>

#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "source/prometheus_filler.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kLongestUrl = 4000;      // longer questions go by POST
constexpr std::size_t kErrorBody = 64 * 1024;  // as much is read of an answer that is an error

// Errors by which servers say that a range is too much at once: Prometheus, VictoriaMetrics, Mimir and
// Thanos.
bool is_too_large(std::string_view error) {
  for (const std::string_view text :
       {"exceeded maximum resolution", "too many samples", "maxPointsPerTimeseries", "maxSamplesPerQuery",
        "query time range exceeds the limit", "max-chunks-per-query",
        "max-estimated-fetched-chunks-per-query", "max-chunks-bytes-per-query",
        "max-estimated-memory-consumption-per-query"}) {
    if (error.find(text) != std::string_view::npos) return true;
  }
  return false;
}

bool is_transient(const Answer& answer) {
  return answer.error_type == "timeout" || answer.error_type == "unavailable" ||
         answer.error_type == "internal" || answer.error_type == "canceled";
}

struct NoSamples : AnswerHandler {
  void series(Labels&) override {}
  void sample(Nanos, std::string_view) override {}
};

// What an error's body says: the API's own message, else its first text.
Answer error_of(const std::string& body) {
  Answer answer;
  try {
    JsonReader reader([&body, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(body);
    });
    NoSamples none;
    answer = read_answer(reader, none);
  } catch (const JsonError&) {
    const bool page = trim(body).starts_with('<');
    answer.error =
        page ? "the answer is a page (HTML), not one of Prometheus" : std::string(trim(body).substr(0, 300));
  }
  return answer;
}

}  // namespace

PrometheusSource::PrometheusSource(PrometheusOptions options, Manifest& manifest, Diagnostics& diagnostics)
    : options_(std::move(options)),
      url_(net::checked_base_url(options_.server.url)),
      policy_(options_.server.retry),
      first_part_(manifest.parts.size()),
      manifest_(manifest),
      diagnostics_(diagnostics),
      client_(options_.server.http),
      random_(static_cast<std::uint64_t>(now())) {
  check_names(options_.queries);
  manifest_.source = "prometheus";
  manifest_.url += (manifest_.url.empty() ? "" : " ") + url_;
  for (const NamedQuery& query : options_.queries) {
    Manifest::Part part;
    part.name = query.name;
    part.environment = options_.server.environment;
    part.what = query.text;
    part.optional = query.optional;
    manifest_.parts.push_back(std::move(part));
  }
}

PrometheusSource::PrometheusSource(const PrometheusSource& first, std::mutex& turn)
    : options_(first.options_),
      url_(first.url_),
      policy_(first.policy_),
      first_part_(first.first_part_),
      manifest_(first.manifest_),
      diagnostics_(first.diagnostics_),
      client_(options_.server.http),
      random_(static_cast<std::uint64_t>(now())),
      answers_(std::uint64_t{1} << 63),  // no answer of the one has the number of one of the other
      turn_(&turn) {}

std::unique_ptr<SampleSource> PrometheusSource::second(std::mutex& turn) {
  if (options_.server.http.requests_per_second > 0) return nullptr;  // the limit holds for both together
  turn_ = &turn;
  return std::unique_ptr<SampleSource>(new PrometheusSource(*this, turn));
}

net::Response PrometheusSource::send(const net::Request& asked) {
  if (turn_ == nullptr) return client_.send(asked);
  struct Others {
    explicit Others(std::mutex& turn_of_all) : turn(turn_of_all) { turn.unlock(); }
    ~Others() { turn.lock(); }
    std::mutex& turn;
  } others(*turn_);
  return client_.send(asked);
}

net::Request PrometheusSource::request(std::string_view path, const std::string& parameters) const {
  net::Request request;
  request.url = url_ + std::string(path);
  if (request.url.size() + parameters.size() < kLongestUrl) {
    if (!parameters.empty()) request.url += '?' + parameters;
  } else {
    request.body = parameters;
  }
  return request;
}

void PrometheusSource::attempts(std::size_t part, SampleFrame& frame, const std::function<void()>& attempt) {
  const SampleFrame::Mark mark = frame.mark();
  try {
    net::with_retries(policy_, random_, diagnostics_, manifest_.parts[first_part_ + part].retries, [&] {
      frame.rewind(mark);
      ++manifest_.parts[first_part_ + part].requests;
      ++answers_;
      attempt();
    });
  } catch (...) {
    frame.rewind(mark);
    throw;
  }
}

void PrometheusSource::fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) {
  if (options_.raw) return fetch_raw(part, steps, book, frame);
  const NamedQuery& query = options_.queries[part];
  net::Parameters parameters;
  parameters.add("query", query.text)
      .add("start", prometheus_seconds(steps.first))
      .add("end", prometheus_seconds(steps.last()))
      .add("step", prometheus_seconds(steps.step))
      .add("nocache", "1");  // VictoriaMetrics: answer for these very times
  const net::Request asked = request("/api/v1/query_range", parameters.text());
  attempts(part, frame, [&] {
    PrometheusFiller filler({first_part_ + part, query.name, options_.service_labels, &steps, answers_,
                             &options_.histogram_quantiles, kNoTime, options_.server.environment},
                            book, frame);
    ask(part, asked, filler);
  });
}

void PrometheusSource::fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame) {
  const NamedQuery& query = options_.queries[part];
  net::Parameters parameters;
  parameters.add("query", query.text).add("time", prometheus_seconds(time));
  const net::Request asked = request("/api/v1/query", parameters.text());
  attempts(part, frame, [&] {
    PrometheusFiller filler({first_part_ + part, query.name, options_.service_labels, nullptr, answers_,
                             &options_.histogram_quantiles, kNoTime, options_.server.environment},
                            book, frame);
    ask(part, asked, filler);
  });
}

void PrometheusSource::ask(std::size_t part, const net::Request& asked, AnswerHandler& handler) {
  ask(part, asked, [&handler](JsonReader& reader) { return read_answer(reader, handler); });
}

void PrometheusSource::ask(std::size_t part, const net::Request& asked,
                           const std::function<Answer(JsonReader&)>& read) {
  net::Response response = send(asked);
  manifest_.note_clock(client_.clock_skew());
  const std::string about = fmt::format("query {}", options_.queries[part].name);
  Answer answer;
  if (response.code() >= 400) {
    answer = error_of(response.read_all(kErrorBody));
    if (is_too_large(answer.error)) throw RangeTooLarge{fmt::format("{}: {}", about, answer.error)};
    throw net::refused(response, answer.error.empty() ? about : fmt::format("{}: {}", about, answer.error));
  }
  try {
    JsonReader reader([&response] { return response.read(); });
    if (!reader.at_end() && reader.peek() == '<')
      throw JsonError("the answer is a page (HTML), not one of Prometheus; is the URL right?", false);
    answer = read(reader);
  } catch (const JsonError& error) {
    throw net::HttpError(fmt::format("{}: {}: {}", response.where(), about, error.what()), response.code(),
                         error.truncated);
  }
  if (answer.status != "success") {
    if (is_too_large(answer.error)) throw RangeTooLarge{fmt::format("{}: {}", about, answer.error)};
    throw net::HttpError(fmt::format("{}: {}: the server says {}: {}", response.where(), about,
                                     printable(answer.status), printable(answer.error, 500)),
                         response.code(), is_transient(answer));
  }
  note(part, answer);
}

void PrometheusSource::note(std::size_t part, const Answer& answer) {
  const std::string& name = options_.queries[part].name;
  for (const std::string& text : answer.warnings) {
    const std::string said = fmt::format("query {}: {}", name, printable(text, 500));
    if (manifest_.warn(said)) diagnostics_.warn(fmt::format("the server warns: {}", said));
  }
  for (const std::string& text : answer.infos) {
    const std::string said = fmt::format("query {}: {}", name, printable(text, 500));
    if (manifest_.warn(said)) diagnostics_.info(fmt::format("the server notes: {}", said));
  }
  if (answer.partial)
    manifest_.cut(fmt::format("query {}: the server says that its answer is partial", name));
}

std::vector<std::string> PrometheusSource::services() {
  std::set<std::string> all;
  std::uint64_t retries = 0;
  for (const std::string& label : options_.service_labels) {
    std::string path = "/api/v1/label/";
    net::append_encoded(path, label);
    net::with_retries(policy_, random_, diagnostics_, retries, [&] {
      net::Response response = client_.send(request(path + "/values", ""));
      if (response.code() >= 400) throw net::refused(response, error_of(response.read_all(kErrorBody)).error);
      std::vector<std::string> values;
      try {
        JsonReader reader([&response] { return response.read(); });
        const Answer answer = read_strings(reader, values);
        if (answer.status != "success")
          throw JsonError("the server says: " + printable(answer.error, 500), false);
      } catch (const JsonError& error) {
        throw net::HttpError(fmt::format("{}: {}", response.where(), error.what()), response.code(),
                             error.truncated);
      }
      all.insert(values.begin(), values.end());
    });
  }
  return {all.begin(), all.end()};
}

}  // namespace aiops::source
