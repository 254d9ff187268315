#include "receivers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "deliver/alertmanager.hpp"
#include "deliver/exec_hook.hpp"
#include "deliver/mail.hpp"
#include "deliver/pagerduty.hpp"
#include "deliver/slack.hpp"
#include "deliver/webhook.hpp"
#include "net/url.hpp"
#include "table_reader.hpp"

namespace aiops::tools {
namespace {

using deliver::Receiver;

constexpr const char* kNameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

// One table as receivers: of mail, one for each address.
struct Making {
  const cli::Table& table;
  const ReceiverDefaults& defaults;
  TableReader reader;
  std::vector<deliver::Destination> made;

  void add(std::unique_ptr<Receiver> receiver) { made.push_back({table.name, std::move(receiver)}); }

  net::HttpOptions http() {
    net::HttpOptions options;
    options.idle_timeout = reader.duration("timeout", defaults.timeout);
    options.connect_timeout = defaults.connect_timeout;
    options.ca_file = reader.text("ca-file");
    options.client_cert = reader.text("client-cert");
    options.client_key = reader.text("client-key");
    options.follow_redirects = false;  // what is said would go where nobody sent it
    return options;
  }
  deliver::HttpAccess access() { return {http(), reader.secret("token"), reader.secret("user")}; }
  std::string base_url(const std::string& url) const {
    try {
      return net::checked_base_url(url);
    } catch (const UsageError& error) {
      reader.fail("url", error.what());
    }
  }
};

void make_webhook(Making& making) {
  TableReader& reader = making.reader;
  deliver::WebhookOptions options;
  options.name = making.table.name;
  options.access = making.access();
  if (!reader.has("url")) {
    options.secret_url = reader.secret("url", true);
  } else {
    const std::string url = reader.text("url");
    making.base_url(url.substr(0, url.find('?')));  // a question may be part of the address
    options.url = url;
  }
  options.secret = reader.secret("secret");
  options.content_type = reader.text("content-type", options.content_type);
  if (options.content_type.find_first_of("\r\n") != std::string::npos) {
    reader.fail("content-type", "expected one line");
  }
  if (const std::string file = reader.text("template-file"); !file.empty()) {
    try {
      options.body = deliver::MessageTemplate::parse(read_file(file), file);
    } catch (const Error& error) {
      reader.fail("template-file", error.what());
    }
  }
  making.add(std::make_unique<deliver::Webhook>(std::move(options)));
}

void make_alertmanager(Making& making) {
  TableReader& reader = making.reader;
  deliver::AlertmanagerOptions options;
  options.access = making.access();
  options.url = making.base_url(reader.required("url", "http://127.0.0.1:9093"));
  options.alertname = reader.text("alertname", options.alertname);
  options.link = reader.text("link");
  options.resend = reader.duration("resend", options.resend);
  if (options.resend < kSecond) reader.fail("resend", "expected a second or more");
  making.add(std::make_unique<deliver::Alertmanager>(std::move(options)));
}

void make_slack(Making& making) {
  TableReader& reader = making.reader;
  deliver::SlackOptions options;
  options.http = making.http();
  options.webhook = reader.secret("webhook");
  options.token = reader.secret("token", options.webhook.empty());
  if (!options.webhook.empty() && !options.token.empty()) {
    reader.fail(reader.has("token-file") ? "token-file" : "token-env",
                "there is a webhook already; expected one of the two");
  }
  if (options.webhook.empty()) options.channel = reader.required("channel", "#ops");
  if (reader.has("api")) options.api = making.base_url(reader.text("api"));
  options.link = reader.text("link");
  making.add(std::make_unique<deliver::Slack>(std::move(options)));
}

void make_pagerduty(Making& making) {
  TableReader& reader = making.reader;
  deliver::PagerDutyOptions options;
  options.http = making.http();
  options.routing_key = reader.secret("routing-key", true);
  if (reader.has("url")) options.url = making.base_url(reader.text("url"));
  options.link = reader.text("link");
  making.add(std::make_unique<deliver::PagerDuty>(std::move(options)));
}

// Each address is a receiver of its own: "NAME ADDRESS".
void make_mail(Making& making) {
  TableReader& reader = making.reader;
  deliver::MailOptions options;
  options.server.host = reader.required("host", "mail.example.org:587");
  if (options.server.host.find_first_of("/@ \t\r\n") != std::string::npos) {
    reader.fail("host", "expected HOST or HOST:PORT");
  }
  const std::string security = reader.text("security", "starttls");
  if (security == "tls") {
    options.server.security = net::SmtpSecurity::tls;
  } else if (security == "none") {
    options.server.security = net::SmtpSecurity::none;
  } else if (security != "starttls") {
    reader.fail("security", "expected starttls, tls or none");
  }
  options.server.ca_file = reader.text("ca-file");
  // A server may be slow on purpose: with a wrong password, with somebody it does not know.
  options.server.timeout = reader.duration("timeout", std::max(making.defaults.timeout, 30 * kSecond));
  options.server.connect_timeout = options.server.timeout;
  options.user = reader.secret("user");
  if (!options.user.empty() && options.server.security == net::SmtpSecurity::none) {
    reader.fail("security", "a password does not go over an open line; expected starttls or tls");
  }
  options.from = reader.required("from", "aiops@example.org");
  options.link = reader.text("link");
  const std::vector<std::string> to = reader.list("to");
  if (to.empty()) reader.fail("to", "missing; expected e.g. to = [\"oncall@example.org\"]");
  if (!net::is_mail_address(options.from)) reader.fail("from", "expected an address, a@b");
  for (const std::string& address : to) {
    if (!net::is_mail_address(address)) {
      reader.fail("to", fmt::format("\"{}\": expected an address, a@b", printable(address)));
    }
    options.to = address;
    making.made.push_back(
        {making.table.name + " " + address, std::make_unique<deliver::MailReceiver>(options)});
  }
}

deliver::What what_named(const TableReader& reader, const std::string& name) {
  using deliver::What;
  std::vector<std::string> names;
  for (const What what : {What::opened, What::updated, What::acknowledged, What::resolved, What::reopened}) {
    if (name == deliver::name_of(what)) return what;
    names.emplace_back(deliver::name_of(what));
  }
  reader.fail("on", fmt::format("\"{}\": expected one of {}", printable(name), join(names, ", ")));
}

void make_exec(Making& making) {
  TableReader& reader = making.reader;
  deliver::ExecOptions options;
  options.command = reader.required("command", "/usr/local/bin/restart-cart");
  const std::vector<std::string>& allowed = making.defaults.allowed;
  if (std::find(allowed.begin(), allowed.end(), options.command) == allowed.end()) {
    reader.fail("command",
                "it is not among those that may run; expected it in allow-command of [report.notify], "
                "word for word");
  }
  options.dry_run = reader.flag("dry-run", true);
  options.time_limit = reader.duration("time-limit", options.time_limit);
  options.most_an_hour = static_cast<int>(reader.integer("most-an-hour", options.most_an_hour, 1, 3600));
  if (reader.has("on")) options.on.clear();
  for (const std::string& name : reader.list("on")) options.on.push_back(what_named(reader, name));
  making.add(std::make_unique<deliver::ExecHook>(std::move(options)));
}

using Make = void (*)(Making&);

const std::map<std::string, Make>& kinds() {
  static const std::map<std::string, Make> all = {
      {"alertmanager", make_alertmanager}, {"exec", make_exec},   {"mail", make_mail},
      {"pagerduty", make_pagerduty},       {"slack", make_slack}, {"webhook", make_webhook}};
  return all;
}

std::vector<deliver::Destination> make(const cli::Table& table, const ReceiverDefaults& defaults) {
  Making making{table, defaults, TableReader(table, "receiver"), {}};
  if (table.name.find_first_not_of(kNameChars) != std::string::npos) {
    throw UsageError(fmt::format("{}: receiver \"{}\": expected a name of letters, digits, - and _",
                                 table.where, printable(table.name)));
  }
  const std::string type = making.reader.required("type", "webhook");
  const auto found = kinds().find(type);
  if (found == kinds().end()) {
    std::vector<std::string> names;
    for (const auto& [name, one] : kinds()) names.push_back(name);
    const std::string near = nearest(type, names);
    making.reader.fail("type", fmt::format("\"{}\" is no kind of receiver; {}", printable(type),
                                           near.empty() ? "expected one of " + join(names, ", ")
                                                        : fmt::format("did you mean {}?", near)));
  }
  found->second(making);
  making.reader.finish();
  return std::move(making.made);
}

// A condition of a route: a key that names values. known: what they may be; empty: anything. A route for
// what never comes would tell nobody, and nobody would know.
void add_values(deliver::Route& route, TableReader& reader, const std::string& key,
                const std::vector<std::string>& known = {}) {
  std::vector<std::string> values = reader.list(key);
  for (const std::string& value : values) {
    if (known.empty() || std::find(known.begin(), known.end(), value) != known.end()) continue;
    reader.fail(key,
                fmt::format("\"{}\" is none; expected {}. For incidents of another kind there is match = "
                            "[\"{}={}\"]",
                            printable(value), join(known, ", "), key, printable(value)));
  }
  if (!values.empty()) route.conditions.push_back(deliver::Condition::one_of(key, std::move(values)));
}

deliver::Route make_route(const cli::Table& table, const std::vector<deliver::Destination>& destinations) {
  TableReader reader(table, "route");
  deliver::Route route;
  const std::vector<std::string> receivers = reader.list("receiver");
  for (const std::string& name : receivers) {
    bool found = false;
    for (std::size_t i = 0; i < destinations.size(); ++i) {
      // "mail" leads to "mail ops@example.org" as well.
      const std::string& its = destinations[i].name;
      if (its != name && !its.starts_with(name + " ")) continue;
      route.receivers.push_back(i);
      found = true;
    }
    if (!found) reader.fail("receiver", fmt::format("there is no [receiver.{}]", printable(name)));
  }
  if (!reader.has("receiver")) reader.fail("receiver", "missing; an empty list tells nobody");
  add_values(route, reader, "severity", {"high", "critical"});
  add_values(route, reader, "service");
  add_values(route, reader, "state", {"open", "acknowledged", "resolved"});
  for (const auto& [name, value] : reader.members("labels")) {
    route.conditions.push_back(deliver::Condition::one_of("labels." + name, {value}));
  }
  const auto parsed = [&](const std::string& key, const auto& parse) {
    for (const std::string& text : reader.list(key)) {
      try {
        parse(text);
      } catch (const UsageError& error) {
        reader.fail(key, error.what());
      }
    }
  };
  parsed("match",
         [&](const std::string& text) { route.conditions.push_back(deliver::Condition::parse(text)); });
  parsed("quiet", [&](const std::string& text) { route.quiet.push_back(deliver::QuietHours::parse(text)); });
  parsed("digest", [&](const std::string& text) { route.digest = deliver::parse_time_of_day(text); });
  route.more = reader.flag("continue", false);
  route.group_by = reader.list("group-by");
  route.group_wait = reader.duration("group-wait", route.group_by.empty() ? 0 : 10 * kSecond);
  route.repeat = reader.duration("repeat", 4 * kHour);
  if (reader.has("update-interval")) route.update_interval = reader.duration("update-interval", 0);
  reader.duration("update-interval", 0);
  reader.finish();
  return route;
}

}  // namespace

std::vector<deliver::Destination> make_destinations(const std::vector<cli::Table>& tables,
                                                    const ReceiverDefaults& defaults) {
  std::vector<deliver::Destination> all;
  for (const cli::Table& table : tables) {
    if (table.name.empty()) throw UsageError(table.where + ": [[receiver]]: expected [receiver.NAME]");
    for (deliver::Destination& one : make(table, defaults)) all.push_back(std::move(one));
  }
  return all;
}

std::vector<deliver::Route> make_routes(const std::vector<cli::Table>& tables,
                                        const std::vector<deliver::Destination>& destinations) {
  std::vector<deliver::Route> routes;
  routes.reserve(tables.size());
  for (const cli::Table& table : tables) routes.push_back(make_route(table, destinations));
  return routes;
}

}  // namespace aiops::tools
