#include "source/prometheus.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kLongestUrl = 4000;        // longer questions go by POST
constexpr std::size_t kErrorBody = 64 * 1024;    // as much is read of an answer that is an error

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' ||
           c == '.' || c == '-';
  });
}

// Seconds, exact to the millisecond.
std::string seconds(Nanos time) {
  const Nanos milliseconds = time / kMillisecond;
  return milliseconds % 1000 == 0 ? fmt::format("{}", milliseconds / 1000)
                                  : fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

// Errors by which servers say that a range is too much at once: Prometheus, VictoriaMetrics, Mimir and Thanos.
bool is_too_large(std::string_view error) {
  for (const std::string_view text : {"exceeded maximum resolution", "too many samples", "maxPointsPerTimeseries",
                                      "maxSamplesPerQuery", "query time range exceeds the limit"}) {
    if (error.find(text) != std::string_view::npos) return true;
  }
  return false;
}

bool is_transient(const Answer& answer) {
  return answer.error_type == "timeout" || answer.error_type == "unavailable" || answer.error_type == "internal" ||
         answer.error_type == "canceled";
}

// A number whose text can be passed on as it is: one of JSON, and without exponent it is never too large.
bool is_plain(std::string_view value) {
  return value.size() < kNumberChars && value.find_first_of("eE") == std::string_view::npos && is_json_number(value);
}

struct NoSamples : AnswerHandler {
  void series(Labels&) override {}
  void sample(Nanos, std::string_view) override {}
};

// Puts an answer's samples into the frame.
class Filler : public AnswerHandler {
 public:
  // steps: nullptr for samples at any time.
  Filler(std::size_t part, const NamedQuery& query, const std::vector<std::string>& service_labels, const Steps* steps,
         std::uint64_t answer, SeriesBook& book, SampleFrame& frame)
      : part_(part), query_(query), service_labels_(service_labels), steps_(steps), answer_(answer), book_(book),
        frame_(frame) {}

  void series(Labels& labels) override {
    SampleSeries& series = book_.find(part_, key_of(labels));
    if (series.answer == answer_) {
      throw UsageError(fmt::format("the query {} gives several series that are told apart by their metric's name "
                                   "alone, such as {}; give each metric a query of its own",
                                   query_.name, printable(series.key.text())));
    }
    series.answer = answer_;
    frame_.start_series(series);
    previous_ = kNoTime;
  }

  void sample(Nanos time, std::string_view value) override {
    if (time <= previous_) throw JsonError("the samples of a series are not in the order of time", false);
    previous_ = time;
    if (steps_ != nullptr) check_time(time);
    if (is_plain(value)) return frame_.add(time, value);
    double number = 0;
    switch (parse_number(value, number)) {
      case Number::ok:
        text_.clear();
        append_shortest(text_, number);
        return frame_.add(time, text_);
      case Number::missing:
        return frame_.add(time, {});
      default:
        throw JsonError(fmt::format("{} is no value of a sample", printable(value)), false);
    }
  }

 private:
  record::SeriesKey key_of(Labels& labels) const {
    std::sort(labels.begin(), labels.end());
    const auto value_of = [&labels](std::string_view name) -> std::string_view {
      for (const auto& [label, value] : labels) {
        if (label == name) return value;
      }
      return {};
    };
    record::SeriesKey key;
    std::string_view used;
    for (const std::string& name : service_labels_) {
      const std::string_view service = value_of(name);
      if (service.empty()) continue;
      key.fields.emplace_back(field::kService, service);
      used = name;
      break;
    }
    key.fields.emplace_back(field::kMetric, query_.name);
    for (const auto& [label, value] : labels) {
      if (label != "__name__" && label != used && !value.empty()) key.fields.emplace_back("labels." + label, value);
    }
    return key;
  }

  void check_time(Nanos time) const {
    if (time >= steps_->first && time <= steps_->last() && (time - steps_->first) % steps_->step == 0) return;
    throw JsonError(fmt::format("a sample at {} was not asked for; does a cache in front of the server move the times "
                                "of a query?",
                                format_time(time)),
                    false);
  }

  std::size_t part_;
  const NamedQuery& query_;
  const std::vector<std::string>& service_labels_;
  const Steps* steps_;
  std::uint64_t answer_;
  SeriesBook& book_;
  SampleFrame& frame_;
  Nanos previous_ = kNoTime;
  std::string text_;
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
    answer.error = page ? "the answer is a page (HTML), not one of Prometheus" : std::string(trim(body).substr(0, 300));
  }
  return answer;
}

}  // namespace

NamedQuery parse_query(std::string_view text) {
  const auto equals = text.find('=');
  const std::string_view name = trim(text.substr(0, equals));
  const std::string_view query = equals == std::string_view::npos ? "" : trim(text.substr(equals + 1));
  if (!is_name(name) || query.empty()) {
    throw UsageError(fmt::format("{}: expected NAME=PROMQL, such as cpu=rate(process_cpu_seconds_total[1m]); the name "
                                 "becomes the metric of the samples",
                                 printable(text)));
  }
  return {std::string(name), std::string(query)};
}

