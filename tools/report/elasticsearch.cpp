// aiops-report elasticsearch: anomalies into an index of Elasticsearch or OpenSearch.
#include "deliver/elasticsearch.hpp"

#include <fmt/core.h>

#include <functional>
#include <memory>

#include "../collect/shared.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "deliver/anomaly_document.hpp"

namespace aiops::tools {
namespace {

struct Elasticsearch {
  ScoreInput scores;
  ServerFlags server;
  std::string index = "api-anomalies", print;
  bool all = false, no_template = false;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);
  Status show(record::Reader& reader) const;
  record::ReaderOptions reader_options() const;
};

// What is read of a record beside its line.
enum Value : std::size_t { kValue, kScore, kAlert };
enum Text : std::size_t { kStatus, kDetector, kTraceId, kSpanId, kRecordId, kMessage, kAtTimestamp, kSeries };

void Elasticsearch::declare(cli::Command& command) {
  command.describe(
      "Writes the scored records that alerted, or all with --all, into an index of Elasticsearch (7 and 8) "
      "or "
      "OpenSearch, by _bulk. A document has all fields of its record, and @timestamp and series (the series "
      "as "
      "text). Its id is made of series, time, detector and what tells events apart, so what is sent again "
      "takes "
      "the place of the first: a repeat does not duplicate.");
  command.describe(
      "In a pipe, documents are sent when there is nothing more to read for now. What the server refuses for "
      "now (429, 503) is sent again, the whole request or single documents; a document that it refuses for "
      "good "
      "is told with its series, time and the server's reason, and the exit status is 4.");
  command.section(
      "INDEX TEMPLATE",
      "Unless there is one by the name aiops-INDEX, an index template is made before the first "
      "document: texts become keywords, numbers double, message text, @timestamp a date. That needs "
      "the privilege to manage index templates; --no-template does without.");
  command.section(
      "LIMITS",
      "| the server's limit | what is done |\n|---|---|\n"
      "| 429, when its queue for writing is full | sent again, with growing pauses |\n"
      "| 413, a request that is too large (a proxy's 1 MB) | halved until it passes |\n"
      "| a field that has another type in the index | told for the document; the others are kept |\n"
      "| 1,000 fields an index | labels of many names count: told for the document |\n");
  scores.declare(command);
  command.group("Index");
  command.option("--index", "NAME", index, "The index, or an alias for writing.");
  command.flag("--all", all, "Write all scored records, not those alone that alerted.");
  command.flag("--no-template", no_template, "Make no index template.");
  command.option("--print", "FILE", print,
                 "Write the documents to FILE (- is standard output) in place of the server.");
  command.group("");
  server.declare(command, "http://127.0.0.1:9200");
  command.example(
      "aiops-score --models models/shop < day.ndjson | aiops-report elasticsearch --url "
      "http://127.0.0.1:9200",
      "A day's alerts into api-anomalies.");
  command.example("aiops-report elasticsearch --print - scores.ndjson", "Look at the documents first.");
}

record::ReaderOptions Elasticsearch::reader_options() const {
  record::ReaderOptions options = scores.in.reader_options();
  record::Columns& columns = options.columns;
  if (columns.values.size() != 1) throw UsageError("--value takes one field here");
  columns.named_by = columns.values.front() == field::kValue ? "" : columns.values.front();
  for (const std::string_view name : {field::kScore, field::kAlert}) {
    columns.values.push_back(scores.prefix + std::string(name));
  }
  columns.texts = {scores.prefix + std::string(field::kStatus),
                   scores.prefix + std::string(field::kDetector),
                   std::string(field::kTraceId),
                   std::string(field::kSpanId),
                   std::string(field::kRecordId),
                   std::string(field::kMessage),
                   "@timestamp",
                   "series"};
  columns.value_required = false;
  columns.split_values = false;
  return options;
}

// Rows that are to be documents, one after another.
class Anomalies {
 public:
  using Take = std::function<void(const deliver::AnomalySource&, const std::string& document)>;

