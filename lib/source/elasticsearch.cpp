#include "source/elasticsearch.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr int kLostInARow = 3;  // views that may be lost without a page in between

constexpr Nanos kNanosFrom = 1'000'000'000'000'000;  // a larger number is no count of milliseconds

}  // namespace

// One way through [from, to).
struct ElasticsearchSource::Walk {
  Nanos from, to;
  RecordOut& out;
  Nanos position;               // everything before was handed over and committed
  Nanos last = kNoTime;         // time of the last document of the page before
  std::uint64_t came = 0;       // documents of complete pages …
  std::uint64_t came_last = 0;  // … of which this many stand at `last`
  std::uint64_t page_last = 0;  // the same of this page
  Nanos page_time = kNoTime;
  std::optional<std::uint64_t> expected = std::nullopt;
};

TimeField ask_time_field(JsonApi& api, std::size_t part, const std::string& index, const std::string& field) {
  TimeField found;
  std::string other;
  net::Request request;
  request.url = fmt::format("/{}/_field_caps?fields={}", index, index_path(field));
  try {
    api.ask(part, request, "fields", [&](JsonReader& reader) {
      std::string key;
      found = {}, other.clear();
      reader.enter_object();
      while (reader.next_key(key)) {
        if (key != "fields") {
          reader.skip();
          continue;
        }
        reader.enter_object();
        while (reader.next_key(key)) {  // of the field: an object with a member for each type that it has
          reader.enter_object();
          while (reader.next_key(key)) {
            found.milliseconds = found.milliseconds || key == "date";
            found.nanoseconds = found.nanoseconds || key == "date_nanos";
            if (key != "date" && key != "date_nanos" && key != "unmapped") other = key;
            reader.skip();
          }
        }
      }
    });
  } catch (const net::HttpError& error) {
    // Who may only search gets no answer; then the field has to be what is usual.
    if (error.code != 403 && error.code != 405) throw;
    return {};
  }
  if (!other.empty()) {
    throw net::HttpError(
        fmt::format("{}: the field {} of {} is of type {}, expected a date; --time-field names "
                    "another",
                    api.url(), printable(field), printable(index), printable(other)),
        200, false);
  }
  found.known = found.milliseconds || found.nanoseconds;
  return found;
}

ElasticsearchSource::ElasticsearchSource(const ElasticsearchOptions& options, SearchBody body,
                                         Manifest& manifest, record::Rejects& rejects,
                                         Diagnostics& diagnostics)
    : options_(options),
      body_(std::move(body)),
      manifest_(manifest),
      rejects_(rejects),
      diagnostics_(diagnostics),
      part_(manifest.parts.size()),
      api_(options.server, search_error_text, manifest, diagnostics),
      documents_(options),
      one_index_(options.index.find_first_of(",*") == std::string::npos) {
  Manifest::Part part;
  part.name = options.index;
  part.environment = options.server.environment;
  manifest.parts.push_back(std::move(part));
  options_.index = index_path(options.index);
}

void ElasticsearchSource::prepare() {
  if (time_) return;
  const TimeField time = ask_time_field(api_, part_, options_.index, options_.time_field);
  if (time.known) time_ = time;  // else it is asked again: the index may be made while we follow
  SearchPageOptions pages;
  pages.index = options_.index;
  pages.time_field = options_.time_field;
  pages.mixed_resolution = time.milliseconds && time.nanoseconds;
  pages.paging = options_.paging;
  pages.partial = options_.partial;
  pages.page = options_.page;
  pages_.emplace(pages, api_, part_, manifest_);
}

void ElasticsearchSource::fetch(std::size_t, Nanos from, Nanos to, RecordOut& out) {
  prepare();
  Walk walk{.from = from, .to = to, .out = out, .position = from};
  for (int lost = 0;;) {
    const Nanos before = walk.position;
    try {
      this->walk(walk);
      break;
    } catch (const SearchPages::Lost&) {
      lost = walk.position == before ? lost + 1 : 1;
      if (lost > kLostInARow) {
        throw net::HttpError(
            fmt::format("{}: the server gave up its view of {} {} times (its {}); is it short of memory?",
                        api_.url(), printable(manifest_.parts[part_].name), lost, pages_->name()),
            404, true);
      }
      diagnostics_.info(
          fmt::format("the server gave up its view of {} (a {}); going on behind {} with a new one",
                      printable(manifest_.parts[part_].name), pages_->name(), format_time(walk.position)));
    } catch (...) {
      pages_->close();
      throw;
    }
  }
  account(walk);
}

