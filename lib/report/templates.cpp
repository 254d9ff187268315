#include "report/templates.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::report {
namespace {

std::string time_text(Nanos time) { return time == kNoTime ? "" : format_time(time).substr(0, 19) + "Z"; }

}  // namespace

std::vector<TemplateRow> template_rows(const model::LogHistory& history, const TemplateFlags& flags,
                                       std::size_t most) {
  std::vector<TemplateRow> rows;
  for (const auto& [name, service] : history.services) {
    std::uint64_t lines = 0;
    for (const auto& [id, known] : service.templates) lines += known.lines;
    for (const auto& [id, known] : service.templates) {
      TemplateRow& row = rows.emplace_back();
      row.service = name;
      row.id = id;
      row.of = &known;
      row.share = lines == 0 ? 0 : static_cast<double>(known.lines) / static_cast<double>(lines);
      const auto found = flags.find({name, id});
      if (found != flags.end()) row.flags.assign(found->second.begin(), found->second.end());
    }
  }
  std::sort(rows.begin(), rows.end(), [](const TemplateRow& a, const TemplateRow& b) {
    if (a.flags.empty() != b.flags.empty()) return b.flags.empty();
    if (a.of->lines != b.of->lines) return a.of->lines > b.of->lines;
    return std::tie(a.service, a.id) < std::tie(b.service, b.id);
  });
  if (most > 0 && rows.size() > most) rows.resize(most);
  return rows;
}

std::string templates_text(const std::vector<TemplateRow>& rows, const model::LogHistory& history,
                           std::size_t width) {
  std::size_t service = 7, flags = 5;
  for (const TemplateRow& row : rows) {
    service = std::max(service, std::min<std::size_t>(printable(row.service, 30).size(), 30));
    flags = std::max(flags, join(row.flags, ",").size());
  }
  std::string out = fmt::format("{:>9} {:>6}  {:<{}}  {:<20}  {:<20}  {:<{}}  {}\n", "lines", "share",
                                "service", service, "first", "last", "found", flags, "template");
  const std::size_t before = 9 + 1 + 6 + 2 + service + 2 + 20 + 2 + 20 + 2 + flags + 2;
  for (const TemplateRow& row : rows) {
    out +=
        fmt::format("{:>9} {:>5.1f}%  {:<{}}  {:<20}  {:<20}  {:<{}}  {}\n", row.of->lines, 100 * row.share,
                    printable(row.service, 30), service, time_text(row.of->first), time_text(row.of->last),
                    join(row.flags, ","), flags,
                    printable(row.of->text, std::max<std::size_t>(width > before ? width - before : 0, 30)));
  }
  out += fmt::format("{} of {}, {} shown\n", count(history.templates(), "template"),
                     count(history.services.size(), "service"), thousands(rows.size()));
  return out;
}

std::string templates_json(const std::vector<TemplateRow>& rows) {
  std::string out;
  for (const TemplateRow& row : rows) {
    out +=
        fmt::format("{{\"service\":{},\"template_id\":{},\"template\":{},\"lines\":{},\"share\":",
                    json_string(row.service), json_string(row.id), json_string(row.of->text), row.of->lines);
    append_6(out, row.share);
    if (row.of->first != kNoTime)
      out += fmt::format(",\"first\":\"{}\",\"last\":\"{}\"", format_time(row.of->first),
                         format_time(row.of->last));
    out += ",\"severity_text\":" + json_string(row.of->severity) +
           ",\"message\":" + json_string(row.of->example) + ",\"found\":[";
    for (std::size_t i = 0; i < row.flags.size(); ++i) out += (i == 0 ? "" : ",") + json_string(row.flags[i]);
    out += "]}\n";
  }
  return out;
}

}  // namespace aiops::report
