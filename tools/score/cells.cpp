#include "cells.hpp"

#include <fmt/core.h>

#include <array>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::tools {
namespace {

constexpr std::array kFields = {"score",    "level",    "alert", "severity", "status",
                                "expected", "lower",    "upper", "trend",    "seasonal",
                                "p_value",  "detector", "model", "reasons",  "explanation"};

}  // namespace

Cell cell_for(const std::string& name) {
  using Out = record::Appender;
  using Row = const score::Scored&;
  using Text = std::string_view;
  if (name == "score") return {name, nullptr, [](Row r) { return r.verdict.score; }};
  if (name == "level") return {name, nullptr, [](Row r) { return r.level; }};
  if (name == "alert") return {name, [](Out& o, Row r, Text) { o.integer(r.alert); }};
  if (name == "severity")
    return {name, [](Out& o, Row r, Text) { o.word(score::severity_name(r.severity)); }};
  if (name == "status") return {name, [](Out& o, Row r, Text) { o.word(r.status); }};
  if (name == "expected") return {name, nullptr, [](Row r) { return r.verdict.expected; }};
  if (name == "lower") return {name, nullptr, [](Row r) { return r.verdict.lower; }};
  if (name == "upper") return {name, nullptr, [](Row r) { return r.verdict.upper; }};
  if (name == "trend") return {name, nullptr, [](Row r) { return r.verdict.trend; }};
  if (name == "seasonal") return {name, nullptr, [](Row r) { return r.verdict.seasonal; }};
  if (name == "p_value") return {name, nullptr, [](Row r) { return r.verdict.p_value; }};
  if (name == "detector") return {name, [](Out& o, Row r, Text) { o.text(r.detector); }};
  if (name == "model")
    return {name, [](Out& o, Row r, Text model) { o.text(r.detector.empty() ? Text() : model); }};
  if (name == "reasons") return {name, [](Out& o, Row r, Text) { o.list(r.verdict.reasons); }};
  if (name == "explanation") return {name, [](Out& o, Row r, Text) { o.text(r.explanation); }};
  const std::vector<std::string> known(kFields.begin(), kFields.end());
  const std::string hint = nearest(name, known);
  throw UsageError(fmt::format("--fields: no field \"{}\"{}; the fields are {}", name,
                               hint.empty() ? "" : "; did you mean " + hint + "?", join(known, ", ")));
}

}  // namespace aiops::tools
