// RecordBuilder: from the texts that won to the values of a record.
#include <fmt/core.h>

#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "source/log_text.hpp"
#include "source/mapping.hpp"

namespace aiops::source {
namespace {

bool belongs(Target target, RecordKind kind) {
  if (target == Target::timestamp || target == Target::service) return true;
  const bool of_sample = target == Target::metric || target == Target::value;
  return of_sample == (kind == RecordKind::sample);
}

// An HTTP status, also written as 200.0; 0 stands for none. False if it is no status.
bool read_status(std::string_view text, std::int64_t& status) {
  double number;
  const Number read = parse_number(trim(text), number);
  status = 0;
  if (read == Number::missing || text == "-") return true;
  if (read != Number::ok || number != std::floor(number) || number < 0 || number > 999) return false;
  status = static_cast<std::int64_t>(number);
  return true;
}

}  // namespace

void RecordBuilder::start() {
  for (Choice& choice : choices_) choice.slot = nullptr;
  for (std::string_view& label : labels_) label = {};
  more_labels_.clear();
  error_.clear();
  time_ = kNoTime;
}

void RecordBuilder::put(Slot& slot, std::string_view text) {
  ++slot.seen;
  if (slot.target == Target::none) {
    ++slot.left_out;
    return;
  }
  if (slot.target == Target::label) return put_label(slot, text);
  if (text.empty() && slot.target != Target::value) return;
  if (slot.target == Target::timestamp && text == "0") return;  // OTLP: not known
  Choice& best = choice(slot.target);
  if (!best.slot) {
    best = {&slot, text};
  } else if (best.slot->rank <= slot.rank) {
    ++slot.left_out;
  } else {
    ++best.slot->left_out;
    best = {&slot, text};
  }
}

void RecordBuilder::put_label(const Slot& slot, std::string_view text) {
  if (slot.label != Slot::kAnyLabel) {
    if (labels_[slot.label].empty()) labels_[slot.label] = text;
    return;
  }
  std::string_view name = *slot.path;
  if (name.starts_with("labels.")) name.remove_prefix(7);
  if (!more_labels_.empty()) more_labels_ += ',';
  append_json_string(more_labels_, name);
  more_labels_ += ':';
  append_json_string(more_labels_, text);
}

const std::string& RecordBuilder::finish(LogRecord& record) {
  record.clear();
  read_time(record);
  if (error_.empty() && kind_ == RecordKind::sample) read_sample(record);
  if (error_.empty() && kind_ != RecordKind::sample) read_request(record);
  if (!error_.empty()) return error_;
  read_texts(record);
  if (kind_ != RecordKind::sample && record.message.empty() && record.severity_text.empty()) {
    error_ =
        "neither a message, nor a level, nor a request: no log record; --map message=PATH names the message";
    return error_;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(Target::label); ++i) {
    if (choices_[i].slot && !belongs(static_cast<Target>(i), kind_)) ++choices_[i].slot->left_out;
  }
  labels(record);
  return error_;
}

// A value that is none of what is expected: the line's fault, or left out where the name means many things.
void RecordBuilder::unreadable(Choice& choice, std::string_view expected) {
  if (choice.slot->reading == Reading::lenient) {
    ++choice.slot->left_out;
    choice.slot = nullptr;
  } else {
    error_ =
        fmt::format("{} is \"{}\", expected {}", *choice.slot->path, printable(choice.text, 60), expected);
  }
}

void RecordBuilder::read_time(LogRecord& record) {
  if (time_ != kNoTime) {
    record.time = time_;
    return;
  }
  Choice& time = choice(Target::timestamp);
  if (!time.slot) {
    error_ = "no time: no field timestamp, @timestamp, time or ts; --map timestamp=PATH names another";
    return;
  }
  if (const auto read = parse_log_time(time.text, time.slot->unit)) {
    record.time = *read;
  } else {
    unreadable(time, "a time, RFC 3339 or an epoch number");
  }
}

void RecordBuilder::read_sample(LogRecord& record) {
  Choice& value = choice(Target::value);
  if (!value.slot) {
    error_ = "no value: among samples, each record has a field value; --map value=PATH names another";
    return;
  }
  const Number read = parse_number(trim(value.text), record.value);
  if (read == Number::ok || read == Number::missing) return;  // a missing value is passed on as missing
  error_ = fmt::format("{} is \"{}\", expected a number{}", *value.slot->path, printable(value.text, 60),
                       read == Number::too_large ? " that fits 64 bits" : "");
}

void RecordBuilder::read_request(LogRecord& record) {
  Choice& status = choice(Target::status_code);
  if (status.slot && !read_status(status.text, record.status_code)) unreadable(status, "an HTTP status");
  Choice& duration = choice(Target::duration_ms);
  if (!duration.slot || !error_.empty()) return;
  switch (parse_log_duration(duration.text, duration.slot->unit, record.duration_ms)) {
    case Duration::ok:
    case Duration::missing:
      return;
    case Duration::ambiguous:
      ++duration.slot->left_out;
      return;
    case Duration::bad:
      unreadable(duration, "a duration, 0 or more");
  }
}

void RecordBuilder::read_texts(LogRecord& record) {
  const auto text = [this](Target target) {
    const Choice& found = choice(target);
    return found.slot ? found.text : std::string_view();
  };
  record.service = text(Target::service);
  record.metric = text(Target::metric);
  record.message = text(Target::message);
  record.method = text(Target::method);
  if (Choice& endpoint = choice(Target::endpoint); endpoint.slot) {
    // A path without a request may be that of a file.
    if (endpoint.slot->reading == Reading::lenient && record.method.empty() && record.status_code == 0) {
      ++endpoint.slot->left_out;
    } else {
      record.endpoint = endpoint_of(endpoint.text);
    }
  }
  record.trace_id = text(Target::trace_id);
  record.span_id = text(Target::span_id);
  if (const Choice& severity = choice(Target::severity_text); severity.slot) {
    const auto number = severity.slot->reading == Reading::number ? parse_int(severity.text) : std::nullopt;
    record.severity_text = number ? severity_of_number(*number) : normal_severity(severity.text);
  }
  if (record.severity_text.empty() && record.status_code != 0) {
    record.severity_text = severity_of_status(record.status_code);
  }
  if (record.message.empty() && !record.endpoint.empty()) {
    message_.assign(record.method);
    if (!message_.empty()) message_ += ' ';
    message_ += record.endpoint;
    record.message = message_;
  }
}

}  // namespace aiops::source
