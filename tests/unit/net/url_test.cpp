#include "net/url.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace aiops;

TEST_CASE("text in a URL is percent-encoded but for what RFC 3986 calls unreserved") {
  std::string out;
  net::append_encoded(out, "az AZ09-._~/?&=+%{}\"\xC3\xA4");
  CHECK(out == "az%20AZ09-._~%2F%3F%26%3D%2B%25%7B%7D%22%C3%A4");
  CHECK(net::Parameters().add("query", "a+b").add("step", "15").text() == "query=a%2Bb&step=15");
}

TEST_CASE("a base URL loses its slash and nothing else") {
  CHECK(net::checked_base_url("http://prom:9090") == "http://prom:9090");
  CHECK(net::checked_base_url("http://prom:9090/") == "http://prom:9090");
  CHECK(net::checked_base_url("https://a.example/prometheus/") == "https://a.example/prometheus");
  CHECK(net::checked_base_url("http://[::1]:9090/x") == "http://[::1]:9090/x");
}

TEST_CASE("what is no address is refused") {
  for (const char* text :
       {"", "prom:9090", "ftp://prom/", "http://", "http://a b/", "localhost", "http://prom:99999"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(net::checked_base_url(text), UsageError);
  }
  CHECK_THROWS_AS(net::checked_base_url("http://prom/?x=1"), UsageError);
  CHECK_THROWS_AS(net::checked_base_url("http://prom/#x"), UsageError);
}

TEST_CASE("a password in a URL is refused and not repeated") {
  try {
    net::checked_base_url("http://joe:s3cret@prom:9090/");
    FAIL("accepted");
  } catch (const UsageError& error) {
    const std::string what = error.what();
    CHECK(what.find("s3cret") == std::string::npos);
    CHECK(what.find("joe") == std::string::npos);
    CHECK(what.find("http://prom:9090/") != std::string::npos);
  }
}

TEST_CASE("a URL is shown without what may be secret") {
  CHECK(net::shown("http://joe:s3cret@prom:9090/api?token=abc#x") == "http://prom:9090/api");
  CHECK(net::shown("not a url at all: s3cret").find("s3cret") == std::string::npos);
}

TEST_CASE("an origin is scheme, host and port") {
  CHECK(net::origin("http://Prom/api") == "http://prom:80");
  CHECK(net::origin("https://prom/api?x") == "https://prom:443");
  CHECK(net::origin("http://prom:80") == net::origin("HTTP://PROM/other"));
  CHECK(net::origin("http://prom") != net::origin("https://prom"));
  CHECK(net::origin("http://prom:9090") != net::origin("http://prom:9091"));
}
