// Lines of any of the formats of `aiops-collect files` to records, file by file.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "record/csv_row.hpp"
#include "source/access_log.hpp"
#include "source/container_log.hpp"
#include "source/json_log.hpp"
#include "source/line_unpacker.hpp"
#include "source/mapping.hpp"
#include "source/multiline.hpp"
#include "source/syslog.hpp"
#include "source/tail.hpp"

namespace aiops::source {

// none: told by no line yet, or by none of the first kUndecided.
enum class InputFormat : std::uint8_t {
  automatic,
  json,
  access,
  csv,
  logfmt,
  syslog,
  journald,
  cri,
  docker,
  text,
  none
};
std::string_view name_of(InputFormat format);
// The format of this name; none if there is no such.
InputFormat format_named(std::string_view name);

struct ParserOptions {
  InputFormat format = InputFormat::automatic;   // automatic: told for each file by its first lines
  RecordKind kind = RecordKind::automatic;       // automatic: told by the first record
  TimeUnit duration_unit = TimeUnit::automatic;  // of access logs' request times
  // "off", "auto", or a pattern of the first lines of records; see Multiline.
  std::string multiline = "auto";
  int year = 0;  // of syslog's times that have none; 0: the newest that is not in the future
};

// One thread. What it hands to the receiver is valid during the call.
class LogParser {
 public:
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void record(std::size_t file, LogRecord& record) = 0;
    virtual std::string_view name(std::size_t file) const = 0;  // for messages
    virtual void reject(std::size_t file, std::uint64_t line, std::string_view text,
                        std::string_view what) = 0;
  };

  // mapping and receiver must outlive it. Throws UsageError for a pattern that is none.
  LogParser(Mapping& mapping, const ParserOptions& options, Receiver& receiver);

  // A line, with JsonLog::kPadding readable bytes behind it, a line that was too long, or the end of a file.
  // Throws InputError: the whole file cannot be read (compressed, UTF-16, CSV without a time).
  void take(const TailLine& line);

  RecordKind kind() const { return kind_; }
  void set_kind(RecordKind kind);
  InputFormat format(std::size_t file) const;
  // True while lines wait for those that follow: a position behind them must not be kept.
  bool holds() const { return held_ != 0; }
  // What is needed to go on in the middle of a file: its format, and the header of CSV.
  std::string state(std::size_t file) const;
  void restore(std::size_t file, std::string_view state);
  bool guessed_unit() const { return access_.guessed_unit() || unpacker_.guessed_unit(); }
  bool guessed_year() const { return syslog_.guessed_year(); }
  // A record whose further lines may follow waits for them; called now and then, this hands over those that
  // have waited for kPatience without one.
  void tick(Nanos now);
  // Hands them over at once. Parts of a line that its container's runtime split go on waiting.
  void flush();
  static constexpr Nanos kPatience = kSecond;

  static constexpr std::size_t kUndecided = 10;  // lines after which a file's format stays unknown
  static constexpr std::size_t kRowLines = 200;  // a CSV row with more lines has a quote that nobody closed

 private:
  struct Held {
    std::string text;
    std::uint64_t number = 0;
  };
  struct File {
    InputFormat format = InputFormat::automatic;
    std::string header;  // CSV
    std::vector<Slot*> columns;
    std::vector<Held> held;  // lines without a format yet, or of a row that has not ended
    // Of standard output and of the standard error of containers; other formats have the first alone.
    JoinedLine parts[2];    // lines that the container's runtime has split
    JoinedLine waiting[2];  // lines that further ones may belong to
  };

  File& file(std::size_t index);
  void parse(File& file, const TailLine& line);
  InputFormat format_of(std::string_view text);
  void decide(File& file, const TailLine& line);
  void give_up(File& file, std::size_t index, std::string_view what, bool first_only);
  void end(File& file, const TailLine& line);

  void wrapped(File& file, const TailLine& line);
  void take_content(File& file, std::size_t index, std::uint64_t number, const WrappedLine& line);
  void join(File& file, std::size_t index, std::uint64_t number, const WrappedLine& line);
  void emit(File& file, std::size_t index, JoinedLine& line);
  void emit_waiting(File& file, std::size_t index);
  void emit_text(std::size_t index, JoinedLine& line, std::string_view text);
  void emit_logfmt(std::size_t index, JoinedLine& line, std::string_view text);
  void emit_syslog(std::size_t index, JoinedLine& line, std::string_view text);
  void emit_wrapped(std::size_t index, JoinedLine& line, std::string_view text, const WrappedLine* journal);
  void put_if_free(Slot& slot, std::string_view value);
  void put_journal(const WrappedLine& line);
  void finish_joined(std::size_t index, const JoinedLine& line, std::string_view text);
  std::string waiting_state(const File& file) const;
  void restore_waiting(File& file, std::string_view state);

  void json(const TailLine& line);
  void access(const TailLine& line);
  void csv(File& file, const TailLine& line);
  void csv_header(File& file, const TailLine& line);
  [[noreturn]] void fail(const TailLine& line, std::string_view what) const;
  bool split_csv(std::string_view text, record::CsvRow::Result& result);
  void csv_row(File& file, std::size_t index, std::uint64_t number, std::string_view text);
  std::string_view field(const record::CsvField& field, std::size_t& used);

  void finish(std::size_t index, std::uint64_t number, std::string_view text);
  void tell_kind();

  Mapping& mapping_;
  ParserOptions options_;
  Receiver& receiver_;
  RecordKind kind_;
  RecordBuilder builder_;
  JsonLog json_;
  AccessScanner access_;
  LineUnpacker unpacker_;
  LogfmtLine logfmt_;
  SyslogScanner syslog_;
  SyslogLine syslog_line_;
  JsonWrapping wrapping_;
  WrappedLine wrapped_;
  Multiline multiline_;
  TextLine text_line_;
  Nanos clock_ = 0;
  record::CsvRow row_;
  std::vector<File> files_;
  LogRecord record_;
  AccessLine line_;
  std::size_t held_ = 0;
  Slot *client_, *user_, *host_, *bytes_, *referrer_, *agent_;  // access log fields that no record has
  Slot *message_, *level_, *service_, *stream_, *hostname_, *pid_, *message_id_;
  std::string joined_;                 // a message of several lines
  std::string scratch_;                // a line made ready to be split, or with its bytes escaped
  std::deque<std::string> unescaped_;  // CSV fields that had doubled quotes
};

}  // namespace aiops::source
