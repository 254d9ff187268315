#include "scored_rows.hpp"

namespace aiops::tools {

ScoredRows::ScoredRows(record::Sink& sink, const std::vector<std::string>& fields,
                       const std::vector<std::string>& names, Pool& pool)
    : sink_(sink), pool_(pool) {
  for (const std::string& field : fields) cells_.push_back(cell_for(field));
  const std::vector<NumberColumn> columns(cells_.size());
  parts_.push_back({nullptr, record::Appender(sink, names), {}, columns});
  while (parts_.size() < pool.jobs()) {
    auto memory = std::make_unique<record::Sink>(record::Sink::Memory{});
    record::Sink& own = *memory;
    parts_.push_back({std::move(memory), record::Appender(own, names), {}, columns});
  }
}

void ScoredRows::begin(const record::Reader& reader) {
  if (begun_) return;
  begun_ = true;
  for (Part& part : parts_) {
    part.out.begin(reader.format(), reader.header(), reader.line_ending());
    if (part.memory) part.memory->buffer().clear();  // the header stands in the stream already
  }
}

void ScoredRows::write(record::Appender& out, std::string_view line, const score::Scored& row,
                       std::string_view model) {
  out.start(line);
  for (const Cell& cell : cells_) {
    if (cell.number != nullptr) {
      out.number6(cell.number(row));
    } else {
      cell.write(out, row, model);
    }
  }
  out.end();
}

void ScoredRows::write(Part& part, const std::string_view* lines, const score::Scored* scored,
                       std::size_t count, std::string_view model) {
  std::vector<double>& values = part.values;
  values.resize(count * cells_.size());
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    if (cells_[c].number == nullptr) continue;
    double* const column = &values[c * count];
    for (std::size_t i = 0; i < count; ++i) column[i] = cells_[c].number(scored[i]);
    part.columns[c].print(column, count);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (scored[i].status.empty()) {
      part.out.pass(lines[i]);
      continue;
    }
    part.out.start(lines[i]);
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      if (cells_[c].number != nullptr) {
        part.out.number6(part.columns[c], i);
      } else {
        cells_[c].write(part.out, scored[i], model);
      }
    }
    part.out.end();
  }
}

void ScoredRows::join(record::Sink& memory) {
  sink_.write(memory.buffer());
  memory.buffer().clear();
}

}  // namespace aiops::tools
