#include "net/smtp.hpp"

#include <doctest/doctest.h>

using namespace aiops;
using namespace aiops::net;

TEST_CASE("what can be an address of an envelope") {
  for (const char* good : {"a@b", "on.call+x@mail.example.org", "ä@ö.example"}) {
    CAPTURE(good);
    CHECK(is_mail_address(good));
  }
  for (const char* bad :
       {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b>\r\nDATA", "<a@b>", "a@b\n", "\"a\"@b", "a,b@c"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_mail_address(bad));
  }
}

TEST_CASE("nobody there is a matter of time") {
  try {
    send_mail({.host = "127.0.0.1:9", .security = SmtpSecurity::none, .ca_file = ""}, "",
              {"a@b", "c@d", "x\r\n"});
    FAIL("it went through");
  } catch (const SmtpError& error) {
    CHECK_FALSE(error.permanent);
    CHECK(error.code == 0);
    CHECK(std::string(error.what()).find("smtp://127.0.0.1:9") == 0);
  }
}
