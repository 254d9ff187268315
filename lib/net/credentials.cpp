#include "net/credentials.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <string_view>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace aiops::net {
namespace {

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

Credentials Credentials::from(const CredentialFiles& files) {
  struct Way {
    Kind kind;
    const std::filesystem::path& file;
    const char* variable;
  };
  const Way ways[] = {{Kind::bearer, files.bearer, "AIOPS_BEARER_TOKEN"},
                      {Kind::basic, files.basic, "AIOPS_BASIC_AUTH"},
                      {Kind::api_key, files.api_key, "AIOPS_API_KEY"}};
  Credentials found;
  for (const Way& way : ways) {
    if (way.file.empty()) continue;
    if (!found.empty()) {
      throw UsageError("credentials of two kinds are given: expected a token, a user or an API key");
    }
    const std::string secret = from_file(way.file);
    if (way.kind == Kind::basic) require_colon(secret, way.file.string());
    found = {way.kind, way.file, {}};
  }
  if (!found.empty()) return found;
  const char* used = nullptr;
  for (const Way& way : ways) {
    std::string secret = from_environment(way.variable);
    if (secret.empty()) continue;
    if (used != nullptr) {
      throw UsageError(fmt::format("{} and {} are both set: expected one of the two", used, way.variable));
    }
    if (way.kind == Kind::basic) require_colon(secret, way.variable);
    used = way.variable;
    found = {way.kind, {}, std::move(secret)};
  }
  return found;
}

Credentials Credentials::bearer(std::string_view token) {
  return {Kind::bearer, {}, checked(token, "the bearer token")};
}

Credentials Credentials::basic(std::string_view user_and_password) {
  std::string secret = checked(user_and_password, "AIOPS_BASIC_AUTH");
  require_colon(secret, "AIOPS_BASIC_AUTH");
  return {Kind::basic, {}, std::move(secret)};
}

Credentials Credentials::api_key(std::string_view key) {
  return {Kind::api_key, {}, checked(key, "the API key")};
}

std::string Credentials::secret() const { return file_.empty() ? secret_ : from_file(file_); }

std::string Credentials::authorization() const {
  switch (kind_) {
    case Kind::bearer:
      return "Bearer " + secret();
    case Kind::basic:
      return "Basic " + base64(secret());
    case Kind::api_key:
      return "ApiKey " + secret();
    case Kind::none:
      break;
  }
  return {};
}

std::string Secret::read() const {
  if (!file.empty()) return from_file(file);
  const std::string value = variable.empty() ? std::string() : from_environment(variable.c_str());
  if (value.empty()) {
    throw UsageError(fmt::format("{} is not set in the environment: expected a secret", variable));
  }
  return value;
}

std::vector<std::string> secret_headers(const std::filesystem::path& file) {
  std::vector<std::string> headers;
  const auto take = [&headers](std::string_view text, const std::string& where) {
    std::size_t number = 0;
    for (const std::string& raw : split(text, '\n')) {
      ++number;
      const std::string_view line = trim(raw);
      if (line.empty() || line.starts_with('#')) continue;
      const std::size_t colon = line.find(':');
      const bool name = colon != std::string_view::npos && colon != 0 &&
                        line.substr(0, colon).find_first_of(" \t\"") == std::string_view::npos;
      if (!name) throw UsageError(fmt::format("{}:{}: expected NAME: VALUE", where, number));
      headers.push_back(checked(line, where));
    }
  };
  if (!file.empty()) {
    try {
      take(read_file(file), file.string());
    } catch (const InputError& error) {
      throw UsageError(fmt::format("headers cannot be read: {}", error.what()));
    }
  }
  const char* set = std::getenv("AIOPS_HEADERS");
  if (set != nullptr) take(set, "AIOPS_HEADERS");
  return headers;
}

}  // namespace aiops::net
