// Mail: text and HTML, with the incident's timeline as an inline image, by SMTP with STARTTLS or TLS.
//
// One receiver is one address, so that one that is refused keeps nothing from the others. All that is told of
// an incident is one thread (RFC 5322, References); a mail that is sent again has the same Message-ID.
#pragma once

#include <string>

#include "deliver/receiver.hpp"
#include "net/credentials.hpp"
#include "net/smtp.hpp"

namespace aiops::deliver {

struct MailOptions {
  net::SmtpOptions server;
  net::Secret user;  // USER:PASSWORD; empty: none
  std::string from, to;
  std::string link;  // of an incident, "{id}" standing for its id; "": none
};

class MailReceiver : public Receiver {
 public:
  explicit MailReceiver(MailOptions options) : options_(std::move(options)) {}
  Outcome send(const Message& message) override;
  std::vector<Call> compose(const Message& message) const override;
  Manners manners() const override;

 private:
  MailOptions options_;
};

// The value of a header: text as it is, or as encoded words (RFC 2047) where it is not ASCII. No line break
// of the text gets into it.
std::string mail_header(std::string_view text);

}  // namespace aiops::deliver
