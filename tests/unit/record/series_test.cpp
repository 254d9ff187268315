#include "record/series.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "record/matcher.hpp"

using namespace aiops;
using namespace aiops::record;

namespace {

SeriesKey key(std::vector<std::pair<std::string, std::string>> fields) { return {std::move(fields)}; }

}  // namespace

TEST_CASE("series are written as Prometheus writes them, and read back") {
  const SeriesKey full = key({{"service", "cart"}, {"metric", "cpu"}, {"labels.pod", "a\"b\\c\nd"}});
  CHECK(full.text() == "cpu{service=\"cart\",pod=\"a\\\"b\\\\c\\nd\"}");
  for (const SeriesKey& k :
       {full, key({{"metric", "cpu"}}), key({{"service", "x"}, {"endpoint", "/a,b={}"}}), key({})}) {
    CAPTURE(k.text());
    CHECK(SeriesKey::parse(k.text()).text() == k.text());
  }
  CHECK(SeriesKey::parse(full.text()) == full);
  CHECK_THROWS_AS(SeriesKey::parse("cpu{service=\"x"), InputError);
}

TEST_CASE("a label that is called like a field keeps its full name") {
  const SeriesKey k = key({{"service", "a"}, {"metric", "m"}, {"labels.service", "b"}});
  CHECK(k.text() == "m{service=\"a\",labels.service=\"b\"}");
  CHECK(SeriesKey::parse(k.text()) == k);
}

TEST_CASE("selectors choose series") {
  const SeriesKey cart = key({{"service", "cart"}, {"metric", "cpu"}, {"labels.pod", "a1"}});
  const auto matches = [&](std::string_view text) { return Matcher::parse(text).matches(cart); };
  for (const char* yes :
       {"cpu", "{service=\"cart\"}", "service=cart", "cpu{pod=~\"a.\"}", "cpu{pod=\"a1\",service!=\"x\"}",
        "pod!~b.*", "zone=", "service=cart,pod=a1", "service=~ca.t|x"}) {
    CAPTURE(yes);
    CHECK(matches(yes));
  }
  for (const char* no : {"mem", "service=car", "cpu{pod=~\"a\"}", "zone=\"x\"", "service!=cart"}) {
    CAPTURE(no);
    CHECK_FALSE(matches(no));
  }
  for (const char* bad : {"", "cpu{", "cpu{service}", "cpu{service=\"x}", "cpu}x", "a=~(", "=x"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(Matcher::parse(bad), UsageError);
  }
}
