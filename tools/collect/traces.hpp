// What the sources of traces have in common.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shared.hpp"
#include "source/keep.hpp"
#include "source/trace_reader.hpp"

namespace aiops {

// A server of traces, whichever.
struct TraceServer {
  std::unique_ptr<source::RecordSource> source;
  std::function<bool(const std::string& id, const source::TraceReader::Take& take)> fetch_trace;
  std::function<std::vector<std::string>()> services;
};

template <typename Source, typename Options>
TraceServer trace_server(const Options& options, const source::Keep& keep, source::Manifest& manifest,
                         Diagnostics& diagnostics) {
  auto made = std::make_unique<Source>(options, keep, manifest, diagnostics);
  Source& source = *made;
  return {std::move(made),
          [&source](const std::string& id, const source::TraceReader::Take& take) {
            return source.fetch_trace(id, take);
          },
          [&source] { return source.services(); }};
}

struct TraceFlags {
  ServerFlags server;
  EventTimeFlags time;
  EventOutputFlags output;
  std::vector<std::string> files, keep, trace_ids;
  bool list_services = false;

  using Make = std::function<TraceServer(const source::ServerOptions& server, const source::Keep& keep,
                                         source::Manifest& manifest)>;

  void declare(cli::Command& command, const std::string& example);
  // asked: what else is asked for, for the checkpoint.
  Status run(cli::Command& command, const std::string& name, std::vector<std::string> asked, const Make& make,
             Diagnostics& diagnostics);

 private:
  Status read_files(const source::Keep& keep, source::Manifest& manifest) const;
  Status fetch_traces(std::vector<TraceServer>& servers, const std::vector<std::string>& environments,
                      const source::Keep& keep, source::Manifest& manifest) const;
  Status list(std::vector<TraceServer>& servers) const;
  record::Format record_format() const;
};

}  // namespace aiops