  Anomalies(record::Reader& reader, const ScoreInput& scores, bool all)
      : reader_(reader), scores_(scores), all_(all) {}

  // Throws InputError where rows came and none has a score.
  void read(const Take& take) {
    while (const record::Batch* batch = reader_.next()) {
      if (!documents_) {
        documents_ = std::make_unique<deliver::AnomalyDocuments>(reader_.format(), reader_.header(),
                                                                 scores_.in.values, scores_.prefix);
      }
      for (std::size_t i = 0; i < batch->size(); ++i) read_row(*batch, i, take);
    }
    if (rows_ == 0 || scored_ != 0) return;
    throw InputError(
        fmt::format("none of {} has a score or a status: pass them through aiops-score first, or name what "
                    "stands before the fields with --prefix",
                    count(rows_, "row")));
  }

  std::uint64_t rows() const { return rows_; }

 private:
  void read_row(const record::Batch& batch, std::size_t i, const Take& take) {
    if (batch.flags[i] & record::Row::kOther) return;
    const auto text = [&](Text which) { return batch.text[which][i]; };
    const bool has_score = batch.value[kScore][i] == batch.value[kScore][i];
    ++rows_;
    scored_ += has_score || !text(kStatus).empty();
    if (all_ ? !has_score : !(batch.value[kAlert][i] > 0)) return;
    deliver::AnomalySource source;
    source.line = batch.line[i];
    source.time = batch.time[i];
    source.series = reader_.series().text(batch.series[i]);
    source.detector = text(kDetector);
    source.trace_id = text(kTraceId);
    source.span_id = text(kSpanId);
    source.record_id = text(kRecordId);
    source.message = text(kMessage);
    source.has_timestamp = !text(kAtTimestamp).empty();
    source.has_series = !text(kSeries).empty();
    document_.clear();
    documents_->append(document_, source);
    take(source, document_);
  }

  record::Reader& reader_;
  const ScoreInput& scores_;
  bool all_;
  std::unique_ptr<deliver::AnomalyDocuments> documents_;
  std::string document_;
  std::uint64_t rows_ = 0, scored_ = 0;
};

Status Elasticsearch::show(record::Reader& reader) const {
  record::Sink sink(print);
  reader.on_block([&] { sink.flush(); });
  Anomalies(reader, scores, all).read([&](const deliver::AnomalySource&, const std::string& document) {
    sink.write(document);
    sink.write("\n");
  });
  sink.close();
  return reader.finish();
}

Status Elasticsearch::run(Diagnostics& diagnostics) {
  record::Rejects rejects(diagnostics, scores.in.rejects);
  record::Reader reader(reader_options(), rejects, diagnostics);
  if (!print.empty()) return show(reader);
  deliver::BulkOptions options;
  options.server = server.server();
  options.index = index;
  options.make_template = !no_template;
  deliver::BulkWriter bulk(options, diagnostics);
  bulk.prepare();
  reader.on_block([&] { bulk.flush(); });
  Anomalies anomalies(reader, scores, all);
  anomalies.read([&](const deliver::AnomalySource& source, const std::string& document) {
    bulk.add(deliver::anomaly_id(source), document,
             fmt::format("{} at {}", printable(source.series), format_time(source.time)));
  });
  bulk.flush();
  const deliver::BulkAccount account = bulk.account();
  std::string said = fmt::format("{}: {} of {}, {} new", printable(index),
                                 count(account.created + account.replaced, "document"),
                                 count(anomalies.rows(), "record"), thousands(account.created));
  if (account.refused != 0) said += fmt::format(", {} refused", thousands(account.refused));
  if (account.retries != 0) said += fmt::format(", {} sent again", count(account.retries, "request"));
  diagnostics.info(said);
  return worse(account.refused != 0 ? Status::backend : Status::done, reader.finish());
}

}  // namespace

std::unique_ptr<cli::Command> make_elasticsearch() {
  auto command = std::make_unique<cli::Command>("elasticsearch", "anomalies into an index, by _bulk");
  auto state = std::make_shared<Elasticsearch>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
