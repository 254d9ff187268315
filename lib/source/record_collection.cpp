#include "source/record_collection.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>

#include "base/file.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/http.hpp"

namespace aiops::source {
namespace {

constexpr Nanos kSaveEvery = kSecond;  // a checkpoint costs two writes to the disk
constexpr std::string_view kEnvironment = "environment";

// Where a feed stands.
struct Place {
  std::string name;
  Nanos next = kNoTime;  // everything before was written
  struct Written {
    Nanos time;
    std::uint64_t hash;
  };
  std::vector<Written> recent;              // written, not before next
  std::unordered_set<std::uint64_t> known;  // the hashes of these
  Nanos newest = kNoTime;                   // record of this run
  std::string told;                         // the failure that was said last
  bool failing = false;
};

std::string name_of(const RecordCollection::Feed& feed, const Manifest& manifest) {
  const std::string& part = manifest.parts[feed.part].name;
  return feed.environment.empty() ? part : feed.environment + "/" + part;
}

std::uint64_t hash_of(Nanos time, std::string_view id) { return checksum(fmt::format("{} {}", time, id)); }

}  // namespace

struct RecordCollection::Impl : RecordOut {
  Impl(RecordCollectionOptions options, std::vector<Feed> feeds, Manifest& manifest, Diagnostics& diagnostics)
      : options_(std::move(options)),
        feeds_(std::move(feeds)),
        manifest_(manifest),
        diagnostics_(diagnostics),
        places_(feeds_.size()) {
    for (std::size_t i = 0; i < feeds_.size(); ++i) {
      places_[i].name = name_of(feeds_[i], manifest);
      with_environment_ = with_environment_ || !feeds_[i].environment.empty();
    }
    if (with_environment_) options_.labels.insert(options_.labels.begin(), std::string(kEnvironment));
    if (options_.output == "-") options_.output.clear();
  }

  Status run() {
    plan();
    open_output();
    return options_.follow ? follow() : collect_range();
  }

  // ---- The range, the output, and where to begin.

  void plan() {
    checkpoint_.source = manifest_.source;
    checkpoint_.asked = options_.asked;
    checkpoint_.output = options_.output;
    checkpoint_.next = 0;
    if (!options_.checkpoint.empty()) {
      if (const auto found = take_up(options_.checkpoint, checkpoint_)) {
        checkpoint_ = *found;
        resumed_ = true;
      }
    }
    end_ = options_.end != kNoTime ? options_.end : now() - options_.lateness;
    Nanos begin = options_.start;
    if (begin == kNoTime && options_.since > 0) begin = end_ - options_.since;
    if (begin == kNoTime && options_.follow) begin = end_;
    for (Place& place : places_) {
      place.next = begin;
      for (const Checkpoint::Position& position : checkpoint_.positions) {
        if (position.feed == place.name) take_place(place, position);
      }
    }
    const auto first = std::min_element(places_.begin(), places_.end(),
                                        [](const Place& a, const Place& b) { return a.next < b.next; });
    manifest_.start = first->next;
    if (manifest_.start == kNoTime) {
      throw UsageError("which time is not said: expected --since, --start or --follow");
    }
    if (!resumed_ && !options_.follow && manifest_.start >= end_) {
      throw UsageError(fmt::format("the range ends ({}) before it begins ({})", format_time(end_),
                                   format_time(manifest_.start)));
    }
    manifest_.end = end_;
  }

  static void take_place(Place& place, const Checkpoint::Position& position) {
    place.next = position.next;
    for (const std::string& text : position.known) {  // "time hash"
      const std::size_t blank = std::min(text.find(' '), text.size());
      const Nanos time = parse_time(std::string_view(text).substr(0, blank)).value_or(position.next);
      const std::uint64_t hash = std::strtoull(text.c_str() + blank, nullptr, 16);
      place.recent.push_back({time, hash});
      place.known.insert(hash);
    }
  }

