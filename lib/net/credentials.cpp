#include "net/credentials.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace aiops::net {
namespace {

// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    unsigned word = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      word = word << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? kDigits[word >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

// A secret with a line break in it would add headers of its own to the request.
std::string checked(std::string_view secret, std::string_view where) {
  secret = trim(secret);
  if (secret.empty()) throw UsageError(fmt::format("{} is empty: expected credentials", where));
  for (const char c : secret) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      throw UsageError(fmt::format("{} holds a line break or a control character: expected one line", where));
    }
  }
  return std::string(secret);
}

std::string from_file(const std::filesystem::path& file) {
  std::string content;
  try {
    content = read_file(file);
  } catch (const Error& error) {
    throw UsageError(fmt::format("credentials cannot be read: {}", error.what()));
  }
  return checked(content, file.string());
}

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::string() : checked(value, name);
}

void require_colon(const std::string& secret, std::string_view where) {
  if (secret.find(':') == std::string::npos) {
    throw UsageError(fmt::format("{}: expected USER:PASSWORD", where));
  }
}

}  // namespace

Credentials Credentials::from(const std::filesystem::path& bearer_file,
                              const std::filesystem::path& basic_file) {
  if (!bearer_file.empty() && !basic_file.empty()) {
    throw UsageError("a bearer token and basic authentication are both given: expected one of the two");
  }
  if (!bearer_file.empty()) {
    from_file(bearer_file);
    return {Kind::bearer, bearer_file, {}};
  }
  if (!basic_file.empty()) {
    require_colon(from_file(basic_file), basic_file.string());
    return {Kind::basic, basic_file, {}};
  }
  const std::string token = from_environment("AIOPS_BEARER_TOKEN");
  const std::string user = from_environment("AIOPS_BASIC_AUTH");
  if (!token.empty() && !user.empty()) {
    throw UsageError("AIOPS_BEARER_TOKEN and AIOPS_BASIC_AUTH are both set: expected one of the two");
  }
  if (!token.empty()) return bearer(token);
  if (!user.empty()) return basic(user);
  return {};
}

Credentials Credentials::bearer(std::string_view token) {
  return {Kind::bearer, {}, checked(token, "the bearer token")};
}

Credentials Credentials::basic(std::string_view user_and_password) {
  std::string secret = checked(user_and_password, "AIOPS_BASIC_AUTH");
  require_colon(secret, "AIOPS_BASIC_AUTH");
  return {Kind::basic, {}, std::move(secret)};
}

std::string Credentials::secret() const { return file_.empty() ? secret_ : from_file(file_); }

std::string Credentials::authorization() const {
  switch (kind_) {
    case Kind::bearer:
      return "Bearer " + secret();
    case Kind::basic:
      return "Basic " + base64(secret());
    case Kind::none:
      break;
  }
  return {};
}

}  // namespace aiops::net
