#include "deliver/ledger.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/error.hpp"
#include "base/json_out.hpp"
#include "base/text.hpp"

namespace aiops::deliver {
namespace {

using Object = simdjson::dom::object;

constexpr int kShown = 5;  // lines of the journal that are told as unreadable
constexpr std::size_t kMostUnwritten = 64 << 20;

constexpr std::array<std::string_view, 7> kWhat = {"opened",   "updated",  "acknowledged", "resolved",
                                                   "reopened", "repeated", "digest"};
constexpr std::array<std::string_view, 3> kNoteKinds = {"sent", "refused", "begun"};

std::string_view text_of(const Object& object, std::string_view name) {
  std::string_view text;
  return object[name].get_string().get(text) ? std::string_view() : text;
}

Nanos time_of(const Object& object, std::string_view name) {
  return parse_time(text_of(object, name)).value_or(kNoTime);
}

template <std::size_t kSize>
int index_of(const std::array<std::string_view, kSize>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

State state_of(std::string_view name) {
  return name == "resolved" ? State::resolved : name == "acknowledged" ? State::acknowledged : State::open;
}

template <typename Take>
void each(const Object& object, std::string_view name, Take take) {
  simdjson::dom::array array;
  if (object[name].get_array().get(array)) return;
  for (const auto item : array) {
    Object one;
    if (!item.get_object().get(one)) take(one);
  }
}

JsonOut begin_line(Nanos time, std::string_view kind) {
  JsonOut json;
  json.open('{').text("timestamp", format_time(time)).text("kind", kind);
  return json;
}

Note read_note(const Object& line, int kind) {
  Note note;
  note.kind = static_cast<Note::Kind>(kind);
  note.time = time_of(line, "timestamp");
  note.receiver = text_of(line, "receiver");
  note.conversation = text_of(line, "conversation");
  note.key = text_of(line, "key");
  note.why = text_of(line, "why");
  simdjson::dom::element handle;
  if (!line["handle"].get(handle)) note.handle = simdjson::minify(handle);
  std::int64_t repeats = -1;
  if (!line["repeats"].get_int64().get(repeats))
    note.repeats = static_cast<int>(std::clamp<std::int64_t>(repeats, -1, 1 << 30));
  note.what = static_cast<What>(std::max(0, index_of(kWhat, text_of(line, "what"))));
  each(line, "told", [&](const Object& told) {
    std::int64_t revision = 0;
    if (told["revision"].get_int64().get(revision)) revision = 0;
    note.told.push_back({std::string(text_of(told, "id")), revision, state_of(text_of(told, "state")),
                         std::string(text_of(told, "severity"))});
  });
  return note;
}

// By its beginning, however little of it is there.
bool is_line(std::string_view line) {
  constexpr std::string_view kBegin = R"({"timestamp":")", kThen = R"(","kind":")";
  if (!line.starts_with(kBegin)) return kBegin.starts_with(line);
  const std::string_view rest = line.substr(std::min(line.size(), line.find('"', kBegin.size())));
  return rest.starts_with(kThen) || kThen.starts_with(rest);
}

}  // namespace

std::string_view name_of(What what) { return kWhat[static_cast<std::size_t>(what)]; }

bool Silence::holds(const Incident& incident, Nanos now) const {
  return now >= from && now < until && matches_all(match, incident);
}

struct Ledger::Reading {
  simdjson::dom::parser parser;
  IncidentReader incidents;
};

Ledger::Ledger(const std::string& path, Diagnostics& diagnostics)
    : diagnostics_(diagnostics), reading_(std::make_shared<Reading>()) {
  if (path.empty()) return;
  std::error_code ignored;  // opening it tells
  if (path.ends_with('/')) std::filesystem::create_directories(path, ignored);
  journal_ = std::make_unique<LineJournal>(journal_file(path, kFileName));
  if (journal_->may_hold(is_line)) return;
  throw UsageError(
      fmt::format("{}: is no journal of aiops-report notify, and is left as it is; name another file",
                  journal_->path().string()));
}

bool Ledger::claim() { return !journal_ || journal_->claim(); }

void Ledger::read(const Handler& handler) {
  if (!journal_) return;
  journal_->read([&](std::string_view line, std::uint64_t number) {
    if (trim(line).empty() || take(line, handler) || ++bad_ > kShown) return;
    diagnostics_.warn(
        fmt::format("{}:{}: no line of this journal, passed over (half a line stands where a "
                    "process was killed): {}",
                    journal_->path().string(), number, printable(line, 60)));
  });
}

bool Ledger::take(std::string_view line, const Handler& handler) {
  Object object;
  if (reading_->parser.parse(line.data(), line.size(), true).get_object().get(object)) return false;
  const std::string_view kind = text_of(object, "kind");
  if (const int note = index_of(kNoteKinds, kind); note >= 0) {
    if (handler.note) handler.note(read_note(object, note));
  } else if (kind == "incident") {
    if (!handler.incident) return true;
    std::vector<Binding> to;
    each(object, "to", [&](const Object& one) {
      to.push_back({std::string(text_of(one, "receiver")), std::string(text_of(one, "conversation"))});
    });
    simdjson::dom::element record;
    if (object["incident"].get(record)) return false;
    // As it stands in the line, where numbers keep all their digits; it is the last member.
    const std::size_t at = line.find("\"incident\":{");
    auto incident = std::make_shared<Incident>();
    const std::string text(line.substr(at + 11, line.rfind('}') - at - 11));
    if (reading_->incidents.read(text, *incident) != LineKind::incident) return false;
    std::int64_t revision = 0;
    if (!object["revision"].get_int64().get(revision)) incident->revision = revision;
    handler.incident(time_of(object, "timestamp"), std::move(incident), to);
  } else if (kind == "silence") {
    Silence silence;
    silence.id = text_of(object, "id");
    silence.by = text_of(object, "by");
    silence.why = text_of(object, "why");
    silence.from = time_of(object, "from");
    silence.until = time_of(object, "until");
    simdjson::dom::array match;
    if (!object["match"].get_array().get(match)) {
      for (const auto item : match) {
        std::string_view text;
        if (item.get_string().get(text)) return false;
        try {
          silence.match.push_back(Condition::parse(text));
        } catch (const UsageError&) {
          return false;
        }
      }
    }
    if (silence.match.empty()) return false;  // it would silence everything
    silences_.push_back(std::move(silence));
  } else if (kind == "expired") {
    std::erase_if(silences_, [id = text_of(object, "id")](const Silence& one) { return one.id == id; });
  } else {
    return false;
  }
  return true;
}

void Ledger::add(Nanos time, const Incident& incident, const std::vector<Binding>& to) {
  if (!journal_) return;
  JsonOut json = begin_line(time, "incident");
  json.array("to");
  for (const Binding& one : to) {
    json.open('{').text("receiver", one.receiver).text("conversation", one.conversation).close('}');
  }
  json.close(']');
  if (!incident.numbered) json.number("revision", incident.revision);
  json.raw("incident", incident.json).close('}');
  unwritten_ += json.str() + "\n";
}

void Ledger::add(const Note& note) {
  if (!journal_) return;
  JsonOut json = begin_line(note.time, kNoteKinds[note.kind]);
  json.text("receiver", note.receiver).text("conversation", note.conversation);
  json.text("key", note.key).text("what", name_of(note.what)).array("told");
  for (const Note::Told& told : note.told) {
    json.open('{').text("id", told.id).number("revision", told.revision);
    json.text("state", name_of(told.state)).text("severity", told.severity).close('}');
  }
  json.close(']');
  if (!note.handle.empty()) json.raw("handle", note.handle);
  if (!note.why.empty()) json.text("why", note.why);
  if (note.repeats >= 0) json.number("repeats", std::int64_t{note.repeats});
  unwritten_ += json.close('}').str() + "\n";
}

void Ledger::add(Nanos time, const Silence& silence) {
  JsonOut json = begin_line(time, "silence");
  json.text("id", silence.id).array("match");
  for (const Condition& condition : silence.match) json.text(condition.text());
  json.close(']').text("from", format_time(silence.from)).text("until", format_time(silence.until));
  unwritten_ += json.text("by", silence.by).text("why", silence.why).close('}').str() + "\n";
}

void Ledger::add_expired(Nanos time, const std::string& id, const std::string& by) {
  unwritten_ += begin_line(time, "expired").text("id", id).text("by", by).close('}').str() + "\n";
}

void Ledger::flush() {
  if (!journal_ || unwritten_.empty()) return;
  try {
    journal_->append(unwritten_);
  } catch (const OutputError&) {
    if (unwritten_.size() > kMostUnwritten) unwritten_.clear();  // memory is bounded, whatever the disk does
    throw;
  }
  unwritten_.clear();
}

void Ledger::shorten(Nanos now, const std::function<void()>& state) {
  if (!journal_) return;
  const std::string before = std::exchange(unwritten_, "");  // what it says is part of the state
  try {
    journal_->replace([this](std::string_view line, std::uint64_t) { take(line, {}); },
                      [&] {
                        state();
                        for (const Silence& one : silences(now)) add(now, one);
                        return unwritten_;
                      });
    unwritten_.clear();
  } catch (...) {
    unwritten_ = before;
    throw;
  }
}

std::vector<Silence> Ledger::silences(Nanos now) const {
  std::vector<Silence> found;
  for (const Silence& one : silences_) {
    if (one.until > now) found.push_back(one);
  }
  return found;
}

bool Ledger::is_silenced(const Incident& incident, Nanos now) const {
  return std::any_of(silences_.begin(), silences_.end(),
                     [&](const Silence& one) { return one.holds(incident, now); });
}

}  // namespace aiops::deliver