std::vector<NamedQuery> read_queries(const std::filesystem::path& path) {
  std::vector<NamedQuery> queries;
  std::size_t line = 0;
  for (const std::string& text : split(read_file(path), '\n')) {
    ++line;
    const std::string_view query = trim(text);
    if (query.empty() || query.starts_with('#')) continue;
    try {
      queries.push_back(parse_query(query));
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{}:{}: {}", path.string(), line, error.what()));
    }
  }
  if (queries.empty()) throw UsageError(fmt::format("{}: there is no query in it", path.string()));
  return queries;
}

void check_names(const std::vector<NamedQuery>& queries) {
  std::set<std::string> names;
  for (const NamedQuery& query : queries) {
    if (!names.insert(query.name).second) {
      throw UsageError(fmt::format("two queries are named {}: expected a name for each", query.name));
    }
  }
}

PrometheusSource::PrometheusSource(PrometheusOptions options, Manifest& manifest, Diagnostics& diagnostics)
    : options_(std::move(options)),
      url_(net::checked_base_url(options_.url)),
      manifest_(manifest),
      diagnostics_(diagnostics),
      client_(options_.http),
      random_(static_cast<std::uint64_t>(now())) {
  check_names(options_.queries);
  manifest_.source = "prometheus";
  manifest_.url = url_;
  for (const NamedQuery& query : options_.queries) {
    Manifest::Part part;
    part.name = query.name;
    part.what = query.text;
    manifest_.parts.push_back(std::move(part));
  }
}

net::Request PrometheusSource::request(std::string_view path, const std::string& parameters) const {
  net::Request request;
  request.url = url_ + std::string(path);
  if (request.url.size() + parameters.size() < kLongestUrl) {
    if (!parameters.empty()) request.url += '?' + parameters;
  } else {
    request.form = parameters;
  }
  return request;
}

template <class Attempt>
void PrometheusSource::attempts(std::size_t part, SampleFrame& frame, Attempt&& attempt) {
  const SampleFrame::Mark mark = frame.mark();
  try {
    net::with_retries(options_.retry, random_, diagnostics_, manifest_.parts[part].retries, [&] {
      frame.rewind(mark);
      ++manifest_.parts[part].requests;
      ++answers_;
      attempt();
    });
  } catch (...) {
    frame.rewind(mark);
    throw;
  }
}

void PrometheusSource::fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) {
  const NamedQuery& query = options_.queries[part];
  net::Parameters parameters;
  parameters.add("query", query.text)
      .add("start", seconds(steps.first))
      .add("end", seconds(steps.last()))
      .add("step", seconds(steps.step))
      .add("nocache", "1");  // VictoriaMetrics: answer for these very times
  const net::Request asked = request("/api/v1/query_range", parameters.text());
  attempts(part, frame, [&] {
    Filler filler(part, query, options_.service_labels, &steps, answers_, book, frame);
    ask(part, asked, filler);
  });
}

void PrometheusSource::fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame) {
  const NamedQuery& query = options_.queries[part];
  net::Parameters parameters;
  parameters.add("query", query.text).add("time", seconds(time));
  const net::Request asked = request("/api/v1/query", parameters.text());
  attempts(part, frame, [&] {
    Filler filler(part, query, options_.service_labels, nullptr, answers_, book, frame);
    ask(part, asked, filler);
  });
}

void PrometheusSource::ask(std::size_t part, const net::Request& asked, AnswerHandler& handler) {
  net::Response response = client_.send(asked);
  const std::string about = fmt::format("query {}", options_.queries[part].name);
  Answer answer;
  if (response.code() >= 400) {
    answer = error_of(response.read_all(kErrorBody));
    if (is_too_large(answer.error)) throw RangeTooLarge{fmt::format("{}: {}", about, answer.error)};
    throw net::refused(response, fmt::format("{}: {}", about, answer.error));
  }
  try {
    JsonReader reader([&response] { return response.read(); });
    if (reader.peek() == '<') throw JsonError("the answer is a page (HTML), not one of Prometheus; is the URL right?", false);
    answer = read_answer(reader, handler);
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
  if (answer.histograms != 0) {
    manifest_.cut(fmt::format("query {} gives native histograms, which are no samples; ask for histogram_quantile(…) "
                              "or histogram_count(…) of them",
                              name));
  }
  if (answer.partial) manifest_.cut(fmt::format("query {}: the server says that its answer is partial", name));
}

std::vector<std::string> PrometheusSource::services() {
  std::set<std::string> all;
  std::uint64_t retries = 0;
  for (const std::string& label : options_.service_labels) {
    std::string path = "/api/v1/label/";
    net::append_encoded(path, label);
    net::with_retries(options_.retry, random_, diagnostics_, retries, [&] {
      net::Response response = client_.send(request(path + "/values", ""));
      if (response.code() >= 400) throw net::refused(response, error_of(response.read_all(kErrorBody)).error);
      std::vector<std::string> values;
      try {
        JsonReader reader([&response] { return response.read(); });
        const Answer answer = read_strings(reader, values);
        if (answer.status != "success") throw JsonError("the server says: " + printable(answer.error, 500), false);
      } catch (const JsonError& error) {
        throw net::HttpError(fmt::format("{}: {}", response.where(), error.what()), response.code(), error.truncated);
      }
      all.insert(values.begin(), values.end());
    });
  }
  return {all.begin(), all.end()};
}

}  // namespace aiops::source
