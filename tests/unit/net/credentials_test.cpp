#include "net/credentials.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"

using namespace aiops;
using net::Credentials;

namespace {

struct Scratch {
  Scratch() {
    char name[] = "/tmp/aiops-credentials-XXXXXX";
    path = mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& content) const {
    write_file(path / name, content);
    return (path / name).string();
  }
  std::filesystem::path path;
};

struct Environment {
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name_); }
  const char* name_;
};

}  // namespace

TEST_CASE("credentials become the header Authorization") {
  CHECK(Credentials().authorization().empty());
  CHECK(Credentials::bearer("abc.def").authorization() == "Bearer abc.def");
  // The example of RFC 7617, section 2.
  CHECK(Credentials::basic("Aladdin:open sesame").authorization() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  // The padding of RFC 4648, section 10, behind "a:".
  CHECK(Credentials::basic("a:").authorization() == "Basic YTo=");
  CHECK(Credentials::basic("a:b").authorization() == "Basic YTpi");
  CHECK(Credentials::basic("a:bc").authorization() == "Basic YTpiYw==");
}

TEST_CASE("a file's credentials are read anew each time") {
  const Scratch scratch;
  const std::string file = scratch.file("token", "first\n");
  const Credentials credentials = Credentials::from({file, {}, {}});
  CHECK(credentials.authorization() == "Bearer first");
  scratch.file("token", "second\r\n");
  CHECK(credentials.authorization() == "Bearer second");
}

TEST_CASE("the environment counts where no file is named") {
  const Scratch scratch;
  {
    const Environment token("AIOPS_BEARER_TOKEN", "t0ken");
    CHECK(Credentials::from({}).authorization() == "Bearer t0ken");
    CHECK(Credentials::from({{}, scratch.file("basic", "a:b"), {}}).authorization() == "Basic YTpi");
    const Environment basic("AIOPS_BASIC_AUTH", "a:b");
    CHECK_THROWS_AS(Credentials::from({}), UsageError);
  }
  CHECK(Credentials::from({}).empty());
}

TEST_CASE("credentials that cannot be sent are refused, and not shown") {
  const Scratch scratch;
  const auto refused = [](auto make) {
    try {
      make();
    } catch (const UsageError& error) {
      return std::string(error.what()).find("s3cret") == std::string::npos;
    }
    return false;
  };
  CHECK(refused([&] { Credentials::from({scratch.file("a", "s3cret\nX-Header: 1"), {}, {}}); }));
  CHECK(refused([&] { Credentials::from({scratch.file("b", " \n"), {}, {}}); }));
  CHECK(refused([&] { Credentials::from({{}, scratch.file("c", "s3cret-without-colon"), {}}); }));
  CHECK(refused([&] { Credentials::from({scratch.path / "missing", {}, {}}); }));
  CHECK(refused([&] { Credentials::from({scratch.file("d", "x"), scratch.file("e", "a:b"), {}}); }));
  CHECK(refused([] { Credentials::basic("s3cret"); }));
  CHECK(refused([] { Credentials::bearer(std::string("s3cret\0x", 8)); }));
}

TEST_CASE("an API key, from a file and from the environment") {
  const Scratch scratch;
  CHECK(Credentials::from({{}, {}, scratch.file("key", "a2V5\n")}).authorization() == "ApiKey a2V5");
  CHECK(Credentials::api_key("a2V5").authorization() == "ApiKey a2V5");
}

TEST_CASE("secret headers: a line each, comments, and what is none") {
  const Scratch scratch;
  const auto headers = net::secret_headers(scratch.file("h", "# ours\nX-Key: s3cret\n\nX-Two:b\n"));
  CHECK(headers == std::vector<std::string>{"X-Key: s3cret", "X-Two:b"});
  CHECK(net::secret_headers("").empty());
  try {
    net::secret_headers(scratch.file("bad", "X-Key: a\nno header s3cret"));
    FAIL("not refused");
  } catch (const UsageError& error) {
    CHECK(std::string(error.what()).find("bad:2: expected NAME: VALUE") != std::string::npos);
    CHECK(std::string(error.what()).find("s3cret") == std::string::npos);
  }
}
