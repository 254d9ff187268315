// Incidents as alerts of an Alertmanager (API v2, POST /api/v2/alerts).
//
// An alert's labels are its identity (prometheus.io/docs/alerting/latest/alerts_api): they are kept as they
// were when it was told first, whatever services the incident spreads to; a change of severity ends the alert
// of the one and begins that of the other, in one request. What is open is sent again before it expires, and
// what is resolved is sent with endsAt. Grouping, silences and repeats are Alertmanager's own.
#pragma once

#include <string>

#include "deliver/http_post.hpp"

namespace aiops::deliver {

struct AlertmanagerOptions {
  std::string url;  // its base
  HttpAccess access;
  std::string alertname = "Incident";
  std::string link;        // of an incident, "{id}" standing for its id; "": none
  Nanos resend = kMinute;  // an alert that is not sent again for four times as long counts as resolved
};

class Alertmanager : public Receiver {
 public:
  explicit Alertmanager(AlertmanagerOptions options);
  Outcome send(const Message& message) override;
  std::vector<Call> compose(const Message& message) const override;
  Manners manners() const override;

 private:
  AlertmanagerOptions options_;
  HttpPost http_;
};

}  // namespace aiops::deliver
