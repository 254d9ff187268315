#include "source/json_api.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/text.hpp"
#include "base/time.hpp"
#include "net/url.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kErrorBody = 64 * 1024;  // as much is read of an answer that is an error
constexpr std::size_t kErrorText = 300;        // as much is shown of one that is not in the API's form

}  // namespace

JsonApi::JsonApi(const ServerOptions& options, ErrorText error_text, Manifest& manifest,
                 Diagnostics& diagnostics)
    : url_(net::checked_base_url(options.url)),
      error_text_(std::move(error_text)),
      retry_(options.retry),
      manifest_(manifest),
      diagnostics_(diagnostics),
      client_(options.http),
      random_(static_cast<std::uint64_t>(now())) {}

void JsonApi::ask(std::size_t part, net::Request request, std::string_view about, const Read& read) {
  request.url = url_ + request.url;
  Manifest::Part& account = manifest_.parts[part];
  net::with_retries(retry_, random_, diagnostics_, account.retries, [&] {
    ++manifest_.parts[part].requests;
    attempt(request, about, read);
  });
}

void JsonApi::tell(std::size_t part, net::Request request) noexcept {
  try {
    request.url = url_ + request.url;
    request.after_stop = true;
    ++manifest_.parts[part].requests;
    client_.send(request).read_all(kErrorBody);
  } catch (const std::exception&) {
    return;  // as was said
  }
}

void JsonApi::attempt(const net::Request& request, std::string_view about, const Read& read) {
  net::Response response = client_.send(request);
  manifest_.note_clock(client_.clock_skew());
  if (response.code() >= 400) {
    const std::string body = response.read_all(kErrorBody);
    std::string said = error_text_(body);
    if (said.empty()) {
      const std::string_view text = trim(body);
      said = text.starts_with('<') ? "the answer is a page (HTML)" : std::string(text.substr(0, kErrorText));
    }
    throw net::refused(response, said.empty() ? std::string(about) : fmt::format("{}: {}", about, said));
  }
  try {
    JsonReader reader([&response] { return response.read(); });
    if (reader.peek() == '<')
      throw JsonError("the answer is a page (HTML), not one of this API; is the URL right?", false);
    read(reader);
    reader.finish();
  } catch (const JsonError& error) {
    throw net::HttpError(fmt::format("{}: {}: {}", response.where(), about, error.what()), response.code(),
                         error.truncated);
  }
}

void JsonApi::fail(std::string_view about, std::string_view what, bool transient) const {
  throw net::HttpError(fmt::format("{}: {}: the server says {}", url_, about, printable(what, 500)), 200,
                       transient);
}

std::vector<std::string> read_names(JsonReader& answer, std::string_view list, std::string_view name) {
  std::vector<std::string> names;
  std::string key;
  answer.enter_object();
  while (answer.next_key(key)) {
    if (key != list || answer.peek() != '[') {
      answer.skip();
      continue;
    }
    answer.enter_array();
    while (answer.next_item()) {
      answer.enter_object();
      while (answer.next_key(key)) key == name ? void(names.emplace_back(answer.string())) : answer.skip();
    }
  }
  answer.finish();
  return names;
}

}  // namespace aiops::source
