#include "source/otlp_files.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kMaxLine = std::size_t{64}
                                 << 20;     // a batch of the collector, 8,192 spans, has about 8 MB
constexpr std::uint64_t kPauseLines = 256;  // after so many a checkpoint may be kept although more are there

TailOptions with_long_lines(TailOptions options) {
  options.max_line = kMaxLine;
  return options;
}

}  // namespace

OtlpFiles::OtlpFiles(TailOptions tail, OtlpRecords& records, record::Rejects& rejects,
                     Diagnostics& diagnostics)
    : records_(records), rejects_(rejects), tail_(with_long_lines(std::move(tail)), diagnostics) {
  static_assert(OtlpJson::kPadding <= Tail::kPadding);
  tail_.on_block([this] {
    if (on_pause_) on_pause_();
  });
}

std::optional<FilesCheckpoint> OtlpFiles::checkpoint() {
  FilesCheckpoint made;
  made.positions = tail_.positions();
  return made;
}

void OtlpFiles::run() {
  TailLine line;
  while (tail_.next(line)) {
    if (line.what == TailLine::What::end) continue;
    take(line);
    if (++lines_ % kPauseLines == 0 && on_pause_) on_pause_();
  }
}

void OtlpFiles::take(const TailLine& line) {
  const auto reject = [&](std::string_view what) {
    rejects_.reject(tail_.name(line.file), line.number, line.text, what);
  };
  if (line.what == TailLine::What::too_long) {
    return reject(fmt::format("a line of more than {}", count(kMaxLine, "byte")));
  }
  const std::string_view text = trim(line.text);
  if (text.empty()) return;
  try {
    if (!json_.read(text, records_)) {
      return reject(
          "neither resourceMetrics nor resourceLogs nor resourceSpans: no OTLP; aiops-collect files "
          "reads other JSON");
    }
  } catch (const OtlpError& error) {
    return reject(error.what());
  }
  if (const OtlpRecords::Rejected rejected = records_.take_rejected(); rejected.items != 0) {
    reject(fmt::format("{} left out: {}", count(rejected.items, "item"), rejected.what));
  }
}

}  // namespace aiops::source
