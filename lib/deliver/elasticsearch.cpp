#include "deliver/elasticsearch.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/retry.hpp"
#include "net/url.hpp"
#include "source/elasticsearch_answer.hpp"

namespace aiops::deliver {
namespace {

using source::JsonError;
using source::JsonReader;

source::Manifest one_part() {
  source::Manifest manifest;
  manifest.parts.emplace_back();
  return manifest;
}

net::Request json_request(std::string method, std::string url, std::string body) {
  net::Request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.body = std::move(body);
  request.content_type = "application/json";
  request.after_stop = true;
  return request;
}

std::string path_of(std::string_view name) {
  std::string path;
  net::append_encoded(path, name);
  return path;
}

bool for_now(int status) { return status == 429 || status == 503; }

// {"type":…,"reason":…,"caused_by":…}, as text.
std::string error_at(JsonReader& reader) {
  return source::search_error_text(fmt::format("{{\"error\":{}}}", reader.raw()));
}

}  // namespace

std::string anomaly_template(const std::string& index) {
  return fmt::format(
      R"({{"index_patterns":[{}],"priority":200,"_meta":{{"made_by":"aiops-report"}},"template":{{)"
      R"("mappings":{{"date_detection":false,"dynamic_templates":[)"
      R"({{"texts":{{"match_mapping_type":"string",)"
      R"("mapping":{{"type":"keyword","ignore_above":1024}}}}}},)"
      R"({{"whole":{{"match_mapping_type":"long","mapping":{{"type":"double"}}}}}},)"
      R"({{"numbers":{{"match_mapping_type":"double","mapping":{{"type":"double"}}}}}}],)"
      R"("properties":{{"@timestamp":{{"type":"date"}},"message":{{"type":"text"}},)"
      R"("alert":{{"type":"byte"}}}}}}}}}})",
      json_string(index));
}

BulkWriter::BulkWriter(const BulkOptions& options, Diagnostics& diagnostics)
    : options_(options),
      diagnostics_(diagnostics),
      manifest_(one_part()),
      api_(options.server, source::search_error_text, manifest_, diagnostics),
      random_(static_cast<std::uint64_t>(now())) {
  if (options_.index.empty() || options_.index.find_first_of(",* ") != std::string::npos) {
    throw UsageError(fmt::format("--index: {} is no name of one index", json_string(options_.index)));
  }
}

void BulkWriter::prepare() {
  if (!options_.make_template) return;
  const std::string name = "aiops-" + options_.index, url = "/_index_template/" + path_of(name);
  const auto skip = [](JsonReader& reader) { reader.skip(); };
  try {
    api_.ask(0, json_request("GET", url, ""), "index template", skip);
    return;
  } catch (const net::HttpError& error) {
    if (error.code != 404) throw;
  }
  try {
    api_.ask(0, json_request("PUT", url, anomaly_template(options_.index)), "index template", skip);
    diagnostics_.info(fmt::format("made the index template {}", name));
  } catch (const net::HttpError& error) {
    // Somebody has a template for this index already.
    const bool another = std::string_view(error.what()).find("same priority") != std::string_view::npos;
    if (!another) throw;
    diagnostics_.info(fmt::format("another index template is for {} already; none is made", options_.index));
  }
}

void BulkWriter::add(std::string_view id, std::string_view document, std::string about) {
  waiting_.push_back({std::string(id), std::string(document), std::move(about)});
  waiting_bytes_ += document.size() + 100;
  if (waiting_.size() >= options_.documents || waiting_bytes_ >= options_.bytes) flush();
}

void BulkWriter::flush() {
  waiting_bytes_ = 0;
  send(std::exchange(waiting_, {}));
}

void BulkWriter::send(std::vector<Item> items) {
  for (int attempt = 0; !items.empty(); ++attempt) {
    std::vector<Outcome> outcomes;
    try {
      outcomes = ask(items);
    } catch (const net::HttpError& error) {
      if (error.code != 413 || items.size() == 1) throw;
      // Too much at once, for the server or something in front of it.
      options_.documents = std::max<std::size_t>(1, items.size() / 2);
      const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
      send({std::make_move_iterator(items.begin()), std::make_move_iterator(middle)});
      send({std::make_move_iterator(middle), std::make_move_iterator(items.end())});
      return;
    }
    std::vector<Item> again;
    const bool last = attempt >= options_.server.retry.max_retries;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (outcomes[i].status < 300) {
        ++(outcomes[i].status == 201 ? account_.created : account_.replaced);
      } else if (for_now(outcomes[i].status) && !last) {
        again.push_back(std::move(items[i]));
      } else {
        refuse(items[i], outcomes[i]);
      }
    }
    items = std::move(again);
    if (items.empty()) return;
    ++account_.retries;
    diagnostics_.warn(fmt::format("{}: the server had no room for {} of this request; they are sent again",
                                  api_.url(), count(items.size(), "document")));
    if (!sleep_unless_stopped(net::backoff(options_.server.retry, attempt, -1, random_))) {
      throw Error(Status::interrupted, "interrupted");
    }
  }
}

std::vector<BulkWriter::Outcome> BulkWriter::ask(const std::vector<Item>& items) {
  std::string body;
  for (const Item& item : items) {
    body += R"({"index":{"_id":)" + json_string(item.id) + "}}\n" + item.document + "\n";
  }
  net::Request request = json_request("POST", "/" + path_of(options_.index) + "/_bulk", std::move(body));
  request.content_type = "application/x-ndjson";
  std::vector<Outcome> outcomes;
  const std::string about = "bulk into " + options_.index;
  api_.ask(0, request, about, [&](JsonReader& reader) {
    std::string key, error;
    outcomes.clear();
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "error") {
        error = error_at(reader);
      } else if (key != "items") {
        reader.skip();
      } else {
        reader.enter_array();
        while (reader.next_item()) {
          Outcome& outcome = outcomes.emplace_back();
          reader.enter_object();
          while (reader.next_key(key)) {  // "index"
            reader.enter_object();
            while (reader.next_key(key)) {
              if (key == "status") {
                outcome.status = static_cast<int>(parse_int(reader.number()).value_or(0));
              } else if (key == "error") {
                outcome.error = error_at(reader);
              } else {
                reader.skip();
              }
            }
          }
          if (outcome.status < 100) throw JsonError("an item without a status", false);
        }
      }
    }
    if (!error.empty()) api_.fail(about, error, true);
    if (outcomes.size() != items.size()) {
      throw JsonError(fmt::format("the answer tells of {}, {} were sent", count(outcomes.size(), "document"),
                                  items.size()),
                      true);
    }
  });
  return outcomes;
}

void BulkWriter::refuse(const Item& item, const Outcome& outcome) {
  if (++account_.refused > kShown) return;
  diagnostics_.warn(
      fmt::format("{}: refused with status {}: {}", item.about, outcome.status,
                  outcome.error.empty() ? "no reason is given" : printable(outcome.error, 500)));
  if (account_.refused == kShown) diagnostics_.warn("further documents that are refused are only counted");
}

BulkAccount BulkWriter::account() const {
  BulkAccount account = account_;
  account.requests = manifest_.parts[0].requests;
  account.retries += manifest_.parts[0].retries;
  return account;
}

}  // namespace aiops::deliver
