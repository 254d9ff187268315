#include "packs.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"

namespace aiops {

void PackFlags::declare(cli::Command& command) {
  command.option("--pack", "NAME|FILE.toml", names,
                 "Ask the queries of a pack: one that comes with the tool, a table [pack.NAME] of the "
                 "configuration file, or a "
                 "file.");
  command.duration("--window", window, "The window of rates in packs, which write it as $window.");
  command.flag("--list-packs", list, "List the packs, and end.");
  command.packs(own);
}

// Own ones hide those of the same name that come with the tool.
std::vector<cli::Pack> PackFlags::known() const {
  std::vector<cli::Pack> all = own;
  for (const PackText& pack : pack_texts()) {
    const std::string name(pack.name);
    const bool hidden =
        std::any_of(own.begin(), own.end(), [&](const cli::Pack& one) { return one.name == name; });
    if (!hidden) all.push_back(cli::parse_pack(name, pack.text, name + ".toml"));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

cli::Pack PackFlags::find(const std::string& name) const {
  if (name.ends_with(".toml")) return cli::parse_pack(name, read_file(name), name);
  std::vector<std::string> all;
  for (cli::Pack& pack : known()) {
    if (pack.name == name) return std::move(pack);
    all.push_back(pack.name);
  }
  const std::string near = nearest(name, all);
  throw UsageError(fmt::format("--pack {}: no such pack; {}", printable(name),
                               near.empty() ? fmt::format("expected one of {}, or FILE.toml", join(all, ", "))
                                            : fmt::format("did you mean {}?", near)));
}

std::vector<cli::Pack::Query> PackFlags::queries(const std::string& backend) const {
  // A window of Prometheus has whole milliseconds, and units without a point.
  const std::string window_text =
      format_duration(std::max(kMillisecond, window / kMillisecond * kMillisecond));
  std::vector<cli::Pack::Query> found;
  for (const std::string& name : names) {
    const std::size_t before = found.size();
    for (cli::Pack::Query& query : find(name).queries) {
      if (query.backend != backend) continue;
      constexpr std::string_view kWindow = "$window";
      for (std::size_t at; (at = query.text.find(kWindow)) != std::string::npos;)
        query.text.replace(at, kWindow.size(), window_text);
      const bool twice = std::any_of(found.begin(), found.end(), [&](const auto& other) {
        return other.name == query.name && other.text == query.text;
      });
      if (!twice) found.push_back(std::move(query));
    }
    if (found.size() == before && before == 0)
      throw UsageError(
          fmt::format("--pack {}: it has no queries for {}: expected a table [{}]", name, backend, backend));
  }
  return found;
}

std::string PackFlags::listing(const std::string& backend) const {
  std::string text;
  for (const cli::Pack& pack : known()) {
    const auto queries = std::count_if(pack.queries.begin(), pack.queries.end(),
                                       [&](const auto& query) { return query.backend == backend; });
    if (queries == 0) continue;
    text += fmt::format("{:<20}{} ({})\n", pack.name, pack.description,
                        count(static_cast<std::uint64_t>(queries), "query"));
  }
  return text;
}

}  // namespace aiops
