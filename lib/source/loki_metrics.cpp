#include "source/loki_metrics.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "source/prometheus_filler.hpp"

namespace aiops::source {
namespace {

bool is_too_large(std::string_view error) {
  for (const std::string_view text :
       {"exceeded maximum resolution", "query time range exceeds the limit", "would read too many bytes"}) {
    if (error.find(text) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::string loki_error_text(const std::string& body) {
  if (!trim(body).starts_with('{')) return {};
  std::string key, text;
  try {
    JsonReader reader([&body, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(body);
    });
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "error" || key == "message") {
        text = reader.scalar();
      } else {
        reader.skip();
      }
    }
  } catch (const JsonError&) {
    return {};
  }
  return text;
}

LokiMetrics::LokiMetrics(const ServerOptions& server, LokiMetricOptions options, Manifest& manifest,
                         Diagnostics& diagnostics)
    : options_(std::move(options)),
      manifest_(manifest),
      diagnostics_(diagnostics),
      api_(server, loki_error_text, manifest, diagnostics) {
  check_names(options_.queries);
  manifest_.source = "loki";
  manifest_.url = api_.url();
  for (const NamedQuery& query : options_.queries) {
    Manifest::Part part;
    part.name = query.name;
    part.what = query.text;
    manifest_.parts.push_back(std::move(part));
  }
}

void LokiMetrics::fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) {
  net::Parameters parameters;
  parameters.add("query", options_.queries[part].text)
      .add("start", fmt::format("{}", steps.first))
      .add("end", fmt::format("{}", steps.last()))
      .add("step", fmt::format("{}", static_cast<double>(steps.step) / 1e9));
  ask(part, "/loki/api/v1/query_range?" + parameters.text(), &steps, book, frame);
}

void LokiMetrics::fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame) {
  net::Parameters parameters;
  parameters.add("query", options_.queries[part].text).add("time", fmt::format("{}", time));
  ask(part, "/loki/api/v1/query?" + parameters.text(), nullptr, book, frame);
}

void LokiMetrics::ask(std::size_t part, const std::string& path, const Steps* steps, SeriesBook& book,
                      SampleFrame& frame) {
  const NamedQuery& query = options_.queries[part];
  const std::string about = "query " + query.name;
  const SampleFrame::Mark mark = frame.mark();
  net::Request asked;
  asked.url = path;
  Answer answer;
  try {
    api_.ask(part, asked, about, [&](JsonReader& reader) {
      frame.rewind(mark);
      PrometheusFiller filler({part, query.name, options_.service_labels, steps, ++answers_}, book, frame);
      answer = read_answer(reader, filler);
      if (answer.status != "success") api_.fail(about, answer.error, false);
    });
  } catch (const net::HttpError& error) {
    frame.rewind(mark);
    if (is_too_large(error.what())) throw RangeTooLarge{error.what()};
    throw;
  } catch (...) {
    frame.rewind(mark);
    throw;
  }
  for (const std::string& text : answer.warnings) {
    const std::string said = fmt::format("{}: {}", about, printable(text, 500));
    if (manifest_.warn(said)) diagnostics_.warn("the server warns: " + said);
    // 500 series and no more, or a part of the store that did not answer.
    if (said.find("partial") != std::string::npos) manifest_.cut(said);
  }
}

}  // namespace aiops::source