void ElasticsearchSource::walk(Walk& walk) {
  // What stands at the position itself comes again, and is not counted twice.
  walk.came -= walk.came_last;
  walk.came_last = 0;
  walk.expected.reset();
  const std::uint64_t before = walk.came;
  pages_->open(body_.members(walk.position, walk.to));
  SearchAnswer answer;
  SearchHandler handler;
  handler.hit = [&](const SearchHit& hit) { take(walk, hit); };
  bool first = true;
  while (walk.page_time = walk.last, walk.page_last = walk.came_last, pages_->next(answer, handler)) {
    if (first && answer.total && answer.total_exact) walk.expected = before + *answer.total;
    index_seen_ = index_seen_ || answer.shards != 0;
    first = false;
    if (const std::string missing = answer.what_is_missing(); !missing.empty()) manifest_.cut(missing);
    if (answer.hits == 0) continue;
    ++manifest_.parts[part_].pages;
    walk.came += answer.hits;
    walk.last = walk.page_time;
    walk.came_last = walk.page_last;
    if (walk.last > walk.position) {
      walk.position = walk.last;
      walk.out.commit(walk.position);
    }
  }
}

Nanos ElasticsearchSource::time_of(const SearchHit& hit) const {
  const auto number = first_number(hit.sort);
  if (!number) {
    throw JsonError(fmt::format("document {} has no place in the order of {}: {}", printable(hit.id),
                                printable(options_.time_field), printable(hit.sort, 60)),
                    false);
  }
  const bool nanoseconds = time_ ? time_->nanoseconds : *number > kNanosFrom;
  return nanoseconds ? *number : *number * kMillisecond;
}

void ElasticsearchSource::take(Walk& walk, const SearchHit& hit) {
  const Nanos time = time_of(hit);
  if (time == walk.page_time) {
    ++walk.page_last;
  } else {
    walk.page_time = time;
    walk.page_last = 1;
  }
  id_.clear();
  if (!one_index_) (id_ += hit.index) += '/';
  id_ += hit.id;
  const bool exact = time_ && time_->nanoseconds && !time_->milliseconds;
  const std::string& error = documents_.read(hit, time, exact, record_);
  if (!error.empty()) {
    return rejects_.reject(fmt::format("{}/{}", hit.index, hit.id), 0, hit.source, error);
  }
  if (record_.time < walk.from || record_.time >= walk.to) return;  // beside the range, within a millisecond
  record_.record_id = id_;
  walk.out.log(record_, id_);
}

void ElasticsearchSource::account(const Walk& walk) {
  if (!walk.expected || *walk.expected == walk.came) return;
  manifest_.problems.push_back(fmt::format(
      "{}: the server counted {} from {} to {}, and gave {}", printable(manifest_.parts[part_].name),
      count(*walk.expected, "document"), format_time(walk.from), format_time(walk.to), thousands(walk.came)));
}

void ElasticsearchSource::finish() {
  const Manifest::Part& part = manifest_.parts[part_];
  if (index_seen_ && !time_ && part.records == 0) {
    manifest_.problems.push_back(
        fmt::format("{}: no index that {} names has dates in a field {}; --time-field names "
                    "another",
                    api_.url(), printable(part.name), printable(options_.time_field)));
  } else if (!index_seen_) {
    manifest_.problems.push_back(fmt::format("{}: there is no index {}", api_.url(), printable(part.name)));
  }
  for (const std::string& option : documents_.mapping().unused()) {
    if (part.records != 0) diagnostics_.warn(fmt::format("{}: no document has this field", option));
  }
  if (const std::string text = documents_.mapping().left_out_text(); !text.empty()) diagnostics_.info(text);
}

}  // namespace aiops::source
