// PagerDuty, Events API v2 (developer.pagerduty.com, events-api-v2/trigger-events; the schema is
// PagerDuty/api-schema, reference/events-v2/openapiv3.json).
//
// The incident's id is the dedup_key: what is told again, updated, acknowledged or resolved is the same alert
// there. Limits: 255 characters of dedup_key, 1,024 of summary, 512 KB an event. 202 with "status":"success"
// is taken; 400 is an event that is wrong; 429 is too fast.
#pragma once

#include <string>

#include "deliver/http_post.hpp"
#include "net/credentials.hpp"

namespace aiops::deliver {

struct PagerDutyOptions {
  net::HttpOptions http;
  net::Secret routing_key;  // the integration's, 32 characters
  std::string url = "https://events.pagerduty.com";
  std::string link;  // of an incident, "{id}" standing for its id; "": none
};

class PagerDuty : public Receiver {
 public:
  explicit PagerDuty(PagerDutyOptions options);
  Outcome send(const Message& message) override;
  // Without the routing key.
  std::vector<Call> compose(const Message& message) const override;
  Manners manners() const override;

 private:
  std::string event(const Incident& incident, std::string_view action, std::string_view key) const;
  std::vector<std::string_view> actions(const Message& message) const;
  Outcome post(const std::string& body, const std::string& key);

  PagerDutyOptions options_;
  HttpPost http_;
};

}  // namespace aiops::deliver
