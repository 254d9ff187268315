// aiops-features templates: log records in, the same with their templates out.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "feature/template_rows.hpp"
#include "features.hpp"
#include "record/block_input.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

struct TemplateFlags {
  cli::InputOptions input;
  cli::OutputOptions output;
  std::string state;
  std::int64_t max_templates = static_cast<std::int64_t>(feature::TemplateOptions().max_patterns);
  double merge_at = feature::TemplateOptions().threshold;
  bool text = false;
};

constexpr std::string_view kFields[] = {field::kTemplateId, field::kTemplate, field::kParameters,
                                        field::kMergedFrom};
constexpr std::size_t kBlock = 1 << 20;  // bytes that are learned as a whole
// How a pipe happens to be filled must not say which messages are. Nobody who watches a log sees it.
constexpr Nanos kGather = 100 * kMillisecond;
constexpr std::size_t kMostJoined = 1000;  // lines of a record

std::uint64_t records(const TemplateFlags& flags, feature::TemplateMiner& miner, record::Sink& sink,
                      Diagnostics& diagnostics, Status& status) {
  const std::vector<std::string> names = flags.output.prefixed({kFields, kFields + 4});
  record::Rejects rejects(diagnostics, flags.input.rejects);
  record::ReaderOptions options = flags.input.reader_options();
  options.block = kBlock;
  options.gather = kGather;
  options.columns.time = "";
  options.columns.values.clear();
  options.columns.value_required = false;
  options.columns.texts = {std::string(field::kMessage)};
  options.columns.by = {std::string(field::kService)};
  options.columns.by_required = false;
  options.columns.series = false;
  options.columns.appended = names;
  record::Reader reader(options, rejects, diagnostics);
  feature::TemplateRows rows(miner, sink, names);
  reader.on_block([&] { sink.flush(); });
  std::uint64_t others = 0;
  bool begun = false;
  const auto begin = [&] {
    if (!begun) rows.begin(reader.format(), reader.header(), reader.line_ending());
    begun = true;
  };
  while (const record::Batch* batch = reader.next()) {
    begin();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      others += batch->text[0][i].empty();
      rows.add(batch->line[i], batch->text[0][i]);
    }
    rows.write();
  }
  if (reader.format() == record::Format::csv) begin();
  status = reader.finish();
  return others;
}

// Lines of text. Indented ones, and the causes of a stack trace, belong to the line before.
class TextLines {
 public:
  TextLines(feature::TemplateMiner& miner, record::Sink& sink, std::vector<std::string> names)
      : rows_(miner, sink, std::move(names)) {
    rows_.begin(record::Format::ndjson, "", "\n");
  }

  void line(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    const bool more = !messages_.empty() && joined_ < kMostJoined &&
                      (text.starts_with(' ') || text.starts_with('\t') || text.starts_with("Caused by:"));
    if (more && text.find_first_not_of(" \t") != std::string_view::npos) {
      messages_.back().append("\n").append(text);
      ++joined_;
    } else if (!text.empty()) {
      messages_.emplace_back(text);
      joined_ = 1;
    }
  }

  // Writes all, or all but the last, which may go on.
  void write(bool last) {
    std::string held;
    if (!last && !messages_.empty()) {
      held = std::move(messages_.back());
      messages_.pop_back();
    }
    std::vector<std::string> lines;
    lines.reserve(messages_.size());
    for (const std::string& message : messages_) {
      std::string& line = lines.emplace_back(kBefore);
      append_json_string(line, message);
      line += '}';
      const std::size_t size = line.size();
      line.append(16, '\0');  // that may be read behind a line
      const std::string_view row(line.data(), size);
      const bool as_it_is = size == kBefore.size() + 1 + message.size() + 2;
      rows_.add(row, as_it_is ? row.substr(kBefore.size() + 1, message.size()) : std::string_view(message),
                feature::LineKind::raw);
    }
    rows_.write();
    messages_.clear();
    if (!held.empty()) messages_.push_back(std::move(held));
  }

 private:
  static constexpr std::string_view kBefore = "{\"message\":";
  feature::TemplateRows rows_;
  std::vector<std::string> messages_;
  std::size_t joined_ = 0;
};

void text(const TemplateFlags& flags, feature::TemplateMiner& miner, record::Sink& sink) {
  record::BlockInput input(flags.input.reader_options().files, kBlock);
  input.gather = kGather;
  TextLines lines(miner, sink, flags.output.prefixed({kFields, kFields + 4}));
  input.on_block = [&] {
    lines.write(true);
    sink.flush();
  };
  while (input.next_file()) {
    for (bool more = true; more;) {
      more = input.more();
      const char* at = input.begin();
      const char* const end = input.end();
      while (at < end) {
        const char* const stop = std::find(at, end, '\n');
        const bool whole =
            stop < end || !more || static_cast<std::size_t>(end - at) >= record::BlockInput::kMaxRow;
        if (!whole) break;
        lines.line({at, static_cast<std::size_t>(stop - at)});
        at = stop < end ? stop + 1 : end;
      }
      input.consume(at);
      lines.write(!more);
    }
  }
}

