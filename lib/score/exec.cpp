#include "score/exec.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"

namespace aiops::score {
namespace {

constexpr std::size_t kPortion = 1024;  // rows
constexpr std::size_t kLongestAnswer = 65536;
constexpr std::size_t kMostReasons = 16, kLongestReason = 200;
constexpr Nanos kAfterStop = 2 * kSecond;  // for answers when a stop is requested
constexpr std::size_t kReadable = 64;      // bytes that JsonRow wants behind a line
constexpr double kLargest = std::numeric_limits<double>::max();

// A clock that nobody sets.
Nanos steady() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// The last lines that a process wrote on its standard error, on one line.
std::string last_words(const std::string& errors) {
  constexpr std::size_t kLines = 3;
  std::vector<std::string> lines;
  for (const std::string& line : split(errors, '\n')) {
    if (!trim(line).empty()) lines.push_back(printable(trim(line)));
  }
  if (lines.empty()) return "";
  if (lines.size() > kLines) lines.erase(lines.begin(), lines.end() - kLines);
  return "; it said: " + join(lines, " | ");
}

void unanswered(model::Verdict& verdict) {
  verdict = model::Verdict();
  verdict.condition = model::Condition::no_answer;
}

}  // namespace

ExecModel::ExecModel(ExecOptions options, Diagnostics& diagnostics)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      id_(json_.want("id")),
      score_(json_.want("score")),
      level_(json_.want("level")),
      p_value_(json_.want("p_value")),
      expected_(json_.want("expected")),
      lower_(json_.want("lower")),
      upper_(json_.want("upper")),
      reasons_(json_.want("reasons")) {}

void ExecModel::judge(const std::vector<Row>& rows) {
  for (std::size_t at = 0; at < rows.size(); at += kPortion) {
    ask(rows.data() + at, std::min(kPortion, rows.size() - at));
  }
}

void ExecModel::ask(const Row* rows, std::size_t count) {
  std::size_t answered = 0;
  if (failures_ <= options_.restarts) {
    std::string wrong;
    try {
      if (!process_) process_ = std::make_unique<Process>(options_.command);
      wrong = exchange(rows, count, answered);
    } catch (const BackendError& error) {
      wrong = error.what();
    }
    if (!wrong.empty()) fail(std::move(wrong));
  }
  for (std::size_t i = answered; i < count; ++i) unanswered(*rows[i].verdict);
  rows_ += count;
  unanswered_ += count - answered;
}

// Asks, and takes the answers as they come. Returns what went wrong, or "".
std::string ExecModel::exchange(const Row* rows, std::size_t count, std::size_t& answered) {
  if (!in_.empty()) return "wrote a line that it was not asked for";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += question(rows[i], rows_ + i + 1);
  std::string_view out = text;
  Nanos deadline = steady() + options_.timeout;
  bool stopping = false;
  std::size_t taken = 0, looked = 0;  // in_ up to there; up to there there is no newline
  while (answered < count) {
    const std::size_t end = in_.find('\n', looked);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(in_).substr(taken, end - taken);
      if (std::string wrong = take(line, rows[answered], rows_ + answered + 1); !wrong.empty()) return wrong;
      taken = looked = end + 1;
      ++answered;
      continue;
    }
    looked = in_.size();
    if (looked - taken > kLongestAnswer)
      return fmt::format("wrote a line of more than {} bytes", thousands(kLongestAnswer));
    const Nanos now = steady();
    if (stop_requested() && !stopping) {
      stopping = true;
      deadline = std::min(deadline, now + kAfterStop);
    }
    if (now >= deadline) {
      return fmt::format(
          "answered {} of {} within {:.3g} s; does it flush its output after each line? (--exec-timeout)",
          thousands(answered), count == 1 ? "1 row" : aiops::count(count, "row"),
          static_cast<double>(options_.timeout) / kSecond);
    }
    if (process_->exchange(out, in_) == Process::Event::ended &&
        in_.find('\n', looked) == std::string::npos) {
      const std::string how = process_->end(kSecond, in_);
      return how.empty() ? "ended before it had answered all" : how;
    }
  }
  in_.erase(0, taken);
  if (in_.empty()) return "";
  answered = 0;  // nobody knows which of the answers are whose
  return "wrote a line that it was not asked for";
}

std::string ExecModel::question(const Row& row, std::uint64_t id) const {
  std::string out = fmt::format("{{\"id\":{}", id);
  if (row.time != kNoTime) {
    out += ",\"timestamp\":\"";
    append_time(out, row.time);
    out += '"';
  }
  out += row.members;
  out += ",\"value\":";
  append_shortest(out, row.value);
  if (!row.learn) out += ",\"learn\":false";
  out += "}\n";
  return out;
}