  void open_output() {
    const bool grows = !options_.output.empty() && (options_.follow || !options_.checkpoint.empty());
    bool begun = false;
    if (grows) {
      file_ = std::make_unique<GrowingFile>(options_.output);
      if (resumed_) file_->cut(checkpoint_.length);
      begun = file_->length() != 0;
      manifest_.resumed = begun;
      if (begun && !options_.checkpoint.empty() && !resumed_) {
        refuse_unknown_content(options_.output, options_.checkpoint);
      }
      if (begun) check_content();
      sink_ = std::make_unique<record::Sink>(file_->writer(), options_.output);
    } else {
      sink_ = std::make_unique<record::Sink>(options_.output);
    }
    if (options_.kind == EventKind::log) {
      logs_ = std::make_unique<LogWriter>(*sink_, options_.format, RecordKind::log, options_.labels,
                                          options_.any_label, options_.with_ids);
      if (begun) logs_->header_is_there();
    } else {
      spans_ = std::make_unique<SpanWriter>(*sink_, options_.format, options_.labels);
      if (begun) spans_->header_is_there();
    }
    save(true);  // from here on a kill leaves a checkpoint that says what of the output counts
  }

  void check_content() const {
    const std::string first = file_->first_line();
    const std::string header = options_.kind == EventKind::span
                                   ? SpanWriter::csv_header(options_.labels)
                                   : csv_header_of(RecordKind::log, options_.labels, options_.with_ids);
    if (options_.format == record::Format::csv ? first == header : first.starts_with('{')) return;
    throw OutputError(
        fmt::format("{} begins with {}: these records cannot be added to it; choose another file",
                    options_.output, printable(first, 80)));
  }

  // ---- The two ways to run.

  Status collect_range() {
    for (std::size_t i = 0; i < feeds_.size(); ++i) {
      Place& place = places_[i];
      try {
        fetch(i, end_);
      } catch (const net::HttpError& error) {
        manifest_.missing.push_back({place.next, end_, about(place) + error.what()});
        if (feeds_.size() == 1 && manifest_.written() == 0) throw;
        diagnostics_.warn(about(place) + error.what());
      } catch (const Error& error) {
        if (error.status() == Status::interrupted) {
          save(true);
          manifest_.missing.push_back({place.next, end_, "interrupted"});
        }
        throw;
      }
    }
    save(true);
    sink_->close();
    return manifest_.status();
  }

  Status follow() {
    while (!stop_requested()) {
      const Nanos ready = now() - options_.lateness;
      const Nanos until = options_.end == kNoTime ? ready : std::min(ready, options_.end);
      for (std::size_t i = 0; i < feeds_.size() && !stop_requested(); ++i) poll(i, until);
      if (options_.end != kNoTime && until >= options_.end && !any_failing()) break;
      if (!sleep_unless_stopped(options_.poll)) break;
    }
    save(true);
    sink_->close();
    manifest_.end = options_.end;
    for (const Place& place : places_) {
      if (place.failing) manifest_.missing.push_back({place.next, now(), about(place) + place.told});
      manifest_.end = std::max(manifest_.end, place.next);
    }
    return manifest_.status();
  }

  void poll(std::size_t i, Nanos until) {
    Place& place = places_[i];
    if (place.next >= until) return;
    try {
      fetch(i, until);
      if (place.failing) {
        diagnostics_.info(fmt::format("{}{} answers again; nothing is missing", about(place), manifest_.url));
      }
      place.failing = false;
      place.told.clear();
    } catch (const net::HttpError& error) {
      const bool alone = feeds_.size() == 1 && manifest_.written() == 0 && !place.failing;
      if (alone && !error.transient) throw;
      place.failing = true;
      if (place.told != error.what()) {
        diagnostics_.warn(fmt::format("{}{}; what came since {} is asked for again", about(place),
                                      error.what(), format_time(place.next)));
      }
      place.told = error.what();
    } catch (const Error& error) {
      if (error.status() != Status::interrupted) throw;
    }
  }

  bool any_failing() const {
    return std::any_of(places_.begin(), places_.end(), [](const Place& place) { return place.failing; });
  }

  std::string about(const Place& place) const { return feeds_.size() == 1 ? "" : place.name + ": "; }