Status run(const TemplateFlags& flags, Diagnostics& diagnostics) {
  if (flags.text && !flags.input.rejects.empty())
    throw UsageError("--rejects: with --text every line is taken; leave one of the two out");
  feature::TemplateOptions options;
  options.max_patterns = static_cast<std::size_t>(flags.max_templates);
  options.threshold = flags.merge_at;
  feature::TemplateMiner miner(options);
  std::error_code ignored;
  if (!flags.state.empty() && std::filesystem::exists(flags.state, ignored))
    miner.load(read_file(flags.state), flags.state);
  record::Sink sink(flags.output.output);
  Status status = Status::done;
  std::uint64_t others = 0;
  if (flags.text) {
    text(flags, miner, sink);
  } else {
    others = records(flags, miner, sink, diagnostics, status);
  }
  sink.close();
  if (!flags.state.empty()) write_file(flags.state, miner.save());
  if (others > 0)
    diagnostics.info(fmt::format("{} without a message, passed on as they are", count(others, "record")));
  if (miner.forgotten() > 0)
    diagnostics.warn(
        fmt::format("there were more than {} of messages (--max-templates): {} that came once, not "
                    "lately, forgotten; such logs may have text that is different each time",
                    count(options.max_patterns, "pattern"), thousands(miner.forgotten())));
  if (miner.overflowed() > 0)
    diagnostics.warn(fmt::format("{} not learned, for there was no room; they have the template <*>",
                                 count(miner.overflowed(), "message")));
  return status;
}

}  // namespace

std::unique_ptr<cli::Command> templates_command() {
  auto command = std::make_unique<cli::Command>("templates", "the template of every log message");
  auto flags = std::make_shared<TemplateFlags>();  // lives as long as the command's body
  command->describe(
      "Reads log records and appends to each template_id, template and parameters: its message with <*> for "
      "what differs from one message to the next, and what stood there. Templates are learned as the "
      "messages "
      "come.");
  command->describe(
      "What is a value is told by what text is: a word with a digit in it (number, date, address, id, size), "
      "a path, a URL, what stands behind a '=', a quoted word, an item of a list, true, false and null. "
      "Messages with the same words in the same order have one template, and so have those that differ in "
      "words where many different ones stood, where a value stands in other messages, or behind a word such "
      "as "
      "user, host or state.");
  command->section(
      "IDENTITY",
      "template_id is a hash of the template's text when it was first seen, and stays when the text becomes "
      "more "
      "general; the same messages in the same order give the same ids on every machine. When two templates "
      "turn "
      "out to be one, the older goes on; its next record has merged_from, the ids of those that became it. "
      "Messages are learned a block at a time before they are written, so that this is rare. At "
      "most "
      "2,048 bytes of a message are looked at, and none of its indented lines (the frames of a stack "
      "trace).");
  command->option(
      "--state", "FILE", flags->state,
      "Go on where the run before stopped: read the templates from FILE if it is there, and write them "
      "at the end.");
  command->flag(
      "--text", flags->text,
      "The input is text, not records: each line becomes a record with its message; indented lines and "
      "those that begin with \"Caused by:\" belong to the line before. The header of a line (time, "
      "host, program, level, thread, logger) is recognised and is not part of the template.");
  command->option(
      "--max-templates", "N", flags->max_templates,
      "Keep at most so many patterns of messages; beyond that, those that came once and not lately are "
      "forgotten, which is told.",
      100, std::int64_t{1} << 24);
  command->option(
      "--merge-at", "EVIDENCE", flags->merge_at,
      "Words that differ in one place are a value where the evidence for it reaches this; less makes fewer "
      "templates, more makes more.",
      0.1, 100);
  flags->input.declare(*command, false);
  flags->output.declare(*command, true);
  command->example(
      "aiops-collect files app.log | aiops-features templates --state app.templates > app.ndjson",
      "Each record with its template; the next run knows what this one learned.");
  command->example(
      "aiops-features templates --text /var/log/syslog | jq -r .template | sort | uniq -c | sort -rn",
      "What a file of text says most often.");
  command->run([flags](Diagnostics& diagnostics) { return run(*flags, diagnostics); });
  return command;
}

}  // namespace aiops::tools
