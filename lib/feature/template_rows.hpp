// Log records with their templates appended: template_id, template, parameters, and merged_from where there
// is something to tell (in CSV a column).
//
// A batch of messages is learned as a whole before its rows are written, so that what a batch teaches is
// known for its first row, too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "feature/template_header.hpp"
#include "feature/template_miner.hpp"
#include "feature/template_recall.hpp"
#include "record/writer.hpp"

namespace aiops::feature {

// One thread.
class TemplateRows {
 public:
  // `names`: of the four fields, the last is merged_from (with a prefix, if there is one). The miner outlives
  // this.
  TemplateRows(TemplateMiner& miner, record::Sink& sink, std::vector<std::string> names);
  // Before the first row.
  void begin(record::Format format, std::string_view header, std::string_view line_ending);

  // A row to be written by write(), with its message; what both point to must live until then. "": a row
  // without one, which is passed on. A message that points into its line is the quicker one; 16 bytes behind
  // that line must be readable.
  void add(std::string_view line, std::string_view message, LineKind kind = LineKind::message);
  // Learns what was added, and writes the rows.
  void write();

 private:
  struct Row {
    std::string_view line, message;  // without its header
    TemplateMiner::Id pattern = TemplateMiner::kNone;
    std::uint32_t first = 0, count = 0;  // of stretches_
    // Scanned before, but for its numbers: what it is, and where these end, from `first` on in ends_.
    std::uint32_t known = TemplateRecall::kNone;
  };
  struct Written {
    std::uint32_t version = ~0u;
    std::string fields;  // of the template, as they stand in NDJSON
    std::uint64_t hash = 0;
  };

  const Written& written(TemplateMiner::Id root);
  // The values of a row: stretches of its message.
  std::pair<const TemplateMiner::Stretch*, std::size_t> values(const Row& row, TemplateMiner::Id root);
  void find_values(TemplateRecall::Known& known, TemplateMiner::Id root);
  template <bool kPlain>
  void write_json(const Row& row, const Written& fields, const TemplateMiner::Stretch* values,
                  std::size_t count);
  char* write_merged(char* at, std::uint64_t hash);
  void write_other(const Row& row, const TemplateMiner::Template& of, const TemplateMiner::Stretch* values,
                   std::size_t count);
  void note_merged();

  TemplateMiner& miner_;
  record::Sink& sink_;
  record::Appender appender_;
  const std::vector<std::string> names_;
  record::Format format_ = record::Format::ndjson;
  std::vector<Row> rows_;
  std::vector<TemplateMiner::Stretch> stretches_, scratch_;
  TemplateRecall recall_;
  std::vector<std::uint16_t> ends_;
  TemplateScan scan_;
  std::vector<Written> written_;  // [template]
  // Templates that were written, and, of those that others were merged into, which, until that is told.
  std::unordered_set<std::uint64_t> told_;
  std::unordered_map<std::uint64_t, std::vector<std::string>> merged_;
};

}  // namespace aiops::feature
