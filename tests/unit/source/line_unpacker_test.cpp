#include "source/line_unpacker.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

std::string pairs_of(const std::string& line) {
  LogfmtLine logfmt;
  if (const char* wrong = logfmt.scan(line)) return wrong;
  std::string text;
  for (const auto& [key, value] : logfmt.pairs()) text += std::string(key) + "<" + std::string(value) + "> ";
  return text + std::to_string(logfmt.words());
}

std::string text_of(const std::string& line) {
  TextLine found;
  if (!scan_text_line(line, found)) return "none";
  return join({std::string(found.time), std::string(found.level), std::string(found.application),
               std::string(found.thread), std::string(found.logger), std::string(found.pid),
               std::string(found.trace_id), std::string(found.message)},
              "|");
}

LineForm form_of(std::string line) {
  Mapping mapping{MappingOptions()};
  LineUnpacker unpacker(mapping, TimeUnit::automatic);
  line.append(JsonLog::kPadding, '\0');
  return unpacker.form_of(std::string_view(line).substr(0, line.size() - JsonLog::kPadding));
}

}  // namespace

TEST_CASE("logfmt: pairs, quotes, escapes, words") {
  CHECK(pairs_of("a=1 b=\"x y\"  c=") == "a<1> b<x y> c<> 0");
  CHECK(pairs_of(R"(msg="say \"hi\"\n\\ \x" k=v)") == "msg<say \"hi\"\n\\ \\x> k<v> 0");
  CHECK(pairs_of("flag a=1 debug") == "a<1> 2");
  CHECK(pairs_of("url=http://x/?a=b&c=d") == "url<http://x/?a=b&c=d> 0");
  CHECK(pairs_of("a=\"x") == "a quote is not closed");
  CHECK(pairs_of("a=\"x\"y") == "text stands behind a closing quote");
  CHECK(pairs_of("=x") == "a = without the name of a field in front of it");
  CHECK(pairs_of("he said \"no\"") == "a quote stands where the name of a field is expected");
  CHECK(pairs_of("nothing here") == "no key=value pair");
}

// Lines of Spring Boot 2.7, 3.1 and 3.4, of Logback's and Log4j's usual patterns, and of Python's logging.
TEST_CASE("text layouts") {
  CHECK(text_of("2019-03-05 10:57:51.112  INFO 45469 --- [           main] "
                "org.apache.catalina.core.StandardEngine  : "
                "Starting Servlet Engine") ==
        "2019-03-05 10:57:51.112|INFO||main|org.apache.catalina.core.StandardEngine|45469||Starting Servlet "
        "Engine");
  CHECK(text_of("2026-01-31T12:00:00.123+01:00 ERROR 1 --- [shop] [nio-8080-exec-1] "
                "[65f1c0ffee0000000000000000000001-00f067aa0ba902b7] c.e.shop.Cart : it : broke") ==
        "2026-01-31T12:00:00.123+01:00|ERROR|shop|nio-8080-exec-1|c.e.shop.Cart|1|"
        "65f1c0ffee0000000000000000000001|"
        "it : broke");
  CHECK(text_of("2026-01-31 12:00:00.123 [main] WARN  c.e.shop.Cart - half - full") ==
        "2026-01-31 12:00:00.123|WARN||main|c.e.shop.Cart|||half - full");
  CHECK(text_of("2026-01-31 12:00:00,123 INFO  [main] c.e.Cart: x") ==
        "2026-01-31 12:00:00,123|INFO||main|c.e.Cart|||x");
  CHECK(text_of("2026-01-31 12:00:00,123 - shop.cart - INFO - done") ==
        "2026-01-31 12:00:00,123|INFO|||shop.cart|||done");
  CHECK(text_of("2026-01-31 12:00:00,123 INFO all went well") ==
        "2026-01-31 12:00:00,123|INFO||||||all went well");
  CHECK(text_of("2026-01-31 12:00:00 [error] 12#12: *1 open() failed") ==
        "2026-01-31 12:00:00|error|||12#12|||*1 open() failed");
  CHECK(text_of("2026-01-31 12:00:00 an error happened") == "none");
  CHECK(text_of("2026-01-31 is a day INFO") == "none");
  CHECK(text_of("INFO no time") == "none");
  CHECK(text_of("") == "none");
}

TEST_CASE("a line shows what it is, and prose is taken for nothing else") {
  CHECK(form_of(R"({"a":1})") == LineForm::json);
  CHECK(form_of("level=info msg=x") == LineForm::logfmt);
  CHECK(form_of("x=1 y=2") == LineForm::plain);
  CHECK(form_of("set level=info and msg=x") == LineForm::plain);
  CHECK(form_of(R"(1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /x HTTP/1.1" 200 12)") == LineForm::access);
  CHECK(form_of("2026-01-31 12:00:00.123 [main] WARN  c.e.shop.Cart - x") == LineForm::text);
  CHECK(form_of("\tat java.lang.Thread.run(Thread.java:1)") == LineForm::plain);
  CHECK(form_of("") == LineForm::plain);
}
