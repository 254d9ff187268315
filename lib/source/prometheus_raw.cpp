// Samples as a server with the Prometheus API stores them.
#include <fmt/core.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "source/prometheus.hpp"
#include "source/prometheus_filler.hpp"

namespace aiops::source {
namespace {

// A line of VictoriaMetrics' export: {"metric":{…},"values":[…],"timestamps":[…]}, a series (or a part of
// one).
void read_export_line(JsonReader& reader, AnswerHandler& handler) {
  Labels labels;
  std::vector<std::string> values;
  std::string key;
  std::size_t times = 0;
  bool named = false;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "metric") {
      std::string name;
      reader.enter_object();
      while (reader.next_key(name)) labels.emplace_back(name, reader.string());
      handler.series(labels);
      named = true;
    } else if (key == "values") {
      reader.enter_array();
      while (reader.next_item()) {
        const std::string_view value = reader.scalar();
        values.emplace_back(value == "null" ? "NaN" : value);
      }
    } else if (key == "timestamps") {
      if (!named) throw JsonError("a series' times come before its name", false);
      reader.enter_array();
      for (; reader.next_item(); ++times) {
        const auto time = parse_time(reader.number(), TimeUnit::milliseconds);
        if (!time || times >= values.size())
          throw JsonError("an exported series has more times than values", false);
        handler.sample(*time, values[times]);
      }
    } else {
      reader.skip();
    }
  }
  if (!named || times != values.size())
    throw JsonError("an exported series has more values than times", false);
}

}  // namespace

// The steps stand for the time from one step before the first (excluded) to the last.
void PrometheusSource::fetch_raw(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) {
  const Nanos from = steps.first - steps.step, to = steps.last();
  if (has_export_ && fetch_export(part, from, to, book, frame)) return;
  const NamedQuery& query = options_.queries[part];
  net::Parameters parameters;
  parameters.add("query", fmt::format("{}[{}ms]", query.text, (to - from) / kMillisecond))
      .add("time", prometheus_seconds(to));
  const net::Request asked = request("/api/v1/query", parameters.text());
  attempts(part, frame, [&] {
    PrometheusFiller filler({first_part_ + part, query.name, options_.service_labels, nullptr, answers_,
                             &options_.histogram_quantiles, from, options_.server.environment},
                            book, frame);
    ask(part, asked, filler);
  });
}

// False: this server has no export, as only VictoriaMetrics does.
bool PrometheusSource::fetch_export(std::size_t part, Nanos from, Nanos to, SeriesBook& book,
                                    SampleFrame& frame) {
  const NamedQuery& query = options_.queries[part];
  net::Parameters parameters;
  parameters.add("match[]", query.text)
      .add("start", prometheus_seconds(from + kMillisecond))
      .add("end", prometheus_seconds(to));
  const net::Request asked = request("/api/v1/export", parameters.text());
  try {
    attempts(part, frame, [&] {
      PrometheusFiller filler({first_part_ + part, query.name, options_.service_labels, nullptr, answers_,
                               nullptr, from, options_.server.environment},
                              book, frame);
      ask(part, asked, [&](JsonReader& reader) {
        while (!reader.at_end()) read_export_line(reader, filler);
        Answer answer;
        answer.status = "success";
        return answer;
      });
    });
  } catch (const net::HttpError& error) {
    // An export with infinities is no JSON: they stand in it as +Inf without quotes.
    const bool no_json = error.code == 200 && !error.transient;
    if (error.code != 404 && error.code != 405 && !no_json) throw;
    if (no_json) diagnostics_.debug(fmt::format("{}; asked by instant queries instead", error.what()));
    has_export_ = false;
  }
  return has_export_;
}

}  // namespace aiops::source
