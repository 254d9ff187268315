#include "source/prometheus_query.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':' || c == '.' || c == '-';
  });
}

}  // namespace

NamedQuery parse_query(std::string_view text) {
  const auto equals = text.find('=');
  const std::string_view name = trim(text.substr(0, equals));
  const std::string_view query = equals == std::string_view::npos ? "" : trim(text.substr(equals + 1));
  if (!is_name(name) || query.empty()) {
    throw UsageError(
        fmt::format("{}: expected NAME=PROMQL, such as cpu=rate(process_cpu_seconds_total[1m]); the name "
                    "becomes the metric of the samples",
                    printable(text)));
  }
  return {std::string(name), std::string(query), false};
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

std::string prometheus_seconds(Nanos time) {
  const Nanos milliseconds = time / kMillisecond;
  return milliseconds % 1000 == 0 ? fmt::format("{}", milliseconds / 1000)
                                  : fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

}  // namespace aiops::source
