// Who we are to a server: a bearer token or a user with password, from a file or from the environment, never
// from the command line, where every process of the machine could read it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace aiops::net {

class Credentials {
 public:
  Credentials() = default;

  // bearer_file: the file holds a token. basic_file: the file holds USER:PASSWORD. At most one of the two; ""
  // for none. With neither, the environment's AIOPS_BEARER_TOKEN or AIOPS_BASIC_AUTH is used where it is set.
  // Reads the file once, to see that it can be used. Throws UsageError, which never shows what was read.
  static Credentials from(const std::filesystem::path& bearer_file, const std::filesystem::path& basic_file);
  static Credentials bearer(std::string_view token);
  static Credentials basic(std::string_view user_and_password);

  bool empty() const { return kind_ == Kind::none; }

  // The value of the header Authorization, "" for none. A file is read anew each time: tokens in files are
  // rotated.
  std::string authorization() const;

 private:
  enum class Kind { none, bearer, basic };
  Credentials(Kind kind, std::filesystem::path file, std::string secret)
      : kind_(kind), file_(std::move(file)), secret_(std::move(secret)) {}
  std::string secret() const;

  Kind kind_ = Kind::none;
  std::filesystem::path file_;  // "": secret_ holds it
  std::string secret_;
};

}  // namespace aiops::net
