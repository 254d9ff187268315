#include "incident/graph_file.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/reader.hpp"

namespace aiops::incident {
namespace {

namespace dom = simdjson::dom;

struct Names {
  std::string_view caller, callee, calls;
};
constexpr std::array<Names, 3> kNames = {Names{"caller", "callee", "calls"},
                                         Names{"source", "target", "weight"},
                                         Names{"parent", "child", "callCount"}};

void read_jaeger(const std::string& path, std::string_view text, Graph& graph) {
  dom::parser parser;
  dom::element document;
  const simdjson::padded_string padded(text);
  if (const auto error = parser.parse(padded).get(document)) {
    throw InputError(fmt::format("{}: {}; expected the answer of Jaeger's /api/dependencies", path,
                                 simdjson::error_message(error)));
  }
  dom::array calls;
  if (document.get_array().get(calls) != simdjson::SUCCESS &&
      document["data"].get_array().get(calls) != simdjson::SUCCESS) {
    throw InputError(path + ": no array of calls; expected the answer of Jaeger's /api/dependencies");
  }
  std::size_t number = 0;
  for (const dom::element call : calls) {
    ++number;
    std::string_view caller, callee;
    double count = 1;
    if (call["parent"].get_string().get(caller) != simdjson::SUCCESS ||
        call["child"].get_string().get(callee) != simdjson::SUCCESS) {
      throw InputError(fmt::format("{}: call {}: no parent or no child", path, number));
    }
    if (call["callCount"].get_double().get(count) != simdjson::SUCCESS) count = 1;
    graph.add_call(caller, callee, count, Trust::file);
  }
}

// The column with that name, upper and lower case being equal.
std::string column_of(const std::vector<std::string>& columns, std::string_view name) {
  const auto same = [&](const std::string& column) {
    return column.size() == name.size() &&
           std::equal(name.begin(), name.end(), column.begin(),
                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  };
  const auto at = std::find_if(columns.begin(), columns.end(), same);
  return at == columns.end() ? "" : *at;
}

record::Columns columns_of(const std::string& path, const std::vector<std::string>& there) {
  record::Columns columns;
  for (const Names& names : kNames) {
    const std::string caller = column_of(there, names.caller), callee = column_of(there, names.callee);
    if (caller.empty() || callee.empty()) continue;
    std::string calls = column_of(there, names.calls);
    columns.texts = {caller, callee, calls.empty() ? std::string(names.calls) : std::move(calls)};
    columns.by = {caller};
    columns.time.clear();
    columns.values.clear();
    columns.value_required = false;
    return columns;
  }
  throw InputError(
      path + ":1: no calls; expected the columns caller, callee and maybe calls, or Jaeger's dependencies");
}

}  // namespace

void read_graph_file(const std::string& path, Graph& graph, Diagnostics& diagnostics) {
  const std::string text = read_file(path);
  const std::string_view bare = trim(std::string_view(text).substr(text.starts_with("\xEF\xBB\xBF") ? 3 : 0));
  if (bare.empty()) throw InputError(path + ": is empty; expected calls: caller, callee, calls");
  if (bare.front() == '[' || (bare.front() == '{' && bare.find("\"data\"") < bare.find('\n')))
    return read_jaeger(path, text, graph);
  record::Rejects rejects(diagnostics);
  record::ReaderOptions options;
  options.files = {path};
  record::Reader reader(options, rejects, diagnostics);
  reader.set_columns(columns_of(path, reader.peek()));
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const std::string_view caller = batch->text[0][i], callee = batch->text[1][i],
                             calls = batch->text[2][i];
      double count = 1;
      if (caller.empty() || callee.empty())
        throw InputError(reader.where(i) + ": a call without its caller or its callee");
      if (!calls.empty() && parse_number(calls, count) != Number::ok) {
        throw InputError(
            fmt::format("{}: \"{}\" is not a number of calls", reader.where(i), printable(calls, 40)));
      }
      graph.add_call(caller, callee, count, Trust::file);
    }
  }
  if (rejects.count() != 0) {
    throw InputError(fmt::format("{}: {} could not be read", path, count(rejects.count(), "call")));
  }
}

}  // namespace aiops::incident
