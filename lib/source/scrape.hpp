// aiops-collect scrape: samples from what targets show at /metrics, without a server in between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "source/json_api.hpp"
#include "source/manifest.hpp"
#include "source/metrics_page.hpp"
#include "source/sample_output.hpp"

namespace aiops::source {

struct ScrapeOptions {
  std::vector<ServerOptions> targets;  // url: of the page itself
  PageOptions page;                    // constants are made here: instance, environment
  Nanos interval = 15 * kSecond;
  std::uint64_t count = 0;  // scrapes of each target; 0: until a stop is requested
  SampleOutputOptions output;
  std::size_t memory = 16 * 1024 * 1024;  // bytes for the samples of a round
};

// Reads each target every interval, one after another, and writes what came at once: also `up`, 1 or 0. A
// scrape that fails, and times at which none could be made, are missing in the manifest. Returns the
// manifest's status. Throws UsageError, OutputError, ClosedPipe. One thread.
Status scrape(ScrapeOptions options, Manifest& manifest, Diagnostics& diagnostics);

}  // namespace aiops::source
