// The documents of a search, page by page, from a view of the index that does not change meanwhile.
//
// Elasticsearch (7.10 and newer) and OpenSearch (2.4 and newer) keep such a view as a point in time, older
// ones as a scroll. A page of a point in time can be asked for again; a scroll that lost a page, and a view
// that the server gave up, can only be begun anew: SearchPages::Lost.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/diagnostics.hpp"
#include "source/elasticsearch_answer.hpp"
#include "source/json_api.hpp"

namespace aiops::source {

enum class Paging { automatic, pit, scroll };

struct SearchPageOptions {
  std::string index;       // as in an address: names, commas, *
  std::string time_field;  // the order
  // The field is of dates in some indices and of dates with nanoseconds in others.
  bool mixed_resolution = false;
  Paging paging = Paging::automatic;
  bool partial = false;  // take what is there where shards fail
  std::size_t page = 0;  // documents; 0: as many as make a few megabytes
};

class SearchPages {
 public:
  struct Lost {};

  // api must outlive it. part: of the manifest, where requests are counted.
  SearchPages(SearchPageOptions options, JsonApi& api, std::size_t part, const Manifest& manifest);
  ~SearchPages();  // close()

  // Takes a view of the index; what was open is closed. members: of the search's body, from SearchBody.
  void open(std::string members);
  // The next page, nothing left: false. A page that had to be asked for again calls the handler again from
  // its beginning. The total is in the answer to the first page. Throws Lost, net::HttpError.
  bool next(SearchAnswer& answer, const SearchHandler& handler);
  // An aggregation within the view: the body's members beside it ("size":0,"aggs":…). Views that are a scroll
  // ask the index itself.
  SearchAnswer ask(const std::string& members, std::string_view about, const SearchHandler& handler);
  // Tells the server that the view is not needed any more. Failures do not matter: it ends by itself.
  void close() noexcept;

  // "point in time", "scroll"
  std::string_view name() const;

 private:
  enum class View { unknown, elastic, opensearch, scroll };

  bool try_open(View view);
  std::string sort() const;
  std::string view_members() const;
  net::Request search(std::string body) const;
  void fit_page(std::uint64_t bytes, std::uint64_t hits);
  SearchAnswer read_page(const net::Request& request, const SearchHandler& handler);
  SearchAnswer checked(JsonReader& reader, const SearchHandler& handler, std::string_view about);

  SearchPageOptions options_;
  JsonApi& api_;
  std::size_t part_;
  const Manifest& manifest_;
  View view_ = View::unknown;
  std::string members_;
  std::string id_;     // of the view; "": none is open
  std::string after_;  // the place of the last document; "": the first page is next
  std::size_t size_, limit_;
  bool tied_ =
      false;  // the order needs the document's id: the server does not add what tells equal times apart
  bool over_ = false;
};

}  // namespace aiops::source
