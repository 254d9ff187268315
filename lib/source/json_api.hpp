// A server that answers with JSON over HTTP: sending, trying again, and telling what is no answer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/random.hpp"
#include "net/http.hpp"
#include "net/retry.hpp"
#include "source/json_reader.hpp"
#include "source/manifest.hpp"

namespace aiops::source {

struct ServerOptions {
  std::string url;          // as the user gave it
  std::string environment;  // name of the target, when there are several; "" otherwise
  net::HttpOptions http;
  net::RetryPolicy retry;
};

class JsonApi {
 public:
  // What an error's body (status 400 and more; its first 64 KiB) says, "" if it is no error of this API.
  using ErrorText = std::function<std::string(const std::string& body)>;
  using Read = std::function<void(JsonReader& answer)>;

  // manifest and diagnostics must outlive it. Throws UsageError for a URL that is none.
  JsonApi(const ServerOptions& options, ErrorText error_text, Manifest& manifest, Diagnostics& diagnostics);

  // The address without a slash at its end, and without credentials.
  const std::string& url() const { return url_; }

  // Sends and hands the answer to `read`, which throws JsonError when it is something else than expected;
  // with retries, so `read` may be called again from the beginning. Requests and retries are counted for the
  // part (of the manifest). about: what is asked for, for messages ("query cpu"). The request's URL is the
  // path behind url(). Throws net::HttpError.
  void ask(std::size_t part, net::Request request, std::string_view about, const Read& read);

  // Sends once, also while the program is being stopped, whatever comes of it: for what the server need not
  // be told, but should.
  void tell(std::size_t part, net::Request request) noexcept;

  // For `read`: the answer is JSON but says that it failed. Throws net::HttpError with the server's words.
  [[noreturn]] void fail(std::string_view about, std::string_view what, bool transient) const;

 private:
  void attempt(const net::Request& request, std::string_view about, const Read& read);

  std::string url_;
  ErrorText error_text_;
  net::RetryPolicy retry_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  net::Client client_;
  Random random_;
};

// Reads an answer to its end: the texts at `name` of the objects in the list at `list`.
std::vector<std::string> read_names(JsonReader& answer, std::string_view list, std::string_view name);

}  // namespace aiops::source