// Reads one answer. Returns what is wrong with it, or "".
std::string ExecModel::take(std::string_view line, const Row& row, std::uint64_t id) {
  line_.assign(line);
  line_ += '\n';
  line_.append(kReadable, '\0');
  std::string wrong;
  if (const char* error = json_.scan(std::string_view(line_).substr(0, line.size())); error != nullptr) {
    wrong = fmt::format("this is no JSON object: {}", error);
  } else if (json_.value(id_).type != record::JsonValue::Type::absent &&
             json_.value(id_).text() != std::to_string(id)) {
    wrong = fmt::format("expected id {}, for answers come in the order of the rows", id);
  } else {
    model::Verdict verdict;
    wrong = fill(verdict);
    if (wrong.empty()) *row.verdict = std::move(verdict);
  }
  if (wrong.empty()) return "";
  return fmt::format("answered for row {} of {} with {}: {}", id, printable(row.series), printable(line),
                     wrong);
}

std::string ExecModel::fill(model::Verdict& verdict) {
  using Type = record::JsonValue::Type;
  const Type type = json_.value(score_).type;
  if (type == Type::absent) return "it has no score";
  std::string wrong;
  const auto read = [&](int slot, std::string_view name, double least, double most, double& value) {
    if (wrong.empty()) wrong = number(slot, name, least, most, value);
  };
  read(score_, "score", 0, kLargest, verdict.score);
  read(level_, "level", 0, kLargest, verdict.level);
  read(p_value_, "p_value", 0, 1, verdict.p_value);
  read(expected_, "expected", -kLargest, kLargest, verdict.expected);
  read(lower_, "lower", -kLargest, kLargest, verdict.lower);
  read(upper_, "upper", -kLargest, kLargest, verdict.upper);
  if (wrong.empty() && verdict.lower > verdict.upper) wrong = "lower is more than upper";
  if (wrong.empty()) wrong = reasons(verdict);
  verdict.condition = type == Type::null ? model::Condition::warming_up : model::Condition::ok;
  return wrong;
}

// Absent and null: missing.
std::string ExecModel::number(int slot, std::string_view name, double least, double most,
                              double& value) const {
  using Type = record::JsonValue::Type;
  const record::JsonValue& given = json_.value(slot);
  if (given.type == Type::absent || given.type == Type::null) return "";
  if (given.type == Type::number && parse_number(given.text(), value) == Number::ok && value >= least &&
      value <= most) {
    return "";
  }
  value = model::kMissing;
  if (least == 0) return fmt::format("{} is not a number from 0 {}", name, most == 1 ? "to 1" : "up");
  return fmt::format("{} is not a number", name);
}

std::string ExecModel::reasons(model::Verdict& verdict) const {
  using Type = record::JsonValue::Type;
  const record::JsonValue& given = json_.value(reasons_);
  if (given.type == Type::absent || given.type == Type::null) return "";
  constexpr const char* kWrong = "reasons is not a list of texts";
  if (given.type != Type::array) return kWrong;
  const std::string_view text = given.text();
  // The scan has seen that it is a list; of texts alone there is nothing between them but commas and blanks.
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == ',' || text[i] == ' ' || text[i] == '\t') continue;
    if (text[i] != '"') return kWrong;
    const std::size_t begin = ++i;
    while (text[i] != '"') i += text[i] == '\\' ? 2 : 1;
    std::string reason;
    record::unescape(text.substr(begin, i - begin), reason);
    if (verdict.reasons.size() < kMostReasons) verdict.reasons.push_back(printable(reason, kLongestReason));
  }
  return "";
}

void ExecModel::fail(std::string what) {
  const std::string said = process_ ? last_words(process_->errors()) : "";
  process_.reset();
  in_.clear();
  ++failures_;
  diagnostics_.warn(fmt::format("--exec: \"{}\" {}{}; {}", printable(options_.command), what, said,
                                failures_ > options_.restarts
                                    ? fmt::format("given up after {} restarts", options_.restarts)
                                    : fmt::format("begun anew ({} of {})", failures_, options_.restarts)));
}

Status ExecModel::finish() {
  Status status = Status::done;
  if (process_) {
    const std::string how = process_->end(options_.grace, in_);
    if (!in_.empty()) {
      diagnostics_.warn(fmt::format("--exec: \"{}\" wrote a line that it was not asked for: {}",
                                    printable(options_.command), printable(in_.substr(0, in_.find('\n')))));
      status = Status::backend;
    }
    if (!how.empty()) {
      diagnostics_.warn(fmt::format("--exec: \"{}\" {}{}", printable(options_.command), how,
                                    last_words(process_->errors())));
      status = Status::backend;
    }
    process_.reset();
  }
  if (unanswered_ > 0) {
    diagnostics_.warn(fmt::format("--exec: {} without an answer, passed on unscored (status no_answer)",
                                  aiops::count(unanswered_, "row")));
    status = Status::backend;
  }
  return status;
}

}  // namespace aiops::score
