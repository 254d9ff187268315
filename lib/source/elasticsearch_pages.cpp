#include "source/elasticsearch_pages.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kKeepAlive = "5m";          // between two pages
constexpr std::size_t kFirst = 1000, kMost = 10'000;   // documents; more is refused by default
constexpr std::uint64_t kPageBytes = 8 * 1024 * 1024;  // a page is to have

net::Request json_request(std::string method, std::string url, std::string body) {
  net::Request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.body = std::move(body);
  request.content_type = "application/json";
  return request;
}

bool says(const net::HttpError& error, std::string_view text) {
  return std::string_view(error.what()).find(text) != std::string_view::npos;
}

}  // namespace

SearchPages::SearchPages(SearchPageOptions options, JsonApi& api, std::size_t part, const Manifest& manifest)
    : options_(std::move(options)),
      api_(api),
      part_(part),
      manifest_(manifest),
      size_(options_.page != 0 ? options_.page : kFirst),
      limit_(options_.page != 0 ? options_.page : kMost) {
  if (options_.paging == Paging::scroll) view_ = View::scroll;
}

SearchPages::~SearchPages() { close(); }

std::string_view SearchPages::name() const { return view_ == View::scroll ? "scroll" : "point in time"; }

// False if the server has no such view.
bool SearchPages::try_open(View view) {
  const bool elastic = view == View::elastic;
  const std::string url = fmt::format("/{}/{}?keep_alive={}", options_.index,
                                      elastic ? "_pit" : "_search/point_in_time", kKeepAlive);
  try {
    api_.ask(part_, json_request("POST", url, ""), "point in time", [&](JsonReader& reader) {
      std::string key;
      id_.clear();
      reader.enter_object();
      while (reader.next_key(key)) {
        if (key == (elastic ? "id" : "pit_id")) {
          id_ = reader.string();
        } else {
          reader.skip();
        }
      }
      if (id_.empty()) throw JsonError("no point in time in the answer", false);
    });
  } catch (const net::HttpError& error) {
    const bool refused = error.code == 400 || error.code == 403 || error.code == 404 || error.code == 405;
    if (!refused || says(error, "index_not_found") || view_ == view) throw;
    return false;
  }
  view_ = view;
  return true;
}

void SearchPages::open(std::string members) {
  close();
  members_ = std::move(members);
  after_.clear();
  over_ = false;
  if (view_ == View::elastic || view_ == View::opensearch) {
    try_open(view_);
  } else if (view_ == View::unknown && !try_open(View::elastic) && !try_open(View::opensearch)) {
    if (options_.paging == Paging::pit) {
      throw net::HttpError(fmt::format("{}: the server has no points in time, or does not let us have one; "
                                       "--paging scroll does without",
                                       api_.url()),
                           400, false);
    }
    view_ = View::scroll;
  }
  tied_ = tied_ || view_ == View::opensearch;
}

std::string SearchPages::sort() const {
  std::string text = fmt::format(R"("sort":[{{{}:{{"order":"asc","unmapped_type":"date"{}}}}})",
                                 json_string(options_.time_field),
                                 options_.mixed_resolution ? R"(,"numeric_type":"date_nanos")" : "");
  if (tied_ && view_ != View::scroll) text += R"(,"_id","_index")";
  return text + "]";
}

// What ties a search to the view.
std::string SearchPages::view_members() const {
  if (view_ == View::scroll) return {};
  return fmt::format(R"("pit":{{"id":{},"keep_alive":"{}"}},)", json_string(id_), kKeepAlive);
}

net::Request SearchPages::search(std::string body) const {
  const std::string_view partial = options_.partial ? "true" : "false";
  const std::string where = view_ == View::scroll ? "/" + options_.index : "";
  return json_request("POST", fmt::format("{}/_search?allow_partial_search_results={}", where, partial),
                      std::move(body));
}

SearchAnswer SearchPages::checked(JsonReader& reader, const SearchHandler& handler, std::string_view about) {
  SearchAnswer answer = read_search_answer(reader, handler);
  const std::string missing = answer.what_is_missing();
  const bool accepted = options_.partial && answer.error.empty();
  if (!missing.empty() && !accepted) {
    if (missing.find("search_context_missing") != std::string::npos) throw Lost();
    api_.fail(about, missing, true);
  }
  return answer;
}

