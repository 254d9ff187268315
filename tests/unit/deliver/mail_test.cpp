#include "deliver/mail.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include "base/text.hpp"
#include "deliver/mail_parts.hpp"
#include "deliver/timeline_png.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::deliver;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

MailReceiver receiver() {
  MailOptions options;
  options.from = "aiops@example.org";
  options.to = "ops@example.org";
  return MailReceiver(options);
}

constexpr const char* kMember =
    R"(,"members":[{"service":"cart","metric":"p99","onset":"2026-01-31T12:00:00Z","until":"2026-01-31T12:04:00Z"}])";

std::shared_ptr<Incident> with_member(int revision, const std::string& state = "open") {
  return read_incident(
      fmt::format(R"({{"id":"x","state":"{}","revision":{},"title":"t"{}}})", state, revision, kMember));
}

}  // namespace

// python3: email.header.Header("…", "utf-8").encode()
TEST_CASE("a header holds one line, whatever the text") {
  CHECK(mail_header("HIGH cart is slow") == "HIGH cart is slow");
  CHECK(mail_header("a\r\nBcc: x@y") == "a\\x0d\\x0aBcc: x@y");
  CHECK(mail_header("größer") == "=?utf-8?B?Z3LDtsOfZXI=?=");
  CHECK(mail_header("=?utf-8?B?eA==?=") != "=?utf-8?B?eA==?=");
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "ä";
  for (const std::string& line : split(mail_header(umlauts), '\n')) {
    CHECK(line.size() <= 77);
    CHECK((line.starts_with("=?utf-8?B?") || line.starts_with(" =?utf-8?B?")));
  }
}

TEST_CASE("the mails of an incident are a thread, and the same mail has the same id") {
  const MailReceiver mail = receiver();
  const std::string first = mail.compose(message_for(with_member(1)))[0].body;
  CHECK(has(first, "Message-ID: <aiops.x@example.org>\r\n"));
  CHECK_FALSE(has(first, "References"));
  CHECK(first == mail.compose(message_for(with_member(1)))[0].body);
  const std::string next =
      mail.compose(message_for(with_member(2, "resolved"), What::resolved, "\"thread\""))[0].body;
  CHECK(has(next, "Message-ID: <aiops.x.2@example.org>\r\n"));
  CHECK(has(next, "References: <aiops.x@example.org>\r\n"));
  CHECK(has(next, "Subject: RESOLVED t\r\n"));
  CHECK(has(next, "Content-ID: <timeline>\r\n"));
  for (const std::string& line : split(next, '\n')) CHECK(line.size() < 998);
}

TEST_CASE("nothing of a log is HTML") {
  const auto one =
      incident("x", 1, "open", R"(,"logs":[{"message":"<img src=http://evil/x onerror='a()'>&"}])");
  const std::string html = mail_html(message_for(one), "http://i/{id}?a=1&b=2", false);
  CHECK(has(html, "&lt;img src=http://evil/x onerror=&#39;a()&#39;&gt;&amp;"));
  CHECK_FALSE(has(html, "<img"));
  CHECK(has(html, "href=\"http://i/x?a=1&amp;b=2\""));
}

TEST_CASE("a digest tells of each in a line") {
  Message message = message_for(with_member(1), What::digest);
  message.incidents.push_back(incident("y", 2, "resolved"));
  CHECK(mail_subject(message) == "Incidents: 2 incidents, 1 still open");
  CHECK(has(mail_text(message, ""), "- HIGH t\n- RESOLVED t y\n"));
}

TEST_CASE("the timeline is a PNG whose parts are whole") {
  const std::string png = timeline_png(*with_member(1), 0);
  REQUIRE(png.starts_with("\x89PNG\r\n\x1a\n"));
  std::size_t at = 8, chunks = 0;
  std::string packed;
  const auto word = [&](std::size_t where) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(png[where + i]);
    return value;
  };
  while (at < png.size()) {
    const std::size_t size = word(at);
    const std::string data = png.substr(at + 4, size + 4);
    CHECK(word(at + 8 + size) ==
          crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
    if (data.starts_with("IDAT")) packed = data.substr(4);
    at += size + 12;
    ++chunks;
  }
  CHECK(chunks == 4);
  std::string dots(721 * 100, '\0');
  uLongf size = dots.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(dots.data()), &size,
                     reinterpret_cast<const Bytef*>(packed.data()), packed.size()) == Z_OK);
  CHECK(size == 721 * word(20));
  // The bar, of the colour for high, reaches from the labels to the right.
  const std::string row = dots.substr(721 * 16, 721);
  CHECK(row.find('\x03') == 1 + 232);
  CHECK(row.rfind('\x03') == 1 + 709);
}

TEST_CASE("a timeline of nothing, and of times that are far apart or wrong") {
  CHECK(timeline_png(*incident("x", 1), 0).empty());
  const auto odd = read_incident(
      R"({"id":"x","state":"open","members":[{"onset":"2262-04-01T00:00:00Z","until":"1700-01-01T00:00:00Z"},)"
      R"({"onset":"1700-01-01T00:00:00Z"}],"changes":[{"timestamp":"1999-01-01T00:00:00Z"}]})");
  CHECK_FALSE(timeline_png(*odd, 0).empty());
}
