// The rows of the stream with what they got behind them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/number_column.hpp"
#include "base/pool.hpp"
#include "cells.hpp"
#include "record/writer.hpp"
#include "score/scorer.hpp"

namespace aiops::tools {

class ScoredRows {
 public:
  // fields: what is appended, under these names. pool: writes the rows of a large block together; outlives
  // this, as the sink does. Throws UsageError for a field that is none.
  ScoredRows(record::Sink& sink, const std::vector<std::string>& fields,
             const std::vector<std::string>& names, Pool& pool);

  // Before the first row; later calls do nothing.
  void begin(const record::Reader& reader);

  // model: for the field of that name.
  void write(std::string_view line, const score::Scored& row, std::string_view model) {
    write(parts_[0].out, line, row, model);
  }

  // As it came.
  void pass(std::string_view line) { parts_[0].out.pass(line); }

  // All rows of a batch in order, each after done(row) has added to it what it likes; rows that were not
  // scored are passed on. done: called for different rows at the same time.
  template <typename Done>
  void write(const record::Batch& batch, std::vector<score::Scored>& scored, std::string_view model,
             const Done& done) {
    const std::size_t count = batch.size(), parts = count < kLarge ? 1 : parts_.size();
    pool_.run(parts, [&](std::size_t part) {
      const std::size_t last = count * (part + 1) / parts;
      for (std::size_t row = count * part / parts; row < last; row += kTogether) {
        const std::size_t end = std::min(row + kTogether, last);
        for (std::size_t i = row; i < end; ++i)
          if (!scored[i].status.empty()) done(i);
        write(parts_[part], &batch.line[row], &scored[row], end - row, model);
      }
    });
    for (std::size_t part = 1; part < parts; ++part) join(*parts_[part].memory);
  }

 private:
  static constexpr std::size_t kLarge = 256;     // rows that are worth waking a thread
  static constexpr std::size_t kTogether = 256;  // rows whose numbers are printed together
  struct Part {
    std::unique_ptr<record::Sink> memory;  // nullptr: writes to the stream itself
    record::Appender out;
    std::vector<double> values;         // [cell * rows + row], of those cells that are numbers
    std::vector<NumberColumn> columns;  // [cell]
  };
  void write(Part& part, const std::string_view* lines, const score::Scored* scored, std::size_t count,
             std::string_view model);
  void write(record::Appender& out, std::string_view line, const score::Scored& row, std::string_view model);
  void join(record::Sink& memory);

  record::Sink& sink_;
  std::vector<Cell> cells_;
  std::vector<Part> parts_;
  Pool& pool_;
  bool begun_ = false;
};

}  // namespace aiops::tools
