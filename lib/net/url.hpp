// URLs: building them, comparing where they lead, and showing them without what is secret.
#pragma once

#include <string>
#include <string_view>

namespace aiops::net {

// Appends text percent-encoded (RFC 3986: all but letters, digits, - . _ ~), fit for a path segment or a
// query.
void append_encoded(std::string& out, std::string_view text);

// name=value pairs as they stand in a query string or a form.
class Parameters {
 public:
  Parameters& add(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Checks an address that a user gave, http://HOST[:PORT][/PATH] or https://…, and returns it without a slash
// at the end. Throws UsageError: not such an address; with user and password in it (they belong in a file or
// in the environment); with a query or a fragment.
std::string checked_base_url(std::string_view text);

// For messages and manifests: scheme, host, port and path alone. User, password, query and fragment may be
// secret.
std::string shown(std::string_view url);

// Scheme, host and port, in lower case and with the port written out. Credentials go where this is the same.
std::string origin(std::string_view url);

}  // namespace aiops::net