SearchAnswer SearchPages::read_page(const net::Request& request, const SearchHandler& handler) {
  const std::uint64_t retries = manifest_.parts[part_].retries;
  const bool repeatable = view_ != View::scroll || after_.empty();
  SearchAnswer answer;
  try {
    api_.ask(part_, request, "search", [&](JsonReader& reader) {
      // What a scroll has sent once, it does not send again: this is a later page.
      if (!repeatable && manifest_.parts[part_].retries != retries) throw Lost();
      const std::uint64_t before = reader.bytes_read();
      answer = checked(reader, handler, "search");
      fit_page(reader.bytes_read() - before, answer.hits);
    });
  } catch (const net::HttpError& error) {
    if (says(error, "search_context_missing")) throw Lost();
    throw;
  }
  return answer;
}

// As many documents a page as make a few megabytes: a page has to be in memory at the server.
void SearchPages::fit_page(std::uint64_t bytes, std::uint64_t hits) {
  if (options_.page != 0 || hits == 0) return;
  const std::uint64_t fitting = kPageBytes / std::max<std::uint64_t>(1, bytes / hits);
  size_ = std::clamp<std::size_t>(fitting, 10, limit_);
}

bool SearchPages::next(SearchAnswer& answer, const SearchHandler& handler) {
  if (over_) return false;
  const bool first = after_.empty();
  for (;;) {
    const std::size_t asked = size_;
    net::Request request;
    if (view_ == View::scroll && !first) {
      request =
          json_request("POST", "/_search/scroll",
                       fmt::format(R"({{"scroll":"{}","scroll_id":{}}})", kKeepAlive, json_string(id_)));
    } else {
      request = search(fmt::format(R"({{"size":{},{}"track_total_hits":{},{}{},{}}})", asked, view_members(),
                                   first, sort(), first ? "" : R"(,"search_after":)" + after_, members_));
      if (view_ == View::scroll) request.url += fmt::format("&scroll={}", kKeepAlive);
    }
    try {
      answer = read_page(request, handler);
    } catch (const net::HttpError& error) {
      // An index may allow less at once, and documents may be so large that a page breaks a circuit.
      if ((says(error, "max_result_window") || says(error, "circuit_breaking")) && asked > 10) {
        size_ = limit_ = std::max<std::size_t>(10, asked / 2);
        continue;
      }
      throw;
    }
    const std::string& id = view_ == View::scroll ? answer.scroll_id : answer.pit_id;
    if (!id.empty()) id_ = id;
    // One value in the order of a point in time: this server does not tell equal times apart by itself.
    if (first && view_ == View::elastic && !tied_ && answer.hits != 0 &&
        answer.last_sort.find(',') == std::string::npos) {
      tied_ = true;
      continue;
    }
    after_ = answer.last_sort;
    over_ = answer.hits < asked && view_ != View::scroll;
    if (answer.hits == 0) over_ = true;
    if (over_) close();
    return true;
  }
}

SearchAnswer SearchPages::ask(const std::string& members, std::string_view about,
                              const SearchHandler& handler) {
  SearchAnswer answer;
  try {
    api_.ask(part_, search(fmt::format("{{{}{}}}", view_members(), members)), about,
             [&](JsonReader& reader) { answer = checked(reader, handler, about); });
  } catch (const net::HttpError& error) {
    if (says(error, "search_context_missing")) throw Lost();
    throw;
  }
  if (!answer.pit_id.empty()) id_ = answer.pit_id;
  return answer;
}

void SearchPages::close() noexcept {
  if (id_.empty()) return;
  try {
    const std::string id = json_string(std::exchange(id_, ""));
    net::Request request;
    switch (view_) {
      case View::scroll:
        request = json_request("DELETE", "/_search/scroll", fmt::format(R"({{"scroll_id":[{}]}})", id));
        break;
      case View::opensearch:
        request = json_request("DELETE", "/_search/point_in_time", fmt::format(R"({{"pit_id":[{}]}})", id));
        break;
      default:
        request = json_request("DELETE", "/_pit", fmt::format(R"({{"id":{}}})", id));
    }
    api_.tell(part_, std::move(request));
  } catch (const std::exception&) {
    id_.clear();
  }
}

}  // namespace aiops::source
