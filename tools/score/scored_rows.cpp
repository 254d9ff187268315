#include "scored_rows.hpp"

namespace aiops::tools {

ScoredRows::ScoredRows(record::Sink& sink, const std::vector<std::string>& fields,
                       const std::vector<std::string>& names, Pool& pool)
    : sink_(sink), pool_(pool) {
  for (const std::string& field : fields) cells_.push_back(cell_for(field));
  parts_.push_back({nullptr, record::Appender(sink, names)});
  while (parts_.size() < pool.jobs()) {
    auto memory = std::make_unique<record::Sink>(record::Sink::Memory{});
    record::Sink& own = *memory;
    parts_.push_back({std::move(memory), record::Appender(own, names)});
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
  for (const Cell& cell : cells_) cell.write(out, row, model);
  out.end();
}

void ScoredRows::join(record::Sink& memory) {
  sink_.write(memory.buffer());
  memory.buffer().clear();
}

}  // namespace aiops::tools