  void fetch(std::size_t i, Nanos until) {
    current_ = i;
    Place& place = places_[i];
    while (place.next < until) {
      if (stop_requested()) throw Error(Status::interrupted, "interrupted");
      const Nanos to = options_.slice > 0 ? std::min(until, place.next + options_.slice) : until;
      feeds_[i].source->fetch(feeds_[i].source_part, place.next, to, *this);
      commit(to);
    }
  }

  // ---- RecordOut.

  // False if the record was written already.
  bool enter(Nanos time, std::string_view id) {
    Place& place = places_[current_];
    if (!id.empty()) {
      const std::uint64_t hash = hash_of(time, id);
      if (!place.known.insert(hash).second) return false;
      place.recent.push_back({time, hash});
    }
    Manifest::Part& part = manifest_.parts[feeds_[current_].part];
    ++part.records;
    if (part.first == kNoTime || time < part.first) part.first = time;
    if (part.last != kNoTime && time - part.last > part.pause) {
      part.pause = time - part.last;
      part.pause_end = time;
    }
    part.last = std::max(part.last, time);
    place.newest = std::max(place.newest, time);
    return true;
  }

  void log(const LogRecord& record, std::string_view id) override {
    if (!enter(record.time, id)) return;
    if (!with_environment_ && record.record_id == id) return logs_->write(record);
    copy_ = record;
    copy_.record_id = id;
    if (with_environment_) {
      copy_.labels.insert(copy_.labels.begin(), feeds_[current_].environment);
    }
    logs_->write(copy_);
  }

  void span(const SpanRecord& span) override {
    if (!enter(span.time,
               span.span_id.empty() ? std::string_view() : (id_.assign(span.trace_id) += span.span_id))) {
      return;
    }
    spans_->write(span, feeds_[current_].environment);
  }

  void commit(Nanos through) override {
    Place& place = places_[current_];
    if (through > place.next) {
      place.next = through;
      std::erase_if(place.recent, [&](const Place::Written& written) {
        if (written.time >= through) return false;
        place.known.erase(written.hash);
        return true;
      });
    }
    sink_->flush();
    save(false);
    if (!options_.follow && end_ > manifest_.start) {
      const double share =
          static_cast<double>(place.next - manifest_.start) / static_cast<double>(end_ - manifest_.start);
      diagnostics_.progress({(static_cast<double>(current_) + share) / static_cast<double>(feeds_.size()),
                             manifest_.written(), manifest_.records});
    }
  }

  void save(bool now_please) {
    if (options_.checkpoint.empty()) return;
    const Nanos time = now();
    if (!now_please && time - saved_ < kSaveEvery) return;
    sink_->flush();
    if (file_) {
      file_->sync();
      checkpoint_.length = file_->length();
    }
    checkpoint_.positions.clear();
    for (const Place& place : places_) {
      Checkpoint::Position position{place.name, place.next, {}};
      for (const Place::Written& written : place.recent) {
        position.known.push_back(fmt::format("{} {:016x}", format_time(written.time), written.hash));
      }
      checkpoint_.positions.push_back(std::move(position));
    }
    checkpoint_.save(options_.checkpoint);
    saved_ = time;
  }

  RecordCollectionOptions options_;
  std::vector<Feed> feeds_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  std::vector<Place> places_;
  std::size_t current_ = 0;
  Checkpoint checkpoint_;
  bool resumed_ = false, with_environment_ = false;
  Nanos end_ = kNoTime, saved_ = 0;
  std::unique_ptr<GrowingFile> file_;
  std::unique_ptr<record::Sink> sink_;
  std::unique_ptr<LogWriter> logs_;
  std::unique_ptr<SpanWriter> spans_;
  LogRecord copy_;
  std::string id_;
};

RecordCollection::RecordCollection(RecordCollectionOptions options, std::vector<Feed> feeds,
                                   Manifest& manifest, Diagnostics& diagnostics)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(feeds), manifest, diagnostics)) {}
RecordCollection::~RecordCollection() = default;

Status RecordCollection::run() { return impl_->run(); }

}  // namespace aiops::source
