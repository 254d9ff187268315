// Who we are to a server: a bearer token, an API key or a user with password, from a file or from the
// environment, never from the command line, where every process of the machine could read it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aiops::net {

struct CredentialFiles {
  std::filesystem::path bearer;   // holds a token
  std::filesystem::path basic;    // USER:PASSWORD
  std::filesystem::path api_key;  // a key as Elasticsearch encodes it, base64 of ID:KEY
};

class Credentials {
 public:
  Credentials() = default;

  // At most one file; "" for none. Without any, the environment's AIOPS_BEARER_TOKEN, AIOPS_BASIC_AUTH or
  // AIOPS_API_KEY is used where it is set. Reads the file once, to see that it can be used. Throws
  // UsageError, which never shows what was read.
  static Credentials from(const CredentialFiles& files);
  static Credentials bearer(std::string_view token);
  static Credentials basic(std::string_view user_and_password);
  static Credentials api_key(std::string_view key);

  bool empty() const { return kind_ == Kind::none; }

  // The value of the header Authorization, "" for none. A file is read anew each time: tokens in files are
  // rotated.
  std::string authorization() const;

 private:
  enum class Kind { none, bearer, basic, api_key };
  Credentials(Kind kind, std::filesystem::path file, std::string secret)
      : kind_(kind), file_(std::move(file)), secret_(std::move(secret)) {}
  std::string secret() const;

  Kind kind_ = Kind::none;
  std::filesystem::path file_;  // "": secret_ holds it
  std::string secret_;
};

// A secret of any kind: where it stands, never what it is.
struct Secret {
  std::filesystem::path file;  // holds it, on one line; "": the environment does
  std::string variable;        // its name there

  bool empty() const { return file.empty() && variable.empty(); }
  // Reads it anew: secrets are rotated. Throws UsageError, which never shows what was read: it is not there,
  // is empty, or holds a line break.
  std::string read() const;
};

// Further headers "Name: value" that may be secret: the lines of a file ("": none; lines that begin with #
// are comments), and those of the environment's AIOPS_HEADERS. Throws UsageError, which shows no value.
std::vector<std::string> secret_headers(const std::filesystem::path& file);

}  // namespace aiops::net
